"""What an installation needs, looked at one by one: `retour up` before it starts, `retour doctor` on request."""

import asyncio
import importlib.util
import os
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from retour import keyring
from retour.hook_checks import hooks
from retour.models import Models, Sources
from retour.processes import check_port
from rma.model.errors import ConfigurationError
from rma.policy import load_policy
from rma.settings import Settings
from rma.texts import load_texts


@dataclass(frozen=True)
class Finding:
    name: str
    ok: bool
    detail: str
    """What was found, or what is wrong and how to mend it."""
    required: bool = True


def writable(folder: Path) -> str:
    """Makes the folder if need be. Raises ConfigurationError when files cannot be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return str(folder)
    except OSError as error:
        raise ConfigurationError(
            f"{folder}: cannot be written ({error.strerror}); give this user the right to, or set another folder"
        ) from error


def database(settings: Settings) -> str:
    """Raises ConfigurationError for a SQLite file that is damaged or none. Another server is tried when it is
    migrated."""
    url = make_url(settings.database)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return url.render_as_string(hide_password=True)
    file = Path(url.database)
    writable(file.parent)
    if file.exists():
        remedy = "restore a backup, or move the file away to begin with an empty database"
        try:
            with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
                found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        except sqlite3.Error as error:
            raise ConfigurationError(f"{file}: the database cannot be read ({error}); {remedy}") from error
        if found != "ok":
            raise ConfigurationError(f"{file}: the database is damaged ({found.splitlines()[0]}); {remedy}")
    return str(file)


def _policy(settings: Settings) -> str:
    return f"{settings.policy}, version {load_policy(settings.policy).version}"


def _texts(settings: Settings) -> str:
    return f"{settings.texts}, {len(load_texts(settings.texts).keys())} texts"


def _rasa() -> str:
    if importlib.util.find_spec("rasa") is None or importlib.util.find_spec("pkg_resources") is None:
        raise ConfigurationError("Rasa is not installed, or not wholly; run `make setup`")
    return "installed"


def _free(settings: Settings) -> str:
    check_port(settings.port, settings.host)
    return "free"


def _training(sources: Sources) -> str:
    sources.check()
    return f"{sum(1 for _ in sources.files())} files"


def before_start(settings: Settings) -> None:
    """What `retour up` cannot do without. Raises ConfigurationError with the first that is wrong."""
    check_port(settings.port, settings.host)
    check_port(settings.actions_port, "127.0.0.1")
    writable(settings.var)
    writable(settings.models)
    database(settings)
    _policy(settings)
    _texts(settings)
    _rasa()
    _training(Sources())


def _try(name: str, look: Callable[[], str], required: bool = True) -> Finding:
    try:
        return Finding(name, True, look(), required)
    except ConfigurationError as error:
        return Finding(name, False, str(error), required)


def _model(settings: Settings) -> Finding:
    models = Models(settings.models)
    try:
        fitting = models.fitting(Sources().fingerprint())
        if fitting:
            return Finding("model", True, str(fitting))
        return Finding(
            "model",
            False,
            f"{models.newest()} is older than its training data; `retour up` or `retour train` renews it",
            False,
        )
    except (ConfigurationError, OSError) as error:
        return Finding("model", False, f"{error} (`retour up` does it by itself)", False)


def _secrets(settings: Settings) -> Iterator[Finding]:
    for name in keyring.NEEDED:
        variable = keyring.variable(name)
        if os.environ.get(variable):
            yield Finding(variable, True, "set in the environment")
        elif name in keyring.kept(settings.var):
            yield Finding(variable, True, f"kept in {keyring.path(settings.var)}")
        else:
            yield Finding(
                variable, False, f"not set; `retour up` invents one and keeps it in {keyring.path(settings.var)}", False
            )


_OPTIONAL = {
    "public address": ("RETOUR_PUBLIC_URL",),
    "several processes": ("RETOUR_REDIS_URL",),
}


def _options() -> Iterator[Finding]:
    for name, variables in _OPTIONAL.items():
        lacking = [variable for variable in variables if not os.environ.get(variable)]
        if not lacking:
            yield Finding(name, True, "configured", required=False)
        elif len(lacking) == len(variables):
            yield Finding(name, True, f"not configured ({', '.join(variables)})", required=False)
        else:
            yield Finding(name, False, f"half configured: set {', '.join(lacking)} too, or none of them")


_NOBODY = "messages end on the page /outbox and nobody receives them"


def _sms(settings: Settings) -> str:
    from rma.bootstrap import twilio_account

    account = twilio_account(settings)
    if account is None:
        return f"not configured (RETOUR_TWILIO_ACCOUNT_SID, RETOUR_TWILIO_AUTH_TOKEN, RETOUR_TWILIO_FROM): {_NOBODY}"
    told = "" if account.callback else "; without RETOUR_PUBLIC_URL nothing comes in, and nobody says what was delivered"
    return f"Twilio, from {account.sender}, {account.per_second:g} messages a second{told}"


def _mail(settings: Settings) -> str:
    from rma.bootstrap import mail_channel
    from rma.model.shop import load_shop

    channel = mail_channel(settings, load_shop(settings.shop).name, load_texts(settings.texts))
    if channel is None:
        return f"not configured (RETOUR_SMTP_URL): {_NOBODY}"
    return f"{channel.server.host}:{channel.server.port}, from {channel.sender}"


def _platform(settings: Settings) -> str:
    """Asks the platform, so that a token without rights is found here and not by a shopper."""
    import asyncio

    from rma.bootstrap.platforms import platform_check
    from rma.model.platforms import PlatformRefused, PlatformUnavailable

    try:
        return asyncio.run(platform_check(settings))
    except (PlatformUnavailable, PlatformRefused) as error:
        raise ConfigurationError(str(error)) from error


def _carriers(settings: Settings) -> Iterator[Finding]:
    """One finding for each carrier of policy/carriers.yml, opened as the gateway would open it."""
    from rma.bootstrap.carriers import describe
    from rma.model.carriers_file import load_carriers

    try:
        entries = load_carriers(settings.carriers).carriers
    except ConfigurationError as error:
        yield Finding("carriers", False, str(error))
        return
    for entry in entries:
        yield _try(f"carrier {entry.code}", lambda entry=entry: describe(entry, settings))  # type: ignore[misc]


def _customs(settings: Settings) -> Finding:
    """What goods lack that are on their way over a border without their papers."""
    from rma.bootstrap import open_container

    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        return Finding("customs papers", True, "nothing to look at yet", required=False)

    async def lacking() -> dict[str, list[str]]:
        async with open_container(settings) as container:
            return await container.customs.lacking()

    try:
        found = asyncio.run(lacking())
    except (ConfigurationError, SQLAlchemyError):
        return Finding("customs papers", True, "nothing to look at yet", required=False)
    if not found:
        return Finding("customs papers", True, "nothing lacks", required=False)
    fields = sorted({one for said in found.values() for one in said})
    shown = ", ".join(fields[:8]) + (f" and {len(fields) - 8} more" if len(fields) > 8 else "")
    detail = f"{len(found)} returns wait for theirs; import the catalogue with {shown}"
    return Finding("customs papers", False, detail, required=False)


def _refunds(settings: Settings) -> Finding:
    """Who moves the money, and whether somebody has to look at what was refused."""
    from rma.bootstrap.refunds import describe

    finding = _try("refunds", lambda: describe(settings))
    failed = _failed(settings) if finding.ok else 0
    if not failed:
        return finding
    remedy = "`retour refunds list --status failed` says why, `retour refunds retry` tries again"
    return Finding("refunds", False, f"{failed} failed and wait for a person: {remedy}; {finding.detail}", required=False)


def _failed(settings: Settings) -> int:
    """How many refunds failed; 0 without a database."""
    from rma.bootstrap import open_container
    from rma.model.refunding import RefundStatus

    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        return 0

    async def count() -> int:
        async with open_container(settings) as container, container.transactions() as uow:
            return (await uow.refunds.count()).get(RefundStatus.FAILED, 0)

    try:
        return asyncio.run(count())
    except (ConfigurationError, SQLAlchemyError):
        return 0


def _sending(settings: Settings) -> str:
    return "by the gateway" if settings.worker == "inside" else "by `retour worker`, which must run beside the gateway"


def everything(settings: Settings) -> Iterator[Finding]:
    """All of it, for `retour doctor`."""
    version = ".".join(map(str, sys.version_info[:3]))
    right = sys.version_info[:2] == (3, 11)
    yield Finding(
        "Python", right, version if right else f"{version}: Rasa wants 3.11; run `make setup` with python3.11 on PATH"
    )
    yield _try("Rasa", _rasa)
    yield _try("folder for data", lambda: writable(settings.var))
    yield _try("folder for models", lambda: writable(settings.models))
    yield _try("database", lambda: database(settings))
    yield _try("policy", lambda: _policy(settings))
    yield _try("texts", lambda: _texts(settings))
    yield _try("training data", lambda: _training(Sources()))
    yield _model(settings)
    try:
        yield from _secrets(settings)
    except ConfigurationError as error:
        yield Finding("secrets", False, str(error))
    yield _try(f"port {settings.port}", lambda: _free(settings), required=False)
    yield _try("Twilio SMS", lambda: _sms(settings))
    yield _try("e-mail", lambda: _mail(settings))
    yield _try("shop platform", lambda: _platform(settings))
    yield from _carriers(settings)
    yield _customs(settings)
    yield _refunds(settings)
    yield _try("sending", lambda: _sending(settings), required=False)
    yield _try("webhooks", lambda: hooks(settings), required=False)
    yield from _options()

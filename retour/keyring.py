"""The secrets that an installation needs and nobody set: invented once, kept in var/secrets.json, shown to nobody."""

import json
import os
import secrets
from pathlib import Path

from rma.model.errors import ConfigurationError
from rma.settings import Settings

NEEDED = ("secret_key", "api_key")
"""Settings; in the environment they are RETOUR_SECRET_KEY and RETOUR_API_KEY."""
CONSOLE = "console_users"
"""Invented too, but only while nobody can log in to the console."""


def variable(name: str) -> str:
    return f"RETOUR_{name.upper()}"


def path(var: Path) -> Path:
    return var / "secrets.json"


def kept(var: Path) -> dict[str, str]:
    """The secrets in the file, {} without one. Raises ConfigurationError when it is not readable as what it should
    be."""
    file = path(var)
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"{file}: not readable ({error}); mend or remove it, and new secrets are invented"
        ) from error
    if not isinstance(document, dict) or not all(isinstance(value, str) and value for value in document.values()):
        raise ConfigurationError(
            f"{file}: expected an object of texts; mend or remove it, and new secrets are invented"
        )
    return document


def missing(var: Path) -> dict[str, str]:
    """Those that the environment lacks, as far as the file has them: what Settings.load can be given."""
    known = kept(var)
    return {
        name: known[name] for name in (*NEEDED, CONSOLE) if not os.environ.get(variable(name)) and name in known
    }


def invent(var: Path) -> list[str]:
    """Makes up those that neither the environment nor the file has, and keeps them in the file, which only its owner
    can read. Returns their variables' names. What the environment has is neither replaced nor written down."""
    known = kept(var)
    names = [name for name in NEEDED if not os.environ.get(variable(name)) and name not in known]
    if names:
        _write(path(var), known | {name: secrets.token_urlsafe(32) for name in names})
    return [variable(name) for name in names]


def settings() -> Settings:
    """The settings as `retour up` has them: with the secrets in the file where the environment has none. Raises
    ConfigurationError."""
    loaded = Settings.load()
    lacking = missing(loaded.var)
    return Settings.load(**lacking) if lacking else loaded


def keep(var: Path, name: str, secret: str) -> None:
    """Keeps one more secret in the file, or another one under its name."""
    _write(path(var), kept(var) | {name: secret})


def _write(file: Path, document: dict[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as stream:
        json.dump(document, stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(part, file)

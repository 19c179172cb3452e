"""`retour up`: look, migrate, load the demo shop, train if need be, start Rasa and the gateway, stop all of it
together."""

import asyncio
import os
import secrets
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import uvloop

from retour import checks, keyring
from retour.console import out, say
from retour.demo import load_demo
from retour.models import Models, Sources
from retour.processes import free_port
from retour.progress import shown
from retour.rasa_server import RasaServer
from retour.supervisor import Supervisor
from retour.training import train
from rma.bootstrap import open_container
from rma.model.errors import ConfigurationError
from rma.service.accounts import entries
from rma.settings import Settings
from rma.store.migrate import upgrade

_PATIENCE = 60.0
"""Seconds after which it is said what keeps it from being ready."""


def prepared(demo: bool = True, **overrides: Any) -> tuple[Settings, Path]:
    """All that comes before the first process: settings with the secrets in them, a migrated database with the demo
    shop if asked for, a model that fits the training data. Raises ConfigurationError."""
    settings = Settings.load(**overrides)
    if "RETOUR_ACTIONS_PORT" not in os.environ:
        overrides["actions_port"] = free_port()
    checks.before_start(settings.model_copy(update=overrides))
    for name in keyring.invent(settings.var):
        say(f"{name} was not set: made one up and kept it in {keyring.path(settings.var)}")
    settings = Settings.load(**overrides, **keyring.missing(settings.var), rasa_url=f"http://127.0.0.1:{free_port()}")
    upgrade(settings.database)
    asyncio.run(_filled(settings, demo))
    return settings, model_for(settings)


async def _filled(settings: Settings, demo: bool) -> None:
    """The demo shop, if asked for, and the accounts of the console: those of the setting, or one while there is none."""
    async with open_container(settings) as container:
        if demo and (loaded := await load_demo(container.shop, datetime.now(UTC).date())):
            say(f"loaded the demo shop: {loaded} orders")
        users = settings.console_users.get_secret_value()
        if not users and not await container.agents.everybody():
            users = f"admin:{secrets.token_urlsafe(12)}:admin"
            keyring.keep(settings.var, keyring.CONSOLE, users)
            where = f"{keyring.path(settings.var)} (console_users, name:password:role)"
            say(f"nobody could log in to the console: made up the user admin, with a password in {where}")
        if users:
            for login in await container.agents.ensure(entries(users, settings.secret_key.get_secret_value())):
                say(f"{login} can log in to the console")


def model_for(settings: Settings, force: bool = False) -> Path:
    """The model that fits the training data, trained now if there is none (or if `force`). Raises
    ConfigurationError."""
    fitting = None if force else Models(settings.models).fitting(Sources().fingerprint())
    if fitting:
        return fitting
    with shown("training the assistant (some minutes, only when its training data has changed)") as progress:
        return train(settings.models, settings.var / "logs" / "train.log", progress, force=force)


@contextmanager
def _logged(settings: Settings) -> Iterator[None]:
    """Logs go to var/logs/retour.log; the terminal is for what a person has to know."""
    from gateway.logs import configure_logs

    folder = settings.var / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "retour.log", "a", encoding="utf-8", buffering=1) as stream:
        configure_logs(stream)
        yield


async def serve(settings: Settings, model: Path, began: float) -> None:
    """Runs Rasa and the gateway until SIGINT, SIGTERM or SIGHUP. `began` is a time.monotonic(). Raises
    ConfigurationError."""
    from actions.registry import all_actions
    from gateway.serve import run_gateway

    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    rasa = RasaServer(settings, model)
    supervisor = Supervisor(rasa, "Rasa", rasa.log, say)
    with _logged(settings):
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(supervisor.run())
            try:
                async with run_gateway(settings, all_actions):
                    announcing = tasks.create_task(_announce(settings, supervisor, began))
                    stopping = tasks.create_task(stopped.wait())
                    await asyncio.wait({watching, stopping}, return_when=asyncio.FIRST_COMPLETED)
                    announcing.cancel()
                    stopping.cancel()
                    if stopped.is_set():
                        say("stopping")
            finally:
                watching.cancel()


async def _announce(settings: Settings, supervisor: Supervisor, began: float) -> None:
    """Says where everything is once /readyz says that a shopper would be answered."""
    say("starting the assistant")
    await supervisor.until_ready()
    url = f"http://{settings.host or '127.0.0.1'}:{settings.port}/readyz"
    late = time.monotonic() + _PATIENCE
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        while True:
            state = await _state(session, url)
            if state == "":
                break
            if time.monotonic() > late:
                say(f"not ready yet: {state}; logs are in {settings.var / 'logs'}")
                late = float("inf")
            await asyncio.sleep(0.25)
    printer = out()
    printer.print(f"Retour is ready ({time.monotonic() - began:.0f} s)", markup=False)
    for name, value in {
        "shop and chat": f"{settings.address}/",
        "support console": f"{settings.address}/console (who may: retour users list)",
        "staff API": f"{settings.address}/api/openapi.json (key: RETOUR_API_KEY, else in {keyring.path(settings.var)})",
        "in a terminal": f"retour chat --url {settings.address}",
        "logs": settings.var / "logs",
    }.items():
        printer.print(f"  {name:15} {value}", markup=False)
    printer.print("Ctrl-C stops everything.", markup=False)


async def _state(session: aiohttp.ClientSession, url: str) -> str:
    """What is missing to be ready, empty when nothing is."""
    try:
        async with session.get(url) as response:
            return "" if response.status == 200 else (await response.text())[:200]
    except (aiohttp.ClientError, TimeoutError) as error:
        return type(error).__name__


def up(port: int, demo: bool) -> None:
    """Raises ConfigurationError for what keeps it from starting."""
    began = time.monotonic()
    settings, model = prepared(demo, port=port)
    try:
        uvloop.run(serve(settings, model, began))
    except* ConfigurationError as errors:
        raise errors.exceptions[0] from None

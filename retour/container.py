"""The shop's own database and services, for a command that runs once and ends."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rma.bootstrap import Container

T = TypeVar("T")


def with_container(work: "Callable[[Container], Awaitable[T]]", made_up: bool = False) -> T:
    """What `work` gives, run on the database of the settings, which is migrated first, with the secrets that `retour up` keeps.
    `made_up`: the work makes something from the shop's secret that the gateway has to know again, so one is invented where there is
    none yet, as by `retour up`. Raises ConfigurationError."""
    from retour import keyring
    from retour.checks import database
    from retour.console import say
    from rma.bootstrap import open_container
    from rma.store.migrate import upgrade

    settings = keyring.settings()
    if made_up and not settings.secret_key.get_secret_value():
        for name in keyring.invent(settings.var):
            say(f"{name} was not set: made one up and kept it in {keyring.path(settings.var)}")
        settings = keyring.settings()
    database(settings)
    upgrade(settings.database)

    async def run() -> T:
        async with open_container(settings) as container:
            return await work(container)

    return asyncio.run(run())

"""The shop's own database and services, for a command that runs once and ends."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rma.bootstrap import Container

T = TypeVar("T")


def with_container(work: "Callable[[Container], Awaitable[T]]", secrets: bool = False) -> T:
    """What `work` gives, run on the database of the settings, which is migrated first. `secrets`: with those that `retour up` keeps
    under var/, for work that has to agree with its. Raises ConfigurationError."""
    from retour import keyring
    from retour.checks import database
    from rma.bootstrap import open_container
    from rma.settings import Settings
    from rma.store.migrate import upgrade

    settings = Settings.load()
    if secrets:
        keyring.invent(settings.var)
        settings = Settings.load(**keyring.missing(settings.var))
    database(settings)
    upgrade(settings.database)

    async def run() -> T:
        async with open_container(settings) as container:
            return await work(container)

    return asyncio.run(run())

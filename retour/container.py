"""The shop's own database and services, for a command that runs once and ends."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rma.bootstrap import Container

T = TypeVar("T")


def with_container(work: "Callable[[Container], Awaitable[T]]") -> T:
    """What `work` gives, run on the database of the settings, which is migrated first. Raises ConfigurationError."""
    from retour.checks import database
    from rma.bootstrap import open_container
    from rma.settings import Settings
    from rma.store.migrate import upgrade

    settings = Settings.load()
    database(settings)
    upgrade(settings.database)

    async def run() -> T:
        async with open_container(settings) as container:
            return await work(container)

    return asyncio.run(run())

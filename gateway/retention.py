"""What is kept no longer than the shop wants, and erasures that had to wait: looked at at the start and then every few hours."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from gateway.logs import places
from rma.bootstrap import Container

log = structlog.get_logger(__name__)

PAUSE = 6 * 3600.0
"""Seconds."""
BREATH = 1.0
"""Between rounds: each removes a bounded number of conversations, and shoppers want to write meanwhile."""


@asynccontextmanager
async def tidying(container: Container) -> AsyncIterator[None]:
    """Runs in the background until left."""
    task = asyncio.create_task(_forever(container))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _forever(container: Container) -> None:
    while True:
        try:
            while done := await container.privacy.keep_tidy():
                log.info("tidied", **{name.replace(" ", "_"): count for name, count in done.items()})
                await asyncio.sleep(BREATH)
        except Exception as error:  # What is due now is due in a few hours, too.
            log.error("not tidied", **places(error))
        await asyncio.sleep(PAUSE)

"""Figures are kept up at the start and every minute."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from gateway.logs import places
from rma.bootstrap import Container

log = structlog.get_logger(__name__)

PAUSE, BREATH = 60.0, 0.05
"""Seconds: between looks, and within one, in which shoppers are answered."""


@asynccontextmanager
async def keeping(container: Container) -> AsyncIterator[None]:
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
            await container.insights.keep_up(BREATH)
        except Exception as error:  # What could not be counted now is counted in a minute.
            log.error("figures not kept up", **places(error))
        await asyncio.sleep(PAUSE)

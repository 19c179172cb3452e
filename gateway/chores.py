"""What is done at the start and every minute: finishing what a crash, or a carrier out of reach, left open; reminding."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from gateway.logs import places
from rma.bootstrap import Container

log = structlog.get_logger(__name__)

PAUSE = 60.0
"""Seconds."""


@asynccontextmanager
async def chores(container: Container) -> AsyncIterator[None]:
    """Runs them in the background until left."""
    task = asyncio.create_task(_forever(container))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _forever(container: Container) -> None:
    while True:
        for desk in (
            container.returns,
            container.withdrawals,
            container.tracking,
            container.reminders,
            container.expiry,
            container.exchanges,
            container.refunds,
            container.support,
            container.once,
        ):
            try:
                if finished := await desk.finish_interrupted():
                    log.info("finished what was interrupted", what=type(desk).__name__, count=finished)
            except Exception as error:  # One that fails now is tried again in a minute; the others still run.
                log.error("chore failed", what=type(desk).__name__, **places(error))
        await asyncio.sleep(PAUSE)

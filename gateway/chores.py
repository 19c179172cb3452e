"""What is done at the start and every minute: finishing what a crash, or a carrier out of reach, left open; reminding."""

from contextlib import AbstractAsyncContextManager

import structlog

from gateway.background import repeated
from gateway.logs import places
from rma.bootstrap import Container

log = structlog.get_logger(__name__)

PAUSE = 60.0
"""Seconds."""


def chores(container: Container) -> AbstractAsyncContextManager[None]:
    """Runs them in the background until left."""

    async def all_of_them() -> None:
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

    return repeated(all_of_them, PAUSE, "chores failed")

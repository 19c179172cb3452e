"""What is kept no longer than the shop wants, and erasures that had to wait: looked at at the start and then every few hours."""

import asyncio
from contextlib import AbstractAsyncContextManager

import structlog

from gateway.background import repeated
from rma.bootstrap import Container

log = structlog.get_logger(__name__)

PAUSE = 6 * 3600.0
"""Seconds."""
BREATH = 1.0
"""Between rounds: each removes a bounded number of conversations, and shoppers want to write meanwhile."""


def tidying(container: Container) -> AbstractAsyncContextManager[None]:
    """Runs in the background until left."""

    async def tidy() -> None:
        while done := await container.privacy.keep_tidy():
            log.info("tidied", **{name.replace(" ", "_"): count for name, count in done.items()})
            await asyncio.sleep(BREATH)

    return repeated(tidy, PAUSE, "not tidied")

"""Work that repeats beside the serving of requests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from gateway.logs import places

log = structlog.get_logger(__name__)


@asynccontextmanager
async def repeated(
    work: Callable[[], Awaitable[object]], pause: float, failed: str, **about: str
) -> AsyncIterator[None]:
    """`work` at once and then `pause` seconds after it ended, until left. What it raises is logged as `failed`, with `about`; it is
    tried again after the pause."""

    async def forever() -> None:
        while True:
            try:
                await work()
            except Exception as error:
                log.error(failed, **about, **places(error))
            await asyncio.sleep(pause)

    task = asyncio.create_task(forever())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

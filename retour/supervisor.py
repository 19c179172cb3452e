"""Keeps a child process alive: started again when it ends, a little later each time it does not last."""

import asyncio
import signal
import time
from collections.abc import Callable
from typing import Protocol

import structlog

from rma.model.errors import ConfigurationError

logger = structlog.get_logger(__name__)


class Server(Protocol):
    async def start(self) -> None: ...

    async def wait(self) -> int:
        """The exit code, negative for a signal."""

    async def ready(self) -> bool: ...

    async def stop(self) -> None: ...


class NeverReady(ConfigurationError):
    """The process ended before it was ready for the first time: starting it again would not help."""


def cause(code: int) -> str:
    """How a process ended, in words."""
    if code < 0:
        try:
            return f"killed by {signal.Signals(-code).name}"
        except ValueError:
            return f"killed by signal {-code}"
    return f"exit code {code}"


class Supervisor:
    """Runs `server` until cancelled. `name` and `log` are for messages; pauses are in seconds."""

    def __init__(
        self, server: Server, name: str, log: object, tell: Callable[[str], None],
        first_pause: float = 0.5, longest_pause: float = 30.0, stable: float = 60.0, poll: float = 0.1,
    ) -> None:  # fmt: skip
        self._server, self._name, self._log, self._tell = server, name, log, tell
        self._first, self._longest, self._stable, self._poll = first_pause, longest_pause, stable, poll
        self._was_ready = asyncio.Event()

    async def run(self) -> None:
        """Raises NeverReady; otherwise ends only by being cancelled, and then the server is stopped."""
        pause = self._first
        try:
            while True:
                await self._server.start()
                started = time.monotonic()
                code = await self._watch()
                if not self._was_ready.is_set():
                    raise NeverReady(f"{self._name} stopped while starting ({cause(code)}); its log is {self._log}")
                if time.monotonic() - started > self._stable:
                    pause = self._first
                logger.warning("stopped", process=self._name, cause=cause(code), again_in=pause)
                self._tell(f"{self._name} stopped ({cause(code)}); starting it again")
                await asyncio.sleep(pause)
                pause = min(pause * 2, self._longest)
        finally:
            await asyncio.shield(self._server.stop())

    async def until_ready(self) -> None:
        """Returns once the server was ready for the first time."""
        await self._was_ready.wait()

    async def _watch(self) -> int:
        """Until the process ends. Notices when it is ready."""
        ended = asyncio.create_task(self._server.wait())
        try:
            began = time.monotonic()
            while not ended.done():
                if await self._server.ready():
                    if self._was_ready.is_set():
                        logger.info("ready again", process=self._name, seconds=round(time.monotonic() - began, 1))
                        self._tell(f"{self._name} is back")
                    self._was_ready.set()
                    break
                await asyncio.wait({ended}, timeout=self._poll)
            return await ended
        finally:
            ended.cancel()

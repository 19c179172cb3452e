"""Tells the worker in this process that something was posted, so that it need not wait for its next look."""

import asyncio


class Bell:
    """Rung after a commit. Whoever listens gets an event of its own, to clear when it begins to look."""

    def __init__(self) -> None:
        self._events: list[asyncio.Event] = []

    def ring(self) -> None:
        for event in self._events:
            event.set()

    def listen(self) -> asyncio.Event:
        event = asyncio.Event()
        self._events.append(event)
        return event

    def leave(self, event: asyncio.Event) -> None:
        self._events.remove(event)


async def rung_within(event: asyncio.Event, seconds: float) -> None:
    """Waits until it is rung, or that long."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return

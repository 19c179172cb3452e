"""The embedded channel: takes every message and keeps it where whoever runs the shop can read it (`/outbox`). What a shop has
before it has Twilio and a mail server."""

from collections.abc import Awaitable, Callable

from rma.model.outgoing import Attached, Kept, Receipt

Show = Callable[[Kept, list[str]], Awaitable[None]]
"""Keeps a message and the names of what is attached, once for its key."""
Shown = Callable[[str], Awaitable[bool]]


class EmbeddedChannel:
    name = "embedded"
    per_second = 1000.0
    longest = 15.0

    def __init__(self, show: Show, shown: Shown) -> None:
        self._show = show
        self._shown = shown

    async def send(self, message: Kept, attached: list[Attached]) -> Receipt:
        await self._show(message, [paper.filename for paper in attached])
        return self._receipt(message)

    async def lookup(self, message: Kept, known: frozenset[str]) -> Receipt | None:
        return self._receipt(message) if await self._shown(message.key) else None

    async def close(self) -> None:
        return None

    @staticmethod
    def _receipt(message: Kept) -> Receipt:
        return Receipt(provider_id=f"shown-{message.id}", delivery="delivered")

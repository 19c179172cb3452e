"""The worker of the outbox: claims, sends, and writes down what came of it.

What it guarantees. A message that is in the outbox is sent at least once, unless its recipient said STOP or the provider refuses
it: it leaves the outbox only when the provider's receipt is written. It is sent at most once where the provider can be asked:
whatever was interrupted between the sending and the writing (a kill, a lost answer) is looked up at the provider before anything
is sent again. Where it cannot be asked (SMTP) it is sent again under the same Message-ID.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import structlog

from rma.model.errors import Conflict
from rma.model.outgoing import (
    Attached,
    CannotTell,
    Kept,
    Kind,
    Medium,
    MessageChannel,
    OptedOut,
    OutcomeUnknown,
    OutgoingStatus,
    Paper,
    Receipt,
    Rejected,
    SendingFailed,
    TryLater,
)
from rma.service.ports import Clock, Transactions

log = structlog.get_logger(__name__)

S = OutgoingStatus
TRIES = 8
"""Over about an hour and a half; then a person has to look."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=45)
UNKNOWN_AFTER = timedelta(seconds=30)
"""A claim as old as this was interrupted: longer than any channel waits for its provider's answer."""
POLL = 0.5
"""Seconds between looks at the outbox when nobody says that there is something in it."""
BATCH = 20

Drawn = Callable[[Paper], Awaitable[Attached]]
Woken = Callable[[Kept], Awaitable[None]]


class Dispatcher:
    """`channels` by medium; `draw` makes a paper; `failed` is told of a message that is dead or could not be delivered."""

    def __init__(
        self,
        transactions: Transactions,
        clock: Clock,
        channels: Mapping[Medium, MessageChannel],
        draw: Drawn,
        failed: Woken,
        unknown_after: timedelta = UNKNOWN_AFTER,
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._channels = channels
        self._draw = draw
        self._failed = failed
        self._unknown_after = unknown_after

    async def run(self) -> None:
        """Sends until cancelled. One channel never waits for another."""
        async with asyncio.TaskGroup() as tasks:
            for medium, channel in self._channels.items():
                tasks.create_task(self._forever(medium, channel))

    async def _forever(self, medium: Medium, channel: MessageChannel) -> None:
        while True:
            try:
                busy = await self.once(medium, channel)
            except Exception as error:  # The database may be away for a while; what is in it is not lost.
                log.error("dispatch failed", channel=channel.name, kind=type(error).__name__)
                busy = False
            if not busy:
                await asyncio.sleep(POLL)

    async def once(self, medium: Medium, channel: MessageChannel) -> bool:
        """Settles what was interrupted and sends what is due; whether there was anything."""
        now = self._clock()
        async with self._transactions() as uow:
            unsure = await uow.outbox.interrupted([medium], now - self._unknown_after, BATCH)
        for message in unsure:
            await self._settle_unsure(channel, message)
        async with self._transactions() as uow:
            due = await uow.outbox.claim([medium], channel.name, channel.per_second, now, BATCH)
        await asyncio.gather(*(self._send(channel, message) for message in due))
        return bool(due)

    async def drain(self) -> None:
        """Sends until nothing is due any more."""
        while any([await self.once(medium, channel) for medium, channel in self._channels.items()]):
            pass

    async def _send(self, channel: MessageChannel, message: Kept) -> None:
        if message.medium is Medium.SMS and message.kind is not Kind.SERVICE and await self._opted_out(message):
            await self._settle(message, status=S.SUPPRESSED, error="the number said STOP")
            return
        try:
            attached = [await self._draw(paper) for paper in message.papers] if message.medium is Medium.EMAIL else []
            receipt = await channel.send(message, attached)
        except OutcomeUnknown as error:
            log.warning("outcome unknown", id=message.id, channel=channel.name, kind=str(error))
        except OptedOut as error:
            await self._refused_by_recipient(message, error)
        except Rejected as error:
            await self._dead(message, error)
        except TryLater as error:
            await self._later(message, error)
        except Exception as error:
            # A fault of ours (a paper that cannot be drawn): nothing was sent, and it is worth another try after a repair.
            log.error("not sent", id=message.id, channel=channel.name, kind=type(error).__name__)
            await self._later(message, TryLater(type(error).__name__))
        else:
            await self._sent(message, receipt)

    async def _settle_unsure(self, channel: MessageChannel, message: Kept) -> None:
        """What was claimed long ago and never settled: asked for at the provider, and only then sent again."""
        async with self._transactions() as uow:
            known = await uow.outbox.provider_ids(message.recipient, message.created_at - timedelta(days=1))
        try:
            receipt = await channel.lookup(message, known)
        except CannotTell:
            receipt = None
        except SendingFailed as error:
            log.warning("lookup failed", id=message.id, channel=channel.name, kind=str(error))
            return
        if receipt is not None:
            await self._sent(message, receipt)
        else:
            await self._later(message, TryLater("interrupted", after=0))

    async def _opted_out(self, message: Kept) -> bool:
        async with self._transactions() as uow:
            return await uow.consents.opted_out(message.recipient)

    async def _sent(self, message: Kept, receipt: Receipt) -> None:
        await self._settle(
            message,
            status=S.SENT,
            sent_at=self._clock(),
            provider_id=receipt.provider_id,
            delivery=receipt.delivery,
            error=None,
            error_code=None,
        )

    async def _later(self, message: Kept, error: TryLater) -> None:
        if message.attempts >= TRIES:
            await self._dead(message, error)
            return
        pause = timedelta(seconds=error.after) if error.after is not None else pause_before(message.attempts)
        await self._settle(
            message, status=S.WAITING, not_before=self._clock() + pause, error=str(error), error_code=error.code
        )

    async def _dead(self, message: Kept, error: SendingFailed) -> None:
        log.warning("message dead", id=message.id, kind=message.kind.value, code=error.code)
        if await self._settle(message, status=S.DEAD, error=str(error), error_code=error.code):
            await self._failed(message)

    async def _refused_by_recipient(self, message: Kept, error: OptedOut) -> None:
        async with self._transactions() as uow:
            await uow.consents.note(message.recipient, True, "provider", None, self._clock())
        if await self._settle(message, status=S.SUPPRESSED, error=str(error), error_code=error.code):
            await self._failed(message)

    async def _settle(self, message: Kept, **fields: Any) -> bool:
        """Writes it down, also while the database is busy: a receipt that is lost is a message to be looked up."""
        for attempt in range(5):
            try:
                async with self._transactions() as uow:
                    return await uow.outbox.settle(message, **fields)
            except Conflict:
                await asyncio.sleep(0.05 * 2**attempt)
        return False


def pause_before(attempts: int) -> timedelta:
    """After the first failed try 5 s, then three times as long each time, 45 minutes at most."""
    return min(FIRST_PAUSE * 3 ** (attempts - 1), LONGEST_PAUSE)


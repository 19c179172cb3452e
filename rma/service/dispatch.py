"""The worker of the outbox: claims, sends, and writes down what came of it. docs/messages.md says which guarantee holds.

A message leaves the outbox only when the provider's receipt is written, so it is sent at least once. Whatever was interrupted
between the sending and the writing (a kill, a lost answer) is looked up at the provider before anything is sent again, so it is
sent at most once where the provider can be asked. Where it cannot (SMTP) it is sent again under the same Message-ID.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from rma.model.errors import Conflict
from rma.model.outgoing import (
    LOST,
    Attached,
    CannotTell,
    ChannelDown,
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
from rma.service.backoff import pause_before
from rma.service.bell import Bell, rung_within
from rma.service.ports import Clock, Transactions, UnitOfWork
from rma.service.rests import Rests

log = structlog.get_logger(__name__)

S = OutgoingStatus
TRIES = 8
"""Over about an hour and a quarter; then a person has to look."""
INTERRUPTIONS = 3 * TRIES
"""Kills are nothing against the message, but one that kills its worker each time must not do so for ever."""
POLL = 0.5
"""Seconds between looks at the outbox when nobody says that there is something in it."""
AT_ONCE = 8
"""Messages of a channel under way at once, and so the most that a kill leaves to be looked up."""
GRACE = 8.0
"""Seconds that what is being sent may still take when the worker is stopped. What does not make it is looked up later."""

Drawn = Callable[[Paper], Awaitable[Attached]]
Failed = Callable[[UnitOfWork, Kept], Awaitable[None]]
HeldUntil = Callable[[Kept, datetime], Awaitable[datetime | None]]
Sending = set["asyncio.Task[None]"]


class Dispatcher:
    """`channels` by medium; `draw` makes a paper; `failed` is told of a message that will not arrive, in the transaction that
    writes it down; `held` says until when a message may not leave (quiet hours may have begun since it was posted)."""

    def __init__(
        self,
        transactions: Transactions,
        clock: Clock,
        channels: Mapping[Medium, MessageChannel],
        draw: Drawn,
        failed: Failed,
        bell: Bell | None = None,
        held: HeldUntil | None = None,
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self.channels = channels
        self._draw = draw
        self._failed = failed
        self._bell = bell or Bell()
        self._held = held
        self._rests = Rests()
        self._looked: dict[str, datetime] = {}
        self._under_way: set[int] = set()

    async def run(self) -> None:
        """Sends until cancelled; what is being sent then is finished first. One channel never waits for another."""
        async with asyncio.TaskGroup() as tasks:
            for medium, channel in self.channels.items():
                tasks.create_task(self._forever(medium, channel))

    async def _forever(self, medium: Medium, channel: MessageChannel) -> None:
        sending: Sending = set()
        rung = self._bell.listen()
        try:
            while True:
                rung.clear()
                try:
                    claimed = await self._round(medium, channel, sending)
                except Exception as error:  # The database may be away for a while; what is in it is not lost.
                    log.error("dispatch failed", channel=channel.name, kind=type(error).__name__)
                    claimed = 0
                if len(sending) >= AT_ONCE:
                    await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
                elif not claimed:
                    await rung_within(rung, POLL)
        finally:
            self._bell.leave(rung)
            if sending:
                await asyncio.wait(sending, timeout=GRACE)
            for task in sending:
                task.cancel()

    async def drain(self) -> None:
        """Sends until nothing is due any more, or the channels' rates allow no more."""
        while any([await self._once(medium, channel) for medium, channel in self.channels.items()]):
            pass

    async def _once(self, medium: Medium, channel: MessageChannel) -> int:
        sending: Sending = set()
        claimed = await self._round(medium, channel, sending)
        await asyncio.gather(*sending)
        return claimed

    async def _round(self, medium: Medium, channel: MessageChannel, sending: Sending) -> int:
        """Settles what was interrupted and begins to send what is due; how many that is."""
        now = self._clock()
        if self._rests.resting(channel.name, now):
            return 0
        await self._settle_interrupted(medium, channel, now)
        room = (1 if self._rests.doubtful(channel.name) else AT_ONCE) - len(sending)
        if room <= 0:
            return 0
        async with self._transactions() as uow:
            due = await uow.outbox.claim([medium], channel.name, channel.per_second, now, room)
        for message in due:
            task = asyncio.create_task(self._send(channel, message))
            sending.add(task)
            task.add_done_callback(sending.discard)
        return len(due)

    async def _settle_interrupted(self, medium: Medium, channel: MessageChannel, now: datetime) -> None:
        longest = timedelta(seconds=channel.longest)
        if now < self._looked.get(medium, now):
            return
        async with self._transactions() as uow:
            unsure = await uow.outbox.interrupted([medium], now - 2 * longest, AT_ONCE)
        # One after the other: each must know what the one before was found to be.
        for message in unsure:
            if message.id not in self._under_way and not self._rests.resting(channel.name, self._clock()):
                await self._look_up(channel, message)
        if len(unsure) < AT_ONCE:
            self._looked[medium] = now + longest / 5

    async def _send(self, channel: MessageChannel, message: Kept) -> None:
        """Never raises: what cannot be written down now is looked up later."""
        self._under_way.add(message.id)
        try:
            if self._held and (until := await self._held(message, self._clock())):
                await self._settle(message, status=S.WAITING, not_before=until, attempts=message.attempts - 1)
            elif message.medium is Medium.SMS and message.kind is not Kind.SERVICE and await self._opted_out(message):
                await self._end(message, S.SUPPRESSED, SendingFailed("the number said STOP"))
            else:
                await self._try(channel, message)
        except Exception as error:
            log.error("outcome not written", id=message.id, channel=channel.name, kind=type(error).__name__)
        finally:
            self._under_way.discard(message.id)

    async def _try(self, channel: MessageChannel, message: Kept) -> None:
        try:
            attached = [await self._draw(paper) for paper in message.papers] if message.medium is Medium.EMAIL else []
        except Exception as error:  # A fault of ours; nothing was sent, and it is worth another try after a repair.
            log.error("paper not drawn", id=message.id, kind=type(error).__name__)
            await self._later(message, TryLater(f"a paper could not be drawn ({type(error).__name__})"))
            return
        if self._clock() - (message.claimed_at or message.created_at) > timedelta(seconds=0.9 * channel.longest):
            # So late (a busy database, a machine that slept) that it would still be under way when others take it for interrupted.
            log.warning("too late to send", id=message.id, channel=channel.name)
            await self._settle(message, status=S.WAITING, attempts=message.attempts - 1)
            return
        try:
            receipt = await channel.send(message, attached)
        except OutcomeUnknown as error:
            log.warning("outcome unknown", id=message.id, channel=channel.name, why=str(error))
        except Rejected as error:
            self._rests.works(channel.name)
            opted_out = isinstance(error, OptedOut)
            log.warning("message rejected", id=message.id, kind=message.kind.value, code=error.code)
            await self._end(message, S.SUPPRESSED if opted_out else S.DEAD, error, opted_out)
        except TryLater as error:
            await self._trouble(channel, message, error)
        else:
            self._rests.works(channel.name)
            await self._sent(message, receipt)

    async def _trouble(self, channel: MessageChannel, message: Kept, error: TryLater) -> None:
        pause = timedelta(seconds=error.after) if error.after is not None else None
        if not isinstance(error, ChannelDown):
            if pause:
                self._rests.begin(channel.name, self._clock(), pause)
            await self._later(message, error, max(pause or timedelta(), pause_before(message.attempts)))
            return
        until = self._rests.begin(channel.name, self._clock(), pause)
        log.error("channel down", channel=channel.name, why=str(error), code=error.code, until=until.isoformat())
        fields: dict[str, Any] = {"error": str(error), "error_code": error.code, "attempts": message.attempts - 1}
        await self._settle(message, status=S.WAITING, not_before=until, **fields)

    async def _look_up(self, channel: MessageChannel, message: Kept) -> None:
        """What was claimed long ago and never settled: asked for at the provider, and only then sent again."""
        async with self._transactions() as uow:
            known = await uow.outbox.provider_ids(message.recipient, message.created_at - timedelta(days=1))
        try:
            receipt = await channel.lookup(message, known)
        except CannotTell:
            await self._later(message, TryLater("interrupted; the provider cannot say whether it took it"))
        except TryLater as error:
            until = self._rests.begin(channel.name, self._clock(), timedelta(seconds=error.after or 0) or None)
            log.error("lookup failed", id=message.id, channel=channel.name, why=str(error), until=until.isoformat())
        else:
            if receipt is not None:
                log.info("found at the provider", id=message.id, channel=channel.name)
                await self._sent(message, receipt)
            else:
                await self._later(message, TryLater("interrupted before it was sent"), timedelta(), INTERRUPTIONS)

    async def _opted_out(self, message: Kept) -> bool:
        async with self._transactions() as uow:
            return await uow.consents.opted_out(message.recipient)

    async def _sent(self, message: Kept, receipt: Receipt) -> None:
        await self._settle(
            message,
            lost=receipt.delivery in LOST,
            status=S.SENT,
            sent_at=self._clock(),
            provider_id=receipt.provider_id,
            delivery=receipt.delivery,
            error=None,
            error_code=None,
        )

    async def _later(
        self, message: Kept, error: TryLater, pause: timedelta | None = None, tries: int = TRIES
    ) -> None:
        if message.attempts >= tries:
            log.warning("message dead", id=message.id, kind=message.kind.value, code=error.code)
            await self._end(message, S.DEAD, error)
            return
        not_before = self._clock() + (pause_before(message.attempts) if pause is None else pause)
        await self._settle(message, status=S.WAITING, not_before=not_before, error=str(error), error_code=error.code)

    async def _end(
        self, message: Kept, status: OutgoingStatus, error: SendingFailed, opted_out: bool = False
    ) -> None:
        fields: dict[str, Any] = {"error": str(error), "error_code": error.code}
        await self._settle(message, lost=True, opted_out=opted_out, status=status, **fields)

    async def _settle(self, message: Kept, lost: bool = False, opted_out: bool = False, **fields: Any) -> None:
        """Writes it down, also while the database is busy: a receipt that is lost is a message to be looked up."""
        telling = False
        for attempt in range(6):
            try:
                async with self._transactions() as uow:
                    if opted_out:
                        await uow.consents.note(message.recipient, True, "provider", None, self._clock())
                    if await uow.outbox.settle(message, **fields) and lost:
                        telling = True
                        await self._failed(uow, message)
                        telling = False
                return
            except Conflict:
                if attempt == 5:
                    raise
                await asyncio.sleep(0.05 * 2**attempt)
            except Exception as error:
                if not telling:
                    raise
                # What should come instead of it cannot be made; that it is dead is written down all the same.
                log.error("nothing was sent instead", id=message.id, kind=type(error).__name__)
                telling = lost = False

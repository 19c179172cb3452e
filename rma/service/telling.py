"""The worker of the webhooks: passes on what happened, and delivers it. docs/events.md says which guarantee holds.

A delivery is settled only when the endpoint said that it took it, so an event is delivered at least once. Of one return an
endpoint is told one event after the other, in the order in which they happened; an event that is given up lets the next one go.
"""

import asyncio
import random
from datetime import datetime, timedelta
from typing import Any

import structlog

from rma.links import Links
from rma.model.errors import Conflict
from rma.model.hooks import DeliveryStatus, HookDelivery, HookEndpoint, HookSender, Outcome, payload
from rma.service.bell import Bell, rung_within
from rma.service.documents import return_document
from rma.service.hooks import HookSecrets
from rma.service.ports import Clock, Transactions

log = structlog.get_logger(__name__)

S = DeliveryStatus
PAUSES = [
    *(timedelta(seconds=5), timedelta(seconds=30)),
    *(timedelta(minutes=minutes) for minutes in (2, 10, 30)),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
]
"""Between the tries of an event: the last comes about three days after the first; then it is dead."""
TRIES = len(PAUSES) + 1
LONGEST_REST = timedelta(minutes=5)
"""Of an endpoint that answers nothing: what is due to it is not tried one after the other meanwhile."""
AT_ONCE, AT_ONCE_EACH = 16, 4
BATCH = 500
POLL = 1.0
GRACE = 8.0
KEPT = timedelta(days=30)
"""How long it can be seen that an event was delivered."""


def pause_after(attempts: int) -> timedelta:
    """Before the next try, after so many; a fifth more or less, so that what failed together is not tried together."""
    return PAUSES[min(attempts, len(PAUSES)) - 1] * random.uniform(0.8, 1.2)  # noqa: S311


def rest_after(failures: int) -> timedelta:
    return min(timedelta(seconds=2) * 2 ** min(failures, 12), LONGEST_REST) * random.uniform(0.8, 1.2)  # noqa: S311


class HookTeller:
    def __init__(
        self,
        transactions: Transactions,
        clock: Clock,
        sender: HookSender,
        hidden: HookSecrets,
        links: Links,
        bell: Bell | None = None,
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._sender = sender
        self._secrets = hidden
        self._links = links
        self._bell = bell or Bell()
        self._sending: dict[asyncio.Task[None], int] = {}
        self._tidied: datetime | None = None

    async def run(self) -> None:
        """Delivers until cancelled; what is under way then is finished first."""
        rung = self._bell.listen()
        try:
            while True:
                rung.clear()
                try:
                    busy = await self._round()
                except Conflict:
                    busy = 0
                except Exception as error:  # The database may be away for a while; what is in it is not lost.
                    log.error("hooks failed", kind=type(error).__name__)
                    busy = 0
                if busy and self._sending:
                    await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED, timeout=POLL)
                elif not busy:
                    await rung_within(rung, POLL)
        finally:
            self._bell.leave(rung)
            if self._sending:
                await asyncio.wait(self._sending, timeout=GRACE)
            for task in list(self._sending):
                task.cancel()

    async def drain(self) -> None:
        """Delivers until nothing is due."""
        while await self._round():
            if self._sending:
                await asyncio.wait(self._sending)

    async def _round(self) -> int:
        """Passes on what happened and begins to deliver what is due; how much that was."""
        now = self._clock()
        async with self._transactions() as uow:
            passed = await uow.hooks.pass_on(now, BATCH)
            endpoints = await uow.hooks.all()
        begun = 0
        for endpoint in endpoints:
            begun += await self._begin(endpoint, now)
        await self._tidy(now)
        return passed + begun

    async def _begin(self, endpoint: HookEndpoint, now: datetime) -> int:
        if endpoint.paused or not self._secrets.fits(endpoint) or (endpoint.rest_until and now < endpoint.rest_until):
            return 0
        under_way = sum(of == endpoint.id for of in self._sending.values())
        room = min(AT_ONCE - len(self._sending), (1 if endpoint.failures else AT_ONCE_EACH) - under_way)
        if room <= 0:
            return 0
        abandoned = now - timedelta(seconds=2 * self._sender.longest)
        async with self._transactions() as uow:
            claimed = await uow.hooks.claim(endpoint, now, abandoned, room)
            returns = {delivery.number: await uow.returns.by_number(delivery.number) for delivery in claimed}
        for delivery in claimed:
            rma = returns[delivery.number]
            assert rma is not None
            content = payload(delivery, return_document(rma, self._links))
            task = asyncio.create_task(self._deliver(endpoint, delivery, content))
            self._sending[task] = endpoint.id
            task.add_done_callback(lambda done: self._sending.pop(done, None))
        return len(claimed)

    async def _deliver(self, endpoint: HookEndpoint, delivery: HookDelivery, content: dict[str, Any]) -> None:
        """Never raises: what cannot be written down is delivered again."""
        try:
            headers, body = self._secrets.signed(endpoint, delivery.event_name, content, self._clock())
            outcome = await self._sender.post(endpoint.url, headers, body)
            await self._settle(endpoint, delivery, outcome)
        except Exception as error:
            log.error("delivery not settled", endpoint=endpoint.id, told=delivery.event_name, kind=type(error).__name__)

    async def _settle(self, endpoint: HookEndpoint, delivery: HookDelivery, outcome: Outcome) -> None:
        now = self._clock()
        fields: dict[str, Any] = {"error": outcome.why, "code": outcome.code}
        if outcome.taken:
            fields |= {"status": S.SENT, "sent_at": now}
        elif delivery.attempts >= TRIES and not outcome.gone:
            fields["status"] = S.DEAD
            log.warning("event dead", endpoint=endpoint.id, told=delivery.event_name, why=outcome.why)
        else:
            pause = max(pause_after(delivery.attempts), timedelta(seconds=outcome.retry_after or 0))
            fields |= {"status": S.WAITING, "not_before": now + pause}
        for attempt in range(6):
            try:
                async with self._transactions() as uow:
                    if await uow.hooks.settle(delivery, **fields):
                        known = await uow.hooks.get(endpoint.id)
                        if changes := _health(known, outcome, now):
                            await uow.hooks.change(endpoint.id, **changes)
                return
            except Conflict:
                if attempt == 5:
                    raise
                await asyncio.sleep(0.05 * 2**attempt)

    async def _tidy(self, now: datetime) -> None:
        if self._tidied and now < self._tidied + timedelta(hours=1):
            return
        async with self._transactions() as uow:
            gone = await uow.hooks.forget(now - KEPT, 2000)
        self._tidied = now if gone < 2000 else None


def _health(endpoint: HookEndpoint, outcome: Outcome, now: datetime) -> dict[str, Any]:
    """What an answer says of the endpoint."""
    if outcome.gone:
        log.warning("endpoint paused", endpoint=endpoint.id, why="410")
        return {"paused": True, "why": outcome.why, "last_error": outcome.why}
    if outcome.down:
        failures = endpoint.failures + 1
        rest = max(rest_after(failures), timedelta(seconds=outcome.retry_after or 0))
        if failures == 1:
            log.warning("endpoint fails", endpoint=endpoint.id, why=outcome.why)
        since = endpoint.failing_since or now
        return {"failures": failures, "failing_since": since, "rest_until": now + rest, "last_error": outcome.why}
    fresh: dict[str, Any] = {}
    if endpoint.failures:
        log.info("endpoint works again", endpoint=endpoint.id)
        fresh = {"failures": 0, "failing_since": None, "rest_until": None}
    if outcome.taken and (endpoint.delivered_at is None or now - endpoint.delivered_at > timedelta(minutes=1) or fresh):
        fresh |= {"delivered_at": now, "last_error": None}
    return fresh

"""Time passes: parcels never sent, more time for who asks, the rest of a parcel that never comes, returns that are over."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta

import structlog

from rma.model.codes import ReturnStatus
from rma.model.errors import Conflict, NotFound
from rma.model.numbers import parse_return_number
from rma.model.orders import Order
from rma.model.returns import Return
from rma.model.shop import Shop
from rma.policy.markets import zone_of
from rma.service.holding import holding
from rma.service.notices import NoticeDesk
from rma.service.ports import Clock, Transactions, UnitOfWork
from rma.service.quiet import place_of
from rma.service.receiving import Arrival, ReceivingDesk
from rma.service.refunds.deciding import due_on
from rma.service.returns import Also

log = structlog.get_logger(__name__)
S = ReturnStatus

EXTENDED = "extended"
BATCH = 200
_DAY = timedelta(days=1)


class ExpiryDesk:
    def __init__(
        self, transactions: Transactions, clock: Clock, shop: Shop, receiving: ReceivingDesk, notices: NoticeDesk
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._pace = shop.returns
        self._receiving = receiving
        self._notices = notices

    async def finish_interrupted(self) -> int:
        """Does what is due, a batch of each a time; how many returns it moved."""
        now, pace = self._clock(), self._pace
        async with self._transactions() as uow:
            # A day less than the shortest: it may be an earlier day where the shopper is.
            unsent = await uow.returns.unsent(now.date() - timedelta(days=pace.expire_after) + _DAY, BATCH)
            waiting = await uow.returns.idle((S.PARTIALLY_RECEIVED,), now - timedelta(days=pace.rest_after), BATCH)
            settled = await uow.returns.settled(now - timedelta(days=pace.close_after), BATCH)
        work: list[tuple[str, Callable[[str], Awaitable[bool]]]] = [
            *((number, self._expire) for number in unsent),
            *((number, self._give_up_rest) for number in waiting),
            *((number, self._close) for number in settled),
        ]
        return sum([await self._tried(number, act) for number, act in work])

    async def _tried(self, number: str, act: Callable[[str], Awaitable[bool]]) -> bool:
        try:
            return await act(number)
        except Conflict:  # Something else happens to it just now; another look in a minute.
            return False

    async def _expire(self, number: str) -> bool:
        async with self._transactions() as uow:
            rma, order = await _found(uow, number)
            if rma.status is not S.LABEL_ISSUED or rma.send_by is None:
                return False
            if self._today(order) <= rma.send_by + timedelta(days=self._pace.expire_after):
                return False
            if await uow.refunds.of(number):  # As with calling it off: its units are paid for, or about to be.
                return False
            async with holding(uow, rma, self._clock()):
                rma.move(S.EXPIRED, self._clock(), "system", send_by=rma.send_by.isoformat())
            await uow.returns.save(rma)
            await self._notices.expired(uow, rma, order)
        return True

    async def _give_up_rest(self, number: str) -> bool:
        await self._receiving.receive(number, Arrival({}, complete=True), "system")
        return True

    async def _close(self, number: str) -> bool:
        async with self._transactions() as uow:
            rma, order = await _found(uow, number)
            # One that is inspected only closes when nothing of it was accepted; and none while something is owed.
            open_still = rma.status is S.INSPECTED and any(line.accepted for line in rma.lines)
            begun = any(line.uninspected and (line.accepted or line.rejected) for line in rma.lines)
            late = await uow.refunds.of(number) and (await due_on(uow, rma, order)).owed > 0
            if open_still or begun or late:
                return False
            rma.move(S.CLOSED, self._clock(), "system")
            await uow.returns.save(rma)
        return True

    async def extend(self, number: str, by: str, also: Also | None = None, first: Also | None = None) -> Return:
        """More time to send the parcel, once. `first` is asked before anything is changed. Raises NotFound, Conflict where it is
        not possible any more."""
        async with self._transactions() as uow:
            rma, order = await _found(uow, parse_return_number(number))
            if first is not None:
                await first(uow, rma)
            if why := self.why_not(rma):
                raise Conflict(f"{rma.number}: {why}")
            assert rma.send_by is not None
            before, rma.send_by = rma.send_by, self.extended_to(rma, order)
            rma.note(EXTENDED, self._clock(), by, before=before.isoformat(), send_by=rma.send_by.isoformat())
            await uow.returns.save(rma)
            if also is not None:
                await also(uow, rma)
            return rma

    def extended_to(self, rma: Return, order: Order) -> date:
        """The last day to send it, were it extended now."""
        assert rma.send_by is not None
        return max(rma.send_by, self._today(order)) + timedelta(days=self._pace.more_time)

    @staticmethod
    def why_not(rma: Return) -> str | None:
        """Why a return gets no more time; None when it can."""
        if rma.status is not S.LABEL_ISSUED or rma.send_by is None:
            return f"it is {rma.status}; only a parcel that is not sent yet can have more time"
        if any(event.kind == EXTENDED for event in rma.events):
            return "it had more time once already"
        return None

    def _today(self, order: Order) -> date:
        return self._clock().astimezone(zone_of(place_of(order))).date()


async def _found(uow: UnitOfWork, number: str) -> tuple[Return, Order]:
    rma = await uow.returns.by_number(number)
    if rma is None:
        raise NotFound(f"there is no return {number}")
    return rma, await uow.orders.get(rma.order_id)

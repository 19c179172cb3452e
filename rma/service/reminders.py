"""The reminder before the last day to send a parcel: once a return, while no carrier has scanned it."""

from datetime import datetime, timedelta

import structlog

from rma.model.errors import Conflict
from rma.model.orders import Order
from rma.model.returns import Return, ReturnEvent
from rma.model.shop import Shop
from rma.policy.markets import zone_of
from rma.service.expiry import EXTENDED
from rma.service.notices import NoticeDesk
from rma.service.ports import Clock, Transactions, UnitOfWork
from rma.service.quiet import loud_from, place_of

log = structlog.get_logger(__name__)

REMINDED = "reminded"
BATCH = 200
_DAY = timedelta(days=1)


class ReminderDesk:
    def __init__(self, transactions: Transactions, clock: Clock, notices: NoticeDesk, shop: Shop) -> None:
        self._transactions = transactions
        self._clock = clock
        self._notices = notices
        self._shop = shop
        self._after = ""

    async def finish_interrupted(self) -> int:
        """Reminds of the returns that are due, a batch a time; how many. Whatever was missed is made up for until the last day."""
        if not self._shop.notices.reminder:
            return 0
        today = self._clock().date()
        # A day more on both sides: it is another day elsewhere.
        last = today + timedelta(days=self._shop.notices.reminder_days_before + 1)
        async with self._transactions() as uow:
            numbers = await uow.returns.due(today - _DAY, last, REMINDED, self._after, BATCH)
        self._after = numbers[-1] if len(numbers) == BATCH else ""
        return sum([await self._remind(number) for number in numbers])

    async def _remind(self, number: str) -> bool:
        try:
            async with self._transactions() as uow:
                rma = await uow.returns.by_number(number)
                if rma is None or _was_reminded(rma):
                    return False
                order = await uow.orders.get(rma.order_id)
                if not self._is_time(rma, order):
                    return False
                await self._post(uow, rma, order)
                return True
        except Conflict:  # Something else happens to it just now; another look in a minute.
            return False

    async def _post(self, uow: UnitOfWork, rma: Return, order: Order) -> None:
        # The event is what says that it was done, also where the shopper could not be reached.
        rma.events.append(ReturnEvent(kind=REMINDED, at=self._clock(), by="system"))
        await uow.returns.save(rma)
        await self._notices.due(uow, rma, order)

    def _is_time(self, rma: Return, order: Order) -> bool:
        """From the first waking hour of the day that the shop chose to the end of the last, where the shopper is; not on the day
        on which the label came, as it says the same."""
        now, zone = self._clock(), zone_of(place_of(order))
        today = now.astimezone(zone).date()
        if rma.send_by is None or not 0 <= (rma.send_by - today).days <= self._shop.notices.reminder_days_before:
            return False
        came = _label_came(rma)
        if came is None or came.astimezone(zone).date() >= today:
            return False
        return loud_from(now, self._shop.quiet_hours, order, order.customer.phone or "") == now


def _was_reminded(rma: Return) -> bool:
    """Since it had more time, if it had."""
    kinds = [event.kind for event in rma.events if event.kind in (REMINDED, EXTENDED)]
    return bool(kinds) and kinds[-1] == REMINDED


def _label_came(rma: Return) -> datetime | None:
    return next((event.at for event in reversed(rma.events) if event.kind == "label_issued"), None)

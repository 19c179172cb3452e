"""Where a return and its money stand, so that whoever is asked "where is my refund?" can say what is true."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from rma.model.codes import ReturnStatus
from rma.model.errors import NotFound
from rma.model.goods import Parcel, Unit
from rma.model.orders import Order
from rma.model.refunding import ExchangeItem, PartStatus, Refund, RefundPart
from rma.model.returns import Return
from rma.model.tracking import AT_WAREHOUSE, TROUBLE, TrackingEvent
from rma.policy import Policy
from rma.service.exchanges import ready, unsettled
from rma.service.ports import Clock, Transactions
from rma.service.refunds.days import Days, days_of
from rma.service.refunds.deciding import due_on
from rma.service.refunds.desk import RefundDesk
from rma.service.refunds.due import Due
from rma.service.refunds.waiting import due_among


@dataclass(frozen=True)
class Standing:
    """`due` is what is owed now, `days` by when (None while goods have to come first). `handed_in` and `delivered` are instants of
    the carrier's scans, `in_trouble` that it reports a problem; `units` what was inspected. Only `of_many` gives `scans`, all that
    the carrier said, and `parcels`, what lay with the goods and is nobody's yet."""

    rma: Return
    order: Order
    due: Due
    days: Days | None
    handed_in: datetime | None
    delivered: datetime | None
    in_trouble: bool = False
    refunds: list[Refund] = field(default_factory=list)
    exchanges: list[ExchangeItem] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    scans: list[TrackingEvent] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)

    @property
    def to_send(self) -> list[ExchangeItem]:
        """What goes out and is not settled yet, whether it can be sent now or later."""
        return unsettled(self.exchanges, self.refunds)

    @property
    def sends(self) -> list[ExchangeItem]:
        """What of it can be sent now."""
        return [item for item, _units in ready(self.rma, self.order, self.to_send)]

    @property
    def rejected(self) -> list[Unit]:
        return [unit for unit in self.units if not unit.accepted and unit.disposition is None]

    @property
    def missing(self) -> list[Unit]:
        return [unit for unit in self.units if not unit.accepted and unit.disposition is not None]

    def parts(self, *statuses: PartStatus) -> list[RefundPart]:
        return [part for refund in self.refunds for part in refund.parts if part.status in statuses]

    @property
    def paid_at(self) -> datetime | None:
        return max((one.paid_at for one in self.refunds if one.paid_at is not None), default=None)

    @property
    def to_come(self) -> Decimal:
        """What is paid once all that was announced is here."""
        return max(min(self.due.decided - self.due.settled, self.due.left), Decimal(0))


class StandingDesk:
    def __init__(
        self, transactions: Transactions, clock: Clock, policy: Policy, refunds: RefundDesk
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._policy = policy
        self._refunds = refunds

    async def of(self, number: str) -> Standing:
        """Raises NotFound."""
        async with self._transactions() as uow:
            rma = await uow.returns.by_number(number)
            if rma is None:
                raise NotFound(f"there is no return {number}")
            order = await uow.orders.get(rma.order_id)
            due, units = await due_on(uow, rma, order), await uow.goods.of(number)
            exchanges = await uow.refunds.exchanges(number)
        return Standing(
            rma=rma,
            order=order,
            due=due,
            days=days_of(rma, order, self._policy),
            handed_in=_scanned(rma, ReturnStatus.IN_TRANSIT),
            delivered=_scanned(rma, AT_WAREHOUSE),
            in_trouble=any(event.kind == TROUBLE for event in rma.events),
            refunds=await self._refunds.of(number),
            exchanges=exchanges,
            units=units,
        )

    async def of_many(self, returns: Sequence[Return]) -> dict[str, Standing]:
        """The same of several returns that were just read, by their numbers: with as many questions to the database for twenty
        returns of an order as for one."""
        found: dict[str, Standing] = {}
        if not returns:
            return found
        numbers = [rma.number for rma in returns]
        async with self._transactions() as uow:
            units, scans = await uow.goods.of_many(numbers), await uow.tracking.of_many(numbers)
            parcels = await uow.goods.parcels_of(numbers)
            for order_id in dict.fromkeys(rma.order_id for rma in returns):
                order = await uow.orders.get(order_id)
                refunds, exchanges = await uow.refunds.of_order(order_id), await uow.refunds.exchanges_of_order(order_id)
                for rma in (one for one in returns if one.order_id == order_id):
                    found[rma.number] = Standing(
                        rma=rma,
                        order=order,
                        due=due_among(rma, order, refunds, exchanges),
                        days=days_of(rma, order, self._policy),
                        handed_in=_scanned(rma, ReturnStatus.IN_TRANSIT),
                        delivered=_scanned(rma, AT_WAREHOUSE),
                        in_trouble=any(event.kind == TROUBLE for event in rma.events),
                        refunds=[one for one in refunds if one.number == rma.number],
                        exchanges=[one for one in exchanges if one.number == rma.number],
                        units=[one for one in units if one.number == rma.number],
                        scans=scans.get(rma.number, []),
                        parcels=[one for one in parcels if one.number == rma.number],
                    )
        return found


def _scanned(rma: Return, kind: str) -> datetime | None:
    """When the first scan of that kind happened, which may be long before it was told."""
    event = next((event for event in rma.events if event.kind == kind), None)
    if event is None:
        return None
    said = event.detail.get("scanned_at")
    return datetime.fromisoformat(said) if isinstance(said, str) else event.at

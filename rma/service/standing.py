"""Where a return and its money stand, so that whoever is asked "where is my refund?" can say what is true."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from rma.model.codes import ReturnStatus
from rma.model.errors import NotFound
from rma.model.goods import Unit
from rma.model.orders import Order
from rma.model.refunding import ExchangeItem, PartStatus, Refund, RefundPart, RefundStatus
from rma.model.returns import Return
from rma.model.tracking import AT_WAREHOUSE, TROUBLE
from rma.policy import Policy
from rma.service.ports import Clock, Transactions
from rma.service.refunds import RefundDesk
from rma.service.refunds_days import Days, days_of
from rma.service.refunds_due import Due


@dataclass(frozen=True)
class Standing:
    """`due` is what is owed now, `days` by when (None while goods have to come first). `handed_in` and `delivered` are instants of
    the carrier's scans, `in_trouble` that it reports a problem; `units` what was inspected."""

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
    def is_stuck(self) -> bool:
        """Whether a payment failed, and a person has to look at it."""
        return any(refund.status is RefundStatus.FAILED for refund in self.refunds)

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
            due, units = await self._refunds.due(uow, rma, order), await uow.goods.of(number)
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


def _scanned(rma: Return, kind: str) -> datetime | None:
    """When the first scan of that kind happened, which may be long before it was told."""
    event = next((event for event in rma.events if event.kind == kind), None)
    if event is None:
        return None
    said = event.detail.get("scanned_at")
    return datetime.fromisoformat(said) if isinstance(said, str) else event.at

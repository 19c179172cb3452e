"""What is due and overdue, over all returns."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rma.model.codes import Resolution
from rma.model.orders import Order
from rma.model.refunding import ExchangeItem, Refund
from rma.model.returns import Return
from rma.policy import Policy
from rma.policy.amounts import ZERO
from rma.policy.case import local_day
from rma.policy.markets import market_of
from rma.service.exchanges import net, ready, unsettled
from rma.service.ports import Clock, Transactions
from rma.service.refunds.days import Claim, days_of
from rma.service.refunds.due import Count, Due, counted, due_of

PAGE = 500
COUNTED_FOR = timedelta(minutes=5)


@dataclass(frozen=True)
class RefundFigures:
    """Returns with money due, those of them that are overdue, and refunds by status."""

    due: int
    overdue: int
    by_status: Mapping[str, int]


class Waiting:
    """Returns on which money, or another article, is due."""

    def __init__(self, transactions: Transactions, clock: Clock, policy: Policy) -> None:
        self._transactions = transactions
        self._clock = clock
        self._policy = policy
        self._counted: tuple[datetime, int, int] | None = None

    async def dues(self) -> list[Claim]:
        """What is due and overdue: the day it must be back by, the earliest first."""
        found: list[Claim] = []
        async for rma, order, due, items in self.owing():
            claim = self._claim(rma, order, due, items)
            if claim is not None:
                found.append(claim)
        return sorted(found, key=lambda claim: (claim.by, claim.since, claim.number))

    async def figures(self) -> RefundFigures:
        """What waits, in numbers, for whoever watches. What is due is counted anew every few minutes only."""
        now = self._clock()
        if self._counted is None or now - self._counted[0] > COUNTED_FOR:
            claims = await self.dues()
            self._counted = now, len(claims), sum(claim.overdue for claim in claims)
        async with self._transactions() as uow:
            counts = await uow.refunds.count()
        return RefundFigures(due=self._counted[1], overdue=self._counted[2], by_status=counts)

    def _claim(self, rma: Return, order: Order, due: Due, items: Sequence[ExchangeItem]) -> Claim | None:
        days = days_of(rma, order, self._policy)
        if days is None:
            return None
        sending = [item for item, _ in ready(rma, order, items)]
        owed = due.owed + max(-net(sending), ZERO)
        if days.ground == "sent" and not owed and due.resolution in (Resolution.REFUND, Resolution.STORE_CREDIT):
            owed = max(min(due.decided - due.settled, due.left), ZERO)
        if owed <= 0 and not sending:
            return None
        today = local_day(self._clock(), market_of(order.market).zone)
        return Claim(
            number=rma.number,
            order=rma.order,
            amount=owed,
            currency=order.currency,
            since=days.since,
            by=days.by,
            overdue=today > days.by,
            ground=days.ground,
            legal=days.legal,
            instead=tuple(item.sku for item in sending),
        )

    async def owing(self) -> AsyncIterator[tuple[Return, Order, Due, list[ExchangeItem]]]:
        after = 0
        while True:
            async with self._transactions() as uow:
                page = await uow.refunds.owing(after, PAGE)
            for one in page:
                mine = [item for item in one.exchanges if item.number == one.rma.number]
                yield (
                    one.rma,
                    one.order,
                    due_among(one.rma, one.order, one.refunds, one.exchanges),
                    unsettled(mine, one.refunds),
                )
            if len(page) < PAGE:
                return
            after = page[-1].id


def due_among(
    rma: Return, order: Order, refunds: Sequence[Refund], exchanges: Sequence[ExchangeItem], count: Count = counted
) -> Due:
    """`refunds` and `exchanges` are all of the order's; `count` as `due_of` has it."""
    mine = [refund for refund in refunds if refund.number == rma.number]
    others = [refund for refund in refunds if refund.number != rma.number]
    return due_of(rma, order, mine, others, exchanges, count)

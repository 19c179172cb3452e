"""Tells the shop's platform of money that went back, once it is paid: the platform's own books then show it, and pay nothing.

Its units go with it line by line, less those that an earlier refund of the same return was for. What an exchange settles has none:
there other goods went out, and no money for these. What the shopper paid for with another order is written on that one.
"""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

import structlog

from rma.model.errors import Conflict
from rma.model.money import written
from rma.model.orders import Order
from rma.model.platforms import (
    PlatformRefused,
    PlatformUnavailable,
    RefundedLine,
    RefundRecord,
    ShopPlatform,
)
from rma.model.refunding import Refund, RefundKind, RefundStatus
from rma.policy.amounts import items_amount
from rma.service.backoff import pause_before
from rma.service.ports import Clock, Transactions

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=3)
AT_MOST, IN_A_ROW = 200, 3
_ZERO = Decimal(0)


class BooksDesk:
    def __init__(self, transactions: Transactions, clock: Clock, platform: ShopPlatform, pays: bool) -> None:
        """`pays`: refunds go out through the platform itself, which then knows of the money."""
        self._transactions, self._clock, self._platform, self._pays = transactions, clock, platform, pays

    async def finish_interrupted(self) -> int:
        """Tells what is due; of how many refunds the platform now knows."""
        told = failed = 0
        for _ in range(AT_MOST):
            try:
                async with self._transactions() as uow:
                    claimed = await uow.platforms.claim_refund(self._clock(), LEASE)
            except Conflict:
                break
            if claimed is None:
                break
            try:
                told += await self._tell(*claimed)
                failed = 0
            except PlatformUnavailable:
                failed += 1
                if failed >= IN_A_ROW:
                    break
        return told

    async def _tell(self, refund_id: int, attempts: int) -> bool:
        now = self._clock()
        try:
            for record in await self._records(refund_id):
                await self._platform.record_refund(record)
        except PlatformRefused as error:
            await self._failed(refund_id, str(error), stuck=True)
            return False
        except PlatformUnavailable as error:
            pause = max(pause_before(attempts), timedelta(seconds=error.after or 0.0))
            await self._failed(refund_id, str(error), not_before=now + pause)
            raise
        async with self._transactions() as uow:
            await uow.platforms.settle_refund(refund_id, told_at=self._clock(), stuck=False, error=None)
        return True

    async def _failed(self, refund_id: int, why: str, **fields: Any) -> None:
        log.warning("the platform was not told of a refund", refund=refund_id, why=why)
        async with self._transactions() as uow:
            await uow.platforms.settle_refund(refund_id, error=why, **fields)

    async def _records(self, refund_id: int) -> list[RefundRecord]:
        """One for each order that money went back on; none where none did."""
        async with self._transactions() as uow:
            refund = await uow.refunds.get(refund_id)
            if refund is None or not refund.parts:
                return []
            order = await uow.orders.get(refund.order_id)
            earlier = [
                one
                for one in await uow.refunds.of(refund.number)
                if one.status is RefundStatus.PAID and (one.id or 0) < refund_id
            ]
        sums: dict[str, Decimal] = defaultdict(Decimal)
        known: dict[str, Decimal] = defaultdict(Decimal)
        for part in refund.parts:
            sums[part.order] += part.amount
            known[part.order] += part.amount if self._pays and part.method is not None else _ZERO
        lines = () if refund.kind is RefundKind.EXCHANGE_DIFFERENCE else _lines(refund, earlier, order)
        if lines and order.number not in sums:
            # Sent in exchange, and come back: its units are of this order, and the money is of the one before.
            sums[order.number] = _ZERO
        return [
            RefundRecord(
                key=f"refund-{refund.id}" if number == order.number else f"refund-{refund.id}-paid",
                order=number,
                currency=refund.currency,
                amount=total,
                known=known[number],
                lines=lines if number == order.number else (),
                shipping=min(total, _shipping(refund, earlier)) if number == order.number else _ZERO,
                note=f"{refund.number}: {written(total, refund.currency)} {refund.currency}",
                at=refund.paid_at or refund.at,
            )
            for number, total in sums.items()
        ]

    async def stuck(self, limit: int = 100) -> list[tuple[int, str, str]]:
        """What a person has to look at: a refund's id, its return's number, and why the platform refused it."""
        async with self._transactions() as uow:
            return await uow.platforms.stuck_refunds(limit)

    async def retry(self) -> int:
        async with self._transactions() as uow:
            return await uow.platforms.retry_refunds(self._clock())


def _lines(refund: Refund, earlier: list[Refund], order: Order) -> tuple[RefundedLine, ...]:
    lines = []
    for line_id, units in refund.units.items():
        before = max((one.units.get(line_id, 0) for one in earlier), default=0)
        bought = order.line(line_id)
        if bought is not None and units > before:
            amount = items_amount(bought, units, refund.currency) - (
                items_amount(bought, before, refund.currency) if before else _ZERO
            )
            lines.append(RefundedLine(line=line_id, quantity=units - before, amount=amount))
    return tuple(lines)


def _shipping(refund: Refund, earlier: list[Refund]) -> Decimal:
    """Outbound shipping that is paid back with this one: `money` is of the whole return so far."""
    before = max((Decimal(one.money.get("outbound_shipping", "0")) for one in earlier), default=_ZERO)
    return max(_ZERO, Decimal(refund.money.get("outbound_shipping", "0")) - before)

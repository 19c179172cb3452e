"""Writing down what became of a refund: with the return, under the order's lock, over again when others changed the return."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from rma.model.errors import Conflict
from rma.model.money import written
from rma.model.refunding import Refund, RefundStatus
from rma.model.returns import Return
from rma.policy.amounts import ZERO, paid_for
from rma.service.payable import promised
from rma.service.ports import Transactions, UnitOfWork
from rma.service.refunds.due import AMOUNTS, Due, due_of, paid_amounts, rounded_down

Change = Callable[[UnitOfWork, Return, Refund], Awaitable[None]]
TRIES = 5
"""To write something down that others change at the same moment."""


async def change_together(transactions: Transactions, refund: Refund, change: Change) -> None:
    """`change` with the return and the refund as they are now. Raises Conflict when others were faster every time."""
    for attempt in range(TRIES):
        try:
            async with transactions() as uow:
                await uow.refunds.lock(refund.number)
                fresh, rma = await uow.refunds.get(refund.id or 0), await uow.returns.by_number(refund.number)
                if fresh is not None and rma is not None:
                    await change(uow, rma, fresh)
            return
        except Conflict:
            if attempt == TRIES - 1:
                raise
            await asyncio.sleep(0.02 * (attempt + 1))


async def now_paid(uow: UnitOfWork, rma: Return, refunds: Sequence[Refund]) -> Due:
    """Writes what was paid into the return's `refund`; `refunds` are all of it. What is due after it."""
    order = await uow.orders.get(rma.order_id)
    others = [one for one in await uow.refunds.of_order(rma.order_id) if one.number != rma.number]
    due = due_of(rma, order, refunds, others, await uow.refunds.exchanges_of_order(rma.order_id))
    paid = [one for one in refunds if one.status is RefundStatus.PAID]
    if not paid:
        rma.refund = dict.fromkeys((*AMOUNTS, "total"), written(ZERO, order.currency)) | {"currency": order.currency}
        return due
    elsewhere = sum((worth for number, worth in (await promised(uow, rma.order_id)).items() if number != rma.number), ZERO)
    limits = {due.left + due.paid, rounded_down(max(paid_for(order) - elsewhere, ZERO), order.currency)}
    latest = max(paid, key=lambda one: one.id or 0)
    rma.refund = paid_amounts(latest.money, sum((one.amount for one in paid), ZERO), limits)
    return due

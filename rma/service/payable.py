"""What may still be paid back of an order."""

from decimal import Decimal

from rma.model.errors import Refused
from rma.model.orders import Order
from rma.model.returns import RELEASED
from rma.policy.amounts import paid_for
from rma.service.ports import UnitOfWork


async def payable(uow: UnitOfWork, order: Order, order_id: int, total: Decimal, number: str | None = None) -> Decimal:
    """`total`, in the order's currency, when that much was paid for it and goes back by no other of its returns; `number` is the
    return that it is for. Raises Refused."""
    others = [
        Decimal(rma.refund["total"])
        for rma in await uow.returns.of_order(order_id)
        if rma.status not in RELEASED and rma.number != number
    ]
    left = paid_for(order) - sum(others, Decimal(0))
    if not total.is_finite() or not 0 <= total <= left:
        raise Refused(f"the amount must be from 0 to {left} {order.currency}, what is left of what was paid")
    return total

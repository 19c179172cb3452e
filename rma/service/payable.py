"""What may still be paid back of an order."""

from decimal import Decimal

from rma.model.errors import Refused
from rma.model.orders import Order
from rma.model.refunding import Refund
from rma.model.returns import RELEASED, Return
from rma.policy.amounts import ZERO, paid_for
from rma.service.ports import UnitOfWork
from rma.service.refunds.due import OVER, decided_of, reserved


async def promised(uow: UnitOfWork, order_id: int) -> dict[str, Decimal]:
    """What each return of the order comes to, by its number: as decided while more may be paid, then what was paid."""
    returns = await uow.returns.of_order(order_id)
    if not returns:
        return {}
    order, refunds = await uow.orders.get(order_id), await uow.refunds.of_order(order_id)
    return {rma.number: _promised(rma, order, [one for one in refunds if one.number == rma.number]) for rma in returns}


def _promised(rma: Return, order: Order, refunds: list[Refund]) -> Decimal:
    if rma.status in RELEASED:
        return reserved(refunds)
    if not refunds:
        return Decimal(rma.refund["total"])
    if rma.status in OVER:
        return reserved(refunds)
    return max(decided_of(rma, order, refunds)["total"], reserved(refunds))


async def payable(uow: UnitOfWork, order: Order, order_id: int, total: Decimal, number: str | None = None) -> Decimal:
    """`total`, in the order's currency, when that much was paid for it and goes back by no other of its returns; `number` is the
    return that it is for. Raises Refused."""
    others = [worth for other, worth in (await promised(uow, order_id)).items() if other != number]
    left = paid_for(order) - sum(others, ZERO)
    if not total.is_finite() or not 0 <= total <= left:
        raise Refused(f"the amount must be from 0 to {left} {order.currency}, what is left of what was paid")
    return total

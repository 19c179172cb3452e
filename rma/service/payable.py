"""What may still be paid back of an order."""

from decimal import Decimal

from rma.model.errors import Refused
from rma.model.orders import Order
from rma.model.refunding import ExchangeItem, Refund
from rma.model.returns import GIVEN_BACK, Return
from rma.policy.amounts import ZERO, paid_for
from rma.service.ports import UnitOfWork
from rma.service.refunds.due import due_of, possible, reserved


async def promised(uow: UnitOfWork, order_id: int) -> dict[str, Decimal]:
    """What each return of the order may come to, by its number: what was paid, and what is due once all of it came that may."""
    returns = await uow.returns.of_order(order_id)
    if not returns:
        return {}
    order, refunds = await uow.orders.get(order_id), await uow.refunds.of_order(order_id)
    exchanges = await uow.refunds.exchanges_of_order(order_id)
    return {rma.number: _promised(rma, order, [one for one in refunds if one.number == rma.number], exchanges) for rma in returns}


def _promised(rma: Return, order: Order, refunds: list[Refund], exchanges: list[ExchangeItem]) -> Decimal:
    before = reserved(refunds)
    if rma.status in GIVEN_BACK:
        return before
    due = due_of(rma, order, refunds, exchanges=exchanges, count=possible)
    return before + max(due.total - due.settled, ZERO)


async def payable(uow: UnitOfWork, order: Order, order_id: int, total: Decimal, number: str | None = None) -> Decimal:
    """`total`, in the order's currency, when that much was paid for it and goes back by no other of its returns; `number` is the
    return that it is for. Raises Refused."""
    others = [worth for other, worth in (await promised(uow, order_id)).items() if other != number]
    left = paid_for(order) - sum(others, ZERO)
    if not total.is_finite() or not 0 <= total <= left:
        raise Refused(f"the amount must be from 0 to {left} {order.currency}, what is left of what was paid")
    return total

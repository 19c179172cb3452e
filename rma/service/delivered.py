"""Goods of a return that nobody waited for, since they were not delivered when it was made, reach the shopper all the same."""

from datetime import datetime

from rma.model.codes import ReturnStatus
from rma.model.orders import Order
from rma.model.returns import RELEASED
from rma.model.support import Cause
from rma.service.goods import needs_sending
from rma.service.ports import UnitOfWork

S = ReturnStatus
DELIVERED = "delivered_after_all"
_STILL_OPEN = frozenset({S.REQUESTED, S.REVIEW, S.APPROVED, S.LABEL_ISSUED, S.IN_TRANSIT, S.PARTIALLY_RECEIVED})


async def delivered_after_all(uow: UnitOfWork, order_id: int, before: Order, order: Order, at: datetime) -> None:
    """To be called where the shop wrote an order anew. From then on the goods have to come back, as any others; of a return that is
    further already, and may be paid, only the team is told, which asks for them."""
    had = {line.id for line in before.lines if line.delivered_at is not None}
    new = {line.id for line in order.lines if line.delivered_at is not None} - had
    for rma in await uow.returns.of_order(order_id) if new else ():
        returnless = bool(rma.decision["returnless"])
        lines = [
            line for line in rma.lines
            if line.id in new and line.stays and not line.received and needs_sending([line.id], order, returnless)
        ]  # fmt: skip
        if not lines or rma.status in RELEASED:
            continue
        if rma.status in _STILL_OPEN:
            for line in lines:
                line.stays = False
        found = {"lines": {line.id: line.quantity for line in lines}}
        rma.note(DELIVERED, at, "system", **found)
        await uow.returns.save(rma)
        if rma.conversation:
            context = {"number": rma.number, DELIVERED: True, **found}
            await uow.conversations.open_ticket(rma.conversation, Cause.PARCEL, context, at)

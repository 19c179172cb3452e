"""Which units of an order its returns hold: those, and no others, cannot be announced once more.

A return holds what may still come of it, what was accepted, and what money or another article went out for. What was not accepted
is the shopper's again, and what is missing is where it is: both can be returned later, unless they were paid for.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from rma.model.codes import Resolution
from rma.model.errors import Conflict
from rma.model.refunding import ExchangeItem, ExchangeStatus, Refund
from rma.model.returns import RELEASED, Return
from rma.model.support import Cause
from rma.service.first_delivery import follow
from rma.service.ports import UnitOfWork

REPAIRED = "repaired"


def settled_units(line_id: str, refunds: Sequence[Refund], exchanges: Sequence[ExchangeItem]) -> int:
    """Units of a line that `refunds` pay for, or send another article for. Both lists are of the line's return."""
    sent = {item_id for refund in refunds for item_id in refund.asked.get("exchanges", ())}
    paid = max((int(refund.units.get(line_id, 0)) for refund in refunds), default=0)
    return paid + sum(item.quantity for item in exchanges if item.line == line_id and item.stands and item.id in sent)


def held(rma: Return, refunds: Sequence[Refund], exchanges: Sequence[ExchangeItem]) -> dict[str, int]:
    """Units by line. `refunds` and `exchanges` are all of the return's."""
    if rma.status in RELEASED:
        return {}
    repaired = rma.resolution is Resolution.REPAIR and any(event.kind == REPAIRED for event in rma.events)
    found = {}
    for line in rma.lines:
        gone = settled_units(line.id, refunds, exchanges)
        gone += sum(
            item.quantity for item in exchanges
            if item.line == line.id and item.status is ExchangeStatus.PLACED and not _begun(item, refunds)
        )  # fmt: skip
        may = 0 if repaired else line.may_count
        found[line.id] = max(may, min(gone, line.quantity))
    return found


def _begun(item: ExchangeItem, refunds: Sequence[Refund]) -> bool:
    return any(item.id in refund.asked.get("exchanges", ()) for refund in refunds)


@asynccontextmanager
async def holding(uow: UnitOfWork, rma: Return, at: datetime, elsewhere: str | None = None) -> AsyncIterator[None]:
    """Gives back to the order, or takes from it, what the block changes of what `rma` holds. Raises Conflict, saying `elsewhere`,
    when units that it takes went into another return meanwhile. What other returns promise because of these units follows."""
    before = await _held(uow, rma)
    yield
    after = await _held(uow, rma)
    changes = {line_id: after.get(line_id, 0) - before.get(line_id, 0) for line_id in {*before, *after}}
    if not any(changes.values()):
        return
    try:
        await uow.orders.commit_units(rma.order_id, {line_id: units for line_id, units in changes.items() if units})
    except Conflict as error:
        raise (Conflict(elsewhere) if elsewhere else error) from error
    await follow(uow, rma, at)


async def _held(uow: UnitOfWork, rma: Return) -> dict[str, int]:
    return held(rma, await uow.refunds.of(rma.number), await uow.refunds.exchanges(rma.number))


async def goods_go_back(uow: UnitOfWork, rma: Return, at: datetime) -> None:
    """Goods of a return that was called off or declined may be here: the team sends them back to the shopper."""
    here = {line.id: line.received for line in rma.lines if line.received}
    if here and rma.conversation:
        await uow.conversations.open_ticket(rma.conversation, Cause.PARCEL, {"number": rma.number, "here": here}, at)

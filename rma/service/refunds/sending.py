"""What goes out instead of money when a return is settled: which articles, how many, and what they cost more or less."""

from collections.abc import Sequence
from decimal import Decimal

from rma.model.errors import Refused
from rma.model.money import quantum, written
from rma.model.orders import Order
from rma.model.refunding import ExchangeItem, ExchangeStatus
from rma.model.returns import Return
from rma.policy.amounts import ZERO
from rma.service.exchanges import net, ready, unsettled
from rma.service.ports import UnitOfWork


async def sending(
    uow: UnitOfWork, rma: Return, order: Order, amount: Decimal | None, reason: str | None, goodwill: bool
) -> list[ExchangeItem]:
    """What is to go out now; what came fewer of goes out fewer of. Of what is sold out, with a reason, the money goes back."""
    items = unsettled(await uow.refunds.exchanges(rma.number), await uow.refunds.of(rma.number))
    if not items:
        return []
    if reason and (gone := [item for item in items if item.sold_out]):
        for item in gone:
            item.status = ExchangeStatus.RELEASING
            await uow.refunds.save_exchange(item)
        items = [item for item in items if not item.sold_out]
    if goodwill and not reason:
        raise Refused("goodwill needs a reason")
    found = [(item, item.quantity) for item in items] if goodwill else ready(rma, order, items)
    if not found:
        return []
    sending = [item if units == item.quantity else await _fewer(uow, item, units) for item, units in found]
    more = net(sending)
    if more > 0 and not reason:
        raise Refused(
            f"{written(more, order.currency)} {order.currency} more than what comes back: settle that with the shopper first, "
            "and say how with a reason"
        )
    if more <= 0 and amount is not None:
        raise Refused("nothing that goes out costs more: leave out the amount, and what is due is paid with it")
    if amount is not None:
        if amount > more:
            raise Refused(f"the difference is {written(more, order.currency)} {order.currency}")
        await _worth(uow, sending, more - amount)
    return sending


async def _fewer(uow: UnitOfWork, item: ExchangeItem, units: int) -> ExchangeItem:
    """A reservation of its own for what came, in place of the one for all that was announced."""
    share, unit = Decimal(units) / item.quantity, quantum(item.currency)
    # What takes its place goes out: that one of more was sold out pays no money back.
    item.status, item.sold_out = ExchangeStatus.RELEASING, False
    await uow.refunds.save_exchange(item)
    fewer = {
        "id": None, "quantity": units, "key": f"{item.key}/{units}", "status": ExchangeStatus.WANTED, "reservation": None,
        "difference": (item.difference * share).quantize(unit), "value": (item.value * share).quantize(unit),
    }  # fmt: skip
    return await uow.refunds.add_exchange(item.model_copy(update=fewer))


async def _worth(uow: UnitOfWork, items: Sequence[ExchangeItem], unpaid: Decimal) -> None:
    """What the shopper did not pay of the difference does not come back with the article either."""
    for item in items:
        less = min(max(item.difference, ZERO), unpaid)
        item.value, item.difference, unpaid = item.value - less, item.difference - less, unpaid - less
        await uow.refunds.save_exchange(item)

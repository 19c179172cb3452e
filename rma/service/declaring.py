"""What customs is told of a return that crosses a border: read from the order and the catalogue, or what lacks there."""

from rma.model.customs import Declaration, Lacking, declared, relief
from rma.model.orders import Address, Order
from rma.model.returns import Return
from rma.model.shipping import Shipment
from rma.policy.amounts import items_amount
from rma.service.ports import UnitOfWork

_HEAVIEST = 1_000_000
LACKING = "customs_lacking"
"""The kind of a return's event: its label was issued and its customs papers cannot be drawn yet. `detail.lacking` says why."""


def has_papers(rma: Return) -> bool:
    """Whether customs papers go with its label."""
    if rma.label is None:
        return False
    shipment = Shipment.model_validate(rma.label.shipment)
    return shipment.request.customs is not None or shipment.paper("customs") is not None


async def declare(
    uow: UnitOfWork, rma: Return, order: Order, sender: Address, recipient: Address
) -> Declaration | tuple[Lacking, ...]:
    """The declaration of all that `rma` announces, or everything that has to be filled in first, by SKU."""
    lines, lacking = [], dict[Lacking, None]()
    for announced in rma.lines:
        bought = order.line(announced.id)
        if bought is None or announced.quantity < 1:
            continue
        value = items_amount(bought, announced.quantity, order.currency)
        found = declared(bought, announced.quantity, value, await uow.catalogue.get(bought.sku))
        if isinstance(found, tuple):
            lacking |= dict.fromkeys(found)
        else:
            lines.append(found)
    if lacking or not lines:
        return tuple(lacking)
    return Declaration(
        lines=tuple(lines),
        currency=order.currency,
        relief=relief(sender, recipient),
        invoice=order.number,
        exported=order.placed_at,
        mrn=order.export_mrn,
    )


async def weigh(uow: UnitOfWork, rma: Return, order: Order) -> int | None:
    """Grams of the goods, where they are known of every line."""
    total = 0
    for announced in rma.lines:
        bought = order.line(announced.id)
        item = await uow.catalogue.get(announced.sku)
        grams = (bought.weight_grams if bought else None) or (item.weight_grams if item else None)
        if not grams:
            return None
        total += grams * announced.quantity
    return min(total, _HEAVIEST) or None

"""What becomes of the goods of a return: whether they travel back, and whether an ordinary parcel may carry them."""

from rma.model.codes import LineTag, Reason
from rma.model.orders import Order
from rma.model.returns import Return


def unsafe_to_post(order: Order, line_id: str, reason: Reason | None) -> bool:
    """A damaged or defective battery does not travel by post with an ordinary label; a sound one does."""
    line = order.line(line_id)
    return line is not None and LineTag.DANGEROUS_GOODS in line.tags and reason in (Reason.DAMAGED, Reason.DEFECTIVE)


def needs_sending(line_ids: list[str], order: Order, returnless: bool) -> bool:
    """Whether anything travels back: not what the shopper keeps, never had, or got as a download."""
    if returnless:
        return False
    lines = [line for line in order.lines if line.id in line_ids]
    return any(line.delivered_at is not None and LineTag.DIGITAL not in line.tags for line in lines)


def came_unannounced(rma: Return) -> bool:
    """Whether the return was made of goods that were here already: the shopper sent them without a label of ours."""
    return bool(rma.events) and bool(rma.events[0].detail.get("unannounced"))


def is_arranged(rma: Return, order: Order) -> bool:
    """Whether a person arranges how the goods come back, since no carrier's label was possible."""
    lines = [line.id for line in rma.lines]
    return rma.method is None and needs_sending(lines, order, bool(rma.decision["returnless"]))

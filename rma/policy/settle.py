"""Rules 7 and 8: the money of the whole return, who pays the way back, and whether there is a way back at all."""

from dataclasses import replace
from decimal import Decimal

from rma.model.codes import Resolution
from rma.model.money import rounded
from rma.model.orders import Order
from rma.policy.amounts import ZERO, items_amount, paid_for
from rma.policy.codes import Code
from rma.policy.decision import Decision, LineDecision, RefundBreakdown
from rma.policy.request import History
from rma.policy.terms import Terms, amount_in

PAID_OUT = (Resolution.REFUND, Resolution.STORE_CREDIT)
MERCHANT, CUSTOMER = "merchant", "customer"


def refund_of(
    order: Order, history: History, terms: Terms, approved: list[LineDecision], early: frozenset[str], payer: str | None
) -> RefundBreakdown:
    """The money over the approved lines. `early` are the ids of faults inside the withdrawal period."""
    currency = order.currency
    counted = [line for line in approved if line.resolution in PAID_OUT]
    items = sum((line.items for line in counted), ZERO)
    outbound = (
        rounded(order.shipping_paid, currency) if _whole_order_withdrawn(order, history, approved, early) else ZERO
    )
    way_back = amount_in(terms.customer_pays, currency) if payer == CUSTOMER else ZERO
    fees = sum((line.restocking_fee for line in counted), ZERO)
    left = paid_for(order) - _refunded(order, history)
    total = max(min(items + outbound - way_back - fees, left), ZERO)
    return RefundBreakdown(currency, items, outbound, way_back, fees, total)


def own_way(decision: Decision) -> Decision:
    """`decision` for goods that the shopper sent at their own cost, without a label of ours: nothing is taken off for one."""
    order, refund = decision.inputs.order, decision.refund
    left = paid_for(order) - _refunded(order, decision.inputs.history)
    total = max(min(refund.items + refund.outbound_shipping - refund.fees, left), ZERO)
    return replace(decision, refund=replace(refund, return_shipping=ZERO, total=total))


def _refunded(order: Order, history: History) -> Decimal:
    if history.refunded is not None:
        return history.refunded
    lines = ((order.line(line_id), units) for line_id, units in history.returned.items())
    return sum((items_amount(line, units, order.currency) for line, units in lines if line), ZERO)


def _whole_order_withdrawn(order: Order, history: History, approved: list[LineDecision], early: frozenset[str]) -> bool:
    """Whether the law also gives back the first delivery (Directive 2011/83/EU art. 13): see rule 4."""
    by_right = [Code.WITHDRAWAL_RIGHT in line.codes for line in approved]
    if history.outbound_refunded or not any(by_right) or any(line.resolution not in PAID_OUT for line in approved):
        return False
    if not all(right or line.id in early for right, line in zip(by_right, approved, strict=True)):
        return False
    now = {line.id: line.quantity for line in approved}
    return all(history.returned.get(line.id, 0) + now.get(line.id, 0) >= line.quantity for line in order.lines)


def payer_of_way_back(terms: Terms, approved: list[LineDecision]) -> str | None:
    """Who pays for sending the goods back: "merchant" or "customer", None when nothing is accepted."""
    if not approved:
        return None
    if terms.free_for_faults and any(line.fault for line in approved):
        return MERCHANT
    # What never came does not travel back, and neither an exchange nor a credit costs the shopper a label.
    charged = any(line.delivered and line.resolution not in terms.free_for for line in approved)
    return CUSTOMER if charged else MERCHANT


def is_returnless(order: Order, terms: Terms, approved: list[LineDecision], unheld: frozenset[str]) -> bool:
    """Whether the shopper keeps the goods. `unheld` are the lines that no review would hold, were they of any age."""
    if not approved or not all(
        line.fault and line.id in unheld and line.resolution in terms.returnless_resolutions for line in approved
    ):
        return False
    return sum((line.items for line in approved), ZERO) < amount_in(terms.returnless_below, order.currency)

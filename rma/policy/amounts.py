"""What items are worth, line by line (contract section 4, rule 7)."""

from decimal import Decimal

from rma.model.money import rounded
from rma.model.orders import Order, OrderLine

ZERO = Decimal(0)


def items_amount(line: OrderLine, quantity: int, currency: str) -> Decimal:
    """What `quantity` units of `line` cost less their share of its discount, rounded half up in `currency`."""
    # One division, last: shares that end on a half stay exact until they are rounded.
    paid = (line.unit_price * line.quantity - line.discount) * quantity / line.quantity
    return rounded(max(paid, ZERO), currency)


def paid_for(order: Order) -> Decimal:
    """What the shopper paid for `order`, by all payment methods, in its currency."""
    return sum((method.amount for method in order.payment_methods), ZERO)

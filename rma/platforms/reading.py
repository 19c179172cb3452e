"""What both platforms' documents are read with: one order whole, or the reason why not."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from rma.model.orders import CatalogueItem, Order
from rma.model.platforms import Changed

SIXTH = Decimal("0.000001")
"""As fine as the import format's money is."""


class Unreadable(Exception):
    """Why one order, or one article, cannot be loaded; in words for whoever keeps the shop."""


def read_order(number: str, at: datetime, make: Callable[[], Mapping[str, Any]]) -> Changed:
    """The order that `make` gives in the shape of contract section 3, or the reason why there is none."""
    try:
        return Changed(name=number, order=Order.model_validate(make()), at=at)
    except _TROUBLE as error:
        return Changed(name=number, reason=_said(error), at=at)


def read_item(sku: str, at: datetime, make: Callable[[], Mapping[str, Any]]) -> Changed:
    try:
        return Changed(name=sku, item=CatalogueItem.model_validate(make()), at=at)
    except _TROUBLE as error:
        return Changed(name=sku, reason=_said(error), at=at)


# What reading a document raises that is not as the platform describes it: that order is left out, and the others are not.
_TROUBLE = (Unreadable, ValidationError, LookupError, TypeError, ValueError, ArithmeticError, AttributeError)


def _said(error: Exception) -> str:
    if isinstance(error, Unreadable):
        return str(error)
    if not isinstance(error, ValidationError):
        return f"it is not as the platform describes it ({type(error).__name__}: {str(error)[:100]})"
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]


def amount(value: object) -> Decimal:
    """Money as a platform writes it: a string, and in places a JSON number. Raises Unreadable."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise Unreadable(f"{str(value)[:40]!r} is no amount")
    return number


def sixth(value: Decimal) -> Decimal:
    return value.quantize(SIXTH, rounding=ROUND_HALF_UP)


def instant(text: object, offset: bool = True) -> datetime:
    """Raises Unreadable. Without an offset where none is expected it is UTC."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        raise Unreadable(f"{str(text)[:40]!r} is no instant") from None
    if found.tzinfo is None:
        if offset:
            raise Unreadable(f"{str(text)[:40]!r} has no offset")
        found = found.replace(tzinfo=UTC)
    return found


def priced(gross: Decimal, net: Decimal, quantity: int) -> tuple[Decimal, Decimal]:
    """Unit price and the line's whole discount of what was listed at `gross` and paid with `net`, tax included, so that together
    they give `net` again."""
    unit = sixth(gross / quantity)
    discount = sixth(unit * quantity - net)
    if discount < 0:
        # It was paid more than listed: a surcharge, which only the price can carry.
        unit = sixth(net / quantity)
        discount = max(Decimal(0), sixth(unit * quantity - net))
    return unit, discount


def plain(value: Decimal) -> str:
    """As a decimal string, never in powers of ten."""
    return format(value, "f")


def dicts(value: object) -> Iterator[dict[str, Any]]:
    """The objects in a list, whatever else stands there."""
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list) else iter(())


def first_of(values: Iterable[object]) -> str | None:
    """The first text with something in it."""
    return next((value.strip() for value in values if isinstance(value, str) and value.strip()), None)

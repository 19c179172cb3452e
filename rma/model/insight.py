"""What the merchant's figures are counted from: facts, one for each line of a return. Who the shopper is stands in them as a number
that is made of the address under the shop's secret, so that two returns of one shopper can be told to be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

By = Literal["product", "size", "market", "month"]
"""What figures are told apart by."""

NONE = ""
"""A category, size, colour, carrier or method that is not known, or that there is none of."""


def month_of(day: date) -> int:
    """The month as a number that sorts: 202611."""
    return day.year * 100 + day.month


def later(month: int, by: int) -> int:
    """The month `by` months after `month`, or before."""
    count = month // 100 * 12 + month % 100 - 1 + by
    return count // 12 * 100 + count % 12 + 1


def months(first: int, last: int) -> list[int]:
    """Each month from `first` to `last`."""
    found = []
    while first <= last:
        found.append(first)
        first = later(first, 1)
    return found


@dataclass(frozen=True)
class Scope:
    """What is looked at: whole months from `first` to `last`, all markets and categories or one."""

    first: int
    last: int
    market: str | None = None
    category: str | None = None

    @property
    def months(self) -> list[int]:
        return months(self.first, self.last)


@dataclass(frozen=True, slots=True)
class Sku:
    """What the catalogue says of a SKU."""

    product: str
    category: str | None
    variant: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Source:
    """A return as the tables have it, with all that its facts are made from. `order` is the shop's document; `events` are
    (kind, instant) of those that matter; `units` are (line, disposition, quantity)."""

    id: int
    version: int
    order_id: int
    customer: str
    """As the orders' table names them (rma.store.orders.customer_key)."""
    order: Mapping[str, Any]
    created_at: datetime
    status: str
    resolution: str
    method: str | None
    label: Mapping[str, Any] | None
    refund: Mapping[str, Any]
    lines: Sequence[Mapping[str, Any]]
    units: Sequence[tuple[str, str, int]]
    events: Sequence[tuple[str, datetime]]
    skus: Mapping[str, Sku]


@dataclass(frozen=True, slots=True)
class LineFact:
    """A line of a return. Money is in the smallest units of its currency.

    `lead`: the line by which the return as a whole is counted, the dearest. What is of the return and not of one of its lines
    (the parcel, the days, the money) stands there, so that sums over any division of the lines add up.
    `units` came back or will: the larger of announced and received, 0 in a return that was declined, called off or has expired.
    """

    return_id: int
    line_id: str
    version: int
    order_id: int
    shopper: int
    lead: bool
    status: str
    requested_on: date
    month: int
    ordered_month: int
    lag_days: int
    """From the order to the request."""
    refund_month: int | None
    days: int | None
    """From the request to the money, in days of the calendar."""
    market: str
    country: str
    currency: str
    category: str
    product: str
    size: str
    color: str
    reason: str
    resolution: str
    method: str
    carrier: str
    units: int
    announced: int
    received: int
    accepted: int
    rejected: int
    missing: int
    refunded: int
    unit_minor: int
    """What one unit was sold for, its discount taken off."""
    parcels: int
    """1 when goods travelled back, or are on their way."""
    grams: int | None
    """Of the parcel, where the shop gave weights."""
    refund_minor: int
    """What was paid back, credit included."""
    outbound_minor: int
    """Of it, for the delivery to the shopper."""
    shopper_minor: int
    """What was kept back for the way here, and fees."""


@dataclass(frozen=True, slots=True)
class OutcomeFact:
    """What became of units of a line."""

    return_id: int
    line_id: str
    disposition: str
    month: int
    market: str
    category: str
    currency: str
    units: int
    value_minor: int


@dataclass(frozen=True, slots=True)
class SoldFact:
    """What was ordered in a month, of one size of one product in one market."""

    month: int
    market: str
    category: str
    product: str
    size: str
    currency: str
    units: int
    value_minor: int


@dataclass(frozen=True)
class Facts:
    lines: list[LineFact] = field(default_factory=list)
    outcomes: list[OutcomeFact] = field(default_factory=list)

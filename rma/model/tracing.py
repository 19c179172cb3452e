"""What the warehouse saw of goods that came back, in the order of time: what EPCIS events are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any

from rma.model.codes import Disposition
from rma.model.goods import Grade


class Source(IntEnum):
    """Of two that were seen at the same instant the lower one comes first."""

    ARRIVAL = 0
    UNIT = 1


@dataclass(frozen=True)
class Article:
    """What a line of an order is."""

    sku: str
    gtin: str | None = None


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """A row of return_events (goods arrived) or of return_units (goods were looked at)."""

    source: Source
    id: int
    at: datetime
    number: str
    """The return's."""
    order: str
    articles: Mapping[str, Article]
    """By line id."""
    counted: Mapping[str, int] = field(default_factory=dict)
    """Of an arrival: units by line id."""
    line: str = ""
    sku: str = ""
    quantity: int = 0
    grade: Grade | None = None
    accepted: bool = False
    disposition: Disposition | None = None
    epcs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where a page ended: the last sighting of it, and which of its events was the last."""

    at: datetime
    source: Source
    id: int
    step: int


@dataclass(frozen=True)
class Transactions:
    """Of these returns or of these orders (`rma.model.orders.order_key`)."""

    numbers: frozenset[str] = frozenset()
    orders: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked for; `dispositions` None: units whatever became of them."""

    sources: frozenset[Source] = frozenset(Source)
    dispositions: frozenset[Disposition] | None = None
    since: datetime | None = None
    before: datetime | None = None
    transactions: tuple["Transactions", ...] = ()
    """Each must be met."""
    after: Place | None = None


def article_of(line: Mapping[str, Any], gtins: Mapping[str, str]) -> Article:
    """Of an order's line, as it is kept; `gtins` are the catalogue's, by SKU."""
    return Article(line["sku"], line.get("gtin") or gtins.get(line["sku"]))

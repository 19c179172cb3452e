"""A plot with its numbers: on the page as a table, and for a spreadsheet as CSV. Both are made from the same rows."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from markupsafe import Markup

SHOWN = 200
"""Rows of a table on the page; all are in the CSV."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Column:
    """`code` is its name in the CSV, `show` how the page writes a value."""

    code: str
    heading: str
    show: Callable[[Any], str] = str


@dataclass(frozen=True)
class Card:
    """`about` says what is counted; `notes` are rules and assumptions; `extra` other tables to download, as (name, words)."""

    key: str
    title: str
    about: str
    picture: Markup | None
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    legend: Sequence[tuple[Markup, str]] = ()
    notes: Sequence[str] = ()
    extra: Sequence[tuple[str, str]] = ()
    wide: bool = False
    says: Sequence[str] = ()
    """What the plot comes to, in sentences."""
    listed: Sequence["Listing"] = field(default_factory=list)

    @property
    def head(self) -> list[str]:
        return [column.heading for column in self.columns]

    @property
    def shown(self) -> list[list[str]]:
        return [[column.show(value) for column, value in zip(self.columns, row, strict=True)] for row in self.rows[:SHOWN]]

    @property
    def hidden(self) -> int:
        return max(len(self.rows) - SHOWN, 0)

    def csv(self) -> str:
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow([column.code for column in self.columns])
        writer.writerows([[_cell(value) for value in row] for row in self.rows])
        return text.getvalue()


@dataclass(frozen=True)
class Listing:
    """A table that stands open under a plot. `marks` are classes of its rows."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def _cell(value: Any) -> Any:
    """What a spreadsheet would take for a formula is text: names of products come from outside."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else ""
    return value

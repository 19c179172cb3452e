"""Goods that came back: units as they were looked at, and parcels that nobody can place yet."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from rma.model.codes import Condition, Disposition, Reason


class Grade(StrEnum):
    """The state in which a unit came, as the warehouse sees it."""

    AS_NEW = "as_new"
    OPENED = "opened"
    USED = "used"
    DAMAGED = "damaged"
    INCOMPLETE = "incomplete"


_OF_REASON = {
    Reason.DAMAGED: Grade.DAMAGED,
    Reason.DEFECTIVE: Grade.DAMAGED,
    Reason.MISSING_PARTS: Grade.INCOMPLETE,
}
_OF_CONDITION = {Condition.UNOPENED: Grade.AS_NEW, Condition.OPENED: Grade.OPENED, Condition.USED: Grade.USED}


def expected_grade(reason: Reason, condition: Condition) -> Grade:
    """What the shopper's words let expect; the warehouse corrects it."""
    return _OF_REASON.get(reason, _OF_CONDITION[condition])


class Unit(BaseModel):
    """`quantity` units of a return's line that came out of inspection alike. Of units that are missing, `grade` is None."""

    id: int | None = None
    number: str
    """The return."""
    line: str
    sku: str
    quantity: int
    grade: Grade | None
    accepted: bool
    disposition: Disposition | None
    """None for what was not accepted: it is still the shopper's, and waits for them."""
    proposed: Disposition | None = None
    """What the rules of policy/dispositions.yml proposed, and the `rule` that did."""
    rule: str = ""
    why: str | None = None
    """Why it was not accepted, or went elsewhere than proposed; a person's words."""
    apart: bool = False
    """Kept apart from other goods: dangerous."""
    photo: int | None = None
    epcs: list[str] = []
    """EPC URIs or URNs of single units, where a reader saw them."""
    by: str
    at: datetime
    stock_told_at: datetime | None = None
    """When the shop's stock was told of it; None while it was not, or does not have to be."""


class Seen(BaseModel):
    """A single unit that was looked at before: by its EPC's URI, in which return of which order, and whether it was accepted."""

    uri: str
    number: str
    order_id: int
    accepted: bool
    at: datetime


class Parcel(BaseModel):
    """A parcel, or what was in one, that belongs to no return yet: without a label, of an unknown order, or with goods that the
    order has not. It waits until somebody of the team says what it is."""

    id: int | None = None
    scanned: str | None = None
    """What stands on it, as it was read."""
    number: str | None = None
    """The return in whose parcel it lay, if any."""
    contents: list[dict[str, Any]] = []
    """{"sku" or "name", "quantity"} of what it holds."""
    note: str | None = None
    photo: int | None = None
    at: datetime
    by: str
    settled_at: datetime | None = None
    settled_by: str | None = None
    outcome: str | None = None

"""Where a parcel is, in one vocabulary for all carriers: events as they were scanned, and what they mean for a return."""

import hashlib
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from rma.model.orders import Frozen, Key


class TrackingStatus(StrEnum):
    """How far a parcel is. The order of `ANNOUNCED` to `DELIVERED` is that of its way."""

    ANNOUNCED = "announced"
    """The carrier knows of it and has not seen it: a label was made."""
    ACCEPTED = "accepted"
    """The carrier has it: handed in, or picked up."""
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    WAITING = "waiting"
    """It lies where somebody has to fetch it."""
    DELIVERED = "delivered"
    """The warehouse has it, says the carrier. Whether it was counted there is another question."""
    FAILED = "failed"
    """Lost, damaged, refused, held at the border: somebody has to look."""
    GOES_BACK = "goes_back"
    """On its way to the shopper again."""
    UNKNOWN = "unknown"
    """The carrier's own words say no more."""

    @property
    def is_scan(self) -> bool:
        """Whether somebody of the carrier had the parcel in hand."""
        return self not in (TrackingStatus.ANNOUNCED, TrackingStatus.UNKNOWN)

    @property
    def is_trouble(self) -> bool:
        return self in (TrackingStatus.FAILED, TrackingStatus.GOES_BACK)


Words = Annotated[str, Field(max_length=300)]


class TrackingEvent(Frozen):
    """One thing that happened to a parcel. `provider_id` is the carrier's own name for it, or made by `event_id`: the same
    event told twice, by webhook and by polling, has the same."""

    carrier: Key
    tracking_number: Annotated[str, Field(min_length=1, max_length=40)]
    provider_id: Annotated[str, Field(min_length=1, max_length=100)]
    status: TrackingStatus
    at: AwareDatetime
    place: Words | None = None
    description: Words | None = None


def event_id(*parts: object) -> str:
    """A name for an event of a carrier that gives none: the same parts, the same name."""
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()[:40]


def words(text: object, limit: int = 300) -> str | None:
    """What a carrier says, fit to be kept and shown: one line, visible characters only."""
    said = "".join(c if c.isprintable() else " " for c in str(text or "")[: limit * 4])
    return " ".join(said.split())[:limit] or None


SCANNED, AT_WAREHOUSE, TROUBLE = "parcel_scanned", "delivered_to_warehouse", "parcel_trouble"
"""Kinds of events of a return: a scan that moves its status no more (the first one of all is `in_transit`), the carrier's word
that the warehouse has the parcel, and that something is wrong with it."""

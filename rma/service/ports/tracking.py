"""What carriers say of parcels, as the use cases need it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from rma.model.tracking import TrackingEvent


class Tracking(Protocol):
    async def return_of(self, carrier: str, tracking_number: str) -> str | None:
        """The number of the return whose label has this tracking number of this carrier."""

    async def add(self, events: Sequence[TrackingEvent], at: datetime) -> list[TrackingEvent]:
        """Keeps those that are not there yet, and gives them. Raises Conflict when somebody else kept one meanwhile."""

    async def of(self, return_number: str) -> list[TrackingEvent]:
        """In the order of their instants."""

    async def of_many(self, return_numbers: Sequence[str]) -> dict[str, list[TrackingEvent]]:
        """The same of several returns; those without an event are left out."""

    async def due(self, now: datetime, since: datetime, limit: int) -> list[str]:
        """Numbers of returns made since then with a parcel that may be on its way, and whose carrier is to be asked now; the
        longest waiting first."""

    async def look_again(self, return_number: str, at: datetime | None, failed: bool = False) -> None:
        """When it is asked next; None: never. `failed` counts."""

    async def open_with(self, kind: str) -> list[str]:
        """Numbers of returns whose parcel may be on its way, with an event of that kind."""

    async def failures(self, return_number: str) -> int:
        """In a row."""

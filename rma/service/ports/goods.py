"""Goods that came back, as the use cases need them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from rma.model.goods import Parcel, Seen, Unit


class Goods(Protocol):
    async def add(self, units: Sequence[Unit]) -> list[Unit]:
        """As they were kept, with their ids. Raises NotFound for a return that is not there."""

    async def of(self, number: str) -> list[Unit]:
        """Units of a return, as they were inspected."""

    async def of_many(self, numbers: Sequence[str]) -> list[Unit]:
        """Those of several returns, as they were inspected."""

    async def seen(self, uris: Sequence[str]) -> list[Seen]:
        """Single units among these URIs (rma.model.epc) that were looked at before."""

    async def turned_up(self, number: str, line_id: str, units: int) -> None:
        """So many units of a line that were kept as missing are here after all: they are missing no longer."""

    async def untold_stock(self, limit: int) -> list[Unit]:
        """Accepted for `restock`, and the shop's stock not told yet; the oldest first."""

    async def mark_told(self, unit_id: int, at: datetime) -> bool:
        """False when it was marked already."""

    async def add_photo(self, mime: str, content: bytes, by: str, at: datetime) -> int: ...

    async def photo(self, photo_id: int) -> tuple[str, bytes] | None:
        """Mime type, content."""

    async def add_parcel(self, parcel: Parcel) -> Parcel: ...

    async def parcel(self, parcel_id: int) -> Parcel | None: ...

    async def parcels(self, open_only: bool = True, limit: int = 200, after: int = 0) -> list[Parcel]:
        """The oldest first, those with a higher id than `after`."""

    async def parcels_of(self, numbers: Sequence[str]) -> list[Parcel]:
        """Those in the parcels of these returns that nobody placed yet, the oldest first."""

    async def settle_parcel(self, parcel_id: int, at: datetime, by: str, outcome: str, number: str | None) -> Parcel:
        """Raises NotFound, Conflict when it is settled already."""

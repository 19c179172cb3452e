"""What carriers say of parcels, and when they are asked again."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from rma.model.codes import ReturnStatus
from rma.model.tracking import TrackingEvent, TrackingStatus
from rma.store.tables import ReturnEventRow, ReturnRow
from rma.store.tracking_tables import EmbeddedScanRow, ParcelLookRow, TrackingEventRow

_FIELDS = ("carrier", "tracking_number", "provider_id", "status", "at", "place", "description")
_ON_ITS_WAY = (ReturnStatus.LABEL_ISSUED, ReturnStatus.IN_TRANSIT, ReturnStatus.EXPIRED)
"""Returns whose parcel may still move. One of an expired return often comes all the same."""


class SqlTracking:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def return_of(self, carrier: str, tracking_number: str) -> str | None:
        row = await self._row(carrier, tracking_number)
        return row.number if row else None

    async def add(self, events: Sequence[TrackingEvent], at: datetime) -> list[TrackingEvent]:
        known, new = set(), []
        for carrier, number in {(event.carrier, event.tracking_number) for event in events}:
            t = TrackingEventRow
            said = await self._session.scalars(
                select(t.provider_id).where(t.carrier == carrier, t.tracking_number == number)
            )
            known |= {(carrier, number, provider_id) for provider_id in said}
        for event in events:
            name = (event.carrier, event.tracking_number, event.provider_id)
            if name in known:
                continue
            known.add(name)
            row = await self._row(event.carrier, event.tracking_number)
            fields = {field: getattr(event, field) for field in _FIELDS}
            self._session.add(TrackingEventRow(**fields, return_id=row.id if row else None, noted_at=at))
            new.append(event)
        await self._session.flush()
        return new

    async def _row(self, carrier: str, tracking_number: str) -> ReturnRow | None:
        row = await self._session.scalar(select(ReturnRow).where(ReturnRow.tracking_number == tracking_number))
        return row if row is not None and row.label and row.label.get("carrier") == carrier else None

    async def of(self, return_number: str) -> list[TrackingEvent]:
        return (await self.of_many([return_number])).get(return_number, [])

    async def of_many(self, return_numbers: Sequence[str]) -> dict[str, list[TrackingEvent]]:
        t = TrackingEventRow
        rows = await self._session.execute(
            select(ReturnRow.number, t)
            .join(ReturnRow, ReturnRow.id == t.return_id)
            .where(ReturnRow.number.in_(return_numbers))
            .order_by(t.at, t.id)
        )
        found: dict[str, list[TrackingEvent]] = {}
        for number, row in rows:
            found.setdefault(number, []).append(_read(row))
        return found

    async def due(self, now: datetime, since: datetime, limit: int) -> list[str]:
        look = ParcelLookRow
        rows = await self._session.scalars(
            select(ReturnRow.number)
            .outerjoin(look, look.return_id == ReturnRow.id)
            .where(
                ReturnRow.tracking_number.is_not(None),
                ReturnRow.status.in_(_ON_ITS_WAY),
                ReturnRow.created_at >= since,
                or_(look.return_id.is_(None), look.next_at <= now),
            )
            .order_by(look.next_at, ReturnRow.id)
            .limit(limit)
        )
        return list(rows)

    async def look_again(self, return_number: str, at: datetime | None, failed: bool = False) -> None:
        found = await self._session.scalar(select(ReturnRow.id).where(ReturnRow.number == return_number))
        if found is None:
            return
        row = await self._session.get(ParcelLookRow, found)
        if row is None:
            row = ParcelLookRow(return_id=found, failures=0)
            self._session.add(row)
        row.next_at, row.failures = at, row.failures + 1 if failed else 0
        await self._session.flush()

    async def open_with(self, kind: str) -> list[str]:
        event = exists().where(ReturnEventRow.return_id == ReturnRow.id, ReturnEventRow.kind == kind)
        rows = await self._session.scalars(
            select(ReturnRow.number)
            .where(ReturnRow.status.in_(_ON_ITS_WAY), ReturnRow.tracking_number.is_not(None), event)
            .order_by(ReturnRow.id)
        )
        return list(rows)

    async def failures(self, return_number: str) -> int:
        query = select(ParcelLookRow.failures).join(ReturnRow).where(ReturnRow.number == return_number)
        return await self._session.scalar(query) or 0


def _read(row: TrackingEventRow) -> TrackingEvent:
    fields = {field: getattr(row, field) for field in _FIELDS}
    return TrackingEvent(**fields | {"status": TrackingStatus(row.status)})


class EmbeddedScans:
    """The scans of our own carrier: written by whoever plays its people, read by its adapter."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    async def add(self, tracking_number: str, status: TrackingStatus, place: str | None = None) -> None:
        values = {"tracking_number": tracking_number, "status": status, "at": self._clock(), "place": place}
        async with self._engine.begin() as connection:
            await connection.execute(EmbeddedScanRow.__table__.insert().values(values))  # type: ignore[attr-defined]

    async def __call__(self, tracking_number: str) -> list[tuple[int, TrackingStatus, datetime, str | None]]:
        """As they were scanned: a number of its own, what, when, where."""
        s = EmbeddedScanRow
        query = select(s.id, s.status, s.at, s.place).where(s.tracking_number == tracking_number).order_by(s.id)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [(row.id, TrackingStatus(row.status), row.at, row.place) for row in rows]

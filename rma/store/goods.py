"""Goods that came back, in tables."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from rma.model.codes import Disposition
from rma.model.epc import serials
from rma.model.errors import Conflict, NotFound
from rma.model.goods import Parcel, Seen, Unit
from rma.store.goods_tables import GoodsPhotoRow, ParcelRow, ReturnTagRow, ReturnUnitRow
from rma.store.tables import ReturnRow

_UNIT = (
    "sku", "quantity", "grade", "accepted", "disposition", "proposed", "rule", "why", "apart", "photo", "epcs", "by", "at",
    "stock_told_at",
)  # fmt: skip
_PARCEL = ("scanned", "contents", "note", "photo", "at", "by", "settled_at", "settled_by", "outcome")


def _unit(row: ReturnUnitRow, number: str) -> Unit:
    return Unit(id=row.id, number=number, line=row.line_id, **{name: getattr(row, name) for name in _UNIT})


def _parcel(row: ParcelRow) -> Parcel:
    return Parcel(id=row.id, number=row.return_number, **{name: getattr(row, name) for name in _PARCEL})


class SqlGoods:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, units: Sequence[Unit]) -> list[Unit]:
        rows: list[tuple[ReturnUnitRow, str]] = []
        for unit in units:
            return_id = await self._session.scalar(select(ReturnRow.id).where(ReturnRow.number == unit.number))
            if return_id is None:
                raise NotFound(f"there is no return {unit.number}")
            row = ReturnUnitRow(return_id=return_id, line_id=unit.line, **{name: getattr(unit, name) for name in _UNIT})
            self._session.add(row)
            rows.append((row, unit.number))
        await self._session.flush()
        for row, _ in rows:
            self._session.add_all(ReturnTagRow(unit_id=row.id, uri=uri) for uri in serials(row.epcs))
        return [_unit(row, number) for row, number in rows]

    async def seen(self, uris: Sequence[str]) -> list[Seen]:
        rows = await self._session.execute(
            select(ReturnTagRow.uri, ReturnRow.number, ReturnRow.order_id, ReturnUnitRow.accepted, ReturnUnitRow.at)
            .join(ReturnUnitRow, ReturnUnitRow.id == ReturnTagRow.unit_id)
            .join(ReturnRow, ReturnRow.id == ReturnUnitRow.return_id)
            .where(ReturnTagRow.uri.in_(uris))
            .order_by(ReturnUnitRow.id)
        )
        return [Seen.model_validate(row._asdict()) for row in rows]

    async def of(self, number: str) -> list[Unit]:
        return await self.of_many([number])

    async def of_many(self, numbers: Sequence[str]) -> list[Unit]:
        rows = await self._session.execute(
            select(ReturnUnitRow, ReturnRow.number)
            .join(ReturnRow, ReturnRow.id == ReturnUnitRow.return_id)
            .where(ReturnRow.number.in_(numbers))
            .order_by(ReturnUnitRow.id)
        )
        return [_unit(row[0], row[1]) for row in rows]

    async def turned_up(self, number: str, line_id: str, units: int) -> None:
        rows = await self._session.scalars(
            select(ReturnUnitRow)
            .join(ReturnRow, ReturnRow.id == ReturnUnitRow.return_id)
            .where(
                ReturnRow.number == number, ReturnUnitRow.line_id == line_id,
                ReturnUnitRow.disposition == Disposition.MISSING,
            )
            .order_by(ReturnUnitRow.id.desc())
        )  # fmt: skip
        for row in rows:
            less = min(row.quantity, units)
            units -= less
            if less == row.quantity:
                await self._session.delete(row)
            else:
                row.quantity -= less
        await self._session.flush()

    async def untold_stock(self, limit: int) -> list[Unit]:
        rows = await self._session.execute(
            select(ReturnUnitRow, ReturnRow.number)
            .join(ReturnRow, ReturnRow.id == ReturnUnitRow.return_id)
            .where(
                ReturnUnitRow.disposition == Disposition.RESTOCK,
                ReturnUnitRow.stock_told_at.is_(None),
                ReturnUnitRow.accepted,
            )
            .order_by(ReturnUnitRow.id)
            .limit(limit)
        )
        return [_unit(row[0], row[1]) for row in rows]

    async def mark_told(self, unit_id: int, at: datetime) -> bool:
        changed = await self._session.execute(
            update(ReturnUnitRow)
            .where(ReturnUnitRow.id == unit_id, ReturnUnitRow.stock_told_at.is_(None))
            .values(stock_told_at=at)
        )
        return bool(changed.rowcount)  # type: ignore[attr-defined]

    async def add_photo(self, mime: str, content: bytes, by: str, at: datetime) -> int:
        row = GoodsPhotoRow(mime=mime, content=content, by=by, at=at)
        self._session.add(row)
        await self._session.flush()
        return row.id

    async def photo(self, photo_id: int) -> tuple[str, bytes] | None:
        row = await self._session.get(GoodsPhotoRow, photo_id)
        return (row.mime, row.content) if row else None

    async def add_parcel(self, parcel: Parcel) -> Parcel:
        row = ParcelRow(return_number=parcel.number, **{name: getattr(parcel, name) for name in _PARCEL})
        self._session.add(row)
        await self._session.flush()
        return _parcel(row)

    async def parcel(self, parcel_id: int) -> Parcel | None:
        row = await self._session.get(ParcelRow, parcel_id)
        return _parcel(row) if row else None

    async def parcels(self, open_only: bool = True, limit: int = 200, after: int = 0) -> list[Parcel]:
        query = select(ParcelRow).where(ParcelRow.id > after).order_by(ParcelRow.id).limit(limit)
        if open_only:
            query = query.where(ParcelRow.settled_at.is_(None))
        return [_parcel(row) for row in await self._session.scalars(query)]

    async def parcels_of(self, numbers: Sequence[str]) -> list[Parcel]:
        rows = await self._session.scalars(
            select(ParcelRow)
            .where(ParcelRow.return_number.in_(numbers), ParcelRow.settled_at.is_(None))
            .order_by(ParcelRow.id)
        )
        return [_parcel(row) for row in rows]

    async def settle_parcel(self, parcel_id: int, at: datetime, by: str, outcome: str, number: str | None) -> Parcel:
        row = await self._session.get(ParcelRow, parcel_id, with_for_update=True)
        if row is None:
            raise NotFound(f"there is no parcel {parcel_id}")
        if row.settled_at is not None:
            raise Conflict(f"parcel {parcel_id} is settled already: {row.outcome}")
        row.settled_at, row.settled_by, row.outcome = at, by, outcome
        row.return_number = number or row.return_number
        await self._session.flush()
        return _parcel(row)

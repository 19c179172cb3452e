"""What came back of an article, read from units and from the embedded ledger."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rma.model.codes import Disposition
from rma.model.goods_stock import ReturnedStock, StockEntry
from rma.store.goods_tables import ReturnUnitRow
from rma.store.platform_tables import StockMoveRow
from rma.store.tables import CatalogueRow

_LATEST = 100


class SqlReturnedStock:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, sku: str) -> ReturnedStock | None:
        unit, move = ReturnUnitRow, StockMoveRow
        restocked = select(func.coalesce(func.sum(unit.quantity), 0)).where(
            unit.sku == sku, unit.accepted, unit.disposition == Disposition.RESTOCK
        )
        moves = await self._session.scalars(
            select(move).where(move.sku == sku).order_by(move.id.desc()).limit(_LATEST)
        )
        entries = [StockEntry(quantity=row.quantity, cause=row.cause, at=row.at) for row in moves]
        item = await self._session.scalar(select(CatalogueRow).where(CatalogueRow.sku == sku))
        seen = await self._session.scalar(select(unit.id).where(unit.sku == sku).limit(1))
        if item is None and not entries and seen is None:
            return None
        return ReturnedStock(
            sku=sku,
            name=item.document["name"] if item else None,
            available=bool(item.document["available"]) if item else None,
            restocked=await self._session.scalar(restocked) or 0,
            told=await self._session.scalar(restocked.where(unit.stock_told_at.is_not(None))) or 0,
            moved=await self._session.scalar(select(func.coalesce(func.sum(move.quantity), 0)).where(move.sku == sku)) or 0,
            moves=entries,
        )

"""How many units the ledger has of what the shop itself has none left."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rma.model.orders import CatalogueItem
from rma.store.platform_tables import StockMoveRow
from rma.store.tables import CatalogueRow


async def balances(session: AsyncSession, skus: Sequence[str]) -> dict[str, int]:
    if not skus:
        return {}
    rows = await session.execute(
        select(StockMoveRow.sku, func.sum(StockMoveRow.quantity))
        .where(StockMoveRow.counted, StockMoveRow.sku.in_(skus))
        .group_by(StockMoveRow.sku)
    )
    return {sku: int(total) for sku, total in rows}


async def recounted(session: AsyncSession, skus: Sequence[str], at: datetime) -> None:
    """The shop says anew whether it has them: from here on its word holds, and the ledger counts from nothing."""
    for sku, left in (await balances(session, skus)).items():
        if left:
            session.add(
                StockMoveRow(
                    sku=sku, quantity=-left, counted=True, cause="the shop counted", key=f"count:{uuid4().hex}", at=at
                )
            )


async def with_stock(session: AsyncSession, rows: Iterable[CatalogueRow]) -> list[CatalogueItem]:
    """The articles, each available too where the shop has none of its own left and the ledger has."""
    rows = list(rows)
    gone = [row.sku for row in rows if not row.document.get("available", True)]
    left = await balances(session, gone)
    return [
        CatalogueItem.model_validate({**row.document, "available": True} if left.get(row.sku, 0) > 0 else row.document)
        for row in rows
    ]

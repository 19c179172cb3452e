"""What the warehouse saw, read from return_events and return_units by the order of time; nothing is kept twice."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from rma.model.codes import Disposition
from rma.model.goods import Grade
from rma.model.tracing import Place, Sighting, Source, Transactions, Wanted, article_of
from rma.store.goods_tables import ReturnUnitRow
from rma.store.tables import CatalogueRow, OrderRow, ReturnEventRow, ReturnRow

ARRIVED = "arrived"
_RETURNS = 1000
"""A hundred orders, the most that one question names, have fewer."""


class SqlSightings:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def page(self, wanted: Wanted, limit: int) -> list[Sighting]:
        found: list[tuple[Any, Source, Any, str, Mapping[str, Any]]] = []
        returns = await self._returns(wanted.transactions) if wanted.transactions else None
        if Source.ARRIVAL in wanted.sources:
            rows = await self._arrivals(wanted, returns, limit)
            found += [(row.at, Source.ARRIVAL, row, number, order) for row, number, order in rows]
        if Source.UNIT in wanted.sources:
            rows = await self._units(wanted, returns, limit)
            found += [(row.at, Source.UNIT, row, number, order) for row, number, order in rows]
        found = sorted(found, key=lambda each: (each[0], each[1], each[2].id))[:limit]
        gtins = await self._gtins({line["sku"] for *_, order in found for line in order["lines"] if not line.get("gtin")})
        return [_sighting(source, row, number, order, gtins) for _, source, row, number, order in found]

    async def _arrivals(self, wanted: Wanted, returns: list[int] | None, limit: int) -> list[Any]:
        row = ReturnEventRow
        query = select(row, ReturnRow.number, OrderRow.document).where(row.kind == ARRIVED)
        return await self._of(query, row, Source.ARRIVAL, wanted, returns, limit)

    async def _units(self, wanted: Wanted, returns: list[int] | None, limit: int) -> list[Any]:
        row = ReturnUnitRow
        # Of what is missing nobody saw anything.
        query = select(row, ReturnRow.number, OrderRow.document).where(row.grade.is_not(None))
        if wanted.dispositions is not None:
            query = query.where(row.disposition.in_(wanted.dispositions))
        return await self._of(query, row, Source.UNIT, wanted, returns, limit)

    async def _returns(self, transactions: Sequence[Transactions]) -> list[int]:
        """Those that all of these name. Looked up apart, and what happened to them sorted here: a database that is to sort by time
        reads all that ever happened."""
        found: list[set[int]] = []
        for these in transactions:
            named = await self._session.scalars(select(ReturnRow.id).where(ReturnRow.number.in_(these.numbers)))
            of_orders = await self._session.scalars(
                select(ReturnRow.id).join(OrderRow, OrderRow.id == ReturnRow.order_id).where(OrderRow.key.in_(these.orders))
            )
            found.append({*named, *of_orders})
        return sorted(set.intersection(*found))[:_RETURNS]

    async def _of(
        self, query: Any, row: Any, source: Source, wanted: Wanted, returns: list[int] | None, limit: int
    ) -> list[Any]:
        query = query.join(ReturnRow, ReturnRow.id == row.return_id).join(OrderRow, OrderRow.id == ReturnRow.order_id)
        if wanted.since is not None:
            query = query.where(row.at >= wanted.since)
        if wanted.before is not None:
            query = query.where(row.at < wanted.before)
        if returns is not None:
            query = query.where(row.return_id.in_(returns))
        if wanted.after is not None:
            query = query.where(_not_before(row, source, wanted.after))
        if returns is None:
            query = query.order_by(row.at, row.id).limit(limit)
        return list(await self._session.execute(query))

    async def _gtins(self, skus: set[str]) -> dict[str, str]:
        ordered = sorted(skus)
        found: dict[str, str] = {}
        for start in range(0, len(ordered), 500):
            rows = await self._session.execute(
                select(CatalogueRow.sku, CatalogueRow.document).where(CatalogueRow.sku.in_(ordered[start : start + 500]))
            )
            found |= {row.sku: row.document["gtin"] for row in rows if row.document.get("gtin")}
        return found


def _not_before(row: Any, source: Source, place: Place) -> ColumnElement[bool]:
    if source < place.source:
        return row.at > place.at  # type: ignore[no-any-return]
    same = row.id >= place.id if source == place.source else row.id >= 0
    return and_(row.at >= place.at, or_(row.at > place.at, same))


def _sighting(
    source: Source, row: Any, number: str, order: Mapping[str, Any], gtins: Mapping[str, str]
) -> Sighting:
    common: dict[str, Any] = {
        "source": source, "id": row.id, "at": row.at, "number": number, "order": order["number"],
        "articles": {line["id"]: article_of(line, gtins) for line in order["lines"]},
    }  # fmt: skip
    if source is Source.ARRIVAL:
        return Sighting(**common, counted=row.detail.get("lines") or {})
    return Sighting(
        **common, line=row.line_id, sku=row.sku, quantity=row.quantity, grade=Grade(row.grade), accepted=row.accepted,
        disposition=Disposition(row.disposition) if row.disposition else None, epcs=tuple(row.epcs),
    )  # fmt: skip

"""The facts of the merchant's figures, kept up with orders and returns."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from rma.model.insight import Facts, LineFact, OutcomeFact, Sku, SoldFact, Source
from rma.store.goods_tables import ReturnUnitRow
from rma.store.insight_sample import SqlInsightSample
from rma.store.insight_tables import InsightChangeRow, InsightLineRow, InsightOutcomeRow, InsightSoldRow
from rma.store.insight_views import SqlInsightView
from rma.store.sqlite import READING
from rma.store.tables import CatalogueRow, OrderRow, ReturnEventRow, ReturnLineRow, ReturnRow

CHUNK = 5000
"""Values in one statement; SQLite takes 32,766."""

_LINE = ("line_id", "sku", "name", "quantity", "received", "accepted", "rejected", "missing", "refunded", "reason")


def _row(kind: type[Any]) -> Any:
    names = [field.name for field in fields(kind)]
    read = attrgetter(*names)
    return lambda fact: dict(zip(names, read(fact), strict=True))


_LINE_ROW, _OUTCOME_ROW, _SOLD_ROW = _row(LineFact), _row(OutcomeFact), _row(SoldFact)


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One snapshot, which no writer waits for."""
    async with engine.connect() as connection:
        options = {READING: True}
        if connection.dialect.name == "postgresql":
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}  # type: ignore[dict-item]
        yield await connection.execution_options(**options)


class SqlInsight:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self.facts = SqlInsightFacts(engine)
        self.sample = SqlInsightSample(engine)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[SqlInsightView]:
        async with reading(self._engine) as connection:
            yield SqlInsightView(connection)


class SqlInsightFacts:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def behind(self, events: Sequence[str], after: int, limit: int) -> list[Source]:
        r, i = ReturnRow, InsightLineRow
        counted = exists().where(i.return_id == r.id, i.version == r.version)
        columns = (r.id, r.version, r.order_id, r.created_at, r.status, r.resolution, r.method, r.label, r.refund)
        async with reading(self._engine) as connection:
            # Ids first: they are found in an index, without the documents of those that have not changed.
            ids = list(await connection.scalars(select(r.id).where(r.id > after, ~counted).order_by(r.id).limit(limit)))
            if not ids:
                return []
            rows = (await connection.execute(select(*columns).where(r.id.in_(ids)).order_by(r.id))).all()
            lines = await self._lines(connection, ids)
            units = await self._units(connection, ids)
            told = await self._events(connection, ids, events)
            o = OrderRow
            query = select(o.id, o.document, o.customer).where(o.id.in_({row.order_id for row in rows}))
            orders = {row.id: row for row in await connection.execute(query)}
            skus = await _skus(connection, {line["sku"] for some in lines.values() for line in some})
        return [
            Source(
                **{name: row._mapping[name] for name in ("id", "version", "order_id", "created_at", "status", "resolution")},
                method=row.method, label=row.label, refund=row.refund,
                order=orders[row.order_id].document, customer=orders[row.order_id].customer,
                lines=lines.get(row.id, []), units=units.get(row.id, []), events=told.get(row.id, []), skus=skus,
            )
            for row in rows
        ]  # fmt: skip

    @staticmethod
    async def _lines(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
        row = ReturnLineRow
        query = (
            select(row.return_id, *(getattr(row, name) for name in _LINE))
            .where(row.return_id.in_(ids))
            .order_by(row.return_id, row.position)
        )
        found: dict[int, list[dict[str, Any]]] = {}
        for line in (await connection.execute(query)).mappings():
            found.setdefault(line["return_id"], []).append({name: line[name] for name in _LINE})
        return found

    @staticmethod
    async def _units(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, list[tuple[str, str, int]]]:
        unit = ReturnUnitRow
        query = select(unit.return_id, unit.line_id, unit.disposition, unit.quantity).where(
            unit.return_id.in_(ids), unit.disposition.is_not(None)
        )
        found: dict[int, list[tuple[str, str, int]]] = {}
        for return_id, line, disposition, quantity in await connection.execute(query):
            found.setdefault(return_id, []).append((line, str(disposition), quantity))
        return found

    @staticmethod
    async def _events(
        connection: AsyncConnection, ids: Sequence[int], kinds: Sequence[str]
    ) -> dict[int, list[tuple[str, datetime]]]:
        event = ReturnEventRow
        query = select(event.return_id, event.kind, event.at).where(event.return_id.in_(ids), event.kind.in_(kinds))
        found: dict[int, list[tuple[str, datetime]]] = {}
        for return_id, kind, at in await connection.execute(query):
            found.setdefault(return_id, []).append((kind, at))
        return found

    async def keep(self, counted: Sequence[tuple[Source, Facts]]) -> bool:
        lines = [_LINE_ROW(fact) for _, facts in counted for fact in facts.lines]
        outcomes = [_OUTCOME_ROW(fact) for _, facts in counted for fact in facts.outcomes]
        try:
            async with self._engine.begin() as connection:
                ids = [source.id for source, _ in counted]
                await connection.execute(delete(InsightLineRow).where(InsightLineRow.return_id.in_(ids)))
                if lines:
                    await connection.execute(insert(InsightLineRow), lines)
                if outcomes:
                    await connection.execute(insert(InsightOutcomeRow), outcomes)
        except IntegrityError:  # Another process of ours counted the same, or a return was removed meanwhile.
            return False
        return True

    async def oldest_change(self) -> datetime | None:
        async with reading(self._engine) as connection:
            query = select(InsightChangeRow.placed_at).order_by(InsightChangeRow.id).limit(1)
            found: datetime | None = await connection.scalar(query)
            return found

    async def changes_between(self, since: datetime, until: datetime) -> list[tuple[int, int]]:
        change = InsightChangeRow
        async with reading(self._engine) as connection:
            rows = await connection.execute(
                select(change.id, change.order_id).where(change.placed_at >= since, change.placed_at < until)
            )
            return [(row[0], row[1]) for row in rows]

    async def orders_between(self, since: datetime, until: datetime) -> list[int]:
        async with reading(self._engine) as connection:
            query = select(OrderRow.id).where(OrderRow.placed_at >= since, OrderRow.placed_at < until)
            return list(await connection.scalars(query))

    async def orders(self, ids: Sequence[int]) -> list[Mapping[str, Any]]:
        async with reading(self._engine) as connection:
            return list(await connection.scalars(select(OrderRow.document).where(OrderRow.id.in_(ids))))

    async def skus(self, skus: Sequence[str]) -> Mapping[str, Sku]:
        async with reading(self._engine) as connection:
            return await _skus(connection, skus)

    async def keep_sold(self, month: int, sold: Sequence[SoldFact], changes: Sequence[tuple[int, int]]) -> bool:
        try:
            async with self._engine.begin() as connection:
                for start in range(0, len(changes), CHUNK):
                    some = changes[start : start + CHUNK]
                    await connection.execute(
                        delete(InsightChangeRow).where(InsightChangeRow.id.in_([change for change, _ in some]))
                    )
                    await connection.execute(
                        update(InsightLineRow)
                        .where(InsightLineRow.order_id.in_({order for _, order in some}))
                        .values(version=-1)
                    )
                await connection.execute(delete(InsightSoldRow).where(InsightSoldRow.month == month))
                if sold:
                    await connection.execute(insert(InsightSoldRow), [_SOLD_ROW(fact) for fact in sold])
        except IntegrityError:
            return False
        return True

    async def forget(self) -> None:
        async with self._engine.begin() as connection:
            for table in (InsightLineRow, InsightSoldRow, InsightChangeRow):
                await connection.execute(delete(table))
            every = select(OrderRow.id, OrderRow.placed_at)
            await connection.execute(insert(InsightChangeRow).from_select(["order_id", "placed_at"], every))


async def _skus(connection: AsyncConnection, skus: Iterable[str]) -> dict[str, Sku]:
    wanted, found = list(skus), dict[str, Sku]()
    c = CatalogueRow
    for start in range(0, len(wanted), CHUNK):
        query = select(c.sku, c.product, c.document).where(c.sku.in_(wanted[start : start + CHUNK]))
        for sku, product, document in await connection.execute(query):
            found[sku] = Sku(product, document.get("category"), document.get("variant") or {})
    return found



"""Counting facts. What is summed and what it is told apart by are names from a closed list; nothing of a request gets into SQL
but as a value."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from rma.model.codes import Reason, Resolution, ReturnStatus
from rma.model.insight import NONE, Scope
from rma.store.insight_tables import InsightLineRow, InsightOutcomeRow, InsightSoldRow
from rma.store.tables import CatalogueRow, OrderLineRow, OrderRow, ReturnRow

L, S = InsightLineRow, InsightSoldRow
INVENTED = "sample:"
"""How the keys of invented returns begin."""

_TOLD_APART = (
    "month", "ordered_month", "refund_month", "days", "market", "country", "currency", "category", "product", "size", "reason",
    "resolution", "method", "carrier",
)  # fmt: skip
_GOODS_ARE_HERE = (ReturnStatus.RECEIVED, ReturnStatus.INSPECTED, ReturnStatus.PARTIALLY_RECEIVED)
_MONEY = (Resolution.REFUND, Resolution.STORE_CREDIT)


def _where(condition: Any, value: Any = 1) -> Any:
    return case((condition, value), else_=0)


_STANDS = and_(L.lead, L.units > 0)
_SUMS: dict[str, Any] = {
    "returns": _where(_STANDS),
    "units": L.units,
    "value": L.units * L.unit_minor,
    "small": _where(L.reason == Reason.SIZE_TOO_SMALL, L.units),
    "large": _where(L.reason == Reason.SIZE_TOO_LARGE, L.units),
    "parcels": L.parcels,
    "weighed": _where(L.grams.is_not(None), L.parcels),
    "grams": _where(L.parcels > 0, func.coalesce(L.grams, 0)),
    "received": L.received,
    "paid": _where(L.days.is_not(None)),
    "refund": L.refund_minor,
    "outbound": L.outbound_minor,
    "shopper": L.shopper_minor,
}


def _within(scope: Scope, month: Any, table: Any) -> list[Any]:
    found = [month >= scope.first, month <= scope.last]
    if scope.market is not None:
        found.append(table.market == scope.market)
    if scope.category is not None:
        found.append(table.category == scope.category)
    return found


def _plain(rows: Any) -> list[tuple[Any, ...]]:
    """PostgreSQL's sums of large integers come as decimals."""
    return [tuple(value if isinstance(value, str | None) else int(value) for value in row) for row in rows]


class SqlInsightView:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def _all(self, query: Any) -> list[tuple[Any, ...]]:
        return _plain((await self._connection.execute(query)).all())

    async def choices(self) -> tuple[int | None, list[str], list[str]]:
        first = await self._connection.scalar(select(func.min(S.month)))
        asked = await self._connection.scalar(select(func.min(L.month)))
        found: list[list[str]] = []
        for name in ("market", "category"):
            values: set[str] = set()
            for table in (S, L):
                column = getattr(table, name)
                values |= set(await self._connection.scalars(select(column).where(column != NONE).distinct()))
            found.append(sorted(values))
        known = [month for month in (first, asked) if month is not None]
        return min(known, default=None), found[0], found[1]

    async def tally(
        self, scope: Scope, on: str, by: Sequence[str], of: Sequence[str], within: int | None = None
    ) -> list[tuple[Any, ...]]:
        if not set(by) <= set(_TOLD_APART) or on not in ("month", "ordered_month", "refund_month"):
            raise ValueError("figures are not told apart by that")
        columns = [getattr(L, name) for name in by]
        query = select(*columns, *(func.sum(_SUMS[name]) for name in of)).where(*_within(scope, getattr(L, on), L))
        if within is not None:
            query = query.where(L.lag_days <= within)
        if "days" in by:
            query = query.where(L.days.is_not(None))
        return await self._all(query.group_by(*columns).order_by(*columns) if columns else query)

    async def sold(self, scope: Scope, by: Sequence[str], sized: bool = False) -> list[tuple[Any, ...]]:
        columns = [getattr(S, name) for name in by]
        query = select(*columns, func.sum(S.units)).where(*_within(scope, S.month, S))
        if sized:
            query = query.where(S.size != NONE)
        return await self._all(query.group_by(*columns).order_by(*columns) if columns else query)

    async def outcomes(self, scope: Scope) -> list[tuple[str, str, int, int]]:
        o = InsightOutcomeRow
        query = select(o.currency, o.disposition, func.sum(o.units), func.sum(o.value_minor))
        rows = await self._all(query.where(*_within(scope, o.month, o)).group_by(o.currency, o.disposition))
        return [(row[0], row[1], row[2], row[3]) for row in rows]

    async def waiting(self, scope: Scope, asked_before: datetime) -> int:
        query = select(func.count()).where(
            *_within(scope, L.month, L), L.lead, L.days.is_(None), L.status.in_(_GOODS_ARE_HERE),
            L.resolution.in_(_MONEY), L.requested_on < asked_before.date(),
        )  # fmt: skip
        return await self._connection.scalar(query) or 0

    async def shoppers(self, scope: Scope) -> list[tuple[int, int, int]]:
        query = select(L.shopper, func.sum(_SUMS["returns"]), func.sum(L.units))
        rows = await self._all(query.where(*_within(scope, L.month, L), L.units > 0).group_by(L.shopper))
        return [(row[0], row[1], row[2]) for row in rows]

    async def bought(self, shoppers: Sequence[int]) -> Mapping[int, int]:
        one = select(L.shopper, OrderRow.customer).join(OrderRow, OrderRow.id == L.order_id)
        known = one.where(L.shopper.in_(shoppers)).distinct().subquery()
        query = (
            select(known.c.shopper, func.sum(OrderLineRow.quantity))
            .join(OrderRow, OrderRow.customer == known.c.customer)
            .join(OrderLineRow, OrderLineRow.order_id == OrderRow.id)
            .group_by(known.c.shopper)
        )
        return {row[0]: row[1] for row in await self._all(query)}

    async def shopper_reasons(self, scope: Scope, shoppers: Sequence[int]) -> list[tuple[int, str, int]]:
        query = (
            select(L.shopper, L.reason, func.sum(L.units))
            .where(L.shopper.in_(shoppers), *_within(scope, L.month, L), L.units > 0)
            .group_by(L.shopper, L.reason)
        )
        return [(row[0], row[1], row[2]) for row in await self._all(query)]

    async def names(self, products: Sequence[str]) -> Mapping[str, str]:
        c = CatalogueRow
        first = select(func.min(c.sku)).where(c.product.in_(products)).group_by(c.product)
        rows = await self._connection.execute(select(c.product, c.document).where(c.sku.in_(first)))
        return {product: str(document["name"]) for product, document in rows}

    async def invented(self) -> int:
        key = ReturnRow.idempotency_key
        # The characters that follow: a range of the unique index, in any collation that tells them apart.
        query = select(func.count()).where(key.like(f"{INVENTED}%"))
        return await self._connection.scalar(query) or 0

"""Invented orders and returns, written into the real tables at once, and taken out again."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from rma.model.orders import order_key
from rma.store.goods_tables import ReturnUnitRow
from rma.store.insight_tables import InsightChangeRow
from rma.store.insight_views import INVENTED
from rma.store.tables import OrderLineRow, OrderRow, ReturnEventRow, ReturnLineRow, ReturnRow

FICTIONAL = ("@example.com", "@example.org", "@example.net", ".example", ".test", ".invalid")
"""Domains that nobody can have (RFC 2606)."""
BY = "sample"
_ORDERS = "sample-"
"""How the keys of invented orders begin."""


class SqlInsightSample:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def is_demo(self) -> bool:
        """Whether every order is of somebody that cannot exist."""
        real = select(func.count()).where(*(~OrderRow.customer.endswith(domain) for domain in FICTIONAL))
        async with self._engine.connect() as connection:
            return not await connection.scalar(real)

    async def write(self, orders: Sequence[Mapping[str, Any]], returns: Sequence[Mapping[str, Any]]) -> None:
        """`orders` have their document and `placed_at`; `returns` the columns of the tables, with `order`, a number."""
        async with self._engine.begin() as connection:
            ids = await _orders(connection, orders, returns)
            await _returns(connection, returns, ids)

    async def remove(self) -> int:
        async with self._engine.begin() as connection:
            which = select(ReturnRow.id).where(ReturnRow.idempotency_key.like(f"{INVENTED}%"))
            for table in (ReturnEventRow, ReturnUnitRow, ReturnLineRow):
                await connection.execute(delete(table).where(table.return_id.in_(which)))  # type: ignore[attr-defined]
            gone = await connection.execute(delete(ReturnRow).where(ReturnRow.id.in_(which)))
            # Of the months in which they were, what was sold is counted anew.
            orders = select(OrderRow.id, OrderRow.placed_at).where(OrderRow.key.like(f"{_ORDERS}%"))
            await connection.execute(insert(InsightChangeRow).from_select(["order_id", "placed_at"], orders))
            await connection.execute(
                delete(OrderLineRow).where(OrderLineRow.order_id.in_(orders.with_only_columns(OrderRow.id)))
            )
            await connection.execute(delete(OrderRow).where(OrderRow.key.like(f"{_ORDERS}%")))
            return int(gone.rowcount)


async def _orders(
    connection: AsyncConnection, orders: Sequence[Mapping[str, Any]], returns: Sequence[Mapping[str, Any]]
) -> dict[str, int]:
    last = await connection.scalar(select(func.max(OrderRow.id))) or 0
    announced = {
        (rma["order"], line["line_id"]): line["quantity"]
        for rma in returns
        if rma["status"] == "closed"
        for line in rma["lines"]
    }
    rows, lines, ids = [], [], {}
    for order in orders:
        document, number = order["document"], order["document"]["number"]
        key = order_key(number)
        rows.append(
            {"key": key, "customer": document["customer"]["email"], "phone": None, "placed_at": order["placed_at"],
             "status": document["status"], "document": document, "cancelled_here": False}
        )  # fmt: skip
    await connection.execute(insert(OrderRow), rows)
    found = await connection.execute(select(OrderRow.key, OrderRow.id).where(OrderRow.id > last))
    of_key = {row[0]: row[1] for row in found}
    changes = []
    for order in orders:
        document, number = order["document"], order["document"]["number"]
        ids[number] = of_key[order_key(number)]
        changes.append({"order_id": ids[number], "placed_at": order["placed_at"]})
        lines += [
            {"order_id": ids[number], "line_id": line["id"], "quantity": line["quantity"],
             "announced": announced.get((number, line["id"]), 0)}
            for line in document["lines"]
        ]  # fmt: skip
    await connection.execute(insert(OrderLineRow), lines)
    await connection.execute(insert(InsightChangeRow), changes)
    return ids


async def _returns(
    connection: AsyncConnection, returns: Sequence[Mapping[str, Any]], orders: Mapping[str, int]
) -> None:
    if not returns:
        return
    apart = {"order", "lines", "units", "events"}
    rows = [
        {name: value for name, value in rma.items() if name not in apart}
        | {"order_id": orders[rma["order"]], "conversation_id": None, "trace": [], "case": None, "send_by": None, "version": 1,
           "tracking_number": rma["label"]["tracking_number"] if rma["label"] else None}
        for rma in returns
    ]  # fmt: skip
    last = await connection.scalar(select(func.max(ReturnRow.id))) or 0
    await connection.execute(insert(ReturnRow), rows)
    found = await connection.execute(select(ReturnRow.number, ReturnRow.id).where(ReturnRow.id > last))
    ids = {row[0]: row[1] for row in found}
    lines, units, events = [], [], []
    for rma in returns:
        of = {"return_id": ids[rma["number"]]}
        lines += [
            of | line | {"position": place, "photo": None, "exchange_for": None} for place, line in enumerate(rma["lines"])
        ]
        units += [
            of | unit | {"why": None, "apart": False, "photo": None, "epcs": [], "by": BY, "stock_told_at": unit["at"]}
            for unit in rma["units"]
        ]
        # Told: whoever listens to a shop's events does not hear of what never happened.
        events += [
            of | {"kind": kind, "at": at.astimezone(UTC), "by": BY, "detail": {}, "told": True} for kind, at in rma["events"]
        ]
    await connection.execute(insert(ReturnLineRow), lines)
    if units:
        await connection.execute(insert(ReturnUnitRow), units)
    await connection.execute(insert(ReturnEventRow), events)

"""Orders and the catalogue in tables: the shop's document as it came, and per line what is announced for return."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import cast

from sqlalchemy import Table, bindparam, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from rma.model.codes import OrderStatus
from rma.model.errors import Conflict, NotFound, Refused
from rma.model.gtin import LENGTHS
from rma.model.orders import CatalogueItem, Order, order_key
from rma.model.phones import e164
from rma.model.privacy import without_customer
from rma.store.insight_tables import InsightChangeRow
from rma.store.privacy_tables import is_erased
from rma.store.stock_counts import recounted, with_stock
from rma.store.tables import CatalogueRow, OrderLineRow, OrderRow

_AT_ONCE = 500
"""Names in one query: SQLite and PostgreSQL limit how many parameters it has."""


def batched(names: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (names[start : start + size] for start in range(0, len(names), size))


# What every turn asks for, over the tables and built once.
_o, _lines = cast(Table, OrderRow.__table__).c, cast(Table, OrderLineRow.__table__).c
_GET = select(_o.id, _o.document).where(_o.id == bindparam("order"))
_FIND = select(_o.id, _o.document).where(_o.key == bindparam("key"))
_COMMITTED = select(_lines.line_id, _lines.announced).where(_lines.order_id == bindparam("order"))


def customer_key(order: Order) -> str:
    """Who ordered: the e-mail address, else the phone, else this order alone."""
    return (order.customer.email or order.customer.phone or f"order:{order.key}").strip().casefold()


def phone_of(order: Order) -> str | None:
    """The customer's number as it is looked for; written the national way it is one of the country that was shipped to."""
    return e164(order.customer.phone, order.shipping_address.country) if order.customer.phone else None


class SqlOrders:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, number: str) -> tuple[int, Order] | None:
        row = (await self._session.execute(_FIND, {"key": order_key(number)})).one_or_none()
        return (row.id, Order.model_validate(row.document)) if row else None

    async def get(self, order_id: int) -> Order:
        row = (await self._session.execute(_GET, {"order": order_id})).one_or_none()
        if row is None:
            raise NotFound("no such order")
        return Order.model_validate(row.document)

    async def by_phone(self, number: str, limit: int) -> list[tuple[int, Order]]:
        rows = await self._session.scalars(
            select(OrderRow)
            .where(OrderRow.phone == number)
            .order_by(OrderRow.placed_at.desc(), OrderRow.id.desc())
            .limit(limit)
        )
        return [(row.id, Order.model_validate(row.document)) for row in rows]

    async def save(self, order: Order) -> bool:
        if await is_erased(self._session, order.key):
            order = without_customer(order)
        document = order.model_dump(mode="json")
        document["lines"] = [{**line, "tags": sorted(line["tags"])} for line in document["lines"]]
        row = await self._session.scalar(select(OrderRow).where(OrderRow.key == order.key))
        if row is not None and row.cancelled_here:
            document["status"] = OrderStatus.CANCELLED.value
        if row is None:
            lines = [OrderLineRow(line_id=line.id, quantity=line.quantity, announced=0) for line in order.lines]
            row = OrderRow(key=order.key, lines=lines)
            self._session.add(row)
        elif row.document == document:
            return False
        else:
            self._keep_announced(row, order)
            if row.placed_at != order.placed_at:
                self._note_change(row)
        row.customer, row.placed_at, row.status = customer_key(order), order.placed_at, document["status"]
        row.phone = phone_of(order)
        row.document = document
        await self._session.flush()
        self._note_change(row)
        return True

    def _note_change(self, row: OrderRow) -> None:
        """For whoever counts what was sold."""
        self._session.add(InsightChangeRow(order_id=row.id, placed_at=row.placed_at))

    @staticmethod
    def _keep_announced(row: OrderRow, order: Order) -> None:
        known = {line.line_id: line for line in row.lines}
        for line in order.lines:
            if line.id not in known:
                row.lines.append(OrderLineRow(line_id=line.id, quantity=line.quantity, announced=0))
            elif known[line.id].announced > line.quantity:
                raise Refused(
                    f"line {line.id}: {known[line.id].announced} units are announced for return, more than the new quantity"
                )
            else:
                known[line.id].quantity = line.quantity
        gone = set(known) - {line.id for line in order.lines}
        for line_id in sorted(gone):
            if known[line_id].announced:
                raise Refused(f"line {line_id}: it is gone, but units of it are announced for return")
            row.lines.remove(known[line_id])

    async def cancel(self, order_id: int) -> None:
        row = await self._session.get(OrderRow, order_id, with_for_update=True)
        if row is None:
            raise NotFound("no such order")
        if row.status != OrderStatus.PENDING:
            raise Conflict(f"the order is {row.status}; only one that is not shipped yet can be cancelled")
        row.status, row.cancelled_here = OrderStatus.CANCELLED, True
        row.document = {**row.document, "status": OrderStatus.CANCELLED.value}
        self._note_change(row)
        await self._session.flush()

    async def committed(self, order_id: int) -> dict[str, int]:
        rows = await self._session.execute(_COMMITTED, {"order": order_id})
        return {row.line_id: row.announced for row in rows}

    async def commit_units(self, order_id: int, units: dict[str, int]) -> None:
        for line_id, quantity in sorted(units.items()):
            try:
                changed = await self._session.execute(
                    update(OrderLineRow)
                    .where(OrderLineRow.order_id == order_id, OrderLineRow.line_id == line_id)
                    .values(announced=OrderLineRow.announced + quantity)
                    .execution_options(synchronize_session=False)
                )
            except IntegrityError as error:
                raise Conflict(f"line {line_id}: more units would come back than were bought") from error
            if changed.rowcount != 1:  # type: ignore[attr-defined]
                raise NotFound(f"the order has no line {line_id}")

    async def samples(self, limit: int) -> list[Order]:
        rows = await self._session.scalars(
            select(OrderRow).order_by(OrderRow.placed_at.desc(), OrderRow.id).limit(limit)
        )
        return [Order.model_validate(row.document) for row in rows]


class SqlCatalogue:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def save(self, items: Sequence[CatalogueItem]) -> int:
        wanted = {item.sku: {**item.model_dump(mode="json"), "tags": sorted(item.tags)} for item in items}
        rows: dict[str, CatalogueRow] = {}
        for few in batched(sorted(wanted), _AT_ONCE):
            found = await self._session.scalars(select(CatalogueRow).where(CatalogueRow.sku.in_(few)))
            rows |= {row.sku: row for row in found}
        counted = [
            sku for sku, row in rows.items() if row.document.get("available", True) != wanted[sku]["available"]
        ]
        for few in batched(counted, _AT_ONCE):
            await recounted(self._session, few, datetime.now(UTC))
        changed = 0
        for item in {item.sku: item for item in items}.values():
            row = rows.get(item.sku)
            if row is None:
                self._session.add(CatalogueRow(sku=item.sku, product=item.product, document=wanted[item.sku]))
            elif row.document == wanted[item.sku]:
                continue
            else:
                row.product, row.document = item.product, wanted[item.sku]
            changed += 1
        await self._session.flush()
        return changed

    async def by_gtin(self, gtin: str) -> list[str]:
        written = sorted({gtin[-length:] for length in LENGTHS if not gtin[:-length].strip("0")})
        query = select(CatalogueRow.sku).where(CatalogueRow.document["gtin"].as_string().in_(written))
        return sorted({*await self._session.scalars(query), *written})

    async def get(self, sku: str) -> CatalogueItem | None:
        row = await self._session.get(CatalogueRow, sku)
        return (await with_stock(self._session, [row]))[0] if row else None

    async def variants(self, sku: str) -> list[CatalogueItem]:
        product = select(CatalogueRow.product).where(CatalogueRow.sku == sku).scalar_subquery()
        rows = await self._session.scalars(
            select(CatalogueRow).where(CatalogueRow.product == product).order_by(CatalogueRow.sku)
        )
        return await with_stock(self._session, rows)

    async def browse(self, limit: int) -> list[CatalogueItem]:
        first = select(func.min(CatalogueRow.sku)).group_by(CatalogueRow.product)
        query = select(CatalogueRow).where(CatalogueRow.sku.in_(first)).order_by(CatalogueRow.product).limit(limit)
        return await with_stock(self._session, await self._session.scalars(query))

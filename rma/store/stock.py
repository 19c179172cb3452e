"""The shop's own book in tables (rma.model.stock.ShopBook): orders, a ledger of stock, what is kept for exchanges, refunds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import ROUND_UP, Decimal

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from rma.model.codes import OrderStatus, PaymentType
from rma.model.errors import Conflict
from rma.model.orders import CatalogueItem, Order, OrderLine, PaymentMethod, order_key
from rma.model.platforms import Exchange, PlatformRefused, RefundRecord, SoldOut, StockMove
from rma.model.stock import Kept
from rma.store.orders import SqlOrders
from rma.store.platform_tables import PlatformRefundRow, ReservationRow, StockMoveRow
from rma.store.stock_counts import balances, with_stock
from rma.store.tables import CatalogueRow, OrderRow

PAGE = 200


class SqlShopBook:
    """Each call is one transaction of its own."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)

    @asynccontextmanager
    async def _work(self) -> AsyncIterator[AsyncSession]:
        try:
            async with self._sessions() as session, session.begin():
                yield session
        except IntegrityError as error:
            raise Conflict("somebody else did this at the same time; look again and repeat") from error

    async def orders(self, since: datetime | None) -> AsyncIterator[Order]:
        last = 0
        while True:
            async with self._sessions() as session:
                query = (
                    select(OrderRow.id, OrderRow.document).where(OrderRow.id > last).order_by(OrderRow.id).limit(PAGE)
                )
                if since is not None:
                    query = query.where(OrderRow.placed_at >= since)
                rows = (await session.execute(query)).all()
            for row in rows:
                yield Order.model_validate(row.document)
            if len(rows) < PAGE:
                return
            last = rows[-1].id

    async def items(self) -> AsyncIterator[CatalogueItem]:
        last = ""
        while True:
            async with self._sessions() as session:
                rows = list(
                    await session.scalars(
                        select(CatalogueRow).where(CatalogueRow.sku > last).order_by(CatalogueRow.sku).limit(PAGE)
                    )
                )
                items = await with_stock(session, rows)
            for item in items:
                yield item
            if len(rows) < PAGE:
                return
            last = rows[-1].sku

    async def order(self, number: str) -> Order | None:
        async with self._sessions() as session:
            found = await SqlOrders(session).find(number)
        return found[1] if found else None

    async def order_by_id(self, order_id: int) -> Order | None:
        async with self._sessions() as session:
            row = await session.get(OrderRow, order_id)
        return Order.model_validate(row.document) if row else None

    async def move(self, move: StockMove) -> None:
        async with self._work() as session:
            if await _moved(session, move.key):
                return
            # Of what the catalogue does not have there is what came back, and nothing else.
            row = await session.get(CatalogueRow, move.sku, with_for_update=True)
            counted = row is None or not row.document.get("available", True)
            session.add(_row(move.sku, move.quantity, counted, move.cause, move.key, move.at))

    async def note_refund(self, refund: RefundRecord) -> int:
        async with self._work() as session:
            known = await session.scalar(select(PlatformRefundRow.id).where(PlatformRefundRow.key == refund.key))
            if known is not None:
                return known
            if await SqlOrders(session).find(refund.order) is None:
                raise PlatformRefused(f"there is no order {refund.order}")
            row = PlatformRefundRow(
                key=refund.key,
                order_key=order_key(refund.order),
                document=refund.model_dump(mode="json", exclude={"note"}),
                at=refund.at,
            )
            session.add(row)
            await session.flush()
            return row.id

    async def reserve(self, exchange: Exchange) -> str:
        async with self._work() as session:
            return (await self._reserved(session, exchange)).key

    async def _reserved(self, session: AsyncSession, exchange: Exchange) -> ReservationRow:
        known = await _reservation(session, exchange.key)
        if known is not None:
            if known.state == Kept.RELEASED:
                raise PlatformRefused(f"{exchange.key} was released; its key is used up")
            return known
        counted = not (await _article(session, exchange.sku)).available
        if counted and (await balances(session, [exchange.sku])).get(exchange.sku, 0) < exchange.quantity:
            raise SoldOut(f"fewer than {exchange.quantity} of {exchange.sku} are left")
        row = ReservationRow(
            key=exchange.key,
            order_key=order_key(exchange.order),
            sku=exchange.sku,
            quantity=exchange.quantity,
            counted=counted,
            state=Kept.RESERVED.value,
            placed_as=None,
            at=exchange.at,
        )
        session.add(row)
        why = f"kept for an exchange of {exchange.order}"
        session.add(_row(exchange.sku, -exchange.quantity, counted, why, f"keep:{exchange.key}", exchange.at))
        await session.flush()
        return row

    async def release(self, exchange: Exchange) -> None:
        async with self._work() as session:
            row = await _reservation(session, exchange.key)
            if row is None or row.state == Kept.RELEASED:
                return
            if row.state == Kept.PLACED:
                raise PlatformRefused(f"the exchange is placed already, as {row.placed_as}")
            row.state = Kept.RELEASED.value
            why = f"no longer kept for an exchange of {exchange.order}"
            session.add(_row(row.sku, row.quantity, row.counted, why, f"free:{exchange.key}", exchange.at))

    async def place(self, exchange: Exchange) -> str:
        async with self._work() as session:
            row = await self._reserved(session, exchange)
            if row.placed_as is not None:
                return row.placed_as
            article = await _article(session, exchange.sku)
            orders = SqlOrders(session)
            bought = await orders.find(exchange.order)
            number = await _free_number(session, exchange.order)
            await orders.save(_order_of(exchange, number, article, bought[1].market if bought else None))
            row.state, row.placed_as = Kept.PLACED.value, number
            return number


async def _moved(session: AsyncSession, key: str) -> bool:
    return await session.scalar(select(StockMoveRow.id).where(StockMoveRow.key == key)) is not None


async def _article(session: AsyncSession, sku: str) -> CatalogueItem:
    """As the shop's own file has it. Nobody else changes its stock until the transaction ends."""
    row = await session.get(CatalogueRow, sku, with_for_update=True)
    if row is None:
        raise PlatformRefused(f"the catalogue has no {sku}")
    return CatalogueItem.model_validate(row.document)


async def _reservation(session: AsyncSession, key: str) -> ReservationRow | None:
    found: ReservationRow | None = await session.scalar(
        select(ReservationRow).where(ReservationRow.key == key).with_for_update()
    )
    return found


async def _free_number(session: AsyncSession, order: str) -> str:
    """A number for an exchange of that order: W2611340-E1."""
    count = await session.scalar(
        select(func.count())
        .select_from(ReservationRow)
        .where(ReservationRow.order_key == order_key(order), ReservationRow.placed_as.is_not(None))
    )
    taken = int(count or 0)
    while True:
        taken += 1
        number = f"{order}-E{taken}"
        if await session.scalar(select(OrderRow.id).where(OrderRow.key == order_key(number))) is None:
            return number


def _row(sku: str, quantity: int, counted: bool, cause: str, key: str, at: datetime) -> StockMoveRow:
    return StockMoveRow(sku=sku, quantity=quantity, counted=counted, cause=cause[:200], key=key, at=at)


def _order_of(exchange: Exchange, number: str, article: CatalogueItem, market: str | None) -> Order:
    unit = (exchange.value / exchange.quantity).quantize(Decimal("0.000001"), rounding=ROUND_UP)
    line = OrderLine(
        id="1",
        sku=exchange.sku,
        name=article.name,
        category=article.category,
        variant=article.variant,
        quantity=exchange.quantity,
        unit_price=unit,
        discount=unit * exchange.quantity - exchange.value,
        tags=article.tags,
        gtin=article.gtin,
        hs_code=article.hs_code,
        origin=article.origin,
        weight_grams=article.weight_grams,
    )
    return Order(
        number=number,
        status=OrderStatus.PENDING,
        currency=exchange.currency,
        market=market or exchange.address.country,
        placed_at=exchange.at,
        customer=exchange.customer,
        shipping_address=exchange.address,
        payment_methods=(PaymentMethod(id="exchange", type=PaymentType.OTHER, amount=exchange.value),),
        lines=(line,),
    )

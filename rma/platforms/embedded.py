"""A shop without a platform: its orders come from import files, and its stock is a ledger in our database."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

from rma.model.errors import Conflict
from rma.model.platforms import Changed, Exchange, NotTaken, RefundRecord, StockMove
from rma.model.stock import ShopBook


class EmbeddedPlatform:
    code = "embedded"
    keeps_orders_here = True
    forgets_after: timedelta | None = None

    def __init__(self, book: ShopBook, clock: Callable[[], datetime]) -> None:
        self._book, self._clock = book, clock

    async def orders(self, since: datetime | None) -> AsyncIterator[Changed]:
        """A file says of no order when it changed: those that were placed since."""
        async for order in self._book.orders(since):
            yield Changed(name=order.number, order=order, at=order.placed_at)

    async def catalogue(self, since: datetime | None) -> AsyncIterator[Changed]:
        now = self._clock()
        async for item in self._book.items():
            yield Changed(name=item.sku, item=item, at=now)

    async def order(self, number: str) -> Changed | None:
        order = await self._book.order(number)
        return None if order is None else Changed(name=order.number, order=order, at=order.placed_at)

    async def order_by_id(self, platform_id: str) -> Changed | None:
        order = await self._book.order_by_id(int(platform_id)) if platform_id.isdecimal() else None
        return None if order is None else Changed(name=order.number, order=order, at=order.placed_at)

    async def restock(self, move: StockMove) -> None:
        try:
            await self._book.move(move)
        except Conflict as error:
            raise NotTaken(str(error)) from error

    async def record_refund(self, refund: RefundRecord) -> str:
        try:
            return str(await self._book.note_refund(refund))
        except Conflict as error:
            raise NotTaken(str(error)) from error

    async def reserve(self, exchange: Exchange) -> str:
        try:
            return await self._book.reserve(exchange)
        except Conflict as error:
            raise NotTaken(str(error)) from error

    async def release(self, exchange: Exchange) -> None:
        try:
            await self._book.release(exchange)
        except Conflict as error:
            raise NotTaken(str(error)) from error

    async def place(self, exchange: Exchange) -> str:
        try:
            return await self._book.place(exchange)
        except Conflict as error:
            raise NotTaken(str(error)) from error

    async def check(self) -> str:
        return "none: orders come from `retour import FILE`, and stock is kept in our database"

    async def close(self) -> None:
        return

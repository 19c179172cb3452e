"""The book that a shop without a platform of its own keeps here: its orders, what came back to its stock, what is kept for an
exchange, what was paid back."""

from collections.abc import AsyncIterator
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pydantic import AwareDatetime

from rma.model.orders import CatalogueItem, Frozen, Order
from rma.model.platforms import Exchange, RefundRecord, StockMove


class Kept(StrEnum):
    """What became of the units of a reservation."""

    RESERVED = "reserved"
    RELEASED = "released"
    PLACED = "placed"


class ShopBook(Protocol):
    """Every change takes a key, which is unique in its table. Raises Conflict when the database is busy, PlatformRefused and
    SoldOut as ShopPlatform does."""

    def orders(self, since: datetime | None) -> AsyncIterator[Order]: ...

    def items(self) -> AsyncIterator[CatalogueItem]: ...

    async def order(self, number: str) -> Order | None: ...

    async def order_by_id(self, order_id: int) -> Order | None: ...

    async def move(self, move: StockMove) -> None: ...

    async def note_refund(self, refund: RefundRecord) -> int: ...

    async def reserve(self, exchange: Exchange) -> str: ...

    async def release(self, exchange: Exchange) -> None: ...

    async def place(self, exchange: Exchange) -> str: ...


class Telling(Frozen):
    """Units whose stock a platform is being told of, and how that went."""

    unit: int
    number: str
    """The return."""
    sku: str
    quantity: int
    attempts: int = 0
    """This one included."""
    unsure_since: AwareDatetime | None = None
    """Since when the platform may have been told, its answer being lost."""
    stuck: bool = False
    """Nothing is tried any more until a person says so."""
    error: str | None = None

    @property
    def key(self) -> str:
        return f"unit-{self.unit}"

"""Where the shop sells: whose orders these are, who must hear of goods that came back, of money that was paid, and who sends an
exchange. Implementations pass tests/contract/test_platforms.py."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from pydantic import AwareDatetime, Field

from rma.model.errors import RetourError
from rma.model.orders import Address, CatalogueItem, Currency, Customer, Frozen, Key, Money, Order


class PlatformUnavailable(RetourError):
    """No answer that settles it. What changes something may have been done: look it up, or repeat it under the same key, which
    does nothing twice. `after` is in seconds, where the platform said so."""

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class NotTaken(PlatformUnavailable):
    """Surely not done: no connection, a limit of requests, credentials that are refused. It can be repeated without a look."""


class PlatformRefused(RetourError):
    """Never to be tried again as it is. `code` is the platform's own, where it gave one."""

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class SoldOut(PlatformRefused):
    """There are not that many units to reserve."""


class Changed(Frozen):
    """One order, or one item of the catalogue, as the platform has it now; without either it is not one that can be loaded, and
    `reason` says why."""

    name: str
    """The order's number, or the SKU: what a person finds it by."""
    order: Order | None = None
    item: CatalogueItem | None = None
    reason: str | None = None
    at: AwareDatetime
    """When it changed last, by the platform's own clock."""


class StockMove(Frozen):
    """Units that can be sold again."""

    key: Key
    """Names the move: the same key never moves stock twice."""
    sku: Key
    quantity: int = Field(ge=1)
    cause: str
    """What it was, for a person who reads the platform's history: the return's number."""
    at: AwareDatetime


class RefundedLine(Frozen):
    line: Key
    """The order line's id."""
    quantity: int = Field(ge=0)
    amount: Money
    """Of the line in all, tax included."""


class RefundRecord(Frozen):
    """Money that was paid back already, by whichever way; the platform only has to know. `known` is the part of it that it knows,
    since it paid that itself."""

    key: Key
    order: Key
    """The order's number."""
    currency: Currency
    amount: Money
    lines: tuple[RefundedLine, ...] = ()
    known: Money = Decimal(0)
    shipping: Money = Decimal(0)
    """Outbound shipping, part of `amount`."""
    note: str = ""
    at: AwareDatetime


class Exchange(Frozen):
    """One article that goes out in exchange for one that comes back. The shopper owes nothing for it on the platform: what it costs
    more or less is settled with the refund."""

    key: Key
    order: Key
    """The number of the order that the article coming back was bought with."""
    sku: Key
    quantity: int = Field(ge=1)
    value: Money
    """What it counts for in all, should it come back too."""
    currency: Currency
    customer: Customer
    address: Address
    note: str = ""
    until: AwareDatetime
    """How long it is kept, where the platform wants to know."""
    at: AwareDatetime


class ShopPlatform(Protocol):
    """Everything raises PlatformUnavailable, NotTaken; what changes something PlatformRefused too. Whatever takes a key does it
    once, however often it is asked, also after an answer was lost. Of several processes one at a time asks for a key: not every
    platform could tell them apart."""

    code: str
    """`embedded`, `shopify` or `woocommerce`."""
    keeps_orders_here: bool
    """Its orders and its catalogue are our own tables: there is nothing to fetch."""
    forgets_after: timedelta | None
    """For how long it surely knows a key of `restock` again after a lost answer; None for always."""

    def orders(self, since: datetime | None) -> AsyncIterator[Changed]:
        """Orders that changed then or later, those that changed first first; all with None."""

    def catalogue(self, since: datetime | None) -> AsyncIterator[Changed]:
        """Articles in the same way; of one without a SKU nothing is said, since nothing can name it."""

    async def order(self, number: str) -> Changed | None:
        """By its number however spelled (rma.model.orders.order_key)."""

    async def order_by_id(self, platform_id: str) -> Changed | None:
        """By the platform's own id, which its webhooks name."""

    async def restock(self, move: StockMove) -> None:
        """Raises the stock of what can be sold by the quantity."""

    async def record_refund(self, refund: RefundRecord) -> str:
        """The platform's id of the refund, which pays nothing."""

    async def reserve(self, exchange: Exchange) -> str:
        """Takes the units out of what can be sold; the platform's name for that. Raises SoldOut."""

    async def release(self, exchange: Exchange) -> None:
        """Gives them back; nothing happens when they never were reserved. Raises PlatformRefused when they are placed. A key that
        was released is not used again."""

    async def place(self, exchange: Exchange) -> str:
        """Makes what was reserved an order to be sent, reserving it first where nobody did; that order's number. Raises
        SoldOut."""

    async def check(self) -> str:
        """Asks for little, and says what answers: for `retour doctor`."""

    async def close(self) -> None:
        """Ends its connections."""

"""The shop's orders and catalogue, as the use cases need them."""

from collections.abc import Sequence
from typing import Protocol

from rma.model.orders import CatalogueItem, Order


class Orders(Protocol):
    async def find(self, number: str) -> tuple[int, Order] | None:
        """By its number however spelled (rma.model.orders.order_key)."""

    async def get(self, order_id: int) -> Order: ...

    async def by_phone(self, number: str, limit: int) -> list[tuple[int, Order]]:
        """The latest orders whose customer has this number (E.164), with their ids, the newest first."""

    async def save(self, order: Order) -> bool:
        """Inserts or updates; True when something changed. What was announced for return is kept.
        Raises Refused when a line now has fewer units than are announced for return."""

    async def cancel(self, order_id: int) -> None:
        """Cancels an order that is not shipped yet; Conflict when it is."""

    async def committed(self, order_id: int) -> dict[str, int]:
        """Units a line already announced for return, by line id."""

    async def commit_units(self, order_id: int, units: dict[str, int]) -> None:
        """Announces (or, negative, releases) units. Raises Conflict when more would be returned than were bought: a
        constraint of the table says so, whoever else writes at the same time."""

    async def samples(self, limit: int) -> list[Order]:
        """The latest orders, for the demo page."""


class Catalogue(Protocol):
    async def save(self, items: Sequence[CatalogueItem]) -> int: ...

    async def get(self, sku: str) -> CatalogueItem | None: ...

    async def by_gtin(self, gtin: str) -> list[str]:
        """SKUs of the trade item (14 digits); where the shop keeps none, the GTIN itself, which some use as SKU."""

    async def variants(self, sku: str) -> list[CatalogueItem]:
        """All variants of the product that `sku` belongs to, itself included; empty when the shop no longer knows it."""

    async def browse(self, limit: int) -> list[CatalogueItem]:
        """One variant of each product."""

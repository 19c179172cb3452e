"""The shop's orders and catalogue: loading them from a document, cancelling an order that is not shipped, showing a few."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from babel.numbers import is_currency
from pydantic import BaseModel, ValidationError

from rma.model.codes import OrderStatus
from rma.model.errors import Refused, RetourError
from rma.model.orders import CatalogueItem, Order
from rma.policy.markets import countries
from rma.service.delivered import delivered_after_all
from rma.service.ports import Clock, Transactions

M = TypeVar("M", bound=BaseModel)


@dataclass
class ImportReport:
    """What a load did; `failures` are (number or SKU, reason)."""

    orders_saved: int = 0
    orders_unchanged: int = 0
    items_saved: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)


def explain(error: ValidationError) -> str:
    """The first fault as one line: where it is and what was expected."""
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]


def _name(raw: Any, key: str, position: int) -> str:
    return str(raw[key]) if isinstance(raw, dict) and raw.get(key) else f"#{position}"


def _read(kind: type[M], rows: Iterable[Any], key: str, report: ImportReport) -> list[M]:
    read = []
    for position, raw in enumerate(rows, start=1):
        try:
            read.append(kind.model_validate(raw))
        except ValidationError as error:
            report.failures.append((_name(raw, key, position), explain(error)))
    return read


class ShopDesk:
    def __init__(self, transactions: Transactions, clock: Clock) -> None:
        self._transactions, self._clock = transactions, clock

    async def load(self, document: Any) -> ImportReport:
        """Loads an import document (contract section 3). Each order is loaded whole or not at all, in a transaction of its own;
        a wrong one is reported and the rest go on. Raises Refused when it is not such a document."""
        if not isinstance(document, dict) or not all(
            isinstance(document.get(key, []), list) for key in ("orders", "catalogue")
        ):
            raise Refused('expected one JSON object with the lists "catalogue" and "orders"')
        report = ImportReport()
        async with self._transactions() as uow:
            report.items_saved = await uow.catalogue.save(
                _read(CatalogueItem, document.get("catalogue", []), "sku", report)
            )
        seen: set[str] = set()
        for order in _read(Order, document.get("orders", []), "number", report):
            if order.key in seen:
                report.failures.append((order.number, "this number stands in the file already; the first one was taken"))
                continue
            seen.add(order.key)
            await self.take(order, report)
        return report

    async def take(self, order: Order, report: ImportReport) -> bool:
        """One order, whole or not at all, in a transaction of its own; False when it was refused, which the report says."""
        try:
            if not is_currency(order.currency):
                raise Refused(f"currency: {order.currency} is not a currency of ISO 4217")
            if order.market not in countries():
                raise Refused(f"market: {order.market} is not a country of ISO 3166-1")
            async with self._transactions() as uow:
                before = await uow.orders.find(order.number)
                saved = await uow.orders.save(order)
                if saved and before is not None:
                    await delivered_after_all(uow, before[0], before[1], order, self._clock())
        except RetourError as error:
            report.failures.append((order.number, str(error)))
            return False
        report.orders_saved += saved
        report.orders_unchanged += not saved
        return True

    async def take_items(self, items: Sequence[CatalogueItem], report: ImportReport) -> None:
        async with self._transactions() as uow:
            report.items_saved += await uow.catalogue.save(items)

    async def is_empty(self) -> bool:
        async with self._transactions() as uow:
            return not await uow.orders.samples(1)

    async def browse(self, limit: int) -> list[CatalogueItem]:
        async with self._transactions() as uow:
            return await uow.catalogue.browse(limit)

    async def demo_orders(self, limit: int) -> list[Order]:
        """A few orders to try the assistant with: delivered ones first."""
        async with self._transactions() as uow:
            orders = await uow.orders.samples(200)
        return sorted(orders, key=lambda order: order.status != OrderStatus.DELIVERED)[:limit]

    async def cancel_order(self, order_id: int) -> None:
        """Raises Conflict when it is shipped already."""
        async with self._transactions() as uow:
            await uow.orders.cancel(order_id)

"""A shop whose refunds are tried: orders of every kind, a gateway that fails when a test wants, and short ways to say things."""

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from rma.bootstrap import Container
from rma.model.codes import Reason, Resolution, ReturnStatus
from rma.model.orders import PaymentMethod
from rma.model.refunding import PaidBack, PayBack, RefundGateway, RefundRefusal, RefundRefused, RefundUnavailable
from rma.model.returns import Return
from rma.service.inspecting import Look
from rma.service.receiving import Arrival
from rma.service.returns import PlannedLine
from tests.integration.notice_shop import NOON, Clock, document, opened, plan

CATALOGUE = [
    {"sku": "S-1", "product": "shirt", "name": "T-shirt", "variant": {"size": "M"}, "price": "19.90", "currency": "EUR"},
    {"sku": "S-1-L", "product": "shirt", "name": "T-shirt", "variant": {"size": "L"}, "price": "19.90", "currency": "EUR"},
    {"sku": "S-1-XL", "product": "shirt", "name": "T-shirt", "variant": {"size": "XL"}, "price": "24.90", "currency": "EUR"},
    {"sku": "S-1-S", "product": "shirt", "name": "T-shirt", "variant": {"size": "S"}, "price": "15.90", "currency": "EUR"},
    {"sku": "S-1-0", "product": "shirt", "name": "T-shirt", "variant": {"size": "XS"}, "price": "19.90", "currency": "EUR",
     "available": False},
    {"sku": "S-2", "product": "mug", "name": "Mug", "price": "8.00", "currency": "EUR"},
    {"sku": "S-2-0", "product": "mug", "name": "Mug", "variant": {"color": "red"}, "price": "8.00", "currency": "EUR",
     "available": False},
    {"sku": "S-3", "product": "watch", "name": "Watch", "price": "900.00", "currency": "EUR"},
]  # fmt: skip
EVERYTHING = (
    PlannedLine("1", 3, Reason.CHANGED_MIND), PlannedLine("2", 1, Reason.CHANGED_MIND), PlannedLine("3", 1, Reason.CHANGED_MIND),
)  # fmt: skip


class Trouble:
    """The gateway, and what happens to the next requests: "down" (nothing is done), "lost" (done, no answer), "refused"."""

    def __init__(self, gateway: RefundGateway) -> None:
        self._gateway = gateway
        self.code = gateway.code
        self.plan: deque[str] = deque()
        self.keys: list[str] = []
        self.cannot: set[str] = set()
        self.waits, self.came_back = False, False

    def can(self, method: PaymentMethod) -> bool:
        return method.id not in self.cannot and self._gateway.can(method)

    async def refund(self, request: PayBack, idempotency_key: str) -> PaidBack:
        self.keys.append(idempotency_key)
        trouble = self.plan.popleft() if self.plan else None
        if trouble == "down":
            raise RefundUnavailable("no connection")
        if trouble == "refused":
            raise RefundRefused(RefundRefusal.NOT_POSSIBLE, "the card is closed")
        paid = await self._gateway.refund(request, idempotency_key)
        if trouble == "lost":
            raise RefundUnavailable("the answer was lost")
        return paid.model_copy(update={"on_its_way": self.waits})

    async def find(self, request: PayBack, idempotency_key: str) -> PaidBack | None:
        if self.came_back:
            raise RefundRefused(RefundRefusal.NOT_POSSIBLE, "the bank sent it back")
        paid = await self._gateway.find(request, idempotency_key)
        return paid.model_copy(update={"on_its_way": self.waits}) if paid else None

    async def close(self) -> None:
        await self._gateway.close()


class RefundShop:
    def __init__(self, container: Container, clock: Clock) -> None:
        self.container, self.clock = container, clock
        parts = container.refunds._payer.parts
        self.trouble = parts.gateway = Trouble(parts.gateway)
        self._keys = 0

    async def load(self, *documents: dict[str, Any]) -> None:
        report = await self.container.shop.load({"orders": list(documents), "catalogue": CATALOGUE})
        assert not report.failures, report.failures

    async def announce(self, **changes: Any) -> Return:
        self._keys += 1
        return await self.container.returns.create(plan(f"k{self._keys}", **changes))

    async def exchange(self, sku: str, quantity: int = 1, resolution: Resolution = Resolution.EXCHANGE) -> Return:
        from rma.model.codes import Reason

        reason = Reason.SIZE_TOO_SMALL if resolution is Resolution.EXCHANGE else Reason.DEFECTIVE
        line = PlannedLine("1", quantity, reason, exchange_for=sku)
        return await self.announce(lines=(line,), resolution=resolution)

    async def receive(self, rma: Return, **lines: int) -> Return:
        arrival = Arrival({name.removeprefix("line"): units for name, units in lines.items()} if lines else None)
        return await self.container.receiving.receive(rma.number, arrival, "ana")

    async def inspect(self, rma: Return, *looks: Look) -> Return:
        return await self.container.inspection.inspect(rma.number, list(looks) or None, "ana")

    async def refund(self, rma: Return, key: str | None = None, **options: Any) -> Return:
        if key is None:
            self._keys += 1
            key = f"r{self._keys}"
        if isinstance(options.get("amount"), str):
            options["amount"] = Decimal(options["amount"])
        return await self.container.refunds.refund(rma.number, "ana", key, **options)

    async def owed(self, rma: Return) -> str:
        return str((await self.container.standing.of(rma.number)).due.owed)

    async def moved(self, order: str = "W1") -> dict[str, str]:
        """What really went back, by payment method, as the ledger has it."""
        from sqlalchemy import text

        query = text("SELECT method, refunded FROM payment_accounts WHERE order_number = :order AND refunded > 0")
        async with self.container.engine.connect() as connection:
            rows = (await connection.execute(query, {"order": order})).all()
        return {row[0]: f"{Decimal(row[1]) / 100:.2f}" for row in rows}

    async def again(self, rma: Return) -> Return:
        return await self.container.returns.get(rma.number)

    async def later(self, **span: float) -> int:
        self.clock.now += timedelta(**span)
        return await self.container.refunds.finish_interrupted()


@asynccontextmanager
async def refund_shop(url: str, folder: Path | None = None, when: str | None = None) -> AsyncIterator[RefundShop]:
    clock = Clock()
    options = {"refunds": {"when": when}} if when else {}
    async with opened(url, clock, folder, **options) as container:
        yield RefundShop(container, clock)


def kinds(rma: Return) -> list[str]:
    return [event.kind for event in rma.events]


def order(number: str = "W1", **changes: Any) -> dict[str, Any]:
    return document(number, **changes)


__all__ = ["NOON", "Look", "RefundShop", "ReturnStatus", "kinds", "order", "refund_shop"]

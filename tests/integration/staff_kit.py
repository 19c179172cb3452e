"""A gateway over either database, orders, and returns at any point of their life, for tests of the staff API."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest_asyncio
from aiohttp import ClientResponse
from jsonschema import Draft202012Validator
from pydantic import SecretStr

from gateway.openapi import document as described
from rma.bootstrap import Container, open_container
from rma.model.codes import Condition, Language, Method, Reason, Resolution
from rma.model.returns import Return
from rma.service.returns import Plan, PlannedLine
from rma.settings import Settings
from tests.integration.gateway_kit import API_KEY, Shop, open_shop

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SKUS = ("TSH-1", "MUG-2", "BAG-3")


def order(
    number: str, quantities: tuple[int, ...] = (2, 1), price: str = "20.00", delivered_at: str = "", **changes: Any
) -> dict[str, Any]:
    delivered_at = delivered_at or (NOW - timedelta(days=3)).isoformat()
    lines = [
        {"id": str(n + 1), "sku": SKUS[n], "name": f"Thing {n + 1}", "category": "home", "variant": {}, "quantity": units,
         "unit_price": price, "delivered_at": delivered_at}
        for n, units in enumerate(quantities)
    ]  # fmt: skip
    return {
        "number": number, "status": "delivered", "currency": "EUR", "market": "FR", "shipping_paid": "0.00",
        "placed_at": (NOW - timedelta(days=6)).isoformat(),
        "customer": {"name": "Noah Brown", "email": f"{number.lower()}@example.com", "language": "fr"},
        "shipping_address": {"name": "Noah Brown", "line1": "1 rue X", "city": "Lyon", "postal_code": "69001", "country": "FR"},
        "payment_methods": [
            {"id": "card_1", "type": "card", "last4": "9212", "amount": str(sum(quantities) * int(float(price)))}
        ],
        "lines": lines,
    } | changes  # fmt: skip


@dataclass
class Hands:
    """Somebody with a key: asks and gives status, document and headers."""

    shop: Shop
    time: list[datetime]
    key: str = API_KEY
    made: int = field(default=0)

    @property
    def container(self) -> Container:
        return self.shop.container

    async def ask(self, method: str, path: str, **options: Any) -> ClientResponse:
        headers = {"Authorization": f"Bearer {self.key}"} | options.pop("headers", {})
        answer = await self.shop.client.request(method, path, headers=headers, **options)
        await self._check(answer)
        return answer

    async def _check(self, answer: ClientResponse) -> None:
        """Whatever is answered is as the description says."""
        content, document = await answer.read(), described("https://shop.example")
        for path, item in document["paths"].items():
            operation = item.get(answer.method.lower())
            if operation and re.fullmatch(re.sub(r"{[^}]+}", "[^/]+", path), answer.url.raw_path):
                # A more exact address comes before one with a parameter, as in the router.
                break
        else:
            return
        said: Any = operation["responses"].get(str(answer.status))
        assert said is not None or answer.status == 500, (answer.method, path, answer.status)
        if "$ref" in (said or {}):
            said = document["components"]["responses"][said["$ref"].rpartition("/")[2]]
        kinds = (said or {}).get("content", {})
        if content and kinds:
            assert answer.content_type in kinds
            if answer.content_type.endswith("json"):
                schema = kinds[answer.content_type]["schema"] | {"components": document["components"]}
                Draft202012Validator(schema).validate(json.loads(content))
        for name, header in (said or {}).get("headers", {}).items():
            if name in answer.headers and header["schema"]["type"] == "string":
                assert answer.headers[name]

    async def get(self, path: str, status: int = 200) -> Any:
        return await self._document(await self.ask("GET", path), status)

    async def post(self, path: str, body: Any = None, status: int = 200, key: str | None = None, **headers: str) -> Any:
        sent = ({"Idempotency-Key": key} if key else {}) | {name.replace("_", "-"): value for name, value in headers.items()}
        options = {} if body is None else {"json": body}
        return await self._document(await self.ask("POST", path, headers=sent, **options), status)

    @staticmethod
    async def _document(answer: ClientResponse, status: int) -> Any:
        assert answer.status == status, await answer.text()
        kind = "application/json" if status < 400 else "application/problem+json"
        assert answer.content_type == kind
        return await answer.json()

    async def act(self, rma: Return | str, what: str, body: Any = None, status: int = 200, **more: str) -> Any:
        number = rma if isinstance(rma, str) else rma.number
        return await self.post(f"/api/returns/{number}/{what}", body, status, **more)

    async def new(
        self,
        lines: dict[str, int],
        quantities: tuple[int, ...] = (2, 1),
        reason: Reason = Reason.SIZE_TOO_SMALL,
        resolution: Resolution = Resolution.REFUND,
        number: str = "",
        **changes: Any,
    ) -> Return:
        """A return of a new order, labelled."""
        self.made += 1
        number = number or f"W{self.made:05}"
        report = await self.container.shop.load({"orders": [order(number, quantities, **changes)]})
        assert not report.failures
        async with self.container.transactions() as uow:
            found = await uow.orders.find(number)
        assert found
        planned = tuple(PlannedLine(line, units, reason, Condition.UNOPENED) for line, units in lines.items())
        plan = Plan(f"key-{number}", found[0], planned, resolution, Language.EN, Method.LABEL)
        return await self.container.returns.create(plan)

    async def counts(self, rma: Return | str, *names: str) -> dict[str, tuple[int, ...]]:
        """By line, those numbers of it."""
        number = rma if isinstance(rma, str) else rma.number
        document = await self.get(f"/api/returns/{number}/units")
        return {line["id"]: tuple(line[name] for name in names) for line in document["lines"]}

    def later(self, **by: float) -> None:
        self.time[0] += timedelta(**by)


@asynccontextmanager
async def hands(url: str, var: Any, **changes: Any) -> AsyncIterator[Hands]:
    """`changes` are to the settings."""
    time = [NOW]
    settings = Settings(
        var=var, database_url=url, secret_key=SecretStr("a secret of the tests only"), public_url="https://shop.example"
    )
    async with open_container(settings, lambda: time[0]) as container, open_shop(container, **changes) as shop:
        yield Hands(shop, time)


@pytest_asyncio.fixture
async def staff(database_url: str, tmp_path: Any) -> AsyncIterator[Hands]:
    """On each database."""
    async with hands(database_url, tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture
async def one(sqlite_url: str, tmp_path: Any) -> AsyncIterator[Hands]:
    """On SQLite alone: what the database has no part in."""
    async with hands(sqlite_url, tmp_path) as opened:
        yield opened



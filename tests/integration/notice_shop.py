"""A shop with orders to write about, on a clock that the test sets."""

import itertools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from pydantic import SecretStr

from rma.bootstrap import Container, open_container
from rma.model.codes import Condition, Language, Method, Reason, Resolution
from rma.model.orders import Order
from rma.model.outgoing import Kept, Kind
from rma.model.withdrawals import Statement
from rma.service.returns import Plan, PlannedLine
from rma.settings import Settings
from tests.fixtures.talking import Talk, outbox

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
"""A Wednesday."""
MAIL, PHONE = "noah@example.com", "+33612345678"


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def document(number: str = "W1", **changes: Any) -> dict[str, Any]:
    """An order that was delivered two days ago: three T-shirts, a cheap mug, a dear watch."""
    delivered = (NOON - timedelta(days=2)).isoformat()
    lines = [("1", "T-shirt", 3, "19.90"), ("2", "Mug", 1, "8.00"), ("3", "Watch", 1, "900.00")]
    customer = {"name": "Noah Brown", "email": MAIL, "phone": "06 12 34 56 78"} | changes.pop("customer", {})
    return {
        "number": number, "status": "delivered", "currency": "EUR", "market": "FR", "shipping_paid": "4.90",
        "placed_at": (NOON - timedelta(days=60)).isoformat(),
        "customer": customer,
        "shipping_address": {"line1": "1 rue X", "city": "Lyon", "postal_code": "69001", "country": "FR"},
        "payment_methods": [{"id": "card_1", "type": "card", "last4": "9212", "amount": "972.60"}],
        "lines": [
            {"id": id, "sku": f"S-{id}", "name": name, "quantity": quantity, "unit_price": price, "delivered_at": delivered}
            for id, name, quantity, price in lines
        ],
    } | changes  # fmt: skip


@asynccontextmanager
async def opened(
    url: str, clock: Clock, folder: Path | None = None, **shop: Any
) -> AsyncIterator[Container]:
    """`shop` changes settings of policy/shop.yml, in a copy of it in `folder`."""
    settings = Settings.load(
        database_url=url, secret_key=SecretStr("a secret of these tests"), public_url="https://shop.example"
    )
    if shop:
        assert folder is not None
        profile = yaml.safe_load(settings.shop.read_text(encoding="utf-8")) | shop
        (folder / "shop.yml").write_text(yaml.safe_dump(profile), encoding="utf-8")
        settings = settings.model_copy(update={"shop": folder / "shop.yml"})
    async with open_container(settings, clock) as container:
        yield container


async def load(container: Container, *documents: dict[str, Any]) -> None:
    report = await container.shop.load({"orders": list(documents)})
    assert not report.failures, report.failures


def plan(key: str = "k", line: str = "1", quantity: int = 1, **changes: Any) -> Plan:
    reason = changes.pop("reason", Reason.SIZE_TOO_SMALL)
    values: dict[str, Any] = {
        "key": key, "order_id": 1, "resolution": Resolution.REFUND, "language": Language.EN, "method": Method.LABEL,
        "lines": (PlannedLine(line, quantity, reason, changes.pop("condition", Condition.UNOPENED)),),
    }  # fmt: skip
    return Plan(**(values | changes))


async def order(container: Container, order_id: int = 1) -> Order:
    async with container.transactions() as uow:
        return await uow.orders.get(order_id)


def brief(messages: list[Kept]) -> list[tuple[str, str, str]]:
    """Kind, medium, recipient."""
    return [(message.kind.value, message.medium.value, message.recipient) for message in messages]


def declared(contact: str = MAIL, **changes: object) -> Statement:
    values = {"name": "Noah Brown", "order": "W1", "contact": contact, "items": None, "language": Language.FR}
    return Statement(**(values | changes))  # type: ignore[arg-type]


OTHER, ELSEWHERE = "+33698765432", "bob@work.example"
"""Neither is the order's."""


async def chat(container: Container, language: Language = Language.EN, **options: object) -> tuple[Talk, str]:
    """A shopper who is proven and whose return was just made; what leaves from now on is theirs."""
    rma = await container.returns.create(plan(f"k{next(_serial)}"))
    talk = await Talk.begin(container, language, order_id=1, last_return=rma.number, **options)  # type: ignore[arg-type]
    return talk, rma.number


_serial = itertools.count()


async def sent(container: Container, *kinds: Kind) -> list[Kept]:
    wanted = kinds or (Kind.LABEL, Kind.CODE)
    return [message for message in await outbox(container) if message.kind in wanted and not message.key.startswith("notice")]


async def code_of(container: Container) -> str:
    return re.findall(r"\b\d{6}\b", (await sent(container, Kind.CODE))[-1].text)[0]


def wrong(code: str, step: int = 1) -> str:
    return f"{(int(code) + step) % 1_000_000:06d}"

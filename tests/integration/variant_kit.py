"""A small shop for exchanges: a dress, T-shirts and shoes in several colours and sizes, some of them sold out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from actions.dialogue.memory import Memory
from rma.bootstrap import Container
from rma.model.codes import Language
from rma.model.conversations import Channel
from tests.fixtures.talking import Talk
from tests.integration.notice_shop import NOON, Clock, document, opened

EN, FR = Language.EN, Language.FR
DRESS, SHIRTS, SHOES, TWO, TALL = 1, 2, 3, 4, 5
"""Orders: a red dress in 38, two blue T-shirts in M, blue shoes in 41, the dress and the shoes, a blue T-shirt in L."""
GONE = {"DRESS-red-40", "SHIRT-white-L", "SHOES-black-41"}


def product(name: str, title: str, colors: str, sizes: str) -> list[dict[str, Any]]:
    return [
        {"sku": (sku := f"{name}-{color}-{size}"), "product": name, "name": title, "category": "clothing", "price": "20.00",
         "variant": {"color": color, "size": size}, "available": sku not in GONE, "tags": []}
        for color in colors.split() for size in sizes.split()
    ]  # fmt: skip


CATALOGUE = [
    *product("DRESS", "Linen dress", "red white", "36 38 40"),
    *product("SHIRT", "T-shirt", "blue black white", "S M L"),
    *product("SHOES", "Running shoes", "blue black", "39 40 41 42 43"),
]


def order(number: str, *skus: str, quantity: int = 1) -> dict[str, Any]:
    known = {item["sku"]: item for item in CATALOGUE}
    delivered = (NOON - timedelta(days=2)).isoformat()
    lines = [
        {"id": str(place), "sku": sku, "name": known[sku]["name"], "variant": known[sku]["variant"], "category": "clothing",
         "quantity": quantity, "unit_price": "20.00", "delivered_at": delivered}
        for place, sku in enumerate(skus, start=1)
    ]  # fmt: skip
    return document(number) | {"lines": lines}


@asynccontextmanager
async def variants(sqlite_url: str) -> AsyncIterator[Container]:
    async with opened(sqlite_url, Clock()) as container:
        orders = [
            order("W1", "DRESS-red-38"), order("W2", "SHIRT-blue-M", quantity=2), order("W3", "SHOES-blue-41"),
            order("W4", "DRESS-red-38", "SHOES-blue-41"), order("W5", "SHIRT-blue-L"),
            order("W6", "SHOES-blue-41", quantity=3),
        ]  # fmt: skip
        report = await container.shop.load({"orders": orders, "catalogue": CATALOGUE})
        assert not report.failures
        yield container


async def draft(talk: Talk) -> dict[str, Any]:
    conversation, _ = await talk.container.desk.transcript(talk.id)
    return Memory.model_validate(conversation.state).draft.model_dump()


async def chosen(talk: Talk) -> list[str | None]:
    return [item["exchange_for"] for item in (await draft(talk))["items"]]


async def begin(shop: Container, language: Language, order_id: int, *, sms: bool = False) -> Talk:
    channel, address = (Channel.SMS, "+33699999999") if sms else (Channel.WEB, "192.0.2.7")
    return await Talk.begin(shop, language, channel, address, order_id=order_id, order_number=f"W{order_id}")


def offered(talk: Talk) -> set[str]:
    return {choice.value for message in talk.said for choice in message.choices}

"""What has not come and is not wanted any more: called off, or withdrawn from before delivery, which the law allows."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from rma.bootstrap import Container
from rma.model.codes import Language
from tests.fixtures.talking import Talk
from tests.integration.notice_shop import Clock, document, load, opened

EN, FR = Language.EN, Language.FR
SHIPPED, PENDING, DELIVERED, PARTLY, ABROAD = 1, 2, 3, 4, 5

SAID = [
    (EN, "the shoes haven't come yet and I don't want them any more", "report_problem", 0.34, "changed_mind"),
    (EN, "my order still hasn't arrived, I don't want it anymore", "report_not_received", 0.93, None),
    (EN, "never arrived, I want my money back", "request_return", 1.0, None),
    (FR, "pas encore reçu, je n'en veux plus", "cancel_order", 0.36, None),
    (FR, "je n'ai toujours pas reçu les chaussures et je n'en veux plus", "report_not_received", 0.92, None),
    (EN, "my parcel still isn't here & i dont want it anymore", "report_not_received", 0.77, None),
    (FR, "tjrs pas recu, jen veux plus", "report_not_received", 0.58, None),
    (FR, "jamais reçu, je veux être remboursé", "request_return", 0.98, None),
]


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[Container]:
    came = document()["lines"][0]["delivered_at"]

    def order(number: str, status: str, shirt_came: bool = False, **changes: Any) -> dict[str, Any]:
        lines = [
            {"id": "1", "sku": "S-1", "name": "Running shoes", "quantity": 1, "unit_price": "89.00"},
            {"id": "2", "sku": "S-2", "name": "T-shirt", "quantity": 1, "unit_price": "19.90"}
            | ({"delivered_at": came} if shirt_came else {}),
        ]  # fmt: skip
        if status == "delivered":
            lines = [line | {"delivered_at": came} for line in lines]
        return document(number, status=status, lines=lines, **changes)

    async with opened(sqlite_url, Clock()) as container:
        await load(
            container, order("W1", "shipped"), order("W2", "pending"), order("W3", "delivered"), order("W4", "shipped", True),
            order("W5", "shipped", market="US", currency="USD"),
        )  # fmt: skip
        yield container


async def said(shop: Container, order: int, case: tuple[Language, str, str, float, str | None]) -> tuple[Talk, str]:
    language, text, intent, confidence, reason = case
    talk = await Talk.begin(shop, language, order_id=order)
    return talk, await talk.say(text, intent, confidence, reason=reason)


@pytest.mark.parametrize("case", SAID)
async def test_on_its_way_it_is_withdrawn_from(shop: Container, case: tuple[Language, str, str, float, str | None]) -> None:
    talk, answer = await said(shop, SHIPPED, case)
    assert await talk.expects() == ("confirm", "confirm"), answer
    await talk.say("", choice="yes")
    (rma,) = await shop.returns.of_order(SHIPPED)
    only_shoes = "shoes" in case[1] or "chaussures" in case[1]
    assert [line.id for line in rma.lines] == (["1"] if only_shoes else ["1", "2"])
    # Nothing travels, nothing is taken off, and with all of it the delivery that was paid comes back too.
    assert rma.method is None and rma.refund["total"] == ("89.00" if only_shoes else "113.80")
    async with shop.transactions() as uow:
        tickets = await uow.conversations.tickets(open_only=True, conversation_id=talk.id)
    assert not tickets


@pytest.mark.parametrize("case", [SAID[1], SAID[3]])
async def test_not_sent_yet_it_is_called_off(shop: Container, case: tuple[Language, str, str, float, str | None]) -> None:
    talk, _ = await said(shop, PENDING, case)
    assert await talk.expects() == ("confirm", "confirm")
    await talk.say("", choice="yes")
    async with shop.transactions() as uow:
        assert (await uow.orders.get(PENDING)).status == "cancelled"


@pytest.mark.parametrize("case", [SAID[1], SAID[4]])
@pytest.mark.parametrize("order", [DELIVERED, ABROAD])
async def test_what_the_record_or_the_law_leaves_open_goes_to_a_person(
    shop: Container, case: tuple[Language, str, str, float, str | None], order: int
) -> None:
    talk, _ = await said(shop, order, case)
    assert await talk.expects() is None
    async with shop.transactions() as uow:
        (ticket,) = await uow.conversations.tickets(open_only=True, conversation_id=talk.id)
    assert ticket["cause"] == "not_received" and ticket["context"]["unwanted"]


async def test_of_a_part_that_came_nothing_is_withdrawn(shop: Container) -> None:
    talk, _ = await said(shop, PARTLY, SAID[1])
    await talk.say("", choice="yes")
    (rma,) = await shop.returns.of_order(PARTLY)
    assert [line.id for line in rma.lines] == ["1"]

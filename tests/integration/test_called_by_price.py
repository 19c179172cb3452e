"""Items that are called by what they cost, and the one that is left of an order."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from rma.bootstrap import Container
from rma.model.codes import Language
from tests.fixtures.talking import Talk
from tests.integration.notice_shop import Clock, document, load, opened, plan

EN, FR = Language.EN, Language.FR
PRICES = (("Mug", "19.90"), ("Kettle", "34.50"), ("Scarf", "12.00"), ("Lamp", "89.00"))


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[Container]:
    came = document()["lines"][0]["delivered_at"]
    lines = [
        {"id": str(place), "sku": f"S-{place}", "name": name, "quantity": 1, "unit_price": price, "delivered_at": came}
        for place, (name, price) in enumerate(PRICES, start=1)
    ]
    async with opened(sqlite_url, Clock()) as container:
        await load(container, document("W1", lines=lines))
        yield container


@pytest.mark.parametrize(
    ("language", "text", "intent", "reason", "line"),
    [
        (EN, "the 34 euro one", "inform", None, "Kettle"), (FR, "celui à 34 €", "inform", None, "Kettle"),
        (FR, "celui à 19,90", "inform", None, "Mug"), (EN, "the one that cost 89", "inform", None, "Lamp"),
        (FR, "le moins cher", "inform", "better_price", "Scarf"),
        (EN, "the cheapest one please", "request_exchange", "quality", "Scarf"),
        (EN, "the expensive one", "inform", None, "Lamp"), (FR, "la plus chère", "inform", None, "Lamp"),
    ],
)  # fmt: skip
async def test_the_price_chooses_and_is_no_reason(
    shop: Container, language: Language, text: str, intent: str, reason: str | None, line: str
) -> None:
    talk = await Talk.begin(shop, language, order_id=1)
    await talk.say("return", "request_return", 1.0)
    assert await talk.expects() == ("lines", "choices")
    answer = await talk.say(text, intent, 0.96, reason=reason)
    assert await talk.expects() == ("reason", "choice") and line in answer, answer


@pytest.mark.parametrize(("language", "text"), [(EN, "I found it cheaper elsewhere"), (FR, "je l'ai trouvé moins cher ailleurs")])
async def test_a_price_as_a_reason_chooses_nothing(shop: Container, language: Language, text: str) -> None:
    talk = await Talk.begin(shop, language, order_id=1)
    await talk.say(text, "request_return", 1.0, reason="better_price")
    assert await talk.expects() == ("lines", "choices")


async def test_the_cheapest_of_what_is_left_and_the_last_one_is_not_asked(shop: Container) -> None:
    await shop.returns.create(plan("a", "3"))
    talk = await Talk.begin(shop, FR, order_id=1)
    await talk.say("retour", "request_return", 1.0)
    assert "Mug" in await talk.say("le moins cher", "inform", 0.9)
    await shop.returns.create(plan("b", "1"))
    await shop.returns.create(plan("c", "2"))
    talk = await Talk.begin(shop, FR, order_id=1)
    assert "Lamp" in await talk.say("je veux faire un retour", "request_return", 1.0)
    assert await talk.expects() == ("reason", "choice")

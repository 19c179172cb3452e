"""After a refusal a word for the money, or a plea, is said to the refusal: no form begins anew."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from rma.bootstrap import Container
from rma.model.codes import Language
from rma.model.conversations import Owner
from tests.fixtures.talking import Talk
from tests.integration.notice_shop import Clock, document, load, opened

EN, FR = Language.EN, Language.FR
OLD = "2026-01-05T12:00:00+00:00"


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[Container]:
    lines = [
        {"id": str(place), "sku": f"S-{place}", "name": name, "quantity": 1, "unit_price": "20.00", "delivered_at": OLD}
        for place, name in enumerate(("Mug", "Scarf"), start=1)
    ]
    async with opened(sqlite_url, Clock()) as container:
        await load(container, document("W1", lines=lines, placed_at="2026-01-02T12:00:00+00:00"))
        yield container


async def refused(shop: Container, language: Language) -> Talk:
    talk = await Talk.begin(shop, language, order_id=1)
    first = "I want to return the mug" if language is EN else "je veux renvoyer le mug"
    await talk.say(first, "request_return", 1.0, reason="changed_mind")
    assert await talk.expects() is None
    return talk


async def appeals(shop: Container, talk: Talk) -> int:
    async with shop.transactions() as uow:
        return len(await uow.conversations.tickets(open_only=True, conversation_id=talk.id))


SHORT = [
    (EN, "refund", "request_return", 1.0), (EN, "but I want my money back", "request_return", 1.0),
    (EN, "I want a refund", "request_return", 1.0),
    (EN, "be nice please", "goodbye", 0.91), (FR, "remboursement", "request_return", 0.98),
    (FR, "je veux un remboursement quand même", "request_return", 0.49), (FR, "je veux être remboursé", "request_return", 1.0),
    (FR, "soyez sympa", "thank", 0.56), (FR, "allez soyez gentil", "thank", 0.97),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text", "intent", "confidence"), SHORT)
async def test_it_is_offered_to_a_person_and_a_yes_or_the_same_again_takes_it_there(
    shop: Container, language: Language, text: str, intent: str, confidence: float
) -> None:
    for answer in ("yes", text):
        talk = await refused(shop, language)
        said = await talk.say(text, intent, confidence)
        assert await talk.expects() == ("confirm", "confirm") and "Mug" in said, said
        assert await appeals(shop, talk) == 0
        await talk.say(answer, "affirm" if answer == "yes" else intent, 0.95, choice="yes" if answer == "yes" else None)
        assert await appeals(shop, talk) == 1 and await talk.expects() is None
        conversation, _ = await shop.desk.transcript(talk.id)
        assert conversation.owner is Owner.ASSISTANT


@pytest.mark.parametrize(("language", "text"), [(EN, "no"), (FR, "non")])
async def test_a_no_leaves_it(shop: Container, language: Language, text: str) -> None:
    talk = await refused(shop, language)
    await talk.say("refund", "request_return", 1.0)
    await talk.say(text, "deny", 0.99)
    assert await appeals(shop, talk) == 0 and await talk.expects() is None


@pytest.mark.parametrize(
    ("language", "text"),
    [(EN, "I want to return the scarf, it is torn"), (FR, "je veux renvoyer l'écharpe, elle est déchirée")],
)
async def test_another_item_is_another_return(shop: Container, language: Language, text: str) -> None:
    talk = await refused(shop, language)
    await talk.say(text, "request_return", 1.0, reason="defective")
    assert (await talk.expects() or ("",))[0] == "resolution"


@pytest.mark.parametrize(("language", "text", "intent"), [(EN, "be nice please", "goodbye"), (FR, "soyez sympa", "thank")])
async def test_a_plea_is_no_goodbye_and_no_wish_for_a_person(
    shop: Container, language: Language, text: str, intent: str
) -> None:
    talk = await Talk.begin(shop, language)
    await talk.say("return", "request_return", 1.0)
    await talk.say(text, intent, 0.95)
    assert await talk.expects() == ("order_number", "text") and await appeals(shop, talk) == 0

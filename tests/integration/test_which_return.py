"""Several returns of an order stand: the item that is named says which is meant, and what is in none is said to be in none."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from rma.bootstrap import Container
from rma.model.codes import Language, ReturnStatus
from tests.fixtures.talking import Talk
from tests.integration.notice_shop import Clock, document, load, opened, plan

EN, FR = Language.EN, Language.FR
NUMBER = "W2611340"


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[Container]:
    delivered = document()["lines"][0]["delivered_at"]
    lines: list[dict[str, Any]] = [
        {"id": str(place), "sku": f"S-{place}", "name": name, "quantity": 1, "unit_price": "20.00", "delivered_at": delivered}
        for place, name in enumerate(("Insulated bottle", "Rain jacket", "Running shoes", "Mug", "Scarf"), start=1)
    ]
    async with opened(sqlite_url, Clock()) as container:
        await load(container, document(NUMBER, lines=lines))
        yield container


async def two(shop: Container) -> tuple[str, str]:
    """The numbers of a return of the bottle, and of one of the jacket and the shoes."""
    bottle = await shop.returns.create(plan("a", "1"))
    lines = (plan(line="2").lines[0], plan(line="3").lines[0])
    return bottle.number, (await shop.returns.create(plan("b", lines=lines))).number


BOTTLE = [
    (EN, "cancel the return of the bottle", "cancel_return"), (FR, "annulez le retour de la gourde", "cancel_return"),
    (EN, "call off my bottle return please", "cancel_return"),
    (FR, "je garde finalement la bouteille, annulez ce retour", "cancel_return"),
    (EN, "the label for the flask again", "resend_label"), (FR, "renvoyez-moi l'étiquette de la gourde", "resend_label"),
    (EN, "where is the refund for the water bottle", "check_refund_status"),
    (FR, "où en est le retour de la gourde ?", "check_return_status"),
    (FR, "j'ai besoin de plus de temps pour la gourde", "request_return"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text", "intent"), BOTTLE)
async def test_the_item_says_which_return(shop: Container, language: Language, text: str, intent: str) -> None:
    bottle, others = await two(shop)
    talk = await Talk.begin(shop, language, order_id=1)
    answer = await talk.say(text, intent, 0.98)
    assert bottle in answer and others not in answer, answer
    if intent == "cancel_return":
        assert await talk.expects() == ("confirm", "confirm")
        await talk.say("", choice="yes")
        assert (await shop.returns.get(bottle)).status is ReturnStatus.CANCELLED
        assert (await shop.returns.get(others)).status is ReturnStatus.LABEL_ISSUED


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (EN, "cancel the return of the mug"), (FR, "annulez le retour du mug"),  # in none
        (EN, "cancel the return of the kettle"), (FR, "annulez le retour de la bouilloire"),  # not even bought
    ],
)  # fmt: skip
@pytest.mark.parametrize("several", [True, False])
async def test_what_is_in_no_return_calls_off_no_other(shop: Container, language: Language, text: str, several: bool) -> None:
    bottle = (await two(shop))[0] if several else (await shop.returns.create(plan("a", "1"))).number
    talk = await Talk.begin(shop, language, order_id=1)
    assert bottle in await talk.say(text, "cancel_return", 1.0)
    assert await talk.expects() is None
    assert all(rma.status is ReturnStatus.LABEL_ISSUED for rma in await shop.returns.of_order(1))


@pytest.mark.parametrize(
    ("language", "text", "item"), [(EN, "cancel my return", "the jacket"), (FR, "annuler mon retour", "la veste")]
)
async def test_without_an_item_it_is_asked_and_the_item_answers(shop: Container, language: Language, text: str, item: str) -> None:
    bottle, others = await two(shop)
    talk = await Talk.begin(shop, language, order_id=1)
    await talk.say(text, "cancel_return", 1.0)
    assert await talk.expects() == ("return_number", "choice")
    answer = await talk.say(item, "inform", 0.9)
    assert await talk.expects() == ("confirm", "confirm")
    # That the shoes would be called off with it is said before.
    assert others in answer and "Running shoes" in answer.split("\n")[0] and bottle not in answer


@pytest.mark.parametrize(("language", "first", "second"), [
    (EN, "cancel the return of the bottle", "sorry, the return of the jacket"),
    (FR, "annulez le retour de la gourde", "pardon, le retour de la veste"),
])  # fmt: skip
async def test_another_item_before_the_yes_is_another_return(shop: Container, language: Language, first: str, second: str) -> None:
    bottle, others = await two(shop)
    talk = await Talk.begin(shop, language, order_id=1)
    await talk.say(first, "cancel_return", 1.0)
    await talk.say(second, "cancel_return", 0.9)
    await talk.say("", choice="yes")
    assert (await shop.returns.get(bottle)).status is ReturnStatus.LABEL_ISSUED
    assert (await shop.returns.get(others)).status is ReturnStatus.CANCELLED


@pytest.mark.parametrize(("language", "text"), [(EN, "cancel the return of the bottle"), (FR, "annulez le retour de la gourde")])
async def test_the_item_is_remembered_until_the_order_is_proven(shop: Container, language: Language, text: str) -> None:
    bottle, others = await two(shop)
    talk = await Talk.begin(shop, language)
    await talk.say(text, "cancel_return", 1.0)
    await talk.say(NUMBER)
    answer = await talk.say("noah@example.com")
    assert bottle in answer and others not in answer and await talk.expects() == ("confirm", "confirm")


async def test_an_item_whose_return_was_called_off_is_told_so(shop: Container) -> None:
    bottle, others = await two(shop)
    await shop.returns.cancel(bottle, "shopper")
    talk = await Talk.begin(shop, EN, order_id=1)
    answer = await talk.say("the label for the bottle again", "resend_label", 1.0)
    assert bottle in answer and "cancelled" in answer and others not in answer

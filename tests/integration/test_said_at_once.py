"""More than was asked, or less: an answer to what comes later, one reason for all, everything, and "whatever is easiest". The
intents and reasons are what the model says of these sentences, right or wrong."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from actions.dialogue.context import PERSON
from actions.dialogue.memory import Item
from rma.bootstrap import Container
from rma.model.codes import Language, Method, Reason, Resolution
from rma.model.conversations import Owner
from tests.fixtures.talking import Talk
from tests.integration.making_kit import EN, FR, MUG, SHIRT, WATCH, at, making, memory, slot


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[Container]:
    async with making(sqlite_url) as opened:
        yield opened



# -- which of the choices is all the same -----------------------------------------------------------------------------

SAME_TO_ME = [
    (EN, "whatever's easiest"),
    (EN, "Honestly, either is fine"),
    (FR, "peu importe"),
    (FR, "Comme vous voulez"),
    (FR, "le plus simple svp"),
]


@pytest.mark.parametrize(("language", "text"), SAME_TO_ME)
async def test_what_is_left_to_us_is_the_first_choice_and_is_shown_before_the_yes(
    shop: Container, language: Language, text: str
) -> None:
    talk = await at(shop, language, "resolution")
    await talk.say(text, "out_of_scope", 0.97)
    assert (await memory(talk)).draft.resolution is Resolution.REFUND and await slot(talk) == "method"
    await talk.say(text, "inform", 0.97)
    assert (await memory(talk)).draft.method is Method.LABEL and await slot(talk) == "confirm"
    # There a yes is wanted.
    await talk.say(text, "out_of_scope", 0.6)
    assert await slot(talk) == "confirm"


# -- an answer to what comes later ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "wish", "intent", "way"),
    [
        (EN, "refund", "check_refund_status", "print it"),
        (FR, "remb", "check_refund_status", "étiquette"),
        (EN, "money back", "request_return", "no printer"),
        (FR, "argent", "inform", "étiquette"),
    ],
)
async def test_an_answer_given_too_early_is_not_asked_for_again(
    shop: Container, language: Language, wish: str, intent: str, way: str
) -> None:
    talk = await at(shop, language, "reason")
    for text in (wish, way):
        await talk.say(text, intent, 0.66)
        assert await slot(talk) == "reason" and (await memory(talk)).misses == 0
    await talk.say("", choice="size_too_small")
    assert await slot(talk) == "confirm"
    draft = (await memory(talk)).draft
    assert draft.resolution is Resolution.REFUND and draft.method is (
        Method.QR if way == "no printer" else Method.LABEL
    )


# -- all of it, at once, and from the beginning -----------------------------------------------------------------------


@pytest.mark.parametrize(("language", "text"), [(EN, "return everything"), (FR, "je renvoie tout")])
async def test_everything_is_every_unit_of_every_line(shop: Container, language: Language, text: str) -> None:
    talk = await Talk.begin(shop, language, order_id=1)
    await talk.say(text, "request_return", 0.97)
    assert {item.id: item.quantity for item in (await memory(talk)).draft.items} == {SHIRT: 3, MUG: 1, WATCH: 1}
    assert await slot(talk) == "reason"


@pytest.mark.parametrize(
    ("text", "reason", "slot_after"),
    [
        ("I changed my mind", "changed_mind", "resolution"),
        ("it came too late", "arrived_late", "resolution"),
        ("too small", "size_too_small", "reason"),
    ],
)
async def test_a_reason_that_is_no_fault_is_that_of_all_that_goes_back(
    shop: Container, text: str, reason: str, slot_after: str
) -> None:
    talk = await at(shop, EN, "reason", more=[Item(id=MUG, quantity=1)])
    await talk.say(text, "inform", 0.95, reason=reason)
    assert await slot(talk) == slot_after


async def test_who_leaves_an_address_for_the_team_is_put_through(shop: Container) -> None:
    talk = await Talk.begin(shop, EN)
    await talk.say("you charged me twice for order W2611340", "inform", 0.7)
    await talk.say("noah@example.com", "inform", 0.99)
    conversation, _ = await shop.desk.transcript(talk.id)
    assert conversation.owner is Owner.PERSON


@pytest.mark.parametrize(("language", "text"), [(EN, "changed my mind"), (FR, "j'ai changé d'avis")])
async def test_a_reason_that_is_given_where_the_number_was_asked_is_kept(
    shop: Container, language: Language, text: str
) -> None:
    talk = await at(shop, language, "quantity")
    await talk.say(text, "inform", 0.95, reason="changed_mind")
    assert await slot(talk) == "quantity"
    await talk.say("2", "inform", 0.9)
    assert await slot(talk) == "resolution" and (await memory(talk)).draft.items[0].reason is Reason.CHANGED_MIND


@pytest.mark.parametrize(
    ("language", "text"), [(EN, "when will I get paid"), (FR, "quand est-ce que je serai remboursé ?")]
)
async def test_when_the_money_comes_is_told_in_the_middle_of_a_return(
    shop: Container, language: Language, text: str
) -> None:
    talk = await at(shop, language, "quantity")
    await talk.say(text, "check_refund_status", 0.5)
    assert "14" in talk.text and await slot(talk) == "quantity"


@pytest.mark.parametrize(("language", "text"), [(EN, "start over please"), (FR, "on recommence à zéro")])
async def test_whoever_wants_to_begin_again_does(shop: Container, language: Language, text: str) -> None:
    talk = await at(shop, language, "resolution")
    await talk.say(text, "out_of_scope", 0.9)
    known = await memory(talk)
    assert await slot(talk) is None and known.goal is None and not known.draft.items and known.order_id == 1


@pytest.mark.parametrize(("language", "text"), [(EN, "where is my refund?"), (FR, "où est mon remboursement ?")])
async def test_who_waits_for_money_of_no_return_is_offered_a_person(
    shop: Container, language: Language, text: str
) -> None:
    talk = await Talk.begin(shop, language, order_id=1)
    await talk.say(text, "check_refund_status", 0.98)
    assert [one.value for one in talk.said[-1].choices] == [PERSON]

"""What is asked besides the return: of an order that the question names, of the money, and of what only the team can do. The
intents and reasons are what the model says of these sentences, right or wrong."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from actions.dialogue.context import PERSON
from actions.dialogue.memory import Item
from rma.bootstrap import Container
from rma.model.codes import Language, Reason
from rma.model.conversations import Owner
from tests.fixtures.talking import Talk
from tests.integration.making_kit import EN, FR, MUG, SHIRT, at, making, memory, slot
from tests.integration.notice_shop import document, load


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[Container]:
    async with making(sqlite_url) as opened:
        yield opened



# -- a question that names its order ----------------------------------------------------------------------------------


async def test_whether_something_can_go_back_is_looked_up_in_the_order_that_is_named(shop: Container) -> None:
    talk = await Talk.begin(shop)
    await talk.say("Can I still return a jacket bought last month? W2611340", "ask_return_policy", 0.84)
    assert await slot(talk) == "contact" and (await memory(talk)).order_number == "W2611340"


async def test_a_question_with_an_order_and_its_address_is_answered_and_the_order_looked_at(shop: Container) -> None:
    await load(shop, document("W2611340"))
    talk = await Talk.begin(shop)
    text = "W2611340, noah@example.com: do I pay to send it back, and how long does the refund take?"
    await talk.say(text, "ask_return_policy", 0.94)
    assert "costs" in talk.text and "14 days" in talk.text and await slot(talk) == "lines"


@pytest.mark.parametrize(("language", "text"), [(EN, "no the mug stays"), (FR, "non, le mug reste chez moi")])
async def test_what_stays_is_taken_out_of_the_summary(shop: Container, language: Language, text: str) -> None:
    mug = Item(id=MUG, quantity=1, reason=Reason.CHANGED_MIND)
    talk = await at(shop, language, "confirm", more=[mug])
    await talk.say(text, "inform", 0.37, reason="missing_parts")
    assert [item.id for item in (await memory(talk)).draft.items] == [SHIRT] and await slot(talk) == "confirm"


async def test_an_order_that_a_question_names_is_not_asked_for_again(shop: Container) -> None:
    talk = await Talk.begin(shop, FR)
    await talk.say("combien de temps ai-je pour renvoyer la commande W2611340 ?", "ask_return_policy", 0.97)
    assert "jours" in talk.text and await slot(talk) is None
    await talk.say("ok je renvoie", "request_return", 0.97)
    assert await slot(talk) == "contact"


# -- where the money goes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text", "intent", "told"),
    [
        (EN, "how do I get my money back if I paid with PayPal", "ask_return_policy", "the way you paid"),
        (EN, "I paid with a gift card, does it go back there?", "ask_return_policy", "the way you paid"),
        (FR, "j'ai payé par carte, ça revient où ?", "check_refund_status", "moyen de paiement"),
        (EN, "my card expired, will I still get the refund?", "ask_return_policy", "“person”"),
        (FR, "je peux être remboursé sur un autre compte ?", "request_return", "« conseiller »"),
    ],
)
async def test_where_the_money_goes_is_told_before_and_during_a_return(
    shop: Container, language: Language, text: str, intent: str, told: str
) -> None:
    if intent != "check_refund_status":
        talk = await Talk.begin(shop, language)
        assert told in await talk.say(text, intent, 0.9) and await slot(talk) is None
    talk = await at(shop, language, "method")
    assert told in await talk.say(text, intent, 0.9) and await slot(talk) == "method"


async def test_an_address_given_twice_is_no_misunderstanding(shop: Container) -> None:
    talk = await at(shop, EN, "resolution")
    before = (await memory(talk)).misses
    await talk.say("jo@example.com", "inform", 0.99)
    assert await slot(talk) == "resolution" and (await memory(talk)).misses == before
    assert "Sorry" not in talk.text


# -- what only the team can do ----------------------------------------------------------------------------------------

FOR_THE_TEAM = [
    (EN, "you charged me twice", "inform", 0.7),
    (EN, "can I get an invoice", "out_of_scope", 0.96),
    (FR, "j'ai été débité deux fois", "out_of_scope", 0.99),
    (FR, "changer l'adresse de livraison", "out_of_scope", 0.9),
]


@pytest.mark.parametrize(("language", "text", "intent", "sure"), FOR_THE_TEAM)
async def test_the_team_is_offered_at_once_for_what_only_it_can_do(
    shop: Container, language: Language, text: str, intent: str, sure: float
) -> None:
    talk = await Talk.begin(shop, language)
    await talk.say(text, intent, sure)
    assert [choice.value for choice in talk.said[-1].choices] == [PERSON]
    await talk.say("yes", "affirm", 0.99)
    conversation, _ = await shop.desk.transcript(talk.id)
    assert conversation.owner is Owner.PERSON
    talk = await at(shop, language, "method")
    await talk.say(text, intent, sure)
    assert await slot(talk) == "method" and any(one.value == PERSON for said in talk.said for one in said.choices)


@pytest.mark.parametrize(
    ("text", "intent"),
    [("the invoice says M but I got an L", "report_problem"), ("I was sent two, charged twice", "request_return")],
)
async def test_a_complaint_that_names_a_bill_is_still_about_the_goods(shop: Container, text: str, intent: str) -> None:
    talk = await Talk.begin(shop, EN)
    await talk.say(text, intent, 0.95, reason="wrong_size")
    assert await slot(talk) == "order_number"

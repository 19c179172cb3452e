"""What shoppers say in the middle of a return that is no answer to what was asked: a question about a choice, another number, a
correction, the end of it. The intents and reasons are what the model says of these sentences, right or wrong."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from actions.dialogue.memory import Draft, Item
from rma.bootstrap import Container
from rma.model.codes import Language, Method, Reason
from rma.model.conversations import Owner
from tests.fixtures.talking import Talk
from tests.integration.making_kit import EN, FR, MUG, SHIRT, at, making, memory, slot


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[Container]:
    async with making(sqlite_url) as opened:
        yield opened



# -- a question is not the choice -------------------------------------------------------------------------------------

QUESTIONS = [
    (EN, "resolution", "what's store credit?", "ask_return_policy", 0.49, "code"),
    (EN, "resolution", "so how would an exchange work", "ask_return_policy", 0.9, "another size"),
    (EN, "resolution", "does the refund go to my card?", "ask_return_policy", 0.63, "the way you paid"),
    (FR, "resolution", "remboursé sur ma carte ?", "ask_return_policy", 0.63, "moyen de paiement"),
    (FR, "resolution", "c'est quoi un avoir", "out_of_scope", 0.99, "bon d'achat"),
    (FR, "reason", "et l'échange ça marche comment ?", "request_exchange", 0.67, "échange"),
    (EN, "method", "what is a qr code?", "resend_label", 0.91, "drop-off"),
    (FR, "method", "faut-il une imprimante pour l'étiquette ?", "resend_label", 0.99, "s'imprime"),
    (EN, "confirm", "do I need to print the label?", "resend_label", 0.97, "nothing to print"),
    (FR, "confirm", "le code QR, c'est quoi ?", "resend_label", 0.9, "téléphone"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "asked", "text", "intent", "sure", "told"), QUESTIONS)
async def test_a_question_about_a_choice_is_answered_and_chooses_nothing(
    shop: Container, language: Language, asked: str, text: str, intent: str, sure: float, told: str
) -> None:
    talk = await at(shop, language, asked)
    before = (await memory(talk)).draft
    answer = await talk.say(text, intent, sure)
    after = await memory(talk)
    assert told in answer and await slot(talk) == asked and after.misses == 0
    kept = {"items", "wished", "resolution", "method"}
    assert after.draft.model_dump(include=kept) == before.model_dump(include=kept)


@pytest.mark.parametrize(
    ("language", "asked", "text", "intent", "chosen"),
    [
        (EN, "resolution", "can I have store credit?", "ask_return_policy", "store_credit"),
        (EN, "resolution", "could you refund me please?", "request_return", "refund"),
        (EN, "resolution", "store credit?", "inform", "store_credit"),
        (FR, "resolution", "je peux avoir un bon d'achat ?", "request_exchange", "store_credit"),
        (FR, "resolution", "vous pouvez me rembourser ?", "request_return", "refund"),
        (FR, "resolution", "avoir svp", "request_exchange", "store_credit"),
        (EN, "method", "can I use a QR code?", "resend_label", "qr"),
        (EN, "method", "by post", "inform", "label"),
        (FR, "method", "par la poste", "inform", "label"),
        (FR, "method", "pas de QR, l'étiquette", "resend_label", "label"),
        (EN, "method", "the second one", "inform", "qr"),
    ],
)
async def test_a_choice_asked_for_politely_is_one(
    shop: Container, language: Language, asked: str, text: str, intent: str, chosen: str
) -> None:
    talk = await at(shop, language, asked)
    await talk.say(text, intent, 0.8)
    draft = (await memory(talk)).draft
    assert (draft.wished if asked == "resolution" else draft.method) == chosen and await slot(talk) != asked


# -- how many ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "asked", "text", "count"),
    [
        (FR, "reason", "finalement 2", 2), (FR, "reason", "non, seulement 2 t-shirts", 2), (FR, "reason", "les deux", 2),
        (EN, "reason", "sorry, only one", 1), (EN, "resolution", "two", 2), (FR, "resolution", "les 2", 2),
        (FR, "method", "non 2 t-shirts seulement", 2), (EN, "method", "no wait, all 3", 3), (FR, "confirm", "non deux", 2),
        (EN, "confirm", "yes but just 2 of them", 2), (FR, "confirm", "non 2 seulement", 2),
    ],
)  # fmt: skip
async def test_another_number_is_taken_wherever_it_is_said(
    shop: Container, language: Language, asked: str, text: str, count: int
) -> None:
    talk = await at(shop, language, asked)
    await talk.say(text, "inform", 0.9, reason="changed_mind" if "finalement" in text else None)
    known = await memory(talk)
    assert [(item.id, item.quantity) for item in known.draft.items] == [(SHIRT, count)]
    assert await slot(talk) == asked and known.misses == 0
    assert asked != "reason" or known.draft.items[0].reason is None


async def test_more_of_one_item_leaves_the_others(shop: Container) -> None:
    mug = Item(id=MUG, quantity=1, reason=Reason.CHANGED_MIND)
    talk = await at(shop, EN, "confirm", more=[mug])
    await talk.say("no sorry, two t-shirts", "inform", 0.9)
    assert [(item.id, item.quantity) for item in (await memory(talk)).draft.items] == [(SHIRT, 2), (MUG, 1)]


async def test_what_is_wrong_with_two_is_no_number(shop: Container) -> None:
    talk = await at(shop, EN, "reason")
    await talk.say("two are torn", "report_problem", 0.9, reason="damaged")
    assert (await memory(talk)).draft.items[0].reason is Reason.DAMAGED


async def test_both_is_no_option_where_one_was_bought(shop: Container) -> None:
    for language, text in ((EN, "two"), (FR, "les deux")):
        talk = await Talk.begin(
            shop, language, order_id=1, goal="return",
            draft=Draft(items=[Item(id=MUG, quantity=1, reason=Reason.CHANGED_MIND)]),
        )  # fmt: skip
        await talk.say("", "out_of_scope", 0.0)
        await talk.say(text)
        known = (await memory(talk)).draft
        assert known.wished is None and [item.id for item in known.items] == [MUG] and await slot(talk) == "resolution"


@pytest.mark.parametrize(
    ("language", "text"), [(EN, "swap the t-shirt for a bigger one"), (FR, "échanger le t-shirt contre un plus grand")]
)
async def test_an_exchange_of_one_of_several_asks_how_many(shop: Container, language: Language, text: str) -> None:
    talk = await Talk.begin(shop, language, order_id=1)
    await talk.say(text, "request_exchange", 1.0)
    (item,) = (await memory(talk)).draft.items
    assert await slot(talk) == "quantity" and item.reason is Reason.SIZE_TOO_SMALL


# -- something else is put right --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text", "intent", "sure", "reason", "changed"),
    [
        (EN, "wait, make it a QR code", "resend_label", 0.96, None, {"method": "qr"}),
        (EN, "hmm actually the code", "inform", 0.92, None, {"method": "qr"}),
        (EN, "yes ok but make it store credit", "affirm", 0.72, None, {"wished": "store_credit"}),
        (FR, "attendez, plutôt un bon d'achat", "request_exchange", 0.7, None, {"wished": "store_credit"}),
    ],
)
async def test_what_follows_a_hesitation_counts(
    shop: Container,
    language: Language,
    text: str,
    intent: str,
    sure: float,
    reason: str | None,
    changed: dict[str, str],
) -> None:
    talk = await at(shop, language, "confirm")
    await talk.say(text, intent, sure, reason=reason)
    draft = (await memory(talk)).draft.model_dump()
    assert await slot(talk) == "confirm" and {name: draft[name] for name in changed} == changed


@pytest.mark.parametrize(("language", "text"), [(EN, "sorry a label not a qr"), (FR, "l'étiquette plutôt que le code")])
async def test_what_is_not_wanted_is_not_chosen(shop: Container, language: Language, text: str) -> None:
    talk = await at(shop, language, "confirm", method=Method.QR)
    await talk.say(text, "resend_label", 1.0)
    assert (await memory(talk)).draft.method is Method.LABEL and await slot(talk) == "confirm"


@pytest.mark.parametrize(
    ("language", "text"), [(EN, "the reason is wrong"), (FR, "la raison n'est pas bonne"), (EN, "change the reason")]
)
async def test_a_wrong_reason_is_asked_anew(shop: Container, language: Language, text: str) -> None:
    talk = await at(shop, language, "confirm")
    await talk.say(text, "inform", 0.9)
    assert await slot(talk) == "reason"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("the order is W1 no sorry W2", "W2"),
        ("W2 not W1", "W2"),
        ("c'est la W1, pardon, W2", "W2"),
        ("pas W1, W2", "W2"),
    ],
)
async def test_of_two_orders_the_one_that_is_meant(shop: Container, text: str, number: str) -> None:
    text = text.replace("W1", "W2611341").replace("W2 ", "W2611342 ")
    text = text[:-2] + "W2611342" if text.endswith("W2") else text
    talk = await Talk.begin(shop, goal="return")
    await talk.say("", "out_of_scope", 0.0)
    await talk.say(text, "inform", 0.99)
    assert (await memory(talk)).order_number == "W2611342"


# -- given up ---------------------------------------------------------------------------------------------------------

GIVEN_UP = [
    (EN, "quantity", "cancel the whole thing", "cancel_order", 0.91),
    (EN, "quantity", "forget all of this please", "cancel_return", 0.6),
    (FR, "quantity", "je veux tout annuler", "cancel_order", 1.0),
    (FR, "quantity", "bon, arrêtez tout", "cancel_order", 0.4),
    (EN, "reason", "never mind, I'll keep them", "cancel_return", 1.0),
    (FR, "reason", "laisse tomber je garde les t-shirts", "cancel_return", 1.0),
    (EN, "reason", "I don't want to send it back after all", "cancel_return", 0.9),
    (FR, "confirm", "finalement je les garde", "deny", 0.4),
    (EN, "lines", "none of them", "inform", 0.98),
    (EN, "lines", "neither", "deny", 0.83),
    (FR, "lines", "aucun", "deny", 1.0),
    (FR, "lines", "non rien", "deny", 1.0),
]  # fmt: skip


@pytest.mark.parametrize(("language", "asked", "text", "intent", "sure"), GIVEN_UP)
async def test_giving_up_is_heard(
    shop: Container, language: Language, asked: str, text: str, intent: str, sure: float
) -> None:
    talk = await at(shop, language, asked)
    await talk.say(text, intent, sure)
    known = await memory(talk)
    assert known.goal is None and not known.draft.items and await slot(talk) is None


@pytest.mark.parametrize(
    ("language", "text", "back"),
    [(EN, "actually no, let's do it", True), (FR, "en fait si", True), (EN, "ok thanks", False), (FR, "oui", False)],
)
async def test_it_is_taken_up_again(shop: Container, language: Language, text: str, back: bool) -> None:
    talk = await at(shop, language, "confirm")
    await talk.say("forget it", "cancel_return", 0.9)
    await talk.say(text, "affirm", 0.9)
    assert (await slot(talk) == "confirm") is back


async def test_changing_ones_mind_is_a_reason_where_it_is_asked(shop: Container) -> None:
    talk = await at(shop, EN, "reason")
    await talk.say("I changed my mind", "cancel_return", 0.9, reason="changed_mind")
    assert await slot(talk) == "resolution"


@pytest.mark.parametrize(("language", "text"), [(EN, "I'll keep the mug"), (FR, "je garde la tasse")])
async def test_keeping_one_of_two_returns_the_other(shop: Container, language: Language, text: str) -> None:
    talk = await at(shop, language, "resolution", more=[Item(id=MUG, quantity=1, reason=Reason.CHANGED_MIND)])
    await talk.say(text, "cancel_return", 0.99)
    assert [item.id for item in (await memory(talk)).draft.items] == [SHIRT]


async def test_no_to_a_person_is_no_misunderstanding(shop: Container) -> None:
    talk = await at(shop, EN, "lines")
    for text in ("blorp", "no", "zrk"):
        await talk.say(text, "deny" if text == "no" else "out_of_scope", 0.4)
    conversation, _ = await shop.desk.transcript(talk.id)
    assert conversation.owner is Owner.ASSISTANT and await slot(talk) == "lines"
    await talk.say("brr", "out_of_scope", 0.4)
    conversation, _ = await shop.desk.transcript(talk.id)
    assert conversation.owner is Owner.PERSON

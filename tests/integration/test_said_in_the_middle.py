"""What shoppers say in the middle of a return that is no answer to what was asked: a question about a choice, another number, a
correction, the end of it. The intents and reasons are what the model says of these sentences, right or wrong."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from actions.dialogue.context import PERSON
from actions.dialogue.memory import Draft, Item, Memory
from rma.bootstrap import Container
from rma.model.codes import Language, Method, Reason, Resolution
from rma.model.conversations import Owner
from tests.fixtures.talking import Talk
from tests.integration.notice_shop import Clock, document, load, opened

EN, FR = Language.EN, Language.FR
SHIRT, MUG, WATCH = "1", "2", "3"
"""Three were bought of the first, one of the others."""


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[Container]:
    async with opened(sqlite_url, Clock()) as container:
        await load(container, document("W1"), document("W2"))
        yield container


async def at(shop: Container, language: Language, slot: str, **draft: Any) -> Talk:
    """A return of all three shirts, at the question of that slot."""
    known: dict[str, Any] = {"quantity": 3, "reason": Reason.CHANGED_MIND}
    if slot in ("quantity", "reason"):
        known.pop("reason")
    if slot == "quantity":
        known.pop("quantity")
    items = [] if slot == "lines" else [Item(id=SHIRT, **known), *draft.pop("more", [])]
    if slot in ("method", "confirm"):
        draft = {"wished": Resolution.REFUND} | draft
    if slot == "confirm":
        draft = {"method": Method.LABEL} | draft
    talk = await Talk.begin(shop, language, order_id=1, goal="return", draft=Draft(items=items, **draft))
    await talk.say("", "out_of_scope", 0.0)
    assert (await talk.expects() or ("", ""))[0] == slot
    return talk


async def memory(talk: Talk) -> Memory:
    conversation, _ = await talk.container.desk.transcript(talk.id)
    return Memory.model_validate(conversation.state)


async def slot(talk: Talk) -> str | None:
    expects = await talk.expects()
    return expects[0] if expects else None


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

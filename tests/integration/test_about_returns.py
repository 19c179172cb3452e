"""What a message is about when a return of the order stands, and when none does: its parcel, its money, an objection.

The intents are what the model says of these sentences, right or wrong.
"""

import re
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from rma.bootstrap import Container
from rma.model.codes import Language, Resolution, ReturnStatus
from rma.model.conversations import Channel
from rma.model.goods import Grade
from rma.model.returns import Return
from rma.service.inspecting import Look
from rma.service.receiving import Arrival
from tests.fixtures.talking import Talk
from tests.integration.notice_shop import MAIL, Clock, document, load, opened, plan

EN, FR = Language.EN, Language.FR
FIRST, SECOND = "W2611340", "W2611341"


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[Container]:
    async with opened(sqlite_url, Clock()) as container:
        await load(container, document(FIRST), document(SECOND, status="shipped", lines=[
            {"id": "1", "sku": "S-9", "name": "Kettle", "quantity": 1, "unit_price": "30.00"}]))  # fmt: skip
        yield container


async def tickets(shop: Container, talk: Talk) -> list[dict[str, Any]]:
    async with shop.transactions() as uow:
        return await uow.conversations.tickets(open_only=True, conversation_id=talk.id)


async def refused(shop: Container, quantity: int = 2, rejected: int = 1) -> Return:
    rma = await shop.returns.create(plan(quantity=quantity))
    await shop.receiving.receive(rma.number, Arrival({"1": quantity}, complete=True), "ana")
    looks = [Look("1", rejected, Grade.USED, accepted=False, why="Broken.")]
    looks += [Look("1", quantity - rejected)] if quantity > rejected else []
    return await shop.inspection.inspect(rma.number, looks, "ana")


# -- what it is about -------------------------------------------------------------------------------------------------

STATUS = [
    (EN, "when will i get paid", "out_of_scope", 0.9), (FR, "quand est-ce que je suis remboursé ?", "out_of_scope", 0.9),
    (EN, "did you get my parcel yet", "track_order", 0.8), (EN, "has my package arrived at your warehouse", "track_order", 0.88),
    (EN, "my parcel should be at your warehouse by now", "track_order", 0.74),
    (EN, "why is it taking so long?", "track_order", 0.82),
    (EN, "any update?", "track_order", 0.8), (EN, "when does the new shirt ship?", "track_order", 0.85),
    (EN, "where is my parcel?", "track_order", 1.0), (EN, "I never received my parcel", "report_not_received", 1.0),
    (EN, "you still owe me", "thank", 0.94), (EN, "I lost my store credit code", "inform", 0.5),
    (EN, "how much is left on my voucher", "out_of_scope", 1.0),
    (FR, "mon colis est-il bien arrivé à l'entrepôt ?", "track_order", 0.96),
    (FR, "où est mon nouvel article ?", "track_order", 0.95),
    (FR, "où est mon article en réparation ?", "track_order", 0.94), (FR, "où est mon bon d'achat ?", "track_order", 0.54),
    (FR, "j'ai pas reçu mon avoir", "report_not_received", 0.66), (FR, "et l'autre retour ?", "ask_return_policy", 0.57),
    (FR, "combien je vais toucher ?", "out_of_scope", 1.0), (FR, "pourquoi c'est si long ?", "ask_return_policy", 0.4),
    (FR, "ça avance ?", "check_return_status", 0.33), (FR, "avez-vous reçu mon colis ?", "track_order", 0.9),
]  # fmt: skip


async def test_questions_are_about_the_return_that_stands(shop: Container) -> None:
    rma = await shop.returns.create(plan())
    wrong = []
    for language, text, intent, confidence in STATUS:
        talk = await Talk.begin(shop, language, order_id=1)
        answer = await talk.say(text, intent, confidence)
        if rma.number not in answer or FIRST in answer or await tickets(shop, talk):
            wrong.append((text, answer))
    assert not wrong


async def test_who_proves_the_order_afterwards_is_told_the_same(shop: Container) -> None:
    rma = await shop.returns.create(plan())
    for text in ("did you get my parcel yet", "where is my parcel?"):
        talk = await Talk.begin(shop)
        await talk.say(text, "track_order", 0.8)
        assert rma.number in await talk.say(f"{FIRST}, {MAIL}", "inform", 0.9), text


async def test_an_order_that_has_not_come_is_tracked_as_before(shop: Container) -> None:
    await shop.returns.create(plan())
    for text, intent in (("where is my parcel?", "track_order"), ("any update?", "track_order")):
        talk = await Talk.begin(shop, order_id=2)
        assert f"Order {SECOND}" in await talk.say(text, intent, 1.0), text
    talk = await Talk.begin(shop, order_id=2)
    await talk.say("I never received my parcel", "report_not_received", 1.0)
    assert [one["cause"] for one in await tickets(shop, talk)] == ["not_received"]
    talk = await Talk.begin(shop, order_id=1)
    assert f"Order {FIRST} was delivered" in await talk.say("where is my order?", "track_order", 1.0)
    await talk.say(f"where is my order {SECOND}", "track_order", 0.99)
    assert SECOND in await talk.say(MAIL, "inform", 0.9)


async def test_new_returns_begin_as_before(shop: Container) -> None:
    await shop.returns.create(plan())
    for text, intent in (
        ("I want to return the other parcel", "request_return"), ("the new shirt is too small", "report_problem"),
        ("I want a refund for the mug", "request_return"),
        ("c'est trop long", "report_problem"), ("je veux faire un autre retour", "request_return"),
        ("the mug arrived broken, it was not like that when you sent it", "report_problem"),
    ):  # fmt: skip
        talk = await Talk.begin(shop, order_id=1)
        await talk.say(text, intent, 0.95)
        assert await talk.expects() is not None and not await tickets(shop, talk), text


async def test_more_time_and_the_label_again(shop: Container) -> None:
    rma = await shop.returns.create(plan())
    talk = await Talk.begin(shop, order_id=1)
    assert "label of return" in await talk.say("can you resend it", "request_exchange", 0.47)
    assert "you now have until" in await talk.say("can i post it next month instead", "ask_return_policy", 0.89)
    assert "more time once already" in await talk.say("I need another extension", "request_exchange", 0.68)
    assert (await shop.returns.get(rma.number)).status is ReturnStatus.LABEL_ISSUED


@pytest.mark.parametrize(("language", "words"), [(EN, "I changed my mind, can I keep it?"), (FR, "finalement je peux le garder ?")])
async def test_whoever_keeps_it_after_all_is_asked_whether_to_call_off_the_return(
    shop: Container, language: Language, words: str
) -> None:
    rma = await shop.returns.create(plan())
    talk = await Talk.begin(shop, language, order_id=1, last_return=rma.number)
    await talk.say(words, "request_return", 0.6)
    assert rma.number in talk.text and await talk.expects() == ("confirm", "confirm")
    await talk.say("yes", "affirm", 0.99)
    assert (await shop.returns.get(rma.number)).status is ReturnStatus.CANCELLED


@pytest.mark.parametrize(("language", "words"), [(EN, "so what now?"), (EN, "and?"), (FR, "et maintenant ?")])
async def test_what_was_looked_up_is_told_again_to_whoever_asks_what_now(shop: Container, language: Language, words: str) -> None:
    talk = await Talk.begin(shop, language, order_id=2)
    told = await talk.say("", "track_order", 0.95)
    assert SECOND in told
    assert await talk.say(words, "out_of_scope", 0.95) == told


async def test_a_question_about_money_is_no_choice_of_a_refund(shop: Container) -> None:
    first = await shop.returns.create(plan())
    for language, text in (
        (EN, "where is my refund?"), (FR, "où est mon remboursement ?"), (EN, "where is my refund"), (FR, "où est mon avoir"),
    ):  # fmt: skip
        talk = await Talk.begin(shop, language, order_id=1)
        await talk.say("I want to return the mug", "request_return", 1.0)
        await talk.say("changed my mind", "inform", 0.9, "changed_mind")
        assert await talk.expects() == ("resolution", "choice"), talk.text
        answer = await talk.say(text, "check_refund_status", 1.0)
        assert first.number in answer and await talk.expects() == ("resolution", "choice"), answer
        await talk.say("refund", "inform", 0.9)
        assert (await talk.expects() or ("",))[0] != "resolution"


@pytest.mark.parametrize(("language", "words"), [(EN, "and the mug?"), (FR, "et le mug ?")])
async def test_what_is_asked_of_one_item_is_answered_of_that_one(shop: Container, language: Language, words: str) -> None:
    shirts = await shop.returns.create(plan())
    talk = await Talk.begin(shop, language, order_id=1)
    await talk.say(words, "out_of_scope", 0.9)
    assert shirts.number not in talk.text and await talk.expects() == ("reason", "choice")
    await talk.say("", choice="changed_mind")
    await talk.say("refund", "inform", 0.9)
    await talk.say("label", "inform", 0.9)
    await talk.say("yes", "affirm", 0.99)
    mug = (await shop.returns.of_order(1))[-1]
    talk = await Talk.begin(shop, language, order_id=1)
    await talk.say(words, "out_of_scope", 0.9)
    assert mug.number in talk.text and shirts.number not in talk.text
    talk = await Talk.begin(shop, language, order_id=2)
    assert SECOND in await talk.say(words.replace("mug", "kettle"), "out_of_scope", 0.9)


@pytest.mark.parametrize(
    ("language", "words"),
    [(EN, "can I send the shirt back and keep the mug?"), (FR, "est-ce que je peux renvoyer le tee-shirt et garder le mug ?")],
)
async def test_whoever_keeps_one_item_calls_no_return_off(shop: Container, language: Language, words: str) -> None:
    talk = await Talk.begin(shop, language, order_id=1)
    await talk.say(words, "cancel_return", 0.91)
    assert await talk.expects() in (("reason", "choice"), ("quantity", "choice"))
    assert "T-shirt" in talk.text and "ug" not in talk.text


@pytest.mark.parametrize(("language", "words"), [(EN, "label"), (FR, "l'étiquette")])
async def test_the_word_alone_brings_the_label_again(shop: Container, language: Language, words: str) -> None:
    rma = await shop.returns.create(plan())
    talk = await Talk.begin(shop, language, order_id=1)
    await talk.say(words, "inform", 0.57)
    assert rma.number in talk.text and talk.said[-1].attachments


# -- objections -------------------------------------------------------------------------------------------------------

OBJECTIONS = [
    (EN, "I disagree", "appeal_decision", 0.98), (EN, "I don't agree", "appeal_decision", 0.51),
    (EN, "that's not fair", "deny", 0.7),
    (FR, "je ne suis pas d'accord", "deny", 0.61), (FR, "JE CONTESTE", "inform", 0.4), (FR, "c'est injuste", "deny", 0.8),
    (FR, "ce n'est pas juste", "deny", 0.74),
]  # fmt: skip
IN_OTHER_WORDS = [
    (EN, "it wasn't broken when I sent it", "report_problem", 0.78), (EN, "I want a full refund", "request_return", 1.0),
    (EN, "you still owe me", "thank", 0.94), (FR, "elle n'était pas cassée quand je l'ai envoyée", "report_problem", 0.75),
    (FR, "je veux être remboursé en entier", "request_return", 0.98), (FR, "c'est faux !", "deny", 0.6),
]  # fmt: skip


async def test_the_phrase_is_an_appeal_right_after_the_refusal_and_ever_after(shop: Container) -> None:
    rma = await refused(shop)
    for language, text, intent, confidence in OBJECTIONS:
        for after in (True, False):
            talk = await Talk.begin(shop, language, order_id=1)
            if after:
                assert "Broken" in await talk.say("…", "check_return_status", 0.99)
            await talk.say(text, intent, confidence)
            (ticket,) = await tickets(shop, talk)
            said = (ticket["cause"], ticket["context"]["words"], ticket["context"]["number"])
            assert said == ("appeal", text, rma.number)
            assert await talk.expects() is None


async def test_other_words_are_an_appeal_only_right_after_the_refusal(shop: Container) -> None:
    await refused(shop)
    for language, text, intent, confidence in IN_OTHER_WORDS:
        talk = await Talk.begin(shop, language, order_id=1)
        await talk.say("…", "check_return_status", 0.99)
        await talk.say(text, intent, confidence)
        assert [one["cause"] for one in await tickets(shop, talk)] == ["appeal"], text
    talk = await Talk.begin(shop, order_id=1)
    await talk.say("I want a full refund", "request_return", 1.0)
    assert not await tickets(shop, talk) and await talk.expects() is not None


async def test_it_is_a_no_where_a_yes_or_no_stands(shop: Container) -> None:
    rma = await shop.returns.create(plan())
    for language, text, intent, confidence in OBJECTIONS:
        talk = await Talk.begin(shop, language, order_id=1)
        await talk.say("cancel my return", "cancel_return", 1.0)
        assert await talk.expects() == ("confirm", "confirm")
        await talk.say(text, intent, confidence)
        assert not await tickets(shop, talk) and await talk.expects() is None, text
    assert (await shop.returns.get(rma.number)).status is ReturnStatus.LABEL_ISSUED


async def test_an_appeal_asks_for_the_order_first(shop: Container) -> None:
    rma = await refused(shop)
    talk = await Talk.begin(shop, FR)
    await talk.say("je ne suis pas d'accord", "deny", 0.61)
    assert (await talk.expects() or ("",))[0] == "order_number" and not await tickets(shop, talk)
    await talk.say(FIRST, "inform", 0.9)
    await talk.say(MAIL, "inform", 0.9)
    (ticket,) = await tickets(shop, talk)
    assert ticket["cause"] == "appeal" and ticket["context"]["words"] == "je ne suis pas d'accord"
    assert ticket["context"]["number"] == rma.number and await talk.expects() is None


async def test_why_it_was_refused_is_answered(shop: Container) -> None:
    await refused(shop)
    for language, text in ((EN, "why was one scarf refused?"), (FR, "pourquoi un foulard a été refusé ?")):
        for proven in (True, False):
            talk = await Talk.begin(shop, language, order_id=1 if proven else None)
            await talk.say(text, "appeal_decision", 1.0)
            if not proven:
                await talk.say(f"{FIRST}, {MAIL}", "inform", 0.9)
            assert "Broken" in talk.text and re.search(r"disagree|pas d'accord", talk.text), talk.text
            assert not await tickets(shop, talk)


async def test_what_was_sent_but_not_in_the_parcel_is_for_a_person(shop: Container) -> None:
    rma = await shop.returns.create(plan(quantity=2))
    await shop.receiving.receive(rma.number, Arrival({"1": 1}, complete=True), "ana")
    for language, text in ((FR, "mais j'ai bien envoyé les deux chemises !"), (EN, "I sent both shirts")):
        talk = await Talk.begin(shop, language, order_id=1)
        assert re.search("Not in the parcel|Absent du colis", await talk.say("…", "check_return_status", 0.99))
        await talk.say(text, "inform", 0.52)
        assert [one["cause"] for one in await tickets(shop, talk)] == ["parcel"]


async def test_less_money_than_due_is_explained_and_can_be_contested(shop: Container) -> None:
    rma = await shop.returns.create(plan())
    await shop.receiving.receive(rma.number, Arrival(), "ana")
    await shop.refunds.refund(rma.number, "eve", "k", Decimal("10.00"), "The box is missing.")
    for language, why, objection in (
        (EN, "why did I get less?", "I want the full amount"),
        (FR, "pourquoi j'ai reçu moins ?", "je veux être remboursé en totalité"),
    ):  # fmt: skip
        talk = await Talk.begin(shop, language, order_id=1)
        assert "The box is missing" in await talk.say(why, "appeal_decision", 0.9) and not await tickets(shop, talk)
        await talk.say(objection, "request_return", 0.98)
        (ticket,) = await tickets(shop, talk)
        assert (ticket["cause"], ticket["context"]["number"]) == ("appeal", rma.number)


async def test_a_complaint_that_calls_it_unfair_is_still_a_return(shop: Container) -> None:
    talk = await Talk.begin(shop, order_id=1)
    text = "That's not fair, the mug arrived broken"
    await talk.say(text, "report_problem", 0.9, reason="damaged")
    assert not await tickets(shop, talk) and await talk.expects() is not None


# -- who is not proven ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", [Channel.WEB, Channel.SMS])
@pytest.mark.parametrize("language", [EN, FR])
async def test_a_return_number_tells_nothing_to_who_cannot_prove_it(shop: Container, language: Language, channel: Channel) -> None:
    known = (await shop.returns.create(plan(resolution=Resolution.REFUND))).number
    answers: list[str] = []
    for number in (known, "RT-00000000"):
        talk = await Talk.begin(shop, language, channel, address=f"+3369876540{len(answers)}")
        said = [await talk.say(f"where is {number}", "check_return_status", 0.95)]
        for wrong in ("me@nowhere.org", "you@nowhere.org"):
            said.append(await talk.say(wrong, "inform", 0.9))
        answers.append("\n".join(said).replace(number, "RT-X"))
    assert answers[0] == answers[1] and FIRST not in answers[0] and "RT-X" in answers[0]
    talk = await Talk.begin(shop, language)
    await talk.say(f"where is {known}", "check_return_status", 0.95)
    assert known in await talk.say(MAIL, "inform", 0.9)

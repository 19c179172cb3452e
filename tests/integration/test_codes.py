"""A label sent elsewhere: at once to the order's own number and address, to another only with a one-time code."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import text

from rma.bootstrap import Container
from rma.model.codes import Language, Method
from rma.model.conversations import Channel
from rma.model.outgoing import Kind
from tests.fixtures.talking import Talk, outbox
from tests.integration.notice_shop import (
    ELSEWHERE,
    MAIL,
    OTHER,
    PHONE,
    Clock,
    brief,
    chat,
    code_of,
    document,
    load,
    opened,
    plan,
    sent,
    wrong,
)  # fmt: skip


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def container(sqlite_url: str, clock: Clock) -> AsyncIterator[Container]:
    async with opened(sqlite_url, clock) as shop:
        await load(shop, document())
        yield shop


@pytest.mark.parametrize(
    ("language", "words", "to", "says"),
    [
        (Language.EN, "send it to my phone", PHONE, "+33 6 •• •• •• 78"),
        (Language.EN, "Could you email me the label?", MAIL, "n•••@example.com"),
        (Language.EN, "can you send the label to 06 12 34 56 78", PHONE, "+33 6 •• •• •• 78"),
        (Language.EN, "text it to +33 6 12 34 56 78 please", PHONE, "+33 6 •• •• •• 78"),
        (Language.EN, "on my phone please", PHONE, "+33 6 •• •• •• 78"),
        (Language.FR, "envoyez-le moi par mail", MAIL, "n•••@example.com"),
        (Language.FR, "Vous pouvez l'envoyer sur mon portable ?", PHONE, "+33 6 •• •• •• 78"),
        (Language.FR, "par sms svp", PHONE, "+33 6 •• •• •• 78"),
        (Language.FR, f"envoyez l'étiquette à {MAIL.upper()}", MAIL, "n•••@example.com"),
    ],
)
async def test_to_the_order_s_own_address_it_goes_at_once(
    container: Container, language: Language, words: str, to: str, says: str
) -> None:
    talk, number = await chat(container, language)
    answer = await talk.say(words, "request_exchange", 0.9)  # Whatever the model takes it for.
    (message,) = await sent(container)
    assert message.recipient == to and number in (message.text + str(message.papers)) and message.language is language
    assert says in answer and to not in answer and number in answer
    assert await talk.expects() is None and message.not_before == container.clock()


async def test_it_goes_elsewhere_once_the_code_that_was_sent_there_is_typed(container: Container) -> None:
    talk, number = await chat(container)
    answer = await talk.say("Can you send the label to 06 98 76 54 32?", "resend_label", 0.99)
    (code,) = await sent(container)
    assert brief([code]) == [("code", "sms", OTHER)] and "+33 6 •• •• •• 32" in answer
    assert code.text.startswith("Clairière: ") and "never pass it on" in code.text and number not in code.text
    assert await talk.expects() == ("code", "text")
    right = await code_of(container)
    async with container.engine.connect() as connection:
        kept = (await connection.execute(text("SELECT digest FROM codes"))).scalars().all()
    assert len(kept) == 1 and right.encode() not in kept[0]
    assert "Tries left: 4" in await talk.say(wrong(right)) and await talk.expects() == ("code", "text")
    assert "6 digits" in await talk.say("12345")
    answer = await talk.say(f"My code is {right[:3]} {right[3:]}", "inform", 0.8)
    assert number in answer and await talk.expects() is None
    assert brief(await sent(container)) == [("code", "sms", OTHER), ("label", "sms", OTHER)]
    # Proven for this conversation, and for no other.
    await talk.say("send it to +33 6 98 76 54 32 again")
    assert brief(await sent(container))[2:] == [("label", "sms", OTHER)]
    another, _ = await chat(container)
    await another.say("send it to +33 6 98 76 54 32")
    assert brief(await sent(container))[3:] == [("code", "sms", OTHER)]


async def test_a_code_by_mail_and_the_label_with_it_in_french(container: Container) -> None:
    talk, number = await chat(container, Language.FR)
    await talk.say(f"Pouvez-vous envoyer l'étiquette à {ELSEWHERE} ?")
    (code,) = await sent(container)
    assert brief([code]) == [("code", "email", ELSEWHERE)] and "Noah" not in code.text and number not in code.text
    right = await code_of(container)
    assert code.subject == f"{right} est votre code"
    await talk.say(right, choice=right)  # As a client sends the answer to a question of kind "text".
    (_, label) = await sent(container)
    assert brief([label]) == [("label", "email", ELSEWHERE)] and [paper.kind for paper in label.papers] == ["label"]


async def test_expired_sent_again_corrected_and_given_up(container: Container, clock: Clock) -> None:
    talk, _ = await chat(container)
    await talk.say("text it to 06 98 76 54 32")
    first = await code_of(container)
    clock.now += timedelta(minutes=10)
    assert "too old" in await talk.say(first)
    assert "new code" in (await talk.say("I did not get it", "report_not_received", 0.9)).lower()
    assert "isn't the code" in await talk.say(first)
    assert "•• 90" in await talk.say("no, it's 06 12 34 56 90")
    codes = await sent(container)
    assert [message.recipient for message in codes] == [OTHER, OTHER, "+33612345690"]
    assert "isn't the code" in await talk.say(re.findall(r"\d{6}", codes[1].text)[0])
    assert "can't send another code yet" in await talk.say("new code please")
    assert await talk.expects() == ("code", "text")  # The last one still counts.
    assert "don't send it there" in await talk.say("never mind", "cancel_return", 0.9)
    assert await talk.expects() is None and len(await sent(container, Kind.LABEL)) == 0
    assert "can't send another code" in await talk.say("text it to 06 98 76 54 32") and await talk.expects() is None
    clock.now += timedelta(hours=1)
    await talk.say("text it to 06 98 76 54 32")
    assert await talk.expects() == ("code", "text")


async def test_something_else_in_between_and_own_number_after_all(container: Container) -> None:
    talk, number = await chat(container)
    await talk.say("text it to 06 98 76 54 32")
    answer = await talk.say("where is my return?", "check_return_status", 0.95)
    assert number in answer
    answer = await talk.say("send it to my phone")
    assert brief(await sent(container))[1:] == [("label", "sms", PHONE)] and "•• 78" in answer
    assert await talk.expects() is None


async def test_a_number_that_said_stop_is_told_so(container: Container) -> None:
    async with container.transactions() as uow:
        await uow.consents.note(PHONE, True, "stop", "STOP", container.clock())
    talk, _ = await chat(container)
    assert "STOP" in await talk.say("send it to my phone") and await sent(container) == []
    await talk.say("by e-mail then")
    assert brief(await sent(container)) == [("label", "email", MAIL)]


async def test_without_a_number_on_the_order_one_is_asked_for_and_proven(sqlite_url: str, clock: Clock) -> None:
    async with opened(sqlite_url, clock) as container:
        await load(container, document(customer={"phone": "01 23 45 67 89"}))  # A landline.
        talk, _ = await chat(container)
        assert "no mobile number" in await talk.say("send it to my phone")
        assert "can't send text messages" in await talk.say("01 23 45 67 89")
        await talk.say("06 98 76 54 32")
        assert brief(await sent(container)) == [("code", "sms", OTHER)] and await talk.expects() == ("code", "text")
        await talk.say(await code_of(container))
        assert brief(await sent(container))[1:] == [("label", "sms", OTHER)]


async def test_who_texts_gets_it_in_the_answer_and_can_have_it_mailed(container: Container) -> None:
    talk, number = await chat(container, channel=Channel.SMS, address=PHONE)
    await talk.say("text me the label again", "resend_label", 0.9)
    assert [paper.ref for message in talk.said for paper in message.attachments] == [number]
    assert await sent(container) == []
    assert "n***@example.com" in await talk.say("send it by e-mail")
    assert brief(await sent(container)) == [("label", "email", MAIL)]


async def test_who_is_not_proven_yet_is_asked_first(container: Container) -> None:
    await load(container, document("W2611340"))
    rma = await container.returns.create(plan(order_id=2))
    talk = await Talk.begin(container)
    await talk.say("Please send the label to my phone", "resend_label", 0.9)
    assert await talk.expects() == ("order_number", "text")
    await talk.say("W2611340, 69001")
    assert brief(await sent(container)) == [("label", "sms", PHONE)] and rma.number in talk.text


async def test_a_wish_said_while_the_return_is_made_is_kept_until_there_is_a_label(container: Container) -> None:
    talk = await Talk.begin(container, order_id=1, order_number="W1")
    await talk.say("I want to return the mug, I don't like it", "request_return", 0.95)
    for _ in range(8):
        slot = (await talk.expects() or ("", ""))[0]
        if slot == "resolution":
            assert "Noted" in await talk.say("send the label to my phone", "resend_label", 0.9)
        if not slot:
            break
        answers = {"lines": "the mug", "reason": "changed_mind", "resolution": "refund", "method": "label", "confirm": "yes"}
        chosen = answers[slot]
        await (talk.say(chosen) if slot == "lines" else talk.say(chosen, choice=chosen))
    posted = brief(await outbox(container))
    assert posted == [("label", "email", MAIL), ("label", "sms", PHONE)]
    assert "An e-mail" not in talk.text and "You get it by e-mail as well, at n•••@example.com." in talk.text
    assert "+33 6 •• •• •• 78" in talk.text


async def test_a_strange_number_wished_for_before_is_proven_after_the_return_is_made(container: Container) -> None:
    talk = await Talk.begin(container, order_id=1, order_number="W1")
    await talk.say("I want to return the mug, I don't like it", "request_return", 0.95)
    for answer in ("changed_mind", "refund"):
        if await talk.expects() and (await talk.expects() or ("",))[0] != "method":
            await talk.say(answer, choice=answer)
    await talk.say("a label, and text it to 06 98 76 54 32", "resend_label", 0.5)
    assert (await talk.expects() or ("",))[0] == "confirm" and await outbox(container) == []
    await talk.say("yes", choice="yes")
    assert await talk.expects() == ("code", "text") and "Done. Your return number is" in talk.text
    await talk.say(await code_of(container))
    assert brief(await sent(container)) == [("code", "sms", OTHER), ("label", "sms", OTHER)]


async def test_a_qr_goes_as_a_qr(container: Container) -> None:
    rma = await container.returns.create(plan(method=Method.QR))
    talk = await Talk.begin(container, order_id=1, last_return=rma.number)
    await talk.say("text me the code")
    (message,) = await sent(container)
    assert re.search(r"/labels/\S+\.png", message.text)


async def test_nobody_s_phone_is_flooded_with_labels(container: Container, clock: Clock) -> None:
    talk, number = await chat(container)
    for _ in range(9):
        await talk.say("send it to my phone")
    assert len(await sent(container)) == 6 and "already" in talk.text
    assert [paper.ref for message in talk.said for paper in message.attachments] == [number]


async def test_what_did_not_arrive_is_sent_again_and_a_strange_address_is_no_wrong_proof(container: Container) -> None:
    talk, _ = await chat(container)
    await talk.say("send it to my phone")
    await talk.say("I did not get it", "report_not_received", 0.9)
    assert brief(await sent(container)) == [("label", "sms", PHONE)] * 2
    await load(container, document("W2611340"))
    stranger = await Talk.begin(container)
    await stranger.say(f"Please send the label for W2611340 to {ELSEWHERE}", "resend_label", 0.9)
    assert await stranger.expects() == ("contact", "email") and "can't find" not in stranger.text

"""STOP, START and HELP by text message: obeyed at once by every sender, answered once, whoever has the conversation."""


import pytest
from pydantic import SecretStr

from rma.model.codes import Language
from rma.model.conversations import Owner
from rma.model.outgoing import Kind, Medium, Outgoing, OutgoingStatus
from tests.integration.sms_kit import SHOP_NUMBER, sid, texting
from tests.integration.test_returns_once import order

pytest_plugins = ("tests.integration.gateway_kit", "tests.integration.sms_kit")
NOAH, ANNA = "+33612345678", "+447700900123"


def told(texts, key, language, **values):
    shop = texts.shop.container.shop_profile.name
    return texts.shop.container.texts.get(key, language, "sms", shop=shop, **values)


async def opted_out(texts, number):
    async with texts.shop.container.transactions() as uow:
        return await uow.consents.opted_out(number)


async def test_stop_is_confirmed_once_and_then_there_is_silence(texts):
    assert await texts.say(NOAH, "ARRÊT") == [told(texts, "consent_stop", "fr")]
    assert await opted_out(texts, NOAH)
    assert await texts.say(NOAH, "stop please") == []
    assert await texts.say(NOAH, "hello?") == []
    assert texts.shop.rasa.turns == []
    assert await texts.say(NOAH, "yes") == [told(texts, "consent_start", "fr")]
    assert not await opted_out(texts, NOAH)
    assert "you said: yes" in (await texts.say(NOAH, "yes"))[0]


async def test_every_sender_obeys(texts):
    """What was on its way before STOP, and what is posted after it by anybody, is not sent; the confirmation is."""
    container = texts.shop.container

    async def post(key, kind):
        fields = {"medium": Medium.SMS, "recipient": NOAH, "language": Language.EN, "text": "news"}
        async with container.transactions() as uow:
            await container.outbox.post(uow, Outgoing(key=key, kind=kind, **fields))

    await post("before", Kind.REMINDER)
    await texts.say(NOAH, "Leave me alone!")
    await post("after", Kind.REFUNDED)
    await post("reply", Kind.REPLY)
    await container.dispatcher.drain()
    sent = {message.key: message.status for message in await container.outbox.find()}
    service = [status for key, status in sent.items() if key.startswith("inbound:")]
    assert service == [OutgoingStatus.SENT]
    assert {sent[key] for key in ("before", "after", "reply")} == {OutgoingStatus.SUPPRESSED}
    await texts.say(NOAH, "START")
    await post("again", Kind.REMINDER)
    await container.dispatcher.drain()
    assert (await container.outbox.find())[0].status is OutgoingStatus.SENT


async def test_what_is_written_after_stop_is_kept_for_whoever_reads_the_conversation(texts):
    await texts.say(NOAH, "hello")
    await texts.say(NOAH, "Stop.")
    await texts.say(NOAH, "and my money?")
    assert await texts.heard(NOAH) == ["hello", "Stop.", "and my money?"]
    assert len(texts.shop.rasa.turns) == 1


async def test_stop_between_two_messages_in_a_row_counts_for_both(settings):
    async with texting(settings, sms_quiet=0.2) as texts:
        await texts.text(NOAH, "my shoes are too small")
        await texts.text(NOAH, "STOP")
        await texts.settled()
        assert await texts.to(NOAH) == [told(texts, "consent_stop", "fr")] and texts.shop.rasa.turns == []


async def test_a_person_who_has_the_conversation_is_stopped_too(texts):
    await texts.say(NOAH, "hello")
    (conversation,) = await texts.conversations(NOAH)
    container = texts.shop.container
    async with container.transactions() as uow:
        taken = await uow.conversations.get(conversation)
        taken.owner = Owner.PERSON
        await uow.conversations.save(taken)
    assert await texts.say(NOAH, "Laissez-moi tranquille") == [told(texts, "consent_stop", "fr")]
    await texts.say_as_agent(conversation, "But wait!")
    await container.dispatcher.drain()
    assert (await container.outbox.find())[0].status is OutgoingStatus.SUPPRESSED


async def test_help_says_who_we_are_and_leaves_the_question_standing(texts):
    await texts.say(ANNA, "hello")
    assert await texts.say(ANNA, "HELP") == [told(texts, "consent_help", "en")]
    assert await texts.say(ANNA, "Aide") == [told(texts, "consent_help", "en")]
    assert len(texts.shop.rasa.turns) == 1
    await texts.say(ANNA, "stop texting me")
    assert await texts.say(ANNA, "info?") == [told(texts, "consent_help", "en")]


@pytest.mark.parametrize(
    ("number", "word", "language"),
    [
        (NOAH, "STOP", "fr"),
        (ANNA, "STOP", "en"),
        (ANNA, "Désabonnez-moi", "fr"),
        ("+12025550143", "Unsubscribe", "en"),
        ("+4915112345678", "stop", "fr"),
    ],
)
async def test_the_confirmation_is_in_the_likeliest_language(texts, number, word, language):
    document = order() | {"customer": {"name": "Jo", "phone": "0151 12345678", "language": "fr"}}
    document["shipping_address"] |= {"country": "DE"}
    await texts.shop.container.shop.load({"orders": [document]})
    assert await texts.say(number, word) == [told(texts, "consent_stop", language)]


@pytest.mark.parametrize(
    ("text", "fields", "ours"),
    [
        ("STOP", {}, False),
        ("cancel", {}, False),
        ("stop please", {}, True),
        ("ARRET", {}, True),
        ("STOP", {"To": "38383"}, True),
        ("STOP", {"From": f"whatsapp:{NOAH}"}, True),
        ("désabonnement", {"OptOutType": "STOP"}, False),
    ],
)
async def test_what_twilio_confirms_itself_is_not_confirmed_by_us(settings, text, fields, ours):
    account = {"twilio_account_sid": "AC1", "twilio_from": SHOP_NUMBER, "twilio_api_url": "http://127.0.0.1:9"}
    async with texting(settings, **account) as texts:
        sender = fields.get("From", NOAH)
        await texts.deliver({"MessageSid": sid(), "From": sender, "To": SHOP_NUMBER, "Body": text} | fields)
        await texts.settled()
        assert await opted_out(texts, sender)
        assert (len(await texts.to(sender)) == 1) is ours


async def test_start_that_twilio_answers_is_not_answered_twice(settings):
    account = {"twilio_account_sid": "AC1", "twilio_from": SHOP_NUMBER, "twilio_api_url": "http://127.0.0.1:9"}
    async with texting(settings, **account) as texts:
        await texts.say(NOAH, "STOP")
        assert await texts.say(NOAH, "START") == [] and not await opted_out(texts, NOAH)
        assert await texts.say(NOAH, "START") == [told(texts, "consent_start", "fr")]
        await texts.say(NOAH, "STOP")
        assert await texts.say(NOAH, "oui") == [told(texts, "consent_start", "fr")]


async def test_a_stop_that_is_delivered_twice_is_confirmed_once(texts):
    form = {"MessageSid": sid(), "From": NOAH, "To": SHOP_NUMBER, "Body": "stop please"}
    for _ in range(3):
        assert (await texts.deliver(form, token="t")).status == 200
    assert len(await texts.to(NOAH)) == 1


async def test_secrets_are_not_kept_where_the_message_came_in(texts):
    await texts.say(NOAH, "my card is 4111 1111 1111 1111")
    (kept,) = await texts.rows("SELECT text FROM inbound")
    assert "4111 1111 1111" not in kept[0] and "1111" in kept[0]


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"twilio_auth_token": SecretStr("unused"), "smtp_url": SecretStr("")})



"""Text messages come in: only Twilio's, each once, in order, read together; whatever they hold and whatever fails."""

import asyncio
import random
from collections import Counter

import pytest
from aiohttp import web

from gateway.keys import INBOX
from rma.model.conversations import Owner, Utterance
from tests.integration.gateway_kit import until
from tests.integration.sms_kit import SHOP_NUMBER, sid, texting

pytest_plugins = ("tests.integration.gateway_kit", "tests.integration.sms_kit")
NOAH = "+33612345678"


async def test_only_what_twilio_signed_is_taken(texts):
    form = {"MessageSid": sid(), "From": NOAH, "To": SHOP_NUMBER, "Body": "hello"}
    for signature in ("", "bm9uc2Vuc2U=", "é"):
        answer = await texts.deliver(form, signature=signature)
        assert answer.status == 403 and answer.content_type == "application/problem+json"
    changed = await texts.deliver(form | {"Body": "bye"}, signature=await _signature(texts, form))
    assert changed.status == 403
    assert await texts.rows("SELECT * FROM inbound") == []
    answer = await texts.deliver(form)
    assert (answer.status, answer.content_type) == (200, "text/xml")
    assert (await answer.text()).endswith("<Response/>")
    await texts.settled()
    assert len(await texts.to(NOAH)) == 1


async def _signature(texts, form):
    from twilio.request_validator import RequestValidator

    from tests.integration.sms_kit import AUTH_TOKEN, PATH

    return RequestValidator(AUTH_TOKEN).compute_signature(texts.shop.container.settings.address + PATH, form)


async def test_the_answer_does_not_wait_for_the_turn(texts):
    let_go = asyncio.Event()

    async def slow(body):
        await let_go.wait()
        return await texts.shop.rasa._echo(body)

    texts.shop.rasa.behave = slow
    await texts.text(NOAH, "hello")
    await until(lambda: bool(texts.shop.rasa.turns))
    assert await texts.to(NOAH) == []
    let_go.set()
    await texts.settled()
    (answer,) = await texts.to(NOAH)
    greeting = texts.shop.container.texts.get("greeting", "fr", "sms", shop=texts.shop.container.shop_profile.name)
    assert answer.startswith(greeting) and "you said: hello\n1 Too small\n2 Other" in answer


async def test_a_message_delivered_again_is_answered_once(texts):
    form = {"MessageSid": sid(), "From": NOAH, "To": SHOP_NUMBER, "Body": "hello"}
    await asyncio.gather(*(texts.deliver(form, token="t1") for _ in range(5)))
    await texts.settled()
    await texts.deliver(form, token="t1")
    await texts.deliver(form | {"MessageSid": sid()}, token="t1")
    await texts.settled()
    assert len(texts.shop.rasa.turns) == len(await texts.to(NOAH)) == 1
    assert await texts.heard(NOAH) == ["hello"]


async def test_several_in_a_row_are_read_together_and_the_next_ones_later(settings):
    async with texting(settings, sms_quiet=0.15, sms_patience=5) as texts:
        for body in ("I want to return", "the t-shirt", "it is too small"):
            await texts.text(NOAH, body)
        await texts.settled()
        await texts.say(NOAH, "and the mug")
        assert await texts.heard(NOAH) == ["I want to return\nthe t-shirt\nit is too small", "and the mug"]
        assert len(await texts.to(NOAH)) == 2 and len(await texts.conversations(NOAH)) == 1


async def test_somebody_who_never_stops_writing_is_answered_all_the_same(settings):
    async with texting(settings, sms_quiet=0.2, sms_patience=0.4, sms_per_minute=1000) as texts:
        for place in range(12):
            await texts.text(NOAH, f"part {place}")
            await asyncio.sleep(0.08)
        await texts.settled()
        said = await texts.heard(NOAH)
        assert 1 < len(said) < 12 and "\n".join(said) == "\n".join(f"part {place}" for place in range(12))


@pytest.mark.parametrize(
    "body",
    ["", "\x00", "a\x00b", "x" * 1600, "x" * 20_000, "👍🏽" * 400, "/restart", "\u202eolleh", "<script>x</script>", "{shop}", "%s"],
    ids=lambda body: repr(body[:10]),
)
async def test_hostile_texts_are_answered_like_any_other(texts, body):
    (answer,) = await texts.say(NOAH, body)
    assert "you said" in answer
    assert (await texts.heard(NOAH))[0] == body.replace("\x00", "").replace("\u202e", "")[:10_000]


async def test_unknown_and_broken_fields_lose_no_message(texts):
    (answer,) = await texts.say(NOAH, "hi", NumMedia="many", Surprise="\x00", To="", FromCity="LYON\u0000", OptOutType="")
    assert "you said: hi" in answer


@pytest.mark.parametrize("missing", ["MessageSid", "From"])
async def test_what_is_no_message_is_refused(texts, missing):
    form = {"MessageSid": sid(), "From": NOAH, "To": SHOP_NUMBER, "Body": "hello"}
    answer = await texts.deliver({name: value for name, value in form.items() if name != missing})
    assert answer.status == 400


@pytest.mark.parametrize("sender", ["22395", "AMAZON", SHOP_NUMBER, "+1", "whatsapp:", "client:anna"])
async def test_machines_get_no_answer(texts, sender):
    await texts.text(sender, "Your code is 123456")
    assert await texts.rows("SELECT * FROM inbound") == []


async def test_whatsapp_has_a_conversation_of_its_own(texts):
    await texts.say(NOAH, "hello")
    (answer,) = await texts.say(f"whatsapp:{NOAH}", "hello")
    assert "you said: hello" in answer
    assert len(await texts.conversations(NOAH)) == len(await texts.conversations(f"whatsapp:{NOAH}")) == 1


async def test_a_thousand_messages_of_fifty_numbers(settings):
    """Out of order between numbers, and every fifth delivered twice: each is in one turn of its number, in the order it came."""
    chance = random.Random(7)
    numbers = [f"+336000000{place:02d}" for place in range(50)]
    forms = [
        {"MessageSid": sid(), "From": number, "To": SHOP_NUMBER, "Body": f"{number} {place}"}
        for place in range(20)
        for number in numbers
    ]
    deliveries = [form for form in forms for _ in range(2 if chance.random() < 0.2 else 1)]
    arrived: dict[str, list[str]] = {number: [] for number in numbers}
    async with texting(settings, sms_quiet=0.5, sms_patience=2) as texts:
        for start in range(0, len(deliveries), 20):
            some = deliveries[start : start + 20]
            chance.shuffle(some)
            await asyncio.gather(*(texts.deliver(form, token=form["MessageSid"]) for form in some))
        await texts.settled()
        for row in await texts.rows("SELECT sender, text FROM inbound ORDER BY id"):
            arrived[row[0]].append(row[1])
        assert all(len(bodies) == len(set(bodies)) == 20 for bodies in arrived.values())
        for number in numbers:
            said = await texts.heard(number)
            assert "\n".join(said).split("\n") == arrived[number]
            assert len(await texts.to(number)) == len(said)
            assert len(await texts.conversations(number)) == 1
        assert max(Counter(turn["metadata"]["message_id"] for turn in texts.shop.rasa.turns).values()) == 1


async def test_a_flood_is_kept_and_told_once_and_then_forgotten(settings):
    async with texting(settings, sms_per_minute=3) as texts:
        for place in range(9):
            await texts.text(NOAH, f"flood {place}")
            if place % 3 == 2:
                await texts.settled()
        said = texts.shop.container.texts.get("inbound_too_many", "fr")
        answers = await texts.to(NOAH)
        assert answers.count(said) == 1 and len(answers) == 2
        assert "\n".join(await texts.heard(NOAH)).split("\n") == [f"flood {place}" for place in range(9)]
        await texts.rows("SELECT 1")
        async with texts.shop.container.engine.begin() as connection:
            await connection.exec_driver_sql("UPDATE inbound SET received_at = '2020-01-01 00:00:00.000000'")
        (answer,) = await texts.say(NOAH, "calm again")
        assert "you said: calm again" in answer


async def fails(_body):
    return web.json_response({"error": "the turn failed"}, status=500)


async def test_a_turn_that_fails_is_tried_again_and_then_owned_up_to_once(texts):
    texts.shop.rasa.behave = fails
    answers = await texts.say(NOAH, "bonjour")
    assert answers == [texts.shop.container.texts.get("try_again", "fr", "sms")]
    assert len(texts.shop.rasa.turns) == 3
    assert len({turn["metadata"]["message_id"] for turn in texts.shop.rasa.turns}) == 1
    texts.shop.rasa.behave = None
    assert "you said: encore" in (await texts.say(NOAH, "encore"))[0]
    assert await texts.heard(NOAH) == ["bonjour", "encore"]


async def test_a_turn_that_fails_for_a_while_is_answered_and_nothing_is_apologised_for(texts):
    async def once(body):
        texts.shop.rasa.behave = None
        return await fails(body)

    texts.shop.rasa.behave = once
    (answer,) = await texts.say(NOAH, "hello")
    assert "you said: hello" in answer


async def test_what_was_committed_before_the_trouble_is_the_answer_and_is_sent_once(texts):
    async def commits_first(body):
        await texts.shop.rasa.commit(body, Utterance(text="your return RT-7K3M9QX4"))
        return await fails(body)

    texts.shop.rasa.behave = commits_first
    (answer,) = await texts.say(NOAH, "yes")
    assert answer.endswith("your return RT-7K3M9QX4") and len(texts.shop.rasa.turns) == 1


async def test_who_talks_to_a_person_gets_no_answer_of_the_assistant(texts):
    async def hands_over(body):
        await texts.shop.rasa.commit(body, Utterance(text="a person comes"), owner=Owner.PERSON)
        return web.json_response({"messages": []})

    texts.shop.rasa.behave = hands_over
    await texts.say(NOAH, "a person please")
    assert await texts.say(NOAH, "are you there?") == []
    (conversation,) = await texts.conversations(NOAH)
    await texts.say_as_agent(conversation, "Yes, it's Zoé.")
    assert (await texts.to(NOAH))[-1] == "Yes, it's Zoé."


async def test_a_long_silence_begins_anew_unless_a_person_has_the_conversation(texts):
    async def an_age_passes():
        async with texts.shop.container.engine.begin() as connection:
            await connection.exec_driver_sql("UPDATE sms_threads SET heard_at = '2020-01-01 00:00:00.000000'")

    await texts.say(NOAH, "hello")
    await an_age_passes()
    assert "assistant automatique" in (await texts.say(NOAH, "hello again"))[0]
    assert len(await texts.conversations(NOAH)) == 2
    conversation = (await texts.conversations(NOAH))[-1]
    async with texts.shop.container.transactions() as uow:
        taken = await uow.conversations.get(conversation)
        taken.owner = Owner.PERSON
        await uow.conversations.save(taken)
    await an_age_passes()
    assert await texts.say(NOAH, "still there?") == []
    assert len(await texts.conversations(NOAH)) == 2


async def test_two_gateways_on_one_database_answer_once(settings):
    async with texting(settings) as first, texting(settings) as second:
        for place in range(6):
            sender = f"+3360000000{place}"
            await (first, second)[place % 2].text(sender, "one")
            await (second, first)[place % 2].text(sender, "two")
        await first.settled()
        for place in range(6):
            sender = f"+3360000000{place}"
            assert "\n".join(await first.heard(sender)).split("\n") == ["one", "two"]
            assert len(await first.to(sender)) == len(await first.heard(sender))


async def test_an_inbox_that_is_stopped_leaves_the_rest_to_the_next(settings):
    async with texting(settings) as texts:
        await texts.say(NOAH, "hello")
        never = asyncio.Event()

        async def hangs(_body):
            await never.wait()

        texts.shop.rasa.behave = hangs
        await texts.text(NOAH, "are you there?")
        await until(lambda: len(texts.shop.rasa.turns) == 2)
        texts.shop.client.app[INBOX]._pauses = ()
    async with texting(settings) as texts:
        await texts.settled()
        assert (await texts.to(NOAH))[-1].endswith("1 Too small\n2 Other")
        assert await texts.heard(NOAH) == ["hello", "are you there?"]

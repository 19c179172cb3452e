"""Attacks on sending elsewhere: guessing codes, texting strangers, other people's labels, turns that race or are lost."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from rma.bootstrap import Container
from rma.model.errors import TooManyAttempts
from rma.model.onetime import Answer
from rma.model.outgoing import Kind, Medium
from rma.service.codes import TRIES
from tests.fixtures.talking import Talk
from tests.integration.notice_shop import (
    OTHER,
    PHONE,
    Clock,
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


async def test_a_code_is_guessed_five_times_at_most_also_at_once(container: Container) -> None:
    talk, _ = await chat(container)
    await talk.say("text it to 06 98 76 54 32")
    right, codes = await code_of(container), container.codes
    guesses = [codes.check(talk.id, OTHER, wrong(right, step)) for step in range(1, 21)]
    answers = [answer for answer, _ in await asyncio.gather(*guesses)]
    assert answers.count(Answer.WRONG) == TRIES - 1 and answers.count(Answer.USED_UP) == 20 - TRIES + 1
    assert await codes.check(talk.id, OTHER, right) == (Answer.USED_UP, 0)
    assert "wrong too often" in await talk.say(right) and await sent(container, Kind.LABEL) == []


async def test_a_code_counts_for_its_conversation_and_its_address_only(container: Container) -> None:
    talk, _ = await chat(container)
    await talk.say("text it to 06 98 76 54 32")
    right, codes = await code_of(container), container.codes
    other = await Talk.begin(container, order_id=1)
    assert await codes.check(other.id, OTHER, right) == (Answer.NONE, 0)
    assert await codes.check(talk.id, PHONE, right) == (Answer.NONE, 0)
    for typed in ("", "000000000000", f"{right}0", f" {right}", "‮" + right):
        assert (await codes.check(talk.id, OTHER, typed))[0] in (Answer.WRONG, Answer.USED_UP)


async def test_codes_are_not_a_way_to_text_strangers_at_the_shop_s_cost(container: Container, clock: Clock) -> None:
    numbers = [f"06 98 76 54 {last:02d}" for last in range(30)]
    rma = await container.returns.create(plan())
    for place in range(6):  # One order, ever new conversations and numbers.
        talk = await Talk.begin(container, order_id=1, last_return=rma.number)
        for number in numbers[5 * place : 5 * place + 5]:
            await talk.say(f"text it to {number}")
            await talk.say("never mind")
    assert len(await sent(container)) == 9
    clock.now += timedelta(minutes=61)
    await load(container, *[document(f"O{place}") for place in range(2, 8)])
    for order_id in range(2, 8):  # One number, ever new orders.
        rma = await container.returns.create(plan(f"o{order_id}", order_id=order_id))
        talk = await Talk.begin(container, order_id=order_id, last_return=rma.number)
        await talk.say("text it to 06 98 76 54 32")
    assert [message.recipient for message in (await sent(container))[9:]] == [OTHER] * 3


async def test_two_turns_at_once_send_one_code_and_a_lost_turn_none(container: Container) -> None:
    talk, _ = await chat(container)
    conversation, _ = await container.desk.transcript(talk.id)
    to = (Medium.SMS, OTHER)

    async def turn() -> None:
        async with container.transactions() as uow:
            await uow.conversations.save(conversation.model_copy())
            await container.codes.send(uow, conversation, 1, to, f"{conversation.id}:{conversation.version}")

    done = await asyncio.gather(*[turn() for _ in range(5)], return_exceptions=True)
    assert sum(outcome is None for outcome in done) == 1 and len(await sent(container)) == 1
    with pytest.raises(ZeroDivisionError):
        async with container.transactions() as uow:
            await container.codes.send(uow, conversation, 1, to, "lost")
            raise ZeroDivisionError
    assert len(await sent(container)) == 1
    for key in ("b", "c"):
        async with container.transactions() as uow:
            await container.codes.send(uow, conversation, 1, to, key)
    with pytest.raises(TooManyAttempts):
        await container.codes.check_room(conversation, 1, OTHER)


async def test_a_label_of_somebody_else_s_order_is_never_sent(container: Container) -> None:
    await load(container, document("W2", customer={"name": "Zoé", "email": "zoe@example.com", "phone": "+33611111111"}))
    theirs = await container.returns.create(plan("theirs", order_id=2))
    talk = await Talk.begin(container, order_id=1)
    await talk.say(f"send the label of {theirs.number} to my phone", "resend_label", 0.95)
    assert await sent(container) == [] and "no return" in talk.text

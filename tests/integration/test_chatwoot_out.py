"""What goes to Chatwoot: nothing lost and nothing twice, whatever fails on the way."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from rma.model.conversations import Sender
from rma.model.support import Cause
from rma.settings import Settings
from rma.texts import load_texts
from tests.integration import gateway_kit
from tests.integration.desk_kit import AtChatwoot, chatwoot, hand_over, texts

empty_database, settings = gateway_kit.empty_database, gateway_kit.settings


@pytest_asyncio.fixture
async def woot(settings: Settings) -> AsyncIterator[AtChatwoot]:
    async with chatwoot(settings) as desk:
        yield desk


async def later(woot: AtChatwoot, seconds: float) -> None:
    """The same, as if that much time had passed."""
    began = woot.shop.container.clock

    def clock() -> Any:
        return began() + timedelta(seconds=seconds)

    woot.bridge._clock = clock
    await woot.settle()


@pytest.mark.parametrize("trouble", ["lost", 500, 502, "500 first", "down", 429])
@pytest.mark.parametrize("where", ["contacts", "conversations", "messages"])
async def test_nothing_twice_and_nothing_lost_whatever_fails(
    woot: AtChatwoot, trouble: str | int, where: str
) -> None:
    woot.server.troubles, woot.server.trouble_with = [trouble], where
    conversation, token = await hand_over(woot.shop)
    await woot.bridge.round()
    assert not woot.server.troubles
    await woot.shop.send(token, {"text": "hello?"})
    await later(woot, 120)
    shown = texts(woot, conversation)
    assert len(woot.server.contacts) == 1 and len(woot.server.talks) == 1
    assert [text.splitlines()[0] for text in shown] == [
        "Handed over by the assistant: the shopper asked for a person.", "A person, please", "hello?",
    ]  # fmt: skip
    assert await woot.bridge.queue.counts() == {"done": 2}


async def test_it_waits_while_the_token_is_refused_and_counts_no_try(woot: AtChatwoot) -> None:
    woot.server.troubles = [401] * 3
    conversation, _ = await hand_over(woot.shop)
    for minutes in (0, 10, 20):
        await later(woot, minutes * 60)
    assert await woot.bridge.queue.counts() == {"waiting": 1}
    await later(woot, 3600)
    assert texts(woot, conversation) and await woot.bridge.queue.counts() == {"done": 1}


async def test_one_that_is_refused_for_good_holds_up_nothing(woot: AtChatwoot) -> None:
    conversation, token = await hand_over(woot.shop)
    await woot.settle()
    talk = woot.talk(conversation)
    assert talk is not None
    await woot.shop.send(token, {"text": "first"})
    await woot.shop.send(token, {"text": "second"})
    known = woot.server.talks.pop(talk)
    await woot.bridge.round()
    woot.server.talks[talk] = known
    await woot.settle()
    assert await woot.bridge.queue.counts() == {"done": 2, "dead": 1} and texts(woot, conversation)[-1] == "second"


async def test_a_restart_in_the_middle_tells_it_once(woot: AtChatwoot, settings: Settings) -> None:
    conversation, _ = await hand_over(woot.shop)
    await woot.bridge.queue.collect("agent:0:", woot.shop.container.clock())
    (event,) = await woot.bridge.queue.claim(woot.shop.container.clock(), woot.shop.container.clock(), 5)
    # Killed after Chatwoot took it and before that was written down.
    await woot.bridge._tell(event)
    assert await woot.bridge.round() == 0
    await later(woot, 600)
    assert len(texts(woot, conversation)) == 2 and await woot.bridge.queue.counts() == {"done": 1}


async def test_a_conversation_before_with_the_same_customer_shares_the_contact(woot: AtChatwoot) -> None:
    woot.server.contacts[1] = {"id": 1, "name": "Old", "identifier": "x", "email": "noah@example.com"}
    document = {
        "number": "W1", "status": "delivered", "currency": "EUR", "market": "FR", "placed_at": "2026-11-01T10:00:00+01:00",
        "customer": {"name": "Noah Brown", "email": "noah@example.com", "phone": "+33612345678"},
        "shipping_address": {"line1": "1 rue X", "city": "Lyon", "postal_code": "69001", "country": "FR"},
        "lines": [{"id": "1", "sku": "S", "name": "Mug", "quantity": 1, "unit_price": "9.90"}],
    }  # fmt: skip
    await woot.shop.container.shop.load({"orders": [document]})
    conversation, _ = await hand_over(woot.shop)
    async with woot.shop.container.transactions() as uow:
        found = await uow.conversations.get(conversation)
        found.order_id = 1
        await uow.conversations.save(found)
    await woot.settle()
    talk = woot.talk(conversation)
    assert talk is not None and woot.server.talks[talk].contact == 1 and len(woot.server.contacts) == 1
    assert "Noah Brown. Order W1" in texts(woot, conversation)[0]
    assert f"https://shop.example/console/c/{conversation}" in texts(woot, conversation)[0]


def test_senders_are_worded_for_every_one_of_them(settings: Settings) -> None:
    known = load_texts(settings.texts)
    for name in [*(f"from_{sender}" for sender in Sender), *(f"cause_{cause}" for cause in Cause)]:
        assert f"desk_{name}" in known

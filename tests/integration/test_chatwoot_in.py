"""What comes from Chatwoot: signed, once, in whatever order, and never more than it says."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

import gateway.chatwoot
from gateway.chatwoot import carrying
from gateway.keys import TURNS
from rma.model.agents import Role
from rma.model.conversations import Status
from rma.service.rests import Rests
from rma.settings import Settings
from tests.fixtures.chatwoot_server import ACCOUNT, INBOX, SECRET
from tests.integration import gateway_kit
from tests.integration.desk_kit import AtChatwoot, chatwoot, fetch, hand_over, shopper_sees, texts
from tests.integration.gateway_kit import until

empty_database, settings = gateway_kit.empty_database, gateway_kit.settings


@pytest_asyncio.fixture
async def woot(settings: Settings) -> AsyncIterator[AtChatwoot]:
    async with chatwoot(settings) as desk:
        yield desk


async def test_only_what_chatwoot_signed_just_now_is_believed(woot: AtChatwoot) -> None:
    conversation, token = await hand_over(woot.shop)
    await woot.settle()
    talk = woot.talk(conversation)
    assert talk is not None
    woot.server.agent_says(talk, "forged")
    (event,) = woot.server.undelivered
    now = woot.server.clock()
    for secret, at in (("another", now), ("", now), (SECRET, now - 400), (SECRET, now + 400)):
        assert await woot.server.deliver(event, secret=secret, at=at) == [403]
    for headers in ({}, {"X-Chatwoot-Signature": "sha256=00"}, {"X-Chatwoot-Timestamp": "soon"}):
        answer = await woot.shop.client.post("/webhooks/chatwoot", json=event, headers=headers)
        assert answer.status == 403
    assert ("agent", "forged") not in await shopper_sees(woot.shop, token)


async def test_notes_echoes_bots_and_other_inboxes_are_not_said_to_the_shopper(woot: AtChatwoot) -> None:
    conversation, token = await hand_over(woot.shop)
    await woot.settle()
    talk = woot.talk(conversation)
    assert talk is not None
    before = await shopper_sees(woot.shop, token)
    woot.server.agent_says(talk, "for us only", private=True)
    woot.server.agent_says(talk, "from a bot", sender={"id": 1, "type": "agent_bot"})
    woot.server.agent_says(talk, "ours", source_id="retour:99")
    woot.server.agent_says(talk, "taken back", content_attributes={"deleted": True})
    woot.server.agent_says(talk, "")
    real = woot.server.agent_says(talk, "elsewhere")
    elsewhere = [event for event in woot.server.undelivered if event["id"] == real["id"]]
    for event in elsewhere:
        event["conversation"]["inbox_id"] = INBOX + 1
    other = dict(elsewhere[0], account={"id": ACCOUNT + 1}, conversation={**elsewhere[0]["conversation"], "inbox_id": INBOX})
    assert set(await woot.server.deliver(*woot.server.undelivered, other)) == {204}
    assert await shopper_sees(woot.shop, token) == before
    for odd in ({"event": "message_created"}, {"event": "message_created", "conversation": 7}, {"event": 5, "id": "x"}):
        assert await woot.server.deliver(odd) == [204]


async def test_webhooks_that_overtake_each_other_change_nothing(woot: AtChatwoot) -> None:
    conversation, token = await hand_over(woot.shop)
    await woot.settle()
    talk = woot.talk(conversation)
    assert talk is not None
    woot.server.agent_says(talk, "one")
    woot.server.agent_says(talk, "two")
    woot.server.set_status(talk, "resolved")
    woot.server.undelivered.reverse()
    await woot.settle()
    told = [text for who, text in await shopper_sees(woot.shop, token) if who == "agent"]
    assert told == ["one", "two"]
    assert (await woot.shop.container.support.get(conversation)).status is Status.RESOLVED
    # Opened and closed again before anybody listened: how it stands counts, not what was said of it.
    woot.server.set_status(talk, "open")
    woot.server.set_status(talk, "resolved")
    await woot.settle()
    assert (await woot.shop.container.support.get(conversation)).status is Status.RESOLVED


async def test_webhooks_that_never_come_are_made_up_for(woot: AtChatwoot) -> None:
    conversation, token = await hand_over(woot.shop)
    await woot.settle()
    talk = woot.talk(conversation)
    assert talk is not None
    woot.server.agent_says(talk, "while you were away")
    woot.server.set_status(talk, "pending")
    woot.server.undelivered.clear()
    await woot.bridge.look_around(woot.tell())
    await woot.bridge.look_around(woot.tell())
    told = await shopper_sees(woot.shop, token)
    assert told.count(("agent", "while you were away")) == 1
    assert not (await woot.shop.container.support.get(conversation)).is_persons


async def test_a_state_that_is_older_than_ours_counts_for_nothing(woot: AtChatwoot) -> None:
    conversation, token = await hand_over(woot.shop)
    await woot.settle()
    await woot.does(conversation, Status.RESOLVED)
    await fetch(woot.shop, token, "again a person")
    # Handed over again, and Chatwoot, which was not told yet, still says resolved.
    await woot.bridge.look_around(woot.tell())
    talk = woot.talk(conversation)
    assert talk is not None
    thread = await woot.bridge.queue.by_thread(talk)
    assert thread is not None
    await woot.bridge.look(thread, woot.tell())
    assert (await woot.shop.container.support.get(conversation)).is_persons
    await woot.settle()
    assert await woot.has_it(conversation)


async def test_snoozed_there_is_snoozed_here_until_the_shopper_writes(woot: AtChatwoot) -> None:
    conversation, token = await hand_over(woot.shop)
    await woot.settle()
    talk = woot.talk(conversation)
    assert talk is not None
    woot.server.set_status(talk, "snoozed", int(woot.server.clock()) + 3600)
    await woot.settle()
    assert (await woot.shop.container.support.get(conversation)).status is Status.SNOOZED
    await woot.shop.send(token, {"text": "wake up"})
    await woot.settle()
    assert (await woot.shop.container.support.get(conversation)).status is Status.OPEN and await woot.has_it(conversation)


async def test_what_is_said_after_it_was_given_back_still_reaches_the_shopper(woot: AtChatwoot) -> None:
    conversation, token = await hand_over(woot.shop)
    await woot.settle()
    await woot.shop.send(token, {"text": "assistant"})
    await woot.settle()
    await woot.says(conversation, "one last word")
    assert (await shopper_sees(woot.shop, token))[-1] == ("agent", "one last word")
    assert not (await woot.shop.container.support.get(conversation)).is_persons


async def test_a_return_that_waits_for_a_decision_keeps_waiting(woot: AtChatwoot) -> None:
    conversation, token = await hand_over(woot.shop)
    await woot.settle()
    container = woot.shop.container
    agent = await container.agents.add("bob", "Bob", Role.AGENT, "correct horse battery")
    await container.support.take(agent, conversation)
    said = await container.support.say(agent, conversation, "from the console")
    await woot.settle()
    assert texts(woot, conversation)[-1] == said.text
    # Both desks at once: whoever writes has it.
    await woot.says(conversation, "from Chatwoot")
    assert (await container.support.get(conversation)).assignee == "chatwoot"
    assert [text for who, text in await shopper_sees(woot.shop, token) if who == "agent"] == [
        "from the console", "from Chatwoot",
    ]  # fmt: skip


async def test_the_gateway_carries_by_itself_and_takes_up_where_it_was_stopped(
    woot: AtChatwoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway.chatwoot, "POLL", 0.02)
    monkeypatch.setattr(gateway.chatwoot, "LOOK_AROUND", 0.05)
    turns = woot.shop.client.app[TURNS]
    async with carrying(woot.shop.container, turns):
        conversation, token = await hand_over(woot.shop)
        await until(lambda: woot.talk(conversation) is not None and len(texts(woot, conversation)) == 2)
    # Nobody carries, Chatwoot is away, and its webhooks find nobody.
    await woot.shop.send(token, {"text": "are you there?"})
    talk = woot.talk(conversation)
    assert talk is not None
    woot.server.agent_says(talk, "I was alone")
    woot.server.undelivered.clear()
    woot.server.troubles = ["down", "down"]
    async with carrying(woot.shop.container, turns):
        await until(lambda: not woot.server.troubles)
    woot.bridge._rests = Rests()
    async with carrying(woot.shop.container, turns):
        await until(lambda: "are you there?" in texts(woot, conversation))
        while ("agent", "I was alone") not in await shopper_sees(woot.shop, token):
            await asyncio.sleep(0.02)
    assert texts(woot, conversation).count("are you there?") == 1


async def test_hostile_text_goes_there_and_back_as_text(woot: AtChatwoot) -> None:
    hostile = "<img src=x onerror=alert(1)> \u202e{cause} %s ' OR 1=1 --"
    conversation, token = await hand_over(woot.shop, hostile)
    await woot.settle()
    assert hostile.replace("\u202e", "") in texts(woot, conversation)[1].replace("\u202e", "")
    await woot.says(conversation, hostile)
    assert (await shopper_sees(woot.shop, token))[-1] == ("agent", hostile)


async def test_an_erasure_forgets_the_thread_and_says_where_the_copy_is(woot: AtChatwoot) -> None:
    conversation, _ = await hand_over(woot.shop)
    await woot.settle()
    await woot.does(conversation, Status.RESOLVED)
    container = woot.shop.container
    async with container.transactions() as uow:
        support = await uow.support.get(conversation)
        support.contact, support.contact_proven = "noah@example.com", True
        await uow.support.save(support)
    done = await container.privacy.erase(container.privacy.wanted(email="noah@example.com"), "staff")
    talk = woot.talk(conversation)
    assert talk is not None and any(str(talk) in line for line in done.elsewhere)
    assert await woot.bridge.queue.by_thread(talk) is None
    woot.server.agent_says(talk, "hello?")
    assert await woot.server.deliver() == [204]

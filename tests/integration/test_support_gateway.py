"""A person and the assistant at one conversation, seen by the shopper's client."""

from typing import Any

from aiohttp import web

from rma.model.agents import Agent, Role
from rma.model.conversations import Status, Utterance
from tests.integration.gateway_kit import Shop

pytest_plugins = "tests.integration.gateway_kit"


async def ann(shop: Shop) -> Agent:
    return await shop.container.agents.add("ann", "Ann", Role.AGENT, "ann's long password")


async def test_who_takes_it_in_the_middle_of_a_turn_is_not_talked_over(shop: Shop) -> None:
    token, _ = await shop.session()
    agent = await ann(shop)

    async def taken_meanwhile(body: dict[str, Any]) -> web.Response:
        conversation, _ = await shop.container.desk.transcript(body["sender"])
        await shop.container.support.take(agent, body["sender"])
        try:
            await shop.container.desk.answer(conversation, body["metadata"]["message_id"], [Utterance(text="me first")])
        except Exception:
            return web.json_response({}, status=500)
        return web.json_response({"messages": []})

    shop.rasa.behave = taken_meanwhile
    status, answer = await shop.send(token, {"text": "hello"})
    assert (status, answer["messages"], answer["owner"]) == (200, [], "person")
    said = await shop.container.support.say(agent, shop.conversation_of(token), "Hello, I am Ann.")
    _, history = await shop.history(token)
    assert [message["text"] for message in history["messages"]][-2:] == ["hello", said.text]


async def test_after_two_turns_that_failed_a_person_has_it_and_a_contact_can_be_left(shop: Shop) -> None:
    token, _ = await shop.session()

    async def broken(_body: dict[str, Any]) -> web.Response:
        return web.json_response({}, status=500)

    shop.rasa.behave = broken
    _, first = await shop.send(token, {"text": "hello"})
    assert first["owner"] == "assistant" and first["messages"][-1]["from"] == "system"
    _, second = await shop.send(token, {"text": "hello?"})
    assert second["owner"] == "person" and second["messages"][-1]["text"] != first["messages"][-1]["text"]
    async with shop.container.transactions() as uow:
        assert [one["cause"] for one in await uow.conversations.tickets()] == ["failure"]
    _, third = await shop.send(token, {"text": "write to zoe@example.org please"})
    assert "zoe@example.org" in third["messages"][-1]["text"] and third["messages"][-1]["from"] == "system"
    shop.rasa.behave = None
    _, back = await shop.send(token, {"text": "Assistant"})
    assert back["owner"] == "assistant" and back["messages"][-1]["from"] == "bot"


async def test_what_is_resolved_is_the_assistants_again_without_a_word(shop: Shop) -> None:
    token, _ = await shop.session()
    agent, desk = await ann(shop), shop.container.support
    await desk.take(agent, shop.conversation_of(token))
    _, silent = await shop.send(token, {"text": "anybody?"})
    assert silent["messages"] == [] and silent["owner"] == "person"
    await desk.say(agent, shop.conversation_of(token), "Done.")
    await desk.resolve(agent, shop.conversation_of(token))
    _, history = await shop.history(token)
    assert (history["owner"], history["messages"][-1]["text"]) == ("assistant", "Done.")
    _, answer = await shop.send(token, {"text": "thanks"})
    assert answer["messages"][-1]["from"] == "bot"
    assert (await desk.get(shop.conversation_of(token))).status is Status.PENDING

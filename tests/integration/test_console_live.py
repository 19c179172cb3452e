"""The console's WebSocket: what is told, to whom, and what is not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientWebSocketResponse, WSMsgType

from gateway.console.live import ENDED
from gateway.hub import DESK
from gateway.keys import HUB
from tests.integration.console_kit import Console, Desk
from tests.integration.gateway_kit import until

pytest_plugins = "tests.integration.console_kit"


@asynccontextmanager
async def looking(console: Console, conversation: str | None) -> AsyncIterator[ClientWebSocketResponse]:
    async with console.shop.client.ws_connect("/console/ws", headers=console.headers) as socket:
        await socket.send_json({"view": conversation})
        yield socket


async def heard(socket: ClientWebSocketResponse, *kinds: str) -> dict[str, Any]:
    """The next frame of one of these kinds."""
    while True:
        frame: dict[str, Any] = await socket.receive_json()
        if not kinds or set(kinds) & frame.keys():
            return frame


async def test_whatever_happens_in_a_conversation_is_told_without_a_word_of_it(desk: Desk) -> None:
    ann, bob = await desk.enter("ann"), await desk.enter("bob")
    token, _ = await desk.shop.session()
    conversation = desk.shop.conversation_of(token)
    async with looking(ann, None) as socket:
        await desk.shop.send(token, {"text": "a secret"})
        frame = await heard(socket)
        assert frame == {"changed": conversation}
        assert (await bob.act(conversation, "take")).status == 303
        while (await desk.kinds(conversation)) != ["taken"] or frame != {"changed": conversation}:
            frame = await heard(socket)
        # Another process: nobody here publishes what it says; the database is looked at.
        other = await desk.talk("from elsewhere")
        assert await heard(socket) in ({"changed": None}, {"changed": conversation})
        assert other


async def test_an_answer_reaches_the_shopper_and_a_note_does_not(desk: Desk) -> None:
    ann = await desk.enter("ann")
    token, _ = await desk.shop.session()
    conversation = desk.shop.conversation_of(token)
    await desk.shop.send(token, {"text": "hello"})
    await ann.act(conversation, "take")
    async with desk.shop.client.ws_connect("/api/chat/ws", params={"token": token}) as shopper:
        await shopper.receive_json()
        await ann.act(conversation, "write", kind="note", text="for the team")
        await ann.act(conversation, "write", kind="reply", text="for you")
        (said,) = (await shopper.receive_json())["messages"]
        assert (said["from"], said["text"]) == ("agent", "for you")
        await ann.act(conversation, "give_back")
        back = await shopper.receive_json()
        assert back["owner"] == "assistant" and back["messages"][0]["from"] == "bot"


async def test_typing_is_seen_on_both_sides_of_this_conversation_only(desk: Desk) -> None:
    ann, bob = await desk.enter("ann"), await desk.enter("bob")
    tokens = [(await desk.shop.session())[0] for _ in range(2)]
    here, there = map(desk.shop.conversation_of, tokens)
    for token, conversation in zip(tokens, (here, there), strict=True):
        await desk.shop.send(token, {"text": "hello"})
        await ann.act(conversation, "take")
    connect = desk.shop.client.ws_connect
    async with (
        connect("/api/chat/ws", params={"token": tokens[0], "typing": "1"}) as shopper,
        connect("/api/chat/ws", params={"token": tokens[0]}) as plain,
        connect("/api/chat/ws", params={"token": tokens[1], "typing": "1"}) as other_shopper,
        looking(ann, here) as agent,
        looking(bob, here) as colleague,
        looking(bob, there) as elsewhere,
    ):
        for socket in (shopper, plain, other_shopper):
            await socket.receive_json()
        await shopper.send_json({"typing": True})
        assert await heard(agent, "typing") == await heard(colleague, "typing") == {"typing": "The shopper is typing"}
        await agent.send_json({"typing": True})
        assert await shopper.receive_json() == {"typing": True}
        assert await heard(colleague, "typing") == {"typing": "Ann Lee is typing"}
        # Who may not answer does not make the shopper wait for an answer, and nobody is told of every key.
        await colleague.send_json({"typing": True})
        assert await heard(agent, "typing") == {"typing": "Bob Roy is typing"}
        for _ in range(20):
            await agent.send_json({"typing": True})
            await shopper.send_str('{ "typing" : true }')
        await ann.act(here, "write", kind="reply", text="done")
        await ann.act(there, "write", kind="reply", text="you too")
        # Next to each is what was said, and nothing about anybody typing.
        for socket, text in ((shopper, "done"), (plain, "done"), (other_shopper, "you too")):
            assert (await socket.receive_json())["messages"][0]["text"] == text
        assert "typing" not in await heard(elsewhere, "typing", "changed")
        # It is kept nowhere.
        _, messages = await desk.container.desk.transcript(here)
        assert not any("typing" in message.text for message in messages)


async def test_two_agents_on_one_conversation_see_each_other(desk: Desk) -> None:
    ann, bob = await desk.enter("ann"), await desk.enter("bob")
    conversation = await desk.talk("hello")
    async with looking(ann, conversation) as first:
        assert await heard(first, "presence") == {"presence": ""}
        async with looking(ann, conversation):
            assert await heard(first, "presence") == {"presence": ""}  # Oneself in another tab is nobody else.
            async with looking(bob, conversation) as second:
                assert await heard(second, "presence") == {"presence": "Ann Lee is here too"}
                assert await heard(first, "presence") == {"presence": "Bob Roy is here too"}
                await second.send_json({"view": None})
                assert await heard(first, "presence") == {"presence": ""}
        for nonsense in ("", "[]", '{"view": 1}', '{"view": "' + "x" * 500 + '"}', '{"typing": 1}', "{" * 900):
            await first.send_str(nonsense)
        await first.send_json({"view": "no such conversation"})
        await first.send_json({"typing": True})
        await first.send_json({"view": conversation})
        assert await heard(first, "presence") == {"presence": ""}
    hub = desk.shop.client.app[HUB]
    await until(lambda: not hub.listened(DESK))


async def test_whose_session_ends_hears_nothing_more(desk: Desk) -> None:
    ann, eve = await desk.enter("ann"), await desk.enter("eve")
    async with looking(ann, None) as socket, looking(eve, None) as other:
        assert (await eve.post("/console/team/ann/disable")).status == 303
        while (message := await socket.receive()).type is WSMsgType.TEXT:
            pass
        assert message.type in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING) and socket.close_code == ENDED
        assert not other.closed
    plain = await eve.get("/console/ws")
    assert plain.status == 400

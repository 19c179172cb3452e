"""The conversation over a WebSocket."""

import asyncio

from aiohttp import WSMsgType

from gateway.hub import BACKLOG, LISTENERS, Hub
from gateway.keys import HUB, TURNS
from rma.model.agents import Role
from tests.integration.gateway_kit import until

pytest_plugins = "tests.integration.gateway_kit"


async def test_a_socket_gets_what_was_said_and_then_what_is_said(shop):
    token, opened = await shop.session()
    async with shop.client.ws_connect("/api/chat/ws", params={"token": token}) as socket:
        first = await socket.receive_json()
        assert first == {key: opened[key] for key in ("messages", "expects", "owner")}
        _, answer = await shop.send(token, {"text": "hello"})
        mine = await socket.receive_json()
        assert [message["from"] for message in mine["messages"]] == ["shopper"]
        assert await socket.receive_json() == answer
        # What an agent says reaches the socket the same way.
        ada = await shop.container.agents.add("ada", "Ada", Role.AGENT, "ada's long password")
        await shop.container.support.take(ada, shop.conversation_of(token))
        said = await shop.container.support.say(ada, shop.conversation_of(token), "I am Ada")
        conversation, _ = await shop.container.desk.transcript(shop.conversation_of(token))
        shop.client.app[TURNS].publish(conversation, [said])
        assert (await socket.receive_json())["messages"][0]["from"] == "agent"
    after = answer["messages"][-1]["id"]
    async with shop.client.ws_connect("/api/chat/ws", params={"token": token, "after": str(after)}) as socket:
        assert [message["text"] for message in (await socket.receive_json())["messages"]] == ["I am Ada"]


async def test_other_conversations_are_not_heard(shop):
    mine, _ = await shop.session()
    theirs, _ = await shop.session()
    async with shop.client.ws_connect("/api/chat/ws", params={"token": mine}) as socket:
        await socket.receive_json()
        await shop.send(theirs, {"text": "secret"})
        await shop.send(mine, {"text": "hello"})
        assert (await socket.receive_json())["messages"][0]["text"] == "hello"


async def test_a_message_can_be_sent_over_the_socket_and_a_wrong_one_is_explained(shop):
    token, _ = await shop.session()
    async with shop.client.ws_connect("/api/chat/ws", params={"token": token}) as socket:
        await socket.receive_json()
        for frame, status in (
            ("{", 400),
            ("[]", 400),
            ('{"text": "\\ud800"}', 400),
            ('{"text": " "}', 422),
            ('{"text": "a", "key": 1}', 400),
        ):
            await socket.send_str(frame)
            assert (await socket.receive_json())["error"]["status"] == status
        await socket.send_json({"text": "hello", "key": "k"})
        assert (await socket.receive_json())["messages"][0]["from"] == "shopper"
        answer = await socket.receive_json()
        assert answer["messages"][0]["text"] == "you said: hello"
    assert (await shop.send(token, {"text": "hello"}, key="k"))[1]["messages"] == answer["messages"]


async def test_a_plain_request_to_the_socket_is_refused(shop):
    token, _ = await shop.session()
    assert (await shop.client.get("/api/chat/ws", params={"token": token})).status == 400


async def test_sockets_close_when_the_server_stops_and_leave_nothing_behind(shop):
    token, _ = await shop.session()
    hub: Hub = shop.client.app[HUB]
    async with shop.client.ws_connect("/api/chat/ws", params={"token": token}) as socket:
        await socket.receive_json()
        hub.close()
        assert (await socket.receive()).type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED)
    await until(lambda: not hub._inboxes)


async def test_one_conversation_has_so_many_listeners_and_no_more(shop):
    token, _ = await shop.session()
    sockets = [await shop.client.ws_connect("/api/chat/ws", params={"token": token}) for _ in range(LISTENERS)]
    answer = await shop.client.get(
        "/api/chat/ws",
        params={"token": token},
        headers={
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        },
    )
    assert answer.status == 429
    await asyncio.gather(*(socket.close() for socket in sockets))


async def test_a_listener_that_does_not_read_is_let_go():
    hub = Hub()
    with hub.subscribe("c") as slow, hub.subscribe("c") as quick:
        for number in range(BACKLOG + 1):
            hub.publish("c", {"n": number})
            assert quick.get_nowait() == {"n": number}
        assert slow.get_nowait() is None
    hub.publish("c", {"n": 0})

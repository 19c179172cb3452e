"""The doors between the gateway and Rasa: who gets in, what Rasa reads, and that no failure looks like silence."""

import socket
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from rasa.core.channels import channel
from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.nlu.training_data.message import Message
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from sanic import Sanic

from bot import turn
from bot.action_endpoint import ActionEndpoint
from bot.channels import KEY_VARIABLE, LONGEST_TEXT, SmsInput, WebInput, as_typed

KEY = {"X-Retour-Key": "the key"}


class Agent:
    """In the place of Rasa's: remembers what it was given, does what `act` does."""

    def __init__(self) -> None:
        self.heard = []
        self.act = None

    async def handle_message(self, message) -> None:
        self.heard.append(message)
        if self.act:
            await self.act(message)


@pytest.fixture
async def agent():
    return Agent()


@pytest.fixture
async def rasa(agent, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, KEY["X-Retour-Key"])
    Sanic.test_mode = True
    app = Sanic("channels_under_test", configure_logging=False)
    app.ctx.agent = agent
    channel.register([WebInput.from_credentials({}), SmsInput.from_credentials(None)], app, "/webhooks/")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = await app.create_server(sock=listener, return_asyncio_server=True, access_log=False)
        await server.startup()
        async with aiohttp.ClientSession(f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
            yield client
        server.close()
        await server.wait_closed()
    Sanic._app_registry.pop(app.name)


def said(text, **more):
    return {
        "sender": "conversation-1",
        "message": text,
        "metadata": {"message_id": 7, "choice": None, "photo": None},
    } | more


@pytest.mark.parametrize("headers", [{}, {"X-Retour-Key": ""}, {"X-Retour-Key": "another"}, {"X-Retour-Key": "thé"}])
async def test_nobody_gets_in_without_the_key(rasa, agent, headers):
    for name in ("web", "sms"):
        async with rasa.post(f"/webhooks/{name}/webhook", json=said("hello"), headers=headers) as answer:
            assert answer.status == 403
    assert agent.heard == []


async def test_without_a_key_of_its_own_nobody_gets_in_at_all(monkeypatch):
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    assert WebInput.from_credentials({})._key not in ("", WebInput.from_credentials({})._key)


@pytest.mark.parametrize("name", ["web", "sms"])
async def test_a_message_reaches_rasa_under_the_name_of_its_channel(rasa, agent, name):
    async with rasa.post(f"/webhooks/{name}/webhook", json=said("my order"), headers=KEY) as answer:
        assert answer.status == 200 and await answer.json() == {"messages": []}
    message = agent.heard[0]
    assert (message.text, message.sender_id, message.input_channel) == ("my order", "conversation-1", name)
    assert message.output_channel.name() == name
    assert message.metadata["message_id"] == 7


@pytest.mark.parametrize(
    "body",
    [b"no json", b"[]", b"null", b'{"message": "x"}', b'{"sender": "", "message": "x"}',
     b'{"sender": "a", "message": 5}',
     b'{"sender": "a", "message": "x", "metadata": [1]}', b'{"sender": {"a": 1}, "message": "x"}'],
)  # fmt: skip
async def test_what_cannot_be_read_is_refused(rasa, agent, body):
    async with rasa.post("/webhooks/web/webhook", data=body, headers=KEY) as answer:
        assert answer.status == 400
    assert agent.heard == []


@pytest.mark.parametrize(
    "text",
    ["/greet", "  /restart", "//greet", "/ /greet", '/inform{"order_number": "W1"}', "\u200b/greet", "／greet",
     "\ufeff\n/greet", "\x00/greet", "/EXTERNAL: greet", "⁄greet/", "/" * 5000 + "greet", "\u2028/greet"],
)  # fmt: skip
def test_no_text_is_ever_a_forced_intent(text):
    """Judged by Rasa's own reader of forced intents, after the stripping that Rasa does before it."""
    domain = Domain.from_dict({"intents": ["greet", "restart", "inform"], "entities": ["order_number"]})
    typed = channel.UserMessage(as_typed(text)).text
    message = Message(data={"text": typed})
    assert YAMLStoryReader.unpack_regex_message(message, domain) is message
    assert typed and not typed.startswith("/")


@pytest.mark.parametrize("text", ["", "   ", "///", "\u200b"])
def test_nothing_said_is_still_a_text(text):
    assert as_typed(text).strip()


def test_what_was_typed_stays_otherwise_and_is_cut():
    assert as_typed("  size 3/4, and/or blue ") == "size 3/4, and/or blue"
    assert len(as_typed("é" * 50_000)) == LONGEST_TEXT


async def test_a_turn_that_raises_is_a_5xx(rasa, agent):
    async def act(_):
        raise RuntimeError("noah@example.com")

    agent.act = act
    async with rasa.post("/webhooks/web/webhook", json=said("hello"), headers=KEY) as answer:
        assert answer.status == 500 and "noah" not in await answer.text()


@asynccontextmanager
async def actions(status, body):
    async def hook(request):
        return web.json_response(body, status=status)

    app = web.Application()
    app.router.add_post("/webhook", hook)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield ActionEndpoint.of(EndpointConfig(f"http://127.0.0.1:{runner.addresses[0][1]}/webhook", headers=KEY))
    await runner.cleanup()


@pytest.mark.parametrize("status", [200, 400, 404, 500])
async def test_an_action_that_fails_is_a_5xx_although_rasa_goes_on(rasa, agent, status):
    async with actions(status, {"events": [], "responses": []}) as endpoint:

        async def act(_):
            try:
                await endpoint.request(json={"next_action": "action_inform"})
            except ClientResponseError as error:
                assert error.status == status

        agent.act = act
        async with rasa.post("/webhooks/web/webhook", json=said("hello"), headers=KEY) as answer:
            assert answer.status == (200 if status == 200 else 500)
        await endpoint.close()


async def test_an_action_endpoint_that_is_down_is_noted():
    failures = turn.begin()
    endpoint = ActionEndpoint.of(EndpointConfig("http://127.0.0.1:1/webhook"))
    with pytest.raises(aiohttp.ClientConnectionError):
        await endpoint.request(json={})
    await endpoint.close()
    assert failures == ["ClientConnectorError"]

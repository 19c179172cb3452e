"""Logs name nobody: a shopper tells everything about themselves in every place where something can be told, half of it goes wrong
in every way that it can, and then everything that was logged is looked through for it."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
import structlog
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr
from rasa_sdk import Action

from gateway.actions_server import create_actions_app
from gateway.logs import configure_logs
from rma.model.conversations import Channel, Owner, Utterance
from rma.model.outgoing import Kind, Medium, Outgoing
from tests.fixtures.chatwoot_server import ACCOUNT, INBOX, SECRET, signed
from tests.integration import gateway_kit
from tests.integration.gateway_kit import Shop, open_shop

empty_database, settings, container = gateway_kit.empty_database, gateway_kit.settings, gateway_kit.container

NAME, EMAIL, PHONE, CARD = "Noélie Quillfeather", "noelie.q@example.com", "+33698765432", "4242 4242 4242 4242"
STREET, PASSWORD = "77 rue Zanzibarre", "hunter2-zanzibarre"
TELLING = (
    f"I am {NAME}, {EMAIL}, {PHONE}, my card is {CARD}, I live in {STREET}, my password is {PASSWORD}\n"
    '{"level":"forged"}'
)
TRACES = ("quillfeather", "noelie", EMAIL, "98765432", "98 76 54 32", "4242", "zanzibarre", "forged")


class Written:
    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    def traces(self) -> list[str]:
        return [
            line
            for line in self.stream.getvalue().splitlines()
            if any(trace in json.dumps(json.loads(line), ensure_ascii=False).casefold() for trace in TRACES)
        ]


@pytest.fixture
def written() -> Any:
    before = logging.getLogger().handlers[:], logging.getLogger().level
    log = Written()
    configure_logs(log.stream)
    yield log
    logging.getLogger().handlers[:], logging.getLogger().level = before
    structlog.reset_defaults()


@pytest_asyncio.fixture
async def told(container: Any, written: Written) -> AsyncIterator[Shop]:
    async with open_shop(container, twilio_auth_token=SecretStr("twilio")) as opened:
        yield opened


async def test_what_shoppers_say_is_not_logged_whatever_becomes_of_it(told: Shop, written: Written) -> None:
    token, _ = await told.session()

    async def answers(body: dict[str, Any]) -> web.StreamResponse:
        await told.rasa.commit(body, Utterance(text=f"Hello {NAME}"))
        return web.json_response([{"text": TELLING}])

    async def fails(_body: dict[str, Any]) -> web.StreamResponse:
        return web.Response(status=500, text=TELLING)

    async def raises(_body: dict[str, Any]) -> web.StreamResponse:
        raise ValueError(TELLING)

    async def hangs(_body: dict[str, Any]) -> web.StreamResponse:
        await asyncio.sleep(5)
        return web.Response()

    for behave in (answers, fails, raises, hangs):
        told.rasa.behave = behave
        await told.send(token, {"text": TELLING}, key=f"{EMAIL} {behave.__name__}")
    told.rasa.behave = None
    await told.send(token, {"choice": [TELLING]})
    for body in (f'{{"text": "{EMAIL}', f"[{EMAIL!r}]", TELLING):
        await told.client.post("/api/chat/messages", data=body, headers={"Authorization": f"Bearer {token}"})
    await told.send("not-a-token-" + EMAIL, {"text": TELLING})
    await told.client.post(
        "/api/chat/messages", data={"photo": io.BytesIO(TELLING.encode())}, headers={"Authorization": f"Bearer {token}"}
    )
    async with told.client.ws_connect(f"/api/chat/ws?token={token}") as socket:
        await socket.receive_json(timeout=5)
        await socket.send_str(TELLING)
        await socket.send_json({"text": TELLING, "key": "k"})
        await socket.receive_json(timeout=5)
    for path in (f"/{EMAIL}", f"/?q={EMAIL}", f"/labels/{EMAIL}.pdf", f"/api/returns/{EMAIL}", f"/withdraw/{EMAIL}?name={NAME}"):
        await told.client.get(path)
    assert any(line.get("event") == "turn failed" for line in written.lines)
    assert not written.traces()


async def test_forms_logins_and_webhooks_are_not_logged_either(
    told: Shop, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = {"name": NAME, "order": "W1", "contact": EMAIL, "items": STREET, "email": EMAIL}
    page = await (await told.client.post("/withdraw", data=form)).text()
    state = page.partition('name="state" value="')[2].partition('"')[0]

    async def broken(*_arguments: Any) -> None:
        raise RuntimeError(TELLING)

    with monkeypatch.context() as patched:
        patched.setattr(type(told.container.withdrawals), "confirm", broken)
        await told.client.post("/withdraw/confirm", data={"state": state})
    await told.client.post("/console/login", data={"login": EMAIL, "password": PASSWORD}, headers={"Origin": "https://shop.example"})
    await told.client.post("/webhooks/twilio/sms", data={"From": PHONE, "Body": TELLING, "MessageSid": "SM1"})
    about = {"account": {"id": ACCOUNT}, "conversation": {"id": 1, "inbox_id": INBOX}}
    event = {"event": "message_created", "content": TELLING} | about
    body = json.dumps(event).encode()
    await told.client.post("/webhooks/chatwoot", data=body, headers=signed(body, SECRET, 0))
    assert not written.traces()


async def test_what_a_person_and_a_message_on_its_way_carry_is_not_logged(told: Shop, written: Written) -> None:
    container = told.container
    conversation, _ = await container.desk.open(Channel.SMS, None, PHONE)
    heard = await container.desk.hear(conversation.id, TELLING)
    conversation = heard.conversation
    conversation.owner = Owner.PERSON
    await container.desk.answer(conversation, heard.message.id, [Utterance(text=TELLING)], [("asked_for", {"words": TELLING})])

    async def refuses(*_arguments: Any) -> None:
        raise RuntimeError(TELLING)

    for medium, channel in container.dispatcher.channels.items():
        channel.send = refuses  # type: ignore[method-assign]
        async with container.transactions() as uow:
            message = Outgoing(
                key=f"k{medium}", medium=medium, kind=Kind.REPLY, recipient=EMAIL if medium is Medium.EMAIL else PHONE,
                language="en", text=TELLING,
            )  # fmt: skip
            await container.outbox.post(uow, message)
    await container.dispatcher.drain()
    await container.privacy.erase(container.privacy.wanted(phone=PHONE), "staff")
    assert not written.traces()


class Failing(Action):
    def name(self) -> str:
        return "action_request_return"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        raise KeyError(TELLING)


async def test_a_failing_action_and_a_lost_task_say_where_and_not_what(
    told: Shop, written: Written
) -> None:
    key = told.container.settings.internal_key
    body = {
        "next_action": "action_request_return", "sender_id": "c",
        "tracker": {"sender_id": "c", "slots": {"email": EMAIL}, "latest_message": {"text": TELLING}, "events": [], "paused": False,
                    "active_loop": {}, "latest_action_name": None},
        "domain": {},
    }  # fmt: skip
    async with TestClient(TestServer(create_actions_app([Failing()], key))) as actions:
        for document in (body, {"next_action": EMAIL, "tracker": TELLING}):
            answer = await actions.post("/webhook", json=document, headers={"X-Retour-Key": key})
            assert "quillfeather" not in (await answer.text()).casefold()
        await actions.post("/webhook", data=TELLING, headers={"X-Retour-Key": key})

    async def lost() -> None:
        raise ValueError(TELLING)

    task = asyncio.create_task(lost(), name="lost")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    asyncio.get_running_loop().call_exception_handler({"message": "unhandled", "exception": ValueError(TELLING), "text": TELLING})
    logging.getLogger("some.library").error("failed", exc_info=ValueError(TELLING))
    try:
        raise RuntimeError(TELLING) from ValueError(EMAIL)
    except RuntimeError:
        logging.getLogger("some.library").exception("failed")
    assert any("ValueError" in str(line.get("error")) for line in written.lines)
    assert not written.traces()


async def test_a_request_that_is_no_http_is_not_quoted(told: Shop, written: Written) -> None:
    url = told.client.make_url("/")
    for request in (f"{EMAIL} {PHONE}\r\n\r\n", f"GET /{EMAIL} HTTP/9\r\n\r\n", f"GET / HTTP/1.1\r\nX: {CARD}\x00\r\n\r\n"):
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(request.encode())
        await writer.drain()
        await asyncio.wait_for(reader.read(200), 5)
        writer.close()
    assert not written.traces()

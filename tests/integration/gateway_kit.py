"""A gateway over a real database, in front of a small server that speaks as Rasa does: it finds the shopper's message
in the database, has it answered there, and says 200; or does what a Rasa in trouble does."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from gateway.app import create_app
from gateway.assistant import Assistant
from gateway.keys import TOKENS
from rma.bootstrap import Container, open_container
from rma.model.conversations import Attachment, ChoiceOption, Expectation, Owner, Utterance
from rma.settings import Settings
from rma.store.migrate import upgrade

API_KEY = "the shop's key in these tests"


@dataclass
class LittleRasa:
    """Answers each turn with `behave(body)`, which may be replaced; `turns` are the bodies it was sent."""

    container: Container
    key: str
    turns: list[dict[str, Any]] = field(default_factory=list)
    behave: Callable[[dict[str, Any]], Awaitable[web.StreamResponse]] | None = None
    model: str | None = "model-1"

    async def commit(self, body: dict[str, Any], *utterances: Utterance, owner: Owner = Owner.ASSISTANT) -> None:
        """What an action does: replies and the conversation's state, in one transaction."""
        desk = self.container.desk
        conversation, _ = await desk.transcript(body["sender"])
        conversation.owner = owner
        conversation.expects = Expectation(slot="reason", kind="choice", line="1")
        await desk.answer(conversation, body["metadata"]["message_id"], list(utterances))

    async def _echo(self, body: dict[str, Any]) -> web.Response:
        options = [ChoiceOption(label="Too small", value="size_too_small"), ChoiceOption(label="Other", value="other")]
        await self.commit(body, Utterance(text=f"you said: {body['message'][:50]}", choices=options))
        return web.json_response({"messages": []})

    async def _webhook(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("X-Retour-Key") != self.key:
            return web.json_response({"error": "key"}, status=403)
        body = await request.json()
        self.turns.append(body)
        return await (self.behave or self._echo)(body)

    async def _ready(self, _request: web.Request) -> web.Response:
        return web.json_response({"model": self.model})

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes([web.post("/webhooks/{channel}/webhook", self._webhook), web.get("/", self._ready)])
        return app


class Shop:
    """The gateway, its little Rasa, and what a shopper's client does."""

    def __init__(self, client: TestClient, container: Container, rasa: LittleRasa, rasa_server: TestServer) -> None:
        self.client, self.container, self.rasa, self.rasa_server = client, container, rasa, rasa_server

    async def session(self, **body: Any) -> tuple[str, dict[str, Any]]:
        answer = await self.client.post("/api/chat/sessions", json=body)
        assert answer.status == 201, await answer.text()
        opened = await answer.json()
        return opened["token"], opened

    async def send(self, token: str, body: Any = None, key: str | None = None, **options: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
        answer = await self.client.post(
            "/api/chat/messages", json=body, headers=headers | options.pop("headers", {}), **options
        )
        return answer.status, await answer.json()

    async def history(self, token: str, query: str = "") -> tuple[int, Any]:
        answer = await self.client.get(f"/api/chat/messages{query}", headers={"Authorization": f"Bearer {token}"})
        return answer.status, await answer.json()

    def conversation_of(self, token: str) -> str:
        return self.client.app[TOKENS].conversation_of(token)

    async def staff(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {API_KEY}"} | options.pop("headers", {})
        answer = await self.client.request(method, path, headers=headers, **options)
        return answer.status, await answer.json()


@asynccontextmanager
async def open_shop(container: Container, **changes: Any) -> AsyncIterator[Shop]:
    """`changes` are to the settings."""
    update = {"turn_timeout": 0.5, "api_key": SecretStr(API_KEY)} | changes
    container = replace(container, settings=container.settings.model_copy(update=update))
    async with AsyncExitStack() as stack:
        rasa = LittleRasa(container, container.settings.internal_key)
        server = TestServer(rasa.app())
        await stack.enter_async_context(server)
        settings = container.settings
        assistant = Assistant(str(server.make_url("/")), settings.internal_key, settings.turn_timeout)
        client = await stack.enter_async_context(TestClient(TestServer(create_app(container, assistant))))
        yield Shop(client, container, rasa, server)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrated once: a copy of it costs a test far less than migrating again."""
    path = tmp_path_factory.mktemp("database") / "empty.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def settings(tmp_path: Path, empty_database: Path) -> Settings:
    shutil.copy(empty_database, tmp_path / "retour.db")
    return Settings(
        var=tmp_path, secret_key=SecretStr("a secret of the tests only"), public_url="https://shop.example"
    )


@pytest_asyncio.fixture
async def container(settings: Settings) -> AsyncIterator[Container]:
    async with open_container(settings) as opened:
        yield opened


@pytest_asyncio.fixture
async def shop(container: Container) -> AsyncIterator[Shop]:
    async with open_shop(container) as opened:
        yield opened


@pytest_asyncio.fixture
async def tight_shop(container: Container) -> AsyncIterator[Shop]:
    """Three sessions and three messages a minute."""
    async with open_shop(container, sessions_per_minute=3, messages_per_minute=3) as opened:
        yield opened


def label_of(number: str) -> Utterance:
    return Utterance(text="here", attachments=[Attachment(kind="label", ref=number), Attachment(kind="qr", ref=number)])


async def until(condition: Callable[[], bool]) -> None:
    """Waits for what another task does; the test's own time limit ends it when that never happens."""
    while not condition():
        await asyncio.sleep(0.01)

"""The gateway with its console for tests in a browser: on a real port, in a thread of its own (Playwright keeps an event loop in
that of its tests), over a real database, in front of a small server that answers as Rasa does."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, TypeVar

from aiohttp import web
from pydantic import SecretStr

from gateway.app import create_app
from gateway.assistant import Assistant
from rma.bootstrap import Container, open_container, utc_now
from rma.model.agents import Role
from rma.model.conversations import Owner, Utterance
from rma.service.agents import AgentDesk
from rma.service.ports import Clock
from rma.settings import Settings
from tests.fixtures.databases import free_port
from tests.fixtures.support import FAST
from tests.integration.gateway_kit import LittleRasa

T = TypeVar("T")
PEOPLE = {"ana": ("Ana Silva", Role.AGENT), "ben": ("Ben Okafor", Role.AGENT), "eve": ("Eve Laurent", Role.ADMIN)}
PASSWORD = "a password of the tests"


class DeskServer:
    """`url` serves while it is entered. `run` runs something with its container."""

    container: Container

    def __init__(self, database_url: str, clock: Clock = utc_now) -> None:
        self._clock = clock
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._settings = Settings(
            database_url=database_url, secret_key=SecretStr("a secret of the tests only"), public_url=self.url,
            sessions_per_minute=10_000, messages_per_minute=10_000,
        )  # fmt: skip
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._stack = AsyncExitStack()
        self._gateway: web.AppRunner | None = None
        self._rasa_url = ""

    def __enter__(self) -> "DeskServer":
        self._thread.start()
        self.run(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(120)

    def stop(self) -> None:
        """As a process that ends: its sockets close, and nobody answers."""
        assert self._gateway is not None
        self.run(self._gateway.cleanup())

    def start(self) -> None:
        self.run(self._serve())

    async def _open(self) -> None:
        container = await self._stack.enter_async_context(open_container(self._settings, self._clock))
        self.container = replace(container, agents=AgentDesk(container.transactions, container.clock, FAST))
        for login, (name, role) in PEOPLE.items():
            await self.container.agents.add(login, name, role, PASSWORD)
        rasa = LittleRasa(self.container, self._settings.internal_key)
        rasa.behave = lambda body: self._answer(rasa, body)
        runner = web.AppRunner(rasa.app(), access_log=None)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        port = free_port()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        self._rasa_url = f"http://127.0.0.1:{port}"
        await self._serve()

    async def _serve(self) -> None:
        app = create_app(self.container, Assistant(self._rasa_url, self._settings.internal_key, 5))
        self._gateway = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._gateway.setup()
        await web.TCPSite(self._gateway, "127.0.0.1", self._port).start()

    async def _close(self) -> None:
        if self._gateway is not None:
            await self._gateway.cleanup()
        await self._stack.aclose()

    async def _answer(self, rasa: LittleRasa, body: dict[str, Any]) -> web.Response:
        """Fetches a person for whoever says the word."""
        if "person" not in body["message"]:
            await rasa.commit(body, Utterance(text=f"You said: {body['message'][:60]}"))
            return web.json_response({"messages": []})
        desk = self.container.desk
        conversation, _ = await desk.transcript(body["sender"])
        conversation.owner = Owner.PERSON
        async with self.container.transactions() as uow:
            known = await uow.orders.find("W1")
        conversation.order_id = known[0] if known else None
        context = {"last_message": body["message"], "order": "W1"}
        said = [Utterance(text="Somebody from our team answers you here.")]
        await desk.answer(conversation, body["metadata"]["message_id"], said, [("asked_for", context)])
        return web.json_response({"messages": []})

"""An outbox on each database, a clock that stands still, and a provider in this process that does what a test wants."""


import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine

from rma.model.codes import Language
from rma.model.outgoing import (
    Attached,
    Kept,
    Kind,
    Medium,
    Outgoing,
    Paper,
    Receipt,
)
from rma.service.bell import Bell
from rma.service.dispatch import Dispatcher
from rma.service.ports import Transactions, UnitOfWork
from rma.store.engine import create_engine, transactions
from rma.store.messaging_tables import ConsentRow, OutboxRow, PacingRow
from rma.store.migrate import upgrade
from tests.fixtures.outgoing import PHONE

BEGIN = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


class Provider:
    """A channel in this process that takes messages, or raises what `plan` says, having taken the message before where that says
    'taken'."""

    name = "provider"
    longest = 15.0

    def __init__(self, per_second: float = 1000) -> None:
        self.per_second = per_second
        self.plan: deque[Exception] = deque()
        self.taken: list[tuple[str, int, str]] = []
        """Name, our number, text."""
        self.asked: list[int] = []
        self.lookup_fails: Exception | None = None
        self.gate: asyncio.Event | None = None
        self.at_gate = asyncio.Event()

    async def send(self, message: Kept, attached: list[Attached]) -> Receipt:
        if self.gate:
            self.at_gate.set()
            await self.gate.wait()
        await asyncio.sleep(0)
        fault = self.plan.popleft() if self.plan else None
        if fault and "taken" not in str(fault):
            raise fault
        name = f"P{len(self.taken)}"
        self.taken.append((name, message.id, message.text))
        if fault:
            raise fault
        return Receipt(provider_id=name)

    async def lookup(self, message: Kept, known: frozenset[str]) -> Receipt | None:
        self.asked.append(message.id)
        if self.lookup_fails:
            raise self.lookup_fails
        names = [name for name, _, text in self.taken if text == message.text and name not in known]
        return Receipt(provider_id=names[0]) if names else None

    async def close(self) -> None:
        return None

    @property
    def numbers(self) -> list[int]:
        return [number for _, number, _ in self.taken]


class Post:
    """The outbox of a test: what is posted, who sends it, who is told what was lost."""

    def __init__(self, work: Transactions, bell: Bell) -> None:
        self.work = work
        self.bell = bell
        self.clock = Clock()
        self.provider = Provider()
        self.lost: list[int] = []
        self.drawn: list[Paper] = []
        self.fallback: Callable[[], None] = lambda: None
        self._serial = 0

    def worker(self, work: Transactions | None = None, **options: Any) -> Dispatcher:
        async def failed(_uow: UnitOfWork, message: Kept) -> None:
            self.fallback()
            self.lost.append(message.id)

        async def draw(paper: Paper) -> Attached:
            self.drawn.append(paper)
            if paper.ref == "broken":
                raise RuntimeError("no such paper")
            return Attached(filename="a.pdf", mime="application/pdf", content=b"%PDF")

        channels = {Medium.SMS: self.provider}
        if "channels" in options:
            channels = options.pop("channels")
        return Dispatcher(work or self.work, self.clock, channels, draw, failed, bell=self.bell, **options)

    async def post(self, **changes: Any) -> int:
        self._serial += 1
        values: dict[str, Any] = {
            "key": f"test:{self._serial}",
            "medium": Medium.SMS,
            "kind": Kind.LABEL,
            "recipient": PHONE,
            "language": Language.FR,
            "text": f"message {self._serial}",
        }
        async with self.work() as uow:
            assert await uow.outbox.post(Outgoing.model_validate(values | changes), self.clock())
            kept = await uow.outbox.by_key(str((values | changes)["key"]))
        assert kept
        return kept.id

    async def get(self, number: int) -> Kept:
        async with self.work() as uow:
            kept = await uow.outbox.get(number)
        assert kept
        return kept

    async def claim(self) -> list[Kept]:
        """As a worker that dies right after."""
        async with self.work() as uow:
            return await uow.outbox.claim([Medium.SMS], "provider", 1000, self.clock(), 100)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """One database for all of these tests: to migrate one for each costs more than the tests."""
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path_factory.mktemp('outbox') / 'retour.db'}"
    else:
        server, name = request.getfixturevalue("postgres_server"), f"t{uuid4().hex[:12]}"
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        address = f"{server}/{name}"
    upgrade(address)
    return address


@pytest_asyncio.fixture
async def engine(url: str) -> AsyncIterator[AsyncEngine]:
    made = create_engine(url)
    async with made.begin() as connection:
        for table in (OutboxRow, PacingRow, ConsentRow):
            await connection.execute(delete(table))
    yield made
    await made.dispose()


@pytest_asyncio.fixture
async def post(engine: AsyncEngine) -> Post:
    bell = Bell()
    return Post(transactions(engine, bell.ring), bell)

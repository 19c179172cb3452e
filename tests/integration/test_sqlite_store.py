"""Transactions on SQLite: one writes at a time, whoever waits holds nobody else up, and an interrupted one leaves nothing held."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from rma.model.errors import Conflict
from rma.service.ports import Transactions
from rma.store import sqlite
from rma.store.engine import create_engine, transactions

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
async def engine(sqlite_url: str) -> AsyncIterator[AsyncEngine]:
    made = create_engine(sqlite_url)
    yield made
    await made.dispose()


@pytest.fixture
def work(engine: AsyncEngine) -> Transactions:
    return transactions(engine)


async def tries(work: Transactions) -> int:
    async with work() as uow:
        return await uow.attempts.count("one", NOW)


async def add(work: Transactions, hold: float = 0.0) -> None:
    async with work() as uow:
        await uow.attempts.add(["one"], NOW)
        await asyncio.sleep(hold)


async def test_many_writers_of_two_engines_lose_nothing(sqlite_url: str, work: Transactions) -> None:
    other = create_engine(sqlite_url)
    await asyncio.gather(*[add(one, hold=0.001) for _ in range(20) for one in (work, transactions(other))])
    await other.dispose()
    assert await tries(work) == 40


async def test_the_loop_goes_on_while_another_process_writes(sqlite_url: str, work: Transactions) -> None:
    with closing(sqlite3.connect(make_url(sqlite_url).database or "", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting, beats = asyncio.create_task(add(work)), 0
        until = time.monotonic() + 0.2
        while time.monotonic() < until:
            await asyncio.sleep(0.005)
            beats += 1
        assert not waiting.done() and beats > 10
        other.execute("COMMIT")
        await asyncio.wait_for(waiting, 2)
    assert await tries(work) == 1


async def test_who_waits_too_long_is_told_so_and_the_next_one_gets_on(
    sqlite_url: str, work: Transactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(make_url(sqlite_url).database or "", isolation_level=None)) as other:
        await add(work)
        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr(sqlite, "PATIENCE", 0.05)
        with pytest.raises(Conflict):
            await add(work)
        other.execute("COMMIT")
        monkeypatch.undo()
    await add(work)
    assert await tries(work) == 2


@pytest.mark.parametrize("after", [0.0, 0.001, 0.01])
async def test_a_cancelled_writer_leaves_nothing_held(work: Transactions, after: float) -> None:
    """While it waits for its turn, while it has it, and while it is left."""
    writers = [asyncio.create_task(add(work, hold=0.002)) for _ in range(8)]
    await asyncio.sleep(after)
    for writer in writers[::2]:
        writer.cancel()
    done = await asyncio.gather(*writers, return_exceptions=True)
    await asyncio.wait_for(add(work), 2)
    assert not any(done[1::2])
    assert await tries(work) >= 5


async def test_what_was_committed_is_on_the_disk(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        assert (await connection.execute(text("PRAGMA synchronous"))).scalar() == 2
        assert (await connection.execute(text("PRAGMA journal_mode"))).scalar() == "wal"


async def test_a_report_reads_one_state_and_keeps_no_writer_waiting(engine: AsyncEngine, work: Transactions) -> None:
    count = text("SELECT count(*) FROM attempts")
    async with engine.connect() as connection:
        report = await connection.execution_options(**{sqlite.READING: True})
        assert (await report.execute(count)).scalar() == 0
        await asyncio.wait_for(add(work), 2)
        assert (await report.execute(count)).scalar() == 0
    assert await tries(work) == 1

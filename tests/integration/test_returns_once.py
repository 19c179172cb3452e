"""Returns that cannot go wrong: never two for one confirmation, never more units than were bought; with real concurrency, and
with the process killed at each of its statements, on both databases."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from rma.bootstrap import Container, open_container
from rma.model.codes import Language, Method, Reason, Resolution, ReturnStatus
from rma.model.errors import Conflict
from rma.model.returns import RELEASED
from rma.service.returns import Declined, Plan, PlannedLine
from rma.settings import Settings

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def order(number: str = "W1", quantity: int = 3) -> dict[str, Any]:
    return {
        "number": number, "status": "delivered", "currency": "EUR", "market": "FR",
        "placed_at": (NOW - timedelta(days=6)).isoformat(), "shipping_paid": "4.90",
        "customer": {"name": "Noah Brown", "email": "noah@example.com", "phone": "+33612345678", "language": "fr"},
        "shipping_address": {"name": "Noah Brown", "line1": "1 rue X", "city": "Lyon", "postal_code": "69001", "country": "FR"},
        "payment_methods": [{"id": "card_1", "type": "card", "last4": "9212", "amount": "64.60"}],
        "lines": [{"id": "1", "sku": "S-1", "name": "Mug", "quantity": quantity, "unit_price": "19.90",
                   "delivered_at": (NOW - timedelta(days=2)).isoformat()}],
    }  # fmt: skip


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Container]:
    async with open_container(Settings.load(database_url=url), clock=lambda: NOW) as container:
        yield container


def plan(key: str, quantity: int = 1) -> Plan:
    line = PlannedLine("1", quantity, Reason.SIZE_TOO_SMALL)
    return Plan(
        key=key, order_id=1, lines=(line,), resolution=Resolution.REFUND, language=Language.EN, method=Method.LABEL
    )


async def units(container: Container) -> tuple[int, int]:
    """Announced by the order's line, and in the returns that stand."""
    async with container.transactions() as uow:
        announced = (await uow.orders.committed(1))["1"]
        returns = await uow.returns.of_order(1)
    return announced, sum(line.quantity for rma in returns if rma.status not in RELEASED for line in rma.lines)


async def test_one_confirmation_sent_twenty_times_makes_one_return(database_url: str) -> None:
    async with opened(database_url) as first, opened(database_url) as second:
        await first.shop.load({"orders": [order()]})
        made = await asyncio.gather(*[(first, second)[i % 2].returns.create(plan("same")) for i in range(20)])
        assert len({rma.number for rma in made}) == 1
        assert made[0].status is ReturnStatus.LABEL_ISSUED
        assert len({rma.label.tracking_number for rma in made if rma.label}) == 1
        assert await units(first) == (1, 1)


async def test_ten_tabs_never_return_more_than_was_bought(database_url: str) -> None:
    async with opened(database_url) as first, opened(database_url) as second:
        await first.shop.load({"orders": [order(quantity=3)]})
        tabs = [(first, second)[i % 2].returns.create(plan(f"tab-{i}")) for i in range(10)]
        outcomes = await asyncio.gather(*tabs, return_exceptions=True)
        made = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
        assert all(
            isinstance(outcome, (Conflict, Declined)) for outcome in outcomes if isinstance(outcome, BaseException)
        )
        assert 1 <= len(made) <= 3
        announced, returned = await units(first)
        assert announced == returned == len(made)
        assert sum(Decimal(rma.refund["items"]) for rma in made) == Decimal("19.90") * len(made)


async def test_a_cancelled_return_gives_its_units_back_once(database_url: str) -> None:
    async with opened(database_url) as container:
        await container.shop.load({"orders": [order()]})
        rma = await container.returns.create(plan("k", quantity=3))
        outcomes = await asyncio.gather(
            *[container.returns.cancel(rma.number, "test") for _ in range(5)], return_exceptions=True
        )
        assert sum(not isinstance(outcome, BaseException) for outcome in outcomes) == 1
        assert await units(container) == (0, 0)
        assert (await container.returns.create(plan("again", quantity=3))).status is ReturnStatus.LABEL_ISSUED


KILLED = """
# Forks for every step that it reads, so that the imports are paid once; answers how the child ended.
import asyncio, os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from tests.integration.test_returns_once import opened, plan

url, step, count = sys.argv[1], 0, 0

def die(*_):
    global count
    count += 1
    if count == step:
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    async with opened(url) as container:
        event.listen(Engine, "before_cursor_execute", die)
        event.listen(Engine, "commit", die)
        await container.returns.create(plan("killed", quantity=2))

for line in sys.stdin:
    step, pid = int(line), os.fork()
    if pid == 0:
        asyncio.run(main())
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_killed_at_any_statement_nothing_is_doubled_and_nothing_is_lost(
    database: str, request: pytest.FixtureRequest
) -> None:
    """The child dies before its n-th statement or commit, for every n there is; then the shopper says yes again."""
    step, finished = 0, False
    root = str(Path(__file__).parents[2])
    url = request.getfixturevalue("sqlite_url" if database == "sqlite" else "postgres_url")
    children = subprocess.Popen(
        [sys.executable, "-c", KILLED, url], cwd=root, env=os.environ | {"PYTHONPATH": root}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    async with opened(url) as container:
        await container.shop.load({"orders": [order(quantity=2)]})
        while not finished:
            step += 1
            ended = await asyncio.to_thread(_ended, children, step)
            finished = ended == 0
            assert finished or ended == -signal.SIGKILL
            announced, returned = await units(container)
            assert announced == returned in (0, 2)
            rma = await container.returns.create(plan("killed", quantity=2))
            assert rma.label is not None and rma.status is ReturnStatus.LABEL_ISSUED
            assert await units(container) == (2, 2)
            async with container.transactions() as uow:
                assert len([item for item in await uow.returns.of_order(1) if item.status not in RELEASED]) == 1
            await _start_afresh(container)
    children.communicate(timeout=10)
    assert step > 15


def _ended(children: "subprocess.Popen[str]", step: int) -> int:
    assert children.stdin is not None and children.stdout is not None
    children.stdin.write(f"{step}\n")
    children.stdin.flush()
    return int(children.stdout.readline())


async def _start_afresh(container: Container) -> None:
    async with container.engine.begin() as connection:
        for table in ("return_events", "return_lines", "returns"):
            await connection.execute(text(f"DELETE FROM {table}"))
        await connection.execute(text("UPDATE order_lines SET announced = 0"))


async def test_a_label_left_open_by_a_crash_is_issued_at_the_next_start(sqlite_url: str) -> None:
    async with opened(sqlite_url) as container:
        await container.shop.load({"orders": [order()]})
        rma = await container.returns.create(plan("k"))
        async with container.transactions() as uow:
            fresh = await uow.returns.by_number(rma.number)
            assert fresh is not None
            fresh.label, fresh.status = None, ReturnStatus.APPROVED
            await uow.returns.save(fresh)
        assert await container.returns.finish_interrupted() == 1
        after = await container.returns.get(rma.number)
        assert after.label == rma.label

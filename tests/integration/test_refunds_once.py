"""Money that moves once: refunds with real concurrency, and with the process killed at each of its statements and between the
gateway's answer and ours, on both databases."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from rma.bootstrap import Container, open_container
from rma.model.codes import Language, Method, Reason, Resolution, ReturnStatus
from rma.model.errors import Conflict, Refused
from rma.model.refunding import RefundStatus
from rma.service.receiving import Arrival
from rma.service.returns import Plan, PlannedLine
from rma.settings import Settings
from tests.integration.notice_shop import NOON, document

S = ReturnStatus
LATE = timedelta(hours=3)
CARDS = [
    {"id": "card_1", "type": "card", "last4": "9212", "amount": "30.00"}, {"id": "paypal_1", "type": "paypal", "amount": "942.60"},
]  # fmt: skip


@asynccontextmanager
async def opened(url: str, late: timedelta = timedelta(0)) -> AsyncIterator[Container]:
    async with open_container(Settings.load(database_url=url), clock=lambda: NOON + late) as container:
        yield container


async def received(container: Container, key: str, line: str, units: int, resolution: Resolution = Resolution.REFUND) -> str:
    plan = Plan(
        key=key, order_id=1, lines=(PlannedLine(line, units, Reason.DEFECTIVE),), resolution=resolution, language=Language.EN,
        method=Method.LABEL,
    )  # fmt: skip
    rma = await container.returns.create(plan)
    if rma.status is S.REVIEW:
        async with container.transactions() as uow:
            fresh = await uow.returns.by_number(rma.number)
            assert fresh is not None
            fresh.move(S.APPROVED, NOON, "test")
            await uow.returns.save(fresh)
    await container.receiving.receive(rma.number, Arrival(), "ana")
    return rma.number


async def moved(container: Container) -> Decimal:
    async with container.engine.connect() as connection:
        paid = (await connection.execute(text("SELECT coalesce(sum(amount), 0) FROM payment_entries"))).scalar_one()
        credited = (await connection.execute(text("SELECT coalesce(sum(amount), 0) FROM store_credits"))).scalar_one()
    return Decimal(paid + credited) / 100


async def test_two_refunds_of_one_return_at_once_pay_once(database_url: str) -> None:
    async with opened(database_url) as first, opened(database_url) as second:
        await first.shop.load({"orders": [document(payment_methods=CARDS)]})
        number = await received(first, "k", "1", 3)
        both = [(first, second)[n % 2].refunds.refund(number, "ana", f"key-{n}") for n in range(8)]
        done = await asyncio.gather(*both, return_exceptions=True)
        paid = [one for one in done if not isinstance(one, BaseException)]
        assert len(paid) == 1 and all(isinstance(one, Conflict) for one in done if isinstance(one, BaseException)), done
        assert await moved(first) == Decimal("59.70") and paid[0].status is S.REFUNDED
        same = [(first, second)[n % 2].refunds.refund(number, "ana", "key-again", Decimal("5"), "sorry", True) for n in range(8)]
        done = await asyncio.gather(*same, return_exceptions=True)
        assert not [one for one in done if isinstance(one, BaseException) and not isinstance(one, Conflict)]
        assert await moved(first) == Decimal("64.70")


async def test_refunds_of_all_returns_of_an_order_at_once_never_pay_more_than_was_paid(database_url: str) -> None:
    async with opened(database_url) as first, opened(database_url) as second:
        await first.shop.load({"orders": [document()]})
        numbers = [await received(first, f"k{line}", line, units) for line, units in (("1", 3), ("2", 1), ("3", 1))]
        # Each with a good deal of goodwill: together far more than was paid.
        tries = [
            (first, second)[n % 2].refunds.refund(number, "ana", f"key-{n}", amount, "sorry", True)
            for n, (number, amount) in enumerate((one, Decimal(much)) for much in ("500", "300") for one in numbers)
        ]
        done = await asyncio.gather(*tries, return_exceptions=True)
        assert all(isinstance(one, (Conflict, Refused)) for one in done if isinstance(one, BaseException)), done
        await asyncio.gather(*[first.refunds.refund(number, "ana", "rest") for number in numbers], return_exceptions=True)
        assert Decimal("500") <= await moved(first) <= Decimal("972.60")
        async with first.transactions() as uow:
            refunds = await uow.refunds.of_order(1)
        assert all(refund.status is RefundStatus.PAID for refund in refunds)
        assert sum(refund.amount for refund in refunds) == await moved(first)


async def test_a_count_a_look_and_a_refund_at_once(database_url: str) -> None:
    """Whoever is first: nothing is lost, and nothing is paid that was not there."""
    async with opened(database_url) as first, opened(database_url) as second:
        await first.shop.load({"orders": [document()]})
        number = await received(first, "k", "1", 2)
        done = await asyncio.gather(
            first.refunds.refund(number, "ana", "k1"),
            second.inspection.inspect(number, None, "bob"),
            second.receiving.receive(number, Arrival({"2": 1}), "bob"),
            return_exceptions=True,
        )
        # Whoever looks after the third unit was counted is told that it was not announced.
        assert all(isinstance(one, Conflict | Refused) for one in done if isinstance(one, BaseException)), done
        rma = await first.returns.get(number)
        paid = Decimal("39.80") if any(event.kind in ("refunded", "refund_paid") for event in rma.events) else Decimal(0)
        assert await moved(first) == paid == (Decimal(rma.refund["total"]) if paid else 0)


KILLED = """
# Builds everything once and forks for every step that it reads; answers how the child ended. A step is a statement that writes, a
# commit, or the moment after the gateway paid: what is between them leaves nothing behind.
import asyncio, os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from tests.integration.test_refunds_once import opened

step, count = 0, 0

def die(*_):
    global count
    count += 1
    if count == step:
        os.kill(os.getpid(), signal.SIGKILL)

def writes(_connection, _cursor, statement, *_):
    if statement.split(None, 1)[0] in ("INSERT", "UPDATE", "DELETE"):
        die()

async def main(number):
    event.listen(Engine, "before_cursor_execute", writes)
    event.listen(Engine, "commit", die)
    gateway, pay = container.refunds._payer.parts.gateway, container.refunds._payer.parts.gateway.refund

    async def paid_and_dead(request, key):
        done = await pay(request, key)
        die()
        return done

    gateway.refund = paid_and_dead
    await container.refunds.refund(number, "ana", "killed")

loop, context = asyncio.new_event_loop(), opened(sys.argv[1])
container = loop.run_until_complete(context.__aenter__())
for line in sys.stdin:
    place, number = line.split()
    step, pid = int(place), os.fork()
    if pid == 0:
        asyncio.run(main(number))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
os._exit(0)
"""


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_killed_at_any_statement_it_is_paid_once(database: str, request: pytest.FixtureRequest) -> None:
    """The child dies before its n-th statement or commit, or after a payment, for every n there is. The chore goes on hours later,
    or whoever asked asks again; the money moved once, in both of its parts."""
    root = str(Path(__file__).parents[2])
    url = request.getfixturevalue("sqlite_url" if database == "sqlite" else "postgres_url")
    children = subprocess.Popen(
        [sys.executable, "-c", KILLED, url], cwd=root, env=os.environ | {"PYTHONPATH": root}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    step, ended, before_it_began = 0, -signal.SIGKILL, 0
    async with opened(url, LATE) as container:
        await container.shop.load({"orders": [document(payment_methods=CARDS)]})
        number = await received(container, "k", "1", 3)
        while ended != 0:
            step += 1
            ended = await asyncio.to_thread(_ended, children, step, number)
            assert ended in (0, -signal.SIGKILL)
            if step % 2:
                await container.refunds.finish_interrupted()
            if not await container.refunds.of(number):
                before_it_began += 1
                assert await moved(container) == 0
            rma = await container.refunds.refund(number, "ana", "killed")
            assert rma.status is S.REFUNDED and rma.refund["total"] == "59.70" and rma.lines[0].refunded == 3
            assert await moved(container) == Decimal("59.70")
            (refund,) = await container.refunds.of(number)
            assert refund.status is RefundStatus.PAID and [event.kind for event in rma.events].count("refunded") == 1
            await _start_afresh(container, number)
    children.communicate(timeout=10)
    assert step > 20 and before_it_began > 2


def _ended(children: "subprocess.Popen[str]", step: int, number: str) -> int:
    assert children.stdin is not None and children.stdout is not None
    children.stdin.write(f"{step} {number}\n")
    children.stdin.flush()
    return int(children.stdout.readline())


async def _start_afresh(container: Container, number: str) -> None:
    async with container.engine.begin() as connection:
        for table in ("refund_parts", "refunds", "payment_entries", "payment_accounts", "outbox"):
            await connection.execute(text(f"DELETE FROM {table}"))
        await connection.execute(text("DELETE FROM return_events WHERE kind LIKE 'refund%'"))
        await connection.execute(text("UPDATE return_lines SET refunded = 0"))
        await connection.execute(text("UPDATE returns SET status = 'received' WHERE number = :number"), {"number": number})

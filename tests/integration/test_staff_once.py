"""A request sent again does nothing again: whether it waited, came at the same moment, or the process was killed in the middle of
it. On both databases."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from sqlalchemy import text

from rma.model.refunding import RefundRefusal, RefundRefused, RefundUnavailable
from rma.service.once import KEPT, LEASE
from tests.integration.staff_kit import Hands, hands

pytest_plugins = "tests.integration.staff_kit"

ONE = {"lines": [{"id": "1", "quantity": 1}]}


async def test_the_same_request_gets_the_same_answer_and_another_one_is_refused(staff: Hands) -> None:
    rma = await staff.new({"1": 2})
    path, sent = f"/api/returns/{rma.number}/receive", {"headers": {"Idempotency-Key": "k 1"}}
    first = await staff.ask("POST", path, json=ONE | {"note": "é"}, **sent)
    assert (first.status, "Idempotency-Replayed" in first.headers) == (200, False)
    # However the same content is written.
    spelled = '{"note":"\\u00e9",  "lines":[{"quantity":1,"id":"1"}]}'
    again = await staff.ask("POST", path, data=spelled, headers=sent["headers"] | {"Content-Type": "application/json"})
    assert (again.status, again.headers["Idempotency-Replayed"]) == (200, "true")
    assert (await again.read(), again.headers["ETag"]) == (await first.read(), first.headers["ETag"])
    await staff.act(rma, "receive", {"lines": [{"id": "1", "quantity": 2}]}, 422, key="k 1")
    await staff.act(rma, "receive", {}, 422, key="k 1")
    await staff.act(rma, "inspect", ONE, 422, key="k 1")
    other = await staff.new({"1": 2})
    await staff.act(other, "receive", ONE | {"note": "é"}, 422, key="k 1")
    assert await staff.counts(rma, "received") == {"1": (1,)}
    # Another key, and no key, are other requests.
    await staff.act(rma, "receive", ONE, key="k 2")
    await staff.act(rma, "receive", ONE)
    assert await staff.counts(rma, "received") == {"1": (3,)}


async def test_two_programs_may_use_the_same_key(one: Hands) -> None:
    rma = await one.new({"1": 2})
    await one.act(rma, "receive", ONE, key="1")
    one.key = await one.container.keys.add("erp", ["returns:receive", "returns:read"])
    document = await one.act(rma, "receive", ONE, key="1")
    assert document["lines"][0]["received"] == 2
    assert [event["by"] for event in document["events"] if event["kind"] == "arrived"] == ["api", "api:erp"]


async def test_what_failed_may_be_tried_again_with_its_key(one: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    rma = await one.new({"1": 1})
    await one.act(rma, "inspect", status=409, key="k")
    await one.act(rma, "inspect", {"lines": [{"id": "9"}]}, 422, key="k")
    await one.act(rma, "receive")

    async def broken(*_: Any) -> None:
        raise RuntimeError("out of order")

    with monkeypatch.context() as patch:
        patch.setattr("rma.store.goods.SqlGoods.add", broken)
        await one.act(rma, "inspect", status=500, key="k")
    assert (await one.act(rma, "inspect", key="k"))["status"] == "inspected"


async def test_after_a_day_a_key_is_free_again_and_forgotten(one: Hands) -> None:
    rma = await one.new({"1": 3}, (3,))
    await one.act(rma, "receive", ONE, key="k")
    one.later(seconds=KEPT.total_seconds() - 1)
    await one.act(rma, "receive", ONE, key="k")
    await one.container.once.finish_interrupted()
    assert await one.counts(rma, "received") == {"1": (1,)}
    one.later(seconds=2)
    await one.act(rma, "receive", ONE, key="k")
    assert await one.counts(rma, "received") == {"1": (2,)}
    one.later(seconds=KEPT.total_seconds() + 1)
    assert await one.container.once.finish_interrupted() == 1


async def test_of_twenty_at_once_with_one_key_one_counts(staff: Hands) -> None:
    rma = await staff.new({"1": 2})
    path = f"/api/returns/{rma.number}/receive"
    answers = await asyncio.gather(
        *[staff.ask("POST", path, json=ONE, headers={"Idempotency-Key": "same"}) for _ in range(20)]
    )
    statuses = Counter(answer.status for answer in answers)
    assert statuses[200] >= 1 and set(statuses) <= {200, 409}
    assert all("Retry-After" in answer.headers for answer in answers if answer.status == 409)
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers if answer.status == 200) == 1
    assert await staff.counts(rma, "received") == {"1": (1,)}


async def test_parcels_counted_at_the_same_moment_are_all_counted(staff: Hands) -> None:
    rma = await staff.new({"1": 2})
    await asyncio.gather(*[staff.act(rma, "receive", ONE, key=f"parcel {n}") for n in range(4)])
    await asyncio.gather(*[staff.act(rma, "receive", ONE) for _ in range(2)])
    assert await staff.counts(rma, "received") == {"1": (6,)}
    document = await staff.get(f"/api/returns/{rma.number}")
    assert sum(event["kind"] == "arrived" for event in document["events"]) == 6


async def test_of_two_who_saw_the_same_version_one_goes_first(staff: Hands) -> None:
    rma = await staff.new({"1": 2})
    tag = (await staff.ask("GET", f"/api/returns/{rma.number}")).headers["ETag"]
    path = f"/api/returns/{rma.number}/receive"
    answers = await asyncio.gather(*[staff.ask("POST", path, json=ONE, headers={"If-Match": tag}) for _ in range(4)])
    assert sorted(answer.status for answer in answers) == [200, 412, 412, 412]
    assert await staff.counts(rma, "received") == {"1": (1,)}


async def test_money_is_paid_once_however_many_ask(staff: Hands) -> None:
    rma = await staff.new({"1": 2})
    await staff.act(rma, "receive")
    path = f"/api/returns/{rma.number}/refund"
    asked = [staff.ask("POST", path, headers={"Idempotency-Key": key}) for key in ("a", "a", "b", "a", "c")]
    answers = await asyncio.gather(*asked)
    assert {answer.status for answer in answers} <= {200, 202, 409}
    refunds = (await staff.get(f"/api/returns/{rma.number}/refunds"))["refunds"]
    assert [refund["amount"] for refund in refunds] == ["35.10"]


async def test_money_on_its_way_is_told_as_such_and_paid_once(one: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    rma = await one.new({"1": 2})
    await one.act(rma, "receive")

    async def away(*_: Any, **__: Any) -> Any:
        raise RefundUnavailable("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(type(one.container.refunds._payer.parts.gateway), "refund", away)
        first = await one.act(rma, "refund", status=202, key="k")
    assert first["status"] == "received" and first["events"][-1]["kind"] == "refund_pending"
    assert await one.act(rma, "refund", status=202, key="k") == first
    await one.act(rma, "refund", status=409, key="another")
    one.later(hours=1)
    await one.container.refunds.finish_interrupted()
    assert (await one.get(f"/api/returns/{rma.number}"))["status"] == "refunded"
    (paid,) = (await one.get(f"/api/returns/{rma.number}/refunds"))["refunds"]
    assert (paid["status"], paid["amount"]) == ("paid", "35.10")


async def test_a_payment_that_was_refused_is_told_as_such_and_can_be_tried_again(
    one: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    rma = await one.new({"1": 2})
    before = await one.act(rma, "receive")

    async def refuses(*_: Any, **__: Any) -> Any:
        raise RefundRefused(RefundRefusal.NOT_POSSIBLE, "the card is closed")

    with monkeypatch.context() as patch:
        patch.setattr(type(one.container.refunds._payer.parts.gateway), "refund", refuses)
        first = await one.act(rma, "refund", status=409, key="k")
    assert "35.10 EUR to card_1 failed" in first["detail"] and "the card is closed" in first["detail"]
    assert await one.act(rma, "refund", status=409, key="k") == first
    assert "was paid or is on its way" in (await one.act(rma, "refund", status=409, key="another"))["detail"]
    after = await one.get(f"/api/returns/{rma.number}")
    assert (after["status"], after["refund"]) == (before["status"], before["refund"])
    (kept,) = (await one.get("/api/refunds?status=failed"))["refunds"]
    assert f"refunds retry {kept['id']}`" in first["detail"]
    await one.container.refunds.retry(kept["id"], "ana")
    assert (await one.act(rma, "refund", key="k"))["status"] == "refunded"


async def test_money_that_moved_before_the_answer_was_kept_moves_once(one: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    rma = await one.new({"1": 2})
    await one.act(rma, "receive")
    tag = (await one.ask("GET", f"/api/returns/{rma.number}")).headers["ETag"]

    async def lost(*_: Any) -> None:
        raise RuntimeError("out of order")

    with monkeypatch.context() as patch:
        patch.setattr(one.container.once, "answered", lost)
        await one.act(rma, "refund", status=500, key="k", If_Match=tag)
    # The version is another one by now, and it is the same request all the same.
    assert (await one.act(rma, "refund", key="k", If_Match=tag))["status"] == "refunded"
    assert len((await one.get(f"/api/returns/{rma.number}/refunds"))["refunds"]) == 1


async def test_an_attempt_that_was_given_up_for_dead_cannot_finish(staff: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stops for longer than any may take, another one is done meanwhile, and then it goes on."""
    rma = await staff.new({"1": 2})
    stopped, go_on = asyncio.Event(), asyncio.Event()
    receive = staff.container.receiving.receive

    async def slow(*args: Any, **options: Any) -> Any:
        monkeypatch.undo()
        stopped.set()
        await go_on.wait()
        return await receive(*args, **options)

    monkeypatch.setattr(staff.container.receiving, "receive", slow)
    dead = asyncio.create_task(staff.act(rma, "receive", ONE, 409, key="k"))
    await stopped.wait()
    await staff.act(rma, "receive", ONE, 409, key="k")
    staff.later(seconds=LEASE.total_seconds() + 1)
    done = await staff.act(rma, "receive", ONE, key="k")
    go_on.set()
    await dead
    assert await staff.act(rma, "receive", ONE, key="k") == done
    assert await staff.counts(rma, "received") == {"1": (1,)}


KILLED = """
# Forks for every step that it reads, so that the imports are paid once; answers how the child ended.
import asyncio, os, signal, sys
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.engine import Engine
from tests.integration.staff_kit import hands
from tests.integration.test_staff_once import ONE

url, var, number, step, count = sys.argv[1], Path(sys.argv[2]), sys.argv[3], 0, 0

def die(*_):
    global count
    count += 1
    if count == step:
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    async with hands(url, var) as staff:
        # Between them the database itself sees to it that nothing is left.
        event.listen(Engine, "begin", die)
        event.listen(Engine, "commit", die)
        await staff.act(number, "receive", ONE, key="killed")

for line in sys.stdin:
    step, pid = int(line), os.fork()
    if pid == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        asyncio.run(main())
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


async def test_killed_at_either_end_of_any_transaction_the_same_request_counts_once(
    database_url: str, tmp_path: Path
) -> None:
    """The child dies at the begin or before the commit of its n-th transaction, for every n there is; then the request is sent
    again, by a program that waited for as long as an attempt may take."""
    root, var = str(Path(__file__).parents[2]), mkdtemp(dir=tmp_path)
    async with hands(database_url, tmp_path) as staff:
        rma = await staff.new({"1": 2})
        child = subprocess.Popen(
            [sys.executable, "-c", KILLED, database_url, var, rma.number], cwd=root, env=os.environ | {"PYTHONPATH": root},
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        came = step = 0
        ended = -signal.SIGKILL
        while ended:
            step += 1
            ended = await asyncio.to_thread(_ended, child, step)
            assert ended in (0, -signal.SIGKILL)
            before = (await staff.counts(rma, "received"))["1"][0]
            assert before - came in (0, 1)
            staff.later(seconds=0 if ended == 0 else LEASE.total_seconds() + 1)
            document = await staff.act(rma, "receive", ONE, key="killed")
            came += 1
            assert document["lines"][0]["received"] == came
            assert await staff.counts(rma, "received") == {"1": (came,)}
            async with staff.container.engine.begin() as connection:
                await connection.execute(text("DELETE FROM staff_requests"))
        assert step > 4
        child.stdin.close()  # type: ignore[union-attr]
        await asyncio.to_thread(child.wait, 20)


def _ended(child: subprocess.Popen[str], step: int) -> int:
    assert child.stdin and child.stdout
    child.stdin.write(f"{step}\n")
    child.stdin.flush()
    return int(child.stdout.readline())



"""The outbox and its workers on both databases: once, in order, at the provider's rate, and not to who said STOP."""


import asyncio
from collections import Counter
from datetime import datetime, timedelta

import pytest

from rma.model.codes import Language
from rma.model.outgoing import (
    Kept,
    Kind,
    Medium,
    Outgoing,
    OutgoingStatus,
    TryLater,
)
from rma.service import dispatch
from rma.store.engine import create_engine, transactions
from tests.fixtures.outgoing import PHONE
from tests.integration.outbox_kit import BEGIN, Post

pytest_plugins = "tests.integration.outbox_kit"

S = OutgoingStatus


async def test_what_caused_it_and_the_message_are_kept_together_or_not_at_all(post: Post) -> None:
    message = Outgoing(
        key="once", medium=Medium.SMS, kind=Kind.LABEL, recipient=PHONE, language=Language.EN, text="Your label"
    )
    with pytest.raises(RuntimeError):
        async with post.work() as uow:
            await uow.outbox.post(message, post.clock())
            raise RuntimeError("what caused it did not happen")
    await post.worker().drain()
    assert not post.provider.taken
    async with post.work() as uow:
        assert await uow.outbox.post(message, post.clock())
        assert not await uow.outbox.post(message, post.clock())
    await post.worker().drain()
    await post.worker().drain()
    assert [text for _, _, text in post.provider.taken] == ["Your label"]


async def test_several_workers_send_every_message_once_and_a_lane_in_order(post: Post, url: str) -> None:
    engines = [create_engine(url) for _ in range(3)]
    numbers: list[int] = []
    lanes: dict[str, list[int]] = {}
    for number in range(60):
        lane = f"lane {number % 4}" if number % 2 else None
        numbers.append(await post.post(lane=lane, text="the same words"))
        if lane:
            lanes.setdefault(lane, []).append(numbers[-1])
    workers = [asyncio.create_task(post.worker(transactions(engine)).run()) for engine in engines]
    try:
        async with asyncio.timeout(60):
            while len(post.provider.taken) < 60:
                await asyncio.sleep(0.02)
    finally:
        for task in workers:
            task.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        for engine in engines:
            await engine.dispose()
    assert Counter(post.provider.numbers) == Counter(numbers)
    for order in lanes.values():
        assert [number for number in post.provider.numbers if number in order] == order
    async with post.work() as uow:
        assert await uow.outbox.count() == {S.SENT: 60}


@pytest.mark.parametrize(("per_second", "at_once", "later"), [(1, 1, 1), (4, 4, 4), (0.5, 1, 0)])
async def test_a_sender_keeps_its_rate_whoever_sends(
    post: Post, per_second: float, at_once: int, later: int
) -> None:
    post.provider.per_second = per_second
    for _ in range(12):
        await post.post()
    first, second = post.worker(), post.worker()
    await first.drain()
    await second.drain()
    assert len(post.provider.taken) == at_once
    post.clock.forward(seconds=1)
    await second.drain()
    assert len(post.provider.taken) == at_once + later
    post.clock.forward(seconds=3600)
    await first.drain()
    assert len(post.provider.taken) == 2 * at_once + later


async def test_a_lane_waits_for_a_retry_but_not_for_what_waits_for_its_hour(post: Post) -> None:
    held = await post.post(lane="a", not_before=BEGIN + timedelta(hours=9))
    retried, behind, other = await post.post(lane="a"), await post.post(lane="a"), await post.post(lane="b")
    worker = post.worker()
    post.provider.plan.append(TryLater("HTTP 503"))
    await worker.drain()
    assert post.provider.numbers == [other]
    post.clock.forward(seconds=7)
    await worker.drain()
    assert post.provider.numbers == [other, retried, behind]
    post.clock.forward(hours=9)
    await worker.drain()
    assert post.provider.numbers[-1] == held


async def test_quiet_hours_that_began_meanwhile_keep_it_back(post: Post) -> None:
    number = await post.post()
    until = BEGIN + timedelta(hours=8)

    async def held(message: Kept, now: datetime) -> datetime | None:
        return until if now < until else None

    worker = post.worker(held=held)
    await worker.drain()
    kept = await post.get(number)
    assert (kept.status, kept.not_before, kept.attempts) == (S.WAITING, until, 0) and not post.provider.taken
    post.clock.forward(hours=8)
    await worker.drain()
    assert post.provider.numbers == [number]


async def test_who_said_stop_hears_nothing_but_what_the_carriers_demand(post: Post) -> None:
    async with post.work() as uow:
        await uow.consents.note(PHONE, True, "stop", "STOP", post.clock())
    kept_back = [await post.post(kind=kind) for kind in Kind if kind is not Kind.SERVICE]
    service, other = await post.post(kind=Kind.SERVICE), await post.post(recipient="+33639980002")
    await post.worker().drain()
    assert sorted(post.provider.numbers) == [service, other]
    assert all([(await post.get(number)).status is S.SUPPRESSED for number in kept_back])
    assert sorted(post.lost) == kept_back


async def test_what_is_posted_wakes_the_worker(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "POLL", 3600.0)
    task = asyncio.create_task(post.worker().run())
    try:
        for count in (1, 2):
            await asyncio.sleep(0.1)
            await post.post()
            async with asyncio.timeout(30):
                while len(post.provider.taken) < count:
                    await asyncio.sleep(0.01)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_stopped_in_the_middle_it_finishes_what_it_sends_and_begins_nothing(post: Post) -> None:
    post.provider.gate = asyncio.Event()
    first = await post.post(lane="a")
    second = await post.post(lane="a")
    task = asyncio.create_task(post.worker().run())
    async with asyncio.timeout(30):
        await post.provider.at_gate.wait()
    task.cancel()
    await asyncio.sleep(0)
    post.provider.gate.set()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled() and post.provider.numbers == [first]
    assert [(await post.get(number)).status for number in (first, second)] == [S.SENT, S.WAITING]


async def test_the_oldest_that_could_have_left_is_known(post: Post) -> None:
    async with post.work() as uow:
        assert await uow.outbox.oldest_due(post.clock()) is None
    await post.post(not_before=BEGIN + timedelta(hours=1))
    async with post.work() as uow:
        assert await uow.outbox.oldest_due(post.clock()) is None
    post.clock.forward(minutes=5)
    await post.post()
    post.clock.forward(minutes=5)
    async with post.work() as uow:
        assert await uow.outbox.oldest_due(post.clock()) == BEGIN + timedelta(minutes=5)

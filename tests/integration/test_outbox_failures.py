"""Whatever goes wrong while a message is sent: tried again, looked up, told; never lost and never sent twice."""


import asyncio
import random
from datetime import timedelta
from typing import Any

import pytest

from rma.model.errors import Conflict, NotFound
from rma.model.outgoing import (
    CannotTell,
    ChannelDown,
    Medium,
    OptedOut,
    OutcomeUnknown,
    OutgoingStatus,
    Paper,
    Rejected,
    TryLater,
)
from rma.service import dispatch
from rma.service.dispatch import TRIES
from tests.fixtures.outgoing import PHONE
from tests.integration.outbox_kit import Post, Provider

pytest_plugins = "tests.integration.outbox_kit"

S = OutgoingStatus


async def test_a_provider_in_trouble_is_tried_again_ever_later_and_then_a_person_looks(post: Post) -> None:
    number, worker = await post.post(), post.worker()
    pauses = []
    for attempt in range(1, TRIES + 1):
        post.provider.plan.append(TryLater("HTTP 503", "503", after=0 if attempt % 2 else None))
        await worker.drain()
        kept = await post.get(number)
        assert kept.attempts == attempt and kept.error_code == "503"
        pauses.append((kept.not_before or post.clock()) - post.clock())
        post.clock.forward(hours=1)
    assert kept.status is S.DEAD and post.lost == [number]
    growing = pauses[: TRIES - 1]
    assert growing == sorted(growing) and growing[0] >= timedelta(seconds=4) and growing[-1] <= timedelta(minutes=50)
    await worker.drain()
    assert not post.provider.taken and post.lost == [number]
    async with post.work() as uow:
        await uow.outbox.resend(number, post.clock())
    await worker.drain()
    assert (await post.get(number)).status is S.SENT and post.provider.numbers == [number]
    async with post.work() as uow:
        with pytest.raises(Conflict):
            await uow.outbox.resend(number, post.clock())
    with pytest.raises(NotFound):
        async with post.work() as uow:
            await uow.outbox.resend(10**6, post.clock())


async def test_what_is_refused_is_never_tried_again_and_told_once(post: Post) -> None:
    number = await post.post()
    post.provider.plan.append(Rejected("not a number", "21211"))
    await post.worker().drain()
    post.clock.forward(days=2)
    await post.worker().drain()
    kept = await post.get(number)
    assert (kept.status, kept.error_code, kept.error, post.lost) == (S.DEAD, "21211", "not a number", [number])


async def test_a_provider_out_of_reach_costs_no_message_and_is_tried_with_one(post: Post) -> None:
    numbers = [await post.post() for _ in range(12)]
    worker = post.worker()
    for _ in range(3 * TRIES):
        post.provider.plan.extend([ChannelDown("no connection")] * 8)
        await worker.drain()
        post.clock.forward(minutes=10)
    tried = 8 + 3 * TRIES - 1
    assert len(post.provider.plan) == 8 * 3 * TRIES - tried
    assert all([(await post.get(number)).status is S.WAITING for number in numbers])
    post.provider.plan.clear()
    post.clock.forward(hours=1)
    await worker.drain()
    assert sorted(post.provider.numbers) == numbers and not post.lost


async def test_a_pause_that_the_provider_asks_for_is_kept_for_all_messages(post: Post) -> None:
    for _ in range(3):
        await post.post(lane="one after the other")
    worker = post.worker()
    post.provider.plan.append(TryLater("HTTP 429", "429", after=90))
    await worker.drain()
    post.clock.forward(seconds=89)
    await post.post()
    await worker.drain()
    assert not post.provider.taken
    post.clock.forward(seconds=2)
    await worker.drain()
    assert len(post.provider.taken) == 4


@pytest.mark.parametrize("taken", [True, False])
async def test_an_interrupted_message_is_looked_up_before_it_is_sent_again(post: Post, taken: bool) -> None:
    number = await post.post()
    (claimed,) = await post.claim()
    if taken:
        await post.provider.send(claimed, [])
    worker = post.worker()
    await worker.drain()
    assert post.provider.asked == []  # It may still be under way.
    post.clock.forward(seconds=31)
    await worker.drain()
    kept = await post.get(number)
    assert kept.status is S.SENT and kept.provider_id == "P0" and post.provider.numbers == [number]
    assert post.provider.asked == [number]


async def test_equal_messages_that_were_interrupted_are_not_taken_for_each_other(post: Post) -> None:
    for _ in range(4):
        await post.post(text="OK")
    claimed = await post.claim()
    for message in claimed[:2]:
        await post.provider.send(message, [])
    post.clock.forward(seconds=31)
    await post.worker().drain()
    assert len(post.provider.taken) == 4
    async with post.work() as uow:
        kept = await uow.outbox.find()
    assert {message.provider_id for message in kept} == {"P0", "P1", "P2", "P3"}


async def test_a_lost_answer_is_looked_up_as_well(post: Post) -> None:
    post.provider.plan.extend([OutcomeUnknown("lost, but taken"), OutcomeUnknown("lost")])
    numbers = [await post.post(), await post.post()]
    await post.worker().drain()
    assert [(await post.get(number)).status for number in numbers] == [S.SENDING, S.SENDING]
    post.clock.forward(seconds=31)
    await post.worker().drain()
    assert sorted(post.provider.numbers) == numbers


async def test_what_cannot_be_looked_up_waits_and_what_no_one_can_tell_is_sent_again(post: Post) -> None:
    number = await post.post()
    await post.claim()
    worker = post.worker()
    post.provider.lookup_fails = TryLater("HTTP 503")
    for _ in range(5):
        post.clock.forward(minutes=10)
        await worker.drain()
    assert (await post.get(number)).status is S.SENDING and not post.provider.taken
    post.provider.lookup_fails = CannotTell("no list")
    for _ in range(2):
        post.clock.forward(minutes=10)
        await worker.drain()
    assert post.provider.numbers == [number]


async def test_a_worker_that_comes_too_late_changes_nothing(post: Post) -> None:
    number = await post.post()
    (stalled,) = await post.claim()
    post.clock.forward(seconds=31)
    await post.worker().drain()
    async with post.work() as uow:
        assert not await uow.outbox.settle(stalled, status=S.DEAD, error="too late")
    kept = await post.get(number)
    assert kept.status is S.SENT and kept.error is None


async def test_an_opt_out_at_the_provider_is_remembered(post: Post) -> None:
    first = await post.post(lane="a")
    second = await post.post(lane="a")
    post.provider.plan.append(OptedOut("unsubscribed", "21610"))
    await post.worker().drain()
    kept = await post.get(first)
    assert (kept.status, kept.error_code) == (S.SUPPRESSED, "21610") and post.lost == [first, second]
    async with post.work() as uow:
        assert await uow.consents.opted_out(PHONE)
    assert not post.provider.taken


async def test_a_paper_that_cannot_be_drawn_is_tried_again(post: Post) -> None:
    mail = Provider()
    number = await post.post(
        medium=Medium.EMAIL, recipient="a@example.com", papers=[Paper(kind="label", ref="broken")], subject="x"
    )
    worker = post.worker(channels={Medium.EMAIL: mail})
    await worker.drain()
    kept = await post.get(number)
    assert kept.status is S.WAITING and kept.attempts == 1 and "paper" in (kept.error or "") and not mail.taken


async def test_a_fallback_that_fails_does_not_keep_the_dead_alive(post: Post) -> None:
    def broken() -> None:
        raise RuntimeError("nothing can be sent instead")

    post.fallback = broken
    number = await post.post()
    post.provider.plan.append(Rejected("no", "21211"))
    await post.worker().drain()
    assert (await post.get(number)).status is S.DEAD


async def test_a_database_that_is_away_for_a_while_loses_nothing(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "POLL", 0.01)
    work, chance = post.work, random.Random(5)

    def sometimes() -> Any:
        if chance.random() < 0.4:
            raise ConnectionError("the database is away")
        return work()

    numbers = [await post.post() for _ in range(5)]
    task = asyncio.create_task(post.worker(sometimes).run())
    try:
        async with asyncio.timeout(60):
            while set(post.provider.numbers) != set(numbers):
                post.clock.forward(seconds=1)
                await asyncio.sleep(0.01)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    post.clock.forward(hours=1)
    await post.worker().drain()
    async with work() as uow:
        assert await uow.outbox.count() == {S.SENT: 5}
    assert sorted(post.provider.numbers) == numbers

"""What carriers say of parcels: kept once, in any order, on both databases; what it means for a return; who may say it; and how the
carriers that do not tell are asked."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from rma.bootstrap import Container
from rma.model.codes import ReturnStatus
from rma.model.shipping import CarrierUnavailable
from rma.model.tracking import AT_WAREHOUSE, SCANNED, TROUBLE, TrackingEvent, TrackingStatus
from rma.store.tracking_tables import ParcelLookRow
from tests.integration.notice_shop import NOON, Clock
from tests.integration.tracking_kit import events, kinds, sent_back, shop_of

pytest_plugins = "tests.integration.gateway_kit"
S = TrackingStatus


@pytest_asyncio.fixture
async def container(sqlite_url: str) -> AsyncIterator[Container]:
    async with shop_of(sqlite_url) as container:
        yield container


@pytest_asyncio.fixture
async def anywhere(database_url: str) -> AsyncIterator[Container]:
    async with shop_of(database_url) as container:
        yield container


async def test_the_first_scan_sends_it_on_its_way_and_the_warehouse_only_receives_it_itself(anywhere: Container) -> None:
    rma = await sent_back(anywhere)
    told = events(rma, S.ANNOUNCED, S.ACCEPTED, S.IN_TRANSIT, S.IN_TRANSIT, S.OUT_FOR_DELIVERY, S.DELIVERED)
    assert await anywhere.tracking.note(told[:1]) == 1
    assert (await anywhere.returns.get(rma.number)).status is ReturnStatus.LABEL_ISSUED
    assert await anywhere.tracking.note(told) == 5
    moved = await anywhere.returns.get(rma.number)
    assert moved.status is ReturnStatus.IN_TRANSIT and kinds(moved) == ["in_transit", AT_WAREHOUSE]
    first = moved.events[3]
    assert (first.by, first.detail["scan"], first.detail["place"]) == ("retour-post", "accepted", "Lyon")
    assert await anywhere.tracking.note(told) == 0 and await anywhere.returns.get(rma.number) == moved
    assert await anywhere.tracking.events(rma.number) == told


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_the_order_in_which_they_are_told_does_not_matter(container: Container, order: tuple[int, ...]) -> None:
    rma = await sent_back(container)
    told = events(rma, S.ACCEPTED, S.IN_TRANSIT, S.DELIVERED)
    for place in order:
        await container.tracking.note([told[place]])
    moved = await container.returns.get(rma.number)
    assert moved.status is ReturnStatus.IN_TRANSIT and kinds(moved) == ["in_transit", AT_WAREHOUSE]
    assert await container.tracking.events(rma.number) == told


async def test_told_ten_times_at_once_it_is_kept_once(anywhere: Container) -> None:
    rma = await sent_back(anywhere)
    told = events(rma, S.ACCEPTED, S.DELIVERED)
    noted = await asyncio.gather(*(anywhere.tracking.note(told) for _ in range(10)))
    assert sum(noted) == 2
    assert kinds(await anywhere.returns.get(rma.number)) == ["in_transit", AT_WAREHOUSE]


async def test_a_parcel_of_a_return_that_is_over_is_noted_and_moves_nothing(container: Container) -> None:
    rma = await sent_back(container)
    await container.returns.cancel(rma.number, by="shopper")
    await container.tracking.note(events(rma, S.ACCEPTED, S.IN_TRANSIT, S.DELIVERED))
    cancelled = await container.returns.get(rma.number)
    assert cancelled.status is ReturnStatus.CANCELLED and kinds(cancelled) == ["cancelled", SCANNED, AT_WAREHOUSE]
    assert len(await container.tracking.events(rma.number)) == 3


async def test_a_scan_that_comes_after_the_parcel_changes_nothing(container: Container) -> None:
    rma = await sent_back(container)
    async with container.transactions() as uow:
        found = await uow.returns.by_number(rma.number)
        found.move(ReturnStatus.RECEIVED, NOON, "marie")
        await uow.returns.save(found)
    await container.tracking.note(events(rma, S.ACCEPTED, S.DELIVERED, S.GOES_BACK))
    late = await container.returns.get(rma.number)
    assert late.status is ReturnStatus.RECEIVED and kinds(late) == ["received"]


async def test_trouble_on_the_way_is_told_once(container: Container) -> None:
    rma = await sent_back(container)
    await container.tracking.note(events(rma, S.ACCEPTED, S.FAILED, S.FAILED, S.GOES_BACK))
    assert kinds(await container.returns.get(rma.number)) == ["in_transit", TROUBLE]


async def test_a_parcel_of_nobody_is_kept_and_harms_nobody(container: Container) -> None:
    stranger = TrackingEvent(carrier="retour-post", tracking_number="ZR000000016FR", provider_id="1", status=S.ACCEPTED, at=NOON)
    assert await container.tracking.note([stranger]) == 1 and await container.tracking.note([stranger]) == 0
    rma = await sent_back(container)
    other = events(rma, S.ACCEPTED)[0].model_copy(update={"carrier": "somebody-else"})
    await container.tracking.note([other])
    assert (await container.returns.get(rma.number)).status is ReturnStatus.LABEL_ISSUED


async def test_carriers_are_asked_the_more_rarely_the_older_a_label_is(sqlite_url: str) -> None:
    clock = Clock()
    async with shop_of(sqlite_url, clock) as container:
        rma = await sent_back(container)
        number = rma.label.tracking_number
        asked = []
        carrier = container.carrier.by_code("retour-post")
        track = carrier.track

        async def counted(tracking_number: str) -> Any:
            asked.append(clock.now)
            return await track(tracking_number)

        carrier.track = counted
        for _ in range(24 * 6):
            await container.tracking.finish_interrupted()
            clock.now += timedelta(minutes=10)
        gaps = [(later - sooner).total_seconds() for sooner, later in itertools.pairwise(asked)]
        assert gaps == sorted(gaps) and 20 < len(asked) < 100
        await container.carriers.scans.add(number, S.DELIVERED, "Roubaix")
        clock.now += timedelta(hours=6)
        assert await container.tracking.finish_interrupted() == 1
        seen = len(asked)
        clock.now += timedelta(days=30)
        await container.tracking.finish_interrupted()
        assert len(asked) == seen


async def test_a_carrier_out_of_reach_is_left_in_peace_for_a_while(sqlite_url: str) -> None:
    clock = Clock()
    async with shop_of(sqlite_url, clock) as container:
        rma = await sent_back(container)
        await container.carriers.scans.add(rma.label.tracking_number, S.ACCEPTED, "Lyon")
        carrier, tried = container.carrier.by_code("retour-post"), []
        track = carrier.track

        async def broken(_number: str) -> Any:
            tried.append(clock.now)
            raise CarrierUnavailable("out of reach")

        carrier.track = broken
        for _ in range(64):
            assert await container.tracking.finish_interrupted() == 0
            clock.now += timedelta(minutes=1)
        assert len(tried) == 7
        carrier.track = track
        clock.now += timedelta(hours=6)
        assert await container.tracking.finish_interrupted() == 1
        async with container.engine.connect() as connection:
            rows = (await connection.execute(ParcelLookRow.__table__.select())).all()
        assert [row.failures for row in rows] == [0]

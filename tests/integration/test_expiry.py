"""Time passes: returns expire, get more time once, give up on what never comes, and close."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from rma.bootstrap import Container
from rma.model.codes import ReturnStatus
from rma.model.errors import Conflict
from rma.model.returns import Return
from rma.service.receiving import Arrival
from tests.integration.notice_shop import NOON, Clock, document, load, opened, plan

S = ReturnStatus
DAY = timedelta(days=1)


@pytest_asyncio.fixture
async def shop(database_url: str, tmp_path: Path) -> AsyncIterator[Container]:
    async with opened(database_url, Clock(), tmp_path) as container:
        await load(container, document())
        yield container


async def after(shop: Container, days: int) -> int:
    """What the chore does so many days after the label came."""
    clock = shop.clock
    assert isinstance(clock, Clock)
    clock.now = NOON + days * DAY
    return await shop.expiry.finish_interrupted()


async def kinds(shop: Container) -> list[str]:
    return [message.kind.value for message in await shop.outbox.find()]


async def committed(shop: Container) -> int:
    async with shop.transactions() as uow:
        return (await uow.orders.committed(1))["1"]


async def status(shop: Container, rma: Return) -> ReturnStatus:
    return (await shop.returns.get(rma.number)).status


async def test_a_parcel_that_is_never_sent(shop: Container) -> None:
    rma = await shop.returns.create(plan(quantity=2))
    assert rma.send_by == (NOON + 14 * DAY).date()
    assert await after(shop, 21) == 0 and await committed(shop) == 2
    assert await after(shop, 22) == 1 and await after(shop, 22) == 0
    assert await status(shop, rma) is S.EXPIRED and await committed(shop) == 0
    (mail,) = [message for message in await shop.outbox.find() if message.kind == "expired"]
    assert rma.number in (mail.subject or "") and "https://shop.example" in mail.text
    # It was on its way all the same.
    assert (await shop.receiving.receive(rma.number, Arrival(), "ana")).status is S.RECEIVED
    assert await committed(shop) == 2


async def test_more_time_once_and_a_reminder_of_the_new_day(shop: Container) -> None:
    rma = await shop.returns.create(plan())
    clock = shop.clock
    assert isinstance(clock, Clock)
    clock.now = NOON + 12 * DAY
    assert await shop.reminders.finish_interrupted() == 1
    extended = await shop.expiry.extend(rma.number, "shopper")
    assert extended.send_by == (NOON + 28 * DAY).date()
    with pytest.raises(Conflict, match="once already"):
        await shop.expiry.extend(rma.number, "shopper")
    assert await after(shop, 22) == 0 and await shop.reminders.finish_interrupted() == 0
    clock.now = NOON + 26 * DAY
    assert await shop.reminders.finish_interrupted() == 1 and await shop.reminders.finish_interrupted() == 0
    assert await after(shop, 36) == 1 and await status(shop, rma) is S.EXPIRED
    with pytest.raises(Conflict, match="it is expired"):
        await shop.expiry.extend(rma.number, "shopper")


async def test_the_rest_of_a_parcel_that_never_comes_is_missing(shop: Container) -> None:
    rma = await shop.returns.create(plan(quantity=2))
    await shop.receiving.receive(rma.number, Arrival({"1": 1}), "ana")
    assert await after(shop, 20) == 0
    assert await after(shop, 22) == 1
    rma = await shop.returns.get(rma.number)
    assert rma.status is S.RECEIVED and (rma.lines[0].received, rma.lines[0].missing) == (1, 1)
    assert rma.events[-1].by == "system" and (await kinds(shop)).count("received") == 1


async def test_a_parcel_in_the_carriers_hands_does_not_expire(shop: Container) -> None:
    rma = await shop.returns.create(plan())
    async with shop.transactions() as uow:
        moving = await uow.returns.by_number(rma.number)
        assert moving is not None
        moving.move(S.IN_TRANSIT, NOON, "carrier")
        await uow.returns.save(moving)
    assert await after(shop, 200) == 0 and await status(shop, rma) is S.IN_TRANSIT


async def test_what_is_settled_closes(shop: Container) -> None:
    rma = await shop.returns.create(plan())
    await shop.receiving.receive(rma.number, Arrival(), "ana")
    await shop.inspection.inspect(rma.number, None, "ana")
    async with shop.transactions() as uow:
        paid = await uow.returns.by_number(rma.number)
        assert paid is not None
        paid.move(S.REFUNDED, NOON, "ana")
        await uow.returns.save(paid)
    assert await after(shop, 29) == 0
    assert await after(shop, 31) == 1 and await status(shop, rma) is S.CLOSED

"""What the tables of text messages promise, on both databases: kept once, one answers at a time, orders found by phone."""

import asyncio
import json
from datetime import timedelta

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from rma.model.errors import Conflict
from rma.model.inbound import Received
from rma.service.inbound import Batch
from rma.store.migrate import sync_url
from tests.integration.test_returns_once import opened, order

NOAH, LEASE = "+33612345678", timedelta(seconds=30)


def message(place: int, token: str | None = None, sender: str = NOAH) -> Received:
    return Received(sid=f"SM{place}", token=token, sender=sender, recipient="+33700000001", text=f"text {place}")


async def outcomes(*calls):
    found = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(one, Conflict) for one in found if isinstance(one, BaseException))
    return [one for one in found if not isinstance(one, BaseException)]


async def test_a_message_is_kept_once_however_often_it_comes_at_once(database_url: str) -> None:
    async with opened(database_url) as first, opened(database_url) as second:
        calls = [(first, second)[place % 2].inbound.receive(message(1, token="t")) for place in range(8)]
        assert sum(await outcomes(*calls)) == 1
        assert not await first.inbound.receive(message(1)) and not await first.inbound.receive(message(2, token="t"))
        async with first.transactions() as uow:
            assert await uow.inbound.count_since(NOAH, first.clock() - LEASE) == 1


async def test_many_at_once_are_all_kept_and_one_that_cannot_be_costs_the_others_nothing(database_url: str) -> None:
    async with opened(database_url) as container:
        calls = [container.inbound.receive(message(place % 100, sender=f"+33600000{place % 7:03d}")) for place in range(130)]
        broken = container.inbound.receive(message(500).model_copy(update={"sid": None}))
        kept = await asyncio.gather(*calls, broken, return_exceptions=True)
        assert isinstance(kept.pop(), Exception) and kept == [True] * 100 + [False] * 30
        async with container.transactions() as uow:
            waiting = [await uow.inbound.of(one.sender, "waiting", 200) for one in await uow.inbound.pending()]
        assert sum(map(len, waiting)) == 100


async def test_a_number_is_answered_by_one_at_a_time_and_what_was_taken_stays_one_turn(database_url: str) -> None:
    async with opened(database_url) as first, opened(database_url) as second:
        for place in range(3):
            await first.inbound.receive(message(place))
        calls = [(first, second)[place % 2].inbound.take(NOAH, LEASE) for place in range(6)]
        (batch,) = [one for one in await outcomes(*calls) if one]
        assert isinstance(batch, Batch) and batch.text == "text 0\ntext 1\ntext 2"
        assert await second.inbound.take(NOAH, LEASE) is None
        await first.inbound.receive(message(3))
        await first.inbound.put_off(batch, timedelta(0))
        again = await second.inbound.take(NOAH, LEASE)
        assert again is not None and (again.key, again.text, again.attempt) == (batch.key, batch.text, 2)
        assert again.conversation.id == batch.conversation.id
        await second.inbound.finish(again)
        rest = await first.inbound.take(NOAH, LEASE)
        assert rest is not None and rest.text == "text 3" and rest.conversation.id == batch.conversation.id
        await first.inbound.finish(rest, ["try_again"])
        assert await first.inbound.due() == ([], None)
        (said,) = [one for one in await first.outbox.find() if one.recipient == NOAH]
        assert said.text == first.texts.get("try_again", "fr", "sms")


@pytest.mark.parametrize("written", ["+33 6 12 34 56 78", "06.12.34.56.78", "0033612345678"])
async def test_orders_are_found_by_phone_in_any_writing(database_url: str, written: str) -> None:
    mine = [order(number) | {"customer": {"name": "N", "phone": written}} for number in ("W1", "W2")]
    other = order("W3") | {"customer": {"name": "N", "phone": "+33687654321"}}
    async with opened(database_url) as container:
        await container.shop.load({"orders": [*mine, other, order("W4") | {"customer": {"name": "N"}}]})
        async with container.transactions() as uow:
            found = await uow.orders.by_phone(NOAH, 10)
        assert {one.number for _, one in found} == {"W1", "W2"}


def test_orders_of_before_are_found_by_phone_after_the_migration(tmp_path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    engine = create_engine(sync_url(url))
    migrate(engine, "0006")
    documents = [order("W1"), order("W2") | {"customer": {"name": "N", "phone": "none"}}]
    with engine.begin() as connection:
        for place, document in enumerate(documents):
            values = {"key": str(place), "document": json.dumps(document)}
            connection.execute(
                text("INSERT INTO orders (key, customer, placed_at, status, document, cancelled_here)"
                     " VALUES (:key, 'n', '2026-11-01', 'delivered', :document, 0)"), values,
            )  # fmt: skip
    migrate(engine, "head")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT phone FROM orders ORDER BY id")).scalars().all() == [NOAH, None]


def migrate(engine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", "migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

"""Tags of single units at inspection: each unit once, of the right article, no more than there are."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from rma.model.agents import Agent, Role
from rma.model.codes import Reason
from rma.model.errors import Refused
from rma.service.returns import PlannedLine
from rma.store.migrate import sync_url
from tests.integration.refund_kit import NOON, Look, RefundShop, order, refund_shop

COCOA, OTHER = "09506000134352", "09506000134369"


BOSS = Agent(id=1, login="marie", name="Marie", role=Role.ADMIN, password_hash="x", created_at=NOON)


def tag(serial: str, gtin: str = COCOA) -> str:
    return f"https://id.gs1.org/01/{gtin}/21/{serial}"


@pytest_asyncio.fixture
async def shop(database_url: str) -> AsyncIterator[RefundShop]:
    async with refund_shop(database_url) as opened:
        documents = [order(), order("W2"), order("W3", placed_at=(NOON + timedelta(days=9)).isoformat())]
        for made in documents:
            made["lines"][0]["gtin"] = COCOA
        await opened.load(*documents)
        yield opened


async def test_tags_are_checked_against_units_and_article(shop: RefundShop) -> None:
    rma = await shop.announce(quantity=3)
    await shop.receive(rma)
    same = f"(01){COCOA}(21)a"
    for looks, why in (
        ([Look("1", 1, epcs=(tag("a"), tag("b")))], "2 tags of single units, but 1 units"),
        ([Look("1", 2, epcs=(tag("a"), same))], "read twice"),
        ([Look("1", 1, epcs=(tag("a"),)), Look("1", 1, epcs=(same,))], "read twice"),
        ([Look("1", 1, epcs=(tag("a", OTHER),))], "of another article"),
        ([Look("1", 1, epcs=(OTHER,))], "of another article"),
    ):
        with pytest.raises(Refused, match=why):
            await shop.inspect(rma, *looks)
    await shop.inspect(rma, Look("1", 1, epcs=(tag("a"), COCOA)))
    with pytest.raises(Refused, match=f"looked at in {rma.number} already"):
        await shop.inspect(rma, Look("1", 1, epcs=(same,)))
    rma = await shop.inspect(rma, Look("1", 2, epcs=(tag("b"), tag("c"))))
    assert rma.lines[0].accepted == 3


async def test_a_unit_comes_again_only_when_it_was_refused_or_sold_again(shop: RefundShop) -> None:
    first = await shop.announce(quantity=2)
    await shop.receive(first)
    await shop.inspect(first, Look("1", 1, epcs=(tag("a"),)), Look("1", 1, accepted=False, why="worn", epcs=(tag("b"),)))
    again, other = await shop.announce(quantity=2), await shop.announce(order_id=2)
    for rma in (again, other):
        await shop.receive(rma)
        with pytest.raises(Refused, match=f"looked at in {first.number} already"):
            await shop.inspect(rma, Look("1", 1, epcs=(tag("a"),)))
    await shop.inspect(again, Look("1", 1, epcs=(tag("b"),)))
    shop.clock.now += timedelta(days=10)
    sold_again = await shop.announce(order_id=3)
    await shop.receive(sold_again)
    await shop.inspect(sold_again, Look("1", 1, epcs=(tag("a"),)))


async def test_a_unit_that_was_sold_again_to_who_had_waited_for_it_is_taken(shop: RefundShop) -> None:
    """Ordered while there was none, delivered once a returned one was there."""
    first = await shop.announce()
    await shop.receive(first)
    await shop.inspect(first, Look("1", 1, epcs=(tag("a"),)))
    waited = order("W4", placed_at=(NOON - timedelta(days=5)).isoformat())
    waited["lines"][0] |= {"gtin": COCOA, "delivered_at": (NOON + timedelta(days=2)).isoformat()}
    await shop.load(waited)
    shop.clock.now += timedelta(days=4)
    again = await shop.announce(order_id=4)
    await shop.receive(again)
    assert (await shop.inspect(again, Look("1", 1, epcs=(tag("a"),)))).lines[0].accepted == 1


async def test_a_wrong_article_that_was_sent_is_looked_at_with_its_tag(shop: RefundShop) -> None:
    rma = await shop.announce(lines=(PlannedLine("1", 1, Reason.WRONG_ITEM, photo=None),))
    if rma.status == "review":
        await shop.container.rulings.approve(BOSS, None, rma.number)
    await shop.receive(rma)
    assert (await shop.inspect(rma, Look("1", 1, epcs=(tag("x", OTHER),)))).lines[0].accepted == 1


async def test_tags_that_were_read_before_they_were_kept_apart_are_known(shop: RefundShop, database_url: str) -> None:
    first = await shop.announce(quantity=2)
    await shop.receive(first)
    await shop.inspect(first, Look("1", 1, epcs=(f"(01){COCOA}(21)a", "no code at all")), Look("1", 1))
    config = Config(attributes={"connection": None})
    config.set_main_option("script_location", "migrations")
    await shop.container.engine.dispose()
    engine = create_engine(sync_url(database_url))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0015")
        command.upgrade(config, "head")
    engine.dispose()
    again = await shop.announce()
    await shop.receive(again)
    with pytest.raises(Refused, match="already"):
        await shop.inspect(again, Look("1", 1, epcs=(tag("a"),)))

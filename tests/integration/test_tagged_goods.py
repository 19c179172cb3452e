"""Tags of single units at inspection: each unit once, of the right article, no more than there are."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from rma.model.errors import Refused
from tests.integration.refund_kit import NOON, Look, RefundShop, order, refund_shop

COCOA, OTHER = "09506000134352", "09506000134369"


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

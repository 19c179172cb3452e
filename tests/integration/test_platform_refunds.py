"""The shop's platform is told of money that went back: with its units, once, and never so that it pays it again."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from rma.model.orders import Order
from rma.model.returns import Return
from tests.integration.platform_kit import OnShopify, on_shopify


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[OnShopify]:
    # Shopify tells who was paid how much by whom; the ledger of ours pays here, as a provider beside Shopify would.
    async with on_shopify(sqlite_url, refunds="embedded") as opened:
        yield opened


async def refunded(shop: OnShopify, sold: Order, key: str = "k", quantity: int = 1) -> Return:
    rma = await shop.came_back(sold, key, quantity)
    return await shop.container.refunds.refund(rma.number, "ana", "refund-" + key)


def written(shop: OnShopify) -> list[tuple[str, int]]:
    (order,) = shop.shopify.orders.values()
    return [
        (one["note"].partition(" [")[0].partition(": ")[2], sum(line["quantity"] for line in one["refundLineItems"]))
        for one in order["refunds"]
    ]


async def test_it_is_written_with_its_units_and_pays_nothing(shop: OnShopify) -> None:
    sold = await shop.bought()
    rma = await refunded(shop, sold)
    assert rma.refund["total"] != "0.00"
    assert await shop.container.books.finish_interrupted() == 1
    assert written(shop) == [(f"{rma.refund['total']} EUR", 1)] and shop.shopify.paid_out == 0
    assert await shop.container.books.finish_interrupted() == 0
    # What we had refunded is still there to be counted by us.
    await shop.container.sync.read_changed()
    async with shop.container.transactions() as uow:
        found = await uow.orders.find("W2611340")
    assert found and found[1].lines == sold.lines


@pytest.mark.parametrize("trouble", ["lost", "down", 502, 429])
async def test_a_failure_is_tried_again_later_and_never_twice(shop: OnShopify, trouble: Any) -> None:
    sold = await shop.bought()
    await refunded(shop, sold)
    shop.shopify.troubles, shop.shopify.trouble_with = [trouble], "refundCreate"
    assert await shop.container.books.finish_interrupted() == 0
    assert await shop.container.books.finish_interrupted() == 0  # not yet
    shop.clock.now += timedelta(minutes=10)
    assert await shop.container.books.finish_interrupted() == 1
    assert len(written(shop)) == 1 and await shop.container.books.stuck() == []


async def test_two_refunds_of_one_order_are_two_with_their_own_units(shop: OnShopify) -> None:
    sold = await shop.bought()
    await refunded(shop, sold)
    await refunded(shop, sold, "k2")
    assert await shop.container.books.finish_interrupted() == 2
    assert [units for _, units in written(shop)] == [1, 1]
    total = sum((Decimal(said.partition(" ")[0]) for said, _ in written(shop)), Decimal(0))
    assert total <= sum((one.amount for one in sold.payment_methods), Decimal(0))


async def test_one_that_is_refused_waits_for_a_person(shop: OnShopify) -> None:
    sold = await shop.bought()
    rma = await refunded(shop, sold)
    (raw,) = shop.shopify.orders.values()
    raw["lineItems"][0]["currentQuantity"] = 0
    assert await shop.container.books.finish_interrupted() == 0
    ((_, number, why),) = await shop.container.books.stuck()
    assert number == rma.number and "more items than were purchased" in why
    raw["lineItems"][0]["currentQuantity"] = 2
    assert await shop.container.books.retry() == 1 and await shop.container.books.finish_interrupted() == 1


async def test_what_shopify_paid_itself_is_not_paid_again(database_url: str) -> None:
    async with on_shopify(database_url) as shop:
        sold = await shop.bought()
        rma = await refunded(shop, sold)
        paid = shop.shopify.paid_out
        assert paid == Decimal(rma.refund["total"]) > 0
        assert await shop.container.books.finish_interrupted() == 1
        assert shop.shopify.paid_out == paid
        (raw,) = shop.shopify.orders.values()
        assert raw["lineItems"][0]["currentQuantity"] == 1

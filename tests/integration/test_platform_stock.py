"""The shop's platform is told of what can be sold again: as much as was accepted, once, whatever goes wrong in between."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from rma.model.codes import Disposition
from rma.model.goods import Grade
from rma.service.stock import LEASE
from tests.integration.platform_kit import OnShopify, on_shopify


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[OnShopify]:
    async with on_shopify(sqlite_url) as opened:
        yield opened


@pytest_asyncio.fixture
async def either(database_url: str) -> AsyncIterator[OnShopify]:
    """On each database: what claims rows."""
    async with on_shopify(database_url) as opened:
        yield opened


async def told(shop: OnShopify) -> list[bool]:
    async with shop.container.transactions() as uow:
        numbers = [rma.number for rma in await uow.returns.find(None, None)]
        units = [unit for number in numbers for unit in await uow.goods.of(number)]
    return [
        unit.stock_told_at is not None for unit in units if unit.accepted and unit.disposition is Disposition.RESTOCK
    ]


async def test_right_after_inspection_as_much_as_was_accepted(shop: OnShopify) -> None:
    sold = await shop.bought()
    await shop.came_back(sold, quantity=2)
    await shop.container.stock.settled()
    assert shop.stock() == 7 and await told(shop) == [True]
    assert await shop.container.stock.finish_interrupted() == 0 and len(shop.shopify.adjustments) == 1


async def test_what_is_not_for_the_shelf_is_not_told(shop: OnShopify) -> None:
    sold = await shop.bought()
    await shop.came_back(sold, accepted=False, why="worn")
    await shop.came_back(sold, "k2", grade=Grade.USED, disposition=Disposition.DONATE, why="stained")
    await shop.container.stock.settled()
    assert shop.stock() == 5 and await told(shop) == []


async def test_several_at_once_tell_each_row_once(either: OnShopify) -> None:
    shop = either
    sold = await shop.bought()
    shop.shopify.troubles = [429, 429]
    await shop.came_back(sold)
    await shop.came_back(sold, "k2")
    await shop.container.stock.settled()
    shop.clock.now += timedelta(minutes=10)
    shop.shopify.troubles = []
    await asyncio.gather(*(shop.container.stock.finish_interrupted() for _ in range(4)))
    assert shop.stock() == 7 and await told(shop) == [True, True]


@pytest.mark.parametrize("trouble", ["lost", "down", 502, 429, 401])
async def test_a_failure_is_tried_again_later_and_never_twice(shop: OnShopify, trouble: Any) -> None:
    sold = await shop.bought()
    shop.shopify.troubles, shop.shopify.trouble_with = [trouble], "inventoryAdjustQuantities"
    await shop.came_back(sold, quantity=2)
    await shop.container.stock.settled()
    assert await told(shop) == [False]
    assert await shop.container.stock.finish_interrupted() == 0  # not yet: it was tried just now
    shop.clock.now += timedelta(minutes=10)
    assert await shop.container.stock.finish_interrupted() == 1
    assert shop.stock() == 7 and await told(shop) == [True] and len(shop.shopify.adjustments) == 1


async def test_a_kill_between_the_telling_and_the_mark(either: OnShopify) -> None:
    shop = either
    sold = await shop.bought()
    stock = shop.container.stock
    asked = shop.container.platform.restock

    async def killed(move: Any) -> None:
        await asked(move)
        raise asyncio.CancelledError

    shop.container.platform.restock = killed  # type: ignore[method-assign]
    await shop.came_back(sold)
    await stock.settled()
    assert shop.stock() == 6 and await told(shop) == [False]
    shop.container.platform.restock = asked  # type: ignore[method-assign]
    assert await stock.finish_interrupted() == 0  # whoever claimed it may still be at it
    shop.clock.now += LEASE
    assert await stock.finish_interrupted() == 1
    assert shop.stock() == 6 and await told(shop) == [True]


async def test_what_the_platform_would_know_no_longer_is_for_a_person(shop: OnShopify) -> None:
    sold = await shop.bought()
    shop.shopify.troubles, shop.shopify.trouble_with = ["lost"], "inventoryAdjustQuantities"
    await shop.came_back(sold)
    await shop.container.stock.settled()
    shop.shopify.forget_keys()
    shop.clock.now += timedelta(hours=13)
    assert await shop.container.stock.finish_interrupted() == 0
    assert shop.stock() == 6, "told twice"
    (stuck,) = await shop.container.stock.stuck()
    assert "look whether the stock was raised" in (stuck.error or "")
    assert await shop.container.stock.done_by_hand(stuck.unit)
    assert await shop.container.stock.stuck() == [] and await told(shop) == [True]


async def test_one_that_is_refused_does_not_stop_the_others(either: OnShopify) -> None:
    shop = either
    sold = await shop.bought()
    variant = shop.shopify.variant("TSH-BLU-M")
    variant["sku"] = "RENAMED"
    await shop.came_back(sold)
    await shop.container.stock.settled()
    (stuck,) = await shop.container.stock.stuck()
    assert "TSH-BLU-M" in (stuck.error or "") and stuck.attempts == 1
    variant["sku"] = "TSH-BLU-M"
    await shop.came_back(sold, "k2")
    await shop.container.stock.settled()
    assert shop.stock() == 6
    assert await shop.container.stock.retry() == 1 and await shop.container.stock.finish_interrupted() == 1
    assert shop.stock() == 7 and await shop.container.stock.stuck() == []

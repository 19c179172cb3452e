"""Goods that come when nobody waits for them any more, and returns that close all the same, or must not."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest_asyncio

from rma.model.codes import ReturnStatus
from rma.model.returns import Return
from rma.service.receiving import Arrival
from tests.integration.refund_kit import RefundShop, order, refund_shop

S = ReturnStatus


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[RefundShop]:
    async with refund_shop(sqlite_url) as opened:
        await opened.load(order(), order("W2"))
        yield opened


async def one_of_two(shop: RefundShop) -> Return:
    """Two are announced, one comes, and the other is given up."""
    rma = await shop.announce(quantity=2)
    await shop.receive(rma, line1=1)
    await shop.inspect(rma)
    return await shop.container.receiving.receive(rma.number, Arrival(complete=True), "ana")


async def test_a_unit_that_comes_after_it_was_missing_and_paid_without_is_due(shop: RefundShop) -> None:
    rma = await one_of_two(shop)
    rma = await shop.refund(rma)
    assert rma.status is S.REFUNDED and await shop.moved() == {"card_1": "15.00"}
    assert await shop.container.refunds.dues() == []
    await shop.receive(rma, line1=1)
    await shop.inspect(rma)
    (claim,) = await shop.container.refunds.dues()
    assert (claim.number, claim.amount) == (rma.number, Decimal("19.90"))
    shop.clock.now += timedelta(days=31)
    assert await shop.container.expiry.finish_interrupted() == 0
    rma = await shop.refund(rma)
    assert rma.status is S.REFUNDED and await shop.moved() == {"card_1": "34.90"} and rma.lines[0].refunded == 2
    assert await shop.container.refunds.dues() == []


async def test_a_late_unit_is_paid_by_itself_where_the_shop_does_not_pay_by_hand(sqlite_url: str, tmp_path: Path) -> None:
    async with refund_shop(sqlite_url, tmp_path, "after_inspection") as shop:
        await shop.load(order())
        rma = await one_of_two(shop)
        assert await shop.later(minutes=1) == 1
        await shop.receive(rma, line1=1)
        assert await shop.later(minutes=1) == 0
        await shop.inspect(rma)
        assert (await shop.later(minutes=1), await shop.later(minutes=1)) == (1, 0)
        assert await shop.moved() == {"card_1": "34.90"}


async def test_a_shop_that_does_not_inspect_has_its_returns_closed(shop: RefundShop) -> None:
    rma, begun = await shop.announce(), await shop.announce(order_id=2, quantity=2)
    await shop.receive(rma)
    assert (await shop.refund(rma)).status is S.REFUNDED
    shop.clock.now += timedelta(days=31)
    assert await shop.container.expiry.finish_interrupted() == 2  # the other one's label is long over
    assert (await shop.again(rma)).status is S.CLOSED and (await shop.again(begun)).status is S.EXPIRED

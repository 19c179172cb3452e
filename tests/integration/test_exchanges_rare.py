"""What seldom happens to an exchange: fewer are left, nothing that came is accepted, it comes after it was called off."""

from collections.abc import AsyncIterator

import pytest_asyncio

from rma.model.codes import ReturnStatus
from rma.model.platforms import StockMove
from rma.service.receiving import Arrival
from tests.integration.refund_kit import RefundShop, order, refund_shop
from tests.integration.test_exchanges import kept, states

S = ReturnStatus


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[RefundShop]:
    async with refund_shop(sqlite_url) as opened:
        await opened.load(order())
        yield opened


async def test_three_are_sold_out_and_the_two_that_are_left_go_out_without_money(shop: RefundShop) -> None:
    rma = await shop.exchange("S-1-0", 3)
    move = StockMove(key="m", sku="S-1-0", quantity=2, cause="two came back", at=shop.clock.now)
    await shop.container.platform.restock(move)
    await shop.receive(rma, line1=2)
    await shop.container.receiving.receive(rma.number, Arrival(complete=True), "ana")
    rma = await shop.refund(rma)
    assert rma.status is S.EXCHANGED and await kept(shop, "S-1-0") == 0
    assert await shop.moved() == {} and rma.refund["total"] == "0.00"

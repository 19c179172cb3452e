"""What seldom happens to an exchange: fewer are left, nothing that came is accepted, it comes after it was called off."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest
import pytest_asyncio

from rma.model.codes import ReturnStatus
from rma.model.errors import Refused
from rma.model.platforms import StockMove
from rma.service.receiving import Arrival
from tests.integration.refund_kit import Look, RefundShop, order, refund_shop
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


async def test_closed_with_nothing_accepted_it_is_given_back(shop: RefundShop) -> None:
    rma = await shop.exchange("S-1-L")
    await shop.receive(rma)
    await shop.inspect(rma, Look("1", accepted=False, why="worn for weeks"))
    assert await states(shop, rma.number) == ["reserved"]
    shop.clock.now += timedelta(days=31)
    assert await shop.container.expiry.finish_interrupted() == 1 and (await shop.again(rma)).status is S.CLOSED
    assert await shop.container.exchanges.finish_interrupted() == 1
    assert await states(shop, rma.number) == ["released"] and await kept(shop, "S-1-L") == 0


@pytest.mark.parametrize("given_back", [True, False])
async def test_goods_of_an_exchange_that_expired_come_and_it_goes_out_all_the_same(shop: RefundShop, given_back: bool) -> None:
    rma = await shop.exchange("S-1-L")
    shop.clock.now += timedelta(days=22)
    assert await shop.container.expiry.finish_interrupted() == 1
    if given_back:
        assert await shop.container.exchanges.finish_interrupted() == 1
    rma = await shop.receive(rma)
    assert rma.status is S.RECEIVED
    await shop.container.exchanges.finish_interrupted()
    assert await states(shop, rma.number) == ["released", "reserved"] and await kept(shop, "S-1-L") == -1
    rma = await shop.refund(rma)
    assert rma.status is S.EXCHANGED and await states(shop, rma.number) == ["released", "placed"] and await shop.moved() == {}


async def test_an_amount_for_what_costs_less_is_refused_and_not_passed_over(shop: RefundShop) -> None:
    rma = await shop.exchange("S-1-S")
    await shop.receive(rma)
    with pytest.raises(Refused, match="leave out the amount"):
        await shop.refund(rma, amount="1.00", reason="worn")
    assert await shop.moved() == {} and await states(shop, rma.number) == ["reserved"]
    await shop.refund(rma)
    assert await shop.moved() == {"card_1": "4.00"}


async def test_what_lay_in_the_parcel_of_an_exchange_besides_is_paid(shop: RefundShop) -> None:
    rma = await shop.exchange("S-1-L")
    await shop.receive(rma, line1=1, line2=1)
    assert Decimal(await shop.owed(rma)) == 0
    await shop.inspect(rma, Look("1"), Look("2"))
    (claim,) = await shop.container.refunds.dues()
    assert (claim.amount, claim.instead) == (Decimal("8.00"), ("S-1-L",))
    rma = await shop.refund(rma)
    assert rma.status is S.EXCHANGED and await states(shop, rma.number) == ["placed"]
    assert await shop.moved() == {"card_1": "8.00"} and rma.refund["total"] == rma.refund["items"] == "8.00"

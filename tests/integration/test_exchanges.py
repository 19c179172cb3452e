"""What goes out for what comes back: kept aside when the return is made, sent when it is settled, the difference as promised."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
import pytest_asyncio
from sqlalchemy import text

from rma.model.codes import Language, OrderStatus, Reason, Resolution, ReturnStatus
from rma.model.errors import Conflict, Refused
from rma.model.outgoing import Kind
from rma.model.refunding import ExchangeStatus, RefundKind
from rma.service.receiving import Arrival
from rma.service.returns import PlannedLine
from tests.fixtures.talking import Talk, outbox
from tests.integration.refund_kit import Look, RefundShop, kinds, order, refund_shop

S, X = ReturnStatus, ExchangeStatus


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[RefundShop]:
    async with refund_shop(sqlite_url) as opened:
        await opened.load(order(), order("W2"))
        yield opened


async def kept(shop: RefundShop, sku: str) -> int:
    """Units of the article that the shop has fewer, or more, than it began with."""
    async with shop.container.engine.connect() as connection:
        found = await connection.execute(text("SELECT coalesce(sum(quantity), 0) FROM stock_moves WHERE sku = :sku"), {"sku": sku})
        return int(found.scalar_one())


async def states(shop: RefundShop, number: str) -> list[str]:
    return [item.status.value for item in await shop.container.refunds.exchanges(number)]


async def test_it_is_kept_aside_and_sent_when_the_other_came(shop: RefundShop) -> None:
    rma = await shop.exchange("S-1-L", 2)
    assert await states(shop, rma.number) == ["reserved"] and await kept(shop, "S-1-L") == -2
    with pytest.raises(Conflict, match="waits for the goods"):
        await shop.refund(rma)
    await shop.receive(rma)
    (claim,) = await shop.container.refunds.dues()
    assert claim.instead == ("S-1-L",) and claim.amount == 0
    rma = await shop.refund(rma, "k")
    assert rma.status is S.EXCHANGED and await states(shop, rma.number) == ["placed"] and await shop.moved() == {}
    (number,) = rma.events[-1].detail["orders"]
    (told,) = [one for one in await outbox(shop.container) if one.kind is Kind.REFUNDED]
    assert number in told.text and "2 of 3 × T-shirt" in told.text and "new item" in (told.subject or "")
    assert (await shop.refund(rma, "k")).events == rma.events and await kept(shop, "S-1-L") == -2
    async with shop.container.transactions() as uow:
        found = await uow.orders.find(number)
    assert found and found[1].status is OrderStatus.PENDING and found[1].lines[0].quantity == 2
    assert sum(method.amount for method in found[1].payment_methods) == Decimal("39.80")
    with pytest.raises(Conflict):
        await shop.refund(rma, "k2")
    assert await shop.container.refunds.dues() == []


async def test_who_asks_for_money_is_told_when_the_other_leaves(shop: RefundShop) -> None:
    rma = await shop.exchange("S-1-L", 2)

    async def told(english: str, french: str) -> None:
        for language, words in ((Language.EN, english), (Language.FR, french)):
            talk = await Talk.begin(shop.container, language, order_id=rma.order_id)
            assert words in await talk.say("…", "check_refund_status", 0.99), talk.text

    await told("once the parcel is here", "dès que le colis est arrivé")
    await shop.container.receiving.receive(rma.number, Arrival(), "ana")
    await told("is being checked", "Nous vérifions")
    await shop.container.inspection.inspect(rma.number, None, "ana")
    await told("leaves next", "est faite")
    await shop.refund(rma)
    await told("is ordered", "est commandé")


async def test_called_off_it_is_given_back(shop: RefundShop) -> None:
    rma = await shop.exchange("S-1-L")
    await shop.container.returns.cancel(rma.number, "shopper")
    assert await states(shop, rma.number) == ["released"] and await kept(shop, "S-1-L") == 0
    other = await shop.exchange("S-1-L")
    async with shop.container.transactions() as uow:  # as when it expires, or is declined
        fresh = await uow.returns.by_number(other.number)
        assert fresh is not None
        fresh.move(S.EXPIRED, shop.clock.now, "system")
        await uow.returns.save(fresh)
    assert await shop.container.exchanges.finish_interrupted() == 1
    assert await states(shop, other.number) == ["released"] and await kept(shop, "S-1-L") == 0


async def test_what_is_cheaper_pays_the_difference_back(shop: RefundShop) -> None:
    rma = await shop.exchange("S-1-S", 2)
    await shop.receive(rma)
    rma = await shop.refund(rma)
    (refund,) = await shop.container.refunds.of(rma.number)
    assert refund.kind is RefundKind.EXCHANGE_DIFFERENCE and await shop.moved() == {"card_1": "8.00"}
    assert rma.status is S.EXCHANGED and rma.refund["total"] == "8.00"


async def test_what_is_dearer_waits_until_the_difference_is_settled(shop: RefundShop) -> None:
    rma = await shop.exchange("S-1-XL")
    await shop.receive(rma)
    with pytest.raises(Refused, match=r"5\.00 EUR more than what comes back: settle that with the shopper first"):
        await shop.refund(rma)
    assert await states(shop, rma.number) == ["reserved"]
    rma = await shop.refund(rma, reason="paid by link", amount="3.00")
    (item,) = await shop.container.refunds.exchanges(rma.number)
    assert rma.status is S.EXCHANGED and item.value == Decimal("22.90") and await shop.moved() == {}


async def test_what_was_sent_comes_back_and_is_paid_to_the_card_of_the_first_order(shop: RefundShop) -> None:
    rma = await shop.exchange("S-1-S")
    await shop.receive(rma)
    rma = await shop.refund(rma)
    (number,) = rma.events[-1].detail["orders"]
    async with shop.container.transactions() as uow:
        found = await uow.orders.find(number)
        assert found
        day = shop.clock.now.isoformat()
        document = found[1].model_dump(mode="json") | {"status": "delivered"}
        document["lines"][0]["delivered_at"] = day
    assert not (await shop.container.shop.load({"orders": [document]})).failures
    back = await shop.announce(order_id=found[0], lines=(PlannedLine("1", 1, Reason.DEFECTIVE),))
    await shop.receive(back)
    back = await shop.refund(back)
    assert back.status is S.REFUNDED and back.refund["total"] == "15.90" and await shop.moved() == {"card_1": "19.90"}


async def test_sold_out_the_money_goes_back_when_a_person_says_so(shop: RefundShop) -> None:
    rma = await shop.exchange("S-1-0")
    (item,) = await shop.container.refunds.exchanges(rma.number)
    assert item.sold_out and item.status is X.WANTED and "exchange_sold_out" in kinds(await shop.again(rma))
    await shop.receive(rma)
    with pytest.raises(Conflict, match="is sold out"):
        await shop.refund(rma)
    assert await shop.moved() == {} and await shop.container.exchanges.finish_interrupted() == 0
    rma = await shop.refund(rma, reason="she takes the money")
    assert rma.status is S.REFUNDED and rma.refund["total"] == "19.90" and await shop.moved() == {"card_1": "19.90"}
    await shop.container.exchanges.finish_interrupted()
    assert await states(shop, rma.number) == ["released"]


async def test_fewer_came_so_fewer_go_out(shop: RefundShop) -> None:
    rma = await shop.exchange("S-1-S", 3)
    await shop.receive(rma)
    await shop.inspect(rma, Look("1", 2), Look("1", 1, accepted=False, why="torn"))
    rma = await shop.refund(rma)
    await shop.container.exchanges.finish_interrupted()
    assert rma.status is S.EXCHANGED and await shop.moved() == {"card_1": "8.00"}
    assert sorted(await states(shop, rma.number)) == ["placed", "released"] and await kept(shop, "S-1-S") == -2


async def test_a_replacement_is_sent_without_money(shop: RefundShop) -> None:
    rma = await shop.exchange("S-1-L", 1, Resolution.REPLACEMENT)
    await shop.receive(rma)
    rma = await shop.refund(rma)
    (item,) = await shop.container.refunds.exchanges(rma.number)
    assert rma.status is S.EXCHANGED and item.sku == "S-1" and item.status is X.PLACED and await shop.moved() == {}


async def test_sent_before_the_other_came_as_goodwill(shop: RefundShop) -> None:
    rma = await shop.exchange("S-1-L")
    with pytest.raises(Refused, match="goodwill needs a reason"):
        await shop.refund(rma, goodwill=True)
    rma = await shop.refund(rma, goodwill=True, reason="the party is on Saturday")
    assert rma.status is S.EXCHANGED and await states(shop, rma.number) == ["placed"]
    rma = await shop.receive(rma)
    assert rma.status is S.EXCHANGED and await shop.owed(rma) == "0.00"


async def test_two_who_settle_an_exchange_at_once_send_it_once(shop: RefundShop) -> None:
    rma = await shop.exchange("S-1-S")
    await shop.receive(rma)
    done = await asyncio.gather(*[shop.refund(rma, f"k{n}") for n in range(4)], return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in done) == 1, done
    assert (await shop.again(rma)).status is S.EXCHANGED and await shop.moved() == {"card_1": "4.00"}
    assert await kept(shop, "S-1-S") == -1


async def test_one_of_two_is_sold_out_when_they_are_sent(shop: RefundShop) -> None:
    lines = (
        PlannedLine("1", 1, Reason.SIZE_TOO_SMALL, exchange_for="S-1-S"),
        PlannedLine("2", 1, Reason.COLOR, exchange_for="S-2-0"),
    )
    rma = await shop.announce(lines=lines, resolution=Resolution.EXCHANGE)
    assert await states(shop, rma.number) == ["reserved", "wanted"]
    await shop.receive(rma)
    with pytest.raises(Conflict, match="is sold out"):
        await shop.refund(rma, "k")
    assert await states(shop, rma.number) == ["placed", "wanted"] and await shop.moved() == {}
    assert await shop.container.refunds.of(rma.number) == [] and kinds(await shop.again(rma))[-1] == "refund_failed"
    rma = await shop.refund(rma, "k2", reason="money for the mug")
    # 4.00 that the smaller shirt costs less, and what the mug cost.
    assert rma.status is S.EXCHANGED and rma.refund["total"] == "12.00" and await shop.moved() == {"card_1": "12.00"}

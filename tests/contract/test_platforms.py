"""What every shop platform must do, whichever it is: our own book, Shopify and WooCommerce pass the same. A new one adds a line to
PLATFORMS, and a world to tests/fixtures/shop_platforms.py."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from rma.model.codes import OrderStatus, PaymentType
from rma.model.orders import Order
from rma.model.platforms import (
    Changed,
    Exchange,
    NotTaken,
    PlatformRefused,
    PlatformUnavailable,
    RefundedLine,
    RefundRecord,
    SoldOut,
    StockMove,
)
from tests.fixtures.shop_platforms import (
    DOWN,
    LOST,
    NOW,
    World,
    comparable,
    embedded,
    item,
    order,
    shopify,
    woocommerce,
)

PLATFORMS = [
    pytest.param(embedded, id="embedded"),
    pytest.param(shopify, id="shopify"),
    pytest.param(woocommerce, id="woocommerce"),
]


@pytest_asyncio.fixture(params=PLATFORMS)
async def world(request: pytest.FixtureRequest, sqlite_url: str) -> AsyncIterator[World]:
    async with request.param(sqlite_url) as opened:
        await opened.add_item(item(), 5)
        yield opened


async def read(changes: AsyncIterator[Changed]) -> list[Changed]:
    return [change async for change in changes]


def move(key: str = "unit-7", **changes: Any) -> StockMove:
    values = {"key": key, "sku": "TSH-BLU-M", "quantity": 2, "cause": "RT-3M9QX412", "at": NOW}
    return StockMove.model_validate(values | changes)


def exchange(key: str = "exchange-1", **changes: Any) -> Exchange:
    sold = order()
    values = {
        "key": key, "order": "W2611340", "sku": "TSH-BLU-M", "quantity": 1, "value": "17.91", "currency": "EUR",
        "customer": sold.customer, "address": sold.shipping_address, "note": "RT-3M9QX412",
        "until": NOW + timedelta(days=30), "at": NOW,
    }  # fmt: skip
    return Exchange.model_validate(values | changes)


async def refund_of(world: World, key: str = "refund-1", **changes: Any) -> RefundRecord:
    sold = await found(world, "W2611340")
    lines = (RefundedLine(line=sold.lines[0].id, quantity=1, amount=Decimal("17.91")),)
    values = {
        "key": key, "order": "W2611340", "currency": "EUR", "amount": "17.91", "lines": lines,
        "note": "17.91 EUR by bank", "at": NOW,
    }  # fmt: skip
    return RefundRecord.model_validate(values | changes)


async def found(world: World, number: str) -> Order:
    change = await world.platform.order(number)
    assert change and change.order, change
    return change.order


class TestReading:
    async def test_an_order_comes_as_the_shopper_knows_it(self, world: World) -> None:
        await world.sell(order())
        for spelled in ("W2611340", " # w2611340"):
            assert comparable(await found(world, spelled)) == comparable(order())

    @pytest.mark.parametrize(
        "sold",
        [
            order(status=OrderStatus.CANCELLED),
            order(status=OrderStatus.PENDING, lines=[order().lines[0].model_copy(update={"delivered_at": None})]),
            order(shipping_paid="0", customer={"name": "Li", "email": "li@example.com"}, currency="GBP", market="GB",
                  shipping_address={"name": "Li", "line1": "2 High St", "city": "Leeds", "postal_code": "LS1", "country": "GB"}),
        ],
        ids=["cancelled", "pending", "abroad"],
    )  # fmt: skip
    async def test_whatever_its_state(self, world: World, sold: Order) -> None:
        await world.sell(sold)
        read_back, expected = comparable(await found(world, "W2611340")), comparable(sold)
        if sold.status is OrderStatus.CANCELLED:
            # When what was cancelled arrived is nobody's business any more.
            for line in (*read_back["lines"], *expected["lines"]):
                line.pop("delivered_at")
        assert read_back == expected

    async def test_what_it_does_not_have_is_none(self, world: World) -> None:
        await world.sell(order("W26113401"))
        for number in ("W2611340", "nothing", "", "x" * 90, 'a"b', "-1", "0"):
            assert await world.platform.order(number) is None

    async def test_one_is_found_by_the_platforms_own_id(self, world: World) -> None:
        number = await world.sell(order())
        change = await world.platform.order_by_id(number)
        assert change and change.order and change.order.key == "w2611340"
        assert await world.platform.order_by_id("999999") is None

    async def test_all_are_read_once_and_in_the_order_of_their_changes(self, world: World) -> None:
        sold = [order(f"N{n}", placed_at=NOW - timedelta(days=20) + timedelta(minutes=n)) for n in range(13)]
        for one in sold:
            await world.sell(one)
        changes = await read(world.platform.orders(None))
        assert [change.order.key for change in changes if change.order] == [one.key for one in sold]
        assert [change.at for change in changes] == sorted(change.at for change in changes)
        since = changes[9].at
        assert [change.name.lstrip("#") for change in await read(world.platform.orders(since))] == [
            "N9",
            "N10",
            "N11",
            "N12",
        ]

    async def test_one_that_cannot_be_loaded_says_so_and_the_others_come(self, world: World) -> None:
        for number in ("A1", "A2", "A3"):
            await world.sell(order(number))
        if world.spoil("A2"):
            changes = {change.name.lstrip("#"): change for change in await read(world.platform.orders(None))}
            assert changes["A2"].order is None and changes["A2"].reason
            assert changes["A1"].order and changes["A3"].order

    async def test_the_catalogue_comes_with_variants_and_what_there_is(self, world: World) -> None:
        await world.add_item(item("TSH-RED-L", variant={"color": "red", "size": "L"}), 0)
        await world.add_item(
            item("MUG", name="Mug", product="mug", category="kitchen", variant={}, price="9.00", tags=[]), 3
        )
        items = {change.item.sku: change.item for change in await read(world.platform.catalogue(None)) if change.item}
        assert set(items) == {"TSH-BLU-M", "TSH-RED-L", "MUG"}
        shirt, mug = items["TSH-BLU-M"], items["MUG"]
        assert (shirt.name, shirt.category, shirt.variant) == ("T-shirt", "clothing", {"color": "blue", "size": "M"})
        assert (shirt.price, shirt.currency, shirt.tags) == (Decimal("19.90"), "EUR", {"final_sale"})
        assert (mug.variant, mug.tags) == ({}, frozenset())
        assert shirt.product == items["TSH-RED-L"].product != mug.product
        assert [items[sku].available for sku in ("TSH-BLU-M", "TSH-RED-L", "MUG")] == [True, False, True]


class TestStock:
    async def test_what_came_back_is_added_once(self, world: World) -> None:
        await world.platform.restock(move())
        await world.platform.restock(move())
        assert await world.stock("TSH-BLU-M") == 7
        await world.platform.restock(move("unit-8", quantity=1))
        assert await world.stock("TSH-BLU-M") == 8

    async def test_what_was_sold_out_can_be_bought_again(self, world: World) -> None:
        await world.add_item(item("TSH-RED-L", variant={"color": "red", "size": "L"}), 0)
        await world.platform.restock(move(sku="TSH-RED-L"))
        items = {change.item.sku: change.item for change in await read(world.platform.catalogue(None)) if change.item}
        assert items["TSH-RED-L"].available

    async def test_what_it_does_not_sell_is_refused(self, world: World) -> None:
        for sku in ("TSH-BLU", "nothing", "v999", 'a"b,c'):
            if world.platform.keeps_orders_here:
                # A file need not bring a catalogue; what came back is in our own book all the same.
                await world.platform.restock(move(f"unit-{sku}", sku=sku))
                assert await world.stock(sku) == 2
                continue
            with pytest.raises(PlatformRefused):
                await world.platform.restock(move(sku=sku))

    @pytest.mark.parametrize("kind", [LOST, 502])
    async def test_an_answer_that_is_lost_leaves_it_added_once(self, world: World, kind: Any) -> None:
        if world.trouble(kind, "inventoryAdjustQuantities"):
            with pytest.raises(PlatformUnavailable) as error:
                await world.platform.restock(move())
            assert not isinstance(error.value, NotTaken)
        await world.platform.restock(move())
        assert await world.stock("TSH-BLU-M") == 7

    async def test_where_nobody_answers_nothing_was_done(self, world: World) -> None:
        if world.trouble(DOWN, "inventoryAdjustQuantities"):
            with pytest.raises(PlatformUnavailable):
                await world.platform.restock(move())
            assert await world.stock("TSH-BLU-M") == 5
        await world.platform.restock(move())
        assert await world.stock("TSH-BLU-M") == 7


class TestRefunds:
    async def test_what_was_paid_is_written_down_once_and_pays_nothing(self, world: World) -> None:
        await world.sell(order())
        record = await refund_of(world)
        first = await world.platform.record_refund(record)
        assert first == await world.platform.record_refund(record)
        assert await world.refunds("W2611340") == [Decimal("17.91")] and world.paid_out() == 0
        assert await world.stock("TSH-BLU-M") == 5

    async def test_an_answer_that_is_lost_leaves_it_written_down_once(self, world: World) -> None:
        await world.sell(order())
        record = await refund_of(world)
        if world.trouble(LOST, "refundCreate"):
            with pytest.raises(PlatformUnavailable):
                await world.platform.record_refund(record)
        await world.platform.record_refund(record)
        assert await world.refunds("W2611340") == [Decimal("17.91")]

    async def test_the_order_stays_as_it_was_bought(self, world: World) -> None:
        await world.sell(order())
        await world.platform.record_refund(await refund_of(world))
        assert comparable(await found(world, "W2611340")) == comparable(order())

    async def test_shipping_goes_with_it(self, world: World) -> None:
        await world.sell(order())
        sold = await found(world, "W2611340")
        lines = (RefundedLine(line=sold.lines[0].id, quantity=2, amount=Decimal("35.82")),)
        await world.platform.record_refund(
            await refund_of(world, amount="40.72", lines=lines, shipping="4.90", note="40.72 EUR by bank")
        )
        assert await world.refunds("W2611340") == [Decimal("40.72")]

    async def test_of_an_order_that_it_does_not_have(self, world: World) -> None:
        await world.sell(order())
        with pytest.raises(PlatformRefused):
            await world.platform.record_refund(await refund_of(world, order="W9"))


class TestExchanges:
    @pytest_asyncio.fixture(autouse=True)
    async def sold(self, world: World) -> None:
        await world.sell(order())

    async def test_it_is_kept_once_and_given_back_once(self, world: World) -> None:
        assert await world.platform.reserve(exchange()) == await world.platform.reserve(exchange())
        assert await world.stock("TSH-BLU-M") == 4
        await world.platform.release(exchange())
        await world.platform.release(exchange())
        assert await world.stock("TSH-BLU-M") == 5

    async def test_what_nobody_kept_is_not_given_back(self, world: World) -> None:
        await world.platform.release(exchange())
        assert await world.stock("TSH-BLU-M") == 5

    async def test_no_more_is_kept_than_there_is(self, world: World) -> None:
        await world.platform.reserve(exchange(quantity=4))
        with pytest.raises(SoldOut):
            await world.platform.reserve(exchange("exchange-2", quantity=2))
        await world.platform.reserve(exchange("exchange-3"))
        assert await world.stock("TSH-BLU-M") == 0
        items = {change.item.sku: change.item for change in await read(world.platform.catalogue(None)) if change.item}
        assert not items["TSH-BLU-M"].available

    async def test_it_becomes_an_order_once(self, world: World) -> None:
        await world.platform.reserve(exchange())
        number = await world.platform.place(exchange())
        assert number == await world.platform.place(exchange()) and number != "W2611340"
        assert await world.stock("TSH-BLU-M") == 4
        placed = await found(world, number)
        assert placed.status is OrderStatus.PENDING and placed.currency == "EUR"
        assert (placed.customer.email, placed.shipping_address.city) == ("noah@example.com", "Lyon")
        assert [(line.sku, line.quantity) for line in placed.lines] == [("TSH-BLU-M", 1)]
        # Should it come back too, it counts for what was given for it, and not for nothing.
        assert placed.lines[0].unit_price - placed.lines[0].discount == Decimal("17.91")
        assert [(one.type, one.amount) for one in placed.payment_methods] == [(PaymentType.OTHER, Decimal("17.91"))]
        with pytest.raises(PlatformRefused):
            await world.platform.release(exchange())

    async def test_one_that_was_not_kept_is_placed_all_the_same(self, world: World) -> None:
        await world.platform.place(exchange())
        assert await world.stock("TSH-BLU-M") == 4

    async def test_two_of_one_order_are_two_orders(self, world: World) -> None:
        first, second = await world.platform.place(exchange()), await world.platform.place(exchange("exchange-2"))
        assert first != second and await world.stock("TSH-BLU-M") == 3

    @pytest.mark.parametrize("step", ["draftOrderCreate", "draftOrderComplete"])
    async def test_an_answer_that_is_lost_leaves_one(self, world: World, step: str) -> None:
        if world.trouble(LOST, step):
            with pytest.raises(PlatformUnavailable):
                await world.platform.place(exchange())
        number = await world.platform.place(exchange())
        assert await world.stock("TSH-BLU-M") == 4
        assert await world.platform.order(number)
        assert len(await read(world.platform.orders(None))) == 2

    async def test_what_is_not_sold_is_refused(self, world: World) -> None:
        with pytest.raises(PlatformRefused):
            await world.platform.reserve(exchange(sku="nothing"))

"""What only Shopify does: costs and limits, money of two currencies, parcels and lines by pages, refunds of somebody else's."""

import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import unused_port
from graphql import parse, validate

from rma.model.codes import OrderStatus, PaymentType
from rma.model.platforms import Changed, NotTaken, PlatformRefused, PlatformUnavailable, RefundRecord
from rma.platforms import shopify_documents
from rma.platforms.marks import marked
from rma.platforms.shopify import ShopifyPlatform
from rma.platforms.shopify_http import Bucket, ShopifyAccount, ShopifyHttp, gid, number_of
from tests.contract.test_platforms import exchange, found, move, read, refund_of
from tests.fixtures.shop_platforms import NOW, WORDS, World, comparable, item, order, shopify
from tests.fixtures.shopify_server import SCHEMA, TOKEN, money


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with shopify("") as opened:
        await opened.add_item(item(), 5)
        yield opened


async def the(world: World, number: str = "W2611340") -> Any:
    """The one order, and the reason why it could not be read."""
    change = await world.platform.order(number)
    assert change
    return change


def test_every_document_is_one_that_shopify_understands() -> None:
    documents = {
        name: text for name, text in vars(shopify_documents).items() if name.isupper() and not name.startswith("_")
    }
    texts = {name: text for name, text in documents.items() if isinstance(text, str)}
    assert len(texts) >= 14
    assert {
        name: [str(error) for error in validate(SCHEMA, parse(text))] for name, text in texts.items()
    } == {name: [] for name in texts}


class TestLimits:
    async def test_a_bucket_fills_with_time(self) -> None:
        bucket = Bucket()
        assert bucket.pause(500) == 0
        bucket.note({"throttleStatus": {"maximumAvailable": 1000.0, "currentlyAvailable": 100, "restoreRate": 50.0}})
        assert 7.5 < bucket.pause(500) <= 8.0 and bucket.pause(100) == 0
        assert bucket.pause(5000) == pytest.approx(18, abs=0.5)  # never more than it ever holds
        bucket.note({"throttleStatus": {"currentlyAvailable": "nonsense"}})
        assert bucket.pause(100) == 0

    async def test_what_costs_too_much_now_waits_and_is_then_done_once(self, world: World) -> None:
        world.server.cost, world.server.room, world.server.restored, world.server.most = 100, 120, 1000.0, 1000.0
        started = time.monotonic()
        await world.platform.restock(move())
        assert await world.stock("TSH-BLU-M") == 7 and time.monotonic() - started < 2
        assert world.server.throttled <= 1  # the first of each document; then its cost is known

    async def test_what_would_have_to_wait_too_long_is_for_later(self, world: World) -> None:
        world.server.cost, world.server.room, world.server.restored = 1000, 0, 10.0
        with pytest.raises(NotTaken) as error:
            await world.platform.restock(move())
        assert error.value.after and error.value.after > 20
        assert await world.stock("TSH-BLU-M") == 5

    @pytest.mark.parametrize(
        ("trouble", "kind", "after"),
        [
            (429, NotTaken, 2.0), (401, NotTaken, 300.0), (423, NotTaken, 300.0), ("denied", NotTaken, 300.0),
            ("500 first", PlatformUnavailable, 2.0), ("internal", PlatformUnavailable, None), ("down", PlatformUnavailable, None),
        ],
    )  # fmt: skip
    async def test_each_trouble_is_told_apart(
        self, world: World, trouble: Any, kind: type, after: float | None
    ) -> None:
        world.server.troubles = [trouble]
        with pytest.raises(PlatformUnavailable) as error:
            await world.platform.order("W1")
        assert type(error.value) is kind and error.value.after == after
        assert TOKEN not in str(error.value)

    async def test_nobody_there_and_a_version_that_is_gone(self) -> None:
        for account in (ShopifyAccount(f"http://127.0.0.1:{unused_port()}", TOKEN),):
            http = ShopifyHttp(account)
            with pytest.raises(NotTaken):
                await ShopifyPlatform(http, WORDS, lambda: NOW).order("W1")
            await http.close()

    async def test_a_version_that_is_gone_is_for_the_operator(self, world: World) -> None:
        http = ShopifyHttp(ShopifyAccount(world.platform._http._account.shop, TOKEN, "2019-04"))  # type: ignore[attr-defined]
        with pytest.raises(NotTaken, match="_API_VERSION"):
            await ShopifyPlatform(http, WORDS, lambda: NOW).order("W1")
        await http.close()

    async def test_a_document_that_it_does_not_understand_is_not_sent_again(self, world: World) -> None:
        with pytest.raises(PlatformRefused):
            await world.platform._http.query("query { nothing }")  # type: ignore[attr-defined]
        assert len(world.server.documents) == 1


class TestReading:
    async def test_amounts_are_those_that_the_shopper_saw(self, world: World) -> None:
        world.server.sell(order(currency="GBP"))
        sold = await found(world, "W2611340")
        assert (
            sold.currency == "GBP"
            and sold.lines[0].unit_price == Decimal("19.90")
            and sold.shipping_paid == Decimal("4.90")
        )

    async def test_tax_that_comes_on_top_is_in_the_price(self, world: World) -> None:
        raw = world.server.sell(order(currency="USD"), taxesIncluded=False)
        raw["lineItems"][0]["taxLines"] = [{"title": "CA", "priceSet": money("2.60", "USD")}]
        raw["shippingLines"][0]["taxLines"] = [{"title": "CA", "priceSet": money("0.36", "USD")}]
        line = (sold := await found(world, "W2611340")).lines[0]
        assert line.unit_price * line.quantity - line.discount == Decimal("35.82") + Decimal("2.60")
        assert sold.shipping_paid == Decimal("5.26")
        # Without the discount as with it: the tax is a share of the price.
        assert (line.unit_price / Decimal("19.90") - 1) == pytest.approx(
            Decimal("2.60") / Decimal("35.82"), abs=Decimal("0.000001")
        )

    async def test_an_order_of_many_lines_comes_whole(self, world: World) -> None:
        lines = [
            order().lines[0].model_copy(update={"id": str(n), "quantity": 1, "discount": Decimal(0)}) for n in range(70)
        ]
        raw = world.server.sell(order(lines=lines, status=OrderStatus.SHIPPED))
        # One parcel with all of them in it: more than a first page of a parcel holds.
        raw["fulfillments"] = [
            {
                "id": world.server.gid("Fulfillment"), "createdAt": "2026-11-03T10:00:00Z",
                "deliveredAt": "2026-11-05T14:00:00+01:00",
                "displayStatus": "DELIVERED",
                "fulfillmentLineItems": [{"id": "x", "quantity": 1, "lineItem": one} for one in raw["lineItems"]],
            }
        ]  # fmt: skip
        sold = await found(world, "W2611340")
        assert len(sold.lines) == 70 and {line.delivered_at for line in sold.lines} == {order().lines[0].delivered_at}

    @pytest.mark.parametrize(
        ("parcels", "expected", "status"),
        [
            ([(2, "DELIVERED", "2026-11-05T14:00:00Z")], "2026-11-05T14:00:00Z", OrderStatus.DELIVERED),
            ([(1, "DELIVERED", "2026-11-05T14:00:00Z"), (1, "DELIVERED", "2026-11-08T09:00:00Z")], "2026-11-08T09:00:00Z",
             OrderStatus.DELIVERED),
            ([(1, "DELIVERED", "2026-11-05T14:00:00Z")], None, OrderStatus.SHIPPED),
            ([(1, "DELIVERED", "2026-11-05T14:00:00Z"), (1, "CANCELED", None)], None, OrderStatus.SHIPPED),
            ([(2, "CANCELED", None)], None, OrderStatus.PENDING),
            # Nobody says when it came: seven days after it left.
            ([(2, "FULFILLED", None)], "2026-11-10T10:00:00Z", OrderStatus.DELIVERED),
            ([(2, "PICKED_UP", None)], "2026-11-03T10:00:00Z", OrderStatus.DELIVERED),
        ],
    )  # fmt: skip
    async def test_a_line_is_delivered_when_its_last_unit_came(
        self, world: World, parcels: Any, expected: str | None, status: OrderStatus
    ) -> None:
        raw = world.server.sell(order())
        raw["fulfillments"] = [
            {
                "id": world.server.gid("Fulfillment"), "createdAt": "2026-11-03T10:00:00Z", "deliveredAt": came,
                "displayStatus": how,
                "fulfillmentLineItems": [{"id": "x", "quantity": units, "lineItem": raw["lineItems"][0]}],
            }
            for units, how, came in parcels
        ]  # fmt: skip
        sold = await found(world, "W2611340")
        came = sold.lines[0].delivered_at
        assert came == (expected and datetime.fromisoformat(expected)) and sold.status is status

    async def test_what_left_lately_is_on_its_way_and_arrives(self, world: World) -> None:
        raw = world.server.sell(order())
        left = NOW - timedelta(days=2)
        raw["fulfillments"][0] |= {"createdAt": left.isoformat(), "deliveredAt": None, "displayStatus": "IN_TRANSIT"}
        sold = await found(world, "W2611340")
        assert sold.status is OrderStatus.SHIPPED and sold.lines[0].delivered_at == left + timedelta(days=7)

    async def test_what_somebody_else_refunded_cannot_come_back(self, world: World) -> None:
        raw = world.server.sell(order())
        line, paid = raw["lineItems"][0], raw["transactions"][0]
        line["currentQuantity"] = 1
        back = world.server.transaction("REFUND", "17.91", "shopify_payments", raw, paid)
        raw["refunds"].append(
            {
                "id": "gid://shopify/Refund/1",
                "note": "too late",
                "refundLineItems": [{"quantity": 1, "lineItem": line}],
                "transactions": [back],
            }
        )
        sold = await found(world, "W2611340")
        assert sold.lines[0].quantity == 1 and sold.lines[0].discount == Decimal("1.99")
        assert [one.amount for one in sold.payment_methods] == [Decimal("22.81")]
        raw["refunds"][0]["note"] = marked("RT-1", "refund-9")  # were it ours, we would count it ourselves
        assert (await found(world, "W2611340")).lines[0].quantity == 2

    async def test_an_order_of_which_nothing_is_left_is_over(self, world: World) -> None:
        raw = world.server.sell(order())
        raw["lineItems"][0]["currentQuantity"] = 0
        sold = await found(world, "W2611340")
        assert sold.status is OrderStatus.CANCELLED and sold.lines[0].quantity == 2

    async def test_tags_come_from_products_and_from_a_lines_fields(self, world: World) -> None:
        raw = world.server.sell(order())
        line = raw["lineItems"][0]
        line["product"] = line["product"] | {"tags": ["Summer", "Made to order", "DANGEROUS GOODS"]}
        assert (await found(world, "W2611340")).lines[0].tags == {"Summer", "personalised", "dangerous_goods"}
        line["product"] = line["product"] | {"tags": []}
        line["customAttributes"] = [{"key": "Engraving", "value": "for Ada"}]
        assert (await found(world, "W2611340")).lines[0].tags == {"personalised"}
        line["customAttributes"], line["isGiftCard"] = [], True
        assert (await found(world, "W2611340")).lines[0].tags == {"gift_card"}
        line["isGiftCard"], line["requiresShipping"] = False, False
        assert (await found(world, "W2611340")).lines[0].tags == {"digital"}

    async def test_a_shopper_cannot_say_what_a_line_counts_for(self, world: World) -> None:
        raw = world.server.sell(order())
        raw["lineItems"][0]["customAttributes"] = [{"key": "_retour_value", "value": "99999"}]
        assert comparable(await found(world, "W2611340")) == comparable(order())

    async def test_an_article_without_sku_is_found_again(self, world: World) -> None:
        variant = world.server.add_item(item("X", name="Mug", variant={}), 3, sku=None)
        sku = f"v{number_of(variant['id'])}"
        skus = [change.item.sku for change in await read(world.platform.catalogue(None)) if change.item]
        assert sku in skus
        await world.platform.restock(move(sku=sku))
        assert variant["inventoryQuantity"] == 5

    async def test_ids_of_older_apis_and_of_this_one_name_the_same(self, world: World) -> None:
        number = await world.sell(order())
        for name in (number, gid("Order", number)):
            change = await world.platform.order_by_id(name)
            assert change and change.order
        assert number_of(gid("Order", number)) == number

    async def test_one_that_is_not_as_described_is_left_out_alone(self, world: World) -> None:
        for number in ("A1", "A2", "A3", "A4"):
            world.server.sell(order(number))
        raws = list(world.server.orders.values())
        raws[1]["lineItems"][0]["originalUnitPriceSet"] = money("NaN", "EUR")
        raws[2]["shippingAddress"] = raws[2]["shippingAddress"] | {"countryCodeV2": "France"}
        changes: dict[str, Changed] = {one.name: one for one in await read(world.platform.orders(None))}
        assert [bool(one.order) for one in changes.values()] == [True, False, False, True]
        assert "amount" in (changes["#A2"].reason or "") and "market" in (changes["#A3"].reason or "")

    async def test_payments_are_what_was_taken(self, world: World) -> None:
        raw = world.server.sell(order(), gateway="gift_card")
        world.server.transaction("AUTHORIZATION", "5.00", "shopify_payments", raw)
        world.server.transaction("SALE", "9.00", "shopify_payments", raw)["status"] = "FAILURE"
        world.server.transaction("CAPTURE", "5.00", "shopify_payments", raw)
        paid = [(one.type, one.amount, one.last4) for one in (await found(world, "W2611340")).payment_methods]
        assert paid == [(PaymentType.GIFT_CARD, Decimal("40.72"), None), (PaymentType.CARD, Decimal("5.00"), "9212")]


class TestStock:
    async def test_it_is_said_why_and_for_which_return(self, world: World) -> None:
        await world.platform.restock(move())
        assert world.server.adjustments == [
            ("gid://retour/Return/RT-3M9QX412", "TSH-BLU-M", 2, next(iter(world.server.locations)))
        ]

    async def test_of_several_places_it_is_the_shops_own_or_the_one_that_is_named(self, world: World) -> None:
        world.server.add_item(item("MUG", name="Mug", variant={}), 3, places=2)
        await world.platform.restock(move(sku="MUG"))
        assert world.server.adjustments[-1][3] == next(iter(world.server.locations))
        named = WORDS.model_copy(update={"shopify": WORDS.shopify.model_copy(update={"location": "Boutique"})})
        other = ShopifyPlatform(world.platform._http, named, lambda: NOW)  # type: ignore[attr-defined]
        await other.restock(move("unit-8", sku="MUG"))
        assert world.server.adjustments[-1][3] == list(world.server.locations)[1]
        with pytest.raises(PlatformRefused, match="Boutique"):
            await other.restock(move("unit-9"))

    async def test_a_sku_that_two_have_is_nobodys(self, world: World) -> None:
        world.server.add_item(item(name="Other", variant={}), 3)
        with pytest.raises(PlatformRefused, match="2 variants"):
            await world.platform.restock(move())

    async def test_what_it_does_not_count_is_not_counted(self, world: World) -> None:
        world.server.variant("TSH-BLU-M")["inventoryItem"]["tracked"] = False
        await world.platform.restock(move())
        assert world.server.adjustments == []

    async def test_a_key_is_not_taken_for_another_move(self, world: World) -> None:
        await world.platform.restock(move())
        with pytest.raises(PlatformRefused) as error:
            await world.platform.restock(move(quantity=1))
        assert error.value.code == "IDEMPOTENCY_KEY_PARAMETER_MISMATCH" and await world.stock("TSH-BLU-M") == 7


class TestRefunds:
    async def test_what_the_shop_takes_by_hand_is_written_as_money_too(self, world: World) -> None:
        raw = world.server.sell(order(), gateway="Bank Deposit")
        await world.platform.record_refund(await refund_of(world))
        (refund,) = raw["refunds"]
        assert [one["amountSet"]["presentmentMoney"]["amount"] for one in refund["transactions"]] == ["17.91"]
        assert world.server.paid_out == 0

    async def test_user_errors_are_final(self, world: World) -> None:
        await world.sell(order())
        record: RefundRecord = await refund_of(world)
        too_many = record.model_copy(update={"lines": (record.lines[0].model_copy(update={"quantity": 3}),)})
        with pytest.raises(PlatformRefused, match="more items than were purchased"):
            await world.platform.record_refund(too_many)

    async def test_after_a_day_it_is_found_by_its_mark(self, world: World) -> None:
        await world.sell(order())
        record = await refund_of(world)
        first = await world.platform.record_refund(record)
        world.server.forget_keys()
        assert await world.platform.record_refund(record) == first
        assert len(await world.refunds("W2611340")) == 1


class TestExchanges:
    async def test_a_draft_that_a_search_does_not_find_yet_is_not_made_twice(self, world: World) -> None:
        await world.sell(order())
        await world.platform.reserve(exchange())
        for number in range(60):
            world.server.drafts[f"gid://shopify/DraftOrder/9{number}"] = {
                "id": f"gid://shopify/DraftOrder/9{number}", "name": "#D", "status": "OPEN", "tags": [], "order": None,
            }  # fmt: skip
        world.server.indexed = set(world.server.drafts)
        await world.platform.reserve(exchange())
        assert await world.stock("TSH-BLU-M") == 4

    async def test_what_may_be_sold_below_nothing_is(self, world: World) -> None:
        await world.sell(order())
        world.server.variant("TSH-BLU-M")["inventoryPolicy"] = "CONTINUE"
        await world.platform.reserve(exchange(quantity=7))
        assert await world.stock("TSH-BLU-M") == -2

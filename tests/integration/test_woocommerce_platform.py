"""What only WooCommerce does: stock without a sure way to add to it, pages that shift, errors with a code, plugins."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from rma.model.codes import OrderStatus, PaymentType
from rma.model.platforms import NotTaken, PlatformRefused, PlatformUnavailable
from rma.platforms.woocommerce import WooPlatform
from rma.platforms.woocommerce_http import WooAccount, WooHttp
from rma.platforms.woocommerce_stock import MARK, MARKS_KEPT
from tests.contract.test_platforms import exchange, found, move, read, refund_of
from tests.fixtures.shop_platforms import NOW, WORDS, World, comparable, item, order, woocommerce
from tests.fixtures.woocommerce_server import KEY, SECRET


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with woocommerce("") as opened:
        await opened.add_item(item(), 5)
        yield opened


class TestTrouble:
    @pytest.mark.parametrize(
        ("trouble", "kind", "after"),
        [
            (401, NotTaken, 300.0), (429, NotTaken, 7.0), (503, PlatformUnavailable, 7.0), (502, PlatformUnavailable, None),
            ("down", PlatformUnavailable, None), ("noise", PlatformUnavailable, None),
        ],
    )  # fmt: skip
    async def test_each_is_told_apart(self, world: World, trouble: Any, kind: type, after: float | None) -> None:
        world.server.troubles = [trouble]
        with pytest.raises(PlatformUnavailable) as error:
            await world.platform.order("W1")
        assert type(error.value) is kind and error.value.after == after
        assert SECRET not in str(error.value) and KEY not in str(error.value)

    async def test_an_address_without_its_api_is_for_the_operator(self, world: World) -> None:
        address = str(world.platform._http._base).partition("/wp-json")[0]  # type: ignore[attr-defined]
        platform = WooPlatform(WooHttp(WooAccount(f"{address}/blog", KEY, SECRET)), WORDS, lambda: NOW)
        with pytest.raises(NotTaken):
            await platform.order("1")
        await platform.close()

    async def test_what_a_plugin_prints_in_front_leaves_it_unknown_and_is_looked_up(self, world: World) -> None:
        world.trouble("noise", "inventoryAdjustQuantities")
        with pytest.raises(PlatformUnavailable):
            await world.platform.restock(move())
        await world.platform.restock(move())
        assert await world.stock("TSH-BLU-M") == 7

    async def test_its_own_refusal_with_500_is_final(self, world: World) -> None:
        await world.sell(order())
        with pytest.raises(PlatformRefused, match="Invalid refund amount"):
            await world.platform.record_refund(await refund_of(world, amount="400.00", lines=()))


class TestReading:
    async def test_what_changes_while_it_is_read_is_neither_missed_nor_read_twice(self, world: World) -> None:
        sold = [
            world.server.sell(order(f"N{n}", placed_at=NOW - timedelta(days=20) + timedelta(minutes=n)))
            for n in range(120)
        ]
        pages = iter([lambda: None, lambda: [world.server.touch(one) for one in sold[:10]], lambda: None])

        def meanwhile() -> None:
            if world.server.requests[-1] == "GET orders":
                next(pages, lambda: None)()

        world.server.between = meanwhile
        names = [change.name for change in await read(world.platform.orders(None))]
        assert set(names) == {f"N{n}" for n in range(120)}
        # The ten that changed after they were read come again, as they are now; no other does.
        assert sorted(name for name in set(names) if names.count(name) > 1) == sorted(f"N{n}" for n in range(10))

    async def test_more_of_one_second_than_a_page_holds(self, world: World) -> None:
        for n in range(130):
            world.server.sell(order(f"N{n}"), date_modified_gmt="2026-11-20T10:00:00")
        names = [
            change.name for change in await read(world.platform.orders(datetime.fromisoformat("2026-11-20T10:00:00Z")))
        ]
        assert sorted(names) == sorted(f"N{n}" for n in range(130))

    async def test_a_status_that_nobody_named_is_refused_and_a_cart_is_no_order(self, world: World) -> None:
        world.server.sell(order("A1"), status="checkout-draft")
        world.server.sell(order("A2"), status="wc-awaiting-stock")
        world.server.sell(order("A3"), status="failed")
        changes = {change.name: change for change in await read(world.platform.orders(None))}
        assert set(changes) == {"A2", "A3"}
        assert "wc-awaiting-stock" in (changes["A2"].reason or "")
        assert changes["A3"].order and changes["A3"].order.status is OrderStatus.CANCELLED

    @pytest.mark.parametrize(
        ("fields", "completed", "status", "expected", "stands"),
        [
            ([("_delivered_at", "1793883600")], "2026-11-03T10:00:00", "completed", "2026-11-05T13:00:00Z", "delivered"),
            ([("delivered_at", "2026-11-06T09:30:00+01:00")], "2026-11-03T10:00:00", "completed", "2026-11-06T08:30:00Z",
             "delivered"),
            # Nobody says when it came: seven days after it was completed.
            ([], "2026-11-03T10:00:00", "completed", "2026-11-10T10:00:00Z", "delivered"),
            ([], "2026-11-20T10:00:00", "completed", "2026-11-27T10:00:00Z", "shipped"),
            ([], None, "processing", None, "pending"),
            ([], "2026-11-03T10:00:00", "delivered", "2026-11-03T10:00:00Z", "delivered"),
        ],
    )  # fmt: skip
    async def test_when_it_was_delivered(
        self, world: World, fields: Any, completed: str | None, status: str, expected: str | None, stands: str
    ) -> None:
        raw = world.server.sell(order(), status=status, date_completed_gmt=completed)
        raw["meta_data"] = [{"id": n, "key": key, "value": value} for n, (key, value) in enumerate(fields)]
        sold = await found(world, "W2611340")
        assert sold.lines[0].delivered_at == (expected and datetime.fromisoformat(expected)) and sold.status == stands

    async def test_what_somebody_else_refunded_cannot_come_back(self, world: World) -> None:
        raw = world.server.sell(order())
        asked = {"amount": "17.91", "reason": "by phone", "line_items": [
            {"id": raw["line_items"][0]["id"], "quantity": 1, "refund_total": "14.92",
             "refund_tax": [{"id": 1, "refund_total": "2.98"}]}
        ]}  # fmt: skip
        world.server.add_refund(raw, asked)
        sold = await found(world, "W2611340")
        assert sold.lines[0].quantity == 1 and [one.amount for one in sold.payment_methods] == [Decimal("22.81")]

    async def test_one_refunded_whole_is_over(self, world: World) -> None:
        raw = world.server.sell(order(), status="refunded")
        raw["refunds"] = [{"id": 1, "reason": "", "total": "-40.72"}]
        assert (await found(world, "W2611340")).status is OrderStatus.CANCELLED

    async def test_fields_and_products_say_what_an_article_is(self, world: World) -> None:
        raw = world.server.sell(order())
        parent = world.server.products[raw["line_items"][0]["product_id"]]
        parent |= {"tags": [{"id": 3, "name": "Lithium"}], "virtual": True}
        raw["line_items"][0]["meta_data"].append(
            {"id": 11, "key": "Engraving", "value": "for Ada", "display_value": "for Ada"}
        )
        raw["line_items"][0]["meta_data"].append({"id": 12, "key": "_reduced_stock", "value": "2"})
        line = (await found(world, "W2611340")).lines[0]
        assert line.tags == {"dangerous_goods", "digital", "personalised"} and line.variant == {
            "color": "blue",
            "size": "M",
        }

    async def test_a_product_that_is_gone_leaves_the_order_readable(self, world: World) -> None:
        world.server.sell(order())
        world.server.products.clear()
        line = (await found(world, "W2611340")).lines[0]
        assert (line.name, line.category, line.tags) == ("T-shirt", None, frozenset())

    async def test_where_a_plugin_numbers_orders_its_number_counts(self, world: World) -> None:
        raw = world.server.sell(order("2026-0042"))
        assert (await found(world, "2026-0042")).number == "2026-0042"
        assert await world.platform.order(str(raw["id"])) is None  # the shopper never saw that number
        assert await world.platform.order_by_id(str(raw["id"]))

    async def test_not_paid_is_not_paid(self, world: World) -> None:
        world.server.sell(order("A1"), date_paid_gmt=None)
        world.server.sell(order("A2"), payment_method="ppcp-gateway")
        assert (await found(world, "A1")).payment_methods == ()
        assert [one.type for one in (await found(world, "A2")).payment_methods] == [PaymentType.PAYPAL]


class TestStock:
    async def test_what_is_sold_meanwhile_is_not_lost(self, world: World) -> None:
        article = world.server.article("TSH-BLU-M")

        def meanwhile() -> None:
            # A shopper buys one between each of our requests.
            if world.server.requests[-1].startswith(("GET products/", "PUT products/")):
                world.server.count(article, -1)

        world.server.between = meanwhile
        await world.platform.restock(move())
        sold = sum(one.startswith(("GET products/", "PUT products/")) for one in world.server.requests)
        assert sold >= 2 and await world.stock("TSH-BLU-M") == 5 - sold + 2

    async def test_where_the_product_counts_for_its_variations(self, world: World) -> None:
        world.server.add_item(item("CAP-BLU", name="Cap", variant={"color": "blue"}), 4, kept_by_parent=True)
        await world.platform.restock(move(sku="CAP-BLU"))
        await world.platform.restock(move(sku="CAP-BLU"))
        parent = next(one for one in world.server.products.values() if one["name"] == "Cap")
        assert parent["stock_quantity"] == 6

    async def test_where_nothing_is_counted_nothing_is_told(self, world: World) -> None:
        world.server.article("TSH-BLU-M")["manage_stock"] = False
        await world.platform.restock(move())
        assert not [one for one in world.server.requests if one.startswith("PUT")]

    async def test_marks_do_not_pile_up(self, world: World) -> None:
        article = world.server.article("TSH-BLU-M")
        article["meta_data"] = [{"id": n, "key": f"{MARK}unit-{n}", "value": "1"} for n in range(MARKS_KEPT + 20)]
        article["meta_data"].append({"id": 5000, "key": "colour_chart", "value": "x"})
        await world.platform.restock(move("unit-999"))
        kept = [one["key"] for one in article["meta_data"] if one["key"].startswith(MARK)]
        assert len(kept) == MARKS_KEPT + 1 and kept[-1] == f"{MARK}unit-999" and f"{MARK}unit-0" not in kept
        assert any(one["key"] == "colour_chart" for one in article["meta_data"])

    async def test_a_sku_that_two_have_is_nobodys(self, world: World) -> None:
        world.server.add_item(item(name="Other", variant={}), 3)
        with pytest.raises(PlatformRefused, match="2 products"):
            await world.platform.restock(move())


class TestWriting:
    async def test_a_refund_is_split_over_net_and_tax(self, world: World) -> None:
        raw = world.server.sell(order())
        await world.platform.record_refund(await refund_of(world))
        (refund,) = world.server.refunds[raw["id"]]
        assert (refund["amount"], refund["reason"]) == ("17.91", "17.91 EUR by bank [retour:refund-1]")
        (line,) = refund["line_items"]
        assert Decimal(line["total"]) + Decimal(line["total_tax"]) == Decimal("-17.91") and line["quantity"] == -1
        assert Decimal(line["total_tax"]) == pytest.approx(Decimal("-2.98"), abs=Decimal("0.01"))

    async def test_what_takes_more_or_less_than_the_lines_does(self, world: World) -> None:
        await world.sell(order())
        await world.platform.record_refund(await refund_of(world, amount="13.01"))
        assert await world.refunds("W2611340") == [Decimal("13.01")]
        assert comparable(await found(world, "W2611340")) == comparable(order())

    async def test_a_key_that_was_released_is_used_up(self, world: World) -> None:
        await world.sell(order())
        await world.platform.reserve(exchange())
        await world.platform.release(exchange())
        with pytest.raises(PlatformRefused):
            await world.platform.place(exchange())
        assert await world.stock("TSH-BLU-M") == 5

    async def test_the_last_one_that_somebody_bought_meanwhile_is_not_kept(self, world: World) -> None:
        await world.sell(order())
        article = world.server.article("TSH-BLU-M")
        world.server.count(article, -4)

        def meanwhile() -> None:
            if world.server.requests[-1] == "POST orders":
                world.server.count(article, -1)

        world.server.between = meanwhile
        with pytest.raises(PlatformRefused, match="left"):
            await world.platform.reserve(exchange())
        assert await world.stock("TSH-BLU-M") == 0

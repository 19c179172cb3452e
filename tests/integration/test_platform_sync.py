"""Orders of the shop's platform are here: read as they change, asked for by number, read again when a webhook says so."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from click.testing import Result
from typer.testing import CliRunner

from retour import checks
from retour.cli import app
from rma.bootstrap.platforms import open_platform, open_shopify
from rma.model.codes import Language, OrderStatus
from rma.model.conversations import Channel, Conversation, Owner
from rma.model.errors import ConfigurationError, TooManyAttempts
from rma.model.platforms import PlatformUnavailable
from rma.service.identity import FLOOR_SECONDS, IdentityDesk
from rma.settings import Settings
from rma.store.engine import create_engine
from tests.fixtures import shopify_server
from tests.fixtures.shop_platforms import item, order
from tests.fixtures.shopify_server import Shopify
from tests.integration.notice_shop import NOON
from tests.integration.platform_kit import OnShopify, on_shopify


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[OnShopify]:
    async with on_shopify(sqlite_url) as opened:
        yield opened


async def numbers(shop: OnShopify) -> set[str]:
    async with shop.container.transactions() as uow:
        return {one.number for one in await uow.orders.samples(1000)}


class TestReading:
    async def test_what_changed_since_the_last_time_and_nothing_else(self, database_url: str) -> None:
        async with on_shopify(database_url) as shop:
            for n in range(8):
                shop.shopify.sell(order(f"N{n}"))
            first = await shop.container.sync.read_changed()
            assert (first.orders_saved, first.items_saved, first.failures) == (8, 1, [])
            shop.shopify.documents.clear()
            again = await shop.container.sync.read_changed()
            # What lies in the overlap is read again, and changes nothing.
            assert again.orders_saved == 0 and again.orders_unchanged <= 3
            shop.shopify.touch(raw := next(iter(shop.shopify.orders.values())))
            raw["cancelledAt"] = raw["updatedAt"]
            assert (await shop.container.sync.read_changed()).orders_saved == 1
            async with shop.container.transactions() as uow:
                found = await uow.orders.find("n0")
            assert found and found[1].status is OrderStatus.CANCELLED

    async def test_a_reading_that_ends_in_the_middle_goes_on_there(self, shop: OnShopify) -> None:
        for n in range(70):
            shop.shopify.sell(order(f"N{n}"))
        read = shop.shopify._find_orders
        asked = 0

        def breaks(**arguments: Any) -> Any:
            nonlocal asked
            asked += 1
            if asked == 20:
                shop.shopify.troubles = ["down"]
            return read(**arguments)

        shop.shopify._find_orders = breaks  # type: ignore[method-assign, assignment]
        with pytest.raises(PlatformUnavailable):
            await shop.container.sync.read_changed()
        before = await numbers(shop)
        assert 50 <= len(before) < 70
        shop.shopify.documents.clear()
        report = await shop.container.sync.read_changed()
        assert await numbers(shop) == {f"#N{n}" for n in range(70)}
        assert report.orders_saved + report.orders_unchanged < 30

    async def test_one_that_cannot_be_loaded_is_named_and_the_others_are_there(self, shop: OnShopify) -> None:
        for n in range(3):
            shop.shopify.sell(order(f"N{n}"))
        list(shop.shopify.orders.values())[1]["presentmentCurrencyCode"] = "XQX"
        report = await shop.container.sync.read_changed()
        assert report.orders_saved == 2 and [number for number, _ in report.failures] == ["#N1"]
        assert await numbers(shop) == {"#N0", "#N2"}

    async def test_the_chore_reads_now_and_then_and_survives(self, shop: OnShopify) -> None:
        shop.shopify.sell(order())
        shop.shopify.troubles = ["down"]
        sync = shop.container.sync
        assert await sync.finish_interrupted() == 0 and await numbers(shop) == set()
        sync._due = 0
        assert await sync.finish_interrupted() == 1
        assert await sync.finish_interrupted() == 0 and len(shop.shopify.documents) == 3  # not due

    async def test_what_arrives_meanwhile_is_delivered(self, shop: OnShopify) -> None:
        left = NOON - timedelta(days=6)
        raw = shop.shopify.sell(order())
        raw["fulfillments"][0] |= {"createdAt": left.isoformat(), "deliveredAt": None, "displayStatus": "IN_TRANSIT"}
        await shop.container.sync.read_changed()

        async def status() -> OrderStatus:
            async with shop.container.transactions() as uow:
                found = await uow.orders.find("W2611340")
            assert found
            return found[1].status

        assert await status() is OrderStatus.SHIPPED
        shop.clock.now += timedelta(days=2)
        assert await shop.container.sync.finish_interrupted() == 1
        assert await status() is OrderStatus.DELIVERED

    async def test_what_was_done_here_is_kept(self, shop: OnShopify) -> None:
        sold = await shop.bought()
        await shop.came_back(sold, quantity=2)
        raw = next(iter(shop.shopify.orders.values()))
        raw["lineItems"][0]["currentQuantity"] = 1  # somebody refunds one there, of two that come back here
        shop.shopify.touch(raw)
        report = await shop.container.sync.read_changed()
        assert "announced for return" in report.failures[0][1]
        async with shop.container.transactions() as uow:
            assert (await uow.orders.committed(1))[sold.lines[0].id] == 2

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"shopify_shop": "a.myshopify.com", "shopify_token": "t", "woocommerce_url": "https://b.example",
              "woocommerce_key": "k", "woocommerce_secret": "s"}, "both are set"),
            ({"shopify_shop": "a.myshopify.com"}, "RETOUR_SHOPIFY_TOKEN"),
            ({"shopify_shop": "a.myshopify.com", "shopify_token": "t", "shopify_api_version": "2025-10"}, "2026-04"),
            ({"shopify_shop": "http://a.myshopify.com", "shopify_token": "t"}, "https"),
            ({"woocommerce_url": "https://b.example", "woocommerce_key": "k"}, "RETOUR_WOOCOMMERCE_SECRET"),
            ({"woocommerce_url": "http://b.example", "woocommerce_key": "k", "woocommerce_secret": "s"}, "https"),
        ],
    )  # fmt: skip
    async def test_half_of_one_and_both_at_once_are_refused(self, given: dict[str, str], said: str) -> None:
        settings = Settings.load(**given)
        with pytest.raises(ConfigurationError, match=said):
            open_platform(settings, create_engine("sqlite:///:memory:"), lambda: NOON, open_shopify(settings))


class TestAsking:
    async def talk(self, shop: OnShopify, name: str = "c1") -> Conversation:
        conversation = Conversation(
            id=name,
            channel=Channel.WEB,
            language=Language.EN,
            owner=Owner.ASSISTANT,
            address="203.0.113.9",
            created_at=NOON,
        )
        async with shop.container.transactions() as uow:
            await uow.conversations.add(conversation)
        return conversation

    def desk(self, shop: OnShopify, seconds: float = 0.6) -> IdentityDesk:
        return IdentityDesk(shop.container.transactions, shop.clock, shop.container.sync.fetch, seconds)

    async def test_an_order_that_is_not_here_yet_is_asked_for_and_proven(self, shop: OnShopify) -> None:
        shop.shopify.sell(order())
        conversation = await self.talk(shop)
        found = await self.desk(shop).prove(conversation, "#w2611340", "noah@example.com")
        assert found and found[1].key == "w2611340"
        async with shop.container.transactions() as uow:
            assert await uow.attempts.count("session:c1", NOON - timedelta(hours=1)) == 0
        asked = len(shop.shopify.documents)
        assert await self.desk(shop).prove(conversation, "W2611340", "69001")
        assert len(shop.shopify.documents) == asked

    async def test_a_wrong_proof_and_an_unknown_order_look_the_same(self, shop: OnShopify) -> None:
        await shop.bought()
        shop.shopify.sell(order("W9"))
        conversation, desk = await self.talk(shop), self.desk(shop)
        times = []
        # Known here and wrong; known there only and wrong; known nowhere.
        for number in ("W2611340", "W9", "W8"):
            started = time.monotonic()
            assert await desk.prove(conversation, number, "other@example.com") is None
            times.append(time.monotonic() - started)
        assert min(times) >= FLOOR_SECONDS + 0.6 and max(times) - min(times) < 0.4
        async with shop.container.transactions() as uow:
            assert await uow.attempts.count("session:c1", NOON - timedelta(hours=1)) == 3

    async def test_a_platform_that_is_slow_holds_nobody_up_and_helps_the_next_time(self, shop: OnShopify) -> None:
        shop.shopify.sell(order())
        release = asyncio.Event()
        ask = shop.container.platform.order

        async def slow(number: str) -> Any:
            await release.wait()
            return await ask(number)

        shop.container.platform.order = slow  # type: ignore[method-assign]
        conversation, desk = await self.talk(shop), self.desk(shop, 0.2)
        started = time.monotonic()
        assert await desk.prove(conversation, "W2611340", "noah@example.com") is None
        assert time.monotonic() - started < 3
        release.set()
        await asyncio.gather(*desk._asking)
        assert await desk.prove(conversation, "W2611340", "noah@example.com")

    async def test_a_platform_that_is_away_is_no_error_for_the_shopper(self, shop: OnShopify) -> None:
        shop.shopify.troubles = ["down"] * 3
        conversation, desk = await self.talk(shop), self.desk(shop, 0.1)
        assert await desk.prove(conversation, "W2611340", "noah@example.com") is None

    async def test_what_it_does_not_have_is_asked_for_once(self, shop: OnShopify) -> None:
        conversation, desk = await self.talk(shop), self.desk(shop, 0.05)
        for _ in range(3):
            assert await desk.prove(conversation, "W77", "noah@example.com") is None
        assert len(shop.shopify.documents) == 1

    async def test_many_at_once_are_not_free(self, shop: OnShopify) -> None:
        conversation, desk = await self.talk(shop), self.desk(shop, 0.3)
        results = await asyncio.gather(
            *(desk.prove(conversation, f"W{n}", "noah@example.com") for n in range(12)), return_exceptions=True
        )
        assert sum(isinstance(one, TooManyAttempts) for one in results) == 7
        assert len(shop.shopify.documents) == 5


class TestCommands:
    @pytest.fixture
    def run(self, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Awaitable[Result]]:
        monkeypatch.setenv("RETOUR_DATABASE_URL", sqlite_url)
        monkeypatch.setenv("RETOUR_SECRET_KEY", "a secret of these tests only, and long")

        async def command(*arguments: str) -> Result:
            # In a thread: a command runs a loop of its own.
            return await asyncio.to_thread(CliRunner().invoke, app, arguments)

        return command

    async def test_import_from_the_platform(
        self, run: Callable[..., Awaitable[Result]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shop = Shopify()
        shop.add_item(item(), 5)
        shop.sell(order())
        shop.sell(order("W2", currency="XQX"))
        async with TestServer(shop.app()) as server:
            monkeypatch.setenv("RETOUR_SHOPIFY_SHOP", str(server.make_url("")))
            monkeypatch.setenv("RETOUR_SHOPIFY_TOKEN", shopify_server.TOKEN)
            first = await run("import", "--from", "shopify", "--since", "2026-10-01")
            assert "1 orders loaded" in first.output and "1 catalogue items loaded" in first.output, first.output
            assert "#W2: currency" in first.output and first.exit_code == 1
            wrong = await run("import", "--from", "woocommerce")
            assert wrong.exit_code == 1 and "RETOUR_WOOCOMMERCE_URL" in str(wrong.exception)
            found = await asyncio.to_thread(checks._platform, Settings.load())
            assert "Shopify, Clairière" in found and "RETOUR_SHOPIFY_WEBHOOK_SECRET" in found
        down = await run("import", "--from", "shopify")
        assert down.exit_code == 1 and "no connection" in str(down.exception)
        with pytest.raises(ConfigurationError, match="no connection"):
            await asyncio.to_thread(checks._platform, Settings.load())
        assert shopify_server.TOKEN not in first.output + down.output + str(down.exception)

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["import"], "--from"),
            (["import", "x.json", "--from", "shopify"], "--from"),
            (["import", "x.json", "--since", "2026-11-01"], "--since"),
            (["import", "--from", "shopify", "--since", "yesterday"], "--since"),
        ],
    )
    async def test_what_makes_no_sense_is_said(
        self, run: Callable[..., Awaitable[Result]], arguments: list[str], said: str
    ) -> None:
        result = await run(*arguments)
        assert isinstance(result.exception, ConfigurationError) and said in str(result.exception)

    async def test_stock_says_when_nothing_is_stuck(self, run: Callable[..., Awaitable[Result]]) -> None:
        assert "Nothing is stuck." in (await run("stock", "--again")).output
        assert (await run("stock", "--done", "17")).exit_code == 1

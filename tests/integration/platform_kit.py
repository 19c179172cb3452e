"""A Retour whose shop is on the small Shopify, or keeps its own book."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from rma.bootstrap import Container, open_container
from rma.model.goods import Grade
from rma.model.orders import Order
from rma.model.returns import Return
from rma.service.inspecting import Look
from rma.service.receiving import Arrival
from rma.settings import Settings
from tests.fixtures import shopify_server, woocommerce_server
from tests.fixtures.shop_platforms import item, order
from tests.fixtures.shopify_server import Shopify
from tests.fixtures.woocommerce_server import WooCommerce
from tests.integration.notice_shop import Clock, plan

SECRET = "the app's client secret"


@dataclass
class OnShopify:
    container: Container
    shopify: Shopify
    clock: Clock

    @property
    def settings(self) -> Settings:
        return self.container.settings

    async def bought(self, **changes: Any) -> Order:
        """An order that was bought on Shopify and brought here."""
        self.shopify.sell(order(**changes))
        report = await self.container.sync.read_changed()
        assert not report.failures, report.failures
        async with self.container.transactions() as uow:
            found = await uow.orders.find("W2611340")
        assert found
        return found[1]

    async def came_back(self, sold: Order, key: str = "k", quantity: int = 1, **look: Any) -> Return:
        """A return of the order's first line, received and looked at."""
        rma = await self.container.returns.create(plan(key=key, line=sold.lines[0].id, quantity=quantity))
        await self.container.receiving.receive(rma.number, Arrival(scanned="x"), "ana")
        looks = [Look(sold.lines[0].id, **{"grade": Grade.AS_NEW, **look})]
        return await self.container.inspection.inspect(rma.number, looks, "ana")

    def stock(self) -> int:
        return int(self.shopify.variant("TSH-BLU-M")["inventoryQuantity"])


@asynccontextmanager
async def on_shopify(database_url: str, **changes: Any) -> AsyncIterator[OnShopify]:
    shop, clock = Shopify(), Clock()
    shop.add_item(item(tags=[]), 5)
    async with TestServer(shop.app()) as server:
        settings = Settings.load(
            database_url=database_url,
            secret_key=SecretStr("a secret of these tests"),
            public_url="https://retour.example",
            shopify_shop=str(server.make_url("")),
            shopify_token=SecretStr(shopify_server.TOKEN),
            shopify_webhook_secret=SecretStr(SECRET),
            **changes,
        )
        async with open_container(settings, clock) as container:
            yield OnShopify(container, shop, clock)


@asynccontextmanager
async def on_woocommerce(database_url: str, **changes: Any) -> AsyncIterator[tuple[Container, WooCommerce]]:
    shop = WooCommerce()
    shop.add_item(item(tags=[]), 5)
    async with TestServer(shop.app()) as server:
        settings = Settings.load(
            database_url=database_url,
            secret_key=SecretStr("a secret of these tests"),
            public_url="https://retour.example",
            woocommerce_url=str(server.make_url("")),
            woocommerce_key=SecretStr(woocommerce_server.KEY),
            woocommerce_secret=SecretStr(woocommerce_server.SECRET),
            woocommerce_webhook_secret=SecretStr(SECRET),
            **changes,
        )
        async with open_container(settings, Clock()) as container:
            yield container, shop

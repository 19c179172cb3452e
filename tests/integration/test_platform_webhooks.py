"""The shop platform says that an order changed: believed when signed, read again once, harmless when forged or played again."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from rma.model.codes import OrderStatus
from tests.fixtures.shop_platforms import order
from tests.integration import gateway_kit
from tests.integration.platform_kit import SECRET, OnShopify, on_shopify, on_woocommerce


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[OnShopify]:
    async with on_shopify(sqlite_url) as opened:
        yield opened


async def numbers(shop: OnShopify) -> set[str]:
    async with shop.container.transactions() as uow:
        return {one.number for one in await uow.orders.samples(1000)}


def signed(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


class TestWebhooks:
    def headers(self, shop: OnShopify, body: bytes, **changes: str) -> dict[str, str]:
        domain = shop.settings.shopify_shop.partition("//")[2].partition(":")[0]
        return {
            "X-Shopify-Hmac-Sha256": signed(body), "X-Shopify-Topic": "orders/updated", "X-Shopify-Shop-Domain": domain,
            "Content-Type": "application/json",
        } | changes  # fmt: skip

    async def test_an_order_that_changed_is_read_again(self, shop: OnShopify) -> None:
        await shop.bought()
        raw = next(iter(shop.shopify.orders.values()))
        raw["cancelledAt"] = "2026-11-20T10:00:00Z"
        number = int(raw["id"].rpartition("/")[2])
        async with gateway_kit.open_shop(shop.container) as gateway:
            for topic, event in (
                ("orders/updated", {"id": number, "total_price": "0"}),
                ("refunds/create", {"id": 1, "order_id": number}),
            ):
                body = json.dumps(event).encode()
                headers = self.headers(shop, body, **{"X-Shopify-Topic": topic})
                answer = await gateway.client.post("/webhooks/shopify", data=body, headers=headers)
                assert answer.status == 200
            await shop.container.sync.settled()
        async with shop.container.transactions() as uow:
            found = await uow.orders.find("W2611340")
        assert found and found[1].status is OrderStatus.CANCELLED

    @pytest.mark.parametrize(
        "changes",
        [
            {"X-Shopify-Hmac-Sha256": ""}, {"X-Shopify-Hmac-Sha256": signed(b'{"id": 1}', "another secret")},
            {"X-Shopify-Hmac-Sha256": signed(b'{"id": 2}')}, {"X-Shopify-Hmac-Sha256": "é"},
            {"X-Shopify-Shop-Domain": "other.myshopify.com"},
        ],
    )  # fmt: skip
    async def test_what_the_shop_did_not_sign_is_refused(self, shop: OnShopify, changes: dict[str, str]) -> None:
        async with gateway_kit.open_shop(shop.container) as gateway:
            body = b'{"id": 1}'
            answer = await gateway.client.post(
                "/webhooks/shopify", data=body, headers=self.headers(shop, body, **changes)
            )
            assert answer.status == 403
            answer = await gateway.client.post("/webhooks/woocommerce", data=b"webhook_id=7")
            assert answer.status == 403
        assert shop.shopify.documents == []

    @pytest.mark.parametrize(
        "body", [b"[]", b"{", b'{"id": "x"}', b'{"id": true}', b'{"id": -1}', b'{"id": 99999999999999999999}', b"{}"]
    )
    async def test_nonsense_that_is_signed_does_nothing(self, shop: OnShopify, body: bytes) -> None:
        async with gateway_kit.open_shop(shop.container) as gateway:
            answer = await gateway.client.post("/webhooks/shopify", data=body, headers=self.headers(shop, body))
            assert answer.status in (200, 400)
            await shop.container.sync.settled()
        assert shop.shopify.documents == []

    async def test_a_flood_for_one_order_is_one_reading(self, shop: OnShopify) -> None:
        await shop.bought()
        number = next(iter(shop.shopify.orders)).rpartition("/")[2]
        shop.shopify.documents.clear()
        for _ in range(20):
            shop.container.sync.refresh_soon(number)
        await shop.container.sync.settled()
        assert len(shop.shopify.documents) == 1

    async def test_woocommerce_signs_in_its_own_way(self, sqlite_url: str) -> None:
        async with on_woocommerce(sqlite_url) as (container, woo):
            raw = woo.sell(order())
            body = json.dumps({"id": raw["id"], "number": raw["number"]}).encode()
            async with gateway_kit.open_shop(container) as gateway:
                ping = await gateway.client.post("/webhooks/woocommerce", data=b"webhook_id=7")
                assert ping.status == 200
                headers = {"X-WC-Webhook-Topic": "order.updated", "X-WC-Webhook-Signature": signed(body, "no")}
                assert (await gateway.client.post("/webhooks/woocommerce", data=body, headers=headers)).status == 403
                headers["X-WC-Webhook-Signature"] = signed(body)
                assert (await gateway.client.post("/webhooks/woocommerce", data=body, headers=headers)).status == 200
                await container.sync.settled()
            async with container.transactions() as uow:
                assert await uow.orders.find("W2611340")

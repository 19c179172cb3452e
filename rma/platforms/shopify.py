"""A shop on Shopify, over its Admin GraphQL API (docs/platforms.md)."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from rma.model.orders import order_key
from rma.model.platforms import Changed, Exchange, PlatformRefused, PlatformUnavailable, RefundRecord, StockMove
from rma.platforms import shopify_documents as documents
from rma.platforms.mapping import Words
from rma.platforms.reading import dicts
from rma.platforms.shopify_exchanges import ShopifyExchanges
from rma.platforms.shopify_http import ShopifyHttp, gid
from rma.platforms.shopify_reading import item_of, order_of
from rma.platforms.shopify_stock import ShopifyStock

REMEMBERS = timedelta(hours=12)
"""Half of the day for which Shopify knows an idempotency key again."""
_SEARCHABLE = re.compile(r"[\w./-]{1,50}")


class ShopifyPlatform:
    code = "shopify"
    keeps_orders_here = False
    forgets_after: timedelta | None = REMEMBERS

    def __init__(self, http: ShopifyHttp, words: Words, clock: Callable[[], datetime]) -> None:
        """`http` is shared, and closed by whoever opened it."""
        self._http, self._words, self._clock = http, words, clock
        self._stock = ShopifyStock(http, words.shopify.location)
        self._exchanges = ShopifyExchanges(http, self._stock)
        # Looking for what is there and making it is two requests, between which nobody else of this process may make it.
        self._one_at_a_time = asyncio.Lock()

    async def orders(self, since: datetime | None) -> AsyncIterator[Changed]:
        async for raw in self._pages(documents.ORDERS, "orders", _since(since)):
            yield order_of(await self._whole(raw), self._words, self._clock())

    async def catalogue(self, since: datetime | None) -> AsyncIterator[Changed]:
        after = None
        while True:
            data = await self._http.query(documents.VARIANTS, search=_since(since), after=after)
            for raw in dicts(data["productVariants"]["nodes"]):
                yield item_of(raw, str(data["shop"]["currencyCode"]), self._words)
            page = data["productVariants"]["pageInfo"]
            if not page["hasNextPage"]:
                return
            after = page["endCursor"]

    async def _pages(self, document: str, name: str, search: str | None) -> AsyncIterator[dict[str, Any]]:
        after = None
        while True:
            data = await self._http.query(document, search=search, after=after)
            for raw in dicts(data[name]["nodes"]):
                yield raw
            if not data[name]["pageInfo"]["hasNextPage"]:
                return
            after = data[name]["pageInfo"]["endCursor"]

    async def _whole(self, raw: dict[str, Any]) -> dict[str, Any]:
        """The order with all of its lines, and with all that was sent and taken back of them."""
        page = raw["lineItems"]["pageInfo"]
        while page["hasNextPage"]:
            data = await self._http.query(documents.MORE_LINES, id=raw["id"], after=page["endCursor"])
            if not data.get("order"):
                raise PlatformUnavailable("Shopify: an order vanished while it was read")
            raw["lineItems"]["nodes"] += data["order"]["lineItems"]["nodes"]
            page = data["order"]["lineItems"]["pageInfo"]
        parts = [one["fulfillmentLineItems"] for one in dicts(raw["fulfillments"])]
        parts += [one["refundLineItems"] for one in dicts(raw["refunds"])]
        if any(part["pageInfo"]["hasNextPage"] for part in parts):
            data = await self._http.query(documents.MORE_MOVED, id=raw["id"])
            if data.get("order"):
                raw["fulfillments"] = data["order"]["fulfillments"]
                lines = {one["id"]: one["refundLineItems"] for one in dicts(data["order"]["refunds"])}
                for refund in dicts(raw["refunds"]):
                    refund["refundLineItems"] = lines.get(refund["id"], refund["refundLineItems"])
        return raw

    async def order(self, number: str) -> Changed | None:
        order_id = await self._id_of(number)
        return None if order_id is None else await self.order_by_id(order_id)

    async def order_by_id(self, platform_id: str) -> Changed | None:
        data = await self._http.query(documents.ORDER, id=gid("Order", platform_id))
        raw = data.get("order")
        return None if not raw else order_of(await self._whole(raw), self._words, self._clock())

    async def _id_of(self, number: str) -> str | None:
        key = order_key(number)
        if not _SEARCHABLE.fullmatch(key):
            return None
        data = await self._http.query(documents.ORDERS_NAMED, search=f'name:"{key}"')
        found = [one["id"] for one in dicts(data["orders"]["nodes"]) if order_key(str(one["name"])) == key]
        return str(found[0]) if found else None

    async def restock(self, move: StockMove) -> None:
        await self._stock.restock(move)

    async def record_refund(self, refund: RefundRecord) -> str:
        order_id = await self._id_of(refund.order)
        if order_id is None:
            raise PlatformRefused(f"Shopify: there is no order {refund.order}")
        async with self._one_at_a_time:
            return await self._stock.record_refund(order_id, refund)

    async def reserve(self, exchange: Exchange) -> str:
        async with self._one_at_a_time:
            return await self._exchanges.reserve(exchange)

    async def release(self, exchange: Exchange) -> None:
        async with self._one_at_a_time:
            await self._exchanges.release(exchange)

    async def place(self, exchange: Exchange) -> str:
        async with self._one_at_a_time:
            return await self._exchanges.place(exchange)

    async def check(self) -> str:
        data = await self._http.query(documents.SHOP)
        return f"Shopify, {data['shop']['name']}, prices in {data['shop']['currencyCode']}"

    async def close(self) -> None:
        return


def _since(since: datetime | None) -> str | None:
    return None if since is None else f"updated_at:>='{since.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%SZ')}'"

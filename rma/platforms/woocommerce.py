"""A shop on WooCommerce, over its REST API v3 (docs/platforms.md)."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from rma.model.orders import order_key
from rma.model.platforms import Changed, Exchange, PlatformRefused, RefundRecord, StockMove
from rma.platforms.mapping import Words, folded
from rma.platforms.reading import dicts
from rma.platforms.woocommerce_exchanges import WooExchanges
from rma.platforms.woocommerce_http import PER_PAGE, Missing, WooHttp
from rma.platforms.woocommerce_reading import NO_ORDERS, changed_at, has_foreign_refund, item_of, order_of
from rma.platforms.woocommerce_stock import WooStock

PRODUCTS_LAST = 600.0
"""Seconds for which a product's tags and categories are not asked for again."""
PRODUCTS_KEPT = 5_000
SECOND = timedelta(seconds=1)


class WooPlatform:
    code = "woocommerce"
    keeps_orders_here = False
    # The key of a move stands with the product itself.
    forgets_after: timedelta | None = None

    def __init__(self, http: WooHttp, words: Words, clock: Callable[[], datetime]) -> None:
        self._http, self._words, self._clock = http, words, clock
        self._stock = WooStock(http)
        self._exchanges = WooExchanges(http, self._stock)
        self._products: dict[int, tuple[float, dict[str, Any]]] = {}
        # Looking for what is there and making it is two requests, between which nobody else of this process may make it.
        self._one_at_a_time = asyncio.Lock()

    async def orders(self, since: datetime | None) -> AsyncIterator[Changed]:
        """In the order of their changes. Each page begins where the one before ended, by the time of the change and not by the
        page's number: an order that changes meanwhile moves to the end, and every page behind it would begin one too late."""
        # `modified_after` leaves out the second itself.
        after = None if since is None else since - SECOND
        number, seen = 1, set[tuple[int, datetime]]()
        while True:
            found, pages = await self._http.page(
                "orders", number, order="asc", orderby="modified", status="any", **_after(after)
            )
            new = [one for one in found if (one["id"], changed_at(one)) not in seen]
            for changed in await self._read(new):
                yield changed
            if number >= pages or not found:
                return
            last = changed_at(found[-1])
            seen = {(one["id"], at) for one in found if (at := changed_at(one)) >= last - SECOND} | {
                one for one in seen if one[1] >= last - SECOND
            }
            # There may be more of the last second on the next page.
            if after is None or last - SECOND > after:
                after, number = last - SECOND, 1
            else:
                number += 1

    async def _read(self, found: list[dict[str, Any]]) -> list[Changed]:
        found = [one for one in found if folded(str(one.get("status"))) not in NO_ORDERS]
        wanted = {int(line.get("product_id") or 0) for one in found for line in dicts(one.get("line_items"))}
        products = await self._products_of(wanted - {0})
        changes = []
        for one in found:
            refunds = []
            if has_foreign_refund(one):
                refunds = [refund async for refund in self._http.every(f"orders/{one['id']}/refunds")]
            changes.append(order_of(one, products, refunds, self._words, self._clock()))
        return changes

    async def _products_of(self, ids: Collection[int]) -> dict[int, dict[str, Any]]:
        """What an order's lines do not say of their products. One that is gone is not there."""
        now = time.monotonic()
        if len(self._products) > PRODUCTS_KEPT:
            self._products.clear()
        asked = sorted(one for one in ids if self._products.get(one, (0.0, {}))[0] < now)
        for start in range(0, len(asked), PER_PAGE):
            few = asked[start : start + PER_PAGE]
            found, _ = await self._http.page("products", 1, include=",".join(map(str, few)), status="any")
            known = {int(one["id"]): one for one in found}
            self._products |= {one: (now + PRODUCTS_LAST, known.get(one, {})) for one in few}
        return {one: self._products[one][1] for one in ids}

    async def catalogue(self, since: datetime | None) -> AsyncIterator[Changed]:
        currency = str((await self._http.get("data/currencies/current"))["code"])
        async for one in self._http.every("products", order="asc", orderby="id", status="any", **_after(since)):
            if one.get("type") == "variable":
                async for variation in self._http.every(f"products/{one['id']}/variations", order="asc", orderby="id"):
                    yield item_of(variation, one, currency, self._words)
            elif one.get("type") not in ("grouped", "external"):
                yield item_of(one, None, currency, self._words)

    async def order(self, number: str) -> Changed | None:
        raw = await self._named(number)
        return next(iter(await self._read([raw])), None) if raw else None

    async def order_by_id(self, platform_id: str) -> Changed | None:
        raw = await self._of_id(platform_id)
        return next(iter(await self._read([raw])), None) if raw else None

    async def _of_id(self, number: str) -> dict[str, Any] | None:
        if not (number.isdecimal() and number.isascii()) or len(number) > 18:
            return None
        try:
            found: dict[str, Any] = await self._http.get(f"orders/{number}")
            return found
        except Missing:
            return None

    async def _named(self, number: str) -> dict[str, Any] | None:
        """By its number, which is its id where no plugin numbers orders in another way."""
        key = order_key(number)
        raw = await self._of_id(key)
        if raw is not None and order_key(str(raw.get("number") or raw["id"])) == key:
            return raw
        found, _ = await self._http.page("orders", 1, search=key, status="any")
        return next((one for one in found if order_key(str(one.get("number") or one["id"])) == key), None)

    async def _bought(self, number: str) -> dict[str, Any]:
        raw = await self._named(number)
        if raw is None:
            raise PlatformRefused(f"WooCommerce: there is no order {number}")
        return raw

    async def restock(self, move: StockMove) -> None:
        async with self._one_at_a_time:
            await self._stock.restock(move)

    async def record_refund(self, refund: RefundRecord) -> str:
        async with self._one_at_a_time:
            return await self._stock.record_refund(await self._bought(refund.order), refund)

    async def reserve(self, exchange: Exchange) -> str:
        async with self._one_at_a_time:
            return await self._exchanges.reserve(exchange, await self._bought(exchange.order))

    async def release(self, exchange: Exchange) -> None:
        async with self._one_at_a_time:
            await self._exchanges.release(exchange, await self._bought(exchange.order))

    async def place(self, exchange: Exchange) -> str:
        async with self._one_at_a_time:
            return await self._exchanges.place(exchange, await self._bought(exchange.order))

    async def check(self) -> str:
        currency = await self._http.get("data/currencies/current")
        return f"WooCommerce, prices in {currency['code']}"

    async def close(self) -> None:
        await self._http.close()


def _after(since: datetime | None) -> dict[str, Any]:
    if since is None:
        return {}
    return {"modified_after": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"), "dates_are_gmt": "true"}

"""An exchange on WooCommerce is an order of ours beside the one that it exchanges: "on hold" keeps the units, "processing" has them
sent, "cancelled" gives them back. WooCommerce moves the stock itself at each.

Creating an order takes no key. So each carries the key in a field, and is looked for among the children of the order that it
belongs to before one is created.
"""

from collections.abc import Mapping
from typing import Any

from rma.model.platforms import Exchange, PlatformRefused, SoldOut
from rma.platforms.reading import plain
from rma.platforms.woocommerce_http import WooHttp
from rma.platforms.woocommerce_reading import KEY_FIELD, VALUE_FIELD, field
from rma.platforms.woocommerce_stock import WooStock

Document = Mapping[str, Any]

KEPT, SENT, GIVEN_BACK = "on-hold", "processing", "cancelled"


class WooExchanges:
    def __init__(self, http: WooHttp, stock: WooStock) -> None:
        self._http, self._stock = http, stock

    async def _known(self, exchange: Exchange, parent: Document) -> Document | None:
        async for one in self._http.every("orders", parent=parent["id"], status="any"):
            if field(one, KEY_FIELD) == exchange.key:
                return one
        return None

    async def reserve(self, exchange: Exchange, parent: Document) -> str:
        return str((await self._reserved(exchange, parent))["number"])

    async def _reserved(self, exchange: Exchange, parent: Document) -> Document:
        if known := await self._known(exchange, parent):
            if known["status"] == GIVEN_BACK:
                raise PlatformRefused(f"WooCommerce: exchange {known['number']} was released; its key is used up")
            return known
        path, article = await self._stock.article(exchange.sku)
        counted = await self._stock.counted(exchange.sku)
        limited = counted is not None and counted[1].get("backorders") == "no"
        none_left = article.get("stock_status") == "outofstock"
        if none_left or (limited and counted and int(counted[1]["stock_quantity"] or 0) < exchange.quantity):
            raise SoldOut(f"WooCommerce: fewer than {exchange.quantity} of {exchange.sku} are left")
        made = await self._http.post("orders", _order_of(exchange, parent, path, article))
        if limited and counted:
            # Somebody may have bought the last one meanwhile; what is left is then below zero.
            now = await self._http.get(counted[0])
            if int(now["stock_quantity"] or 0) < 0:
                await self._http.put(f"orders/{made['id']}", {"status": GIVEN_BACK})
                raise SoldOut(f"WooCommerce: fewer than {exchange.quantity} of {exchange.sku} are left")
        return made

    async def release(self, exchange: Exchange, parent: Document) -> None:
        known = await self._known(exchange, parent)
        if known is None or known["status"] == GIVEN_BACK:
            return
        if known["status"] != KEPT:
            raise PlatformRefused(f"WooCommerce: the exchange is placed already, as {known['number']}")
        await self._http.put(f"orders/{known['id']}", {"status": GIVEN_BACK})

    async def place(self, exchange: Exchange, parent: Document) -> str:
        known = await self._reserved(exchange, parent)
        if known["status"] == KEPT:
            known = await self._http.put(f"orders/{known['id']}", {"status": SENT})
        return str(known["number"])


def _order_of(exchange: Exchange, parent: Document, path: str, article: Document) -> dict[str, Any]:
    address, customer = exchange.address, exchange.customer
    first, _, last = (address.name or customer.name).rpartition(" ")
    where = {
        "first_name": first,
        "last_name": last,
        "address_1": address.line1,
        "address_2": address.line2 or "",
        "city": address.city,
        "state": address.state or "",
        "postcode": address.postal_code or "",
        "country": address.country,
    }
    variation = "/variations/" in path
    line = {
        "product_id": int(path.split("/")[1]),
        "variation_id": int(article["id"]) if variation else 0,
        "quantity": exchange.quantity,
        # Paid with what comes back; a difference is settled with the refund.
        "subtotal": "0",
        "total": "0",
    }
    return {
        "status": KEPT,
        "parent_id": parent["id"],
        "customer_id": parent.get("customer_id") or 0,
        "currency": exchange.currency,
        "payment_method_title": "Exchange",
        "billing": {**where, "email": customer.email or "", "phone": customer.phone or ""},
        "shipping": where,
        "customer_note": exchange.note,
        "line_items": [line],
        "meta_data": [
            {"key": KEY_FIELD, "value": exchange.key},
            {"key": VALUE_FIELD, "value": plain(exchange.value)},
        ],
    }

"""An exchange on Shopify is a draft order of ours: the draft keeps the units, completing it makes the order that is sent.

Creating a draft takes no key. So each carries a tag made of the key, and is looked for by it before one is created.
"""

from collections.abc import Mapping
from typing import Any

from rma.model.platforms import Exchange, PlatformRefused, SoldOut
from rma.platforms import shopify_documents as documents
from rma.platforms.marks import marked, tag
from rma.platforms.reading import dicts, plain
from rma.platforms.shopify_http import ShopifyHttp
from rma.platforms.shopify_reading import EXCHANGE_TAG, VALUE_FIELD
from rma.platforms.shopify_stock import ShopifyStock

Document = Mapping[str, Any]


class ShopifyExchanges:
    def __init__(self, http: ShopifyHttp, stock: ShopifyStock) -> None:
        self._http, self._stock = http, stock

    async def _draft(self, exchange: Exchange) -> Document | None:
        """The draft of this key. A search lags behind what was just created, and the list of the latest drafts does not."""
        wanted = tag(exchange.key)
        for search in (None, f'tag:"{wanted}"'):
            data = await self._http.query(documents.DRAFTS, search=search)
            for one in dicts(data["draftOrders"]["nodes"]):
                if wanted in one["tags"]:
                    return one
        return None

    async def reserve(self, exchange: Exchange) -> str:
        if known := await self._draft(exchange):
            return str(known["name"])
        variant, _ = await self._stock.variant(exchange.sku)
        counted = variant["inventoryItem"]["tracked"] and variant["inventoryPolicy"] == "DENY"
        if counted and int(variant["inventoryQuantity"] or 0) < exchange.quantity:
            raise SoldOut(f"Shopify: fewer than {exchange.quantity} of {exchange.sku} are left")
        payload = await self._http.mutate(
            documents.DRAFT_CREATE, "draftOrderCreate", input=_draft_of(exchange, variant["id"])
        )
        draft = payload["draftOrder"]
        if counted:
            # Somebody may have bought the last one while the draft was made; what is left is then below zero.
            variant, _ = await self._stock.variant(exchange.sku)
            if int(variant["inventoryQuantity"] or 0) < 0:
                await self._delete(draft["id"])
                raise SoldOut(f"Shopify: fewer than {exchange.quantity} of {exchange.sku} are left")
        return str(draft["name"])

    async def _delete(self, draft_id: str) -> None:
        await self._http.mutate(documents.DRAFT_DELETE, "draftOrderDelete", input={"id": draft_id})

    async def release(self, exchange: Exchange) -> None:
        draft = await self._draft(exchange)
        if draft is None:
            return
        if draft["status"] == "COMPLETED":
            raise PlatformRefused(
                f"Shopify: the exchange is placed already, as {(draft.get('order') or {}).get('name')}"
            )
        await self._delete(draft["id"])

    async def place(self, exchange: Exchange) -> str:
        await self.reserve(exchange)
        draft = await self._draft(exchange)
        if draft is None:
            raise PlatformRefused("Shopify: the draft of this exchange was deleted meanwhile")
        if draft["status"] == "COMPLETED" and draft.get("order"):
            return str(draft["order"]["name"])
        payload = await self._http.mutate(documents.DRAFT_COMPLETE, "draftOrderComplete", id=draft["id"])
        order = (payload.get("draftOrder") or {}).get("order")
        if not order:
            raise PlatformRefused(f"Shopify: {draft['name']} became no order")
        return str(order["name"])


def _draft_of(exchange: Exchange, variant_id: str) -> dict[str, Any]:
    address, customer = exchange.address, exchange.customer
    first, _, last = (address.name or customer.name).rpartition(" ")
    where = {
        "firstName": first or None,
        "lastName": last,
        "address1": address.line1,
        "address2": address.line2,
        "city": address.city,
        "provinceCode": address.state,
        "zip": address.postal_code,
        "countryCode": address.country,
        "phone": customer.phone,
    }
    line = {
        "variantId": variant_id,
        "quantity": exchange.quantity,
        # Paid with what comes back; a difference is settled with the refund.
        "appliedDiscount": {
            "valueType": "PERCENTAGE",
            "value": 100.0,
            "title": "Exchange",
            "description": exchange.order,
        },
        "customAttributes": [{"key": VALUE_FIELD, "value": plain(exchange.value)}],
    }
    return {
        "lineItems": [line],
        "email": customer.email,
        "shippingAddress": {name: value for name, value in where.items() if value},
        "shippingLine": {"title": "Exchange", "priceWithCurrency": {"amount": "0", "currencyCode": exchange.currency}},
        "presentmentCurrencyCode": exchange.currency,
        "reserveInventoryUntil": exchange.until.isoformat(),
        "note": marked(exchange.note, exchange.key),
        "tags": [EXCHANGE_TAG, tag(exchange.key)],
    }

"""Stock and refunds on Shopify: each told once, by a key that Shopify knows again for a day, and by a mark that it keeps."""

from collections.abc import Mapping
from typing import Any

from rma.model.platforms import PlatformRefused, RefundRecord, StockMove
from rma.platforms import shopify_documents as documents
from rma.platforms.marks import key_of, marked, unique
from rma.platforms.reading import dicts, plain
from rma.platforms.shopify_http import ShopifyHttp, gid, number_of
from rma.platforms.shopify_reading import variant_number

Document = Mapping[str, Any]


class ShopifyStock:
    def __init__(self, http: ShopifyHttp, location: str | None) -> None:
        self._http, self._location = http, location

    async def variant(self, sku: str) -> tuple[Document, Document]:
        """The one variant of this SKU, and the shop's primary location. Raises PlatformRefused for none, or several."""
        if number := variant_number(sku):
            data = await self._http.query(documents.VARIANT_BY_ID, id=gid("ProductVariant", number))
            found = [data["productVariant"]] if data.get("productVariant") else []
        else:
            quoted = sku.replace("\\", "\\\\").replace('"', '\\"')
            data = await self._http.query(documents.VARIANT_BY_SKU, search=f'sku:"{quoted}"')
            # A search finds what is like it, too.
            found = [one for one in dicts(data["productVariants"]["nodes"]) if one.get("sku") == sku]
        if len(found) != 1:
            raise PlatformRefused(f"Shopify: {len(found) or 'no'} variants have the SKU {sku}")
        return found[0], data.get("location") or {}

    def _shelf(self, variant: Document, primary: Document) -> str:
        """The id of the location that goods come back to."""
        levels = dicts(variant["inventoryItem"]["inventoryLevels"]["nodes"])
        places = [one["location"] for one in levels if one["location"].get("isActive", True)]
        if self._location:
            named = [one for one in places if self._location in (one["id"], number_of(one["id"]), one["name"])]
            if not named:
                raise PlatformRefused(
                    f"Shopify: {variant.get('sku')} is not kept at {self._location} (policy/platforms.yml)"
                )
            return str(named[0]["id"])
        if len(places) == 1:
            return str(places[0]["id"])
        if primary.get("id") in [one["id"] for one in places]:
            return str(primary["id"])
        raise PlatformRefused(
            f"Shopify: {variant.get('sku')} is kept at {len(places)} locations; name one in policy/platforms.yml (shopify.location)"
        )

    async def restock(self, move: StockMove) -> None:
        variant, primary = await self.variant(move.sku)
        if not variant["inventoryItem"]["tracked"]:
            return  # Shopify counts no units of it.
        change = {
            "inventoryItemId": variant["inventoryItem"]["id"],
            "locationId": self._shelf(variant, primary),
            "delta": move.quantity,
            # Null on purpose: it is a change by so many, whatever was sold meanwhile, and not a count.
            "changeFromQuantity": None,
        }
        document = {
            "name": "available",
            "reason": "restock",
            "referenceDocumentUri": f"gid://retour/Return/{move.cause}",
            "changes": [change],
        }
        await self._http.mutate(
            documents.ADJUST, "inventoryAdjustQuantities", input=document, key=unique("restock", move.key)
        )

    async def record_refund(self, order_id: str, refund: RefundRecord) -> str:
        """Money that was paid by other ways moves nothing here: a transaction is written only for what the shop takes by hand."""
        data = await self._http.query(documents.REFUNDS, id=order_id)
        order = data.get("order")
        if not order:
            raise PlatformRefused(f"Shopify: there is no order {refund.order}")
        for known in dicts(order["refunds"]):
            if key_of(known.get("note")) == refund.key:
                return number_of(known["id"])
        document: dict[str, Any] = {
            "orderId": order_id,
            "currency": refund.currency,
            "note": marked(refund.note, refund.key),
            "notify": False,
            "refundLineItems": [
                {"lineItemId": gid("LineItem", line.line), "quantity": line.quantity, "restockType": "NO_RESTOCK"}
                for line in refund.lines
                if line.quantity
            ],
            "transactions": self._by_hand(order_id, order, refund),
        }
        if refund.shipping:
            document["shipping"] = {"amount": plain(refund.shipping)}
        payload = await self._http.mutate(
            documents.REFUND, "refundCreate", input=document, key=unique("refund", refund.key)
        )
        if not payload.get("refund"):
            raise PlatformRefused("Shopify: refundCreate made no refund")
        return number_of(payload["refund"]["id"])

    @staticmethod
    def _by_hand(order_id: str, order: Document, refund: RefundRecord) -> list[dict[str, Any]]:
        manual = [
            one
            for one in dicts(order["transactions"])
            if one["manualPaymentGateway"] and one["kind"] in ("SALE", "CAPTURE") and one["status"] == "SUCCESS"
        ]
        amount = refund.amount - refund.known
        if len(manual) != 1 or amount <= 0:
            return []
        parent = manual[0]
        return [
            {
                "orderId": order_id,
                "parentId": parent["id"],
                "gateway": parent["gateway"],
                "kind": "REFUND",
                "amount": plain(amount),
            }
        ]

"""Stock and refunds on WooCommerce.

It has no sure way to add to a stock: it reads a product, changes it and writes it back, and does so within one request of ours
(`inventory_delta`). So only what is sold in those milliseconds could be lost, not what is sold between a reading and a writing of
ours. The same request writes down the key of the move; a lost answer is looked up there.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rma.model.money import rounded
from rma.model.platforms import PlatformRefused, RefundRecord, StockMove
from rma.platforms.marks import key_of, marked
from rma.platforms.reading import amount, dicts, plain
from rma.platforms.woocommerce_http import Missing, WooHttp
from rma.platforms.woocommerce_reading import article_id

MARK = "_retour_restocked_"
MARKS_KEPT = 100
"""Of the latest moves; older ones can no longer be under way."""

Document = Mapping[str, Any]


class WooStock:
    def __init__(self, http: WooHttp) -> None:
        self._http = http

    async def article(self, sku: str) -> tuple[str, Document]:
        """The path and the document of the one product or variation of this SKU. Raises PlatformRefused for none, or several."""
        number = article_id(sku)
        if number is not None:
            found = [one for one in [await self._of_id(number)] if one]
        else:
            # A list of SKUs is separated by commas there: one with a comma in it finds others, or nothing.
            found = [one async for one in self._http.every("products", sku=sku, status="any") if one.get("sku") == sku]
        if len(found) != 1:
            raise PlatformRefused(f"WooCommerce: {len(found) or 'no'} products have the SKU {sku}")
        one = found[0]
        if one.get("type") == "variation" or (one.get("parent_id") and one.get("type") not in ("simple", "variable")):
            path = f"products/{one['parent_id']}/variations/{one['id']}"
            return path, await self._http.get(path)
        return f"products/{one['id']}", one

    async def _of_id(self, number: int) -> Document | None:
        try:
            found: Document = await self._http.get(f"products/{number}")
            return found
        except Missing:
            return None

    async def counted(self, sku: str) -> tuple[str, Document] | None:
        """Where its units are counted: at the article, or at the product that it is a variation of. None where they are not."""
        path, one = await self.article(sku)
        if one.get("manage_stock") == "parent":
            path = path.partition("/variations/")[0]
            one = await self._http.get(path)
        return (path, one) if one.get("manage_stock") is True else None

    async def restock(self, move: StockMove) -> None:
        found = await self.counted(move.sku)
        if found is None:
            return
        path, one = found
        ours = [each for each in dicts(one.get("meta_data")) if str(each.get("key", "")).startswith(MARK)]
        if any(each["key"] == MARK + move.key for each in ours):
            return
        marks: list[dict[str, Any]] = [{"key": MARK + move.key, "value": f"{move.quantity} {move.cause}"}]
        old = sorted(ours, key=lambda each: int(each["id"]))[: max(0, len(ours) - MARKS_KEPT)]
        marks += [{"id": each["id"], "key": each["key"], "value": None} for each in old]
        await self._http.put(path, {"inventory_delta": move.quantity, "meta_data": marks})

    async def record_refund(self, order: Document, refund: RefundRecord) -> str:
        """`api_refund` false: nothing is paid; `api_restock` false: what came back is told when it was looked at."""
        path = f"orders/{order['id']}/refunds"
        async for known in self._http.every(path):
            if key_of(known.get("reason")) == refund.key:
                return str(known["id"])
        items = {str(one["id"]): one for one in dicts(order["line_items"])}
        lines = []
        for line in refund.lines:
            if line.line not in items:
                raise PlatformRefused(f"WooCommerce: order {refund.order} has no line {line.line}")
            lines.append(_part(items[line.line], line.quantity, line.amount, refund.currency))
        shipping = next(dicts(order.get("shipping_lines")), None)
        if refund.shipping and shipping:
            lines.append(_part(shipping, None, refund.shipping, refund.currency))
        made = await self._http.post(
            path,
            {
                "amount": plain(rounded(refund.amount, refund.currency)),
                "reason": marked(refund.note, refund.key),
                "api_refund": False,
                "api_restock": False,
                "line_items": lines,
            },
        )
        return str(made["id"])


def _part(item: Document, quantity: int | None, gross: Decimal, currency: str) -> dict[str, Any]:
    """What is refunded of a line: its net amount, and each of its taxes, as they make it up."""
    taxes = {one["id"]: amount(one.get("total") or 0) for one in dicts(item.get("taxes"))}
    paid = amount(item["total"]) + sum(taxes.values(), Decimal(0))
    shares = {number: rounded(gross * tax / paid, currency) if paid else Decimal(0) for number, tax in taxes.items()}
    # Of what nothing was paid for there, an exchange, nothing can be refunded there: its units only.
    net = gross - sum(shares.values(), Decimal(0)) if paid else Decimal(0)
    part: dict[str, Any] = {
        "id": item["id"],
        "refund_total": plain(rounded(net, currency)),
        "refund_tax": [{"id": number, "refund_total": plain(share)} for number, share in shares.items() if share],
    }
    if quantity is not None:
        part["quantity"] = quantity
    return part

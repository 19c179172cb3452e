"""Shopify's orders and variants in the shape of the import format (contract section 3).

Amounts are those that the shopper saw: presentment money, tax included. What was refunded or taken back on Shopify by somebody
else is no longer there to be returned; what Retour had refunded there is, since Retour counts it itself.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from rma.model.codes import LineTag, OrderStatus
from rma.model.platforms import Changed
from rma.platforms.mapping import Words
from rma.platforms.marks import key_of
from rma.platforms.reading import (
    Unreadable,
    amount,
    dicts,
    first_of,
    instant,
    plain,
    priced,
    read_item,
    read_order,
    sixth,
)
from rma.platforms.shopify_http import number_of

_FAILED = frozenset({"CANCELED", "FAILURE", "NOT_DELIVERED", "LABEL_VOIDED"})
_ARRIVED = frozenset({"DELIVERED", "PICKED_UP"})
_PAID = frozenset({"SALE", "CAPTURE"})
_GRAMS = {
    "GRAMS": Decimal(1),
    "KILOGRAMS": Decimal(1000),
    "OUNCES": Decimal("28.349523125"),
    "POUNDS": Decimal("453.59237"),
}

EXCHANGE_TAG, VALUE_FIELD = "retour", "_retour_value"

Document = Mapping[str, Any]


def order_of(raw: Document, words: Words, now: datetime) -> Changed:
    """Raises Unreadable for what has not even a name and a date."""
    return read_order(str(raw["name"]), instant(raw["updatedAt"]), lambda: _order(raw, words, now))


def item_of(raw: Document, currency: str, words: Words) -> Changed:
    product = raw.get("product") or {}
    changed = max(instant(raw["updatedAt"]), instant(product.get("updatedAt") or raw["updatedAt"]))
    return read_item(sku_of(raw.get("sku"), raw["id"]), changed, lambda: _item(raw, currency, words))


def sku_of(sku: str | None, global_id: str | None) -> str:
    """An article's SKU; of one without, the number of its variant, which `variant_number` knows again."""
    return sku.strip() if sku and sku.strip() else f"v{number_of(global_id or '')}"


def variant_number(sku: str) -> str | None:
    found = re.fullmatch(r"v(\d+)", sku, re.ASCII)
    return found[1] if found else None


def _order(raw: Document, words: Words, now: datetime) -> dict[str, Any]:
    currency = str(raw["presentmentCurrencyCode"])
    address = raw.get("shippingAddress") or raw.get("billingAddress")
    if not address:
        raise Unreadable("it has neither a shipping nor a billing address")
    items = [one for one in dicts(raw["lineItems"]["nodes"]) if int(one["quantity"]) > 0]
    lines, cancelled = _lines(items, raw, words), raw.get("cancelledAt") is not None
    if not lines:
        # Everything was taken back there: nothing of it can be returned, which is what a cancelled order says.
        lines, cancelled = [_line(one, int(one["quantity"]), raw, words) for one in items], True
    if not lines:
        raise Unreadable("it has no line")
    name = first_of(((raw.get("customer") or {}).get("displayName"), address.get("name"))) or ""
    return {
        "number": str(raw["name"]),
        "status": _status(raw, lines, cancelled, now),
        "currency": currency,
        "market": address.get("countryCodeV2"),
        "placed_at": raw["createdAt"],
        "shipping_paid": plain(_shipping(raw)),
        "customer": {
            "name": name,
            "email": first_of((raw.get("email"),)),
            "phone": first_of((raw.get("phone"), address.get("phone"))),
            "language": _language(raw.get("customerLocale")),
        },
        "shipping_address": {
            "name": first_of((address.get("name"), name)),
            "line1": address.get("address1") or "",
            "line2": first_of((address.get("address2"),)),
            "city": address.get("city") or "",
            "state": first_of((address.get("provinceCode"),)),
            "postal_code": first_of((address.get("zip"),)),
            "country": address.get("countryCodeV2"),
        },
        "payment_methods": _payments(raw, words),
        "lines": lines,
    }


def _lines(items: list[dict[str, Any]], raw: Document, words: Words) -> list[dict[str, Any]]:
    """Of each line what can still come back: what is left of it there, and what we had refunded, which we count ourselves."""
    ours: dict[str, int] = defaultdict(int)
    for refund in dicts(raw["refunds"]):
        if key_of(refund.get("note")) is not None:
            for each in _nodes(refund["refundLineItems"]):
                ours[each["lineItem"]["id"]] += int(each["quantity"])
    left = {one["id"]: min(int(one["quantity"]), int(one["currentQuantity"]) + ours[one["id"]]) for one in items}
    return [_line(one, left[one["id"]], raw, words) for one in items if left[one["id"]] > 0]


def _line(one: Document, left: int, raw: Document, words: Words) -> dict[str, Any]:
    bought = int(one["quantity"])
    listed = _money(one["originalUnitPriceSet"]) * bought
    paid = listed - sum((_money(each["allocatedAmountSet"]) for each in dicts(one["discountAllocations"])), Decimal(0))
    if not raw["taxesIncluded"]:
        tax = sum((_money(each["priceSet"]) for each in dicts(one["taxLines"])), Decimal(0))
        listed += tax * listed / paid if paid else Decimal(0)
        paid += tax
    if (value := exchanged(raw)) is not None:
        listed = paid = value
    unit, discount = priced(listed, paid, bought)
    product, variant = one.get("product") or {}, one.get("variant") or {}
    tags = set(words.tags_of(product.get("tags") or (), [str(each["key"]) for each in dicts(one["customAttributes"])]))
    if one["isGiftCard"]:
        tags.add(LineTag.GIFT_CARD)
    elif not one["requiresShipping"]:
        tags.add(LineTag.DIGITAL)
    delivered = _delivered(one["id"], bought, raw, words)
    return {
        "id": number_of(one["id"]),
        "sku": sku_of(one.get("sku"), variant.get("id") or one["id"]),
        "name": str(one["title"])[:500],
        "category": words.category(product.get("productType")),
        "variant": _options(variant, words),
        "quantity": left,
        "unit_price": plain(unit),
        "discount": plain(sixth(discount * left / bought)),
        "delivered_at": delivered.isoformat() if delivered else None,
        "tags": sorted(tags),
    }


def _options(variant: Document, words: Words) -> dict[str, str]:
    return {
        words.option(str(each["name"])): str(each["value"])
        for each in dicts(variant.get("selectedOptions"))
        # What Shopify says of a product that has no options.
        if (each["name"], each["value"]) != ("Title", "Default Title")
    }


def _delivered(line: str, bought: int, raw: Document, words: Words) -> datetime | None:
    """When the last unit of the line came, or is taken to have come; None while one is on its way."""
    arrived: list[tuple[datetime, int]] = []
    for parcel in dicts(raw["fulfillments"]):
        units = sum(
            int(each["quantity"]) for each in _nodes(parcel["fulfillmentLineItems"]) if each["lineItem"]["id"] == line
        )
        if not units or parcel.get("displayStatus") in _FAILED:
            continue
        if parcel.get("deliveredAt"):
            arrived.append((instant(parcel["deliveredAt"]), units))
        elif parcel.get("displayStatus") in _ARRIVED:
            arrived.append((instant(parcel["createdAt"]), units))
        elif words.delivery is not None:
            arrived.append((instant(parcel["createdAt"]) + words.delivery, units))
    return max(at for at, _ in arrived) if arrived and sum(units for _, units in arrived) >= bought else None


def _status(raw: Document, lines: list[dict[str, Any]], cancelled: bool, now: datetime) -> OrderStatus:
    if cancelled:
        return OrderStatus.CANCELLED
    arrivals = [line["delivered_at"] for line in lines]
    if None not in arrivals and max(instant(at) for at in arrivals) <= now:
        return OrderStatus.DELIVERED
    left = any(parcel.get("displayStatus") not in _FAILED for parcel in dicts(raw["fulfillments"]))
    return OrderStatus.SHIPPED if left else OrderStatus.PENDING


def exchanged(raw: Document) -> Decimal | None:
    """What an exchange of ours counts for: nothing was paid for it there. A line's field alone says nothing, since a shopper can
    write one into a cart; the order's tag is ours."""
    if EXCHANGE_TAG not in (raw.get("tags") or ()):
        return None
    fields = (field for one in dicts(raw["lineItems"]["nodes"]) for field in dicts(one["customAttributes"]))
    found = next((field["value"] for field in fields if field["key"] == VALUE_FIELD), None)
    return None if found is None else amount(found)


def _payments(raw: Document, words: Words) -> list[dict[str, Any]]:
    """What was paid, by transaction, less what somebody else paid back."""
    back: dict[str, Decimal] = defaultdict(Decimal)
    for refund in dicts(raw["refunds"]):
        if key_of(refund.get("note")) is None:
            for each in _nodes(refund["transactions"]):
                if each["kind"] == "REFUND" and each["status"] == "SUCCESS" and each.get("parentTransaction"):
                    back[each["parentTransaction"]["id"]] += _money(each["amountSet"])
    methods: list[dict[str, Any]] = []
    if (value := exchanged(raw)) is not None:
        return [{"id": "exchange", "type": "other", "last4": None, "amount": plain(value)}]
    for one in dicts(raw["transactions"]):
        if one["kind"] in _PAID and one["status"] == "SUCCESS":
            card = re.search(r"(\d{2,4})\s*$", str((one.get("paymentDetails") or {}).get("number") or ""))
            methods.append(
                {
                    "id": number_of(one["id"]),
                    "type": words.payment(str(one.get("gateway") or "")),
                    "last4": card[1] if card else None,
                    "amount": plain(max(Decimal(0), _money(one["amountSet"]) - back[one["id"]])),
                }
            )
    return methods


def _shipping(raw: Document) -> Decimal:
    total = Decimal(0)
    for line in _nodes(raw["shippingLines"]):
        total += _money(line["discountedPriceSet"])
        if not raw["taxesIncluded"]:
            total += sum((_money(each["priceSet"]) for each in dicts(line["taxLines"])), Decimal(0))
    return total


def _language(locale: object) -> str | None:
    code = str(locale or "")[:2].casefold()
    return code if code in ("en", "fr") else None


def _money(bag: Document) -> Decimal:
    return amount(bag["presentmentMoney"]["amount"])


def _nodes(connection: Document | None) -> list[dict[str, Any]]:
    return list(dicts((connection or {}).get("nodes")))


def _item(raw: Document, currency: str, words: Words) -> dict[str, Any]:
    product, stock = raw.get("product") or {}, raw.get("inventoryItem") or {}
    weight = ((stock.get("measurement") or {}).get("weight")) or {}
    grams = int(amount(weight.get("value") or 0) * _GRAMS.get(str(weight.get("unit")), Decimal(0)))
    return {
        "sku": sku_of(raw.get("sku"), raw["id"]),
        "product": number_of(product.get("id") or raw["id"]),
        "name": str(product.get("title") or "")[:500],
        "category": words.category(product.get("productType")),
        "variant": _options(raw, words),
        "price": plain(amount(raw["price"])),
        "currency": currency,
        "available": bool(raw["availableForSale"]) and product.get("status") == "ACTIVE",
        "tags": sorted(words.tags_of(product.get("tags") or ())),
        "gtin": raw.get("barcode"),
        "hs_code": stock.get("harmonizedSystemCode"),
        "origin": stock.get("countryCodeOfOrigin"),
        "weight_grams": grams or None,
    }

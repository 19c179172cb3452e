"""WooCommerce's orders, products and variations in the shape of the import format (contract section 3).

Its amounts are without tax, and their tax stands beside them; a shopper paid both. An order says neither what its products are
tagged with nor when it was delivered: the one is read with the products, for the other docs/platforms.md says what counts.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from rma.model.codes import LineTag, OrderStatus
from rma.model.platforms import Changed
from rma.platforms.mapping import Words, folded
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

KEY_FIELD, VALUE_FIELD = "_retour_key", "_retour_value"
NO_ORDERS = frozenset({"checkout draft", "auto draft", "trash"})
"""Carts of the checkout, and what was thrown away: no orders (yet)."""

Document = Mapping[str, Any]


def order_of(
    raw: Document, products: Mapping[int, Document], refunds: Sequence[Document], words: Words, now: datetime
) -> Changed:
    number = str(raw.get("number") or raw["id"])
    return read_order(number, changed_at(raw), lambda: _order(raw, products, refunds, words, now))


def changed_at(raw: Document) -> datetime:
    return instant(raw.get("date_modified_gmt") or raw["date_created_gmt"], offset=False)


def has_foreign_refund(raw: Document) -> bool:
    """Whether somebody else refunded something of it; of which lines must then be asked for."""
    return any(key_of(one.get("reason")) is None for one in dicts(raw.get("refunds")))


def field(raw: Document, name: str) -> Any:
    """The value of a field of its own (meta data)."""
    return next((one.get("value") for one in dicts(raw.get("meta_data")) if one.get("key") == name), None)


def sku_of(sku: object, number: object) -> str:
    """An article's SKU; of one without, the id of its variation or product, which `article_id` knows again."""
    return sku.strip() if isinstance(sku, str) and sku.strip() else f"v{number}"


def article_id(sku: str) -> int | None:
    return int(sku[1:]) if sku[:1] == "v" and sku[1:].isdecimal() and sku.isascii() else None


def _order(
    raw: Document, products: Mapping[int, Document], refunds: Sequence[Document], words: Words, now: datetime
) -> dict[str, Any]:
    status = words.woocommerce.status(str(raw["status"]))
    if status is None and folded(str(raw["status"])) != "refunded":
        raise Unreadable(
            f"its status {str(raw['status'])[:40]!r} is not named in policy/platforms.yml (woocommerce.statuses)"
        )
    address = next((one for one in (raw.get("shipping"), raw.get("billing")) if one and one.get("country")), None)
    if address is None:
        raise Unreadable("it has neither a shipping nor a billing address")
    billing = raw.get("billing") or {}
    delivered = _delivered(raw, status, words)
    taken = _taken_back(refunds)
    items = [one for one in dicts(raw["line_items"]) if int(one["quantity"]) > 0]
    left = {one["id"]: int(one["quantity"]) - taken[one["id"]] for one in items}
    lines = [_line(one, left[one["id"]], raw, products, delivered, words) for one in items if left[one["id"]] > 0]
    if not lines or status is None:
        # Everything was refunded there: nothing of it can be returned, which is what a cancelled order says.
        lines = [_line(one, int(one["quantity"]), raw, products, delivered, words) for one in items]
        status = OrderStatus.CANCELLED
    if not lines:
        raise Unreadable("it has no line")
    if status in (OrderStatus.SHIPPED, OrderStatus.DELIVERED):
        status = OrderStatus.DELIVERED if delivered and delivered <= now else OrderStatus.SHIPPED
    name = _name(billing) or _name(address)
    return {
        "number": str(raw.get("number") or raw["id"]),
        "status": status,
        "currency": raw["currency"],
        "market": address["country"],
        "placed_at": instant(raw["date_created_gmt"], offset=False).isoformat(),
        "shipping_paid": plain(amount(raw["shipping_total"]) + amount(raw["shipping_tax"])),
        "customer": {
            "name": name,
            "email": first_of((billing.get("email"),)),
            "phone": first_of((billing.get("phone"), address.get("phone"))),
            "language": _language(raw),
        },
        "shipping_address": {
            "name": first_of((_name(address), name)),
            "line1": address.get("address_1") or "",
            "line2": first_of((address.get("address_2"),)),
            "city": address.get("city") or "",
            "state": first_of((address.get("state"),)),
            "postal_code": first_of((address.get("postcode"),)),
            "country": address["country"],
        },
        "payment_methods": _payments(raw, refunds, words),
        "lines": lines,
    }


def _line(
    one: Document, left: int, raw: Document, products: Mapping[int, Document], delivered: datetime | None, words: Words
) -> dict[str, Any]:
    bought = int(one["quantity"])
    listed = amount(one["subtotal"]) + amount(one["subtotal_tax"])
    paid = amount(one["total"]) + amount(one["total_tax"])
    if (value := exchanged(raw)) is not None:
        listed = paid = value
    unit, discount = priced(listed, paid, bought)
    product = products.get(int(one["product_id"] or 0), {})
    options, fields = {}, []
    for each in dicts(one.get("meta_data")):
        key = str(each.get("key", ""))
        if key.startswith("pa_") or words.knows_option(key):
            options[words.option(key)] = str(each.get("display_value") or each.get("value"))
        elif not key.startswith("_"):
            fields.append(key)
    return {
        "id": str(one["id"]),
        "sku": sku_of(one.get("sku"), one.get("variation_id") or one.get("product_id") or f"-line-{one['id']}"),
        "name": str(product.get("name") or one.get("parent_name") or one["name"])[:500],
        "category": _category(product, words),
        "variant": options,
        "quantity": left,
        "unit_price": plain(unit),
        "discount": plain(sixth(discount * left / bought)),
        "delivered_at": delivered.isoformat() if delivered else None,
        "tags": sorted(_tags(product, words, fields)),
    }


def exchanged(raw: Document) -> Decimal | None:
    """What an exchange of ours counts for: nothing was paid for it there."""
    value = field(raw, VALUE_FIELD) if field(raw, KEY_FIELD) else None
    return None if value is None else amount(value)


def _delivered(raw: Document, status: OrderStatus | None, words: Words) -> datetime | None:
    for name in words.woocommerce.delivered_fields:
        if value := field(raw, name):
            text = str(value)
            return datetime.fromtimestamp(int(text), UTC) if text.isdecimal() else instant(text, offset=False)
    completed = raw.get("date_completed_gmt")
    if status is OrderStatus.DELIVERED:
        return instant(completed, offset=False) if completed else changed_at(raw)
    if completed and words.delivery is not None and status is not OrderStatus.CANCELLED:
        return instant(completed, offset=False) + words.delivery
    return None


def _taken_back(refunds: Iterable[Document]) -> dict[int, int]:
    """Units of each line that somebody else refunded. Refunds count downwards there."""
    units: dict[int, int] = defaultdict(int)
    for refund in refunds:
        if key_of(refund.get("reason")) is None:
            for line in dicts(refund.get("line_items")):
                of = field(line, "_refunded_item_id")
                if of is not None:
                    units[int(of)] += abs(int(line["quantity"]))
    return units


def _payments(raw: Document, refunds: Iterable[Document], words: Words) -> list[dict[str, Any]]:
    """One order is paid in one way; what somebody else paid back is gone from it."""
    if (value := exchanged(raw)) is not None:
        return [{"id": "exchange", "type": "other", "last4": None, "amount": plain(value)}]
    if not raw.get("date_paid_gmt"):
        return []
    back = sum(
        (
            abs(amount(one.get("total", one.get("amount", "0"))))
            for one in dicts(raw.get("refunds"))
            if key_of(one.get("reason")) is None
        ),
        Decimal(0),
    )
    return [
        {
            "id": str(raw.get("transaction_id") or f"order-{raw['id']}")[:100],
            "type": words.payment(str(raw.get("payment_method") or "")),
            "last4": None,
            "amount": plain(max(Decimal(0), amount(raw["total"]) - back)),
        }
    ]


def _language(raw: Document) -> str | None:
    """As the usual plugins for several languages note it."""
    code = str(field(raw, "wpml_language") or field(raw, "_locale") or "")[:2].casefold()
    return code if code in ("en", "fr") else None


def _name(address: Document) -> str:
    return " ".join(part for part in (address.get("first_name"), address.get("last_name")) if part).strip()


def _category(product: Document, words: Words) -> str | None:
    return words.category(first_of(one.get("name") for one in dicts(product.get("categories"))))


def _tags(product: Document, words: Words, fields: Iterable[str] = ()) -> frozenset[str]:
    tags = words.tags_of([str(one.get("name", "")) for one in dicts(product.get("tags"))], fields)
    return tags | {LineTag.DIGITAL.value} if product.get("virtual") or product.get("downloadable") else tags


def item_of(raw: Document, parent: Document | None, currency: str, words: Words) -> Changed:
    """A simple product, or a variation of `parent`."""
    sku = sku_of(raw.get("sku"), raw["id"])
    changed = max(changed_at(raw), changed_at(parent)) if parent else changed_at(raw)
    return read_item(sku, changed, lambda: _item(raw, parent, currency, words))


def _item(raw: Document, parent: Document | None, currency: str, words: Words) -> dict[str, Any]:
    of = parent or raw
    weight = str(raw.get("weight") or of.get("weight") or "")
    options = {
        words.option(str(each["name"])): str(each["option"])
        for each in dicts(raw.get("attributes"))
        if each.get("option")
    }
    if not raw.get("price"):
        raise Unreadable("it has no price")
    return {
        "sku": sku_of(raw.get("sku"), raw["id"]),
        "product": str(of["id"]),
        "name": str(of["name"])[:500],
        "category": _category(of, words),
        "variant": options if parent else {},
        "price": plain(amount(raw["price"])),
        "currency": currency,
        "available": raw.get("stock_status") in ("instock", "onbackorder") and of.get("status") == "publish",
        "tags": sorted(_tags(of, words)),
        "gtin": raw.get("global_unique_id"),
        "weight_grams": _grams(weight),
    }


def _grams(weight: str) -> int | None:
    """WooCommerce's weights are in the shop's unit, which only its settings know; kilograms is what it begins with."""
    return int(amount(weight) * 1000) or None if weight.replace(".", "", 1).isdecimal() else None

"""From a return and its order to the facts that figures are counted from. Pure: the same return always gives the same facts."""

import hmac
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from rma.model.codes import OrderStatus, ReturnStatus
from rma.model.insight import NONE, Facts, LineFact, OutcomeFact, Sku, SoldFact, Source, month_of
from rma.model.money import quantum, rounded
from rma.model.returns import RELEASED

LEFT = "left"
"""What became of goods that the shopper keeps though the money goes back: no disposition of the warehouse's."""
SETTLED = frozenset({"refunded", "refund_paid"})
"""Events that say that money went back."""
MOVED = frozenset({"in_transit"})
EVENTS = SETTLED | MOVED

_SIZES = ("size", "taille", "pointure", "größe", "groesse", "shoe size")
_COLORS = ("color", "colour", "couleur", "farbe")


def minor(amount: Decimal | str | None, currency: str) -> int:
    """In the smallest units of the currency, rounded half up."""
    return int(rounded(Decimal(amount or 0), currency) / quantum(currency))


def major(amount: int, currency: str) -> Decimal:
    return amount * quantum(currency)


def _option(variant: Mapping[str, str], names: Iterable[str]) -> str:
    folded = {key.strip().casefold(): value for key, value in variant.items()}
    return next((folded[name] for name in names if folded.get(name)), NONE)


def _described(line: Mapping[str, Any], sku: Sku | None) -> tuple[str, str, str, str]:
    """Product, category, size and colour, from the order's line and, where it does not say, from the catalogue."""
    variant = line.get("variant") or (sku.variant if sku else {})
    product = sku.product if sku else line["name"]
    category = line.get("category") or (sku.category if sku else None) or NONE
    return product[:500], category[:500], _option(variant, _SIZES)[:500], _option(variant, _COLORS)[:500]


def _unit_minor(line: Mapping[str, Any], currency: str) -> int:
    quantity = line["quantity"]
    return minor((Decimal(line["unit_price"]) * quantity - Decimal(line.get("discount") or 0)) / quantity, currency)


def _kept_back(money: Mapping[str, Any], currency: str) -> int:
    """What was really taken off: where nothing is left to pay back, no more than the goods were worth."""
    taken = minor(money.get("return_shipping"), currency) + minor(money.get("fees"), currency)
    if minor(money.get("total"), currency):
        return taken
    return min(taken, minor(money.get("items"), currency) + minor(money.get("outbound_shipping"), currency))


def shopper_of(customer: str, secret: bytes) -> int:
    """The number that stands for a shopper: the same for all their returns, and not to be had without the secret. 63 bits."""
    return int.from_bytes(hmac.new(secret, customer.encode(), sha256).digest()[:8]) >> 1


def facts_of(source: Source, zone: ZoneInfo, secret: bytes) -> Facts:
    """The facts of one return; instants become days of `zone`, the shop's."""
    order, currency = source.order, str(source.order["currency"])
    ordered = datetime.fromisoformat(order["placed_at"]).astimezone(zone).date()
    requested = source.created_at.astimezone(zone).date()
    paid = min((at for kind, at in source.events if kind in SETTLED), default=None)
    paid_on = paid.astimezone(zone).date() if paid else None
    known = {line["id"]: line for line in order["lines"]}
    released = source.status in RELEASED
    money = source.refund if paid_on else {}
    common: dict[str, Any] = {
        "return_id": source.id, "version": source.version, "order_id": source.order_id, "status": source.status,
        "shopper": shopper_of(source.customer, secret),
        "requested_on": requested, "month": month_of(requested), "ordered_month": month_of(ordered),
        "lag_days": max((requested - ordered).days, 0), "market": order["market"],
        "country": order["shipping_address"]["country"], "currency": currency, "resolution": source.resolution,
        "method": source.method or NONE, "carrier": str((source.label or {}).get("carrier") or NONE)[:100],
    }  # fmt: skip
    drafts = []
    for line in source.lines:
        bought = known.get(line["line_id"]) or _unknown(line)
        product, category, size, color = _described(bought, source.skus.get(line["sku"]))
        units = 0 if released else max(line["quantity"] - line["missing"], line["received"])
        counts = {name: line[name] for name in ("received", "accepted", "rejected", "missing", "refunded")}
        drafts.append(
            counts | {
                "line_id": line["line_id"], "product": product, "category": category, "size": size, "color": color,
                "reason": line["reason"], "announced": line["quantity"], "units": units,
                "unit_minor": _unit_minor(bought, currency), "weight": bought.get("weight_grams"),
            }
        )  # fmt: skip
    if not drafts:
        return Facts()
    lead = max(range(len(drafts)), key=lambda place: (_worth(drafts[place]), drafts[place]["units"], -place))
    facts = Facts()
    for place, draft in enumerate(drafts):
        whole = place == lead
        own = {name: value for name, value in draft.items() if name != "weight"}
        facts.lines.append(
            LineFact(
                **common, **own, lead=whole,
                refund_month=month_of(paid_on) if paid_on and whole else None,
                days=(paid_on - requested).days if paid_on and whole else None,
                parcels=int(whole and _travelled(source, drafts)),
                grams=_grams(source, drafts) if whole else None,
                refund_minor=minor(money.get("total"), currency) if whole else 0,
                outbound_minor=minor(money.get("outbound_shipping"), currency) if whole else 0,
                shopper_minor=_kept_back(money, currency) if whole else 0,
            )
        )  # fmt: skip
        became = Counter[str]()
        for line_id, disposition, quantity in source.units:
            if line_id == draft["line_id"] and disposition:
                became[disposition] += quantity
        if source.method is None and paid_on and not became and draft["units"] and not draft["received"]:
            became[LEFT] = draft["units"]
        for disposition, quantity in sorted(became.items()):
            fact = facts.lines[-1]
            facts.outcomes.append(
                OutcomeFact(
                    source.id, fact.line_id, disposition, fact.month, fact.market, fact.category, currency, quantity,
                    quantity * fact.unit_minor,
                )
            )  # fmt: skip
    return facts


def _worth(draft: Mapping[str, Any]) -> int:
    return int(draft["units"] * draft["unit_minor"])


def _unknown(line: Mapping[str, Any]) -> dict[str, Any]:
    """A line that the order has not any more."""
    return {"name": line["name"], "quantity": 1, "unit_price": "0"}


def _travelled(source: Source, drafts: list[dict[str, Any]]) -> bool:
    if any(draft["received"] for draft in drafts):
        return True
    moved = source.status == ReturnStatus.IN_TRANSIT or any(kind in MOVED for kind, _ in source.events)
    return source.method is not None and moved


def _grams(source: Source, drafts: list[dict[str, Any]]) -> int | None:
    """What the label says, else the goods' own weights when all of them have one."""
    said = ((source.label or {}).get("shipment") or {}).get("request", {}).get("weight_grams")
    if said:
        return int(said)
    counted = [(draft["weight"], draft["units"]) for draft in drafts if draft["units"]]
    if not counted or any(weight is None for weight, _ in counted):
        return None
    return sum(weight * units for weight, units in counted)


class Sold:
    """What was sold in a month, of the documents of its orders. What was cancelled was not sold."""

    def __init__(self, month: int) -> None:
        self._month = month
        self._cells: defaultdict[tuple[str, str, str, str, str], list[int]] = defaultdict(lambda: [0, 0])

    def add(self, orders: Iterable[Mapping[str, Any]], skus: Mapping[str, Sku]) -> None:
        for order in orders:
            if order["status"] == OrderStatus.CANCELLED:
                continue
            for line in order["lines"]:
                product, category, size, _ = _described(line, skus.get(line["sku"]))
                cell = self._cells[order["market"], category, product, size, order["currency"]]
                cell[0] += line["quantity"]
                cell[1] += line["quantity"] * _unit_minor(line, order["currency"])

    def facts(self) -> list[SoldFact]:
        return [SoldFact(self._month, *cell, *counted) for cell, counted in sorted(self._cells.items())]

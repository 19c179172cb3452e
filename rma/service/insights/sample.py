"""An invented shop: orders and returns of two years as a shop of clothes, shoes and things for the home might have them. Seasons,
markets with habits of their own, sizes that run small, faults of some products, carriers, a few shoppers who send back in series,
and a month in which something changed. The same seed gives the same shop.

Nobody in it can exist: every address is of a domain that nobody can have (RFC 2606), every order's number begins with SAMPLE-.
"""

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from rma.model.codes import Disposition, Method, Reason, Resolution, ReturnStatus
from rma.model.insight import later, month_of
from rma.model.numbers import new_return_number

PREFIX = "SAMPLE-"
DOMAIN = "sample.example"
MONTHS = 24
_LETTERS, _SHOES = ("XS", "S", "M", "L", "XL"), tuple(str(size) for size in range(36, 46))


@dataclass(frozen=True)
class Product:
    """`small` and `large`: parts of those that come back because of the size; `fault`: that they are broken or not as described."""

    name: str
    category: str
    price: int
    comes_back: float
    sizes: tuple[str, ...] = ()
    small: float = 0.0
    large: float = 0.0
    fault: float = 0.06
    wanted: float = 1.0
    grams: int = 500


PRODUCTS = (
    Product("Linen shirt", "clothing", 5900, 0.24, _LETTERS, 0.22, 0.20, wanted=2.0, grams=280),
    Product("Slim jeans", "clothing", 7900, 0.36, _LETTERS, 0.52, 0.10, wanted=1.8, grams=620),
    Product("Wool coat", "clothing", 18900, 0.28, _LETTERS, 0.20, 0.22, grams=1500),
    Product("Summer dress", "clothing", 6900, 0.38, _LETTERS, 0.24, 0.23, wanted=1.7, grams=320),
    Product("Rain jacket", "clothing", 9900, 0.23, _LETTERS, 0.15, 0.36, grams=700),
    Product("T-shirt", "clothing", 1990, 0.14, _LETTERS, 0.21, 0.20, wanted=3.0, grams=180),
    Product("Knitted jumper", "clothing", 6490, 0.26, _LETTERS, 0.19, 0.21, wanted=1.4, grams=480),
    Product("Running shoes", "shoes", 12900, 0.31, _SHOES, 0.46, 0.12, wanted=2.0, grams=900),
    Product("Leather boots", "shoes", 15900, 0.33, _SHOES, 0.24, 0.24, grams=1500),
    Product("Canvas trainers", "shoes", 5990, 0.22, _SHOES, 0.21, 0.22, wanted=2.2, grams=850),
    Product("Sandals", "shoes", 4490, 0.20, _SHOES, 0.20, 0.28, grams=500),
    Product("Backpack", "bags", 7990, 0.09, fault=0.20, wanted=1.2, grams=1100),
    Product("Shoulder bag", "bags", 11900, 0.13, fault=0.10, grams=900),
    Product("Scarf", "accessories", 2990, 0.08, grams=200),
    Product("Leather belt", "accessories", 3990, 0.15, ("80", "90", "100", "110"), 0.26, 0.24, grams=250),
    Product("Desk lamp", "home", 4990, 0.10, fault=0.35, grams=1800),
    Product("Electric kettle", "home", 5490, 0.12, fault=0.62, wanted=1.1, grams=1300),
    Product("Ceramic mug", "home", 890, 0.05, fault=0.60, wanted=1.6, grams=400),
    Product("Wireless headphones", "electronics", 14900, 0.17, fault=0.42, wanted=1.2, grams=450),
    Product("Phone case", "electronics", 1990, 0.11, fault=0.15, grams=90),
    Product("Yoga mat", "sport", 3490, 0.08, grams=1400),
    Product("Cycling shorts", "sport", 5490, 0.27, _LETTERS, 0.35, 0.12, grams=240),
)
# Market, currency, how much of the trade, how readily they send back, what a unit of the currency is to a cent of ours.
_MARKETS = (
    ("FR", "EUR", 0.46, 1.00), ("DE", "EUR", 0.22, 1.45), ("BE", "EUR", 0.08, 1.10), ("ES", "EUR", 0.07, 0.85),
    ("GB", "GBP", 0.10, 1.20), ("IT", "EUR", 0.05, 0.70), ("US", "USD", 0.02, 0.80),
)  # fmt: skip
_SEASON = (1.15, 0.80, 0.90, 0.95, 1.00, 1.05, 0.95, 0.75, 0.95, 1.05, 1.45, 1.55)
_WHY = (Reason.CHANGED_MIND, Reason.QUALITY, Reason.COLOR, Reason.BETTER_PRICE, Reason.ARRIVED_LATE, Reason.OTHER)
_WHY_WEIGHTS = (0.44, 0.16, 0.14, 0.08, 0.07, 0.11)
_FAULTS = (Reason.DEFECTIVE, Reason.DAMAGED, Reason.NOT_AS_DESCRIBED, Reason.WRONG_ITEM, Reason.MISSING_PARTS)
_FAULT_WEIGHTS = (0.40, 0.27, 0.17, 0.10, 0.06)
_CARRIERS = (("retour-post", "Retour Post"), ("dhl_parcel_de", "DHL Parcel"), ("easypost", "EasyPost"))
COME_BACK = 0.33
"""Part of the orders of which something comes back."""
CHANGED = "Canvas trainers"
"""What comes back more in the last three months: a new last, cut too small."""


class _Wheel:
    """Draws a place by weight."""

    def __init__(self, weights: Iterator[float] | tuple[float, ...] | list[float]) -> None:
        self._bounds = list(accumulate(weights))

    def spin(self, chance: Random) -> int:
        return min(bisect(self._bounds, chance.random() * self._bounds[-1]), len(self._bounds) - 1)


@dataclass(frozen=True)
class Invented:
    """An order as the shop's document, and its return, if it has one, as columns of the tables."""

    order: dict[str, Any]
    placed_at: datetime
    rma: dict[str, Any] | None


def invented(returns: int, until: datetime, zone: ZoneInfo, seed: int = 7, months: int = MONTHS) -> Iterator[Invented]:
    """Orders, oldest first, of which about `returns` were sent back and are over by `until`."""
    chance = Random(seed)  # noqa: S311 - invented data, not secrets
    return _Maker(returns, until, zone, chance, months).orders()


class _Maker:
    def __init__(self, returns: int, until: datetime, zone: ZoneInfo, chance: Random, months: int) -> None:
        self._chance, self._until, self._zone = chance, until, zone
        today = until.astimezone(zone).date()
        self._months = [later(month_of(today), n - months + 1) for n in range(months)]
        self._products = _Wheel([product.wanted for product in PRODUCTS])
        self._markets = _Wheel([market[2] for market in _MARKETS])
        self._why, self._faults = _Wheel(_WHY_WEIGHTS), _Wheel(_FAULT_WEIGHTS)
        # The trade grows by a hundredth a month.
        self._wanted = returns
        weights = [_SEASON[month % 100 - 1] * 1.01**place for place, month in enumerate(self._months)]
        weights[-1] *= max(today.day - 1, 1) / 30
        self._shares = [weight / sum(weights) for weight in weights]
        self._people = max(returns // 2, 20)

    def orders(self) -> Iterator[Invented]:
        number = 0
        for place, month in enumerate(self._months):
            # Of the last months' orders some are still to come back: what was ordered counts, not what came back.
            for _ in range(round(self._wanted * self._shares[place] / COME_BACK)):
                number += 1
                yield self._order(number, month)

    def _day(self, month: int) -> datetime:
        first = date(month // 100, month % 100, 1)
        following = later(month, 1)
        days = (date(following // 100, following % 100, 1) - first).days
        at = datetime.combine(first, time(0), self._zone) + timedelta(minutes=self._chance.randrange(days * 1440))
        return at if at < self._until else self._until - timedelta(minutes=self._chance.randrange(600, 2880))

    def _order(self, number: int, month: int) -> Invented:
        chance, placed = self._chance, self._day(month)
        market, currency, _, readily = _MARKETS[self._markets.spin(chance)]
        serial = chance.random() < 0.02
        # One in a thousand of the shoppers orders twenty times as often, and sends most of it back.
        person = chance.randrange(max(self._people // 500, 3)) if serial else chance.randrange(self._people)
        delivered = placed + timedelta(hours=chance.randrange(44, 130))
        lines, back = [], []
        for place in range(1, 1 + (1, 1, 1, 2, 2, 3)[chance.randrange(6)]):
            product = PRODUCTS[self._products.spin(chance)]
            size = product.sizes[self._size(len(product.sizes))] if product.sizes else None
            quantity = 2 if chance.random() < 0.05 else 1
            lines.append(self._line(place, product, size, quantity, delivered))
            changed = product.name == CHANGED and month >= self._months[-2]
            likely = product.comes_back * readily * (2.6 if serial else 1.0) * (1.9 if changed else 1.0)
            if chance.random() < likely:
                back.append((place, product, 1 if chance.random() < 0.7 else quantity, self._reason(product, changed)))
        key = f"{'s' if serial else 'p'}{person:06}"
        total = sum(line["quantity"] * _cents(line["unit_price"]) for line in lines) + 490
        order = {
            "number": f"{PREFIX}{number:07}", "status": "delivered", "currency": currency, "market": market,
            "placed_at": placed.isoformat(), "shipping_paid": "4.90",
            "customer": {"name": f"Sample {key}", "email": f"{key}@{DOMAIN}", "phone": None, "language": "fr", "group": None},
            "shipping_address": {"name": f"Sample {key}", "line1": "1 Sample Street", "line2": None, "city": "Sample",
                                 "state": None, "postal_code": "00000", "country": market},
            "payment_methods": [{"id": "card", "type": "card", "last4": None, "amount": _money(total)}],
            "lines": lines,
        }  # fmt: skip
        return Invented(order, placed, self._return(order, delivered, back) if back else None)

    def _size(self, count: int) -> int:
        # The sizes in the middle are bought most.
        return min(int((self._chance.random() + self._chance.random()) / 2 * count), count - 1)

    def _line(self, place: int, product: Product, size: str | None, quantity: int, delivered: datetime) -> dict[str, Any]:
        color = ("black", "blue", "sand")[self._chance.randrange(3)]
        variant = {"color": color} | ({"size": size} if size else {})
        sku = f"{PREFIX}{PRODUCTS.index(product):02}-{color}-{size or 'one'}"
        return {
            "id": str(place), "sku": sku, "name": product.name, "category": product.category, "variant": variant,
            "quantity": quantity, "unit_price": _money(product.price), "discount": "0", "tags": [],
            "delivered_at": delivered.isoformat(), "weight_grams": product.grams,
        }  # fmt: skip

    def _reason(self, product: Product, changed: bool) -> Reason:
        draw = self._chance.random()
        for share, reason in (
            (product.small + (0.3 if changed else 0.0), Reason.SIZE_TOO_SMALL),
            (product.large, Reason.SIZE_TOO_LARGE),
            (0.04 if product.sizes else 0.0, Reason.WRONG_SIZE),
        ):
            if draw < share:
                return reason
            draw -= share
        if draw < product.fault:
            return _FAULTS[self._faults.spin(self._chance)]
        return _WHY[self._why.spin(self._chance)]

    def _return(self, order: dict[str, Any], delivered: datetime, back: list[Any]) -> dict[str, Any] | None:
        """None for what is still on its way: an invented return is over, so that nothing is done about it."""
        chance, currency = self._chance, order["currency"]
        created = delivered + timedelta(hours=2 + chance.expovariate(1 / 190))
        if created > self._until:
            return None
        fault = any(reason.is_fault for *_, reason in back)
        resolution = self._resolution(back, fault)
        value = sum(product.price * quantity for _, product, quantity, _ in back)
        returnless = fault and value < 1000
        method = None if returnless else Method.PICKUP if chance.random() < 0.07 else (Method.LABEL, Method.LABEL, Method.QR)[
            chance.randrange(3)]  # fmt: skip
        fate = chance.random()
        status = (
            ReturnStatus.DECLINED if fate < 0.02 else ReturnStatus.CANCELLED if fate < 0.03
            else ReturnStatus.EXPIRED if fate < 0.06 else ReturnStatus.CLOSED
        )  # fmt: skip
        number = new_return_number(chance)
        events = [("requested", created)]
        lines, units = [], []
        if status is ReturnStatus.CLOSED:
            steps = self._steps(created, resolution, method)
            if steps[-1][1] > self._until:
                return None
            events += steps
            looked = next((at for kind, at in steps if kind == "inspected"), None)
            for place, _product, quantity, reason in back:
                lost = method is not None and chance.random() < 0.004
                lines.append(self._return_line(order, place, quantity, reason, lost, method is None))
                if looked is not None:
                    units.append(self._unit(order, place, quantity, reason, lost, looked))
        else:
            events.append((status.value, min(created + timedelta(days=chance.uniform(0.1, 20)), self._until)))
            lines = [self._return_line(order, place, quantity, reason, False, True) for place, _, quantity, reason in back]
        paid = any(kind == "refunded" for kind, _ in events)
        outbound = 490 if paid and chance.random() < 0.18 and not fault else 0
        kept_back = 490 if paid and not fault and resolution is Resolution.REFUND and chance.random() < 0.55 else 0
        total = max(value + outbound - kept_back, 0) if paid else 0
        money = {
            "currency": currency, "items": _money(value if paid else 0), "outbound_shipping": _money(outbound),
            "return_shipping": _money(kept_back), "fees": "0.00", "total": _money(total),
        }  # fmt: skip
        return {
            "number": number, "idempotency_key": f"sample:{order['number']}", "status": status.value,
            "resolution": resolution.value, "method": method.value if method else None, "language": "fr", "refund": money,
            "decision": {"decision": "approve" if status is not ReturnStatus.DECLINED else "decline", "lines": []},
            "label": self._label(order, number, method, created) if method and status is ReturnStatus.CLOSED else None,
            "created_at": created, "lines": lines, "units": units, "events": events,
        }  # fmt: skip

    def _resolution(self, back: list[Any], fault: bool) -> Resolution:
        draw = self._chance.random()
        if fault:
            return Resolution.REPLACEMENT if draw < 0.24 else Resolution.REPAIR if draw < 0.28 else Resolution.REFUND
        sized = any(reason in (Reason.SIZE_TOO_SMALL, Reason.SIZE_TOO_LARGE, Reason.WRONG_SIZE) for *_, reason in back)
        if draw < (0.31 if sized else 0.07):
            return Resolution.EXCHANGE
        return Resolution.STORE_CREDIT if draw > 0.91 else Resolution.REFUND

    def _steps(self, created: datetime, resolution: Resolution, method: Method | None) -> list[tuple[str, datetime]]:
        chance = self._chance
        ending = "refunded" if resolution in (Resolution.REFUND, Resolution.STORE_CREDIT) else "exchanged"
        # After the holidays the warehouse is slow.
        slow = 1.7 if created.astimezone(self._zone).month in (12, 1) else 1.0
        at, steps = created, list[tuple[str, datetime]]()
        waits = {
            "in_transit": chance.uniform(0.4, 4.0), "received": chance.uniform(0.8, 4.0),
            "inspected": chance.uniform(0.1, 2.2) * slow, ending: chance.uniform(0.1, 2.4) * slow,
        }  # fmt: skip
        if chance.random() < 0.03:
            waits[ending] += chance.uniform(3, 12)
        if method is None:
            waits = {ending: waits[ending]}
        for kind, days in waits.items():
            at += timedelta(days=days)
            steps.append((kind, at))
        return [*steps, ("closed", at)]

    def _return_line(
        self, order: dict[str, Any], place: int, quantity: int, reason: Reason, lost: bool, stayed: bool
    ) -> dict[str, Any]:
        line = order["lines"][place - 1]
        came = 0 if lost or stayed else quantity
        return {
            "line_id": line["id"], "sku": line["sku"], "name": line["name"], "quantity": quantity, "received": came,
            "accepted": came, "rejected": 0, "missing": quantity if lost else 0, "refunded": 0 if lost else quantity,
            "reason": reason.value, "condition": "unopened", "disposition": None,
        }  # fmt: skip

    def _unit(
        self, order: dict[str, Any], place: int, quantity: int, reason: Reason, lost: bool, at: datetime
    ) -> dict[str, Any]:
        draw, line = self._chance.random(), order["lines"][place - 1]
        if lost:
            became = Disposition.MISSING
        elif reason.is_fault:
            became = self._of_fault(line["category"], draw)
        else:
            became = (
                Disposition.RESTOCK if draw < 0.86 else Disposition.REFURBISH if draw < 0.92
                else Disposition.LIQUIDATE if draw < 0.97 else Disposition.DONATE
            )  # fmt: skip
        grade = None if lost else "damaged" if reason.is_fault else "as_new"
        return {
            "line_id": line["id"], "sku": line["sku"], "quantity": quantity, "grade": grade, "accepted": not lost,
            "disposition": became.value, "proposed": became.value, "rule": "sample", "at": at,
        }  # fmt: skip

    @staticmethod
    def _of_fault(category: str, draw: float) -> Disposition:
        if draw < 0.34:
            return Disposition.RETURN_TO_VENDOR
        if draw < 0.52:
            return Disposition.REPAIR
        if draw < 0.64:
            return Disposition.LIQUIDATE
        if category in ("clothing", "shoes", "accessories"):
            return Disposition.DONATE
        return Disposition.RECYCLE if draw < 0.93 else Disposition.DESTROY

    def _label(self, order: dict[str, Any], number: str, method: Method, at: datetime) -> dict[str, Any]:
        place = 0 if order["market"] == "FR" else 1 if order["market"] == "DE" else 2
        if self._chance.random() < 0.15:
            place = 2
        carrier, name = _CARRIERS[place]
        tracking = f"SAMPLE{order['number'].removeprefix(PREFIX)}"
        warehouse = {"name": "Sample", "line1": "1 Sample Street", "city": "Sample", "postal_code": "00000", "country": "FR"}
        request = {
            "return_number": number, "order_number": order["number"], "sender": order["shipping_address"], "recipient": warehouse,
            "method": method.value, "language": "fr", "requested_at": at.isoformat(),
        }  # fmt: skip
        shipment = {
            "carrier": carrier, "carrier_name": name, "service": "return", "tracking_number": tracking,
            "created_at": at.isoformat(), "request": request,
        }  # fmt: skip
        return {"tracking_number": tracking, "carrier": carrier, "shipment": shipment}


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def _cents(amount: str) -> int:
    return int(amount.replace(".", ""))

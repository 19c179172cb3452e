"""A small shop whose figures can be reckoned by hand, in the real tables of both databases."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rma.bootstrap import Container, open_container
from rma.settings import Settings
from rma.store.insight import SqlInsight
from tests.fixtures.support import Clock

PARIS = ZoneInfo("Europe/Paris")


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=PARIS)


def order(number: str, day: str, who: str, lines: Sequence[tuple[str, int, str]], market: str = "FR", currency: str = "EUR",
          **changes: Any) -> dict[str, Any]:  # fmt: skip
    """`lines` are (what, quantity, size); jeans cost 50.00, a lamp 80.00."""
    document = {
        "number": number, "status": "delivered", "currency": currency, "market": market, "placed_at": at(day).isoformat(),
        "shipping_paid": "4.90", "customer": {"name": who.title(), "email": f"{who}@example.com", "language": "fr"},
        "shipping_address": {"line1": "1 rue X", "city": "Lyon", "postal_code": "69001", "country": market},
        "payment_methods": [{"id": "c", "type": "card", "last4": "9212", "amount": "500.00"}],
        "lines": [
            {"id": str(place), "sku": f"{what}-{size}", "name": what, "category": "clothing" if what == "Jeans" else "home",
             "variant": {"size": size} if size else {}, "quantity": quantity, "discount": "0",
             "unit_price": "50.00" if what == "Jeans" else "80.00", "delivered_at": at(day).isoformat(), "tags": []}
            for place, (what, quantity, size) in enumerate(lines, start=1)
        ],
    }  # fmt: skip
    return {"document": document | changes, "placed_at": at(day)}


def returned(
    number: str, of: str, day: str, line: str, quantity: int, reason: str, resolution: str, method: str | None,
    status: str = "closed", paid: str | None = None, received: int | None = None, units: Sequence[tuple[str, int]] = (),
    **money: str,
) -> dict[str, Any]:  # fmt: skip
    came = quantity if received is None else received
    events = [("requested", at(day))] + ([("refunded", at(paid))] if paid else [])
    label = {"tracking_number": f"TRACK-{number}", "carrier": "dhl", "shipment": {}} if method else None
    refund = {"currency": "EUR", "items": "0", "outbound_shipping": "0", "return_shipping": "0", "fees": "0", "total": "0"} | money
    return {
        "order": of, "number": number, "idempotency_key": f"hand:{number}", "status": status, "resolution": resolution,
        "method": method, "language": "fr", "refund": refund, "decision": {}, "label": label, "created_at": at(day),
        "lines": [{"line_id": line, "sku": "?", "name": "?", "quantity": quantity, "received": came, "accepted": came,
                   "rejected": 0, "missing": 0, "refunded": 0, "reason": reason, "condition": "unopened", "disposition": None}],
        "units": [{"line_id": line, "sku": "?", "quantity": some, "grade": "as_new", "accepted": True, "disposition": became,
                   "proposed": became, "rule": "hand", "at": at(day)} for became, some in units],
        "events": events,
    }  # fmt: skip


ORDERS = [
    order("A1", "2026-09-10", "ann", [("Jeans", 2, "M")]),
    order("A2", "2026-09-15", "bob", [("Jeans", 1, "L"), ("Lamp", 1, "")]),
    order("A3", "2026-10-05", "ann", [("Jeans", 1, "M")], market="DE"),
    order("A4", "2026-10-06", "carl", [("Lamp", 1, "")], market="GB", currency="GBP"),
    order("A5", "2026-11-02", "dora", [("Lamp", 1, "")], status="cancelled"),
]
RETURNS = [
    returned("RT-1", "A1", "2026-09-20", "1", 2, "size_too_small", "refund", "label", paid="2026-10-01", outbound_shipping="4.90",
             total="104.90", units=[("restock", 1), ("donate", 1)]),
    returned("RT-2", "A2", "2026-09-25", "2", 1, "defective", "replacement", "pickup", units=[("repair", 1)]),
    returned("RT-3", "A3", "2026-10-20", "1", 1, "size_too_large", "store_credit", "qr", paid="2026-11-06", return_shipping="4.90",
             total="45.10", units=[("restock", 1)]),
    returned("RT-4", "A4", "2026-10-20", "1", 1, "changed_mind", "refund", "label", status="received"),
    returned("RT-5", "A2", "2026-10-02", "1", 1, "changed_mind", "refund", "label", status="declined", received=0),
]  # fmt: skip


@asynccontextmanager
async def opened(url: str, fill: bool = True) -> AsyncIterator[Container]:
    """On Monday 23 November 2026."""
    settings = Settings.load(database_url=url, secret_key="the secret of these tests, long enough")
    async with open_container(settings, Clock()) as container:
        if fill:
            await SqlInsight(container.engine).sample.write(ORDERS, RETURNS)
            await container.insights.keep_up()
        yield container

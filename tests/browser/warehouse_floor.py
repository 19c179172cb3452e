"""What a clerk does at the receiving page, for the tests of it: orders that come back, a scanner that types, counts."""

import io
import os
from datetime import UTC, datetime, timedelta
from typing import Any

from PIL import Image
from playwright.sync_api import Page, expect

from rma.model.codes import Language, Method, Reason, Resolution
from rma.model.returns import Return
from rma.service.returns import Plan, PlannedLine
from tests.browser.desk_people import People
from tests.browser.desk_server import DeskServer
from tests.browser.test_console import IMAGES

GTIN = "04006381333931"


def document(number: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    delivered = (now - timedelta(days=2)).isoformat()
    lines = [
        ("1", "TSH-BLU-M", "T-shirt", "clothing", 3, "19.90", {"color": "blue", "size": "M"}, []),
        ("2", "MUG-1", "Mug <b>large</b>", "kitchen", 2, "8.00", {}, []),
        ("3", "PWB-1", "Power bank", "electronics", 1, "45.00", {}, ["dangerous_goods"]),
    ]
    return {
        "number": number, "status": "delivered", "currency": "EUR", "market": "FR", "shipping_paid": "4.90",
        "placed_at": (now - timedelta(days=5)).isoformat(), "customer": {"name": "Noah", "email": "noah@example.com"},
        "shipping_address": {"line1": "1 rue X", "city": "Lyon", "postal_code": "69001", "country": "FR"},
        "payment_methods": [{"id": "card_1", "type": "card", "last4": "9212", "amount": "130.60"}],
        "lines": [
            {"id": id_, "sku": sku, "name": name, "category": category, "quantity": quantity, "unit_price": price,
             "variant": variant, "tags": tags, "delivered_at": delivered, "gtin": GTIN if id_ == "2" else None}
            for id_, sku, name, category, quantity, price, variant, tags in lines
        ],
    }  # fmt: skip


async def announced(server: DeskServer, number: str, *lines: tuple[str, int, Reason]) -> Return:
    container = server.container
    mug = {"sku": "MUG-1", "product": "mug", "name": "Mug", "price": "8.00", "gtin": GTIN}
    report = await container.shop.load({"catalogue": [mug], "orders": [document(number)]})
    assert not report.failures, report.failures
    async with container.transactions() as uow:
        found = await uow.orders.find(number)
    assert found
    return await container.returns.create(
        Plan(key=number, order_id=found[0], lines=tuple(PlannedLine(*line) for line in lines), resolution=Resolution.REFUND,
             language=Language.EN, method=Method.LABEL)
    )  # fmt: skip


def station(people: People, **options: Any) -> Page:
    """The page, with the cursor where a scanner types."""
    page = people.page(**options)
    page.goto(f"{people.url}/warehouse")
    page.locator("#login").fill("ana")
    page.locator("#password").fill("a password of the tests")
    page.locator("#password").press("Enter")
    expect(page.locator("body[data-ready] #code")).to_be_focused()
    return page


def types(page: Page, text: str) -> None:
    """As a scanner does: the characters, then Enter. Wherever the cursor is."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def scans(page: Page, rma: Return) -> None:
    types(page, rma.number)
    expect(page.locator(f"[data-number='{rma.number}']")).to_be_visible()


def sent(page: Page, rma: Return) -> None:
    expect(page.locator("#done li", has_text=rma.number)).to_be_visible()
    expect(page.locator("[data-unsent]")).to_have_count(0)


def now(depot: DeskServer, rma: Return) -> Return:
    return depot.run(depot.container.returns.get(rma.number))


def counts(rma: Return, line: str = "1") -> tuple[int, ...]:
    found = rma.line(line)
    assert found
    return found.quantity, found.received, found.accepted, found.rejected, found.missing


def keep_screenshot(page: Page, name: str) -> None:
    if os.environ.get("RETOUR_SCREENSHOTS") == "1":
        page.wait_for_timeout(300)
        picture = Image.open(io.BytesIO(page.screenshot()))
        picture.convert("RGB").quantize(200, dither=Image.Dither.NONE).save(
            IMAGES / f"warehouse-{name}.png", optimize=True
        )

"""The withdrawal function in a browser that runs no script."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_page import keep_screenshot
from tests.fixtures.shopper import KETTLE, Orders

WITHOUT_SCRIPT = {"java_script_enabled": False, "locale": "fr-FR"}
PHONE = WITHOUT_SCRIPT | {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


def added(live: Any) -> str:
    """The number of a new order. In a thread: Playwright has an event loop running in this one."""
    with ThreadPoolExecutor(1) as other:
        return str(other.submit(live.orders.add, KETTLE).result())


@pytest.mark.parametrize("context", [WITHOUT_SCRIPT, PHONE], indirect=True, ids=["laptop", "phone"])
def test_from_the_shops_foot_to_the_acknowledgement(page: Page, live: Any, tmp_path: Path) -> None:
    number = added(live)
    where = "phone" if (page.viewport_size or {})["width"] < 500 else "laptop"
    page.goto(live.url)
    page.get_by_role("link", name="Renoncer au contrat ici", exact=True).click()
    page.get_by_role("button", name="Continuer").click()
    # What is missing is said beside its field, and at the top with a link to it.
    for name in ("name", "order", "contact"):
        expect(page.locator(f"#{name}")).to_have_attribute("aria-invalid", "true")
        expect(page.locator(f"#error-{name}")).to_be_visible()
    page.locator("#name").fill("Zoé Martin")
    page.locator("#order").fill(number)
    page.locator("#contact").fill(Orders.email(number))
    page.get_by_role("button", name="English").click()
    expect(page.locator("#order")).to_have_value(number)
    page.get_by_role("button", name="Français").click()
    keep_screenshot(page, f"withdraw-1-{where}")
    page.get_by_role("button", name="Continuer").click()
    expect(page.locator("main")).to_contain_text("toute la commande")
    keep_screenshot(page, f"withdraw-2-{where}")
    page.get_by_role("button", name="Confirmer la renonciation", exact=True).dblclick()
    expect(page.locator("h1")).to_have_text("Votre renonciation est enregistrée")
    keep_screenshot(page, f"withdraw-3-{where}")
    page.reload()
    expect(page.locator("h1")).to_have_text("Votre renonciation est enregistrée")
    (rma,) = live.returns(number)
    expect(page.locator("main")).to_contain_text(rma["number"])
    with page.expect_download() as download:
        page.get_by_role("link", name="Télécharger l’accusé de réception (PDF)").click()
    download.value.save_as(tmp_path / "kept.pdf")
    assert (tmp_path / "kept.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    "context", [PHONE, {"viewport": {"width": 1280, "height": 800}}], indirect=True, ids=["phone", "laptop"]
)
@pytest.mark.parametrize("path", ["/withdraw?lang=fr", "/withdraw?lang=en", "/withdraw/nothing?lang=fr"])
def test_the_page_fits_its_window_and_the_keyboard(page: Page, live: Any, path: str) -> None:
    page.goto(live.url + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= (page.viewport_size or {})["width"]
    for control in page.locator("main :is(input, textarea, button, a.button):visible").all():
        box = control.bounding_box()
        assert box and box["height"] >= 44
    for field in page.locator("main :is(input, textarea):visible").all():
        expect(page.locator(f"label[for={field.get_attribute('id')}]")).to_have_count(1)

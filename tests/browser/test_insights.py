"""The merchant's figures in a browser: at the width of a laptop and of a phone, light and dark, with axe; by keyboard alone."""

import io
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import chromium
from tests.browser.desk_people import LAPTOP, People
from tests.browser.desk_server import DeskServer

ROOT = Path(__file__).parents[2]
AXE = ROOT / ".cache" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
IMAGES = ROOT / "docs" / "images"
PHONE = {"width": 390, "height": 844}
RETURNS, TALL = 900, 1500


@pytest.fixture(scope="module")
def desk(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskServer]:
    path = tmp_path_factory.mktemp("insights") / "retour.db"
    shutil.copy(migrated_sqlite, path)
    with DeskServer(f"sqlite:///{path}") as server:
        server.run(server.container.insights.add_sample(RETURNS, months=13))
        server.run(server.container.insights.keep_up())
        yield server


@pytest.fixture(scope="module")
def browser(desk: DeskServer) -> Iterator[Browser]:
    expect.set_options(timeout=20_000)
    with chromium() as started:
        yield started
    expect.set_options(timeout=5_000)


@pytest.fixture
def people(browser: Browser, desk: DeskServer) -> Iterator[People]:
    opened = People(browser, desk.url)
    yield opened
    opened.close()


def keep_screenshot(page: Page, name: str) -> None:
    if os.environ.get("RETOUR_SCREENSHOTS") == "1":
        whole = Image.open(io.BytesIO(page.screenshot(full_page=True)))
        picture = whole.crop((0, 0, whole.width, TALL))
        # A page has few colours: a palette of them is a third of the size.
        picture.convert("RGB").quantize(200, dither=Image.Dither.NONE).save(IMAGES / f"insights-{name}.png", optimize=True)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_everybody_can_read_it(people: People, size: dict[str, int], theme: str) -> None:
    """axe finds nothing, nothing sticks out, one drawing of each plot is shown, and on a phone fingers find their targets."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: run setup/test-tools")
    phone = size is PHONE
    page = people.agent("eve", viewport=size, color_scheme=theme, is_mobile=phone, has_touch=phone)
    page.goto(f"{people.url}/insights")
    plots = page.locator(".chart[role=img]:visible")
    assert plots.count() == 11
    assert page.locator(f".chart.{'narrow' if phone else 'wide'}:visible").count() == 11
    if (theme == "dark") == phone:
        keep_screenshot(page, "phone-dark" if phone else "laptop")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    _accessible(page)
    # No word of a plot is cut off, nor lies over another plot's.
    outside = page.evaluate(
        """() => [...document.querySelectorAll('.chart[role=img]')].filter((svg) => svg.getBoundingClientRect().width)
        .flatMap((svg) => [...svg.querySelectorAll('text')].filter((text) => {
            const [box, frame] = [text.getBoundingClientRect(), svg.closest('.plot').getBoundingClientRect()];
            return box.left < frame.left - 1 || box.right > frame.right + 1;
        }).map((text) => text.textContent))"""
    )
    assert outside == []
    if phone:
        low = page.locator("main :is(button, select, summary, a.button, a.csv, .ranges a):visible").evaluate_all(
            "nodes => nodes.filter((node) => node.getBoundingClientRect().height < 43.5).map((node) => node.outerHTML)"
        )
        assert low == []
    assert people.complaints == []


def _accessible(page: Page) -> None:
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("() => axe.run(document)")["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= (page.viewport_size or {})["width"]


def test_by_keyboard_alone(people: People) -> None:
    page = people.agent("ana")
    page.locator(".tabs a", has_text="Insight").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/insights$"))
    page.locator("#market").focus()
    page.keyboard.type("Ger")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("market=DE"))
    expect(page.locator("#market")).to_have_value("DE")
    page.get_by_role("link", name="Month", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("market=DE&by=month"))
    expect(page.locator("#rates-head")).to_have_text("Return rate by month of the order")
    page.locator("[hreflang=fr]").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("lang=fr"))
    expect(page.locator("#rates-head")).to_have_text("Taux de retour par mois de commande")
    expect(page.locator("#market")).to_have_value("DE")
    page.get_by_text("Valeurs").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("section[aria-labelledby=rates-head] table")).to_be_visible()
    with page.expect_download() as download:
        page.locator("section[aria-labelledby=rates-head] a.csv").press("Enter")
    assert download.value.suggested_filename.startswith("rates-") and download.value.suggested_filename.endswith(".csv")
    assert people.complaints == []

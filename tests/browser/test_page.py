"""The demo shop and the widget in it, as a shopper meets them: in a real browser, against the real gateway."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

from tests.browser.shopper import Shopper

IMAGES = Path(__file__).parents[2] / "docs" / "images"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "reduced_motion": "reduce"}
HOSTILE = "<img src=x onerror=alert(1)> <script>alert(2)</script> javascript:alert(3) https://evil.example/label"


def keep_screenshot(page: Page, name: str) -> None:
    if os.environ.get("RETOUR_SCREENSHOTS") == "1":
        IMAGES.mkdir(parents=True, exist_ok=True)
        page.wait_for_timeout(400)
        page.screenshot(path=IMAGES / f"{name}.png")


@pytest.fixture
def shopper(page: Page, live: Any) -> Shopper:
    return Shopper(page, live.fresh_order())


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_return_from_hello_to_label_without_a_complaint_of_the_browser(
    shopper: Shopper, page: Page, live: Any, language: str
) -> None:
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    response = page.goto(f"{live.url}/?lang={language}")
    assert response is not None
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert page.locator("html").get_attribute("lang") == language
    expect(page.locator("[data-sku]").first).to_be_visible()

    page.locator("[data-launcher]").click()
    shopper.settled()
    shopper.return_something()

    answered = shopper.log.locator("[data-choices]").filter(has=page.locator("[data-value=yes]")).last
    expect(answered).to_have_attribute("data-inert", "")
    for button in answered.locator("button").all():
        expect(button).to_be_disabled()
    address = shopper.label.first.get_attribute("href")
    assert address
    label = page.request.get(address)
    assert label.status == 200 and label.body().startswith(b"%PDF")
    assert complaints == []
    keep_screenshot(page, f"page-{language}")


def test_the_keyboard_alone_is_enough(shopper: Shopper, page: Page, live: Any) -> None:
    page.goto(live.url)
    launcher = page.locator("[data-launcher]")
    expect(launcher).to_be_visible()
    shopper.tab_to(launcher)
    page.keyboard.press("Enter")
    expect(shopper.input).to_be_focused()
    shopper.settled()
    shopper.return_something(by_keyboard=True)
    shopper.tab_to(shopper.label.first)

    page.keyboard.press("Escape")
    expect(shopper.panel).to_be_hidden()
    expect(launcher).to_be_focused()


def test_a_screen_reader_finds_names_and_roles(shopper: Shopper, page: Page, live: Any) -> None:
    shopper.visit(f"{live.url}/?lang=en")
    dialog = page.get_by_role("dialog", name="Returns assistant")
    expect(dialog.get_by_role("log", name="Conversation")).to_have_attribute("aria-live", "polite")
    for name in ("Close", "Send"):
        expect(dialog.get_by_role("button", name=name, exact=True)).to_be_visible()
    expect(dialog.get_by_role("button", name="Add a photo").first).to_be_visible()
    expect(dialog.get_by_role("textbox", name="Your message")).to_be_editable()
    unnamed = shopper.panel.locator("button, a, img, input, textarea").evaluate_all(
        """nodes => nodes.filter((node) => ![node.getAttribute('aria-label'), node.alt, node.textContent.trim(),
            node.labels?.length].some(Boolean)).length"""
    )
    assert unnamed == 0


def test_a_reload_brings_the_conversation_back(shopper: Shopper, page: Page, live: Any) -> None:
    shopper.visit(live.url)
    shopper.say(shopper.order["number"])
    said = shopper.log.locator(".text").all_inner_texts()
    expected = shopper.expects()

    page.reload()
    shopper.settled()
    expect(shopper.log.locator(".text")).to_have_text(said)
    assert shopper.expects() == expected
    shopper.answer()
    assert shopper.expects() != expected


def test_what_is_said_while_the_connection_is_lost_goes_out_once_and_in_order(
    shopper: Shopper, context: BrowserContext, page: Page, live: Any
) -> None:
    shopper.visit(live.url)
    heard: list[str] = []
    page.on("request", lambda request: heard.append(request.post_data or "") if request.method == "POST" else None)
    context.set_offline(True)
    expect(page.locator("[data-banner=lost]")).to_be_visible()
    for text in (shopper.order["number"], shopper.order["email"]):
        shopper.input.fill(text)
        shopper.input.press("Enter")
    expect(shopper.log.locator("[data-state=queued]")).to_have_count(2)
    heard.clear()

    context.set_offline(False)
    shopper.settled()
    expect(shopper.own().locator(".text")).to_have_text([shopper.order["number"], shopper.order["email"]])
    assert [shopper.order["number"] in heard[0], shopper.order["email"] in heard[1], len(heard)] == [True, True, 2]
    expect(page.locator("[data-banner=lost]")).to_have_count(0)
    page.reload()
    shopper.settled()
    expect(shopper.own()).to_have_count(2)


def test_a_retry_carries_the_key_of_the_first_try(shopper: Shopper, page: Page, live: Any) -> None:
    shopper.visit(live.url)
    keys: list[str | None] = []

    def lose_the_first_answer(route: Any) -> None:
        keys.append(route.request.headers.get("idempotency-key"))
        if len(keys) == 1:
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(
        "**/api/chat/messages",
        lambda route: lose_the_first_answer(route) if route.request.method == "POST" else route.continue_(),
    )
    shopper.say(shopper.order["number"])
    assert len(keys) == 2 and keys[0] and keys[0] == keys[1]
    page.reload()
    shopper.settled()
    expect(shopper.own()).to_have_count(1)


def test_a_forgotten_session_is_replaced_by_itself(shopper: Shopper, page: Page, live: Any) -> None:
    shopper.visit(live.url)
    page.evaluate(
        """Object.keys(localStorage).filter((key) => key.endsWith(':token'))
            .forEach((key) => localStorage.setItem(key, '"forged"'))"""
    )
    page.reload()
    shopper.settled()
    expect(page.locator("[data-note=expired]")).to_be_visible()
    shopper.say(shopper.order["number"])
    expect(shopper.own()).to_have_count(1)


@pytest.mark.parametrize("context", [PHONE], indirect=True)
def test_on_a_phone_nothing_sticks_out_and_fingers_find_their_targets(shopper: Shopper, page: Page, live: Any) -> None:
    page.goto(live.url)
    sideways = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    expect(page.locator("[data-launcher]")).to_be_visible()
    assert page.evaluate(sideways) <= 0
    page.locator("[data-launcher]").tap()
    shopper.settled()
    box = shopper.panel.bounding_box()
    assert box and [round(box[side]) for side in ("x", "y", "width", "height")] == [0, 0, 390, 844]
    shopper.return_something()
    assert page.evaluate(sideways) <= 0
    assert shopper.log.evaluate("node => node.scrollWidth - node.clientWidth") <= 0
    small = shopper.panel.locator("button:visible, .box:visible, .card:visible").evaluate_all(
        """nodes => nodes.map((node) => node.getBoundingClientRect())
            .filter((box) => box.height < 43.5 || box.width < 43.5).length"""
    )
    assert small == 0
    keep_screenshot(page, "page-phone")


def test_hostile_text_is_shown_as_text(shopper: Shopper, page: Page, live: Any) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    shopper.visit(live.url)
    shopper.say(HOSTILE)
    expect(shopper.own().last.locator(".text")).to_have_text(HOSTILE)
    page.reload()
    shopper.settled()
    expect(shopper.own().last.locator(".text")).to_have_text(HOSTILE)
    assert shopper.log.locator("img, script").count() == 0
    assert shopper.log.locator("a[href*='evil']").count() == 0


def test_the_page_speaks_the_language_of_the_browser(browser: Any, live: Any) -> None:
    with browser.new_context(locale="fr-FR") as french:
        page = french.new_page()
        page.goto(live.url)
        expect(page.locator("html")).to_have_attribute("lang", "fr")
        page.locator("[data-launcher]").click()
        expect(page.locator("[data-panel]")).to_contain_text(re.compile("Assistant retours"))

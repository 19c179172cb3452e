"""The support team's console in a real browser: two agents and a shopper at once, a restart in the middle, keyboard, phone, axe."""

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import chromium
from tests.browser.desk_people import LAPTOP, People, last, notes_typing, read, says, told
from tests.browser.desk_scene import Moment, recent, scene
from tests.browser.desk_server import PASSWORD, DeskServer

ROOT = Path(__file__).parents[2]
AXE = ROOT / ".cache" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
IMAGES = ROOT / "docs" / "images"
PHONE = {"width": 390, "height": 844}
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"


@pytest.fixture(scope="module")
def desk(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskServer]:
    path = tmp_path_factory.mktemp("desk") / "retour.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    moment = Moment()
    with DeskServer(f"sqlite:///{path}", moment) as server:
        server.everything = server.run(scene(server.container, moment))  # type: ignore[attr-defined]
        yield server


@pytest.fixture(scope="module")
def browser(desk: DeskServer) -> Iterator[Browser]:
    # A busy machine is slow, and no test here is about speed.
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
        page.wait_for_timeout(300)
        picture = Image.open(io.BytesIO(page.screenshot()))
        # A page has few colours: a palette of them is a third of the size.
        picture.convert("RGB").quantize(200, dither=Image.Dither.NONE).save(IMAGES / f"console-{name}.png", optimize=True)


def test_two_agents_and_a_shopper(people: People, desk: DeskServer) -> None:
    ana, ben, shopper = people.agent("ana"), people.agent("ben"), people.shopper()
    rows = ana.locator("#rows .item")
    waiting = rows.count()
    says(shopper, f"I want a person {HOSTILE}")
    # It is there without anybody doing anything.
    fresh = ana.locator("#rows .row").filter(has_text="I want a person")
    expect(fresh).to_be_visible()
    expect(rows).to_have_count(waiting + 1)
    fresh.focus()
    ana.keyboard.press("k")
    ana.keyboard.press("j")
    ana.keyboard.press("Enter")
    ana.wait_for_url(re.compile("/console/c/"))
    expect(last(ana, "shopper")).to_have_text(f"I want a person {HOSTILE}")
    ben.goto(ana.url)
    expect(ben.locator("#presence")).to_have_text("Ana Silva is here too")
    expect(ana.locator("#presence")).to_have_text("Ben Okafor is here too")

    ana.keyboard.press("t")
    expect(ana.locator("#bar .holder")).to_have_text("Ana Silva")
    expect(ben.locator("#bar .holder")).to_have_text("Ana Silva")
    expect(ben.get_by_role("button", name="Take over")).to_be_visible()
    expect(ben.locator("#mode-reply")).to_be_disabled()

    hers, his, theirs = ana.locator("#typing"), ben.locator("#typing"), shopper.locator("[data-typing]")
    notes_typing(hers, his, theirs)
    # As slowly as a person: one notice in two seconds is all a widget sends.
    shopper.locator("[data-input]").press_sequentially("It is", delay=700)
    told(hers, "The shopper is typing")
    ana.keyboard.press("r")
    ana.keyboard.type("I am looking into it. <b>")
    told(theirs, "Somebody from our team is writing")
    told(his, "Ana Silva is typing")
    ana.keyboard.press("Control+Enter")
    expect(shopper.locator("[data-log] [data-from=agent] .text")).to_have_text("I am looking into it. <b>")
    expect(last(ben, "agent")).to_have_text("I am looking into it. <b>")
    expect(ana.locator("#text")).to_have_value("")
    says(shopper, "It is the kettle.")
    expect(last(ana, "shopper")).to_have_text("It is the kettle.")

    ben.keyboard.press("n")
    ben.keyboard.type(f"Known fault {HOSTILE}")
    ben.keyboard.press("Control+Enter")
    expect(ana.locator("#thread .note .text")).to_have_text(f"Known fault {HOSTILE}")
    ana.keyboard.press("Escape")
    ana.keyboard.press("c")
    ana.get_by_role("button", name=re.compile("^Ask for a photo")).click()
    expect(ana.locator("#text")).to_have_value(re.compile("^Could you send a photo"))
    ana.keyboard.press("Control+Enter")
    expect(shopper.locator("[data-log] [data-from=agent] .text").last).to_have_text(re.compile("^Could you send a photo"))

    ana.keyboard.press("Escape")
    ana.keyboard.press("g")
    ana.keyboard.press("b")
    expect(ana.locator("#bar .holder")).to_have_text("Assistant")
    expect(ana.locator("#thread .stretch.ended")).to_contain_text("gave it back")
    expect(shopper.locator("[data-log] [data-from=bot]").last).not_to_contain_text("Known fault")
    says(shopper, "thanks")
    expect(last(ana, "bot")).to_have_text("You said: thanks")
    expect(shopper.locator("[data-panel]")).not_to_contain_text("Known fault")
    assert shopper.locator("[data-log] img, [data-log] script").count() == 0
    assert ana.locator("main script, main img[src=x]").count() == 0
    assert people.complaints == []


def test_nobody_acts_on_what_they_have_not_seen(people: People, desk: DeskServer) -> None:
    shopper = people.shopper()
    says(shopper, "a person, please: the second")
    ana = people.agent("ana", "/console?sort=newest")
    read(ana, "the second")
    ana.keyboard.press("t")
    expect(ana.locator("#bar .holder")).to_have_text("Ana Silva")
    # Her page hears of nothing for a moment, as on a bad line.
    ana.route("**/parts*", lambda route: route.abort())
    says(shopper, "wait, I found the receipt")
    people.complaints.clear()
    ana.keyboard.press("e")
    expect(ana.locator("#trouble")).to_contain_text("wait, I found the receipt")
    expect(ana.locator("#bar .state")).to_have_text("Open")
    expect(last(ana, "shopper")).to_have_text("wait, I found the receipt")
    ana.unroute("**/parts*")
    ana.wait_for_timeout(700)
    ana.keyboard.press("e")
    expect(ana.locator("#bar .state")).to_have_text("Resolved")
    expect(ana.locator("#trouble")).to_be_empty()


def test_a_restart_in_the_middle_loses_nothing(people: People, desk: DeskServer) -> None:
    shopper = people.shopper()
    says(shopper, "a person, please: the third")
    ana = people.agent("ana", "/console?sort=newest")
    read(ana, "the third")
    ana.keyboard.press("r")
    ana.keyboard.type("Half a sentence")
    desk.stop()
    expect(ana.locator("#lost")).to_be_visible()
    ana.keyboard.press("Control+Enter")
    expect(ana.locator("#text")).to_have_value("Half a sentence")
    desk.start()
    expect(ana.locator("#lost")).to_be_hidden()
    ana.reload()
    expect(ana.locator("#text")).to_have_value("Half a sentence")
    ana.locator("#text").press("Control+Enter")
    expect(shopper.locator("[data-log] [data-from=agent] .text")).to_have_text("Half a sentence")
    says(shopper, "I am still here")
    expect(last(ana, "shopper")).to_have_text("I am still here")
    expect(ana.locator("#thread .message.agent")).to_have_count(1)


def test_a_review_is_decided_where_all_of_it_is_shown(people: People, desk: DeskServer) -> None:
    ana = people.agent("ana", f"/console/c/{desk.everything}")  # type: ignore[attr-defined]
    shown = ana.locator("#panel")
    for text in ("A person decides", "To decide", "Threat", "€1,290.00", "review.high_value", "Would pay back"):
        expect(shown).to_contain_text(text)
    expect(ana.locator("#thread .photo img")).to_have_js_property("complete", True)
    keep_screenshot(ana, "conversation-laptop")
    form = shown.locator(".return").first
    form.get_by_text("Other amount").first.click()
    form.locator("[name=amount]").fill("900")
    form.locator("[name=reason]:visible").fill("kind")
    # What others do meanwhile does not take away what she types.
    ben = people.agent("ben", f"/console/c/{desk.everything}")  # type: ignore[attr-defined]
    ben.keyboard.press("n")
    ben.keyboard.type("Let her decide")
    ben.keyboard.press("Control+Enter")
    expect(ana.locator("#thread .note").last).to_contain_text("Let her decide")
    expect(form.locator("[name=amount]")).to_have_value("900")
    ana.wait_for_timeout(700)
    form.locator(".ask[open] .button.main").click()
    expect(ana.locator("#trouble")).to_contain_text("more than your limit of €200.00")
    expect(form.locator("[name=amount]")).to_have_value("900")
    ana.keyboard.press("Escape")
    form.get_by_role("button", name="Approve").click()
    expect(ana.locator(".return").filter(has_text="Label issued").first).to_be_visible()
    expect(ana.locator("#thread")).to_contain_text("Ana Silva approved")


def test_it_works_without_script(people: People, desk: DeskServer) -> None:
    desk.run(desk.container.shop.load({"orders": [recent("W5", "Sam Script")]}))
    page = people.page(java_script_enabled=False)
    page.goto(f"{desk.url}/console?view=unassigned")
    page.locator("#login").fill("ben")
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.locator("#rows .row").last.click()
    page.get_by_role("button", name="Take", exact=True).click()
    expect(page.locator("#bar .holder")).to_have_text("Ben Okafor")
    page.locator("#text").fill("Answered without a line of script")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(last(page, "agent")).to_have_text("Answered without a line of script")
    page.locator("#menu-snooze summary").click()
    page.get_by_role("button", name="For an hour").click()
    expect(page.locator("#bar .state")).to_contain_text("Snoozed")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_everybody_can_use_it(people: People, desk: DeskServer, size: dict[str, int], theme: str) -> None:
    """axe finds nothing, nothing sticks out, and on a phone fingers find their targets."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: run setup/test-tools")
    phone = size is PHONE
    name = f"{'phone' if phone else 'laptop'}{'-dark' if theme == 'dark' else ''}"
    login = people.page(viewport=size, color_scheme=theme)
    login.goto(f"{desk.url}/console")
    _accessible(login)
    eve = people.agent("eve", viewport=size, color_scheme=theme, is_mobile=phone, has_touch=phone)
    expect(eve.locator("#rows .row").first).to_be_visible()
    if theme == "light":
        keep_screenshot(eve, f"queue-{name}")
    _accessible(eve)
    eve.locator(".narrow summary").click()
    _accessible(eve)
    for path in (f"/console/c/{desk.everything}", "/console/account", "/console/team"):  # type: ignore[attr-defined]
        eve.goto(f"{desk.url}{path}")
        eve.evaluate("document.querySelectorAll('details:not(.menu)').forEach((one) => { one.open = true; })")
        _accessible(eve)
        if "/c/" in path:
            low = eve.evaluate("[document.documentElement.scrollHeight, document.scrollingElement.clientHeight]")
            assert low[0] <= low[1], "only the thread and the panel scroll, never the page"
        if "/c/" in path and not phone:
            _goods_by_keyboard(eve, theme)
        if phone:
            low = eve.locator("main :is(button, summary.button, select, a.button):visible").evaluate_all(
                "nodes => nodes.filter((node) => node.getBoundingClientRect().height < 43.5).map((node) => node.outerHTML)"
            )
            assert low == []
    eve.goto(f"{desk.url}/console/c/{desk.everything}")  # type: ignore[attr-defined]
    if (theme == "dark") != phone:
        keep_screenshot(eve, f"conversation-{name}")
    if phone:
        eve.locator("[data-side]").click()
        expect(eve.locator("#side")).to_be_visible()
        _accessible(eve)
        if theme == "light":
            keep_screenshot(eve, f"details-{name}")
            eve.locator("#side").evaluate("node => { node.scrollTop = document.querySelector('.lots').offsetTop - 100; }")
            keep_screenshot(eve, "goods-phone")
        eve.get_by_role("button", name="Close").click()
        expect(eve.locator("#side")).to_be_hidden()
    else:
        eve.keyboard.press("?")
        expect(eve.locator("#help")).to_be_visible()
        _accessible(eve)
    assert people.complaints == []


def _goods_by_keyboard(page: Page, theme: str) -> None:
    """What came and what failed is seen, and the form to pay again opens with the keyboard alone."""
    shown = page.locator(".return").filter(has_text="Running shoes")
    for text in ("Soles are dirty", "Blue espresso cup", "the card is closed", "At our warehouse"):
        expect(shown).to_contain_text(text)
    expect(shown.locator(".lots .photo img")).to_have_js_property("complete", True)
    again = shown.locator("summary", has_text="Try the failed payment again")
    again.focus()
    page.keyboard.press("Enter")
    expect(shown.locator(".ask[open] .button.main")).to_be_visible()
    page.locator("#side").evaluate("node => { node.scrollTop = document.querySelector('.return').offsetTop - node.offsetTop; }")
    _accessible(page)
    if theme == "light":
        keep_screenshot(page, "goods-laptop")
    page.keyboard.press("Escape")


def _accessible(page: Page) -> None:
    """The colours of the dark theme; all the rest is the same in both."""
    page.evaluate(AXE.read_text("utf-8"))
    rules = {"runOnly": ["color-contrast"]} if page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") else {}
    found = page.evaluate("rules => axe.run(document, rules)", rules)["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= (page.viewport_size or {})["width"]


def test_logging_out_leaves_nothing_behind(people: People, desk: DeskServer) -> None:
    ana = people.agent("ana", f"/console/c/{desk.everything}")  # type: ignore[attr-defined]
    ana.keyboard.press("n")
    ana.keyboard.type("a draft about a shopper")
    assert ana.evaluate("Object.keys(localStorage).length") == 1
    other = ana.context.new_page()
    other.goto(f"{desk.url}/console")
    ana.get_by_role("button", name="Log out").click()
    expect(ana.locator("#password")).to_be_visible()
    assert ana.evaluate("Object.keys(localStorage).length") == 0
    # The other tab is told that it is over.
    expect(other.locator("#ended")).to_be_visible()
    ana.go_back()
    expect(ana.locator("#password")).to_be_visible()

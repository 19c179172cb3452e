"""The receiving page in a browser: a scanner that types, a phone whose connection comes and goes, parcels that are wrong."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from rma.model.codes import Language, Method, Reason, Resolution
from rma.model.returns import Return
from rma.service.returns import Plan, PlannedLine
from tests.browser.conftest import chromium
from tests.browser.desk_people import People
from tests.browser.desk_server import DeskServer
from tests.browser.test_console import AXE, PHONE
from tests.browser.warehouse_floor import (
    GTIN,
    announced,
    counts,
    document,
    keep_screenshot,
    now,
    scans,
    sent,
    station,
    types,
)

PARCELS = 12


@pytest.fixture(scope="module")
def depot(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskServer]:
    path = tmp_path_factory.mktemp("depot") / "retour.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    with DeskServer(f"sqlite:///{path}") as server:
        yield server


@pytest.fixture(scope="module")
def browser(depot: DeskServer) -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def people(browser: Browser, depot: DeskServer) -> Iterator[People]:
    opened = People(browser, depot.url)
    yield opened
    opened.close()


def test_parcel_after_parcel_by_keyboard_alone(people: People, depot: DeskServer) -> None:
    announcements = [
        depot.run(announced(depot, f"K{number}", ("1", 1, Reason.SIZE_TOO_SMALL))) for number in range(PARCELS)
    ]
    page = station(people)
    began = time.monotonic()
    for rma in announcements:
        # It does not wait for anything: the page takes one after the other.
        types(page, rma.number)
        page.keyboard.press("Enter")
    sent(page, announcements[-1])
    took = time.monotonic() - began
    print(f"{PARCELS} parcels in {took:.1f} s: {60 * PARCELS / took:.0f} a minute")
    for rma in announcements:
        assert now(depot, rma).status == "inspected" and counts(now(depot, rma)) == (1, 1, 1, 0, 0)
    assert people.complaints == []


def test_a_parcel_that_is_not_as_announced(people: People, depot: DeskServer) -> None:
    rma = depot.run(announced(depot, "A1", ("1", 3, Reason.SIZE_TOO_SMALL), ("3", 1, Reason.CHANGED_MIND)))
    page = station(people)
    scans(page, rma)
    types(page, "1x3")
    types(page, "1+1d")
    types(page, "2d")
    expect(page.locator("[data-line='3'] .alarm")).to_be_visible()
    types(page, "2x9")
    types(page, "2x1")
    types(page, "7x1")
    expect(page.locator("#state")).to_have_text("There is no line 7.")
    keep_screenshot(page, "parcel-laptop")
    types(page, "2+1u")
    expect(page.locator("[data-line='3'] .lot")).to_have_count(1)  # nothing is left of the other
    types(page, "2d")
    types(page, "2r")
    page.keyboard.press("Enter")
    expect(page.locator("#state")).to_contain_text("Say why for Power bank")
    page.keyboard.type("leaks, and it is not ours")
    page.keyboard.press("Enter")
    sent(page, rma)
    kept = now(depot, rma)
    assert kept.status == "inspected" and counts(kept) == (3, 3, 3, 0, 0) and counts(kept, "3") == (1, 1, 0, 1, 0)

    async def units() -> list[tuple[str, int, str | None, str | None, bool]]:
        async with depot.container.transactions() as uow:
            found = await uow.goods.of(rma.number)
        return [(u.line, u.quantity, u.grade, u.disposition, u.apart) for u in found]

    assert depot.run(units()) == [
        ("1", 2, "as_new", "restock", False), ("1", 1, "damaged", "donate", False), ("3", 1, "damaged", None, True),
    ]  # fmt: skip
    assert people.complaints == []


def test_items_are_counted_by_scanning_them_and_the_rest_will_not_come(people: People, depot: DeskServer) -> None:
    rma = depot.run(announced(depot, "I1", ("2", 2, Reason.CHANGED_MIND)))
    page = station(people)
    # The tag alone, as an RFID reader sends it (SGTIN-96 of the same article): where it is expected.
    types(page, "3034257BF400B7800004CB2F")
    expect(page.locator("#state")).to_contain_text("An item that no return expects")
    types(page, "4006381333931")
    expect(page.locator(".picks button")).to_contain_text(rma.number)
    types(page, "1")
    expect(page.locator(f"[data-number='{rma.number}']")).to_be_visible()
    unit = "https://id.gs1.org/01/04006381333931/21/a1"
    types(page, unit)
    expect(page.locator("#state")).to_contain_text(": 1")
    types(page, unit)
    expect(page.locator("#state")).to_contain_text(": 1")  # the very same one, read twice
    types(page, "4006381333948")
    expect(page.locator("#state")).to_contain_text("not of order I1")
    types(page, "m")
    page.keyboard.press("Enter")
    sent(page, rma)
    assert counts(now(depot, rma), "2") == (2, 1, 1, 0, 1) and now(depot, rma).status == "inspected"
    assert people.complaints == []


def test_a_phone_without_a_connection_loses_nothing_and_counts_nothing_twice(people: People, depot: DeskServer) -> None:
    first, second = (depot.run(announced(depot, name, ("1", 1, Reason.SIZE_TOO_SMALL))) for name in ("N1", "N2"))
    page = station(people, viewport=PHONE, has_touch=True)
    scans(page, first)
    # The server does it, and its answer is lost.
    page.route("**/warehouse/returns/*", lambda route: (route.fetch(), route.abort()), times=1)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#sending")).to_contain_text("1 not sent yet")
    scans(page, second)
    page.keyboard.press("Enter")
    expect(page.locator("[data-unsent]")).to_have_count(0)
    for rma in (first, second):
        assert counts(now(depot, rma)) == (1, 1, 1, 0, 0)
    # Called off meanwhile, and its units stand in another return: it says so, and what was typed can be done anew.
    taken = depot.run(announced(depot, "N3", ("1", 3, Reason.SIZE_TOO_SMALL)))
    scans(page, taken)
    depot.run(depot.container.returns.cancel(taken.number, "shopper"))

    async def again() -> Return:
        async with depot.container.transactions() as uow:
            found = await uow.orders.find("N3")
        assert found
        lines = (PlannedLine("1", 3, Reason.SIZE_TOO_SMALL),)
        return await depot.container.returns.create(
            Plan("N3 again", found[0], lines, Resolution.REFUND, Language.EN, Method.LABEL)
        )

    depot.run(again())
    page.keyboard.press("Enter")
    expect(page.locator(".trouble-row")).to_contain_text(taken.number)
    keep_screenshot(page, "phone")
    assert [text for text in people.complaints if "ERR_FAILED" not in text and "409" not in text] == []


def test_what_is_typed_by_keyboard_is_kept_and_meant_for_the_lot_it_was_typed_at(
    people: People, depot: DeskServer
) -> None:
    rma = depot.run(announced(depot, "KB1", ("1", 3, Reason.SIZE_TOO_SMALL)))
    page = station(people)
    scans(page, rma)
    types(page, "1+1d")
    # The second lot's state, by arrow: twice, since the cursor is still there after the first.
    page.get_by_label("State, 1. T-shirt (blue, M) (2)").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    states = page.locator("[data-line='1'] select[aria-label^='State']")
    assert [one.input_value() for one in states.all()] == ["as_new", "opened"]
    # Both are refused: the one that has no reason yet is asked for.
    for place in ("(1)", "(2)"):
        page.get_by_label(f"Not accepted, 1. T-shirt (blue, M) {place}").press("Enter")
    for words in ("torn", "worn"):
        page.locator("#save").press("Enter")
        expect(page.locator(".why input:focus")).to_have_value("")
        page.keyboard.type(words)
    page.get_by_label("What it is").fill("a blue hat")
    page.keyboard.press("Enter")
    sent(page, rma)

    async def kept() -> list[tuple[int, str | None, str | None]]:
        async with depot.container.transactions() as uow:
            return [(unit.quantity, unit.grade, unit.why) for unit in await uow.goods.of(rma.number)]

    async def settled() -> None:
        async with depot.container.transactions() as uow:
            waiting = [parcel.id for parcel in await uow.goods.parcels() if parcel.number == rma.number]
        for parcel in waiting:
            assert parcel is not None
            await depot.container.receiving.place(parcel, "ana", "given back")

    assert depot.run(kept()) == [(2, "as_new", "torn"), (1, "opened", "worn")]
    depot.run(settled())
    arrived = next(event for event in now(depot, rma).events if event.kind == "arrived")
    assert arrived.detail["others"] == [{"name": "a blue hat", "quantity": 1}]
    assert people.complaints == []


def test_the_rest_that_will_not_come_is_never_what_is_shown_as_come(people: People, depot: DeskServer) -> None:
    rma = depot.run(announced(depot, "KB3", ("1", 1, Reason.SIZE_TOO_SMALL), ("2", 1, Reason.CHANGED_MIND)))
    page = station(people)
    scans(page, rma)
    types(page, "2x0")
    page.keyboard.press("Enter")
    sent(page, rma)
    scans(page, rma)  # the other line stands there as if it came
    types(page, "m")
    page.keyboard.press("Enter")
    expect(page.locator("#state")).to_contain_text("nothing is missing")
    assert counts(now(depot, rma), "2") == (1, 0, 0, 0, 0)
    types(page, "2x0")
    page.keyboard.press("Enter")
    expect(page.locator("#done li", has_text=rma.number)).to_have_count(2)
    expect(page.locator("[data-unsent]")).to_have_count(0)
    assert counts(now(depot, rma), "2") == (1, 0, 0, 0, 1) and people.complaints == []


def test_what_waits_for_a_decision_is_counted_once(people: People, depot: DeskServer) -> None:
    rma = depot.run(announced(depot, "KB2", ("3", 1, Reason.DEFECTIVE)))
    assert rma.status == "review"
    page = station(people)
    scans(page, rma)
    page.keyboard.press("Enter")
    sent(page, rma)
    scans(page, rma)
    page.keyboard.press("Enter")
    expect(page.locator("#state")).to_contain_text("counted already")
    expect(page.locator("#done li")).to_have_count(1)
    assert counts(now(depot, rma), "3") == (1, 1, 0, 0, 0) and people.complaints == []


def test_parcels_that_nobody_announced_or_knows(people: People, depot: DeskServer) -> None:
    depot.run(depot.container.shop.load({"orders": [document("U1")]}))
    page = station(people)
    types(page, "#u1")
    expect(page.locator("#state")).to_contain_text("has no return")
    # The cursor stays where the scanner types: an item counts, a command too.
    types(page, GTIN)
    expect(page.locator("#state")).to_contain_text(": 1")
    types(page, "1x1")
    types(page, "2x0")
    page.keyboard.press("Enter")
    expect(page.locator("[data-number^='RT-']")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("[data-unsent]")).to_have_count(0)
    (made,) = depot.run(depot.container.returns.find("U1"))
    assert made.status == "inspected" and counts(made) == (1, 1, 1, 0, 0)
    types(page, "1Z <i>nobody</i>")
    page.get_by_label("What it is").fill("one shoe")
    page.keyboard.press("Enter")
    expect(page.locator("#strays-count")).to_have_text("1")
    page.locator("#strays summary").click()
    card = page.locator("#strays .card")
    expect(card).to_contain_text("1Z <i>nobody</i> 1 × one shoe")
    card.get_by_label("What became of it").fill("went to the one with one foot")
    card.get_by_role("button", name="Settle").click()
    expect(page.locator("#strays-count")).to_have_text("0")
    types(page, "RT-AAAAAAAA")
    expect(page.locator("#state")).to_contain_text("mistyped")
    assert people.complaints == []


def test_a_unit_more_than_a_settled_return_makes_one_of_its_own(people: People, depot: DeskServer) -> None:
    rma = depot.run(announced(depot, "X1", ("1", 1, Reason.SIZE_TOO_SMALL)))
    page = station(people)
    scans(page, rma)
    page.keyboard.press("Enter")
    sent(page, rma)
    depot.run(depot.container.refunds.refund(rma.number, "eve", "k"))
    # Counted already, and then seen to be one too many.
    scans(page, rma)
    types(page, "1x1")
    page.keyboard.press("Enter")
    expect(page.locator(".trouble-row")).to_contain_text("Press x")
    scans(page, rma)
    expect(page.get_by_role("button", name="Its own return")).to_have_attribute("aria-pressed", "false")
    types(page, "x")
    expect(page.get_by_role("button", name="Its own return")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Enter")
    expect(page.locator("[data-number^='RT-']")).to_be_visible()
    expect(page.locator(f"[data-number='{rma.number}']")).to_have_count(0)
    expect(page.locator(".trouble-row")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator("[data-unsent]")).to_have_count(0)
    made = next(one for one in depot.run(depot.container.returns.find("X1")) if one.number != rma.number)
    assert made.status == "inspected" and counts(made) == (1, 1, 1, 0, 0)
    assert counts(now(depot, rma)) == (1, 1, 1, 0, 0) and now(depot, rma).status == "refunded"
    assert [text for text in people.complaints if "409" not in text] == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_it_can_be_read_by_everybody(people: People, depot: DeskServer, language: str) -> None:
    rma = depot.run(announced(depot, f"X-{language}", ("1", 2, Reason.DAMAGED), ("2", 1, Reason.CHANGED_MIND)))
    page = station(people, viewport=PHONE, color_scheme="dark")
    page.goto(f"{depot.url}/warehouse?lang={language}&code={rma.number}")
    expect(page.locator(f"[data-number='{rma.number}']")).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{wide} pixels too wide"
    if not AXE.exists():
        pytest.skip("axe is not installed; setup/test-tools does it")
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    assert [(one["id"], [node["html"][:100] for node in one["nodes"]]) for one in found] == []
    keep_screenshot(page, f"phone-dark-{language}")


def test_nobody_gets_in_without_a_login_or_from_another_site(people: People, depot: DeskServer) -> None:
    page = people.page()
    page.goto(f"{depot.url}/warehouse")
    assert "/console/login?next=%2Fwarehouse" in page.url
    answer = page.request.post(f"{depot.url}/warehouse/photos", data=b"x", headers={"Content-Type": "image/jpeg"})
    assert answer.status in (401, 403)

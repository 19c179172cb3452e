"""The withdrawal function over HTTP: two steps without script, cookie or account, and an acknowledgement to keep."""

import html
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pypdfium2
import pytest

from gateway.keys import TOKENS
from gateway.tokens import FORM_AGE
from rma.model.agents import Role
from rma.model.withdrawals import WithdrawalStatus
from tests.integration.gateway_kit import Shop
from tests.integration.test_gateway_staff import an_order

pytest_plugins = "tests.integration.gateway_kit"

RIGHT = {"name": "Noah Brown", "order": "#w1", "contact": "noah@example.com", "items": ""}
LABELS = {
    "en": ("Withdraw from contract here", "Confirm withdrawal"),
    "fr": ("Renoncer au contrat ici", "Confirmer la renonciation"),
}


@pytest.fixture(autouse=True)
def without_floor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rma.service.withdrawals.FLOOR_SECONDS", 0.0)


async def load(shop: Shop, *orders: dict[str, Any]) -> None:
    assert not (await shop.container.shop.load({"orders": list(orders)})).failures


async def step_1(shop: Shop, language: str = "en", **fields: str) -> tuple[int, str]:
    answer = await shop.client.post("/withdraw", data=RIGHT | fields | {"lang": language})
    return answer.status, await answer.text()


def state_of(page: str) -> str:
    found = re.search(r'name="state" value="([^"]+)"', page)
    assert found, page
    return html.unescape(found[1])


async def confirm(shop: Shop, state: str, **options: Any) -> str:
    """The address that the confirmation leads to."""
    answer = await shop.client.post("/withdraw/confirm", data={"state": state}, allow_redirects=False, **options)
    assert answer.status == 303, await answer.text()
    return answer.headers["Location"]


async def done(shop: Shop, **fields: str) -> tuple[str, str]:
    """Both steps; the acknowledgement's address and page."""
    _, page = await step_1(shop, **fields)
    address = await confirm(shop, state_of(page))
    return address, await (await shop.client.get(address)).text()


def words_of(page: str) -> str:
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", page)).split())


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_a_proven_withdrawal_from_the_form_to_the_label(shop: Shop, language: str) -> None:
    await load(shop, an_order("W1"))
    function, button = LABELS[language]
    first = await shop.client.get("/withdraw", headers={"Accept-Language": language})
    page = await first.text()
    assert (first.status, f'<html lang="{language}">' in page, function in page) == (200, True, True)
    assert "<script" not in page and "Set-Cookie" not in first.headers
    policy = first.headers["Content-Security-Policy"]
    assert "form-action 'self'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy

    status, page = await step_1(shop, language)
    assert status == 200 and button in page and "noah@example.com" in page
    assert await shop.container.withdrawals.find() == []

    address = await confirm(shop, state_of(page))
    answer = await shop.client.get(address)
    page = await answer.text()
    assert answer.headers["Cache-Control"] == "no-store" and "noindex" in answer.headers["X-Robots-Tag"]
    (withdrawal,) = await shop.container.withdrawals.find()
    assert withdrawal.status is WithdrawalStatus.SETTLED and withdrawal.statement.language == language
    assert withdrawal.reference in page and str(withdrawal.return_number) in page
    rma = await shop.container.returns.get(str(withdrawal.return_number))
    # 39.80 and the delivery of 4.90, less 4.90 for the way back.
    assert rma.refund["total"] == "39.80"
    assert ("€39.80" if language == "en" else "39,80\u00a0€") in html.unescape(page)
    label = re.search(r'href="(/labels/[^"]+\.pdf)"', page)
    assert label and (await (await shop.client.get(label[1])).read()).startswith(b"%PDF")

    paper = await shop.client.get(f"{address}.pdf")
    assert paper.headers["Content-Disposition"].startswith("attachment;") and paper.content_type == "application/pdf"
    document = pypdfium2.PdfDocument(io.BytesIO(await paper.read()))
    assert len(document) == 1
    text = document[0].get_textpage().get_text_range()
    local = withdrawal.submitted_at.astimezone()
    for expected in (
        "#w1",
        "Noah Brown",
        "noah@example.com",
        withdrawal.reference,
        "Clairière",
        f"{local:%M:%S}",
        "UTC+0",
    ):
        assert expected in text, expected
    # A forged address is one of nothing, in the words of a page.
    assert (await shop.client.get(f"{address}x")).status == 404
    assert (await shop.client.get(f"{address}x.pdf")).status == 404


async def test_pressing_twice_reloading_and_going_back_make_one_withdrawal(shop: Shop) -> None:
    await load(shop, an_order("W1"))
    _, page = await step_1(shop)
    first, second = await confirm(shop, state_of(page)), await confirm(shop, state_of(page))
    other_language = await shop.client.post("/withdraw/confirm", data={"state": state_of(page), "to": "fr"})
    third = await confirm(shop, state_of(await other_language.text()))
    links = shop.container.links
    references = {links.read(address.rpartition("/")[2]).ref for address in (first, second, third)}
    assert len(references) == 1
    assert len(await shop.container.withdrawals.find()) == len(await shop.container.returns.find()) == 1


async def test_the_page_does_not_tell_whether_there_is_such_an_order(shop: Shop) -> None:
    old, abroad = an_order("OLD"), an_order("US") | {"market": "US"}
    for line in old["lines"]:
        line["delivered_at"] = (datetime.now(UTC) - timedelta(days=20)).isoformat()
    old["placed_at"] = (datetime.now(UTC) - timedelta(days=30)).isoformat()
    await load(shop, an_order("W1"), old, abroad)
    cases = (
        {"order": "NONE"},
        {"contact": "eve@example.com"},
        {"order": "OLD"},
        {"order": "US"},
        {"items": "the thing"},
    )
    pages = []
    for fields in cases:
        _, page = await done(shop, **fields)
        shown = words_of(page)
        for varying in (*(RIGHT | fields).values(), "the whole order"):
            shown = shown.replace(varying, "") if varying else shown
        pages.append(re.sub(r"\d\d:\d\d:\d\d|WD-\w+", "", shown).split())
    assert all(page == pages[0] for page in pages)
    assert "label" not in pages[0] and len(await shop.container.withdrawals.find()) == len(cases)
    async with shop.container.transactions() as uow:
        assert len(await uow.conversations.tickets()) == len(cases)


async def test_a_persons_answer_and_link_appear_on_the_acknowledgement(shop: Shop) -> None:
    await load(shop, an_order("W1"))
    address, page = await done(shop, contact="typo@example.com")
    (withdrawal,) = await shop.container.withdrawals.find()
    ann = await shop.container.agents.add("ann", "Ann", Role.AGENT, "ann's long password")
    await shop.container.support.say(ann, str(withdrawal.conversation), "We found <it>.")
    await shop.container.withdrawals.link(withdrawal.reference, "W1", "staff ann")
    page = await (await shop.client.get(f"{address}?lang=fr")).text()
    assert "We found &lt;it&gt;." in page and "/labels/" in page and "Renvoyez les articles" in page


async def test_errors_stand_beside_their_fields_and_nothing_typed_is_lost(shop: Shop) -> None:
    status, page = await step_1(shop, "fr", name="", contact="noah", items="x" * 601)
    assert status == 422
    for name in ("name", "contact", "items"):
        assert re.search(rf'id="{name}"[^>]*aria-describedby="[^"]*error-{name}"[^>]*aria-invalid="true"', page), name
        assert f'id="error-{name}"' in page and f'href="#{name}"' in page
    assert 'aria-invalid="true"' not in page[page.index('id="order"') : page.index('id="error-contact"')]
    assert 'value="#w1"' in page and 'value="noah"' in page and "x" * 601 in page
    switched = await shop.client.post("/withdraw", data=RIGHT | {"name": "", "lang": "fr", "to": "en"})
    page = await switched.text()
    assert (
        switched.status == 200 and '<html lang="en">' in page and 'value="#w1"' in page and "aria-invalid" not in page
    )
    _, page = await step_1(shop, items="2 mugs")
    changed = await shop.client.post("/withdraw/confirm", data={"state": state_of(page), "change": "1"})
    page = await changed.text()
    assert 'value="noah@example.com"' in page and "2 mugs</textarea>" in page
    assert await shop.container.withdrawals.find() == []


HOSTILE = '"><script>alert(1)</script>\x00\u202e{{7*7}}%s{name}'


async def test_hostile_text_stays_text(shop: Shop) -> None:
    fields = {"name": HOSTILE, "order": HOSTILE, "items": HOSTILE, "contact": "<i>@x.example"}
    _, said_back = await step_1(shop, **fields)
    address, acknowledged = await done(shop, **fields)
    for page in (said_back, acknowledged):
        assert "<script>" not in page and "<i>@" not in page and "&lt;script&gt;" in page and "{{7*7}}%s{name}" in page
        assert "\x00" not in page and "\u202e" not in page
    assert (await (await shop.client.get(f"{address}.pdf")).read()).startswith(b"%PDF")
    filled = {
        "name": "\u4e2d" * 100,
        "order": "W" * 200,
        "items": "\U0001f600" * 600,
        "contact": f"{'W' * 242}@x.example",
    }
    address, _ = await done(shop, **filled)
    assert (await (await shop.client.get(f"{address}.pdf")).read()).startswith(b"%PDF")


async def test_a_forged_or_old_form_records_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    await load(shop, an_order("W1"))
    _, page = await step_1(shop)
    state = state_of(page)
    other_purpose = shop.client.app[TOKENS].photo(7)  # type: ignore[union-attr]
    for forged in (state[:-1], "x" + state, "", other_purpose, "é" * 50, "a.b.c"):
        answer = await shop.client.post(
            "/withdraw/confirm", data={"state": forged, "lang": "fr"}, allow_redirects=False
        )
        assert answer.status == 400 and 'class="trouble"' in await answer.text()
    later = datetime.now(UTC) + timedelta(seconds=FORM_AGE + 60)
    monkeypatch.setattr("itsdangerous.timed.time.time", later.timestamp)
    answer = await shop.client.post("/withdraw/confirm", data={"state": state}, allow_redirects=False)
    page = await answer.text()
    # An old one is only good to fill the form in again.
    assert answer.status == 400 and 'value="noah@example.com"' in page
    assert await shop.container.withdrawals.find() == []


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"json": RIGHT}, 415),
        ({"data": "x" * 70_000, "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 413),
        (
            {
                "data": "&".join(f"f{n}=1" for n in range(50)),
                "headers": {"Content-Type": "application/x-www-form-urlencoded"},
            },
            400,
        ),
        (
            {
                "data": b"name=%ff%00",
                "headers": {"Content-Type": "application/x-www-form-urlencoded; charset=nonsense"},
            },
            422,
        ),
        ({"data": RIGHT, "headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
        ({"data": RIGHT, "headers": {"Sec-Fetch-Site": "same-origin"}}, 200),
    ],
)
async def test_what_is_no_form_of_ours_is_refused(shop: Shop, options: dict[str, Any], status: int) -> None:
    assert (await shop.client.post("/withdraw", **options)).status == status


async def test_too_many_confirmations_wait_and_lose_nothing(shop: Shop) -> None:
    _, page = await step_1(shop)
    state = state_of(page)
    for _ in range(60):
        await confirm(shop, state)
    answer = await shop.client.post("/withdraw/confirm", data={"state": state}, allow_redirects=False)
    page = await answer.text()
    assert answer.status == 429 and int(answer.headers["Retry-After"]) > 0
    assert state_of(page) and "noah@example.com" in page and 'class="trouble"' in page


async def test_when_the_database_fails_the_button_can_be_pressed_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, page = await step_1(shop)

    async def broken(*_: Any) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(shop.container.withdrawals, "record", broken)
        answer = await shop.client.post("/withdraw/confirm", data={"state": state_of(page)}, allow_redirects=False)
        again = await answer.text()
    assert answer.status == 503 and "disk full" not in again
    await confirm(shop, state_of(again))
    assert len(await shop.container.withdrawals.find()) == 1


async def test_the_shop_leads_to_it(shop: Shop) -> None:
    for language, (function, _) in LABELS.items():
        page = await (await shop.client.get(f"/?lang={language}")).text()
        assert re.search(rf'<a [^>]*href="/withdraw\?lang={language}">{function}</a>', page)

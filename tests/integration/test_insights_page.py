"""The page of the merchant's figures: behind the console's login, in both languages, readable without seeing it; its tables, its
plots and its CSVs say the same."""

import csv
import io
import re
from collections import Counter
from typing import get_args

import pytest

from rma.model.insight import By
from rma.store.insight import SqlInsight
from tests.integration.console_kit import Console, Desk, Markup
from tests.integration.insight_shop import ORDERS, RETURNS

pytest_plugins = "tests.integration.console_kit"

CARDS = ("rates", "reasons_by", "reasons", "sizes", "speed", "kept", "cost", "outcomes", "transport", "co2", "factors", "shoppers")


async def filled(desk: Desk) -> Console:
    await SqlInsight(desk.container.engine).sample.write(ORDERS, RETURNS)
    await desk.container.insights.keep_up()
    return await desk.enter("eve")


async def read(console: Console, card: str, query: str = "?period=3") -> list[dict[str, str]]:
    answer = await console.get(f"/insights/{card}.csv{query}")
    assert answer.status == 200 and answer.content_type == "text/csv", (card, await answer.text())
    assert "no-store" in answer.headers["Cache-Control"] and "attachment" in answer.headers["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(await answer.text())))


async def test_the_csv_has_the_figures_reckoned_by_hand(desk: Desk) -> None:
    console = await filled(desk)
    rates = {row["product"]: row for row in await read(console, "rates")}
    assert (rates["Jeans"]["sold_units"], rates["Jeans"]["returned_units"], rates["Jeans"]["return_rate"]) == ("4", "3", "0.75")
    speed = {row["month"]: (row["refunds"], row["median_days"], row["later_than_14_days"]) for row in await read(console, "speed")}
    assert speed == {"202609": ("0", "", "0"), "202610": ("1", "11.0", "0"), "202611": ("1", "17.0", "1")}
    cost = {(row["currency"], row["part"]): (row["amount"], row["per_return"]) for row in await read(console, "cost")}
    assert cost["EUR", "total"] == ("123.10", "41.03") and cost["GBP", "transport"] == ("10.40", "10.40")
    assert sum(float(row["kg_co2e"]) for row in await read(console, "co2")) == pytest.approx(1.148, abs=0.001)
    assert {(row["product"], row["reason"]): row["units"] for row in await read(console, "every_reason")} == {
        ("Jeans", "size_too_small"): "2", ("Jeans", "size_too_large"): "1", ("Lamp", "defective"): "1",
        ("Lamp", "changed_mind"): "1",
    }  # fmt: skip
    factors = {row["transport"]: row for row in await read(console, "factors")}
    assert "DESNZ" in factors["air"]["source"] and factors["van"]["kg_co2e_per_tonne_km"] == "1.1026"
    assert await read(console, "shoppers") == [], "three shoppers are too few to be shown"
    only = await read(console, "rates", "?period=3&market=DE&by=market")
    assert [(row["market"], row["sold_units"]) for row in only] == [("DE", "1")]


def plain(cell: str) -> str:
    """A number as the CSV has it, from how the page writes it in English."""
    number = re.fullmatch(r"[€£]?([\d,]+(?:\.\d+)?)(%| days| kg)?", cell.replace("\xa0", " ").strip())
    return number[1].replace(",", "") if number else cell


async def test_tables_and_plots_and_files_say_the_same(desk: Desk) -> None:
    await desk.container.insights.add_sample(200, months=4)
    console = await filled(desk)
    for by in get_args(By):
        await _same(console, by)


async def _same(console: Console, by: str) -> None:
    page = await console.page(f"/insights?period=3&by={by}")
    sections = dict(re.findall(r'<section class="plot[^"]*" aria-labelledby="(\w+)-head">(.*?)</section>', page, re.DOTALL))
    assert set(sections) == set(CARDS)
    whole = ("kept", "speed", "reasons", "outcomes", "transport", "shoppers") if by == "month" else ()
    for card in ("rates", "reasons_by", *whole):
        rows = await read(console, card, f"?period=3&by={by}")
        table = re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', sections[card].split("<details>")[-1], re.DOTALL)
        assert len(table) == len(rows) > 0, card
        for (_, cells), row in zip(table, rows, strict=True):
            shown = [plain(cell) for cell in re.findall("<td>(.*?)</td>", cells)]
            for value, written in zip(list(row.values())[1:], shown, strict=True):
                if re.fullmatch(r"\d+", value) and not re.fullmatch(r"20\d{4}", value):
                    assert value == written, (card, row, shown)
    # What the plot tells whoever points at it is what the table has.
    told = re.findall(r"<title>[^<]*\((\d[\d,]*) of (\d[\d,]*)\)</title>", sections["rates"])
    counted = [(row["returned_units"], row["sold_units"]) for row in await read(console, "rates", f"?period=3&by={by}")]
    assert told and {(back.replace(",", ""), sold.replace(",", "")) for back, sold in told} <= set(counted)
    if by == "month":
        assert len(told) == 2 * len(counted), "wide and narrow"


async def test_it_can_be_read_without_seeing_it(desk: Desk) -> None:
    await desk.container.insights.add_sample(200, months=4)
    console = await filled(desk)
    for language in ("en", "fr"):
        await _readable(console, language)
    answer = await console.get("/insights")
    assert "style-src 'self'" in answer.headers["Content-Security-Policy"] and answer.headers["Cache-Control"] == "no-store"


async def _readable(console: Console, language: str) -> None:
    page = await console.page(f"/insights?lang={language}&period=6")
    markup = Markup(page)
    assert not markup.dangers()
    ids = [attributes["id"] for _, attributes in markup.elements if attributes.get("id")]
    assert len(ids) == len(set(ids))
    pictures = [attributes for tag, attributes in markup.elements if tag == "svg" and attributes.get("role") == "img"]
    assert len(pictures) == 2 * (len(CARDS) - 1)
    for picture in pictures:
        assert len(named := str(picture["aria-labelledby"]).split()) == 2 and set(named) <= set(ids)
    tags = Counter(tag for tag, _ in markup.elements)
    assert tags["table"] >= len(CARDS) and tags["desc"] == len(pictures)
    for text in (("What comes back, and why", "Factors and their sources") if language == "en" else
                 ("Ce qui revient, et pourquoi", "Facteurs et leurs sources")):  # fmt: skip
        assert text in markup.text
    assert "retour insights sample --remove" in markup.text, "it says what is invented"
    assert "sample.example" not in page and "@" not in markup.text and "SAMPLE-" not in page


async def test_a_shop_without_returns_has_a_page_that_helps(desk: Desk) -> None:
    console = await desk.enter("ann")
    first = Markup(await console.page("/insights"))
    assert "Nothing has been sold here yet" in first.text and "retour import" in first.text
    assert not [tag for tag, attributes in first.elements if tag == "svg" and attributes.get("role") == "img"]
    await desk.container.insights.keep_up()
    second = Markup(await console.page("/insights?lang=fr"))
    assert "Rien n’est encore revenu" in second.text and "nan" not in second.text.casefold()
    for card in CARDS:
        await read(console, card, "")
    assert 'href="/insights"' in await console.page("/console"), "the bar leads there"


async def test_nobody_else_sees_them_and_nothing_else_is_asked(desk: Desk) -> None:
    for path in ("/insights", "/insights?period=3", "/insights/rates.csv"):
        answer = await desk.shop.client.get(path, allow_redirects=False)
        assert answer.status == 303 and answer.headers["Location"].startswith("/console/login?next=%2Finsights")
    console = await filled(desk)
    for path, status in (
        ("/insights?period=7", 422), ("/insights?by=<script>", 422), ("/insights?market=XX", 422),
        ("/insights?category=%27--", 422), ("/insights/rates.csv?period=x", 422), ("/insights/nothing.csv", 404),
        ("/insights/../x.csv", 404),
    ):  # fmt: skip
        answer = await console.get(path)
        assert answer.status == status and "<script>" not in (await answer.text()).split("<main")[-1], path
    assert (await console.post("/insights")).status == 405

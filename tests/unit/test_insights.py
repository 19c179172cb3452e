"""The merchant's figures without a database: the statistics, the rules, the facts of a return, and the file of assumptions."""

import csv
import io
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice, pairwise
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gateway.charts import Plot, Series, bars, lines
from gateway.charts_across import Span, Stack, spans, stacks
from gateway.insights.cards import Card, Column
from rma.model.errors import ConfigurationError
from rma.model.insight import Scope, Sku, Source, later, months
from rma.model.insight_policy import Shoppers, Sizes, load_insight
from rma.model.shop import load_shop
from rma.service.insights.facts import Sold, facts_of, minor, shopper_of
from rma.service.insights.goods import Fit, fitting
from rma.service.insights.sample import invented
from rma.service.insights.shoppers import banded, pseudonym, step
from rma.service.insights.statistics import differ, holm, quantile, wilson
from rma.service.insights.transport import Ways
from rma.settings import ROOT

PARIS = ZoneInfo("Europe/Paris")
POLICY = load_insight(ROOT / "policy" / "insight.yml")
RULE = Sizes()


# -- statistics ---------------------------------------------------------------------------------------------------------


def test_intervals_are_those_of_the_books() -> None:
    # Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    for count, of, low, high in (
        (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718),
    ):  # fmt: skip
        assert wilson(count, of) == pytest.approx((low, high), abs=0.00006)
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(0, 500), st.integers(1, 500), st.sampled_from([0.9, 0.95, 0.99]))
def test_an_interval_holds_what_was_seen(count: int, more: int, confidence: float) -> None:
    of = count + more
    low, high = wilson(count, of, confidence)
    assert 0 <= low <= count / of <= high <= 1
    assert wilson(count, of, 0.999)[0] <= low


def test_two_shares_differ_or_do_not() -> None:
    assert differ((100, 1000), (150, 1000)) == pytest.approx(0.00090, abs=0.0001)
    assert differ((10, 100), (11, 100)) == 1.0
    assert differ((0, 4), (4, 4)) == 1.0, "too few for any test"
    assert differ((0, 0), (5, 10)) == 1.0
    assert holm([0.001, 0.5, 0.02, 0.3]) == [True, False, False, False] and holm([]) == []
    assert holm([0.01, 0.02]) == [True, True]


def test_quantiles_of_counted_days() -> None:
    days = {3: 4, 5: 1, 9: 4, 20: 1}
    assert quantile(days, 0.5) == 7.0 and quantile(days, 0.9) == 9.0 and quantile({}, 0.5) is None
    assert quantile({2: 1}, 0.9) == quantile({2: 1}, 0.5) == 2.0


# -- sizes --------------------------------------------------------------------------------------------------------------


def test_a_size_runs_small_only_where_it_is_sure() -> None:
    usual = (10_000, (300, 300))
    assert fitting(10, (3, 0), *usual, RULE) is Fit.FEW, "three of three say nothing"
    assert fitting(400, (40, 6), *usual, RULE) is Fit.SMALL
    assert fitting(400, (6, 40), *usual, RULE) is Fit.LARGE
    assert fitting(400, (25, 22), *usual, RULE) is Fit.FITS
    # Nearly all were too small, but as seldom as with any other product.
    assert fitting(2000, (40, 4), *usual, RULE) is Fit.FITS
    assert fitting(30, (14, 1), 0, (0, 0), RULE) is Fit.SMALL, "the shop's only product with sizes"


def test_products_like_all_others_are_hardly_ever_accused() -> None:
    chance, wrong, looked = Random(3), 0, 0
    for _ in range(60):
        products = [(400, (_drawn(chance, 400, 0.04), _drawn(chance, 400, 0.04))) for _ in range(50)]
        sold = sum(units for units, _ in products)
        small, large = (sum(back[place] for _, back in products) for place in (0, 1))
        for units, back in products:
            looked += 1
            fit = fitting(units, back, sold - units, (small - back[0], large - back[1]), RULE)
            wrong += fit in (Fit.SMALL, Fit.LARGE)
    assert looked == 3000 and wrong / looked < 0.005


def _drawn(chance: Random, of: int, share: float) -> int:
    return sum(chance.random() < share for _ in range(of))


# -- shoppers -----------------------------------------------------------------------------------------------------------


@given(st.dictionaries(st.integers(1, 40), st.integers(1, 30), max_size=12), st.integers(3, 12), st.integers(2, 10))
def test_no_group_is_smaller_than_it_may_be_and_nobody_is_lost(groups: dict[int, int], together: int, least: int) -> None:
    rows = [(returns, shoppers, returns * shoppers) for returns, shoppers in groups.items()]
    bands = banded(rows, Shoppers(returns=least, together=together))
    assert all(band.shoppers >= together for band in bands)
    if bands:
        assert sum(band.shoppers for band in bands) == sum(groups.values())
        assert sum(band.returns for band in bands) == sum(returns * shoppers for returns, shoppers in groups.items())
        assert bands[0].least == 1 and bands[-1].most is None
        assert all(a.most is not None and a.most + 1 == b.least for a, b in pairwise(bands))
    else:
        assert sum(groups.values()) < together


def test_a_name_is_of_one_view_alone() -> None:
    views = [Scope(202601, 202611), Scope(202601, 202611, market="FR"), Scope(202602, 202611), Scope(202601, 202611, None, "shoes")]
    names = {pseudonym(77, view, b"secret") for view in views}
    assert len(names) == 4 and not any("77" in name for name in names)
    assert pseudonym(77, views[0], b"secret") == pseudonym(77, views[0], b"secret")
    assert pseudonym(77, views[0], b"another") not in names
    assert [step(returns, 6) for returns in (6, 9, 10, 14, 49, 200)] == [6, 6, 10, 10, 30, 50]


# -- facts --------------------------------------------------------------------------------------------------------------


def order(currency: str = "EUR", **changes: Any) -> dict[str, Any]:
    return {
        "number": "W1", "status": "delivered", "currency": currency, "market": "FR", "placed_at": "2026-09-30T23:30:00+02:00",
        "customer": {"name": "Noah Brown", "email": "noah@example.com"}, "shipping_address": {"country": "BE", "city": "Liège"},
        "lines": [
            {"id": "1", "sku": "A", "name": "Shirt", "category": "clothing", "variant": {"Size": "M", "Colour": "blue"},
             "quantity": 3, "unit_price": "20.00", "discount": "5.00"},
            {"id": "2", "sku": "B", "name": "Lamp", "quantity": 1, "unit_price": "70.00", "weight_grams": 900},
        ],
    } | changes  # fmt: skip


def line(line_id: str = "1", **changes: Any) -> dict[str, Any]:
    counts = {"quantity": 1, "received": 0, "accepted": 0, "rejected": 0, "missing": 0, "refunded": 0}
    return counts | {"line_id": line_id, "sku": "A", "name": "Shirt", "reason": "size_too_small"} | changes


def source(**changes: Any) -> Source:
    made = Source(
        id=7, version=3, order_id=1, customer="noah@example.com", order=order(),
        created_at=datetime(2026, 10, 31, 23, 30, tzinfo=UTC), status="refunded", resolution="refund",
        method="label", label={"carrier": "dhl"}, lines=[line(quantity=2, received=2), line("2", sku="B")],
        refund={"total": "105.90", "outbound_shipping": "4.90", "return_shipping": "4.90", "fees": "0"},
        units=[("1", "restock", 1), ("1", "donate", 1)], events=[("refunded", datetime(2026, 11, 9, 12, tzinfo=UTC))],
        skus={"B": Sku("desk-lamp", "home", {"size": "L"})},
    )  # fmt: skip
    return replace(made, **changes)


def test_the_facts_of_a_return() -> None:
    facts = facts_of(source(), PARIS, b"secret")
    shirt, lamp = facts.lines
    # Paris is in November already, and was still in September when it was ordered.
    assert (shirt.month, shirt.ordered_month, shirt.requested_on, shirt.lag_days) == (202611, 202609, date(2026, 11, 1), 32)
    assert (shirt.product, shirt.category, shirt.size, shirt.color) == ("Shirt", "clothing", "M", "blue")
    assert (lamp.product, lamp.category, lamp.size) == ("desk-lamp", "home", "L")
    assert (shirt.unit_minor, lamp.unit_minor) == (1833, 7000), "the discount is spread, half up"
    # The return is counted with its dearest line, and only there.
    assert (shirt.lead, lamp.lead) == (False, True)
    assert (shirt.parcels, lamp.parcels, shirt.days, lamp.days, lamp.refund_month) == (0, 1, None, 8, 202611)
    assert (lamp.refund_minor, lamp.outbound_minor, lamp.shopper_minor) == (10590, 490, 490) and shirt.refund_minor == 0
    assert [(one.disposition, one.units, one.value_minor) for one in facts.outcomes] == [("donate", 1, 1833), ("restock", 1, 1833)]
    assert lamp.grams is None, "the shirts have no weight"
    assert shirt.shopper == lamp.shopper == shopper_of("noah@example.com", b"secret") != shopper_of("noah@example.com", b"other")
    assert 0 <= shirt.shopper < 2**63
    assert not any("noah" in str(fact).casefold() or "liège" in str(fact).casefold() for fact in facts.lines)


@pytest.mark.parametrize(
    ("changes", "units", "parcels"),
    [
        ({"status": "declined", "events": [], "lines": [line(quantity=2), line("2", sku="B")]}, [0, 0], 0),
        ({"status": "expired", "events": [], "lines": [line(quantity=2)]}, [0], 0),
        ({"status": "label_issued", "events": [], "lines": [line(quantity=2)]}, [2], 0),
        ({"status": "in_transit", "events": [], "lines": [line(quantity=2)]}, [2], 1),
        ({"lines": [line(quantity=2, received=3)]}, [3], 1),
        ({"lines": [line(quantity=0, received=1)]}, [1], 1),
        ({"lines": [line(quantity=3, received=1, missing=2)]}, [1], 1),
        ({"lines": [line("9", sku="gone", name="Gone")]}, [1], 0),
    ],
)
def test_units_that_count(changes: dict[str, Any], units: list[int], parcels: int) -> None:
    facts = facts_of(source(units=[], **changes), PARIS, b"secret")
    assert [one.units for one in facts.lines] == units and sum(one.parcels for one in facts.lines) == parcels
    assert [one.lead for one in facts.lines].count(True) == 1


def test_what_the_shopper_keeps_is_left_with_them() -> None:
    facts = facts_of(source(method=None, label=None, units=[], lines=[line()]), PARIS, b"secret")
    assert [(one.disposition, one.units) for one in facts.outcomes] == [("left", 1)] and facts.lines[0].parcels == 0
    assert not facts_of(source(method=None, units=[], events=[], lines=[line()]), PARIS, b"secret").outcomes, "nothing was paid yet"
    here = facts_of(source(method=None, label=None, units=[], lines=[line(received=1)]), PARIS, b"secret")
    assert not here.outcomes, "it came without a word, and nobody looked at it yet"
    assert facts_of(source(lines=[]), PARIS, b"secret").lines == []


def test_no_more_is_kept_from_a_shopper_than_there_was() -> None:
    money = {"items": "3.11", "outbound_shipping": "0.00", "return_shipping": "4.90", "fees": "0.00", "total": "0.00"}
    (fact,) = facts_of(source(refund=money, lines=[line(received=1)]), PARIS, b"secret").lines
    assert fact.shopper_minor == 311



def test_currencies_have_their_own_decimals() -> None:
    assert (minor("1240", "JPY"), minor("6.570", "KWD"), minor("19.905", "EUR"), minor(None, "EUR")) == (1240, 6570, 1991, 0)
    facts = facts_of(source(order=order("JPY"), refund={"total": "3980"}), PARIS, b"secret")
    assert facts.lines[1].unit_minor == 70 and facts.lines[1].refund_minor == 3980


def test_what_was_sold() -> None:
    sold = Sold(202609)
    sold.add([order(), order(), order(status="cancelled")], {"B": Sku("desk-lamp", "home", {})})
    assert [(one.category, one.product, one.size, one.units, one.value_minor) for one in sold.facts()] == [
        ("clothing", "Shirt", "M", 6, 10998), ("home", "desk-lamp", "", 2, 14000),
    ]  # fmt: skip


def test_months() -> None:
    assert later(202612, 1) == 202701 and later(202601, -1) == 202512 and later(202611, -24) == 202411
    assert months(202611, 202702) == [202611, 202612, 202701, 202702]


# -- transport ----------------------------------------------------------------------------------------------------------


def test_what_a_parcel_emits() -> None:
    ways = Ways("FR", POLICY.co2)
    routes = {country: ways.route(country) for country in ("FR", "DE", "GB", "US", "RE")}
    assert routes == {"FR": "domestic", "DE": "europe", "GB": "europe", "US": "overseas", "RE": "overseas"}
    # 35 km by van and 400 by lorry, with a kilogram: 0.035 x 1.1026 + 0.4 x 0.1807.
    assert float(ways.kg_a_tonne("any", "label", "FR")) / 1000 == pytest.approx(0.11087, abs=1e-5)
    assert ways.kg_a_tonne("any", "pickup", "FR") > ways.kg_a_tonne("any", "label", "FR")
    # The published values behind the factors of the road: litres a km, tonnes carried, kg CO2e a litre.
    for mode, litres, tonnes in (("van", 0.160, 0.46), ("truck", 0.342, 6.00)):
        assert float(POLICY.co2.factors[mode].kg_per_tonne_km) == pytest.approx(litres / tonnes * 3.17, abs=5e-5)
    assert all(factor.source and factor.year >= 2012 for factor in POLICY.co2.factors.values())


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("recovered", "restock"), 1.5, "recovered.restock"),
        (("co2", "factors", "van", "source"), "", "co2.factors.van.source"),
        (("co2", "routes", "domestic"), {"rocket": 5}, "rocket: not among the factors"),
        (("transport",), {"dhl": {"EUR": {"label": "1", "qr": "1", "pickup": "1"}}}, "'any'"),
        (("transport", "any", "EUR", "label"), 4.9, "decimal string"),
        (("sizes", "at_last"), 3, "there is no such setting"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(tmp_path: Path, path: tuple[str, ...], value: object, said: str) -> None:
    content = yaml.safe_load((ROOT / "policy" / "insight.yml").read_text("utf-8"))
    place = content
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    file = tmp_path / "insight.yml"
    file.write_text(yaml.safe_dump(content), "utf-8")
    with pytest.raises(ConfigurationError, match=said.replace(".", r"\.")):
        load_insight(file)


def test_handling_costs_minutes() -> None:
    handling = load_shop(ROOT / "policy" / "shop.yml").handling
    assert handling.cost(10, 4, "EUR") == Decimal("0.45") * 32 and handling.cost(1, 0, "SEK") == handling.cost(1, 0, "EUR")


# -- the invented shop --------------------------------------------------------------------------------------------------


def test_the_same_seed_makes_the_same_shop() -> None:
    until = datetime(2026, 11, 20, 12, tzinfo=UTC)
    first, again, other = (list(islice(invented(200, until, PARIS, seed), 400)) for seed in (7, 7, 8))
    assert first == again and first != other
    returns = [one.rma for one in first if one.rma]
    assert 60 < len(returns) < 200 and Counter(rma["status"] for rma in returns).most_common(1)[0][0] == "closed"
    # All of it is over: nothing of it can still be reminded of, paid or sent.
    assert {rma["status"] for rma in returns} <= {"closed", "declined", "cancelled", "expired"}
    assert all(one.placed_at <= until and one.order["customer"]["email"].endswith(".example") for one in first)


# -- drawing and tables -------------------------------------------------------------------------------------------------


def test_a_spreadsheet_gets_no_formula() -> None:
    rows = [["=HYPERLINK(1)", 1], ["+1", 0.123456789], ["ok, \"yes\"", None]]
    card = Card("k", "t", "a", None, [Column("product", "Product"), Column("n", "N")], rows)
    read = list(csv.reader(io.StringIO(card.csv())))
    assert read == [["product", "n"], ["'=HYPERLINK(1)", "1"], ["'+1", "0.123457"], ['ok, "yes"', ""]]


def test_plots_stay_in_their_frames_and_escape_what_they_are_given() -> None:
    hostile = "<script>alert(1)</script>" * 3
    for values in ([0.0, 0.0], [1e9, 1.0], [0.2, 99.0]):
        stacked = stacks("k", "t", "d", [Stack(hostile, values, hostile, hostile)], ("first", "fourth"), whole=True)
        dotted = spans("k", "t", "d", [Span(hostile, values[0], -5, 1e9, "x", "y")], (0, 50, 100), str, 50, ("a", "b"))
        assert "<script>" not in stacked + dotted and "NaN" not in stacked + dotted
    names = ["a", "b", "c"]
    drawn = lines(Plot("k", "t", "d", names, [Series("s", "first", [1, 2, None])], str, names, open_from=1, limit=(14, "law")))
    assert [drawn.count(f'class="{kind}"') for kind in ("line first", "line first open", "limit")] == [2, 2, 2]
    kinds = ("first", "second", "third", "fourth")
    four = bars(Plot("k", "t", "d", ["a"], [Series(kind, kind, [1]) for kind in kinds], str, ["a"]))
    ids = [part.split('"')[0] for part in four.split(' id="')[1:]]
    assert len(ids) == len(set(ids)) == 2 * (2 + 3)

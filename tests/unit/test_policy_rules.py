"""The rules of contract section 4, edge by edge: which code, until when, what may be chosen."""

import pytest

from rma.model.errors import Refused
from tests.unit.policy_support import DELIVERED, decided, line, order, outcome, want

LATER = "2027-03-28T09:00:00+01:00"
MIND = ["refund", "store_credit", "exchange"]
FAULT = [*MIND, "replacement", "repair"]
AFTER = ["repair", "replacement", "store_credit"]


def resolutions(decision, line_id="1"):  # type: ignore[no-untyped-def]
    return [resolution.value for resolution in decision.line(line_id).resolutions]


@pytest.mark.parametrize(
    ("market", "now", "expected"),
    [
        ("FR", "2027-03-22T23:59:00+01:00", ("approve", ["withdrawal.right"], "2027-04-07")),
        ("FR", "2027-03-23T00:00:00+01:00", ("approve", ["window.open"], "2027-04-07")),
        ("RE", "2027-03-23T00:00:00+01:00", ("approve", ["window.open"], "2027-04-07")),
        ("NO", "2027-03-22T12:00:00+01:00", ("approve", ["withdrawal.right"], "2027-04-07")),
        ("GB", "2027-03-22T23:59:00+00:00", ("approve", ["withdrawal.right"], "2027-04-07")),
        ("CH", "2027-03-10T12:00:00+01:00", ("approve", ["window.open"], "2027-04-07")),
        ("MC", "2027-03-10T12:00:00+01:00", ("approve", ["window.open"], "2027-04-07")),
        ("FR", "2027-04-08T00:00:00+02:00", ("decline", ["window.expired"], "2027-04-07")),
    ],
)
def test_change_of_mind(market: str, now: str, expected: tuple[str, list[str], str]) -> None:
    assert outcome(decided(order(market), now)) == expected


def test_the_fourteen_days_run_from_the_last_delivery_and_only_once_all_came() -> None:
    split = order("FR", line("1"), line("2", delivered="2027-05-10T12:00:00+02:00"))
    assert outcome(decided(split, "2027-05-24T20:00:00+02:00")) == ("approve", ["withdrawal.right"], "2027-05-24")
    assert outcome(decided(split, "2027-05-25T08:00:00+02:00")) == ("decline", ["window.expired"], "2027-05-24")
    # Before the second came nobody knows when the period will end, although line 1 is two months old.
    assert outcome(decided(split, "2027-05-10T11:59:00+02:00")) == ("approve", ["withdrawal.right"], None)
    assert outcome(decided(order("US", line("1"), line("2", delivered=None)), LATER))[2] == "2027-04-07"


def test_a_period_that_ends_on_a_day_off_is_prolonged_but_not_in_the_uk() -> None:
    saturday = "2027-03-06T12:00:00+00:00"  # day 14 is Saturday 20 March
    sale = line("1", "20.00", saturday, "final_sale")
    assert outcome(decided(order("FR", sale), "2027-03-22T23:00:00+01:00")) == (
        "approve",
        ["withdrawal.right"],
        "2027-03-22",
    )
    assert outcome(decided(order("GB", sale), "2027-03-21T00:00:00+00:00")) == (
        "decline",
        ["exclusion.final_sale"],
        "2027-03-20",
    )


@pytest.mark.parametrize("tag", ["final_sale", "gift_card"])
def test_what_the_shop_alone_excludes_can_be_withdrawn_from(tag: str) -> None:
    an_order = order("FR", line("1", "20.00", DELIVERED, tag))
    assert outcome(decided(an_order, "2027-03-20T12:00:00+01:00")) == ("approve", ["withdrawal.right"], "2027-03-22")
    assert outcome(decided(an_order, LATER)) == ("decline", [f"exclusion.{tag}"], "2027-03-22")
    assert outcome(decided(order("US", line("1", "20.00", DELIVERED, tag)), LATER)) == (
        "decline",
        [f"exclusion.{tag}"],
        None,
    )


def test_exclusions_of_the_law_stand_alone_inside_the_fourteen_days() -> None:
    an_order = order("FR", line("1", "20.00", DELIVERED, "gift_card", "digital", "final_sale", "perishable"))
    inside, outside = decided(an_order, "2027-03-20T12:00:00+01:00"), decided(an_order, "2028-03-20T12:00:00+01:00")
    assert outcome(inside) == ("decline", ["exclusion.perishable", "exclusion.digital"], None)
    assert outcome(outside)[1] == [
        "exclusion.final_sale",
        "exclusion.perishable",
        "exclusion.digital",
        "exclusion.gift_card",
    ]


def test_a_seal_matters_once_it_is_broken() -> None:
    an_order = order("FR", line("1", "20.00", DELIVERED, "hygiene_sealed"))
    assert outcome(decided(an_order, LATER))[1] == ["window.open"]
    for condition in ("opened", "used"):
        assert outcome(decided(an_order, LATER, want(condition=condition)))[1] == ["exclusion.hygiene_sealed"]
    assert outcome(decided(an_order, LATER, want(condition=None)))[1] == ["window.open"]


def test_no_exclusion_stands_before_a_fault() -> None:
    an_order = order("US", line("1", "20.00", DELIVERED, "final_sale", "personalised", "digital", "perishable"))
    assert outcome(decided(an_order, LATER, want(reason="defective")))[1] == ["guarantee.shop"]


@pytest.mark.parametrize(
    ("market", "now", "resolution", "verdict", "codes", "offered"),
    [
        ("FR", "2027-04-07T23:00:00+02:00", "exchange", "approve", ["guarantee.legal"], FAULT),
        ("FR", "2027-04-08T00:00:00+02:00", "exchange", "review", ["guarantee.remedy_first"], AFTER),
        ("FR", "2027-04-08T00:00:00+02:00", None, "review", ["guarantee.remedy_first"], AFTER),
        ("FR", "2027-04-08T00:00:00+02:00", "replacement", "approve", ["guarantee.legal"], AFTER),
        ("FR", "2029-03-08T23:00:00+01:00", "store_credit", "approve", ["guarantee.legal"], AFTER),
        ("FR", "2029-03-09T00:00:00+01:00", "repair", "decline", ["guarantee.expired"], []),
        ("SE", "2030-03-08T23:00:00+01:00", "repair", "approve", ["guarantee.legal"], AFTER),
        ("GB", "2027-04-07T23:00:00+01:00", "refund", "approve", ["right_to_reject.uk"], FAULT),
        ("GB", "2027-04-08T00:00:00+01:00", "refund", "review", ["guarantee.remedy_first"], AFTER),
        ("GB", "2033-03-08T23:00:00+00:00", "repair", "approve", ["guarantee.legal"], AFTER),
        ("US", "2028-03-08T23:00:00-05:00", "refund", "approve", ["guarantee.shop"], FAULT),
        ("US", "2028-03-09T00:00:00-05:00", "refund", "decline", ["guarantee.expired"], []),
    ],
)
def test_fault(market: str, now: str, resolution: str, verdict: str, codes: list[str], offered: list[str]) -> None:
    decision = decided(order(market), now, want(reason="defective"), resolution=resolution)
    assert outcome(decision)[:2] == (verdict, codes)
    assert resolutions(decision) == offered


def test_inside_the_fourteen_days_every_remedy_is_open_however_old_the_fault() -> None:
    split = order("GB", line("1"), line("2", delivered=None))
    decision = decided(split, "2027-06-01T12:00:00+01:00", want(reason="damaged"), resolution="exchange")
    assert outcome(decision) == ("approve", ["guarantee.legal"], "2033-03-08")
    assert resolutions(decision) == FAULT


@pytest.mark.parametrize("resolution", ["repair", "replacement"])
def test_a_resolution_that_is_not_offered_is_decided_as_a_refund(resolution: str) -> None:
    decision = decided(order("US"), LATER, resolution=resolution)
    assert decision.lines[0].resolution == "refund"
    assert resolutions(decision) == MIND


@pytest.mark.parametrize(
    ("market", "tags", "wanted", "codes"),
    [
        ("FR", [], want(reason="defective"), ["order.not_delivered"]),
        ("FR", ["personalised"], want(), ["order.not_delivered"]),
        ("FR", ["final_sale"], want(), ["withdrawal.right"]),
        ("FR", [], want(quantity=2), ["quantity.exhausted"]),
        ("US", [], want(), ["order.not_delivered"]),
        ("US", [], want(quantity=2), ["order.not_delivered", "quantity.exhausted"]),
    ],
)
def test_before_delivery(market: str, tags: list[str], wanted: dict[str, object], codes: list[str]) -> None:
    for delivered in (None, "2027-03-28T09:00:01+01:00"):
        decision = decided(order(market, line("1", "20.00", delivered, *tags)), LATER, wanted)
        assert outcome(decision)[1:] == (codes, None)
        assert resolutions(decision) == (["refund"] if codes == ["withdrawal.right"] else [])
    assert outcome(decided(order("US", line(delivered=LATER)), LATER))[1] == ["window.open"]


def test_cancelled_beats_all_and_stands_beside_exhausted_only() -> None:
    for delivered in (None, DELIVERED):
        an_order = order("FR", line("1", "20.00", delivered, "final_sale"), status="cancelled")
        assert outcome(decided(an_order, LATER)) == ("decline", ["order.cancelled"], None)
        twice = decided(an_order, LATER, want(reason="defective", quantity=2))
        assert outcome(twice) == ("decline", ["order.cancelled", "quantity.exhausted"], None)


@pytest.mark.parametrize(("returned", "asked", "verdict"), [(2, 1, "approve"), (2, 2, "decline"), (3, 1, "decline")])
def test_no_more_than_was_bought(returned: int, asked: int, verdict: str) -> None:
    decision = decided(
        order("FR", line(quantity=3)), LATER, want(quantity=asked), history={"returned": {"1": returned}}
    )
    assert outcome(decision)[0] == verdict


@pytest.mark.parametrize(
    ("price", "tags", "wanted", "history", "codes"),
    [
        ("500.00", [], want(), {}, ["review.high_value"]),
        ("499.99", [], want(), {}, ["window.open"]),
        ("20.00", [], want(), {"returns_90d": 6}, ["review.frequent_returns"]),
        ("20.00", [], want(), {"returns_90d": 5}, ["window.open"]),
        ("20.00", ["dangerous_goods"], want(reason="damaged", photo=True), {}, ["review.dangerous_goods"]),
        ("20.00", ["dangerous_goods"], want(reason="wrong_item", photo=True), {}, ["guarantee.shop"]),
        ("20.00", [], want(reason="wrong_item"), {}, ["photo.required"]),
        ("20.00", [], want(reason="missing_parts"), {}, ["guarantee.shop"]),
        (
            "900.00",
            ["dangerous_goods"],
            want(reason="damaged"),
            {"returns_90d": 9},
            ["review.high_value", "review.frequent_returns", "review.dangerous_goods", "photo.required"],
        ),
    ],
)
def test_reviews(
    price: str, tags: list[str], wanted: dict[str, object], history: dict[str, object], codes: list[str]
) -> None:
    an_order = order("US", line("1", price, DELIVERED, *tags), currency="USD")
    assert outcome(decided(an_order, LATER, wanted, history=history))[1] == codes


def test_reviews_spare_the_fourteen_days_but_for_dangerous_goods() -> None:
    an_order = order("FR", line("1", "900.00", DELIVERED, "dangerous_goods"))
    inside, history = "2027-03-22T20:00:00+01:00", {"returns_90d": 9}
    assert outcome(decided(an_order, inside, history=history))[1] == ["withdrawal.right"]
    assert outcome(decided(an_order, inside, want(reason="wrong_item"), history=history))[1] == ["guarantee.legal"]
    assert outcome(decided(an_order, inside, want(reason="damaged"), history=history))[1] == ["review.dangerous_goods"]


def test_a_late_fault_is_told_everything_that_holds_it_back() -> None:
    decision = decided(order("FR", line("1", "900.00")), "2027-06-01T12:00:00+02:00", want(reason="damaged"))
    assert outcome(decision)[1] == ["guarantee.remedy_first", "review.high_value", "photo.required"]
    assert resolutions(decision) == AFTER


def test_a_declined_line_is_not_reviewed() -> None:
    decision = decided(order("US", line("1", "900.00")), "2027-09-01T12:00:00-04:00", history={"returns_90d": 9})
    assert outcome(decision)[:2] == ("decline", ["window.expired"])


def test_the_whole_is_a_review_if_one_line_is_and_an_approval_if_one_is() -> None:
    an_order = order("US", line("1"), line("2", "900.00"), line("3", "20.00", DELIVERED, "final_sale"))
    assert decided(an_order, LATER, want("1"), want("2"), want("3")).decision == "review"
    assert decided(an_order, LATER, want("3"), want("1")).decision == "approve"
    assert decided(an_order, LATER, want("3")).decision == "decline"


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(Refused, match="line '9'"):
        decided(order("FR"), LATER, want("9"))
    with pytest.raises(Refused, match="offset"):
        decided(order("FR"), "2027-03-28T09:00:00")
    with pytest.raises(Refused, match="before the order"):
        decided(order("FR"), "2027-03-04T07:59:59Z")
    with pytest.raises(Refused, match="ISO 3166"):
        decided(order("XX"), LATER)

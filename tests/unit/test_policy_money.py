"""Rules 7 and 8: items, what is taken off, what is given back, who pays the way back, what is kept."""

import pytest

from tests.unit.policy_support import DELIVERED, decided, line, money, order, want

INSIDE = "2027-03-20T12:00:00+01:00"
LATER = "2027-03-28T12:00:00+01:00"


@pytest.mark.parametrize(
    ("currency", "quantity", "price", "discount", "asked", "items"),
    [
        ("EUR", 3, "10.00", "1.00", 1, "9.67"),
        ("EUR", 3, "10.00", "1.00", 2, "19.33"),
        ("EUR", 2, "0.25", "0.49", 1, "0.01"),  # 0.005 goes up
        ("EUR", 1, "10.00", "12.00", 1, "0.00"),
        ("JPY", 2, "1241", "1", 1, "1241"),  # 1240.5 goes up
        ("KWD", 3, "1.000", "0.001", 1, "1.000"),
        ("RSD", 2, "100.00", "0.01", 1, "100.00"),
        ("KRW", 3, "100", "1", 1, "100"),
    ],
)
def test_items(currency: str, quantity: int, price: str, discount: str, asked: int, items: str) -> None:
    an_order = order("US", line(price=price, quantity=quantity, discount=discount), currency=currency)
    assert money(decided(an_order, LATER, want(quantity=asked)))[0] == items


@pytest.mark.parametrize(
    ("currency", "fee", "review_from", "returnless_below"),
    [
        ("EUR", "4.90", "500.00", "10.00"),
        ("CHF", "4.90", "500.00", "10.00"),
        ("JPY", "800", "80000", "1600"),
        ("SEK", "4.90", "500.00", "10.00"),
        ("KRW", "5", "500", "10"),
        ("KWD", "4.900", "500.000", "10.000"),
    ],
)
def test_thresholds_by_currency(currency: str, fee: str, review_from: str, returnless_below: str) -> None:
    def one(price: str) -> object:
        return order(
            "US", line(price=price), currency=currency, payment_methods=[{"id": "1", "type": "card", "amount": price}]
        )

    assert money(decided(one("20"), LATER))[2] == fee  # type: ignore[arg-type]
    assert decided(one(review_from), LATER).decision == "review"  # type: ignore[arg-type]
    fault = want(reason="defective")
    assert not decided(one(returnless_below), LATER, fault).returnless  # type: ignore[arg-type]
    assert decided(one("9"), LATER, fault).returnless  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("resolution", "reason", "expected", "payer"),
    [
        ("refund", "changed_mind", ("20.00", "0.00", "4.90", "0.00", "15.10"), "customer"),
        ("store_credit", "changed_mind", ("20.00", "0.00", "0.00", "0.00", "20.00"), "merchant"),
        ("exchange", "changed_mind", ("0.00", "0.00", "0.00", "0.00", "0.00"), "merchant"),
        ("repair", "changed_mind", ("20.00", "0.00", "4.90", "0.00", "15.10"), "customer"),
        ("repair", "defective", ("0.00", "0.00", "0.00", "0.00", "0.00"), "merchant"),
        ("refund", "defective", ("20.00", "0.00", "0.00", "0.00", "20.00"), "merchant"),
    ],
)
def test_what_each_resolution_pays(resolution: str, reason: str, expected: tuple[str, ...], payer: str) -> None:
    decision = decided(order("US", shipping_paid="5.00"), LATER, want(reason=reason), resolution=resolution)
    assert money(decision) == expected
    assert decision.return_shipping_paid_by == payer


def test_only_approved_lines_count_and_each_for_what_it_was_decided() -> None:
    an_order = order("US", line("1", "30.00"), line("2", "20.00", DELIVERED, "final_sale"), line("3", "600.00"))
    decision = decided(an_order, LATER, want("1"), want("2"), want("3", "damaged"))
    assert money(decision) == ("30.00", "0.00", "4.90", "0.00", "25.10")
    # The fault is replaced, the change of mind refunded; the fault makes the way back free for both.
    both = decided(
        order("US", line("1", "30.00"), line("2")), LATER, want("1"), want("2", "defective"), resolution="replacement"
    )
    assert money(both) == ("30.00", "0.00", "0.00", "0.00", "30.00")


def test_nothing_approved_is_nothing() -> None:
    decision = decided(order("US", shipping_paid="5.00"), "2028-01-01T00:00:00Z")
    assert (money(decision), decision.return_shipping_paid_by, decision.returnless) == (("0.00",) * 5, None, False)


@pytest.mark.parametrize(
    ("paid", "history", "total"),
    [
        ("20.00", {}, "15.10"),
        ("12.00", {}, "12.00"),
        ("20.00", {"refunded": "10.00"}, "10.00"),
        ("20.00", {"refunded": "30.00"}, "0.00"),
        ("50.00", {"returned": {"2": 1}}, "10.00"),  # refunded: what line 2 cost
        ("50.00", {"returned": {"2": 1}, "refunded": "0.00"}, "15.10"),
        ("50.00", {"returned": {"2": 1}, "refunded": None}, "10.00"),
    ],
)
def test_never_more_than_was_paid(paid: str, history: dict[str, object], total: str) -> None:
    methods = [{"id": "1", "type": "card", "amount": paid}]
    decision = decided(order("US", line("1"), line("2", "40.00"), payment_methods=methods), LATER, history=history)
    assert money(decision)[4] == total


def test_a_total_is_never_below_zero_and_shows_what_was_taken_off() -> None:
    assert money(decided(order("US", line(price="3.00")), LATER)) == ("3.00", "0.00", "4.90", "0.00", "0.00")


TWO = (line("1", quantity=2), line("2", "10.00"))


@pytest.mark.parametrize(
    ("wanted", "resolution", "history", "outbound"),
    [
        ((want("1", quantity=2), want("2")), None, {}, "6.00"),
        ((want("1", quantity=2), want("2")), "store_credit", {}, "6.00"),
        ((want("1", quantity=2), want("2")), "exchange", {}, "0.00"),
        ((want("1", quantity=1), want("2")), None, {}, "0.00"),
        ((want("1", quantity=1), want("2")), None, {"returned": {"1": 1}, "refunded": "0"}, "6.00"),
        ((want("2"),), None, {"returned": {"1": 2}, "refunded": "0"}, "6.00"),
        ((want("1", quantity=2), want("2", "damaged")), None, {}, "6.00"),
        ((want("1", quantity=2), want("2", "damaged")), "replacement", {}, "0.00"),
        ((want("1", "damaged", quantity=2), want("2", "damaged")), None, {}, "0.00"),  # no line is withdrawn from
    ],
)
def test_outbound_shipping(
    wanted: tuple[dict[str, object], ...], resolution: str | None, history: dict[str, object], outbound: str
) -> None:
    decision = decided(order("FR", *TWO, shipping_paid="6.00"), INSIDE, *wanted, resolution=resolution, history=history)
    assert money(decision)[1] == outbound


def test_no_outbound_shipping_after_the_fourteen_days_nor_where_the_law_gives_none() -> None:
    everything = (want("1", quantity=2), want("2"))
    assert money(decided(order("FR", *TWO, shipping_paid="6.00"), LATER, *everything))[1] == "0.00"
    assert money(decided(order("US", *TWO, shipping_paid="6.00"), INSIDE, *everything))[1] == "0.00"


def test_nothing_travels_back_that_never_came() -> None:
    on_its_way = order("FR", line("1"), line("2", "10.00", None), shipping_paid="6.00")
    part = decided(on_its_way, INSIDE, want("2"))
    assert money(part) == ("10.00", "0.00", "0.00", "0.00", "10.00")
    assert part.return_shipping_paid_by == "merchant"
    whole = decided(on_its_way, INSIDE, want("1"), want("2"))
    assert money(whole) == ("30.00", "6.00", "4.90", "0.00", "31.10")
    # Only line 1 goes into a parcel, and an exchange costs the shopper no label.
    exchanged = decided(on_its_way, INSIDE, want("1"), want("2"), resolution="exchange")
    assert money(exchanged) == ("10.00", "0.00", "0.00", "0.00", "10.00")


@pytest.mark.parametrize(
    ("market", "wanted", "resolution", "history", "kept"),
    [
        ("US", [want("1", "defective")], "refund", {}, True),
        ("US", [want("1", "defective")], "replacement", {}, True),
        ("US", [want("1", "defective")], "exchange", {}, False),
        ("US", [want("1", "defective"), want("2", "defective")], "refund", {}, False),  # 12.00 together
        ("US", [want("1", "defective"), want("2")], "refund", {}, False),
        ("US", [want("1", "defective"), want("3")], "refund", {}, True),  # line 3 is declined
        ("FR", [want("1", "damaged", photo=True)], "refund", {}, True),
        ("FR", [want("1", "damaged")], "refund", {}, False),  # approved inside the 14 days, but without a photo
        ("FR", [want("1", "defective")], "refund", {"returns_90d": 6}, False),
    ],
)
def test_returnless(
    market: str, wanted: list[dict[str, object]], resolution: str, history: dict[str, object], kept: bool
) -> None:
    lines = (line("1", "6.00"), line("2", "6.00"), line("3", "6.00", DELIVERED, "final_sale"))
    decision = decided(order(market, *lines), INSIDE, *wanted, resolution=resolution, history=history)
    assert decision.lines[0].decision == "approve"
    assert decision.returnless is kept

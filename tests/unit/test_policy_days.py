"""Days: whose time they are counted in, which of them nobody works, until when a request can be made."""

from datetime import date

import pytest

from rma.model.errors import Refused
from rma.policy.case import anniversary
from rma.policy.markets import countries, is_working_day, market_of, next_working_day
from rma.policy.terms import Season
from tests.unit.policy_support import decided, line, order, outcome, want


def test_every_country_has_the_time_of_its_capital() -> None:
    assert len(countries()) == 249
    for code in countries():
        assert market_of(code).zone.key


@pytest.mark.parametrize(
    ("code", "zone"),
    [
        ("US", "America/New_York"),
        ("CA", "America/Toronto"),
        ("AU", "Australia/Sydney"),
        ("BR", "America/Sao_Paulo"),
        ("RU", "Europe/Moscow"),
        ("MX", "America/Mexico_City"),
        ("ID", "Asia/Jakarta"),
        ("PT", "Europe/Lisbon"),
        ("ES", "Europe/Madrid"),
        ("FM", "Pacific/Pohnpei"),
        ("KI", "Pacific/Tarawa"),
        ("PF", "Pacific/Tahiti"),
        ("RE", "Europe/Paris"),
        ("AX", "Europe/Helsinki"),
        ("SJ", "Europe/Oslo"),
        ("GB", "Europe/London"),
    ],
)
def test_zone_of_the_capital(code: str, zone: str) -> None:
    assert market_of(code).zone.key == zone


@pytest.mark.parametrize("code", ["XX", "UK", "EU", "XK", "fr", ""])
def test_what_is_no_country_is_refused(code: str) -> None:
    with pytest.raises(Refused):
        market_of(code)


@pytest.mark.parametrize(
    ("day", "country", "end"),
    [
        ("2026-12-25", "DE", "2026-12-28"),  # Christmas, Boxing Day on a Saturday, Sunday
        ("2027-03-26", "DE", "2027-03-30"),  # Good Friday to Easter Monday
        ("2027-03-26", "FR", "2027-03-26"),  # Good Friday is no holiday of the whole of France
        ("2026-12-24", "NO", "2026-12-24"),
        ("2027-05-01", "PL", "2027-05-04"),  # Saturday, Sunday, and Monday the 3rd is Constitution Day
        ("2027-07-14", "FR", "2027-07-15"),
    ],
)
def test_a_day_off_moves_to_the_next_working_day(day: str, country: str, end: str) -> None:
    assert next_working_day(country, date.fromisoformat(day)) == date.fromisoformat(end)
    assert is_working_day(country, date.fromisoformat(end))


def test_anniversaries() -> None:
    assert anniversary(date(2024, 2, 29), 2) == date(2026, 2, 28)
    assert anniversary(date(2024, 2, 29), 4) == date(2028, 2, 29)
    assert anniversary(date(2027, 3, 8), 3) == date(2030, 3, 8)


def test_a_season_may_span_the_new_year() -> None:
    season = Season((12, 20), (1, 5), (2, 10))
    assert season.last_day(date(2026, 12, 20)) == date(2027, 2, 10)
    assert season.last_day(date(2027, 1, 5)) == date(2027, 2, 10)
    assert season.last_day(date(2027, 1, 6)) is None


@pytest.mark.parametrize(
    ("placed", "delivered", "closes"),
    [
        ("2026-10-31T23:59:59-04:00", "2026-11-04T10:00:00-05:00", "2026-12-04"),
        ("2026-11-01T00:00:00-04:00", "2026-11-04T10:00:00-05:00", "2027-01-31"),
        ("2026-11-01T03:30:00Z", "2026-11-04T10:00:00-05:00", "2026-12-04"),  # still October in Washington
        ("2026-12-24T23:59:00-05:00", "2026-12-30T10:00:00-05:00", "2027-01-31"),
        ("2026-12-25T00:00:00-05:00", "2026-12-30T10:00:00-05:00", "2027-01-29"),
        ("2026-12-24T23:59:00-05:00", "2027-01-04T10:00:00-05:00", "2027-02-03"),  # later than January's end anyway
    ],
)
def test_season(placed: str, delivered: str, closes: str) -> None:
    an_order = order("US", line(delivered=delivered), placed_at=placed, currency="USD")
    assert outcome(decided(an_order, "2027-01-05T12:00:00-05:00"))[2] == closes


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        ("2027-04-07T23:59:59.999999-04:00", "approve"),
        ("2027-04-08T00:00:00-04:00", "decline"),
        ("2027-04-08T03:59:00Z", "approve"),
        ("2027-04-08T13:00:00+09:00", "decline"),
    ],
)
def test_the_day_ends_in_the_capital_not_where_the_shopper_is(now: str, verdict: str) -> None:
    address = {"line1": "1", "city": "Honolulu", "country": "JP"}
    # 23:30 on the 8th in Washington is the 9th in Paris, where the instant happens to be written.
    an_order = order("US", line(delivered="2027-03-09T04:30:00+01:00"), shipping_address=address)
    assert outcome(decided(an_order, now))[0] == verdict
    assert outcome(decided(an_order, now))[2] == "2027-04-07"


def test_summer_time_does_not_shorten_a_day() -> None:
    # Delivered at 23:30 before the clocks go forward; thirty times 24 hours later it is half past midnight.
    an_order = order("CH", line(delivered="2027-03-20T23:30:00+01:00"), currency="CHF")
    assert outcome(decided(an_order, "2027-04-19T23:59:00+02:00"))[:2] == ("approve", ["window.open"])
    assert outcome(decided(an_order, "2027-04-20T00:10:00+02:00"))[:2] == ("decline", ["window.expired"])


def test_a_leap_day_has_its_anniversary_on_the_28th() -> None:
    an_order = order("US", line(delivered="2028-02-29T12:00:00-05:00"), placed_at="2028-02-20T12:00:00Z")
    wanted = want(reason="defective", photo=True)
    assert outcome(decided(an_order, "2029-02-28T23:00:00-05:00", wanted)) == (
        "approve",
        ["guarantee.shop"],
        "2029-02-28",
    )
    assert outcome(decided(an_order, "2029-03-01T00:00:00-05:00", wanted))[1] == ["guarantee.expired"]

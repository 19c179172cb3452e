"""Quiet hours: until when a text message that nobody waits for is kept back, by the clock of whoever gets it."""

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
import phonenumbers
from phonenumbers.timezone import time_zones_for_number

from rma.model.notifying import QuietHours
from rma.model.orders import Order
from rma.policy.markets import countries, market_of, zone_of

_LONGEST = 14
"""Days in a row that are looked at; no country rests as long."""


def loud_from(now: datetime, quiet: QuietHours | None, order: Order, number: str) -> datetime:
    """`now`, or the end of the quiet hours that it is in, where the order was delivered to."""
    if quiet is None:
        return now
    place = place_of(order)
    country = market_of(place).country
    instant = now
    for _ in range(8):  # Each zone may push it into the quiet hours of another; two rounds settle it, or nothing does.
        pushed = instant
        for zone in _zones(place, number):
            pushed = max(pushed, _loud_in(zone, pushed, quiet, country))
        if pushed == instant:
            return instant
        instant = pushed
    return _loud_in(zone_of(place), now, quiet, country)


def place_of(order: Order) -> str:
    """The country where the shopper is: of the delivery, else of the market."""
    country = order.shipping_address.country
    return country if country in countries() else order.market


def _zones(country: str, number: str) -> tuple[ZoneInfo, ...]:
    """The clocks that may count: one, unless the number's area lies in several zones; then none of them may be quiet."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return (zone_of(country),)
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(parsed.country_code or 0, ())
    # Only a number with area codes says more than the country: a Russian mobile belongs to eleven zones, a French one to Paris.
    if country in regions and phonenumbers.is_number_geographical(parsed):
        names = [name for name in time_zones_for_number(parsed) if "/" in name and not name.startswith("Etc/")]
        return tuple(ZoneInfo(name) for name in names) or (zone_of(country),)
    return (zone_of(country),)


def _loud_in(zone: ZoneInfo, now: datetime, quiet: QuietHours, country: str) -> datetime:
    local = now.astimezone(zone)
    for _ in range(_LONGEST):
        end = _end(local, quiet, country)
        if end is None:
            break
        # Through UTC: the hours of a day on which the clock is changed are not those between two times on it.
        local = end.astimezone(now.tzinfo).astimezone(zone)
    return max(now, local.astimezone(now.tzinfo))


def _end(local: datetime, quiet: QuietHours, country: str) -> datetime | None:
    """When the quiet hours that `local` is in end, or None outside of them."""
    today, tomorrow = local.date(), local.date() + timedelta(days=1)
    moment, until = local.time(), quiet.until
    if quiet.sundays_and_holidays and (today.weekday() == 6 or today in _holidays(country, today.year)):
        return datetime.combine(tomorrow, until if quiet.since > until else local.min.time(), local.tzinfo)
    if quiet.since < until:
        return datetime.combine(today, until, local.tzinfo) if quiet.since <= moment < until else None
    if moment >= quiet.since:
        return datetime.combine(tomorrow, until, local.tzinfo)
    return datetime.combine(today, until, local.tzinfo) if moment < until else None


@lru_cache(maxsize=256)
def _holidays(country: str, year: int) -> frozenset[object]:
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:  # A country that the calendars do not know: Sundays only.
        return frozenset()

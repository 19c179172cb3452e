"""When a parcel is collected at the shopper's: on the next working day there."""

from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import holidays

_FROM, _UNTIL = time(9), time(18)


def next_collection(now: datetime, country: str, until: date | None) -> tuple[datetime, datetime]:
    """The opening hours of the next working day in `country`, in the time of most of its people; `until` at the latest where that
    is not past."""
    zone = _zone(country)
    today = now.astimezone(zone).date()
    free = holidays.country_holidays(country) if country in holidays.list_supported_countries() else ()
    day = today + timedelta(days=1)
    while day.weekday() >= 5 or day in free:
        day += timedelta(days=1)
    if until is not None and today < until < day:
        day = until
    return datetime.combine(day, _FROM, zone), datetime.combine(day, _UNTIL, zone)


def _zone(country: str) -> ZoneInfo:
    return ZoneInfo(_zones().get(country, "UTC"))


@cache
def _zones() -> dict[str, str]:
    """Of each country the zone in which most of its people live: the first of the country in zone.tab."""
    found: dict[str, str] = {}
    for line in (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, name, *_ = line.split("\t")
            found.setdefault(country, name)
    return found

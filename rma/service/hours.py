"""When a person answers: the shop's week, public holidays and days of its own, on the clock of its market's capital."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache

import holidays
from babel.dates import format_datetime

from rma.model.errors import ConfigurationError
from rma.model.shop import Shop
from rma.policy import spoken_date
from rma.policy.markets import market_of
from rma.texts import Texts

_FAR = 400
"""Days within which a shop that ever opens has opened."""


@lru_cache(maxsize=64)
def _public(country: str, region: str | None, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=region, years=year))


class BusinessHours:
    """Raises ConfigurationError for a country or region that the package `holidays` does not know."""

    def __init__(self, shop: Shop, texts: Texts) -> None:
        self._shop, self._texts = shop, texts
        self.zone = market_of(shop.market).zone
        self._country = shop.holidays.country or market_of(shop.market).country
        try:
            self._is_closed(date(2026, 1, 1))
        except NotImplementedError as error:
            raise ConfigurationError(
                f"policy/shop.yml: holidays: {error}; name another `country` or `region`, or `public: false`"
            ) from error

    def _is_closed(self, day: date) -> bool:
        rule = self._shop.holidays
        if day in rule.open or not rule.public:
            return day in rule.closed
        return day in rule.closed or day in _public(self._country, rule.region, day.year)

    def _spans(self, day: date) -> list[tuple[datetime, datetime]]:
        if self._is_closed(day):
            return []
        midnight = datetime.combine(day, time(0), self.zone)
        # Wall clock arithmetic: nine o'clock is nine o'clock on the day the clocks change.
        return [
            (midnight + timedelta(minutes=since), midnight + timedelta(minutes=until))
            for since, until in self._shop.hours.on(day.weekday())
        ]

    def local_day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def open_at(self, at: datetime) -> bool:
        return any(since <= at < until for since, until in self._spans(self.local_day(at)))

    def opens(self, at: datetime) -> datetime | None:
        """`at` itself while somebody is there, else the next time somebody is; None when that is more than a year off."""
        if self.open_at(at):
            return at
        today = self.local_day(at)
        for ahead in range(_FAR):
            for since, _until in self._spans(today + timedelta(days=ahead)):
                if since >= at:
                    return since
        return None

    def spoken(self, instant: datetime, now: datetime, language: str) -> str:
        """ "tomorrow at 9:00", "lundi à 9 h": as near as it is, where the shop is."""
        local, today = instant.astimezone(self.zone), self.local_day(now)
        ahead = (local.date() - today).days
        if language == "fr":
            clock = f"{local.hour} h" + (f" {local.minute:02d}" if local.minute else "")
        else:
            clock = f"{local.hour}:{local.minute:02d}"
        key = {0: "when_today", 1: "when_tomorrow"}.get(ahead, "when_weekday" if ahead < 7 else "when_date")
        day = format_datetime(local, "EEEE", locale=language) if ahead < 7 else spoken_date(local.date(), language)
        return self._texts.get(key, language, day=day, time=clock)

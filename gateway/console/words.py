"""What the console says, in the agent's language: texts, codes, money, and instants on the shop's clock."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from babel.dates import format_date
from babel.units import format_unit

from gateway.keys import CONTAINER
from gateway.shop import language_of
from rma.model.codes import Language
from rma.model.money import spoken
from rma.policy.markets import zone_of
from rma.texts import Texts

LANGUAGE_COOKIE = "retour-console-language"

_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60))


@dataclass(frozen=True)
class Words:
    texts: Texts
    language: str
    zone: ZoneInfo
    now: datetime

    def t(self, key: str, /, **values: Any) -> str:
        """The console's text of `key`. Raises KeyError when there is none."""
        return self.texts.get(f"console_{key}", self.language, **values)

    def has(self, key: str) -> bool:
        return f"console_{key}" in self.texts

    def code(self, kind: str, value: Any) -> str:
        """A code in words: the console's own, else the shopper's (`reason_damaged`), else the code itself."""
        text = str(value)
        for key in (f"console_{kind}_{text}", f"{kind}_{text}"):
            if key in self.texts:
                return self.texts.get(key, self.language)
        return text.replace("_", " ")

    def money(self, amount: Decimal | str, currency: str) -> str:
        return spoken(Decimal(amount), currency, self.language)

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone)

    def day(self, when: datetime | date) -> str:
        """ "Today", "Yesterday", else "Sat 21 November", with its year when that is another one."""
        day = self.local(when).date() if isinstance(when, datetime) else when
        today = self.local(self.now).date()
        near = {0: "today", 1: "yesterday", -1: "tomorrow"}.get((today - day).days)
        if near:
            return self.t(near)
        return str(format_date(day, "EEE d MMMM" if day.year == today.year else "d MMMM y", locale=self.language))

    def clock(self, instant: datetime) -> str:
        return f"{self.local(instant):%H:%M}"

    def moment(self, instant: datetime) -> str:
        """ "14:03" today, else with its day."""
        if self.local(instant).date() == self.local(self.now).date():
            return self.clock(instant)
        return f"{self.day(instant)}, {self.clock(instant)}"

    def full(self, instant: datetime) -> str:
        return f"{format_date(self.local(instant), 'full', locale=self.language)}, {self.clock(instant)}"

    def span(self, seconds: float) -> str:
        """A length of time in its largest unit: "12m", "3h", "2d"; static/console/clock.js counts on in the same words."""
        for unit, size in _UNITS:
            if seconds >= size:
                return str(format_unit(int(seconds // size), f"duration-{unit}", "narrow", locale=self.language))
        return self.t("moments")

    def since(self, instant: datetime) -> str:
        return self.span(max((self.now - instant) / timedelta(seconds=1), 0))


def agent_language(request: web.Request) -> str:
    """From ?lang=, else the cookie of the switch, else the browser's."""
    kept = request.cookies.get(LANGUAGE_COOKIE, "")
    return kept if not request.query.get("lang") and kept in set(Language) else language_of(request)


def words_of(request: web.Request) -> Words:
    container = request.app[CONTAINER]
    return Words(
        container.texts, agent_language(request), zone_of(container.shop_profile.market), container.clock()
    )

"""Markets: which law a country is under, whose time its days are counted in, which days nobody works there.

Regions and territories are those of contract section 4. The list of countries and their time zones come from the tz
database's own tables (iso3166.tab, zone.tab, in the package tzdata), public holidays from the package holidays,
national ones only.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import holidays

from rma.model.errors import Refused


class Region(StrEnum):
    """Where the law gives a shopper more than the shop does. A market of no region is under the shop's policy alone."""

    EU = "EU"
    EEA = "EEA"
    UK = "UK"


_THE_27 = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EU = frozenset(_THE_27.split())
EEA_ONLY = frozenset({"IS", "LI", "NO"})
COUNTS_AS = {"RE": "FR", "GP": "FR", "MQ": "FR", "GF": "FR", "YT": "FR", "AX": "FI", "SJ": "NO"}

# zone.tab lists a country's zones without saying which is the capital's; this does, for the countries with several. AQ
# and UM have no capital: their administration's time. BV and HM have no zone at all: the time of the country they
# belong to.
_ZONE_OF_CAPITAL = {
    "AQ": "UTC",
    "AR": "America/Argentina/Buenos_Aires",
    "AU": "Australia/Sydney",  # Canberra
    "BR": "America/Sao_Paulo",  # Brasília
    "BV": "Europe/Oslo",
    "CA": "America/Toronto",  # Ottawa
    "CD": "Africa/Kinshasa",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",  # Beijing
    "CY": "Asia/Nicosia",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",  # Quito
    "ES": "Europe/Madrid",
    "FM": "Pacific/Pohnpei",  # Palikir
    "GL": "America/Nuuk",
    "HM": "Australia/Sydney",
    "ID": "Asia/Jakarta",
    "KI": "Pacific/Tarawa",
    "KZ": "Asia/Almaty",  # Astana
    "MH": "Pacific/Majuro",
    "MN": "Asia/Ulaanbaatar",
    "MX": "America/Mexico_City",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",  # Wellington
    "PF": "Pacific/Tahiti",  # Papeete
    "PG": "Pacific/Port_Moresby",
    "PS": "Asia/Hebron",  # Ramallah
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "UM": "America/New_York",  # Washington
    "US": "America/New_York",  # Washington
    "UZ": "Asia/Tashkent",
}


@dataclass(frozen=True, slots=True)
class Market:
    """A country as the policy sees it. `country` is the one whose law, time and holidays count (FR for RE)."""

    code: str
    country: str
    region: Region | None
    zone: ZoneInfo

    @property
    def groups(self) -> tuple[str, ...]:
        """The names by which a policy file may mean this market, most particular first: ("RE", "FR", "EU", "EEA")."""
        names = [self.code] if self.code == self.country else [self.code, self.country]
        if self.region is Region.EU:
            names.append(Region.EU)
        if self.region in (Region.EU, Region.EEA):
            names.append(Region.EEA)
        if self.region is Region.UK:
            names.append(Region.UK)
        return tuple(names)


def _table(name: str) -> list[list[str]]:
    text = (files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


@cache
def countries() -> frozenset[str]:
    """The codes of ISO 3166-1 alpha-2."""
    return frozenset(row[0] for row in _table("iso3166.tab"))


@cache
def _zones() -> dict[str, list[str]]:
    zones = defaultdict(list)
    for code, _, zone, *_ in _table("zone.tab"):
        zones[code].append(zone)
    return zones


def _zone_name(country: str) -> str:
    if country in _ZONE_OF_CAPITAL:
        return _ZONE_OF_CAPITAL[country]
    (only,) = _zones()[country]
    return only


@cache
def zone_of(country: str) -> ZoneInfo:
    """The time on the clock there: of a territory its own, of a country its capital's. Raises Refused for no country."""
    if country not in countries():
        raise Refused(f"{country!r} is not a country of ISO 3166-1; use its two letters, such as FR, GB or US")
    return ZoneInfo(_zone_name(country))


@cache
def _known(code: str) -> Market:
    country = COUNTS_AS.get(code, code)
    if country in EU:
        region: Region | None = Region.EU
    elif country in EEA_ONLY:
        region = Region.EEA
    else:
        region = Region.UK if country == "GB" else None
    return Market(code, country, region, ZoneInfo(_zone_name(country)))


def market_of(code: str) -> Market:
    """The market of an ISO 3166-1 alpha-2 code. Raises Refused for any other."""
    if code not in countries():
        raise Refused(f"market {code!r} is not a country of ISO 3166-1; use its two letters, such as FR, GB or US")
    return _known(code)


@cache
def _public_holidays(country: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=year))


def is_working_day(country: str, day: date) -> bool:
    """Neither a Saturday, nor a Sunday, nor a national public holiday of `country`."""
    return day.weekday() < 5 and day not in _public_holidays(country, day.year)


def next_working_day(country: str, day: date) -> date:
    """`day` itself when it is a working day in `country`, else the first one after it (Regulation 1182/71 art.

    3(4)).
    """
    while not is_working_day(country, day):
        day += timedelta(days=1)
    return day

"""Days and lengths of time as a person reads them, in English and French."""

from datetime import date
from functools import lru_cache

from babel.dates import format_date
from babel.units import format_unit

_NEAR_DAYS = 180
"""A day and a month within them mean one year only."""


@lru_cache(maxsize=8192)
def spoken_date(day: date, language: str) -> str:
    """`day` without any doubt between day and month: "7 April 2027", "1er avril 2027"."""
    text = format_date(day, "d MMMM y", locale=language)
    return "1er" + text[1:] if language == "fr" and day.day == 1 else text


def brief_date(day: date, language: str, today: date) -> str:
    """`day` for a text message: "7 Apr", "1er avr"; with its year where that is not the next or the last one to come by."""
    text = format_date(day, "d MMM" if abs((day - today).days) < _NEAR_DAYS else "d MMM y", locale=language).rstrip(".")
    return "1er" + text[1:] if language == "fr" and day.day == 1 else text


@lru_cache(maxsize=1024)
def spoken_days(days: int, language: str) -> str:
    """ "14 days", "14 jours"."""
    return str(format_unit(days, "duration-day", locale=language))


@lru_cache(maxsize=256)
def spoken_years(years: int, language: str) -> str:
    """ "2 years", "2 ans"."""
    return str(format_unit(years, "duration-year", locale=language))

"""Dates people mention, as ISO dates, relative to a given today."""

import datetime as dt
import functools
import re
from collections.abc import Iterator

import dateparser

from bot.nlu.entities.found import Entity

_DAYS = r"(?:mon|tues?|wednes|thurs?|fri|satur|sun)day|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
_MONTHS = (
    r"(?:jan(?:uary|vier|v)?|feb(?:ruary)?|f[ée]v(?:rier)?|mar(?:ch|s)?|apr(?:il)?|avr(?:il)?|may|mai|june?|juin|july?|juillet|juil|aug(?:ust)?"
    r"|ao[uû]t|sept?(?:ember|embre)?|oct(?:ober|obre)?|nov(?:ember|embre)?|d[ée]c(?:ember|embre)?)\.?"
)
_DAY_NUMBER = r"(?:[12]\d|3[01]|0?[1-9])"
_N = r"(?:\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|une?|deux|trois|quatre|cinq|sept|huit|neuf|dix|quinze|a couple of|a few|couple of)"
_UNIT = r"(?:days?|weeks?|months?|years?|jours?|semaines?|mois|ans?)"

# Cheap and strict: dateparser is slow, and reads a date into almost anything.
_CANDIDATE = re.compile(
    rf"(?<![\w#/.-])(?:"
    rf"\d{{4}}-\d{{2}}-\d{{2}}|{_DAY_NUMBER}[/.-](?:1[0-2]|0?[1-9])[/.-](?:20)?\d{{2}}|{_DAY_NUMBER}/{_DAY_NUMBER}(?:/(?:20)?\d{{2}})?"
    rf"|(?:the day before yesterday|yesterday|today|tomorrow|avant[- ]hier|aujourd'?\s?hui|hier|demain)"
    rf"|{_N} {_UNIT} ago|il y a {_N} {_UNIT}"
    rf"|(?:last|this past) (?:{_DAYS}|week|month|year)|(?:la )?semaine (?:derni[eè]re|pass[ée]e)|(?:le )?mois (?:dernier|pass[ée])|l'an dernier|l'ann[ée]e derni[eè]re"
    rf"|(?:{_DAYS})(?: (?:dernier|pass[ée]|{_DAY_NUMBER} {_MONTHS}))?"
    rf"|(?:the )?{_DAY_NUMBER}(?:st|nd|rd|th|er)? (?:of )?{_MONTHS}(?:,? 20\d\d)?|{_MONTHS} {_DAY_NUMBER}(?:st|nd|rd|th)?(?:,? 20\d\d)?"
    rf")(?![\w/]|-\d)",
    re.IGNORECASE,
)
_VAGUE = {"a couple of": "2", "couple of": "2", "a few": "3"}


@functools.lru_cache(maxsize=2048)
def _resolve(written: str, language: str, today: dt.date) -> dt.date | None:
    phrase = written.lower().replace("’", "'")
    for vague, number in _VAGUE.items():
        phrase = phrase.replace(vague, number)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", phrase):
        try:
            return dt.date.fromisoformat(phrase)
        except ValueError:
            return None
    # dateparser knows weekdays and prefers the past one; it does not know "last Monday" or "lundi dernier".
    phrase = re.sub(rf"^(?:last|this past) (?={_DAYS})|(?<=di|he) (?:dernier|pass[ée])$|^(?:the|le|la) ", "", phrase)
    phrase = re.sub(r"(?<=\d)(?:st|nd|rd|th|er)\b", "", phrase)
    orders = ("DMY",) if language == "fr" else ("DMY", "MDY")
    readings = []
    for order in orders:
        parsed = dateparser.parse(
            phrase,
            languages=["en", "fr"] if language == "en" else ["fr", "en"],
            settings={
                "DATE_ORDER": order,
                "PREFER_DATES_FROM": "past",
                "RELATIVE_BASE": dt.datetime.combine(today, dt.time(12)),
                "STRICT_PARSING": False,
            },
        )
        if parsed:
            readings.append(parsed.date())
    past = [day for day in readings if day <= today]
    # 12/11 is read either way by half of our shoppers: the reading that is not to come, and of two the British one.
    return past[0] if past else readings[0] if readings else None


def dates(text: str, language: str, today: dt.date) -> Iterator[Entity]:
    for match in _CANDIDATE.finditer(text):
        day = _resolve(match[0], language, today)
        if day is not None:
            yield Entity("date", day.isoformat(), match.start(), match.end())

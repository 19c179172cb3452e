"""Numbers, months and names as a person of the language reads them."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from gateway.console.words import Words
from rma.model.insight import NONE
from rma.model.money import spoken
from rma.service.insights.facts import LEFT

NOTHING = "–"


def number(value: float | Decimal | None, words: Words, digits: int = 0) -> str:
    """ "12,345" or "12 345"; with at most `digits` after the point."""
    if value is None:
        return NOTHING
    pattern = "#,##0" + ("." + "#" * digits if digits else "")
    return str(format_decimal(value, pattern, locale=words.language)).replace("\u202f", "\u00a0")


def percent(share: float | None, words: Words, digits: int = 0) -> str:
    if share is None:
        return NOTHING
    locale = Locale.parse(words.language)
    pattern = locale.percent_formats[None].pattern.replace("#,##0", "#,##0" + ("." + "0" * digits if digits else ""))
    return str(format_percent(share, pattern, locale=locale)).replace("\u202f", "\u00a0")


def share(part: float, whole: float, words: Words, digits: int = 0) -> str:
    """Of less than a hundredth one figure more: "0.4%" is not "0%"."""
    value = part / whole if whole else None
    return percent(value, words, max(digits, 1) if value and value < 0.01 else digits)


def amount(value: Decimal | None, currency: str, words: Words) -> str:
    return NOTHING if value is None else spoken(value, currency, words.language)


def kilograms(value: float | Decimal, words: Words) -> str:
    """ "840 kg", "12.4 t"; of less than ten with one more figure."""
    if value >= 10_000:
        return f"{number(Decimal(value) / 1000, words, 1)}\u00a0t"
    return f"{number(value, words, 0 if value >= 10 else 1 if value >= 1 else 2)}\u00a0kg"


def month_short(month: int, words: Words) -> str:
    """ "11/26", the same in both languages: "Nov 26" would be read as a day."""
    return str(format_date(_first(month), "MM/yy", locale=words.language))


def month_long(month: int, words: Words) -> str:
    return str(format_date(_first(month), "MMMM y", locale=words.language))


def month_name(month: int, words: Words) -> str:
    return str(format_date(_first(month), "MMMM", locale=words.language))


def _first(month: int) -> date:
    return date(month // 100, month % 100, 1)


def country(code: str, words: Words) -> str:
    return str(Locale.parse(words.language).territories.get(code, code))


def category(name: str, words: Words) -> str:
    """The shop's own name, in our words where we know it (`category_shoes`)."""
    key = f"category_{name.casefold()}"
    return words.t(f"insights_{key}") if words.has(f"insights_{key}") else name[:1].upper() + name[1:]


def carrier(code: str, words: Words) -> str:
    if code == NONE:
        return words.t("insights_no_carrier")
    key = f"insights_carrier_{code.casefold().replace('-', '_')}"
    return words.t(key) if words.has(key) else code.replace("_", " ")


def method(code: str, words: Words) -> str:
    return words.t(f"insights_method_{code or 'none'}")


def disposition(code: str, words: Words) -> str:
    return words.t(f"insights_disposition_{code if code != LEFT else 'left'}")


def reason(code: str, words: Words) -> str:
    """As the merchant thinks of it, not as the shopper says it ("I changed my mind")."""
    return words.t(f"insights_reason_{code}")


def resolution(code: str, words: Words) -> str:
    return words.code("resolution", code)


Named = Callable[[str | int], str]
"""How a product, a size, a market or a month is called."""

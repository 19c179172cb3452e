"""The printed words in the shopper's language, and the parts of a label that depend on language or country."""

from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from rma.labels.clean import printable
from rma.labels.fitting import Line
from rma.model.numbers import check_s10
from rma.model.orders import Address
from rma.texts import Texts, load_texts

_FOLDER = Path(__file__).resolve().parents[2] / "data" / "responses"
# Where the postal code follows the city on its line, and where it has a line of its own (UPU addressing, S42).
_CODE_AFTER_CITY = frozenset({"US", "CA", "AU", "NZ", "IN", "ID", "SG", "SA", "PR"})
_CODE_BELOW_CITY = frozenset({"GB", "IE", "JE", "GG", "IM", "MT", "UA", "ZA"})


@cache
def shipped_texts() -> Texts:
    """The texts of data/responses, read once, for callers that bring none."""
    return load_texts(_FOLDER)


class Words:
    """The words of one label, in one language."""

    def __init__(self, language: str, texts: Texts | None = None) -> None:
        self._language = language
        self._texts = texts or shipped_texts()

    def __call__(self, key: str) -> str:
        return self._texts.get(f"label_{key}", self._language)

    def all(self, key: str) -> list[str]:
        """The sentences of a text of several lines."""
        return self(key).splitlines()

    def service(self, code: str) -> str:
        """A service's name; one we have no words for is shown by its code."""
        key = f"service_{code}"
        return self(key) if f"label_{key}" in self._texts else printable(code, 40)

    def date(self, day: date) -> str:
        """With the month in letters: 03/04 is not the same day everywhere."""
        return format_date(day, "d MMM y", locale=self._language)

    def weight(self, grams: int) -> str:
        """In kilograms, rounded up to 100 g as carriers do."""
        kilograms = Decimal(-(-grams // 100)) / 10
        return f"{format_decimal(kilograms, '0.0', locale=self._language)}\u00a0kg"

    def address(self, address: Address) -> list[Line]:
        """Name, street, city, country, as the destination's post wants them; the country in capitals."""
        name, first, second = printable(address.name), printable(address.line1), printable(address.line2)
        return [
            Line(name, bold=True),
            Line(first),
            Line(second),
            *[Line(line, bold=True) for line in _city_lines(address)],
            Line(self._country(address.country)),
        ]

    def _country(self, code: str) -> str:
        return (Locale(self._language).territories.get(code) or code).upper()


def _city_lines(address: Address) -> list[str]:
    city, state, code = printable(address.city), printable(address.state), printable(address.postal_code, 20)
    if address.country in _CODE_AFTER_CITY:
        region = " ".join(part for part in (state, code) if part)
        return [", ".join(part for part in (city, region) if part)]
    if address.country in _CODE_BELOW_CITY:
        return [city, state, code]
    return [" ".join(part for part in (code, city) if part), state]


def spaced(number: str) -> str:
    """An S10 number in the groups it is read aloud in, `ZR 473 124 829 FR`; any other number as it is."""
    if not check_s10(number):
        return number
    return " ".join((number[:2], number[2:5], number[5:8], number[8:11], number[11:]))

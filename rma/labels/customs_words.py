"""What customs papers say, in French and English at once, and how a declaration is put into words there."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date

from rma.labels.words import Words, shipped_texts
from rma.model.customs import Declaration
from rma.model.orders import Address
from rma.model.shipping import Shipment
from rma.texts import Texts

_NUMBER = re.compile(r" \(\d+\)$")


class Both:
    """The texts of data/responses/customs.yml in both languages."""

    def __init__(self, texts: Texts | None = None) -> None:
        self._texts = texts or shipped_texts()

    def pair(self, key: str, **values: Any) -> tuple[str, str]:
        """French, then English: the order of the post's forms. A date in `values` is written as each language does."""
        said = []
        for language in ("fr", "en"):
            told: dict[str, Any] = {
                name: _day(value, language) if isinstance(value, date) else value for name, value in values.items()
            }
            said.append(self._texts.get(f"customs_{key}", language, **told))
        return said[0], said[1]

    def __call__(self, key: str, **values: Any) -> str:
        french, english = self.pair(key, **values)
        if french == english:
            return french
        # The form's number of a field is said once.
        number = _NUMBER.search(french)
        if number and english.endswith(number[0]):
            french = french.removesuffix(number[0])
        return f"{french} / {english}"


def _day(day: date, language: str) -> str:
    return format_date(day, "d MMM y", locale=language)


def basis(both: Both, declaration: Declaration) -> list[tuple[str, str]]:
    """Why the goods cross the border, in sentences: to the seller, of which order; what relief rests on; the export's MRN."""
    dated = {"date": declaration.exported.date()} if declaration.exported else {}
    key = "returned_to_dated" if dated else "returned_to"
    sentences = [both.pair(key, invoice=declaration.invoice, **dated)]
    sentences.append(both.pair(f"relief_{declaration.relief}"))
    if declaration.mrn:
        sentences.append(both.pair("mrn", mrn=declaration.mrn))
    return sentences


def kilograms(grams: int) -> str:
    return f"{Decimal(grams) / 1000:.3f}"


def place(address: Address, language: str = "en") -> list[tuple[str, bool]]:
    """The lines of an address and whether each is bold; the country as the post of the world reads it."""
    return [(line.text, line.bold) for line in Words(language).address(address) if line.text]


def declared(shipment: Shipment) -> Declaration:
    """Raises ValueError for a shipment without a declaration: there is nothing to draw."""
    if shipment.request.customs is None:
        raise ValueError(f"{shipment.request.return_number} has no customs declaration")
    return shipment.request.customs

"""The acknowledgement of a withdrawal on a durable medium (Directive 2011/83/EU art. 11a(4)): content, date and time, on one
A4 page."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, get_timezone_name

from rma.labels.clean import printable
from rma.labels.elements import Bar, Element, Page, Text
from rma.labels.fitting import ASCENT, Line, block, single, wrap
from rma.labels.pdf import paint
from rma.labels.words import Words, shipped_texts
from rma.model.orders import Address
from rma.model.shop import Shop
from rma.model.withdrawals import Withdrawal
from rma.texts import Texts

_WIDTH, _HEIGHT = 595.28, 841.89
_LEFT, _TOP = 62.0, 78.0
_INNER = _WIDTH - 2 * _LEFT
_COLUMN = 124.0
_LEADING = 1.35
_SIZES = (11.0, 9.5, 8.0, 6.5)
"""Of the text, in points: the largest at which all stands on one page. A form holds no more than fits at the last."""


def spoken_instant(instant: datetime, zone: ZoneInfo, language: str) -> dict[str, str]:
    """`date`, `time` and `zone` as a person reads them, to the second and beyond doubt: "22 November 2026", "10:36:05",
    "Central European Standard Time, UTC+01:00"."""
    local = instant.astimezone(zone)
    offset = local.strftime("%z")
    day = format_date(local, "d MMMM y", locale=language)
    return {
        "date": f"1er{day[1:]}" if language == "fr" and local.day == 1 else day,
        "time": format_time(local, "HH:mm:ss", locale=language),
        "zone": f"{get_timezone_name(local, width='long', locale=language)}, UTC{offset[:3]}:{offset[3:]}",
    }


def acknowledgement_pdf(withdrawal: Withdrawal, shop: Shop, zone: ZoneInfo, texts: Texts | None = None) -> bytes:
    """The PDF, in the language of the declaration. The same withdrawal gives the same bytes as long as the texts stay."""
    return paint(acknowledgement_page(withdrawal, shop, zone, texts))


def acknowledgement_page(withdrawal: Withdrawal, shop: Shop, zone: ZoneInfo, texts: Texts | None = None) -> Page:
    language, known = withdrawal.statement.language, texts or shipped_texts()

    def words(key: str, **values: Any) -> str:
        return known.get(f"withdrawal_{key}", language, **values)

    for size in _SIZES:
        sheet = _Sheet(size)
        _fill(sheet, withdrawal, shop, zone, words)
        if sheet.fits:
            break
    title = f"{words('paper_title')} {withdrawal.reference}"
    return Page(_WIDTH, _HEIGHT, title, language, tuple(sheet.elements))


def _fill(sheet: "_Sheet", withdrawal: Withdrawal, shop: Shop, zone: ZoneInfo, words: Callable[..., str]) -> None:
    statement = withdrawal.statement
    language = statement.language
    sheet.heading(words("paper_title"), 22)
    sheet.paragraph(words("paper_lead", shop=shop.name))
    sheet.row(words("reference"), withdrawal.reference, bold=True)
    sheet.row(words("received"), words("instant", **spoken_instant(withdrawal.submitted_at, zone, language)), bold=True)
    sheet.row(words("paper_addressee"), _one_line(shop.name, shop.returns_address, language))
    sheet.rule()
    sheet.heading(words("paper_content"), 14)
    sheet.paragraph(words("statement"))
    for key, value in (("name", statement.name), ("order", statement.order), ("contact", statement.contact)):
        sheet.row(words(key), value)
    sheet.row(words("items"), statement.items or words("whole_order"))
    sheet.rule()
    sheet.paragraph(words("paper_keep"))


def _one_line(shop: str, address: Address, language: str) -> str:
    lines = [line.text for line in Words(language).address(address.model_copy(update={"name": None}))]
    return ", ".join([shop, *filter(None, lines)])


class _Sheet:
    """A column of text that grows downwards, `size` points large."""

    def __init__(self, size: float) -> None:
        self._size = size
        self.elements: list[Element] = []
        self._y = _TOP

    @property
    def fits(self) -> bool:
        return self._y <= _HEIGHT - _TOP / 2

    def heading(self, text: str, size: float) -> None:
        self.elements.append(single(text, _LEFT, self._y + size * ASCENT, _INNER, size, 9, bold=True))
        self._y += size * _LEADING + 8

    def paragraph(self, text: str) -> None:
        self._set(text, _LEFT, _INNER)
        self._y += 14

    def row(self, caption: str, text: str, bold: bool = False) -> None:
        top, size = self._y, self._size
        self.elements += block([Line(caption)], _LEFT, top, _COLUMN - 10, size * _LEADING, size, 6)
        self._set(printable(text, 6000), _LEFT + _COLUMN, _INNER - _COLUMN, bold)
        self._y += 6

    def rule(self) -> None:
        self._y += 8
        self.elements.append(Bar(_LEFT, self._y, _INNER, 0.6))
        self._y += 20

    def _set(self, text: str, x: float, width: float, bold: bool = False) -> None:
        size = self._size
        for line in wrap(text, width, size, bold):
            self.elements.append(Text(x, self._y + size * ASCENT, line, size, width, bold=bold))
            self._y += size * _LEADING

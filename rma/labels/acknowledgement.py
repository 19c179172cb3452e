"""The acknowledgement of a withdrawal on a durable medium (Directive 2011/83/EU art. 11a(4)): content, date and
time, on A4."""

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
_SIZE, _LEADING = 11.0, 1.35
_LINE = _SIZE * _LEADING


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
    return paint(*acknowledgement_pages(withdrawal, shop, zone, texts))


def acknowledgement_pages(withdrawal: Withdrawal, shop: Shop, zone: ZoneInfo, texts: Texts | None = None) -> list[Page]:
    """One page, unless the declaration names very many items."""
    statement = withdrawal.statement
    language, known = statement.language, texts or shipped_texts()

    def words(key: str, **values: Any) -> str:
        return known.get(f"withdrawal_{key}", language, **values)

    column = _Column()
    column.heading(words("paper_title"), 22)
    column.paragraph(words("paper_lead", shop=shop.name))
    column.row(words("reference"), withdrawal.reference, bold=True)
    column.row(
        words("received"), words("instant", **spoken_instant(withdrawal.submitted_at, zone, language)), bold=True
    )
    column.row(words("paper_addressee"), _one_line(shop.name, shop.returns_address, language))
    column.rule()
    column.heading(words("paper_content"), 14)
    column.paragraph(words("statement"))
    for key, value in (("name", statement.name), ("order", statement.order), ("contact", statement.contact)):
        column.row(words(key), value)
    column.row(words("items"), statement.items or words("whole_order"))
    column.rule()
    column.paragraph(words("paper_keep"))
    title = f"{words('paper_title')} {withdrawal.reference}"
    return [Page(_WIDTH, _HEIGHT, title, language, tuple(elements)) for elements in column.pages]


def _one_line(shop: str, address: Address, language: str) -> str:
    lines = [line.text for line in Words(language).address(address.model_copy(update={"name": None}))]
    return ", ".join([shop, *filter(None, lines)])


class _Column:
    """Text that grows downwards, onto another page where one is full."""

    def __init__(self) -> None:
        self.pages: list[list[Element]] = [[]]
        self._y = _TOP

    def heading(self, text: str, size: float) -> None:
        self._room(size * _LEADING * 3)
        self._put(single(text, _LEFT, self._y + size * ASCENT, _INNER, size, 9, bold=True))
        self._y += size * _LEADING + 8

    def paragraph(self, text: str) -> None:
        self._set(text, _LEFT, _INNER)
        self._y += 14

    def row(self, caption: str, text: str, bold: bool = False) -> None:
        self._room(_LINE)
        self._put(*block([Line(caption)], _LEFT, self._y, _COLUMN - 10, _LINE, _SIZE, 6))
        self._set(printable(text, 6000), _LEFT + _COLUMN, _INNER - _COLUMN, bold)
        self._y += 6

    def rule(self) -> None:
        self._room(_LINE * 2)
        self._put(Bar(_LEFT, self._y + 8, _INNER, 0.6))
        self._y += 28

    def _set(self, text: str, x: float, width: float, bold: bool = False) -> None:
        for line in wrap(text, width, _SIZE, bold):
            self._room(_LINE)
            self._put(Text(x, self._y + _SIZE * ASCENT, line, _SIZE, width, bold=bold))
            self._y += _LINE

    def _room(self, height: float) -> None:
        if self._y + height > _HEIGHT - _TOP:
            self.pages.append([])
            self._y = _TOP

    def _put(self, *elements: Element) -> None:
        self.pages[-1] += elements

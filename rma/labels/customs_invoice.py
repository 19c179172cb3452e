"""A commercial invoice marked as returned goods, for couriers and for what is worth more than the post may clear by itself: A4,
French and English."""

from collections.abc import Sequence

from rma.labels.clean import printable
from rma.labels.cn23 import A4, described
from rma.labels.customs_words import Both, basis, declared, kilograms, place
from rma.labels.elements import Bar, Element, Page
from rma.labels.fitting import Line, block, single
from rma.labels.sheet import box, field
from rma.model.customs import CustomsLine, Declaration
from rma.model.money import written
from rma.model.shipping import Shipment
from rma.texts import Texts

_EDGE, _TOP = 40.0, 40.0
_WIDE = A4[0] - 2 * _EDGE
_ROW = 24.0
_FIRST, _NEXT = 13, 24
"""Kinds of goods on the first page and on each that follows."""
# Widths of the table's columns: goods, HS code, origin, quantity, net weight, value of one, value of all.
_COLUMNS = (0.36, 0.13, 0.08, 0.07, 0.10, 0.13, 0.13)


def invoice_pages(shipment: Shipment, texts: Texts | None = None) -> list[Page]:
    """Raises ValueError for a shipment without a declaration."""
    declaration, both = declared(shipment), Both(texts)
    lines = declaration.lines
    parts = [lines[:_FIRST], *(lines[first : first + _NEXT] for first in range(_FIRST, len(lines), _NEXT))]
    pages = []
    for number, part in enumerate(parts, 1):
        elements, top = _heading(shipment, both, number, len(parts))
        if number == 1:
            more, top = _about(shipment, declaration, both, top)
            elements += more
        more, top = _table(declaration, both, part, top)
        elements += more
        if number == len(parts):
            elements += _end(declaration, both, top)
        title = f"{both.pair('invoice_title')[1]} {shipment.request.return_number}"
        pages.append(Page(*A4, title, "en", tuple(elements)))
    return pages


def _heading(shipment: Shipment, both: Both, number: int, count: int) -> tuple[list[Element], float]:
    right = _EDGE + _WIDE
    mark = both("returned").upper()
    elements: list[Element] = [
        single(both("invoice_title").upper(), _EDGE, _TOP + 16, _WIDE * 0.78, 17, 10, bold=True),
        single(shipment.request.return_number, right, _TOP + 16, _WIDE * 0.2, 12, 8, bold=True, align="right"),
        Bar(_EDGE, _TOP + 26, _WIDE, 24),
        single(mark, _EDGE + _WIDE / 2, _TOP + 43, _WIDE - 20, 14, 9, bold=True, align="centre", white=True),
    ]
    if count > 1:
        sheet = both("sheet", sheet=number, sheets=count)
        elements.append(single(sheet, right, A4[1] - 26, _WIDE, 7.5, 6, align="right"))
    return elements, _TOP + 58


def _about(shipment: Shipment, declaration: Declaration, both: Both, top: float) -> tuple[list[Element], float]:
    request, half = shipment.request, _WIDE / 2
    contact = [(text, False) for text in (request.phone, request.email) if text]
    elements = [
        *field(_EDGE, top, half, 92, both("exporter"), [*place(request.sender), *contact], 10),
        *field(_EDGE + half, top, half, 92, both("consignee"), place(request.recipient), 10),
    ]
    top += 92
    when = declaration.exported.date() if declaration.exported else None
    order = both("order_dated", invoice=declaration.invoice, date=when) if when else declaration.invoice
    rows: list[tuple[tuple[str, str], ...]] = [
        (("document_number", request.return_number), ("date", request.requested_at.date().isoformat())),
        (("tracking", shipment.tracking_number), ("order", order)),
        (("incoterm", f"DAP {printable(request.recipient.city, 60)}"), ("export_mrn", declaration.mrn or "—")),
    ]
    for row in rows:
        for column, (key, said) in enumerate(row):
            elements += field(_EDGE + column * half, top, half, 27, both(key), [(printable(said), True)], 9)
        top += 27
    elements += field(_EDGE, top, _WIDE, 27, both("reason"), [(both("reason_return"), True)], 9)
    return elements, top + 39


def _table(
    declaration: Declaration, both: Both, lines: Sequence[CustomsLine], top: float
) -> tuple[list[Element], float]:
    captions = ("goods", "hs", "made_in", "units", "kilograms", "unit_value", "line_value")
    tall = 22 + _ROW * len(lines)
    elements: list[Element] = [*box(_EDGE, top, _WIDE, tall), Bar(_EDGE, top + 22, _WIDE, 0.8)]
    x = _EDGE
    lefts: list[tuple[float, float]] = []
    for key, share in zip(captions, _COLUMNS, strict=True):
        width = share * _WIDE
        elements += block([Line(text) for text in both.pair(key)], x + 4, top + 3, width - 6, 18, 7, 5)
        if lefts:
            elements.append(Bar(x, top, 0.4, tall))
        lefts.append((x, width))
        x += width
    for row, line in enumerate(lines):
        y = top + 22 + row * _ROW
        (left, width), *others = lefts
        elements += described(line.title, left + 4, y, width - 8, _ROW, 9)
        each = line.value / line.quantity
        cells = (
            line.hs_code, line.origin, str(line.quantity), kilograms(line.weight_grams),
            written(each, declaration.currency), written(line.value, declaration.currency),
        )  # fmt: skip
        for (x, wide), cell in zip(others, cells, strict=True):
            elements.append(single(cell, x + wide - 5, y + 15, wide - 8, 9, 6, align="right"))
        if row:
            elements.append(Bar(_EDGE, y, _WIDE, 0.25))
    return elements, top + tall


def _end(declaration: Declaration, both: Both, top: float) -> list[Element]:
    right = _EDGE + _WIDE
    value, weight = written(declaration.value, declaration.currency), kilograms(declaration.weight_grams)
    label = f"{both('total', currency=declaration.currency)}"
    elements: list[Element] = [
        *box(_EDGE, top, _WIDE, 24, 0.8),
        single(label, _EDGE + 5, top + 16, _WIDE * 0.5, 10, 7, bold=True),
        single(f"{weight} kg", _EDGE + sum(_COLUMNS[:5]) * _WIDE - 5, top + 16, 80, 10, 7, bold=True, align="right"),
        single(value, right - 5, top + 16, 100, 11, 7, bold=True, align="right"),
    ]
    top += 32
    said = [Line(text) for pair in (*basis(both, declaration), both.pair("value_note")) for text in pair]
    elements += block(said, _EDGE, top, _WIDE, 92, 8.5, 6)
    bottom = A4[1] - _TOP
    elements += block([Line(text) for text in both.pair("true")], _EDGE, bottom - 78, _WIDE, 24, 9, 6)
    elements += field(_EDGE, bottom - 52, _WIDE, 44, both("signed"))
    return elements

"""CN23, the customs declaration of the post (UPU Convention Manual, form CN 23): 210 x 148 mm, two copies on a page of A4, as posts
want more than one on the parcel."""

from collections.abc import Sequence

from rma.labels.clean import printable
from rma.labels.customs_words import Both, basis, declared, kilograms, place
from rma.labels.elements import DOT, Bar, Code128, Element, Page, Text, snap
from rma.labels.fitting import Line, block, single
from rma.labels.fonts import em_width
from rma.labels.sheet import box, cross, field
from rma.model.customs import CustomsLine, Declaration
from rma.model.money import written
from rma.model.shipping import Shipment
from rma.texts import Texts

A4 = (595.28, 841.89)
_HALF = A4[1] / 2
_EDGE, _TOP = 20.0, 16.0
_WIDE = A4[0] - 2 * _EDGE
_ROWS = 5
"""Kinds of goods on one form."""
_HEADER, _PEOPLE, _HEADING, _ROW, _TOTALS = 48.0, 84.0, 20.0, 18.6, 26.0
# Widths of the table's columns: contents, quantity, net weight, value, tariff number, origin.
_COLUMNS = (0.40, 0.09, 0.12, 0.14, 0.14, 0.11)


def cn23_pages(shipment: Shipment, texts: Texts | None = None) -> list[Page]:
    """As many pages as its goods fill. Raises ValueError for a shipment without a declaration."""
    declaration, both = declared(shipment), Both(texts)
    parts = [declaration.lines[first : first + _ROWS] for first in range(0, len(declaration.lines), _ROWS)]
    pages = []
    for number, lines in enumerate(parts, 1):
        elements: list[Element] = []
        for copy in (0, 1):
            elements += _form(shipment, declaration, both, lines, (number, len(parts)), copy * _HALF)
        elements.append(Bar(_EDGE, _HALF - 0.2, _WIDE, 0.3))
        title = f"CN 23 {shipment.request.return_number}"
        pages.append(Page(*A4, title, "fr", tuple(elements)))
    return pages


def _form(
    shipment: Shipment,
    declaration: Declaration,
    both: Both,
    lines: Sequence[CustomsLine],
    sheet: tuple[int, int],
    origin: float,
) -> list[Element]:
    top = origin + _TOP
    elements = _header(shipment, both, sheet, top)
    top += _HEADER
    elements += _people(shipment, both, top)
    top += _PEOPLE
    elements += _table(declaration, both, lines, sheet, top)
    top += _HEADING + _ROWS * _ROW + _TOTALS
    return elements + _foot(declaration, both, top, origin + _HALF - _TOP)


def _header(shipment: Shipment, both: Both, sheet: tuple[int, int], top: float) -> list[Element]:
    number, right = shipment.tracking_number, _EDGE + _WIDE
    middle = _EDGE + _WIDE * 0.66
    code = Code128(0, top + 4, 24, number, 3)
    if code.width + 20 * 3 * DOT > right - middle + 40:
        code = Code128(0, top + 4, 24, number, 2)
    x = snap(middle + (right - middle - code.width) / 2)
    return [
        *box(_EDGE, top, _WIDE, _HEADER),
        single(both("cn23_title").upper(), _EDGE + 6, top + 17, _WIDE * 0.46, 12, 7, bold=True),
        single("CN 23", middle - 12, top + 18, 60, 15, 10, bold=True, align="right"),
        single(f"{both('operator')}: {printable(shipment.carrier_name, 60)}", _EDGE + 6, top + 30, _WIDE * 0.46, 7.5, 5),
        single(both("may_open"), _EDGE + 6, top + 41, _WIDE * 0.46, 7, 5),
        *(
            [single(both("sheet", sheet=sheet[0], sheets=sheet[1]), middle - 12, top + 41, 130, 7, 5, align="right")]
            if sheet[1] > 1
            else []
        ),
        Code128(x, code.y, code.height, number, code.dots),
        single(f"{both('item_number')}: {number}", (middle + right) / 2, top + 41, right - middle - 10, 8, 5, True, "centre"),
    ]


def _people(shipment: Shipment, both: Both, top: float) -> list[Element]:
    request, half = shipment.request, _WIDE / 2
    side = 26.0
    return [
        *field(_EDGE, top, half, _PEOPLE - side, both("from"), place(request.sender), 8.5),
        *field(_EDGE + half, top, half, _PEOPLE - side, both("to"), place(request.recipient), 8.5),
        *field(_EDGE, top + _PEOPLE - side, half, side, both("reference"), [(request.return_number, True)], 9),
        *field(_EDGE + half, top + _PEOPLE - side, half, side, both("importer_reference"), [(request.order_number, True)], 9),
    ]


def _table(
    declaration: Declaration, both: Both, lines: Sequence[CustomsLine], sheet: tuple[int, int], top: float
) -> list[Element]:
    captions = (
        both("contents"), both("quantity"), both("net_weight"), both("value", currency=declaration.currency),
        both("hs_code"), both("origin"),
    )  # fmt: skip
    elements: list[Element] = []
    x, lefts = _EDGE, []
    tall = _HEADING + _ROWS * _ROW
    for caption, share in zip(captions, _COLUMNS, strict=True):
        width = share * _WIDE
        elements += box(x, top, width, tall)
        elements += block([Line(caption)], x + 3, top + 2, width - 6, _HEADING - 3, 6, 4.2)
        lefts.append((x, width))
        x += width
    elements.append(Bar(_EDGE, top + _HEADING, _WIDE, 0.6))
    for row, line in enumerate(lines):
        y = top + _HEADING + row * _ROW
        (left, width), *others = lefts
        elements += described(line.title, left + 4, y, width - 8, _ROW, 8.5)
        value = written(line.value, declaration.currency)
        cells = (str(line.quantity), kilograms(line.weight_grams), value, line.hs_code, line.origin)
        for (x, wide), cell in zip(others, cells, strict=True):
            elements.append(single(cell, x + wide - 5, y + 12.5, wide - 8, 8.5, 5, align="right"))
        if row:
            elements.append(Bar(_EDGE, y, _WIDE, 0.25))
    return elements + _totals(declaration, both, sheet, top + tall)


def described(title: str, x: float, y: float, width: float, height: float, size: float) -> list[Text]:
    """What goods are, in a row of a table: in the middle of it where one line is enough."""
    text = printable(title)
    if em_width(text) * (size - 1.5) <= width:
        return [single(text, x, y + height / 2 + size * 0.36, width, size, size - 1.5)]
    return block([Line(text)], x, y + 2, width, height - 3, size, 5)


def _totals(declaration: Declaration, both: Both, sheet: tuple[int, int], top: float) -> list[Element]:
    """The whole item's on every sheet: each is looked at alone."""
    first = (_COLUMNS[0] + _COLUMNS[1]) * _WIDE
    second, third = _COLUMNS[2] * _WIDE, _COLUMNS[3] * _WIDE
    value = f"{written(declaration.value, declaration.currency)} {declaration.currency}"
    rest = _WIDE - first - second - third
    weight = kilograms(declaration.weight_grams)
    return [
        *field(_EDGE, top, first, _TOTALS, both("gross_weight")),
        *field(_EDGE + first, top, second, _TOTALS, "Σ (3)", [(f"{weight} kg", True)], 9),
        *field(_EDGE + first + second, top, third, _TOTALS, both("total_value"), [(value, True)], 9),
        *field(_EDGE + first + second + third, top, rest, _TOTALS, both("charges")),
    ]


def _foot(declaration: Declaration, both: Both, top: float, bottom: float) -> list[Element]:
    left, tall = _WIDE * 0.56, bottom - top
    right = _WIDE - left
    category, observed = 48.0, 50.0
    elements = [
        *_category(both, _EDGE, top, left, category),
        *field(_EDGE, top + category, left, observed, both("observations"), _sentences(both, declaration), 6.6),
    ]
    third, y = left / 3, top + category + observed
    for place_, (key, said) in enumerate((("licence", ""), ("certificate", ""), ("invoice_number", declaration.invoice))):
        elements += field(_EDGE + place_ * third, y, third, tall - category - observed, both(key), [(said, True)], 8)
    office = 30.0
    elements += field(_EDGE + left, top, right, office, both("office"))
    elements += box(_EDGE + left, top + office, right, tall - office)
    certify = [Line(text) for text in both.pair("certify")]
    elements += block(certify, _EDGE + left + 4, top + office + 3, right - 8, 60, 6, 4.2)
    elements += field(_EDGE + left, bottom - 34, right, 34, both("signature"), frame=False)
    elements.append(Bar(_EDGE + left, bottom - 34, right, 0.4))
    return elements


def _category(both: Both, x: float, y: float, width: float, height: float) -> list[Element]:
    kinds = ("gift", "sample", "sale", "documents", "returned", "other")
    elements = field(x, y, width, height, both("category"))
    each = (width - 8) / 2
    for place_, kind in enumerate(kinds):
        column, row = place_ % 2, place_ // 2
        elements += cross(x + 4 + column * each, y + 11 + row * 12, 8.5, kind == "returned", both(kind), each - 4)
    return elements


def _sentences(both: Both, declaration: Declaration) -> list[tuple[str, bool]]:
    return [(text, False) for pair in basis(both, declaration) for text in pair]

"""Where everything stands on the 4x6 inch label: a header, the two addresses, the tracking barcode, the return and its QR."""

from rma.labels.clean import printable
from rma.labels.elements import DOT, Bar, Code128, Element, Page, Qr, Text, largest_qr, snap
from rma.labels.fitting import block, single
from rma.labels.words import Words, spaced
from rma.model.shipping import Shipment
from rma.texts import Texts

WIDTH, HEIGHT = 288.0, 432.0
# Thermal heads lose about 2 mm at each edge.
EDGE = 9.0
INNER = WIDTH - 2 * EDGE
PAD = 6.0
RULE = 4 * DOT

_HEADER, _FROM, _TO, _TRACKING = 52.0, 74.0, 96.0, 96.0
# Leaves the return number's barcode, 156 modules of 3 dots at most and two quiet zones, the room it needs.
_QR_BOX = 82.5


def label_page(shipment: Shipment, texts: Texts | None = None) -> Page:
    """The label of `shipment`. Raises ValueError when a number is too long for its barcode to fit."""
    words = Words(shipment.request.language, texts)
    top = EDGE
    elements: list[Element] = []
    for part, height in ((_header, _HEADER), (_sender, _FROM), (_recipient, _TO), (_tracking, _TRACKING)):
        elements += part(shipment, words, top)
        top += height
        elements.append(Bar(EDGE, snap(top), INNER, RULE))
    elements += _return(shipment, words, top, HEIGHT - EDGE - top)
    elements += frame(EDGE, EDGE, INNER, HEIGHT - 2 * EDGE)
    title = f"{words('title')} {shipment.request.return_number}"
    return Page(WIDTH, HEIGHT, title, shipment.request.language, tuple(elements))


def frame(x: float, y: float, width: float, height: float) -> list[Element]:
    return [
        Bar(x, y, width, RULE),
        Bar(x, y + height - RULE, width, RULE),
        Bar(x, y, RULE, height),
        Bar(x + width - RULE, y, RULE, height),
    ]


def _header(shipment: Shipment, words: Words, top: float) -> list[Element]:
    """The sorter's letter, who carries it and how, and that nobody has to pay at the counter."""
    left, right, side = EDGE + _HEADER + PAD, WIDTH - EDGE - PAD, 84.0
    wide = right - left - side - PAD
    request = shipment.request
    countries = f"{request.sender.country} – {request.recipient.country}"
    return [
        Bar(EDGE, top, _HEADER, _HEADER),
        Text(EDGE + _HEADER / 2, top + 39, "R", 38, _HEADER, bold=True, align="centre", white=True),
        single(printable(shipment.carrier_name, 60).upper(), left, top + 21, wide, 17, 8, bold=True),
        single(words.service(shipment.service), left, top + 34, wide, 9.5, 6),
        single(words("title"), left, top + 45, wide, 8, 6),
        single(words("prepaid").upper(), right, top + 16, side, 9.5, 6, bold=True, align="right"),
        single(countries, right, top + 30, side, 11, 7, bold=True, align="right"),
        *(
            [single(words.weight(request.weight_grams), right, top + 45, side, 9.5, 6, align="right")]
            if request.weight_grams
            else []
        ),
    ]


def _sender(shipment: Shipment, words: Words, top: float) -> list[Element]:
    split = WIDTH - EDGE - 108
    left, right, wide = EDGE + PAD, split + PAD, WIDTH - EDGE - split - 2 * PAD
    request = shipment.request
    elements: list[Element] = [
        _caption(words("from"), left, top + 10, split - left - PAD),
        *block(words.address(request.sender), left, top + 13, split - left - PAD, _FROM - 16, 8.5, 5.5),
        Bar(snap(split), top, 2 * DOT, _FROM),
        _caption(words("order"), right, top + 10, wide),
        single(printable(request.order_number, 100), right, top + 23, wide, 11, 5.5, bold=True),
    ]
    if request.send_by:
        bottom = top + 34
        elements += [
            Bar(snap(split), bottom, WIDTH - EDGE - split, _FROM - 34),
            single(words("send_by"), right, bottom + 13, wide, 7, 5.5, white=True),
            single(words.date(request.send_by), right, bottom + 31, wide, 15, 8, bold=True, white=True),
        ]
    return elements


def _recipient(shipment: Shipment, words: Words, top: float) -> list[Element]:
    left, wide = EDGE + PAD, INNER - 2 * PAD
    return [
        _caption(words("to"), left, top + 11, wide),
        *block(words.address(shipment.request.recipient), left + 12, top + 15, wide - 12, _TO - 19, 14, 7),
    ]


def _tracking(shipment: Shipment, words: Words, top: float) -> list[Element]:
    number = shipment.tracking_number
    code = _centred(number, top + 16, 58.0, WIDTH / 2, INNER - RULE * 2)
    caption = words("tracking")
    return [
        single(caption, WIDTH / 2, top + 11, INNER - 2 * PAD, 7.5, 6, align="centre"),
        code,
        single(spaced(number), WIDTH / 2, top + 90, INNER - 2 * PAD, 14, 7, bold=True, align="centre"),
    ]


def _return(shipment: Shipment, words: Words, top: float, height: float) -> list[Element]:
    request = shipment.request
    split = WIDTH - EDGE - _QR_BOX
    middle, wide = (EDGE + split) / 2, split - EDGE - 2 * PAD
    dots = largest_qr(shipment.qr_text, _QR_BOX)
    qr = Qr(0, 0, shipment.qr_text, dots)
    centre = split + _QR_BOX / 2
    return [
        single(words("return"), middle, top + 11, wide, 7.5, 6, align="centre"),
        _centred(request.return_number, top + 16, 52.0, middle, split - EDGE),
        single(request.return_number, middle, top + 87, wide, 15, 8, bold=True, align="centre"),
        Qr(snap(centre - qr.width / 2), snap(top + (height - 8 - qr.width) / 2), qr.data, dots),
        single(words("scan"), centre, top + height - 5, _QR_BOX - PAD, 7, 5, align="centre"),
    ]


def _centred(data: str, y: float, height: float, middle: float, room: float) -> Code128:
    """The barcode with the widest modules that leave its quiet zones free within `room`."""
    for dots in (4, 3, 2):
        code = Code128(0, y, height, data, dots)
        if code.width + 20 * dots * DOT <= room:
            return Code128(snap(middle - code.width / 2), snap(y), height, data, dots)
    raise ValueError(f"{data!r} is too long for a barcode {room:.0f} points wide")


def _caption(text: str, x: float, y: float, width: float) -> Text:
    return single(text, x, y, width, 7.5, 5.5)

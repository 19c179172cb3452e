"""The page a shopper shows on a phone where the counter prints the label: one large QR, the numbers, what to do."""

from collections.abc import Sequence

from rma.labels.clean import printable
from rma.labels.elements import DOT, Bar, Element, Page, Qr, Text, matrix, snap
from rma.labels.fitting import Line, block, single
from rma.labels.words import Words, spaced
from rma.model.shipping import Shipment
from rma.texts import Texts

# 9:16, a phone held upright; printed, it is the width of a label.
WIDTH, HEIGHT = 288.0, 512.0
_EDGE = 20.0
_QR = 216.0
_MIDDLE = WIDTH / 2
_WIDE = WIDTH - 2 * _EDGE


def counter_page(shipment: Shipment, instructions: Sequence[str] = (), texts: Texts | None = None) -> Page:
    """The page of `shipment`. `instructions` are short sentences in its language; none: the general ones.

    No address is on it: it is held up in front of others.
    """
    request = shipment.request
    words = Words(request.language, texts)
    side = len(matrix(shipment.qr_text))
    dots = max(2, int(_QR / DOT / side))
    left = snap((WIDTH - side * dots * DOT) / 2)
    steps = [
        Line(f"{n}. {printable(step, 300)}") for n, step in enumerate(instructions or words.all("counter_steps"), 1)
    ]
    elements: list[Element] = [
        Bar(0, 0, WIDTH, 44),
        single(
            printable(shipment.carrier_name, 60).upper(),
            _MIDDLE,
            28,
            _WIDE,
            17,
            9,
            bold=True,
            align="centre",
            white=True,
        ),
        single(words("counter_title"), _MIDDLE, 72, _WIDE, 16, 9, bold=True, align="centre"),
        Qr(left, snap(88), shipment.qr_text, dots),
        single(words("tracking"), _MIDDLE, 322, _WIDE, 8.5, 6, align="centre"),
        single(spaced(shipment.tracking_number), _MIDDLE, 340, _WIDE, 17, 8, bold=True, align="centre"),
        single(words("return"), _MIDDLE, 360, _WIDE, 8.5, 6, align="centre"),
        single(request.return_number, _MIDDLE, 378, _WIDE, 17, 8, bold=True, align="centre"),
    ]
    top = 392.0
    if request.send_by:
        day = f"{words('send_by')} {words.date(request.send_by)}"
        elements += [
            Bar(_EDGE, top, _WIDE, 24),
            single(day, _MIDDLE, top + 16.5, _WIDE - 12, 12, 7, bold=True, align="centre", white=True),
        ]
        top += 34
    notes: list[Text] = block(steps, _EDGE, top, _WIDE, HEIGHT - 16 - top, 11, 6)
    return Page(
        WIDTH, HEIGHT, f"{words('counter_title')} {request.return_number}", request.language, (*elements, *notes)
    )

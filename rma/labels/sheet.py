"""Boxes with small captions, of which official forms are made."""

from collections.abc import Sequence

from rma.labels.elements import Bar, Element
from rma.labels.fitting import Line, block, single

THIN = 0.6
CAPTION = 5.6


def box(x: float, y: float, width: float, height: float, line: float = THIN) -> list[Element]:
    """A rectangle's outline, its lines inside it."""
    return [
        Bar(x, y, width, line),
        Bar(x, y + height - line, width, line),
        Bar(x, y, line, height),
        Bar(x + width - line, y, line, height),
    ]


def field(
    x: float,
    y: float,
    width: float,
    height: float,
    caption: str,
    lines: Sequence[tuple[str, bool]] = (),
    size: float = 9,
    frame: bool = True,
) -> list[Element]:
    """A box with its caption at the top and `lines` (text, bold) below, as large as they fit up to `size`."""
    elements: list[Element] = box(x, y, width, height) if frame else []
    elements.append(single(caption, x + 3, y + 2 + CAPTION, width - 6, CAPTION, 3.8))
    top = CAPTION * 1.2 + 4
    said = [Line(text, bold) for text, bold in lines if text]
    if said:
        elements += block(said, x + 4, y + top, width - 8, height - top - 2, size, 4.5)
    return elements


def cross(x: float, y: float, side: float, ticked: bool, caption: str, width: float) -> list[Element]:
    """A box to tick, ticked or not, with what it stands for."""
    elements: list[Element] = box(x, y, side, side, 0.8 if ticked else THIN)
    if ticked:
        elements.append(single("X", x + side / 2, y + side - 1.4, side, side * 1.05, 4, bold=True, align="centre"))
    return [*elements, single(caption, x + side + 3, y + side - 1.5, width - side - 3, 6.6, 4.2, bold=ticked)]

"""What a label consists of, in terms every printer has. Units are points (1/72 inch), the origin is the top left corner.

Barcodes are sized in dots of a 203 dpi thermal head, so that every module is a whole number of dots and prints sharp.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import segno
from reportlab.graphics.barcode import code128

DPI = 203
DOT = 72 / DPI


Align = Literal["left", "centre", "right"]


@dataclass(frozen=True)
class Text:
    """One line. `x` is its left, middle or right as `align` says, `y` its baseline; it is no wider than `width`."""

    x: float
    y: float
    text: str
    size: float
    width: float
    bold: bool = False
    align: Align = "left"
    white: bool = False

    @property
    def left(self) -> float:
        return self.x - {"left": 0.0, "centre": self.width / 2, "right": self.width}[self.align]


@dataclass(frozen=True)
class Bar:
    """A black rectangle; a thin one is a rule."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Code128:
    """A Code 128 symbol without its quiet zone: leave 10 modules free on both sides."""

    x: float
    y: float
    height: float
    data: str
    dots: int

    @property
    def width(self) -> float:
        return sum(widths(self.data)) * self.dots * DOT


@dataclass(frozen=True)
class Qr:
    """A QR symbol without its quiet zone: leave 4 modules free all around."""

    x: float
    y: float
    data: str
    dots: int

    @property
    def width(self) -> float:
        return len(matrix(self.data)) * self.dots * DOT


Element = Text | Bar | Code128 | Qr


@dataclass(frozen=True)
class Page:
    width: float
    height: float
    title: str
    language: str
    elements: tuple[Element, ...]


@lru_cache(maxsize=64)
def widths(data: str) -> tuple[int, ...]:
    """The bars and spaces of `data` in Code 128, alternating from a bar on, in modules. Digits are packed two by two."""
    symbol = code128.Code128(data, quiet=0)
    symbol.validate()
    symbol.encode()
    symbol.decompose()
    # reportlab writes bars as capitals and spaces as small letters, 'A' or 'a' being one module wide.
    return tuple(ord(letter.upper()) - ord("A") + 1 for letter in symbol.decomposed)


@lru_cache(maxsize=64)
def matrix(data: str) -> tuple[tuple[int, ...], ...]:
    """The QR code of `data`, rows of modules, 1 is black. Level M: 15% of it may be torn or smeared."""
    code = segno.make_qr(data, error="m", boost_error=False)
    return tuple(tuple(int(module) for module in row) for row in code.matrix)


def largest_qr(data: str, space: float) -> int:
    """The biggest module, in dots, at which the QR of `data` and its quiet zone fit into `space` points. ValueError: none does."""
    dots = int(space / DOT / (len(matrix(data)) + 8))
    if dots < 2:
        raise ValueError(f"the QR text of {len(data)} characters is too long to be printed {space:.0f} points wide")
    return min(dots, 10)


def snap(points: float) -> float:
    """`points` moved to the nearest dot."""
    return round(points / DOT) * DOT

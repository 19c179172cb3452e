"""Lines of any length into a box of a given size: they wrap, then shrink, and only then are cut, each with an ellipsis."""

from collections.abc import Sequence
from dataclasses import dataclass

from rma.labels.elements import Align, Text
from rma.labels.fonts import em_width

LEADING = 1.2
# FiraGO's capitals with an accent stay below this height over the baseline, in ems.
ASCENT = 0.86
_ELLIPSIS = "…"


@dataclass(frozen=True)
class Line:
    """One line of an address or a note; `bold` ones may be the name or the city."""

    text: str
    bold: bool = False


def wrap(text: str, width: float, size: float, bold: bool = False) -> list[str]:
    """`text` in lines no wider than `width` points at `size`. A word wider than that is broken where it must."""
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and em_width(joined, bold) * size <= width:
            lines[-1] = joined
            continue
        while em_width(word, bold) * size > width and len(word) > 1:
            end = _fitting(word, width, size, bold)
            lines.append(word[:end])
            word = word[end:]
        lines.append(word)
    return lines


def cut(text: str, width: float, size: float, bold: bool = False) -> str:
    """`text`, or as much of its beginning as fits with an ellipsis."""
    if em_width(text, bold) * size <= width:
        return text
    room = width - em_width(_ELLIPSIS, bold) * size
    return text[: _fitting(text, room, size, bold)].rstrip() + _ELLIPSIS


def _fitting(text: str, width: float, size: float, bold: bool) -> int:
    """How many characters of `text` fit, at least one."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if em_width(text[:middle], bold) * size <= width else (low, middle - 1)
    return low


def block(
    lines: Sequence[Line], x: float, y: float, width: float, height: float, largest: float, smallest: float
) -> list[Text]:
    """`lines` set into the box whose top left corner is (x, y), as large as they fit between the two sizes.

    At the smallest size each line is cut to fewer and fewer lines of its own, so that an endless street never pushes the
    city off the label; what is over even with one line each is left out at the end.
    """
    lines = [line for line in lines if line.text]
    size = largest
    while True:
        wrapped = [(wrap(line.text, width, size, line.bold), line.bold) for line in lines]
        if sum(len(parts) for parts, _ in wrapped) * size * LEADING <= height or size <= smallest:
            break
        size = max(smallest, size - 0.5)
    room = max(1, int(height / (size * LEADING)))
    each = max((len(parts) for parts, _ in wrapped), default=1)
    while each > 1 and sum(min(len(parts), each) for parts, _ in wrapped) > room:
        each -= 1
    rows = [
        (part if index < each - 1 or len(parts) <= each else cut(" ".join(parts[index:]), width, size, bold), bold)
        for parts, bold in wrapped
        for index, part in enumerate(parts[:each])
    ]
    return [
        Text(x, y + size * (ASCENT + LEADING * row), part, size, width, bold=bold)
        for row, (part, bold) in enumerate(rows[:room])
    ]


def single(
    text: str,
    x: float,
    y: float,
    width: float,
    largest: float,
    smallest: float,
    bold: bool = False,
    align: Align = "left",
    white: bool = False,
) -> Text:
    """One line with its baseline at `y`: shrunk to fit `width`, then cut."""
    natural = em_width(text, bold)
    size = max(smallest, min(largest, width / natural if natural else largest))
    # The hundredth of a point keeps a line that was just shrunk to fit from being cut for a rounding error.
    return Text(x, y, cut(text, width + 0.01, size, bold), size, width, bold, align, white)

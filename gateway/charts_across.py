"""Plots whose rows go across the page: stacked bars, and dots with the interval in which the truth lies. The rules are those of
gateway/charts.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from markupsafe import Markup

from gateway.charts import CHARACTER, NARROW, WIDE, Text, dot, frame, hatching, markup, put

LONGEST = 26
"""Characters of a label beside its bar; all of it stands in the table, and in the plot's own for whoever points at it."""
ROW, HEAD, FOOT = 27, 13, 24


@dataclass(frozen=True)
class Stack:
    """`values` as many as there are kinds; `words` stand at the end of the bar; `told` says the row in full."""

    label: str
    values: Sequence[float]
    words: str
    told: str


@dataclass(frozen=True)
class Span:
    """A value between `low` and `high`. `kind`: "first" for what matters, "plain" for the rest."""

    label: str
    value: float
    low: float
    high: float
    words: str
    told: str
    kind: str = "first"


def stacks(
    key: str, title: str, about: str, rows: Sequence[Stack], kinds: Sequence[str], whole: bool = False
) -> Markup:
    """A bar for each row, its values one after the other. `whole`: every bar is as long as the others, and shows parts of it."""
    return Markup("").join(markup(_stacks(key, title, about, rows, kinds, whole, size)) for size in (WIDE, NARROW))


def spans(
    key: str, title: str, about: str, rows: Sequence[Span], steps: Sequence[float], value: Text,
    middle: float | None = None, ends: tuple[str, str] | None = None,
) -> Markup:  # fmt: skip
    """A dot with its interval for each row, on an axis over `steps`. `middle`: where neither side weighs more; `ends` say what lies
    to the left and to the right of it."""
    return Markup("").join(markup(_spans(key, title, about, rows, steps, value, middle, ends, size)) for size in (WIDE, NARROW))


def shortened(text: str, longest: int = LONGEST) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


class _Rows:
    """Where rows and their labels go: beside the bars on a wide page, above them on a narrow one."""

    def __init__(self, size: tuple[int, int], labels: Sequence[str], words: Sequence[str], foot: int = 0, top: int = 0) -> None:
        self.width = size[0]
        self.beside = size is WIDE
        self.tall = ROW if self.beside else ROW + HEAD
        self.height = top + self.tall * len(labels) + 6 + foot
        self.top = top
        self.left = 14 + CHARACTER * max((len(shortened(label)) for label in labels), default=0) if self.beside else 0.0
        self.room = self.width - self.left - 14 - CHARACTER * max((len(word) for word in words), default=0)

    def y(self, place: int) -> float:
        """The upper edge of a row's bar."""
        return self.top + place * self.tall + 4 + (0 if self.beside else 14)

    def label(self, svg: Element, place: int, text: str) -> None:
        if self.beside:
            put(svg, "text", "label", x=self.left - 10, y=self.y(place) + 14, text_anchor="end").text = shortened(text)
        else:
            put(svg, "text", "label", x=0, y=self.y(place) - 3).text = shortened(text, 44)

    def hover(self, svg: Element, place: int, told: str) -> None:
        strip = put(svg, "rect", "hover", x=0, y=self.top + place * self.tall, width=self.width, height=self.tall)
        SubElement(strip, "title").text = told


def _stacks(
    key: str, title: str, about: str, rows: Sequence[Stack], kinds: Sequence[str], whole: bool, size: tuple[int, int]
) -> Element:
    at = _Rows(size, [row.label for row in rows], [row.words for row in rows])
    svg = frame(key, title, about, (at.width, at.height), "wide" if at.beside else "narrow")
    hatch = {kind: hatching(svg, f"{key}-{size[0]}", kind) for kind in kinds}
    longest = max((sum(row.values) for row in rows), default=0) or 1
    for place, row in enumerate(rows):
        x, y = at.left, at.y(place)
        at.label(svg, place, row.label)
        most = (sum(row.values) or 1) if whole else longest
        for kind, value in zip(kinds, row.values, strict=True):
            if value <= 0:
                continue
            box = {"x": x, "y": y, "width": max(at.room * value / most, 1), "height": 18}
            put(svg, "rect", f"bar {kind}", **box)
            if hatch[kind] and box["width"] > 4:
                put(svg, "rect", "", fill=f"url(#{hatch[kind]})", **box)
            x += box["width"]
        put(svg, "text", "tick strong", x=x + 8, y=y + 14).text = row.words
        at.hover(svg, place, row.told)
    return svg


def _spans(
    key: str, title: str, about: str, rows: Sequence[Span], steps: Sequence[float], value: Text, middle: float | None,
    ends: tuple[str, str] | None, size: tuple[int, int],
) -> Element:  # fmt: skip
    top = 20 if ends else 4
    at = _Rows(size, [row.label for row in rows], [row.words for row in rows], FOOT, top)
    svg = frame(key, title, about, (at.width, at.height), "wide" if at.beside else "narrow")
    bottom = at.height - FOOT

    def x(of: float) -> float:
        return at.left + 6 + (at.room - 12) * (of - steps[0]) / ((steps[-1] - steps[0]) or 1)

    for step in steps:
        put(svg, "line", "grid", x1=x(step), x2=x(step), y1=top - 2, y2=bottom)
        put(svg, "text", "tick", x=x(step), y=bottom + 16, text_anchor="middle").text = value(step)
    if middle is not None:
        put(svg, "line", "middle", x1=x(middle), x2=x(middle), y1=top - 2, y2=bottom)
    if ends:
        put(svg, "text", "tick", x=x(steps[0]), y=12, text_anchor="start").text = ends[0]
        put(svg, "text", "tick", x=x(steps[-1]), y=12, text_anchor="end").text = ends[1]
    for place, row in enumerate(rows):
        y = at.y(place) + 9
        at.label(svg, place, row.label)
        low, high = x(max(row.low, steps[0])), x(min(row.high, steps[-1]))
        put(svg, "line", f"span {row.kind}", x1=low, x2=high, y1=y, y2=y)
        for edge in (low, high):
            put(svg, "line", f"span {row.kind}", x1=edge, x2=edge, y1=y - 4, y2=y + 4)
        dot(svg, "first", x(min(max(row.value, steps[0]), steps[-1])), y, 4.4, row.kind != "first")
        put(svg, "text", "tick strong", x=at.left + at.room + 8, y=y + 4).text = row.words
        at.hover(svg, place, row.told)
    return svg

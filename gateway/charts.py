"""Plots as SVG: bars, lines and ranked bars. No style and no script in them, so that the page's policy holds: what draws charts in
Python writes both. Colours come from the style sheet by class, and no meaning rests on a colour alone: the second series is
hatched, dashed, or has other marks.

Each plot is drawn twice, for a wide and for a narrow page, so that its words keep their size; the style sheet shows one of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

from markupsafe import Markup

Text = Callable[[float], str]
"""A value in words."""

WIDE, NARROW = (620, 220), (330, 210)
TALL = (620, 292)
"""Of a plot beside two others."""
TOP, BOTTOM, RIGHT = 12, 26, 10
CHARACTER = 6.6
"""Width of a character of the axes' type; only to leave room for it."""

_COUNTS = (1, 2, 5)
_SECONDS = (
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 432000, 864000, 1728000,
)  # fmt: skip


@dataclass(frozen=True)
class Series:
    """`kind` names its looks in the style sheet: "first" and "second". None where there is nothing to say of a day."""

    name: str
    kind: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Plot:
    """`days`, `told` and each of the `series` are equally long; `told` says a day in full, to whoever points at it."""

    key: str
    title: str
    description: str
    days: Sequence[str]
    series: Sequence[Series]
    value: Text
    told: Sequence[str]
    is_time: bool = False
    tall: bool = False


def bars(plot: Plot) -> Markup:
    """Stacked, the first series at the bottom."""
    return _both(plot, _bars)


def lines(plot: Plot) -> Markup:
    return _both(plot, _lines)


def ranked(key: str, title: str, description: str, rows: Sequence[tuple[str, int, str]]) -> Markup:
    """A bar for each of (label, value, the value in words), longest first."""
    wide, narrow = (_ranked(key, title, description, rows, size) for size in (WIDE, NARROW))
    return _markup(wide) + _markup(narrow)


def ticks(highest: float, is_time: bool, most: int = 4) -> list[float]:
    """Round values from 0 to `highest` or above, `most` steps at the most."""
    highest = max(highest, 1.0)
    steps = _SECONDS if is_time else [base * 10**power for power in range(9) for base in _COUNTS]
    step = next((step for step in steps if highest <= step * most), steps[-1])
    count = -(-highest // step)
    return [step * n for n in range(int(count) + 1)]


class _Canvas:
    """One drawing: the frame with its axes, and where a value goes."""

    def __init__(self, plot: Plot, size: tuple[int, int], highest: float) -> None:
        self.width, self.height = size
        self.plot = plot
        steps = ticks(highest, plot.is_time)
        self.top_value = steps[-1]
        self.left = 8 + CHARACTER * max(len(plot.value(step)) for step in steps)
        self.svg = _svg(plot.key, plot.title, plot.description, size, "narrow" if size is NARROW else "wide")
        for step in steps:
            y = self.y(step)
            _add(self.svg, "line", "grid" if step else "base", x1=self.left, x2=self.width - RIGHT, y1=y, y2=y)
            _add(self.svg, "text", "tick", x=self.left - 6, y=y + 4, text_anchor="end").text = plot.value(step)
        self._days()

    @property
    def slot(self) -> float:
        return (self.width - RIGHT - self.left) / max(len(self.plot.days), 1)

    def x(self, place: int) -> float:
        """The middle of a day."""
        return self.left + self.slot * (place + 0.5)

    def y(self, value: float) -> float:
        return self.height - BOTTOM - (self.height - BOTTOM - TOP) * value / self.top_value

    def _days(self) -> None:
        count = len(self.plot.days)
        room = max(int((self.width - self.left - RIGHT) // (CHARACTER * 9)), 1)
        every = max(-(-count // room), 1)
        # Counted from today backwards: the last day is the one that is looked at.
        for place in range(count - 1, -1, -every):
            x, anchor = self.x(place), "middle"
            if x + CHARACTER * 4 > self.width:
                x, anchor = self.width - 2, "end"
            _add(self.svg, "text", "tick", x=x, y=self.height - 8, text_anchor=anchor).text = self.plot.days[place]

    def hover(self, place: int, parent: Element) -> None:
        """A strip over the whole day that says it in full to whoever points at it."""
        strip = _add(
            parent, "rect", "hover", x=self.left + self.slot * place, y=TOP, width=self.slot, height=self.height - BOTTOM - TOP
        )  # fmt: skip
        SubElement(strip, "title").text = self.plot.told[place]


def _bars(plot: Plot, size: tuple[int, int]) -> Element:
    totals = [sum(series.values[place] or 0 for series in plot.series) for place in range(len(plot.days))]
    canvas = _Canvas(plot, size, max(totals, default=0))
    hatch = _hatch(canvas.svg, f"{plot.key}-{size[0]}-hatch")
    width = max(canvas.slot * 0.72, 1.2)
    for place in range(len(plot.days)):
        under = 0.0
        for series in plot.series:
            value = series.values[place] or 0
            if value:
                top = canvas.y(under + value)
                box = {"x": canvas.x(place) - width / 2, "width": width, "y": top, "height": canvas.y(under) - top}
                _add(canvas.svg, "rect", f"bar {series.kind}", **box)
                if series.kind == "second" and width > 4:
                    _add(canvas.svg, "rect", "", fill=f"url(#{hatch})", **box)
            under += value
        canvas.hover(place, canvas.svg)
    return canvas.svg


def _lines(plot: Plot, size: tuple[int, int]) -> Element:
    values = [value for series in plot.series for value in series.values if value is not None]
    canvas = _Canvas(plot, size, max(values, default=0))
    # The first series on top: where there was one answer, both say the same, and its mark lies inside the other's.
    for series in reversed(plot.series):
        run: list[tuple[float, float]] = []
        for place, value in [*enumerate(series.values), (len(series.values), None)]:
            if value is not None:
                run.append((canvas.x(place), canvas.y(value)))
            elif run:
                points = " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
                _add(canvas.svg, "polyline", f"line {series.kind}", points=points)
                run = []
        for place, value in enumerate(series.values):
            if value is not None:
                _mark(canvas.svg, series.kind, canvas.x(place), canvas.y(value), 3.4 if canvas.slot > 9 else 2)
    for place in range(len(plot.days)):
        canvas.hover(place, canvas.svg)
    return canvas.svg


def _mark(parent: Element, kind: str, x: float, y: float, radius: float) -> None:
    if kind == "first":
        _add(parent, "circle", "mark first", cx=x, cy=y, r=radius)
    else:
        half = radius + 1.6  # a mark of the first series fits into it
        _add(parent, "rect", "mark second", x=x - half, y=y - half, width=2 * half, height=2 * half)


def _ranked(
    key: str, title: str, description: str, rows: Sequence[tuple[str, int, str]], size: tuple[int, int]
) -> Element:
    row, width = 27, size[0]
    # On a narrow page the words stand above their bar, not beside it.
    beside = size is WIDE
    tall = row if beside else row + 13
    height = tall * len(rows) + 6
    svg = _svg(key, title, description, (width, height), "wide" if beside else "narrow")
    left = 14 + CHARACTER * max((len(label) for label, _, _ in rows), default=0) if beside else 0
    room = width - left - 14 - CHARACTER * max((len(words) for _, _, words in rows), default=0)
    highest = max((value for _, value, _ in rows), default=1) or 1
    for place, (label, value, words) in enumerate(rows):
        y = place * tall + 4
        if beside:
            _add(svg, "text", "label", x=left - 10, y=y + 14, text_anchor="end").text = label
        else:
            _add(svg, "text", "label", x=0, y=y + 11).text = label
            y += 14
        length = max(room * value / highest, 2)
        _add(svg, "rect", "bar first", x=left, y=y, width=length, height=18, rx=3)
        _add(svg, "text", "tick strong", x=left + length + 8, y=y + 14).text = words
    return svg


def swatch(kind: str, shape: str) -> Markup:
    """The sign of a series for the legend, drawn as in the plot."""
    svg = Element("svg", {"class": "chart swatch", "viewBox": "0 0 26 14", "aria-hidden": "true", "focusable": "false"})
    if shape == "bar":
        _add(svg, "rect", f"bar {kind}", x=3, y=1, width=20, height=12)
        if kind == "second":
            hatch = _hatch(svg, "swatch-hatch")
            _add(svg, "rect", "", x=3, y=1, width=20, height=12, fill=f"url(#{hatch})")
    else:
        _add(svg, "polyline", f"line {kind}", points="1,7 25,7")
        _mark(svg, kind, 13, 7, 3.4)
    return _markup(svg)


def _both(plot: Plot, draw: Callable[[Plot, tuple[int, int]], Element]) -> Markup:
    return _markup(draw(plot, TALL if plot.tall else WIDE)) + _markup(draw(plot, NARROW))


def _svg(key: str, title: str, description: str, size: tuple[int, int], kind: str) -> Element:
    names = f"{key}-{kind}-title", f"{key}-{kind}-about"
    svg = Element(
        "svg",
        {
            "class": f"chart {kind}",
            "viewBox": f"0 0 {size[0]} {size[1]}",
            "role": "img",
            "aria-labelledby": " ".join(names),
        },
    )
    for name, tag, text in zip(names, ("title", "desc"), (title, description), strict=True):
        SubElement(svg, tag, {"id": name}).text = text
    return svg


def _hatch(svg: Element, name: str) -> str:
    pattern = SubElement(
        SubElement(svg, "defs"),
        "pattern",
        {"id": name, "width": "5", "height": "5", "patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)"},
    )
    _add(pattern, "line", "hatch", x1=0, y1=0, x2=0, y2=5)
    return name


def _add(parent: Element, tag: str, kind: str, **attributes: float | str) -> Element:
    written = {
        name.replace("_", "-"): value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
        for name, value in attributes.items()
    }
    return SubElement(parent, tag, ({"class": kind} if kind else {}) | written)


def _markup(svg: Element) -> Markup:
    return Markup(tostring(svg, encoding="unicode"))  # noqa: S704 - ElementTree escapes

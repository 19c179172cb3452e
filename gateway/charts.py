"""Plots as SVG: bars, lines and ranked bars. No style and no script in them, so that the page's policy holds: what draws charts in
Python writes both. Colours come from the style sheet by class, and no meaning rests on a colour alone: every series after the first
has a pattern, a dash or a mark of its own. Plots whose rows go across the page are in gateway/charts_across.py.

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
    """`kind` names its looks in the style sheet: "first" to "fourth"; lines have two. None: there is nothing to say of a day."""

    name: str
    kind: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Plot:
    """`days`, `told` and each of the `series` are equally long; `told` says a day in full, to whoever points at it. `open_from`:
    from this place on the numbers will still change. `limit`: a value that is drawn across the plot, and what it is."""

    key: str
    title: str
    description: str
    days: Sequence[str]
    series: Sequence[Series]
    value: Text
    told: Sequence[str]
    is_time: bool = False
    tall: bool = False
    open_from: int | None = None
    limit: tuple[float, str] | None = None

    def is_open(self, place: int) -> bool:
        return self.open_from is not None and place >= self.open_from


def bars(plot: Plot) -> Markup:
    """Stacked, the first series at the bottom."""
    return _both(plot, _bars)


def lines(plot: Plot) -> Markup:
    return _both(plot, _lines)


def ranked(key: str, title: str, description: str, rows: Sequence[tuple[str, float, str]]) -> Markup:
    """A bar for each of (label, value, the value in words), longest first."""
    wide, narrow = (_ranked(key, title, description, rows, size) for size in (WIDE, NARROW))
    return markup(wide) + markup(narrow)


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
        self.svg = frame(plot.key, plot.title, plot.description, size, "narrow" if size is NARROW else "wide")
        for step in steps:
            y = self.y(step)
            put(self.svg, "line", "grid" if step else "base", x1=self.left, x2=self.width - RIGHT, y1=y, y2=y)
            put(self.svg, "text", "tick", x=self.left - 6, y=y + 4, text_anchor="end").text = plot.value(step)
        self._days()
        if plot.limit is not None:
            y = self.y(plot.limit[0])
            put(self.svg, "line", "limit", x1=self.left, x2=self.width - RIGHT, y1=y, y2=y)
            put(self.svg, "text", "tick", x=self.width - RIGHT, y=y - 5, text_anchor="end").text = plot.limit[1]

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
            put(self.svg, "text", "tick", x=x, y=self.height - 8, text_anchor=anchor).text = self.plot.days[place]

    def hover(self, place: int, parent: Element) -> None:
        """A strip over the whole day that says it in full to whoever points at it."""
        strip = put(
            parent, "rect", "hover", x=self.left + self.slot * place, y=TOP, width=self.slot, height=self.height - BOTTOM - TOP
        )  # fmt: skip
        SubElement(strip, "title").text = self.plot.told[place]


def _bars(plot: Plot, size: tuple[int, int]) -> Element:
    totals = [sum(series.values[place] or 0 for series in plot.series) for place in range(len(plot.days))]
    canvas = _Canvas(plot, size, max(totals, default=0))
    hatch = {series.kind: hatching(canvas.svg, f"{plot.key}-{size[0]}", series.kind) for series in plot.series}
    width = max(canvas.slot * 0.72, 1.2)
    for place in range(len(plot.days)):
        under = 0.0
        for series in plot.series:
            value = series.values[place] or 0
            if value:
                top = canvas.y(under + value)
                box = {"x": canvas.x(place) - width / 2, "width": width, "y": top, "height": canvas.y(under) - top}
                put(canvas.svg, "rect", f"bar {series.kind}", **box)
                if hatch[series.kind] and width > 4:
                    put(canvas.svg, "rect", "", fill=f"url(#{hatch[series.kind]})", **box)
            under += value
        canvas.hover(place, canvas.svg)
    return canvas.svg


def _lines(plot: Plot, size: tuple[int, int]) -> Element:
    values = [value for series in plot.series for value in series.values if value is not None]
    canvas = _Canvas(plot, size, max([*values, plot.limit[0] if plot.limit else 0], default=0))
    # The first series on top: where there was one answer, both say the same, and its mark lies inside the other's.
    for series in reversed(plot.series):
        for kind, run in _runs(plot, series):
            points = " ".join(f"{canvas.x(place):.1f},{canvas.y(value):.1f}" for place, value in run)
            put(canvas.svg, "polyline", f"line {series.kind}{kind}", points=points)
        for place, value in enumerate(series.values):
            if value is not None:
                radius = 3.4 if canvas.slot > 9 else 2
                dot(canvas.svg, series.kind, canvas.x(place), canvas.y(value), radius, plot.is_open(place))
    for place in range(len(plot.days)):
        canvas.hover(place, canvas.svg)
    return canvas.svg


def _runs(plot: Plot, series: Series) -> list[tuple[str, list[tuple[int, float]]]]:
    """Stretches without a gap, as (class, points). What will still change is a stretch of its own, from where the sure ends."""
    found: list[tuple[str, list[tuple[int, float]]]] = []
    before: tuple[int, float] | None = None
    for place, value in enumerate(series.values):
        if value is None:
            before = None
            continue
        kind = " open" if plot.is_open(place) else ""
        if before is None or found[-1][0] != kind:
            found.append((kind, [before] if before else []))
        found[-1][1].append((place, value))
        before = (place, value)
    return found


def dot(parent: Element, kind: str, x: float, y: float, radius: float, is_open: bool = False) -> None:
    if kind == "first":
        put(parent, "circle", "mark first open" if is_open else "mark first", cx=x, cy=y, r=radius)
    else:
        half = radius + 1.6  # a mark of the first series fits into it
        put(parent, "rect", "mark second", x=x - half, y=y - half, width=2 * half, height=2 * half)


def _ranked(
    key: str, title: str, description: str, rows: Sequence[tuple[str, float, str]], size: tuple[int, int]
) -> Element:
    row, width = 27, size[0]
    # On a narrow page the words stand above their bar, not beside it.
    beside = size is WIDE
    tall = row if beside else row + 13
    height = tall * len(rows) + 6
    svg = frame(key, title, description, (width, height), "wide" if beside else "narrow")
    left = 14 + CHARACTER * max((len(label) for label, _, _ in rows), default=0) if beside else 0
    room = width - left - 14 - CHARACTER * max((len(words) for _, _, words in rows), default=0)
    highest = max((value for _, value, _ in rows), default=1) or 1
    for place, (label, value, words) in enumerate(rows):
        y = place * tall + 4
        if beside:
            put(svg, "text", "label", x=left - 10, y=y + 14, text_anchor="end").text = label
        else:
            put(svg, "text", "label", x=0, y=y + 11).text = label
            y += 14
        length = max(room * value / highest, 2)
        put(svg, "rect", "bar first", x=left, y=y, width=length, height=18, rx=3)
        put(svg, "text", "tick strong", x=left + length + 8, y=y + 14).text = words
    return svg


def swatch(kind: str, shape: str, key: str = "swatch") -> Markup:
    """The sign of a series for the legend, drawn as in the plot; `key` is the page's only one of that name."""
    svg = Element("svg", {"class": "chart swatch", "viewBox": "0 0 26 14", "aria-hidden": "true", "focusable": "false"})
    if shape == "bar":
        put(svg, "rect", f"bar {kind}", x=3, y=1, width=20, height=12)
        if hatch := hatching(svg, key, kind):
            put(svg, "rect", "", x=3, y=1, width=20, height=12, fill=f"url(#{hatch})")
    else:
        put(svg, "polyline", f"line {kind}", points="1,7 25,7")
        dot(svg, kind, 13, 7, 3.4)
    return markup(svg)


def _both(plot: Plot, draw: Callable[[Plot, tuple[int, int]], Element]) -> Markup:
    return markup(draw(plot, TALL if plot.tall else WIDE)) + markup(draw(plot, NARROW))


def frame(key: str, title: str, description: str, size: tuple[int, int], kind: str) -> Element:
    """An empty drawing with its name and what it says, for whoever does not see it."""
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


_TURNED = {"second": "45", "third": "135", "fourth": "90"}


def hatching(svg: Element, name: str, kind: str) -> str | None:
    """The pattern of a series, put into the drawing; None for the first, which has none."""
    if kind not in _TURNED:
        return None
    name = f"{name}-{kind}" if kind != "second" else f"{name}-hatch"
    pattern = SubElement(
        SubElement(svg, "defs"),
        "pattern",
        {"id": name, "width": "5", "height": "5", "patternUnits": "userSpaceOnUse",
         "patternTransform": f"rotate({_TURNED[kind]})"},
    )  # fmt: skip
    put(pattern, "line", "hatch", x1=0, y1=0, x2=0, y2=5)
    return name


def put(parent: Element, tag: str, kind: str, **attributes: float | str) -> Element:
    written = {
        name.replace("_", "-"): value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
        for name, value in attributes.items()
    }
    return SubElement(parent, tag, ({"class": kind} if kind else {}) | written)


def markup(svg: Element) -> Markup:
    return Markup(tostring(svg, encoding="unicode"))  # noqa: S704 - ElementTree escapes

"""The figures page: who waits now, how fast answers and solutions are, how much is solved without a person, and why not. Nobody of
the team is measured by name."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from aiohttp import hdrs, web
from babel.dates import format_date
from babel.units import format_unit
from markupsafe import Markup

from gateway.charts import Plot, Series, bars, lines, ranked, swatch
from gateway.console.page import render
from gateway.console.words import Words, words_of
from gateway.keys import CONTAINER
from gateway.problems import Problem
from rma.service.figures import Day, Spread
from rma.service.team_figures import Range

routes = web.RouteTableDef()

ADDRESS = "/console/metrics"
RANGES = (7, 30, 90)
USUAL = 30


@dataclass(frozen=True)
class Card:
    """A plot as the page shows it, with its numbers. `legend` are (sign, words); `rows` begin with their heading."""

    key: str
    title: str
    picture: Markup | None
    legend: Sequence[tuple[Markup, str]]
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@routes.get(ADDRESS)
async def page(request: web.Request) -> web.Response:
    days = _asked(request)
    team, words = request.app[CONTAINER].team, words_of(request)
    now, found = await team.now(), await team.last(days)
    return render(
        request,
        "metrics.html",
        words=words,
        ranges=RANGES,
        days=days,
        waiting=now,
        oldest=lasting(now.oldest_seconds, words),
        found=found,
        first=_long(found.first, words),
        last=_long(found.last, words),
        share=_percent(found.share_alone, words),
        lasting=lambda seconds: lasting(seconds, words),
        cards=[card(found, words) for card in _CARDS.values()],
    )


@routes.get(ADDRESS + r"/{plot:[a-z_]{1,20}}.csv")
async def table(request: web.Request) -> web.Response:
    """The numbers of a plot for a spreadsheet: days as ISO 8601, times in seconds, codes as they are."""
    days = _asked(request)
    write = _TABLES.get(request.match_info["plot"])
    if write is None:
        raise Problem(404, "There are no such figures.")
    found = await request.app[CONTAINER].team.last(days)
    text = io.StringIO()
    csv.writer(text).writerows(write(found))
    name = f"{request.match_info['plot']}-{found.first}-{found.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(text=text.getvalue(), content_type="text/csv", charset="utf-8", headers=headers)


def _asked(request: web.Request) -> int:
    given = request.query.get("days", str(USUAL))
    if given not in {str(days) for days in RANGES}:
        raise Problem(422, f"'days' is not one of {', '.join(map(str, RANGES))}.")
    return int(given)


# -- words ------------------------------------------------------------------------------------------------------------

_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def lasting(seconds: float | None, words: Words) -> str:
    """A length of time in its two largest units: "3h 20m"."""
    if seconds is None:
        return "–"
    left, parts = round(seconds), list[str]()
    for unit, size in _UNITS:
        if left >= size and len(parts) < 2 and not (parts and unit == "second"):
            parts.append(str(format_unit(left // size, f"duration-{unit}", "narrow", locale=words.language)))
            left %= size
        elif parts:
            break
    return " ".join(parts) or str(format_unit(0, "duration-second", "narrow", locale=words.language))


def _percent(share: float | None, words: Words) -> str:
    return "–" if share is None else f"{share:.0%}" if words.language == "en" else f"{share * 100:.0f} %"


def _long(day: date, words: Words) -> str:
    return str(format_date(day, "d MMMM y", locale=words.language))


def _short(day: Day, words: Words) -> str:
    return str(format_date(day.day, "d MMM", locale=words.language))


def _full(day: Day, words: Words) -> str:
    return str(format_date(day.day, "EEE d MMM", locale=words.language))


# -- plots ------------------------------------------------------------------------------------------------------------


def _conversations(found: Range, words: Words) -> Card:
    days, t = found.days, words.t
    names = t("metrics_alone"), t("metrics_person")
    plot = Plot(
        key="conversations",
        title=t("metrics_conversations"),
        description=t(
            "metrics_conversations_about",
            count=found.conversations,
            alone=found.solved_alone,
            share=_percent(found.share_alone, words),
        ),
        days=[_short(day, words) for day in days],
        series=[
            Series(names[0], "first", [day.solved_alone for day in days]),
            Series(names[1], "second", [day.conversations - day.solved_alone for day in days]),
        ],
        value=lambda value: f"{value:g}",
        told=[
            t("metrics_day_told", day=_full(day, words), count=day.conversations, alone=day.solved_alone) for day in days
        ],
        tall=True,
    )
    rows = [
        [_full(day, words), str(day.conversations), str(day.solved_alone), _percent(day.share_alone, words), str(day.handed_over)]
        for day in days
    ]
    head = [t("metrics_day"), t("metrics_total"), names[0], t("metrics_share"), t("metrics_handed_over")]
    legend = [(swatch("first", "bar"), names[0]), (swatch("second", "bar"), names[1])]
    return Card("conversations", plot.title, bars(plot) if found.conversations else None, legend, head, rows)


def _times(key: str, of: Callable[[Day], Spread], whole: Callable[[Range], Spread]) -> Callable[[Range, Words], Card]:
    def card(found: Range, words: Words) -> Card:
        days, t, total = found.days, words.t, whole(found)
        names = t("metrics_median"), t("metrics_p90")
        spreads = [of(day) for day in days]
        plot = Plot(
            key=key,
            title=t(f"metrics_{key}"),
            description=t(
                "metrics_times_about",
                count=total.count,
                median=lasting(total.median, words),
                p90=lasting(total.p90, words),
            ),
            days=[_short(day, words) for day in days],
            series=[
                Series(names[0], "first", [spread.median for spread in spreads]),
                Series(names[1], "second", [spread.p90 for spread in spreads]),
            ],
            value=lambda value: lasting(value, words) if value else "0",
            told=[
                t("metrics_times_told", day=_full(day, words), count=spread.count,
                  median=lasting(spread.median, words), p90=lasting(spread.p90, words))
                for day, spread in zip(days, spreads, strict=True)
            ],
            is_time=True,
        )  # fmt: skip
        rows = [
            [_full(day, words), str(spread.count), lasting(spread.median, words), lasting(spread.p90, words)]
            for day, spread in zip(days, spreads, strict=True)
        ]
        head = [t("metrics_day"), t("metrics_count"), *names]
        legend = [(swatch("first", "line"), names[0]), (swatch("second", "line"), names[1])]
        return Card(key, plot.title, lines(plot) if total.count else None, legend, head, rows)

    return card


def _causes(found: Range, words: Words) -> Card:
    total = sum(found.causes.values())
    rows = [(words.code("cause", cause), count, _part(count, total, words)) for cause, count in found.causes.items()]
    return _ranking("causes", rows, words, words.t("metrics_causes_about", count=total))


def _volumes(found: Range, words: Words) -> Card:
    total = sum(found.volumes.values())
    rows = [
        (f"{words.code('channel', channel)}, {words.code('language', language)}", count, _part(count, total, words))
        for (channel, language), count in sorted(found.volumes.items(), key=lambda item: (-item[1], item[0]))
    ]
    return _ranking("volumes", rows, words, words.t("metrics_volumes_about", count=total))


def _part(count: int, total: int, words: Words) -> str:
    return f"{count} ({_percent(count / total, words)})"


def _ranking(key: str, rows: list[tuple[str, int, str]], words: Words, about: str) -> Card:
    title = words.t(f"metrics_{key}")
    head = [words.t(f"metrics_{key}_head"), words.t("metrics_count")]
    picture = ranked(key, title, about, rows) if rows else None
    return Card(key, title, picture, [], head, [[label, told] for label, _, told in rows])


_CARDS: dict[str, Callable[[Range, Words], Card]] = {
    "conversations": _conversations,
    "causes": _causes,
    "volumes": _volumes,
    "first_response": _times("first_response", lambda day: day.first_response, lambda found: found.first_response),
    "resolution": _times("resolution", lambda day: day.resolution, lambda found: found.resolution),
}


# -- tables -----------------------------------------------------------------------------------------------------------

Rows = list[list[Any]]


def _conversation_rows(found: Range) -> Rows:
    head = ["day", "conversations", "solved_without_a_person", "handed_over"]
    return [head, *([day.day, day.conversations, day.solved_alone, day.handed_over] for day in found.days)]


def _time_rows(of: Callable[[Day], Spread]) -> Callable[[Range], Rows]:
    def rows(found: Range) -> Rows:
        spreads = [(day.day, of(day)) for day in found.days]
        return [
            ["day", "count", "median_seconds", "p90_seconds"],
            *([day, spread.count, spread.median, spread.p90] for day, spread in spreads),
        ]

    return rows


def _cause_rows(found: Range) -> Rows:
    days = [[day.day, cause, count] for day in found.days for cause, count in sorted(day.causes.items())]
    return [["day", "cause", "count"], *days]


def _volume_rows(found: Range) -> Rows:
    return [["channel", "language", "conversations"], *([*key, count] for key, count in sorted(found.volumes.items()))]


_TABLES: dict[str, Callable[[Range], Rows]] = {
    "conversations": _conversation_rows,
    "first_response": _time_rows(lambda day: day.first_response),
    "resolution": _time_rows(lambda day: day.resolution),
    "causes": _cause_rows,
    "volumes": _volume_rows,
}

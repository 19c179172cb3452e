"""The figures page: its numbers are those of the database, counted here anew in SQL; its plots can be read without a colour."""

import csv
import io
import re
import sqlite3
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.charts import NARROW, WIDE, Plot, Series, bars, lines, ranked, ticks
from gateway.console.metrics import lasting
from gateway.console.words import Words
from rma.model.conversations import Channel
from tests.fixtures.support import MONDAY
from tests.integration.console_kit import Console, Desk, Markup

pytest_plugins = "tests.integration.console_kit"

PARIS = ZoneInfo("Europe/Paris")
WAITING = "conversations WHERE status = 'open' AND waiting_since NOT NULL"
TODAY = MONDAY.astimezone(PARIS).date()


async def weeks(desk: Desk) -> None:
    """Three weeks of a small team's work, with everything that the figures count."""
    agents = {agent.login: agent for agent in await desk.container.agents.everybody()}
    support, clock = desk.container.support, desk.clock
    causes = ("asked_for", "anger", "appeal", "not_understood")
    for day in range(21):
        clock.now = MONDAY - timedelta(days=20 - day, hours=2)
        for number in range(day % 4 + 1):
            channel = Channel.SMS if number == 2 else Channel.WEB
            language = "fr" if (day + number) % 3 else "en"
            cause = causes[(day + number) % 4] if number % 2 else None
            talk = await desk.talk("hello", cause=cause, number=None, language=language, channel=channel)
            if cause is None:
                continue
            clock.forward(minutes=3 + 7 * number + day)
            if day % 5 == 4 and number == 1:
                continue
            await support.say(agents["ann"], talk, "good morning")
            clock.forward(minutes=11)
            await support.say(agents["ann"], talk, "and more")
            if day % 3:
                clock.forward(hours=day)
                await support.resolve(agents["ann"], talk)
                if day == 7:
                    await support.reopen(agents["bob"], talk)
                    clock.forward(minutes=30)
                    await support.say(agents["bob"], talk, "again")
    # One late in the evening of New York is a day later in Paris.
    clock.now = (MONDAY - timedelta(days=2)).replace(hour=23, minute=30)
    await desk.talk("late", cause=None, number=None)
    clock.now = MONDAY


class Counted:
    """The same figures from the tables, by other ways than the product's."""

    def __init__(self, path: Path, days: int) -> None:
        self.connection = sqlite3.connect(path)
        self.first = TODAY - timedelta(days=days - 1)
        self.days = [self.first + timedelta(days=n) for n in range(days)]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(statement).fetchall()

    def day(self, instant: str) -> date:
        return datetime.fromisoformat(f"{instant}+00:00").astimezone(PARIS).date()

    def conversations(self) -> dict[date, tuple[int, int]]:
        touched = {row[0] for row in self.rows("SELECT conversation_id FROM tickets")} | {
            row[0]
            for row in self.rows(
                "SELECT conversation_id FROM support_events WHERE kind IN ('handed_over', 'taken', 'reopened')"
            )
        }
        found: dict[date, list[bool]] = defaultdict(list)
        for conversation, at in self.rows(
            "SELECT id, created_at FROM conversations c WHERE channel <> 'form' AND EXISTS"
            " (SELECT 1 FROM messages m WHERE m.conversation_id = c.id AND m.sender = 'shopper')"
        ):
            found[self.day(at)].append(conversation not in touched)
        return {day: (len(found[day]), sum(found[day])) for day in self.days}

    def volumes(self) -> Counter[tuple[str, str]]:
        rows = self.rows("SELECT channel, language, created_at FROM conversations WHERE last_shopper_id > 0")
        return Counter((row[0], row[1]) for row in rows if self.day(row[2]) >= self.first)

    def causes(self) -> Counter[tuple[date, str]]:
        rows = self.rows("SELECT opened_at, cause FROM tickets")
        return Counter((self.day(at), cause) for at, cause in rows if self.day(at) >= self.first)

    def times(self) -> dict[date, tuple[list[float], list[float]]]:
        """Walks the audit trail of each conversation from its beginning to its end."""
        found: dict[date, tuple[list[float], list[float]]] = {day: ([], []) for day in self.days}
        trail: dict[str, list[tuple[str, datetime, str]]] = defaultdict(list)
        for conversation, kind, at in self.rows("SELECT conversation_id, kind, at FROM support_events ORDER BY id"):
            if conversation:
                trail[conversation].append((kind, datetime.fromisoformat(at), at))
        for events in trail.values():
            began: tuple[datetime, date] | None = None
            answered = False
            for kind, at, written in events:
                if kind in ("handed_over", "taken", "reopened") and began is None:
                    began, answered = (at, self.day(written)), False
                elif began and kind == "said" and not answered:
                    answered = True
                    if began[1] in found:
                        found[began[1]][0].append((at - began[0]).total_seconds())
                elif began and kind in ("resolved", "given_back", "called_back"):
                    if began[1] in found:
                        found[began[1]][1].append((at - began[0]).total_seconds())
                    began = None
        return found


async def table(console: Console, plot: str, days: int) -> list[dict[str, str]]:
    answer = await console.get(f"/console/metrics/{plot}.csv?days={days}")
    assert answer.status == 200 and answer.content_type == "text/csv" and "attachment" in answer.headers["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(await answer.text())))


def p90(values: list[float]) -> float:
    """The smallest value that nine of ten do not exceed."""
    return next(value for value in sorted(values) if sum(other <= value for other in values) >= 0.9 * len(values))


@pytest.mark.parametrize("days", [7, 30])
async def test_the_numbers_are_those_of_the_database(desk: Desk, sqlite_url: str, days: int) -> None:
    await weeks(desk)
    console, counted = await desk.enter("ann"), Counted(Path(sqlite_url.removeprefix("sqlite:///")), days)
    expected = counted.conversations()
    rows = await table(console, "conversations", days)
    shown = [(date.fromisoformat(row["day"]), int(row["conversations"]), int(row["solved_without_a_person"])) for row in rows]
    assert {day: (count, alone) for day, count, alone in shown} == expected
    assert len(rows) == days and any(count for count, _ in expected.values())
    times = counted.times()
    for plot, place in (("first_response", 0), ("resolution", 1)):
        for row in await table(console, plot, days):
            seconds = times[date.fromisoformat(row["day"])][place]
            assert int(row["count"]) == len(seconds)
            if seconds:
                assert float(row["median_seconds"]) == pytest.approx(median(seconds))
                assert float(row["p90_seconds"]) == pytest.approx(p90(seconds))
            else:
                assert row["median_seconds"] == row["p90_seconds"] == ""
    rows = await table(console, "causes", days)
    assert {(date.fromisoformat(row["day"]), row["cause"]): int(row["count"]) for row in rows} == counted.causes()
    rows = await table(console, "volumes", days)
    volumes = {(row["channel"], row["language"]): int(row["conversations"]) for row in rows}
    assert volumes == counted.volumes() and sum(volumes.values()) == sum(count for count, _ in expected.values())

    tiles = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]*?)\s*<", await console.page(f"/console/metrics?days={days}")))
    total, alone = (sum(pair[place] for pair in expected.values()) for place in (0, 1))
    every = [[seconds for day in times.values() for seconds in day[place]] for place in (0, 1)]
    words = Words(desk.container.texts, "en", PARIS, desk.clock())
    assert tiles["Conversations"] == str(total) and tiles["Solved without a person"] == f"{alone / total:.0%}"
    assert tiles["Time to the first answer"] == lasting(median(every[0]), words)
    assert tiles["Time to the solution"] == lasting(median(every[1]), words)
    waiting = counted.rows(f"SELECT count(*), min(waiting_since) FROM {WAITING}")[0]
    assert tiles["Waiting for an answer"] == str(waiting[0]) != "0"
    oldest = (MONDAY - datetime.fromisoformat(f"{waiting[1]}+00:00")).total_seconds()
    assert tiles["Longest wait"] == lasting(oldest, words)
    assert tiles["Open"] == str(counted.rows("SELECT count(*) FROM conversations WHERE status = 'open'")[0][0])


async def test_prometheus_reads_the_same(desk: Desk, sqlite_url: str) -> None:
    await weeks(desk)
    answer = await desk.shop.client.get("/metrics")
    read = dict(re.findall(r"^(retour_support\S+) (\S+)$", await answer.text(), re.MULTILINE))
    counted = Counted(Path(sqlite_url.removeprefix("sqlite:///")), 30)
    by_cause = counted.rows(f"SELECT cause, count(*) FROM {WAITING} GROUP BY cause")
    for cause, count in by_cause:
        assert float(read[f'retour_support_waiting{{cause="{cause}"}}']) == count
    all_causes = [float(value) for name, value in read.items() if name.startswith("retour_support_waiting{")]
    assert sum(all_causes) == sum(row[1] for row in by_cause)
    assert float(read["retour_support_oldest_waiting_seconds"]) > 0 and float(read['retour_support_waiting{cause="safety"}']) == 0
    since = (MONDAY - timedelta(days=7)).strftime("%Y-%m-%d %H:%M:%S")
    began = counted.rows(f"SELECT count(*) FROM support_events WHERE at >= '{since}' AND kind IN ('resolved', 'given_back')")
    assert 0 < float(read["retour_support_resolution_count"]) <= began[0][0]
    assert float(read['retour_support_first_response_seconds{quantile="0.9"}']) >= float(
        read['retour_support_first_response_seconds{quantile="0.5"}']
    )


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_every_plot_can_be_read_without_seeing_it(desk: Desk, language: str) -> None:
    await weeks(desk)
    console = await desk.enter("ann")
    page = await console.page(f"/console/metrics?lang={language}")
    markup = Markup(page)
    assert not markup.dangers()
    pictures = [attributes for tag, attributes in markup.elements if tag == "svg" and attributes.get("role") == "img"]
    names = {attributes["id"] for _, attributes in markup.elements if attributes.get("id")}
    assert len(pictures) == 10
    for picture in pictures:
        named = str(picture["aria-labelledby"]).split()
        assert len(named) == 2 and set(named) <= names
    tags = Counter(tag for tag, _ in markup.elements)
    assert tags["desc"] == 10 and tags["table"] == 5 and tags["caption"] + tags["th"] > 5
    ids = [attributes["id"] for _, attributes in markup.elements if attributes.get("id")]
    assert len(ids) == len(set(ids))
    assert ("Time to the first answer" if language == "en" else "Délai de première réponse") in markup.text
    answer = await console.get("/console/metrics")
    assert "style-src 'self'" in answer.headers["Content-Security-Policy"] and answer.headers["Cache-Control"] == "no-store"


async def test_a_new_shop_has_a_page_too(desk: Desk) -> None:
    console = await desk.enter("eve")
    text = Markup(await console.page("/console/metrics?days=90")).text
    assert text.count("Nothing in these days yet.") == 5 and "–" in text
    assert 'aria-current="page"' in (await console.page("/console/metrics")).split("</nav>")[0]


async def test_nobody_else_sees_them_and_nothing_else_is_asked(desk: Desk) -> None:
    for path in ("/console/metrics", "/console/metrics/causes.csv"):
        answer = await desk.shop.client.get(path, allow_redirects=False)
        assert answer.status == 303 and answer.headers["Location"].startswith("/console/login")
    console = await desk.enter("ann")
    for path, status in (
        ("/console/metrics?days=8", 422), ("/console/metrics?days=<script>", 422), ("/console/metrics?days=9999999999", 422),
        ("/console/metrics/causes.csv?days=x", 422), ("/console/metrics/nothing.csv", 404), ("/console/metrics/../x.csv", 404),
    ):  # fmt: skip
        answer = await console.get(path)
        assert answer.status == status and "<script>" not in (await answer.text()).split("<main")[-1]


def test_ticks_are_round_and_few() -> None:
    for highest in (0, 0.4, 1, 3, 7, 99, 1234):
        values = ticks(highest, is_time=False)
        assert values[0] == 0 and values[-1] >= highest and len(values) <= 6 and all(value == int(value) for value in values)
    assert ticks(5400, is_time=True) == [0, 1800, 3600, 5400]
    assert ticks(86400 * 3, is_time=True)[-1] == 86400 * 4 or ticks(86400 * 3, is_time=True)[-1] == 86400 * 3


def test_a_plot_stays_in_its_frame_whatever_its_numbers() -> None:
    for values in ([], [0.0], [None] * 90, [1e9, None, 3.0], [5.0] * 90):
        names = [f"{n} Nov" for n in range(len(values))]
        whole = [value or 0 for value in values]
        plot = Plot("k", "t <b>", 'd "&"', names, [Series("a", "first", whole), Series("b", "second", whole)], str, names)
        dotted = Plot("l", "t", "d", names, [Series("a", "first", values)], str, names, is_time=True)
        for picture in (*str(bars(plot)).split("</svg>")[:2], *str(lines(dotted)).split("</svg>")[:2]):
            width, height = WIDE if 'class="chart wide"' in picture else NARROW
            numbers = {name: [float(n) for n in re.findall(rf'\b{name}="([-\d.]+)"', picture)] for name in ("x", "y", "cx", "cy")}
            assert all(-1 <= n <= width for n in numbers["x"] + numbers["cx"])
            assert all(-1 <= n <= height for n in numbers["y"] + numbers["cy"])
            assert "<b>" not in picture
    hostile = ranked("r", "t", "d", [("<script>", 3, "3")])
    assert "&lt;script&gt;" in hostile and "<script>" not in hostile

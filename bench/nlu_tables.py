"""The tables of understanding: right by group, by intent, by reason, with what was taken for what."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from bench.nlu_contestants import Answer
from bench.nlu_data import Row

CONSOLE = Console(width=132)
OURS = "retour"
NONE = "none"
Given = Mapping[str, Sequence[Answer]]
"""The answers of each contestant, in the order of the rows."""


@dataclass(frozen=True)
class Question:
    """What a row is labelled with and what an answer says to it: the intent, or the reason, NONE where there is none."""

    name: str
    labels: Callable[[Row], set[str]]
    """All that count as right; `first` is the one that it is counted under."""
    first: Callable[[Row], str]
    said: Callable[[Answer], str]

    def right(self, row: Row, answer: Answer) -> bool:
        return self.said(answer) in self.labels(row)


INTENT = Question(
    "intent", lambda row: {row["intent"], *row.get("alt_intents", [])}, lambda row: row["intent"], lambda a: a.intent
)
REASON = Question(
    "reason",
    lambda row: {row["reason"] or NONE, *row.get("alt_reasons", [])},
    lambda row: row["reason"] or NONE,
    lambda a: a.reason or NONE,
)


def percent(hits: Sequence[bool]) -> str:
    return f"{100 * sum(hits) / len(hits):.1f}%" if hits else "-"


def table(title: str, *columns: str, left: int = 1) -> Table:
    made = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        made.add_column(column, justify="left" if number < left or column == "taken for" else "right")
    return made


def _groups(rows: Sequence[Row]) -> Iterator[tuple[str, list[int]]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        everything = "synthetic" if row.get("synthetic") else "all"
        style = row.get("style") or row.get("source") or "-"
        for name in (everything, row["language"], f"{row['language']} {style}"):
            groups[name].append(place)
    yield from sorted(groups.items(), key=lambda item: (item[0] not in ("all", "synthetic"), item[0]))


def print_groups(rows: Sequence[Row], given: Given) -> None:
    made = table("Intent right; the language, in sentences of three words or more", "group", "rows", *given, "language", "of")
    for name, places in _groups(rows):
        long = [i for i in places if len(rows[i]["text"].split()) >= 3]
        made.add_row(
            name,
            str(len(places)),
            *(percent([INTENT.right(rows[i], answers[i]) for i in places]) for answers in given.values()),
            percent([given[OURS][i].language == rows[i]["language"] for i in long]),
            str(len(long)),
        )
    CONSOLE.print(made)


def print_reasons(rows: Sequence[Row], given: Given) -> None:
    """`given`: of those that tell reasons."""
    invented = [f"{name}, invented" for name in given]
    made = table("Reason right where one is stated; one invented where none is", "group", "of", *given, "silent", *invented)
    for name, places in _groups(rows):
        stated = [i for i in places if rows[i]["reason"]]
        silent = [i for i in places if not rows[i]["reason"] and not rows[i].get("alt_reasons")]
        made.add_row(
            name,
            str(len(stated)),
            *(percent([REASON.right(rows[i], answers[i]) for i in stated]) for answers in given.values()),
            str(len(silent)),
            *(percent([answers[i].reason is not None for i in silent]) for answers in given.values()),
        )
    CONSOLE.print(made)


def print_labels(question: Question, rows: Sequence[Row], given: Given) -> None:
    """Every label: how many of its rows each contestant found; of ours also how many of those it named are of it, and
    what its rows were taken for."""
    ours = given[OURS]
    made = table(
        f"By {question.name}: found by each; of {OURS} also how many so named are right, and all that was taken for another",
        question.name, "rows", *given, "precision", "taken for",
    )  # fmt: skip
    for label in sorted({question.first(row) for row in rows}):
        places = [i for i, row in enumerate(rows) if question.first(row) == label]
        named = [i for i, answer in enumerate(ours) if question.said(answer) == label]
        wrong = Counter(question.said(ours[i]) for i in places if not question.right(rows[i], ours[i]))
        made.add_row(
            label,
            str(len(places)),
            *(percent([question.right(rows[i], answers[i]) for i in places]) for answers in given.values()),
            percent([question.right(rows[i], ours[i]) for i in named]),
            ", ".join(f"{other} {count}" for other, count in wrong.most_common()),
        )
    CONSOLE.print(made)


def print_scope(rows: Sequence[Row], given: Given) -> None:
    outside = [i for i, row in enumerate(rows) if INTENT.labels(row) == {"out_of_scope"}]
    inside = [i for i, row in enumerate(rows) if "out_of_scope" not in INTENT.labels(row)]
    made = table("Out of scope", "", "caught", "of", "real requests lost to it", "of")
    for name, answers in given.items():
        caught = percent([answers[i].intent == "out_of_scope" for i in outside])
        lost = percent([answers[i].intent == "out_of_scope" for i in inside])
        made.add_row(name, caught, str(len(outside)), lost, str(len(inside)))
    CONSOLE.print(made)

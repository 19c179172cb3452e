"""Understanding: accuracy by language, style, intent, and speed, next to baselines. `python -m bench.nlu`.

Everything is trained here, on data/nlu, in this run. Test files are bench/data/nlu_test.jsonl and those named in
NLU_DATA (separated by ":"), rows of `{"text", "language", "intent", "reason"}` and, where there are, "alt_intents",
"alt_reasons", "style" or "source". Rows whose text is also trained on are left out and counted.
"""

import datetime as dt
import json
import os
import re
import resource
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from bench.nlu_baselines import spacy_textcat, tfidf_linear
from bot.nlu.clauses import clauses, fragments
from bot.nlu.components import example_of
from bot.nlu.entities.extract import extract
from bot.nlu.features import Utterance
from bot.nlu.language import detect
from bot.nlu.minilm import shared_encoder
from bot.nlu.understanding import Example, Understanding

ROOT = Path(__file__).resolve().parent.parent
CONSOLE = Console(width=112)
Row = dict[str, Any]
Trainer = Callable[[Sequence[Example]], Callable[[str], "Answer"]]


@dataclass(frozen=True)
class Answer:
    intent: str
    reason: str | None = None
    language: str | None = None


@dataclass(frozen=True)
class Contestant:
    """Something that was trained: `answer` one text, `seconds` to train, `memory` MB the process grew to meanwhile."""

    name: str
    answer: Callable[[str], Answer]
    seconds: float
    memory: float


def main() -> None:
    examples = _training_examples()
    trained_on = {_same(e.utterance.text) for e in examples}
    print(f"{len(examples)} training sentences")
    contestants = [_trained(name, train, examples) for name, train in CONTESTANTS.items()]
    files = [
        ROOT / "bench" / "data" / "nlu_test.jsonl",
        *map(Path, filter(None, os.environ.get("NLU_DATA", "").split(":"))),
    ]
    speeds: dict[str, float] = {}
    for path in files:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        fresh = [row for row in rows if _same(row["text"]) not in trained_on]
        print(f"\n{path.name}: {len(rows)} rows, {len(rows) - len(fresh)} left out because they are trained on")
        answers = {}
        for contestant in contestants:
            began = time.perf_counter()
            answers[contestant.name] = [contestant.answer(row["text"]) for row in fresh]
            speeds[contestant.name] = (time.perf_counter() - began) / max(len(fresh), 1)
        _print_groups(fresh, answers)
        _print_intents(fresh, answers["retour"])
        _print_scope(fresh, answers)
    _print_costs(contestants, speeds)


def _training_examples() -> list[Example]:
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    from rasa.shared.nlu.training_data.loading import load_data

    return [example_of(message) for message in load_data(str(ROOT / "data" / "nlu")).intent_examples]


def _trained(name: str, train: Trainer, examples: list[Example]) -> Contestant:
    began = time.perf_counter()
    answer = train(examples)
    # ru_maxrss is in KB on Linux, and only grows: the leanest are trained first.
    return Contestant(
        name, answer, time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    )


def _ours(examples: Sequence[Example]) -> Callable[[str], Answer]:
    understanding = Understanding.fit(examples, shared_encoder())
    # As the component does when Rasa loads it.
    threadpool_limits(1, user_api="blas")
    today = dt.datetime.now(dt.UTC).date()

    def answer(text: str) -> Answer:
        # What a message goes through in Rasa, clauses included.
        language = detect(text)[0]
        found = extract(text, language, today)
        spans, pieces = (cut if len(cut) > 1 else [] for cut in (clauses(text, found), fragments(text, found)))
        whole = understanding.read(Utterance(text, tuple(found)), spans, pieces)[0]
        return Answer(whole.intent, whole.reason, language)

    return answer


def _baseline(train: Callable[[list[str], list[str]], Callable[[str], str]]) -> Trainer:
    def trained(examples: Sequence[Example]) -> Callable[[str], Answer]:
        predict = train([e.utterance.text for e in examples], [e.intent for e in examples])
        return lambda text: Answer(predict(text))

    return trained


CONTESTANTS = {"tf-idf + linear": _baseline(tfidf_linear), "spaCy textcat": _baseline(spacy_textcat), "retour": _ours}


def _same(text: str) -> str:
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def _right(row: Row, answer: Answer) -> bool:
    return answer.intent in {row["intent"], *row.get("alt_intents", [])}


def _percent(hits: Sequence[bool]) -> str:
    return f"{100 * sum(hits) / len(hits):.1f}%" if hits else "-"


def _print_groups(rows: list[Row], answers: dict[str, list[Answer]]) -> None:
    groups: dict[str, list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        group = "synthetic" if row.get("synthetic") else "all"
        style = row.get("style") or row.get("source")
        for name in (group, row["language"], f"{row['language']} {style}"):
            groups[name].append(i)
    table = Table(title="Intent right; for retour also the reason where one is stated, one invented, the language")
    for column in ("group", "rows", *answers, "reason", "of", "invented", "language"):
        table.add_column(column, justify="left" if column == "group" else "right")
    ours = answers["retour"]
    for name, places in sorted(groups.items(), key=lambda item: (item[0] not in ("all", "synthetic"), item[0])):
        stated = [i for i in places if rows[i]["reason"]]
        silent = [i for i in places if not rows[i]["reason"] and not rows[i].get("alt_reasons")]
        table.add_row(
            name,
            str(len(places)),
            *(_percent([_right(rows[i], given[i]) for i in places]) for given in answers.values()),
            _percent([ours[i].reason in {rows[i]["reason"], *rows[i].get("alt_reasons", [])} for i in stated]),
            str(len(stated)),
            _percent([ours[i].reason is not None for i in silent]),
            _percent([ours[i].language == rows[i]["language"] for i in places]),
        )
    CONSOLE.print(table)


def _print_intents(rows: list[Row], given: list[Answer]) -> None:
    table = Table(title="retour, by intent")
    for column in ("intent", "rows", "recall", "precision", "taken for"):
        table.add_column(column, justify="left" if column in ("intent", "taken for") else "right")
    for intent in sorted({row["intent"] for row in rows}):
        places = [i for i, row in enumerate(rows) if row["intent"] == intent]
        named = [i for i, answer in enumerate(given) if answer.intent == intent]
        wrong = Counter(given[i].intent for i in places if not _right(rows[i], given[i]))
        table.add_row(
            intent,
            str(len(places)),
            _percent([_right(rows[i], given[i]) for i in places]),
            _percent([_right(rows[i], given[i]) for i in named]),
            ", ".join(f"{name} {n}" for name, n in wrong.most_common(3)),
        )
    CONSOLE.print(table)


def _print_scope(rows: list[Row], answers: dict[str, list[Answer]]) -> None:
    table = Table(title="Out of scope")
    for column in ("", "caught", "of", "real requests lost to it", "of"):
        table.add_column(column, justify="left" if not column else "right")
    outside = [i for i, row in enumerate(rows) if row["intent"] == "out_of_scope" and not row.get("alt_intents")]
    inside = [i for i, row in enumerate(rows) if "out_of_scope" not in {row["intent"], *row.get("alt_intents", [])}]
    for name, given in answers.items():
        caught = _percent([given[i].intent == "out_of_scope" for i in outside])
        lost = _percent([given[i].intent == "out_of_scope" for i in inside])
        table.add_row(name, caught, str(len(outside)), lost, str(len(inside)))
    CONSOLE.print(table)


def _print_costs(contestants: list[Contestant], speeds: dict[str, float]) -> None:
    table = Table(title="Cost, one sentence at a time, without Rasa around it")
    for column in ("", "training s", "peak MB", "ms a sentence"):
        table.add_column(column, justify="left" if not column else "right")
    for c in contestants:
        table.add_row(c.name, f"{c.seconds:.0f}", f"{c.memory:.0f}", f"{1000 * speeds[c.name]:.2f}")
    CONSOLE.print(table)


if __name__ == "__main__":
    main()

"""`retour parse` on one core, and where its time goes: `python -m bench.parse`. The goal is 200 sentences a second.

The test set's sentences, again and again, as lines of standard input; loading is what it takes until the first answer. Beside it
the same model asked one message at a time, as Rasa's `Agent` is. On a machine that does other things too, go by processor time.
"""

import argparse
import asyncio
import json
import logging
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import psutil

from bench.nlu_data import ROOT, rows_of, test_files
from bench.nlu_tables import CONSOLE, table
from retour.models import Models
from rma.settings import Settings

GOAL = 200
_BLOCK = 64


def sentences(count: int) -> list[str]:
    return list(islice(cycle([row["text"] for path in test_files() for row in rows_of(path)]), count))


def through_command(model: Path, texts: list[str]) -> tuple[float, float, float]:
    """Seconds that the command takes to its first answer, and for all of `texts` after it: by the clock, and of the
    processor."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-m", "retour", "parse", "--model", str(model)]
    began = time.perf_counter()
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps({"text": "hello"}) + "\n")
        process.stdin.flush()
        if not process.stdout.readline():
            raise SystemExit("retour parse did not answer")
        loaded, used = time.perf_counter(), sum(psutil.Process(process.pid).cpu_times()[:2])
        rest, _ = process.communicate("".join(json.dumps({"text": text}) + "\n" for text in texts))
        took = time.perf_counter() - loaded
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    if rest.count("\n") != len(texts):
        raise SystemExit(f"{len(texts)} lines got {rest.count(chr(10))} answers")
    return loaded - began, took, children.ru_utime + children.ru_stime - used


class Shares:
    """Seconds spent in functions while this is entered: each is replaced by one that keeps the time."""

    def __init__(self, functions: dict[str, tuple[Any, str]]) -> None:
        self._functions = functions
        self._whole: dict[str, Any] = {}
        self.seconds = dict.fromkeys(functions, 0.0)

    def __enter__(self) -> "Shares":
        for name, (owner, attribute) in self._functions.items():
            self._whole[name] = owner.__dict__[attribute]
            setattr(owner, attribute, self._timed(name, getattr(owner, attribute), self._whole[name]))
        return self

    def __exit__(self, *_: object) -> None:
        for name, (owner, attribute) in self._functions.items():
            setattr(owner, attribute, self._whole[name])

    def _timed(self, name: str, function: Callable[..., Any], stored: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            began = time.process_time()
            try:
                return function(*arguments, **named)
            finally:
                self.seconds[name] += time.process_time() - began

        return staticmethod(call) if isinstance(stored, classmethod | staticmethod) else call


def inside(model: Path, texts: list[str]) -> tuple[float, dict[str, float]]:
    """In this process, by processor time: ms a text one at a time; and in blocks, by what they are spent on."""
    from bot import light

    # As in `retour parse`: Rasa's libraries warn about each other.
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").addHandler(logging.NullHandler())
    logging.getLogger("py.warnings").propagate = False
    os.environ.update(RASA_TELEMETRY_ENABLED="false", TF_CPP_MIN_LOG_LEVEL="3", SQLALCHEMY_SILENCE_UBER_WARNING="1")
    light.leave_out_tensorflow()
    from rasa.core.agent import Agent

    from bot.nlu import components, features, head, language, minilm, understanding
    from bot.parse import load_parser

    agent, loop = Agent.load(str(model)), asyncio.new_event_loop()

    def alone() -> None:
        for text in texts:
            loop.run_until_complete(agent.parse_message(text))

    parse = load_parser(model)

    def together() -> None:
        for start in range(0, len(texts), _BLOCK):
            parse(texts[start : start + _BLOCK])

    together()
    one = _milliseconds(alone, len(texts))
    spent_on = {
        "sentence embedding (onnxruntime)": (minilm.SentenceEncoder, "encode"),
        "words and letters": (features.Features, "_text"),
        "heads, intent and reason": (head.Head, "probabilities"),
        "entities": (components, "extract"),
        "language": (language, "detect"),
        "clauses": (understanding.Passage, "of"),
    }
    with Shares(spent_on) as shares:
        whole = _milliseconds(together, len(texts))
    spent = {name: 1000 * seconds / len(texts) for name, seconds in shares.seconds.items()}
    return one, spent | {"the rest (Rasa's graph, probabilities to meanings)": whole - sum(spent.values())}


def _milliseconds(run: Callable[[], None], count: int) -> float:
    began = time.process_time()
    run()
    return 1000 * (time.process_time() - began) / count


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.parse", description=__doc__)
    parser.add_argument("--lines", type=int, default=2000)
    parser.add_argument("--model", type=Path, help="the newest one if not given")
    arguments = parser.parse_args()
    model = arguments.model or Models(Settings.load().models).newest()
    # Of one core, the last: the first one has the machine's own work.
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    texts = sentences(arguments.lines)
    loading, took, used = through_command(model, texts)
    one, spent = inside(model, texts)
    made = table(f"retour parse on one core, {len(texts):,} lines", "what", "measured", "goal")
    made.add_row("`retour parse`, sentences a second", f"{len(texts) / took:.0f}", f"{GOAL}")
    made.add_row("the same, a second of processor time", f"{len(texts) / used:.0f}", f"{GOAL}")
    made.add_row("one message at a time (baseline), likewise", f"{1000 / one:.0f}", "")
    made.add_row("loading, to the first answer", f"{loading:.1f} s", "")
    CONSOLE.print(made)
    made = table("Where the time goes, in blocks", "", "ms a sentence", "share")
    for name, milliseconds in spent.items():
        made.add_row(name, f"{milliseconds:.2f}", f"{100 * milliseconds / sum(spent.values()):.0f}%")
    CONSOLE.print(made)


if __name__ == "__main__":
    main()

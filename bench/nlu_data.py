"""What understanding is trained on and tested with."""

import json
import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parent.parent
TRAINING = ROOT / "data" / "nlu"
Row = dict[str, Any]
"""{"text", "language", "intent", "reason"} and, where there are, "alt_intents", "alt_reasons", "style" or "source",
"synthetic"."""


class Sentence(NamedTuple):
    """A training example; `reason` is None when none is stated."""

    text: str
    language: str
    intent: str
    reason: str | None


def training_sentences(folder: Path) -> Iterator[Sentence]:
    """Of every YAML file under `folder`, as docs/understanding.md describes them."""
    for path in sorted(folder.rglob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            about = block["metadata"]
            for line in block["examples"].splitlines():
                yield Sentence(
                    line.removeprefix("- ").strip(), about["language"], block["intent"], about.get("reason")
                )


def test_files() -> list[Path]:
    """The project's own test set, and the files named in NLU_DATA, separated by ":"."""
    named = filter(None, os.environ.get("NLU_DATA", "").split(":"))
    return [ROOT / "bench" / "data" / "nlu_test.jsonl", *map(Path, named)]


def rows_of(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def same(text: str) -> str:
    """Two texts of which this is equal are one: case, punctuation and spaces aside."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))

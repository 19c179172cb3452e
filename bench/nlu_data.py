"""What understanding is trained on and tested with."""

import json
import os
import random
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parent.parent
TRAINING = ROOT / "data" / "nlu"
_SEED = 11
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
                yield Sentence(line.removeprefix("- ").strip(), about["language"], block["intent"], about.get("reason"))


def sampled(sentences: Sequence[Sentence], count: int) -> list[Sentence]:
    """About `count` sentences, each language, intent and reason by its share, at least one of each. The same for the same data."""
    groups: dict[tuple[str, str, str], list[Sentence]] = {}
    for sentence in sentences:
        groups.setdefault((sentence.language, sentence.intent, sentence.reason or ""), []).append(sentence)
    chance = random.Random(_SEED)
    shares = {key: max(1, round(count * len(group) / len(sentences))) for key, group in sorted(groups.items())}
    return [
        sentence
        for key, share in shares.items()
        for sentence in chance.sample(groups[key], min(share, len(groups[key])))
    ]


def written(sentences: Iterable[Sentence], folder: Path) -> Path:
    """A folder of training data that holds these sentences."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for text, language, intent, reason in sentences:
        groups.setdefault((language, intent, reason or ""), []).append(text)
    blocks = [
        {"intent": intent, "metadata": {"language": language} | ({"reason": reason} if reason else {}),
         "examples": "".join(f"- {text}\n" for text in texts)}
        for (language, intent, reason), texts in groups.items()
    ]  # fmt: skip
    file = folder / "nlu.yml"
    file.write_text(
        yaml.safe_dump({"version": "3.1", "nlu": blocks}, allow_unicode=True, width=10_000), encoding="utf-8"
    )
    return folder


def test_files() -> list[Path]:
    """The project's own test set, and the files named in NLU_DATA, separated by ":"."""
    named = filter(None, os.environ.get("NLU_DATA", "").split(":"))
    return [ROOT / "bench" / "data" / "nlu_test.jsonl", *map(Path, named)]


def rows_of(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def same(text: str) -> str:
    """Two texts of which this is equal are one: case, punctuation and spaces aside."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))

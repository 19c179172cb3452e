"""The training data of data/nlu, and labelled messages added to it: each once, none against what stands there."""

import fcntl
import json
import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from rma.model.errors import ConfigurationError
from rma.model.review import Label

REVIEWED = "reviewed.yml"
_PREFIX = "- "


@dataclass(frozen=True)
class Example:
    text: str
    intent: str
    reason: str | None
    language: str
    path: Path

    @property
    def meaning(self) -> str:
        return f"{self.intent}, {self.reason}" if self.reason else self.intent


@dataclass
class Outcome:
    """What became of labels, by their place in the list given. `refused` says why."""

    added: list[int] = field(default_factory=list)
    present: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)


def as_example(text: str) -> str:
    """The text as one line of an example block. Rasa reads brackets as an entity and a leading slash as a command; YAML takes no
    control characters."""
    printable = "".join(" " if unicodedata.category(c)[0] == "C" and c != "\u200d" else c for c in text)
    return " ".join(printable.translate({ord("["): "(", ord("]"): ")"}).split()).lstrip("-–•*/ ")


def same(text: str) -> str:
    """What two spellings of one sentence share."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.findall(r"\w+", plain)) or "".join(plain.split())


class TrainingData:
    """`folder` is data/nlu: a folder a language in it, with files as Rasa reads them. `held_out` are files of test sentences, JSON
    lines with `text`, that must never be trained on."""

    def __init__(self, folder: Path, held_out: Iterable[Path] = ()) -> None:
        self.folder = folder
        self._held_out = tuple(held_out)

    def examples(self) -> Iterator[Example]:
        """Raises ConfigurationError for a file that cannot be read."""
        for path in sorted(self.folder.glob("*/*.yml")):
            for block in _blocks(path):
                metadata = block.get("metadata") or {}
                for line in str(block["examples"]).splitlines():
                    if text := line.strip().removeprefix("-").strip():
                        yield Example(text, block["intent"], metadata.get("reason"), path.parent.name, path)

    def add(self, labels: Sequence[Label]) -> Outcome:
        """Appends what is not there yet to `<language>/reviewed.yml`, each file whole or not at all. Raises ConfigurationError."""
        if not self.folder.is_dir():
            raise ConfigurationError(f"{self.folder}: there is no such folder; --data names the one with the training data")
        with _alone(self.folder):
            outcome, fresh = self._sorted_out(labels)
            texts = {language: self._with(language, new) for language, new in fresh.items()}
            for language, content in texts.items():
                _replace(self._file(language), content)
        return outcome

    def _sorted_out(self, labels: Sequence[Label]) -> tuple[Outcome, dict[str, list[Example]]]:
        known: dict[str, list[Example]] = defaultdict(list)
        for example in self.examples():
            known[same(example.text)].append(example)
        held_out = set(self._test_sentences())
        outcome, fresh = Outcome(), defaultdict(list)
        for place, label in enumerate(labels):
            text = as_example(label.text)
            # Plain strings: what writes YAML knows no enumerations.
            reason, language = str(label.reason) if label.reason else None, str(label.language)
            example = Example(text, str(label.intent), reason, language, self._file(language))
            twins = known[same(text)]
            other = next((twin for twin in twins if twin.language == language), None)
            if not text:
                outcome.refused[place] = "nothing is left of its text; label it again with --text, or skip it"
            elif same(text) in held_out:
                outcome.refused[place] = "it is in a test set, which nothing is trained on; skip it"
            elif any(twin.meaning == label.meaning for twin in twins):
                outcome.present.append(place)
            elif other is not None:
                outcome.refused[place] = (
                    f"labelled {label.meaning}, but {_shown(other.path, self.folder)} says {other.meaning}; "
                    "label it again, skip it, or correct that file"
                )
            else:
                outcome.added.append(place)
                fresh[language].append(example)
                twins.append(example)
        return outcome, fresh

    def _test_sentences(self) -> Iterator[str]:
        for path in self._held_out:
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    yield same(str(json.loads(line)["text"]))
                except (ValueError, KeyError, TypeError):
                    continue

    def _file(self, language: str) -> Path:
        return self.folder / language / REVIEWED

    def _with(self, language: str, examples: list[Example]) -> str:
        """The content of the language's file with `examples` in it. What a person wrote there, comments too, stays."""
        path, round_trip = self._file(language), _round_trip()
        if path.exists():
            _blocks(path)
            document = round_trip.load(path.read_text(encoding="utf-8"))
        else:
            document = CommentedMap(version=DoubleQuotedScalarString("3.1"), nlu=[])
        for example in examples:
            _put(document, example)
        content = StringIO()
        round_trip.dump(document, content)
        return content.getvalue()


def _round_trip() -> Any:
    keeps = YAML()
    keeps.preserve_quotes, keeps.width = True, 4096  # type: ignore[assignment]
    return keeps


def _put(document: CommentedMap, example: Example) -> None:
    metadata = {"language": example.language} | ({"reason": example.reason} if example.reason else {})
    line = f"{_PREFIX}{example.text}\n"
    for block in document["nlu"]:
        if block.get("intent") == example.intent and dict(block.get("metadata") or {}) == metadata:
            block["examples"] = LiteralScalarString(f"{str(block['examples']).rstrip()}\n{line}")
            return
    flow = CommentedMap(metadata)
    flow.fa.set_flow_style()
    document["nlu"].append(CommentedMap(intent=example.intent, metadata=flow, examples=LiteralScalarString(line)))


def _blocks(path: Path) -> list[dict[str, Any]]:
    """The intent blocks of a file. Raises ConfigurationError."""
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
        blocks = [block for block in document["nlu"] if "intent" in block]
        if all(isinstance(block.get("examples"), str) for block in blocks):
            return blocks
    except (yaml.YAMLError, UnicodeDecodeError, TypeError, KeyError) as error:
        raise ConfigurationError(f"{path}: not readable as training data, mend it first: {error}") from error
    raise ConfigurationError(f"{path}: not readable as training data, mend it first: an intent has no examples")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One export at a time: two would each write the file without the other's examples."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _replace(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _shown(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()

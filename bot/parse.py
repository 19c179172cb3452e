"""`retour parse`: JSON lines in, what the assistant understands of each out.

Lines that are there together are read together: Rasa's graph takes a list of messages, and what it and our heads do for one
message, a third of its time, is then done once for all of them.
"""

import json
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import structlog

from bot.nlu.text import MAX_CHARACTERS

# Lines read together: twice as many are no faster.
BLOCK = 64
_READ_BYTES = 1 << 16
Parsed = list[dict[str, Any]]
Parser = Callable[[Sequence[str]], Parsed]


class NoModelError(RuntimeError):
    """There is no trained model to parse with."""


def newest_model(directory: Path) -> Path:
    """The newest `*.tar.gz` of a directory. Raises `NoModelError` when there is none."""
    models = sorted(directory.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not models:
        raise NoModelError(f"no model in {directory}: run `retour train`")
    return models[-1]


def parse_stream(lines: TextIO, out: TextIO, model_path: str | Path) -> None:
    """Answers each line of `lines` (`{"text": "..."}`) with one line of `out`, in order; an unreadable one with `{"error"}`.

    `model_path` is a model or a directory of models. Who writes a line and waits gets its answer without writing another.
    Raises `NoModelError`.
    """
    path = Path(model_path)
    if not path.exists():
        raise NoModelError(f"no model at {path}: run `retour train`")
    parse = load_parser(newest_model(path) if path.is_dir() else path)
    for block in _blocks(lines):
        out.writelines(json.dumps(answer, ensure_ascii=False) + "\n" for answer in _answers(block, parse))
        out.flush()


def load_parser(model: Path) -> Parser:
    """A function that gives Rasa's parse of each text, in order."""
    # TensorFlow comes along with Rasa and greets on stderr; Rasa's structlog, left alone, writes to stdout.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    warnings.filterwarnings("ignore")
    for name in ("rasa", "apscheduler", "tensorflow"):
        logging.getLogger(name).setLevel(logging.ERROR)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage
    from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
    from rasa.shared.core.trackers import DialogueStateTracker

    processor = Agent.load(str(model)).processor
    assert processor is not None
    target = processor.model_metadata.nlu_target
    nobody = DialogueStateTracker.from_events("parse", [])
    nothing = {"intent": {"name": None, "confidence": 0.0}, "entities": []}

    def parse(texts: Sequence[str]) -> Parsed:
        # As `Agent.parse_message` does, which takes one message at a time.
        inputs = {PLACEHOLDER_MESSAGE: [UserMessage(text) for text in texts], PLACEHOLDER_TRACKER: nobody}
        messages = processor.graph_runner.run(inputs=inputs, targets=[target])[target]
        return [nothing | message.as_dict(only_output_properties=True) for message in messages]

    return parse


def _blocks(lines: TextIO) -> Iterator[list[str]]:
    for arrived in arriving(lines):
        for start in range(0, len(arrived), BLOCK):
            yield arrived[start : start + BLOCK]


def arriving(lines: TextIO) -> Iterator[list[str]]:
    """Lists of lines: each holds what was there at one time, without waiting for more."""
    source = getattr(lines, "buffer", None)
    if source is None:
        while some := list(islice(lines, BLOCK)):
            yield some
        return
    begun = b""
    # A read of a terminal or a pipe gives what is there; iterating over `lines` would wait until a buffer is full.
    while read := source.read1(_READ_BYTES):
        *complete, begun = (begun + read).split(b"\n")
        yield [line.decode(lines.encoding, lines.errors or "strict") for line in complete]
    if begun:
        yield [begun.decode(lines.encoding, lines.errors or "strict")]


def _answers(block: Sequence[str], parse: Parser) -> list[dict[str, Any]]:
    """One for each line."""
    asked = [_asked(line) for line in block]
    texts = [text for text in asked if isinstance(text, str)]
    parsed = iter(_parsed([text[_shift(text) :][:MAX_CHARACTERS] for text in texts], parse))
    return [_answer(text, next(parsed)) if isinstance(text, str) else text for text in asked]


def _asked(line: str) -> str | dict[str, Any]:
    """The text to understand, or the error to answer with."""
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as error:
        return {"error": f"not JSON: {error}"}
    if not isinstance(request, dict) or not isinstance(request.get("text"), str):
        return {"error": 'expected an object with a string "text"'}
    text: str = request["text"]
    if any("\ud800" <= character <= "\udfff" for character in text):
        return {"error": "the text is no Unicode: half of a surrogate pair"}
    return text


def _parsed(texts: list[str], parse: Parser) -> Parsed:
    """A text that cannot be understood, whatever the reason, costs its neighbours nothing."""
    try:
        return parse(texts)
    except Exception as error:
        if len(texts) > 1:
            return [parsed for text in texts for parsed in _parsed([text], parse)]
        # Rasa's own error only names the component.
        cause = error.__cause__ or error
        return [{"error": f"could not be understood: {type(cause).__name__}: {cause}"}]


def _shift(text: str) -> int:
    """Rasa takes a leading "/" as a forced intent: it is left out, and offsets are put right after."""
    return len(text) - len(text.lstrip("/ \t\r\n"))


def _answer(text: str, data: dict[str, Any]) -> dict[str, Any]:
    if "error" in data:
        return data
    shift = _shift(text)
    return {
        "text": text,
        "language": data.get("language", "en"),
        "intent": data["intent"]["name"],
        "confidence": data["intent"]["confidence"],
        "reason": data.get("reason"),
        "reason_confidence": data.get("reason_confidence", 0.0),
        "entities": [
            {"entity": e["entity"], "value": e["value"], "start": e["start"] + shift, "end": e["end"] + shift}
            for e in data.get("entities", [])
        ],
    }

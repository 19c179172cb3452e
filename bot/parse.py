"""`retour parse`: JSON lines in, what the assistant understands of each out."""

import asyncio
import json
import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Any, TextIO

import structlog

from bot.nlu.text import MAX_CHARACTERS


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

    `model_path` is a model or a directory of models. Raises `NoModelError`.
    """
    path = Path(model_path)
    if not path.exists():
        raise NoModelError(f"no model at {path}: run `retour train`")
    parse = _parser(newest_model(path) if path.is_dir() else path)
    for line in lines:
        out.write(json.dumps(_answer(line, parse), ensure_ascii=False) + "\n")
    out.flush()


def _parser(model: Path) -> Any:
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

    agent = Agent.load(str(model))
    loop = asyncio.new_event_loop()
    return lambda text: loop.run_until_complete(agent.parse_message(text))


def _answer(line: str, parse: Any) -> dict[str, Any]:
    try:
        request = json.loads(line)
    except ValueError as error:
        return {"error": f"not JSON: {error}"}
    if not isinstance(request, dict) or not isinstance(request.get("text"), str):
        return {"error": 'expected an object with a string "text"'}
    text: str = request["text"]
    # Rasa takes a leading "/" as a forced intent: it is left out, and offsets are put right after.
    shift = len(text) - len(text.lstrip("/ \t\r\n"))
    data = parse(text[shift : shift + MAX_CHARACTERS])
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

"""Rasa's log without people in it. Its error logs show texts, slots and the local variables of a traceback; the log
file of a server keeps what happened and where, not what was said."""

import logging
import re
import sys
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict

# What an e-mail address, a phone, an order, card or tracking number look like; better too much hidden than too little.
_PERSONAL = re.compile(r"[^\s@'\"<>]+@[^\s@'\"<>]+|\+?\d(?:[\s.()-]?\d){3,}|[\"'“«][^\"'”»\n]*\s[^\"'”»\n]*[\"'”»]")
_LONGEST = 300
_KEPT_KEYS = frozenset({"event", "level", "kind"})


def redact(text: str) -> str:
    """One line of at most 300 characters with addresses, numbers and quoted phrases hidden; cannot forge another
    line."""
    line = "".join(character if character.isprintable() else " " for character in text)
    return _PERSONAL.sub("[hidden]", line)[:_LONGEST]


class PrivateFormatter(logging.Formatter):
    """Where an error came from is code and is shown; its message may quote a shopper and is not."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{self.formatTime(record)} {record.levelname} {record.name}: {redact(record.getMessage())}"
        if record.exc_info and record.exc_info[0]:
            frames = traceback.extract_tb(record.exc_info[2])
            where = "\n".join(f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
            line += f"\n  {record.exc_info[0].__name__}\n{where}"
        return line


def _keep_harmless(_: Any, __: str, event: EventDict) -> EventDict:
    return {key: value for key, value in event.items() if key in _KEPT_KEYS or key == "exc_info"}


def _uncaught(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        logging.getLogger("bot").critical("stopped by an error", exc_info=(kind, error, trace))


def configure(level: int = logging.WARNING) -> None:
    """Sends every log, warning and uncaught error of the process to standard error, without personal data."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(PrivateFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    # Rasa sets Python's own filters again, and its warnings about a message quote the message.
    logging.getLogger("py.warnings").setLevel(max(level, logging.ERROR))
    sys.excepthook = _uncaught
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_log_level,
            _keep_harmless,
            structlog.stdlib.render_to_log_kwargs,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )

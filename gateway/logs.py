"""Logs as JSON lines. Values are escaped by the JSON, so no text from outside can begin a line of its own; and
exceptions are written without their messages, because those of the database and of Rasa quote parameters, that is,
what shoppers wrote."""

import logging
import sys
import traceback
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger


def places(error: BaseException) -> dict[str, Any]:
    """What an exception may say in a log: the classes of it and of its causes, and the places it passed, innermost
    last."""
    kinds: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(kinds) < 5:
        kinds.append(type(cause).__qualname__)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return {
        "error": " < ".join(kinds),
        "at": [f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno} {frame.name}" for frame in frames],
    }


def _without_messages(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    found = event.pop("exc_info", None)
    error = found[1] if isinstance(found, tuple) else found if isinstance(found, BaseException) else sys.exc_info()[1]
    if found and error is not None:
        event.update(places(error))
    event.pop("stack_info", None)
    return event


def _without_address(record: logging.LogRecord) -> bool:
    # aiohttp names the caller's address when a request is no HTTP; an address is personal data.
    record.msg, record.args = "request could not be handled", ()
    return True


def _without_reprs(record: logging.LogRecord) -> bool:
    # asyncio shows the task, the callback's arguments and the exception's message; what failed and where is said beside it.
    record.msg, record.args = "a task or a callback failed", ()
    return True


def configure_logs(stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Sends structlog's and the standard library's logs to `stream` (standard error by default). Called once by a
    process."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_messages,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("aiohttp.server").addFilter(_without_address)
    logging.getLogger("asyncio").addFilter(_without_reprs)
    # Addresses of requests hold tokens and numbers; gateway.telemetry logs their routes.
    logging.getLogger("aiohttp.access").setLevel(logging.CRITICAL)
    # It announces every action that it is given, at every start.
    logging.getLogger("rasa_sdk.executor").setLevel(logging.WARNING)

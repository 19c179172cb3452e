"""karrio as it may run inside this process. Importing it as it is would, for the whole process, stop checking the certificates of
every HTTPS connection of the standard library, let Pillow take broken pictures, and write shoppers' addresses to the log; and with
sentry-sdk installed (Rasa brings it) it sends a request that failed a second time, which for a label is a second label. So: what it
changed is put back, and its requests go through `_open`, once, within a time, with certificates checked.
"""

import contextvars
import ssl
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError

import PIL.ImageFile
from loguru import logger

logger.disable("karrio")
_context, _truncated = ssl._create_default_https_context, PIL.ImageFile.LOAD_TRUNCATED_IMAGES
try:
    from karrio import sdk
    from karrio.core.utils import Cache, helpers
finally:
    ssl._create_default_https_context = _context
    PIL.ImageFile.LOAD_TRUNCATED_IMAGES = _truncated


@dataclass
class Call:
    """What happened to the requests of one call: HTTP statuses in order, and whether one got no answer. `lost`: a request that
    changes something was sent and its answer never came."""

    limit: float
    statuses: list[int] = field(default_factory=list)
    silent: bool = False
    lost: bool = False


_call: contextvars.ContextVar[Call | None] = contextvars.ContextVar("karrio call", default=None)


@contextmanager
def watched(limit: float) -> Iterator[Call]:
    """The requests that karrio sends inside, each within `limit` seconds."""
    call = Call(limit)
    token = _call.set(call)
    try:
        yield call
    finally:
        _call.reset(token)


def _open(request: urllib.request.Request, timeout: float | None = None) -> Any:
    call = _call.get() or Call(15.0)
    context = ssl.create_default_context() if request.type == "https" else None
    try:
        answer = urllib.request.urlopen(request, timeout=timeout or call.limit, context=context)  # noqa: S310
        call.statuses.append(answer.status)
        return answer
    except HTTPError as error:
        call.statuses.append(error.code)
        raise
    except OSError as error:
        call.silent = True
        reason = getattr(error, "reason", error)
        # A connection that was refused carried nothing.
        call.lost |= request.get_method() != "GET" and not isinstance(reason, ConnectionRefusedError)
        raise


helpers._urlopen_with_span = _open

__all__ = ["Cache", "Call", "sdk", "watched"]

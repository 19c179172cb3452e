"""Bodies of the staff API, read strictly: what two programs could understand in two ways is refused."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Generic, NoReturn, TypeVar

from aiohttp import web
from pydantic import ValidationError

from gateway.bodies import TEXT_LIMIT, read_bounded
from gateway.pictures import SIZE_LIMIT
from gateway.problems import Problem
from gateway.staff.bodies import PATTERNS, Body
from rma.model.mistakes import plainly

T = TypeVar("T", bound=Body)

_UNREADABLE = "The body cannot be read as JSON; send one object in UTF-8 with Content-Type: application/json."
_KEYS = 100
_NAMED = 20
"""Mistakes that are told in one answer."""


@dataclass(frozen=True)
class Asked(Generic[T]):
    """What a request asks; `fingerprint` is the same for the same content however it is written."""

    body: T
    fingerprint: str


async def asked(request: web.Request, kind: type[T]) -> Asked[T]:
    """The body as `kind`; no body is an empty object. Raises Problem 400, 413, 415, 422."""
    content = await read_bounded(request, SIZE_LIMIT)
    if not content.strip():
        document: dict[str, Any] = {}
    elif request.content_type != "application/json":
        raise Problem(415, "This content type is not understood here; send application/json.")
    else:
        document = _object(content)
    try:
        body = kind.model_validate(document)
    except ValidationError as error:
        raise _mistakes(error) from None
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return Asked(body, fingerprint(request, canonical.encode()))


def fingerprint(request: web.Request, content: bytes) -> str:
    """Of a request: what it does, where, and with which content."""
    where = f"{request.method} {request.path}?{request.query_string}\n".encode("utf-8", "surrogatepass")
    return hashlib.sha256(where + content).hexdigest()


def _object(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content.decode("utf-8"), object_pairs_hook=_without_doubles, parse_constant=_no_number)
        # Half a surrogate pair is no text, and written as \ud800 it is JSON all the same.
        json.dumps(document, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise Problem(400, _UNREADABLE) from None
    if not isinstance(document, dict):
        raise Problem(400, "The body is not a JSON object.")
    _check_sizes(document)
    return document


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Problem(400, "The body names a key twice.")
    return found


def _no_number(name: str) -> NoReturn:
    raise Problem(400, f"The body is not JSON: it has no {name}.")


def _check_sizes(document: dict[str, Any]) -> None:
    """Raises Problem 413 for a text, 422 for an object, that is larger than any here. Without recursion: how deep a body may be
    nested is not to depend on where it is read."""
    left: list[Any] = [document]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            if len(value) > _KEYS:
                raise Problem(422, f"The body has an object with more than {_KEYS} keys; none here has that many.")
            left += value
            left += value.values()
        elif isinstance(value, list):
            left += value
        elif isinstance(value, str) and len(value) > TEXT_LIMIT:
            raise Problem(413, f"A text is longer than {TEXT_LIMIT} characters.")


def _mistakes(error: ValidationError) -> Problem:
    """Each with its place as a JSON pointer (RFC 9457 section 3)."""
    mistakes = []
    for mistake in error.errors(include_url=False, include_input=False)[:_NAMED]:
        place = "".join(f"/{_shown(str(part))}" for part in mistake["loc"])
        unknown = mistake["type"] == "extra_forbidden"
        detail = "This key is not known." if unknown else _said(plainly(mistake, PATTERNS))
        mistakes.append({"pointer": f"#{place}", "detail": detail})
    first = mistakes[0]
    more = f" (and {len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
    return Problem(422, f"{first['pointer']}: {first['detail']}{more}", errors=mistakes)


def _said(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}".rstrip(".") + "."


def _shown(name: str) -> str:
    """A key of the caller's, fit to be read: RFC 6901 wants '~' and '/' written otherwise."""
    clean = "".join(character if character.isprintable() else "?" for character in name)
    return (clean[:60] + "…" if len(clean) > 60 else clean).replace("~", "~0").replace("/", "~1")

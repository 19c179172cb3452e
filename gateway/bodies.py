"""Reading what callers send: JSON of a bounded size, text without control characters, and one clear error for all the
rest."""

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from gateway.problems import Problem

JSON_LIMIT = 256 * 1024
"""Bytes. 10,000 characters outside the BMP, all escaped, are 120,000."""
TEXT_LIMIT = 10_000
KEY_LIMIT = 100
CHOICE_LIMIT = 200

# Bidirectional overrides too: they make a transcript read otherwise than it was written.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_NOT_JSON = 'The body cannot be read as JSON; send UTF-8 such as {"text": "..."} with Content-Type: application/json.'


@dataclass(frozen=True)
class Said:
    """What a shopper said: a text, or options that were offered, or a picture (JPEG), perhaps with a text; `more_photos` are
    further pictures, kept beside the one that counts."""

    text: str = ""
    choice: list[str] | None = None
    photo: bytes | None = None
    key: str | None = None
    more_photos: tuple[bytes, ...] = ()


async def read_bounded(request: web.Request, limit: int) -> bytes:
    """The whole body. Raises Problem 413 beyond `limit` bytes, counted after decompression and while it arrives."""
    body = bytearray()
    async for piece in request.content.iter_chunked(64 * 1024):
        body += piece
        if len(body) > limit:
            raise Problem(413, f"The body is larger than {limit} bytes.")
    return bytes(body)


async def json_object(request: web.Request, optional: bool = False) -> dict[str, Any]:
    """The JSON object of the body; an empty one for no body when that is allowed. Raises Problem 400, 413, 415."""
    body = await read_bounded(request, JSON_LIMIT)
    if optional and not body.strip():
        return {}
    if request.content_type != "application/json":
        raise Problem(
            415, "This content type is not understood here; send application/json, or multipart/form-data for a photo."
        )
    return parsed_object(body)


def parsed_object(body: bytes) -> dict[str, Any]:
    """Raises Problem 400, also for what the parser gives up on: nesting without end, numbers of thousands of digits."""
    try:
        document = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Problem(400, _NOT_JSON) from None
    if not isinstance(document, dict):
        raise Problem(400, "The body is not a JSON object.")
    return document


def checked(text: str, what: str = "text") -> str:
    """`text`, if it is text at all: half a surrogate pair cannot be stored or sent on. Raises Problem 400."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Problem(400, f"'{what}' is not valid Unicode.") from None
    return text


def tidied(text: str) -> str:
    """`text` without control characters and direction overrides, its line ends all the same."""
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def cleaned(text: str) -> str:
    """What a shopper typed, fit to be kept. Raises Problem 400, 413 beyond 10,000 characters, 422 when nothing is
    left."""
    if len(checked(text)) > TEXT_LIMIT:
        raise Problem(413, f"The text is longer than {TEXT_LIMIT} characters.")
    text = tidied(text)
    if all(unicodedata.category(character)[0] in "ZC" for character in text):
        raise Problem(422, "The text is empty.")
    return text


def said_in(document: dict[str, Any], key: str | None) -> Said:
    """A message of {"text"} or {"choice"}. Raises Problem 400, 413, 422."""
    text, choice = document.get("text"), document.get("choice")
    if (text is None) == (choice is None):
        raise Problem(400, "Send either 'text' or 'choice'.")
    if choice is not None:
        return Said(choice=_choice(choice), key=key)
    if not isinstance(text, str):
        raise Problem(400, "'text' is not a string.")
    return Said(text=cleaned(text), key=key)


def _choice(choice: Any) -> list[str]:
    values = choice if isinstance(choice, list) else [choice]
    if any(isinstance(value, bool) or not isinstance(value, str | int) for value in values):
        raise Problem(400, "'choice' is not a string, a whole number or a list of these.")
    texts = [checked(str(value), "choice").strip() for value in values]
    if not texts or len(texts) > CHOICE_LIMIT or any(not text or len(text) > CHOICE_LIMIT for text in texts):
        raise Problem(
            422, "'choice' is empty or too long; send the 'value' of one of the choices offered, or a list of them."
        )
    if any(_UNWANTED.search(text) for text in texts):
        raise Problem(422, "'choice' has control characters; send the 'value' of one of the choices offered.")
    return list(dict.fromkeys(texts))


def idempotency_key(request: web.Request) -> str | None:
    """The Idempotency-Key header. Raises Problem 400 for one that is not 1 to 100 printable ASCII characters."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not (0 < len(key) <= KEY_LIMIT and key.isascii() and key.isprintable()):
        raise Problem(400, f"Idempotency-Key is not 1 to {KEY_LIMIT} printable ASCII characters.")
    return key


def after_of(request: web.Request) -> int:
    """The `after` of the query, 0 without one. Raises Problem 400 when it is no number."""
    raw = request.query.get("after", "0")
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 20):
        raise Problem(
            400, "'after' is not a message's id; send a whole number, or leave it out for the whole conversation."
        )
    # Beyond what the column of every database holds there is no message either.
    return min(int(raw), 2**31 - 1)

"""The channels that the gateway speaks to Rasa through, on loopback: `web` and `sms`.

Unlike Rasa's own REST channel they ask for a key, are named after where the shopper is (so that `channel:` conditions
work), never take what a shopper typed for a forced intent, and answer 5xx when a turn failed.
"""

import hmac
import inspect
import os
import secrets
import unicodedata
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot import turn

logger = structlog.get_logger(__name__)

KEY_HEADER = "X-Retour-Key"
KEY_VARIABLE = "RETOUR_INTERNAL_KEY"
LONGEST_TEXT = 1600
"""Characters. One text of 50,000 stalls a Rasa worker for half a minute."""
LONGEST_SENDER = 100
# Rasa wants a text: what it gets when the shopper sent nothing but a picture, or nothing but slashes.
NOTHING_SAID = "…"


def as_typed(text: str) -> str:
    """The text as Rasa may read it: cut to LONGEST_TEXT, and without the slashes at its beginning, because Rasa takes
    "/intent{...}" for an order (after stripping white space). Look-alikes that a normalisation would turn into a slash,
    and invisible characters before one, go too."""
    start = 0
    for character in text:
        plain = unicodedata.normalize("NFKC", character)
        if not (plain.isspace() or plain.startswith("/") or unicodedata.category(character) in ("Cc", "Cf")):
            break
        start += 1
    return text[start : start + LONGEST_TEXT].rstrip() or NOTHING_SAID


class RetourOutput(CollectingOutputChannel):
    """Collects what Rasa itself says; replies of our actions are in the database already."""

    channel = "web"

    @classmethod
    def name(cls) -> str:
        return cls.channel


class SmsOutput(RetourOutput):
    channel = "sms"


class RetourInput(InputChannel):
    """POST /webhooks/<name>/webhook with {"sender": str, "message": str, "metadata": {...}} answers {"messages":
    [...]}; 403 without the key, 400 for what cannot be read, 500 when the turn raised or an action failed."""

    output: type[RetourOutput] = RetourOutput

    def __init__(self, key: str | None = None) -> None:
        # Without a key nobody gets in: the gateway sets one, and a server started by hand is not open by accident.
        self._key = key or os.environ.get(KEY_VARIABLE) or secrets.token_urlsafe(32)

    @classmethod
    def name(cls) -> str:
        return cls.output.channel

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> "RetourInput":
        return cls((credentials or {}).get("key"))

    def get_output_channel(self) -> RetourOutput:
        return self.output()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        module = inspect.getmodule(self)
        blueprint = Blueprint(f"retour_{self.name()}", module.__name__ if module else None)

        @blueprint.route("/webhook", methods=["POST"])
        async def webhook(request: Request) -> HTTPResponse:
            return await self._receive(request, on_new_message)

        return blueprint

    async def _receive(self, request: Request, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> HTTPResponse:
        if not hmac.compare_digest(request.headers.get(KEY_HEADER, "").encode(), self._key.encode()):
            return response.json({"error": f"{KEY_HEADER} is missing or wrong"}, status=403)
        try:
            body = request.json
        except Exception:  # Sanic raises several kinds, all meaning that the body is no JSON.
            body = None
        sender, text, metadata = (
            (body.get(key) for key in ("sender", "message", "metadata")) if isinstance(body, dict) else (None,) * 3
        )
        if not isinstance(sender, str) or not 0 < len(sender) <= LONGEST_SENDER:
            return response.json(
                {"error": f'expected {{"sender": a text of 1 to {LONGEST_SENDER} characters}}'}, status=400
            )
        if not isinstance(text, str) or not isinstance(metadata or {}, dict):
            return response.json({"error": 'expected {"message": text, "metadata": object or null}'}, status=400)
        output = self.output()
        failures = turn.begin()
        try:
            await on_new_message(
                UserMessage(as_typed(text), output, sender, input_channel=self.name(), metadata=metadata or {})
            )
        except Exception as error:
            logger.exception("turn.failed", kind=type(error).__name__)
            return response.json({"error": "the turn failed"}, status=500)
        if failures:
            return response.json({"error": "an action failed"}, status=500)
        return response.json({"messages": output.messages})


class WebInput(RetourInput):
    """Chat on the shop's website, and in the terminal."""


class SmsInput(RetourInput):
    """Text messages."""

    output = SmsOutput

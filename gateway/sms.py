"""Text messages from Twilio: kept, and answered later. Twilio waits 15 seconds for an answer, which a turn may need; so what it
gets at once says nothing, and the reply leaves by the outbox."""

import asyncio
import hashlib
import re

import structlog
from aiohttp import web

from gateway.bodies import TEXT_LIMIT, tidied
from gateway.keys import CONTAINER, INBOX
from gateway.problems import Problem
from gateway.twilio_signature import verified_form
from rma.model.errors import Conflict
from rma.model.inbound import Media, Received
from rma.model.phones import reachable

log = structlog.get_logger(__name__)
routes = web.RouteTableDef()

REPEATED = "I-Twilio-Idempotency-Token"
"""The same in every delivery of one message."""
NOTHING = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
_SID = re.compile(r"[A-Za-z0-9]{1,60}", re.ASCII)
_MEDIA = 10


@routes.post("/webhooks/twilio/sms")
async def receive(request: web.Request) -> web.Response:
    message = received(await verified_form(request), request.headers.get(REPEATED))
    if not reachable(message.sender) or message.sender == message.recipient:
        # Another machine: a short code, a name, ourselves. To answer one is to begin a conversation without an end.
        log.info("text message left alone", sid=message.sid)
    elif await _kept(request, message):
        request.app[INBOX].nudge()
    return web.Response(text=NOTHING, content_type="text/xml")


async def _kept(request: web.Request, message: Received) -> bool:
    for attempt in range(5):
        try:
            return await request.app[CONTAINER].inbound.receive(message)
        except Conflict:  # The same message at the same time; or a busy database.
            await asyncio.sleep(0.05 * 2**attempt)
    raise Problem(503, "The message could not be kept; deliver it again.", {"Retry-After": "5"})


def received(form: dict[str, str], token: str | None) -> Received:
    """What Twilio says of a message. Raises Problem 400 for what is none; anything that is merely odd is read as well as it can be,
    because nobody would deliver it again in a better state."""
    form = {name: tidied(value.encode("utf-8", "replace").decode("utf-8")) for name, value in form.items()}
    sid = form.get("MessageSid") or form.get("SmsMessageSid") or form.get("SmsSid") or ""
    sender, recipient = form.get("From", ""), form.get("To", "")
    if not _SID.fullmatch(sid) or not sender:
        raise Problem(400, "This is no text message: MessageSid or From is missing.")
    return Received(
        sid=sid,
        token=_short(token) if token else None,
        sender=sender[:60],
        recipient=recipient[:60],
        text=form.get("Body", "")[:TEXT_LIMIT],
        media=[
            Media(url=url[:2000], mime=form.get(f"MediaContentType{place}", "")[:100])
            for place in range(_MEDIA)
            if (url := form.get(f"MediaUrl{place}", ""))
        ],
        opt_out_type=form.get("OptOutType", "")[:10] or None,
    )


def _short(token: str) -> str:
    return token if len(token) <= 100 else hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()

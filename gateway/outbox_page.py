"""GET /outbox: every message, for whoever runs the demo. There for as long as something goes through the embedded channel, whose
other end it is.

Shoppers' messages are private. Without a key the page opens only on the machine itself, and only while that machine is not also
what the world reaches (no RETOUR_PUBLIC_URL, or one on loopback): behind a proxy every request seems to come from the machine.
Otherwise it asks for RETOUR_API_KEY, as the password of a login.
"""

import base64
import binascii
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import aiohttp_jinja2
from aiohttp import hdrs, web
from babel import Locale
from babel.dates import format_datetime

from gateway.bodies import read_bounded
from gateway.chat import bearer
from gateway.keys import CONTAINER, LIMITS
from gateway.problems import Problem
from gateway.shop import language_of
from rma.model.errors import Conflict, NotFound
from rma.model.outgoing import Kept, OutgoingStatus
from rma.policy.markets import market_of

routes = web.RouteTableDef()

PAGE = 50
_LOGIN = {"WWW-Authenticate": 'Basic realm="retour outbox", charset="UTF-8"'}
_HIGHEST = 2**31 - 1


@routes.get("/outbox")
async def outbox(request: web.Request) -> web.Response:
    await _allowed(request)
    container, language = request.app[CONTAINER], language_of(request)
    status = request.query.get("status")
    if status is not None and status not in set(OutgoingStatus):
        raise Problem(422, f"'status' is not one of {', '.join(OutgoingStatus)}.")
    before = _number(request.query.get("before", "")) if "before" in request.query else None
    found = await container.outbox.find(OutgoingStatus(status) if status else None, PAGE + 1, before)
    shown, more = found[:PAGE], len(found) > PAGE

    def text(key: str, /, **values: Any) -> str:
        return container.texts.get(f"outbox_{key}", language, **values)

    embedded = [text(f"medium_{medium}") for medium in _embedded(request)]
    context = {
        "lang": language,
        "t": text,
        "shop": container.shop_profile,
        "messages": [_shown(request, message, language, text) for message in shown],
        "counts": await container.outbox.count(),
        "statuses": [status.value for status in OutgoingStatus],
        "status": status,
        "older": shown[-1].id if more else None,
        "newest": before is None,
        "still": "still" in request.query,
        "ends": ", ".join(embedded),
    }
    response = aiohttp_jinja2.render_template("outbox.html", request, context)
    response.headers.update({hdrs.CACHE_CONTROL: "no-store", hdrs.VARY: hdrs.ACCEPT_LANGUAGE, "X-Robots-Tag": "noindex"})
    return response


@routes.post("/outbox/{number}/resend")
async def resend(request: web.Request) -> web.Response:
    """Lets a dead message wait again, and shows the page."""
    await _allowed(request)
    _from_our_page(request)
    await read_bounded(request, 1024)
    with suppress(NotFound, Conflict):  # It was pressed twice, or on an old page; the page says how the message is now.
        await request.app[CONTAINER].outbox.resend(_number(request.match_info["number"]))
    raise web.HTTPSeeOther("/outbox" + (f"?lang={language_of(request)}" if "lang" in request.query else ""))


async def _allowed(request: web.Request) -> None:
    """Raises Problem 404 where the page is not there, 401 without the key, TooManyAttempts after too many wrong ones."""
    container = request.app[CONTAINER]
    if not _embedded(request):
        raise Problem(404, "There is nothing at this address.")
    if _at_the_machine(request):
        return
    wanted, given = container.settings.api_key.get_secret_value(), bearer(request) or _password(request)
    if not wanted or not secrets.compare_digest(given.encode("utf-8", "replace"), wanted.encode()):
        limits = request.app[LIMITS]
        await limits.hit("key", limits.address(request))
        raise Problem(401, "This page is for whoever runs the shop; log in with RETOUR_API_KEY as the password.", _LOGIN)


def _embedded(request: web.Request) -> list[str]:
    """The media whose messages end here."""
    channels = request.app[CONTAINER].dispatcher.channels
    return [medium.value for medium, channel in channels.items() if channel.name == "embedded"]


def _at_the_machine(request: web.Request) -> bool:
    """From loopback, not passed on by anybody, and asked for under a name of loopback: a foreign page can lead its own name to
    127.0.0.1 and would then read what is here."""
    settings = request.app[CONTAINER].settings
    forwarded = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"))
    public = settings.public_url and not _is_loopback(urlsplit(settings.public_url).hostname)
    named = _is_loopback(urlsplit(f"//{request.host}").hostname)
    return named and not public and not forwarded and _is_loopback(request.remote)


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        address = ip_address(host or "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _password(request: web.Request) -> str:
    scheme, _, encoded = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme.casefold() != "basic":
        return ""
    try:
        return base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _from_our_page(request: web.Request) -> None:
    """Raises Problem 403 for a form of another site's: the browser brings the login, or the machine, along by itself."""
    origin, site = request.headers.get(hdrs.ORIGIN), request.headers.get("Sec-Fetch-Site", "same-origin")
    if (origin is not None and urlsplit(origin).netloc != request.host) or site not in ("same-origin", "none"):
        raise Problem(403, "This button is on the page /outbox; press it there.")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise Problem(404, "There is nothing at this address.")
    return min(int(text), _HIGHEST)


def _shown(request: web.Request, message: Kept, language: str, text: Callable[..., str]) -> dict[str, Any]:
    container = request.app[CONTAINER]
    zone = market_of(container.shop_profile.market).zone

    def spoken(instant: datetime) -> str:
        return format_datetime(instant, "d MMM, HH:mm:ss", tzinfo=zone, locale=Locale.parse(language))

    facts = [text("return", number=message.return_number)] if message.return_number else []
    if message.status is OutgoingStatus.WAITING:
        if message.not_before and message.not_before > container.clock():
            facts.append(text("due", instant=spoken(message.not_before)))
        if message.attempts:
            facts.append(text("tries", count=message.attempts))
    whatsapp = message.recipient.startswith("whatsapp:")
    return {
        "message": message,
        "recipient": message.recipient.removeprefix("whatsapp:"),
        "medium": "whatsapp" if whatsapp else message.medium.value,
        "state": _state(message, text),
        "posted": spoken(message.created_at),
        "posted_iso": message.created_at.isoformat(),
        "papers": [
            {"name": paper.ref, "kind": paper.kind, "href": container.links.url(paper.kind, paper.ref)}
            for paper in message.papers
        ],
        "facts": facts,
    }


def _state(message: Kept, text: Callable[..., str]) -> str:
    """The status, and for a message that left what the provider says of it."""
    if message.status is not OutgoingStatus.SENT:
        return text(message.status.value)
    if (message.provider_id or "").startswith("shown-"):
        return text("shown")
    said = {"accepted": "queued", "sending": "queued", "scheduled": "queued", "failed": "undelivered"}
    name = said.get(message.delivery or "", message.delivery)
    known = name in ("queued", "delivered", "read", "undelivered") or (name == "sent" and message.medium.value == "sms")
    return text("sent") + (f" · {text(f'delivery_{name}')}" if known else "")

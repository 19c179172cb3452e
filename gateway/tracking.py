"""Carriers tell where parcels are: EasyPost and a karrio server by webhook, and Retour Post, whose scans somebody plays.

Nobody is believed without the secret: EasyPost signs what it sends (https://docs.easypost.com/docs/webhooks), karrio's server sends
the secret of its webhook along as X-Event-Id, and a scan of Retour Post is signed with a key derived from RETOUR_SECRET_KEY.
"""

import asyncio
import hashlib
import hmac
import unicodedata
from collections.abc import Callable
from contextlib import suppress

import structlog
from aiohttp import web

from gateway.bodies import parsed_object, read_bounded
from gateway.keys import CONTAINER
from gateway.problems import Problem
from rma.model.errors import Conflict, NotFound
from rma.model.numbers import MistypedNumber
from rma.model.shipping import CarrierError
from rma.model.tracking import TrackingStatus, words

log = structlog.get_logger(__name__)
routes = web.RouteTableDef()

BODY_LIMIT = 1024 * 1024
EASYPOST, KARRIO, OURS = "X-Hmac-Signature", "X-Event-Id", "X-Retour-Signature"
_DONE = 204


def signed_scan(secret: str, body: bytes) -> str:
    """What X-Retour-Signature is for `body`; `secret` is RETOUR_SECRET_KEY."""
    key = hmac.new(secret.encode(), b"retour post scans", hashlib.sha256).digest()
    return "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()


def signed_easypost(secret: str, body: bytes) -> str:
    """What X-Hmac-Signature is for `body`: as EasyPost's own clients compute it."""
    key = unicodedata.normalize("NFKD", secret).encode()
    return "hmac-sha256-hex=" + hmac.new(key, body, hashlib.sha256).hexdigest()


@routes.post("/webhooks/easypost")
async def easypost(request: web.Request) -> web.Response:
    return await _told(request, "easypost", EASYPOST, signed_easypost)


@routes.post("/webhooks/karrio")
async def karrio(request: web.Request) -> web.Response:
    return await _told(request, "karrio", KARRIO, lambda secret, body: secret)


async def _told(request: web.Request, provider: str, header: str, expected: Callable[[str, bytes], str]) -> web.Response:
    """204 for what is news, what is not, and what is about nobody's parcel: the carrier would only repeat it."""
    container = request.app[CONTAINER]
    secret = getattr(container.settings, f"{provider}_webhook_secret").get_secret_value()
    body = await _verified(request, secret, header, expected)
    events = await container.carriers.told[provider](parsed_object(body))
    try:
        await container.tracking.note(events)
    except Conflict:
        raise Problem(503, "This could not be kept; deliver it again.", {"Retry-After": "5"}) from None
    return web.Response(status=_DONE)


async def _verified(request: web.Request, secret: str, header: str, expected: Callable[[str, bytes], str]) -> bytes:
    """The body. Raises Problem 403 unless it comes from whoever knows the secret, also when none is set."""
    body, given = await read_bounded(request, BODY_LIMIT), request.headers.get(header, "")
    wanted = expected(secret, body)
    # Compared as bytes: compare_digest takes no text beyond ASCII, and a header may hold any.
    if not secret or not hmac.compare_digest(wanted.encode(), given.encode("utf-8", "surrogateescape")):
        log.warning("webhook refused", header=header, why="no secret is set" if not secret else "wrong or missing")
        raise Problem(403, f"This address takes what its carrier signed; {header} is missing or wrong.")
    return body


@routes.post("/webhooks/retour-post")
async def scan(request: web.Request) -> web.Response:
    """`{"return": "RT-...", "status": "accepted", "place": "Lyon"}`: somebody of Retour Post scanned the parcel."""
    container = request.app[CONTAINER]
    body = await _verified(request, container.settings.secret_key.get_secret_value(), OURS, signed_scan)
    wanted = parsed_object(body)
    try:
        status = TrackingStatus(str(wanted.get("status")))
        rma = await container.returns.get(str(wanted.get("return")))
    except (ValueError, MistypedNumber, NotFound) as error:
        raise Problem(422, f"This is no scan of a parcel of ours: {error}") from None
    if rma.label is None or rma.label.carrier != "retour-post" or not status.is_scan:
        raise Problem(422, "This is no scan of a parcel of Retour Post.")
    await container.carriers.scans.add(rma.label.tracking_number, status, words(wanted.get("place")))
    with suppress(CarrierError, Conflict, TimeoutError):  # Else found in a minute, by the chore that asks all carriers.
        await asyncio.wait_for(container.tracking.look(rma.number), 10)
    return web.Response(status=_DONE)

"""Whether a request comes from Twilio: signed with the account's auth token over the address that Twilio called and the form it
sent (https://www.twilio.com/docs/usage/security)."""

from urllib.parse import parse_qsl

import structlog
from aiohttp import hdrs, web
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from gateway.bodies import read_bounded
from gateway.keys import CONTAINER
from gateway.problems import Problem

log = structlog.get_logger(__name__)

LIMIT = 128 * 1024
"""Bytes. 1,600 characters beyond the BMP, percent-encoded, are under 20,000; ten pictures' addresses come on top."""
FIELDS = 500
SIGNATURE = "X-Twilio-Signature"


async def verified_form(request: web.Request) -> dict[str, str]:
    """The form as Twilio sent it: values verbatim, empty ones too, the first of a name that comes twice.

    Raises Problem 403 for whatever is not signed with RETOUR_TWILIO_AUTH_TOKEN for this address under RETOUR_PUBLIC_URL, also when
    no token is set; 413 for a body beyond LIMIT.
    """
    settings = request.app[CONTAINER].settings
    token, given = settings.twilio_auth_token.get_secret_value(), request.headers.get(SIGNATURE, "")
    body = await read_bounded(request, LIMIT)
    if not token or not given:
        raise _forbidden("no auth token is set" if not token else "no signature")
    fields = _fields(request, body)
    # Behind a proxy the request's own host and scheme are the proxy's idea; Twilio signed the public address.
    if not RequestValidator(token).validate(settings.address + request.raw_path, fields, given):
        raise _forbidden("wrong signature: made with another auth token, or for another address than RETOUR_PUBLIC_URL")
    return {name: fields.getone(name) for name in fields}


def _fields(request: web.Request, body: bytes) -> MultiDict[str]:
    if request.content_type != "application/x-www-form-urlencoded" and body:
        raise _forbidden(f"{hdrs.CONTENT_TYPE} is not that of a form")
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=FIELDS)
    except ValueError:
        raise _forbidden("too many fields") from None
    return MultiDict(pairs)


def _forbidden(why: str) -> Problem:
    log.warning("webhook refused", why=why)
    return Problem(403, "This address takes requests that Twilio signed for it; X-Twilio-Signature is missing or wrong.")

"""POST /webhooks/twilio/status: how far Twilio says that a message came."""

import structlog
from aiohttp import web

from gateway.keys import CONTAINER
from gateway.twilio_signature import verified_form
from rma.model.errors import NotFound

log = structlog.get_logger(__name__)
routes = web.RouteTableDef()

OPTED_OUT = "21610"
_DONE = 204


@routes.post("/webhooks/twilio/status")
async def status(request: web.Request) -> web.Response:
    """Answers 204 also for what it does not know: Twilio would only log an error and ask nobody again."""
    form = await verified_form(request)
    sid, delivery = form.get("MessageSid") or form.get("SmsSid", ""), form.get("MessageStatus") or form.get("SmsStatus", "")
    if not sid or not delivery or len(sid) > 64:
        log.warning("status without a message", fields=sorted(form)[:20])
        return web.Response(status=_DONE)
    code = form.get("ErrorCode") or None
    try:
        await request.app[CONTAINER].outbox.delivered(
            sid, delivery[:30], code and code[:20], _own_id(request), opted_out=code == OPTED_OUT
        )
    except NotFound:
        log.warning("status of an unknown message", sid=sid, delivery=delivery[:30], code=code and code[:20])
    return web.Response(status=_DONE)


def _own_id(request: web.Request) -> int | None:
    """The outbox's number, which stands in the address that we gave Twilio and that it signed."""
    given = request.query.get("m", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None

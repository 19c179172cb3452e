"""The staff API: returns as the shop's own programs read them, and calling one off."""

import hashlib
import secrets
from typing import Any

from aiohttp import web

from gateway.bodies import idempotency_key, read_bounded
from gateway.chat import bearer
from gateway.errors import Handler
from gateway.keys import CONTAINER, LIMITS, TURNS
from gateway.problems import Problem
from gateway.wire import Wire
from rma.model.codes import ReturnStatus
from rma.model.errors import Conflict
from rma.model.returns import Return

routes = web.RouteTableDef()

_KEY_WANTED = {"WWW-Authenticate": 'Bearer realm="retour staff"'}


@web.middleware
async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Lets /api/returns be reached with RETOUR_API_KEY alone; with no key set, by nobody."""
    if not request.path.startswith("/api/returns"):
        return await handler(request)
    wanted = request.app[CONTAINER].settings.api_key.get_secret_value()
    given = bearer(request)
    if not wanted or not secrets.compare_digest(given.encode("utf-8", "replace"), wanted.encode()):
        limits = request.app[LIMITS]
        await limits.hit("key", limits.address(request))
        raise Problem(401, "The API key is missing or wrong; send Authorization: Bearer <RETOUR_API_KEY>.", _KEY_WANTED)
    return await handler(request)


@routes.get("/api/returns/{number}")
async def read(request: web.Request) -> web.Response:
    return _json(
        document(await request.app[CONTAINER].returns.get(request.match_info["number"]), request.app[TURNS].wire)
    )


@routes.get("/api/returns")
async def search(request: web.Request) -> web.Response:
    order, status = request.query.get("order"), request.query.get("status")
    if status is not None and status not in set(ReturnStatus):
        raise Problem(422, f"'status' is not one of {', '.join(ReturnStatus)}.")
    if order is not None and not order.isprintable():
        raise Problem(400, "'order' has characters that cannot be printed.")
    found = await request.app[CONTAINER].returns.find(order, status)
    return _json({"returns": [document(rma, request.app[TURNS].wire) for rma in found]})


@routes.post("/api/returns/{number}/cancel")
async def cancel(request: web.Request) -> web.Response:
    await read_bounded(request, 64 * 1024)
    desk, number = request.app[CONTAINER].returns, request.match_info["number"]
    caller = _caller(idempotency_key(request))
    try:
        cancelled = await desk.cancel(number, caller)
    except Conflict:
        # The same request again gets the same answer: the event of the first one bears its key.
        cancelled = await desk.get(number)
        done = any(event.kind == ReturnStatus.CANCELLED and event.by == caller for event in cancelled.events)
        if caller == _caller(None) or not done:
            raise
    return _json(document(cancelled, request.app[TURNS].wire))


def _caller(key: str | None) -> str:
    """Who an event says it was: the API, and which request of it."""
    return f"api {hashlib.sha256(key.encode()).hexdigest()[:16]}" if key else "api"


def document(rma: Return, wire: Wire) -> dict[str, Any]:
    """A return in the API's shape (contract section 5)."""
    return {
        "number": rma.number,
        "order": rma.order,
        "status": rma.status.value,
        "resolution": rma.resolution.value,
        "method": rma.method.value if rma.method else None,
        "lines": [
            {
                "id": line.id,
                "sku": line.sku,
                "quantity": line.quantity,
                "received": line.received,
                "reason": line.reason.value,
                "disposition": line.disposition.value if line.disposition else None,
                "exchange_for": line.exchange_for,
            }
            for line in rma.lines
        ],
        "refund": rma.refund,
        "label": rma.label
        and {
            "tracking_number": rma.label.tracking_number,
            "carrier": rma.label.carrier,
            "pdf": wire.links.url("label", rma.number),
        },
        "decision": rma.decision,
        "events": [event.model_dump(mode="json") for event in rma.events],
    }


def _json(content: dict[str, Any]) -> web.Response:
    return web.json_response(content, headers={"Cache-Control": "no-store"})

"""What the staff API answers: returns (contract section 5), parcels, refunds, units."""

import json
from typing import Any

from aiohttp import web

from gateway.keys import TURNS
from gateway.staff.versions import tag
from gateway.wire import Wire
from rma.model.goods import Parcel, Unit
from rma.model.returns import Return, ReturnLine
from rma.model.staff import Answer
from rma.service import documents


def return_document(rma: Return, wire: Wire) -> dict[str, Any]:
    """A return in the API's shape (contract section 5)."""
    return documents.return_document(rma, wire.links)


def counts(line: ReturnLine) -> dict[str, Any]:
    """The numbers of units of a line: announced and received are two, and so are accepted and refunded."""
    return {
        "id": line.id,
        "sku": line.sku,
        "announced": line.quantity,
        "received": line.received,
        "accepted": line.accepted,
        "rejected": line.rejected,
        "missing": line.missing,
        "refunded": line.refunded,
        "outstanding": line.outstanding,
        "to_inspect": line.uninspected,
    }


def unit_document(unit: Unit) -> dict[str, Any]:
    return unit.model_dump(mode="json", exclude={"number"})


def parcel_document(parcel: Parcel) -> dict[str, Any]:
    return parcel.model_dump(mode="json")


def json_of(document: dict[str, Any], **headers: str) -> web.Response:
    return web.json_response(document, headers={"Cache-Control": "no-store"} | headers)


def answer(document: dict[str, Any], status: int = 200, **headers: str) -> Answer:
    text = json.dumps(document, ensure_ascii=False)
    return Answer(status, text, {name.replace("_", "-"): value for name, value in headers.items()})


def return_answer(request: web.Request, rma: Return, status: int = 200) -> Answer:
    return answer(return_document(rma, request.app[TURNS].wire), status, ETag=tag(rma))

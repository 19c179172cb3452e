"""Returns: read, received, inspected, called off, given more time."""

from gateway.openapi.parts import (
    IF_MATCH,
    IF_NONE_MATCH,
    KEY,
    NUMBER,
    Json,
    acted,
    answered,
    array,
    count,
    enum,
    etag,
    limit,
    moment,
    money,
    next_page,
    object_of,
    of_answer,
    of_body,
    operation,
    or_null,
    query,
    ref,
    sent_as_json,
    text,
)
from gateway.staff.bodies import ONE_LINE, Cancel, Inspect, Nothing, Receive, Unannounced
from gateway.staff.returns import PAGE
from rma.model.codes import Disposition, Method, Reason, Resolution, ReturnStatus
from rma.model.goods import Unit
from rma.model.staff import Scope

_CHANGED = (400, 404, 409, 412, 413, 415, 422)
_COUNTS = (
    "announced", "received", "accepted", "rejected", "missing", "refunded", "outstanding", "to_inspect",
)  # fmt: skip


def paths() -> Json:
    return {
        "/api/returns": {"get": _search()},
        "/api/returns/{number}": {"get": _read()},
        "/api/returns/{number}/units": {"get": _units()},
        "/api/returns/{number}/receive": {"post": _receive()},
        "/api/returns/{number}/inspect": {"post": _inspect()},
        "/api/returns/{number}/cancel": {"post": _cancel()},
        "/api/returns/{number}/extend": {"post": _extend()},
        "/api/orders/{order}/receive": {"post": _unannounced()},
    }


def schemas() -> Json:
    bodies: Json = {}
    for kind in (Receive, Inspect, Cancel, Nothing, Unannounced):
        bodies |= of_body(kind)
    counted = object_of({"id": text(), "sku": text(), **{name: count() for name in _COUNTS}})
    return {
        **bodies,
        **of_answer(Unit, without=["number"]),
        "Return": _return(),
        "ReturnLine": _line(),
        "Event": _event(),
        "Amounts": _amounts(),
        "LineCounts": counted,
    }


def _search() -> Json:
    found = object_of({"returns": array(ref("Return"))})
    first = {"parameters": {"number": "$response.body#/returns/0/number"}}
    names = ("readReturn", "readUnits", "receiveReturn", "inspectReturn", "refundReturn", "cancelReturn", "extendReturn")
    return operation(
        "findReturns",
        "Returns of an order, in a status, or all",
        [Scope.RETURNS_READ],
        {
            200: answered(
                "What was found, the oldest first.",
                found,
                links={name: {"operationId": name, **first} for name in names},
                Link=next_page(),
            )
        },
        (400, 404, 422),
        [
            query("order", text(pattern=ONE_LINE), "An order's number; a leading #, spaces and case do not matter."),
            query("status", enum(ReturnStatus), "The status that they have now."),
            limit(PAGE),
            query("after", text(), "The number of the last return of the page before."),
        ],
    )


def _read() -> Json:
    return operation(
        "readReturn",
        "One return",
        [Scope.RETURNS_READ],
        {200: answered("The return.", ref("Return"), ETag=etag()), 304: {"description": "It is as you know it."}},
        (400, 404, 422),
        [NUMBER, IF_NONE_MATCH],
    )


def _units() -> Json:
    shape = object_of({"number": text(), "lines": array(ref("LineCounts")), "units": array(ref("Unit"))})
    return operation(
        "readUnits",
        "What was counted and what became of each unit",
        [Scope.RETURNS_READ],
        {200: answered("Counts by line, and units in the order in which they were inspected.", shape)},
        (404, 422),
        [NUMBER],
    )


def _receive() -> Json:
    example = {"lines": [{"id": "1", "quantity": 2}], "complete": True, "scanned": "RT-7K3M9QXP"}
    return operation(
        "receiveReturn",
        "Count what came",
        [Scope.RETURNS_RECEIVE],
        {200: acted("The return.", ref("Return"), ETag=etag())},
        _CHANGED,
        [NUMBER, KEY, IF_MATCH],
        sent_as_json("Receive", example=example),
        "Counts are added to what came before, so a second parcel is a second request. An empty body receives everything that is"
        " outstanding. 409 when nothing is outstanding and nothing is counted.",
    )


def _inspect() -> Json:
    example = {"lines": [{"id": "1", "quantity": 1, "grade": "opened"}]}
    return operation(
        "inspectReturn",
        "Say what was seen",
        [Scope.RETURNS_INSPECT],
        {200: acted("The return.", ref("Return"), ETag=etag())},
        _CHANGED,
        [NUMBER, KEY, IF_MATCH],
        sent_as_json("Inspect", example=example),
        "All of it is kept, or nothing. An empty body says that everything that came is as announced. A disposition of `missing`"
        " says that units are not there.",
    )


def _cancel() -> Json:
    return operation(
        "cancelReturn",
        "Call a return off, from requested, review, approved or label_issued",
        [Scope.RETURNS_CANCEL],
        {200: acted("The return, cancelled.", ref("Return"), ETag=etag())},
        _CHANGED,
        [NUMBER, KEY, IF_MATCH],
        sent_as_json("Cancel"),
    )


def _extend() -> Json:
    return operation(
        "extendReturn",
        "Give more time to send it, once",
        [Scope.RETURNS_EXTEND],
        {200: acted("The return.", ref("Return"), ETag=etag())},
        _CHANGED,
        [NUMBER, KEY, IF_MATCH],
        sent_as_json("Nothing"),
    )


def _unannounced() -> Json:
    order = {"name": "order", "in": "path", "required": True, "schema": text(minLength=1, maxLength=100, pattern=ONE_LINE)}
    outcome = object_of({"return": or_null(ref("Return")), "parcel": or_null(ref("Parcel"))})
    return operation(
        "receiveUnannounced",
        "Receive goods of an order that nobody announced",
        [Scope.RETURNS_RECEIVE],
        {200: acted("A return, as the policy decides; where it declines or knows no such order, a parcel that waits.", outcome)},
        (400, 404, 409, 413, 415, 422),
        [order, KEY],
        sent_as_json("Unannounced", required=True, example={"lines": [{"id": "1", "quantity": 1}]}),
    )


def _return() -> Json:
    label = object_of({"tracking_number": text(), "carrier": text(), "pdf": text(format="uri")})
    return object_of(
        {
            "number": text(pattern="^RT-[0-9A-HJKMNP-TV-Z]{8}$"),
            "order": text(),
            "status": enum(ReturnStatus),
            "resolution": enum(Resolution),
            "method": {"enum": [*map(str, Method), None], "description": "null: nothing is sent back."},
            "lines": array(ref("ReturnLine")),
            "refund": ref("Amounts"),
            "label": or_null(label),
            "decision": {"type": "object", "description": "What the policy decided, as `retour decide` writes it."},
            "events": array(ref("Event")),
        }
    )


def _line() -> Json:
    return object_of(
        {
            "id": text(),
            "sku": text(),
            "quantity": count("Announced; 0 for a line that came without a word."),
            "received": count(),
            "reason": enum(Reason),
            "disposition": {"enum": [*map(str, Disposition), None], "description": "That of most of its units."},
            "exchange_for": {"type": ["string", "null"], "description": "A SKU."},
        }
    )


def _amounts() -> Json:
    names = ("items", "outbound_shipping", "return_shipping", "fees", "total")
    shape = object_of(
        {"currency": text(), **{name: money() for name in names}}, "The decision's until money moves, then what was paid."
        " `items` and `outbound_shipping` less `return_shipping` and `fees` are `total`, unless that was limited by what was"
        " paid for the order."
    )
    return shape | {"additionalProperties": True}


def _event() -> Json:
    return object_of(
        {
            "kind": text("A status reached, or what else happened."),
            "at": moment(),
            "by": text("Who: `shopper`, `policy`, `system`, `api`, `api:` and the name of a key, or somebody of the team."),
            "detail": {"type": "object"},
        }
    )

"""The staff API, described (OpenAPI 3.1). The vocabularies come from the code, so that they cannot drift from it."""

from collections.abc import Iterable
from typing import Any

from aiohttp import web

from gateway.keys import CONTAINER
from rma.model.codes import Disposition, Method, Reason, Resolution, ReturnStatus

routes = web.RouteTableDef()

_NUMBER = {
    "name": "number",
    "in": "path",
    "required": True,
    "description": "RT- and 8 characters; case, spaces and dashes do not matter.",
    "schema": {"type": "string", "examples": ["RT-7K3M9QX4"]},
}


@routes.get("/api/openapi.json")
async def describe(request: web.Request) -> web.Response:
    return web.json_response(document(request.app[CONTAINER].settings.address))


def document(address: str) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Retour staff API", "version": "1", "description": "Returns, for the shop's own programs."},
        "servers": [{"url": address}],
        "security": [{"key": []}],
        "paths": {
            "/api/returns/{number}": {"get": _read()},
            "/api/returns": {"get": _search()},
            "/api/returns/{number}/cancel": {"post": _cancel()},
        },
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "RETOUR_API_KEY"}},
            "schemas": {"Return": _return(), "ReturnLine": _line(), "Event": _event(), "Problem": _problem()},
            "responses": {
                "Problem": {
                    "description": "An error (RFC 9457).",
                    "content": {"application/problem+json": {"schema": _ref("Problem")}},
                },
                "TooMany": {
                    "description": "Too many tries with a wrong key.",
                    "headers": {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}},
                    "content": {"application/problem+json": {"schema": _ref("Problem")}},
                },
            },
        },
    }


def _read() -> dict[str, Any]:
    return {
        "operationId": "readReturn",
        "summary": "One return",
        "parameters": [_NUMBER],
        "responses": _responses("The return.", _ref("Return"), 401, 404, 422),
    }


def _search() -> dict[str, Any]:
    found = _object({"returns": {"type": "array", "items": _ref("Return")}})
    return {
        "operationId": "findReturns",
        "summary": "Returns of an order, in a status, or all",
        "parameters": [
            {
                "name": "order",
                "in": "query",
                "description": "An order's number; a leading #, spaces and case do not matter.",
                "schema": {"type": "string"},
            },
            {"name": "status", "in": "query", "schema": _enum(ReturnStatus)},
        ],
        "responses": _responses("What was found, the oldest first.", found, 400, 401, 422),
    }


def _cancel() -> dict[str, Any]:
    return {
        "operationId": "cancelReturn",
        "summary": "Call a return off, from requested, review, approved or label_issued",
        "description": "The same Idempotency-Key again gives the same answer.",
        "parameters": [
            _NUMBER,
            {
                "name": "Idempotency-Key",
                "in": "header",
                "schema": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[ -~]+$"},
            },
        ],
        "responses": _responses("The return, cancelled.", _ref("Return"), 400, 401, 404, 409, 413, 422),
    }


def _return() -> dict[str, Any]:
    label = _object({"tracking_number": _TEXT, "carrier": _TEXT, "pdf": {"type": "string", "format": "uri"}})
    return _object(
        {
            "number": {"type": "string", "pattern": "^RT-[0-9A-HJKMNP-TV-Z]{8}$"},
            "order": _TEXT,
            "status": _enum(ReturnStatus),
            "resolution": _enum(Resolution),
            "method": {"enum": [*Method, None], "description": "null: nothing is sent back."},
            "lines": {"type": "array", "items": _ref("ReturnLine")},
            "refund": {
                "type": "object",
                "description": "The decision's until money moves. Amounts are decimal strings.",
            },
            "label": {"anyOf": [label, {"type": "null"}]},
            "decision": {"type": "object", "description": "What the policy decided, as `retour decide` writes it."},
            "events": {"type": "array", "items": _ref("Event")},
        }
    )


def _line() -> dict[str, Any]:
    count = {"type": "integer", "minimum": 0}
    return _object(
        {
            "id": _TEXT,
            "sku": _TEXT,
            "quantity": {"type": "integer", "minimum": 1},
            "received": count,
            "reason": _enum(Reason),
            "disposition": {"enum": [*Disposition, None]},
            "exchange_for": {"type": ["string", "null"], "description": "A SKU."},
        }
    )


def _event() -> dict[str, Any]:
    return _object(
        {
            "kind": {"type": "string", "description": "A status reached, or what else happened."},
            "at": {"type": "string", "format": "date-time"},
            "by": _TEXT,
            "detail": {"type": "object"},
        }
    )


def _problem() -> dict[str, Any]:
    return _object({"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT})


_TEXT: dict[str, Any] = {"type": "string"}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _enum(values: Iterable[str]) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    """An object that has all of these and nothing else."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _responses(description: str, schema: dict[str, Any], *problems: int) -> dict[str, Any]:
    answers: dict[str, Any] = {"200": {"description": description, "content": {"application/json": {"schema": schema}}}}
    answers |= {str(status): {"$ref": "#/components/responses/Problem"} for status in problems}
    return answers | {"429": {"$ref": "#/components/responses/TooMany"}}

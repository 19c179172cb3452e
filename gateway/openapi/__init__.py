"""The staff API, described (OpenAPI 3.1). Vocabularies and bodies come from the code, so that they cannot drift from it.

A group of addresses is a module with `paths()`, {path: item}, and `schemas()`, what its answers and bodies look like; it is added
to GROUPS.
"""

from functools import lru_cache
from typing import Any

from aiohttp import web

from gateway.keys import CONTAINER
from gateway.openapi import epcis, parcels, photos, refunds, returns
from gateway.openapi.parts import object_of, ref, text

routes = web.RouteTableDef()

GROUPS: tuple[Any, ...] = (returns, refunds, parcels, photos, epcis)


@routes.get("/api/openapi.json")
async def describe(request: web.Request) -> web.Response:
    return web.json_response(document(request.app[CONTAINER].settings.address))


@lru_cache(maxsize=4)
def document(address: str) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"Problem": _problem()}
    for group in GROUPS:
        paths |= group.paths()
        schemas |= group.schemas()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Retour staff API",
            "version": "1",
            "description": "Returns, for the shop's own programs. docs/api.md tells the same in words and examples.",
        },
        "servers": [{"url": address}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "RETOUR_API_KEY, which may everything, or a key of `retour keys` for what its scopes say.",
                }
            },
            "schemas": schemas,
            "responses": {
                "Problem": {
                    "description": "An error (RFC 9457).",
                    "content": {"application/problem+json": {"schema": ref("Problem")}},
                },
                "Unauthorized": {
                    "description": "The key is missing or wrong.",
                    "headers": {"WWW-Authenticate": {"schema": {"type": "string"}}},
                    "content": {"application/problem+json": {"schema": ref("Problem")}},
                },
                "TooMany": {
                    "description": "Too many tries with a wrong key.",
                    "headers": {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}},
                    "content": {"application/problem+json": {"schema": ref("Problem")}},
                },
            },
        },
    }


def _problem() -> dict[str, Any]:
    known = object_of({"type": text(), "title": text(), "status": {"type": "integer"}, "detail": text()})
    mistake = object_of({"pointer": text("A JSON pointer into the body."), "detail": text()})
    known["properties"]["errors"] = {"type": "array", "items": mistake, "description": "The single mistakes of a body."}
    return known

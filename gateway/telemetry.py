"""Counts and logs each request by its route, never by its address: paths hold return numbers and signed tokens."""

import time
import uuid

import structlog
from aiohttp import web

from gateway.errors import Handler
from gateway.keys import METRICS

log = structlog.get_logger(__name__)


def route_of(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown"


@web.middleware
async def telemetry(request: web.Request, handler: Handler) -> web.StreamResponse:
    began, route, status = time.monotonic(), route_of(request), 500
    with structlog.contextvars.bound_contextvars(request=uuid.uuid4().hex[:12]):
        try:
            response = await handler(request)
            status = response.status
            return response
        except web.HTTPException as error:
            status = error.status
            raise
        finally:
            # Anybody can invent a method; a metric must not get a new series for each.
            method = request.method if request.method in ("GET", "HEAD", "POST", "OPTIONS") else "other"
            request.app[METRICS].requests.labels(method, route, status).inc()
            log.info("http", method=method, route=route, status=status, ms=round((time.monotonic() - began) * 1000))

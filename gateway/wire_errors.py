"""Requests that are no HTTP: refused before the application sees them, and in the same words as the rest."""

from typing import Any

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from gateway.problems import Problem

log = structlog.get_logger(__name__)

_DETAILS = {
    400: "This is not a request that can be read.",
    413: "The request is too large.",
    414: "The address is too long.",
    431: "A header is too long.",
}


class _Connection(RequestHandler):
    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        # Not what was sent: it may hold anything.
        log.info("not a request", status=status, error=type(exc).__name__)
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun already")
        detail = _DETAILS.get(status, "Something went wrong on our side; try again in a moment.")
        answer = Problem(status, detail, {"X-Content-Type-Options": "nosniff", "Server": "retour"}).response()
        answer.force_close()
        return answer


class _Server(web.Server):
    def __call__(self) -> RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """An AppRunner whose own errors are problem documents, too."""

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        options: dict[str, Any] = made._kwargs
        return _Server(made.request_handler, request_factory=made.request_factory, loop=made._loop, **options)

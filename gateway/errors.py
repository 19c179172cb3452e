"""The middleware that turns whatever a handler raises into a problem document, and lets nothing else out."""

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from gateway.logs import places
from gateway.problems import Problem
from rma.model.errors import Conflict, Forbidden, NotFound, Outdated, Refused, RetourError, TooManyAttempts
from rma.model.numbers import MistypedNumber

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_DETAILS = {
    400: "The request cannot be read.",
    404: "There is nothing at this address.",
    405: "This address does not take this method; see the Allow header.",
    413: "The request is too large.",
    417: "This expectation is not supported; send the request without it.",
}
_STATUSES: tuple[tuple[type[RetourError], int], ...] = (
    (Forbidden, 403),
    (NotFound, 404),
    (Outdated, 412),
    (Conflict, 409),
    (Refused, 422),
    (MistypedNumber, 422),
)


def problem_of(error: Exception) -> Problem:
    """The problem that a caller is told for `error`; status 500 for whatever is not meant for a caller."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, TooManyAttempts):
        return Problem(429, str(error), {"Retry-After": str(max(1, error.retry_after))})
    for kind, status in _STATUSES:
        if isinstance(error, kind):
            return Problem(status, str(error))
    if isinstance(error, web.HTTPException):
        allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        return Problem(error.status, _DETAILS.get(error.status, "The request is refused."), allow)
    if isinstance(error, (web.RequestPayloadError, web.PayloadAccessError)):
        return Problem(400, "The body ended early or is not encoded as its headers say.")
    return Problem(500, "Something went wrong on our side. Nothing was lost; try again in a moment.")


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return problem_of(error).response()
    except Exception as error:
        problem = problem_of(error)
        if problem.status == 500:
            log.error("request failed", **places(error))
        return problem.response()

"""Who may use the staff API: one with RETOUR_API_KEY may everything, one with a key of `retour keys` what that key is for."""

from collections.abc import Awaitable, Callable, Collection
from typing import Any

from aiohttp import web

from gateway.chat import bearer
from gateway.errors import Handler
from gateway.keys import CONTAINER, LIMITS
from gateway.problems import Problem
from rma.model.staff import Caller, Scope

_CALLER: web.RequestKey[Caller] = web.RequestKey("caller", Caller)
_KEY_WANTED = {"WWW-Authenticate": 'Bearer realm="retour staff"'}
_OPEN = ("/api/chat/", "/api/openapi.json")
"""What needs no key of the shop's: the shoppers' own, and the description."""
_StaffHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Lets nobody without a key to any other address under /api/, also to one where there is nothing."""
    if request.path.startswith("/api/") and not request.path.startswith(_OPEN):
        await authenticate(request)
    return await handler(request)


async def authenticate(request: web.Request) -> Caller:
    """Whoever sends the request. Raises Problem 401, TooManyAttempts after too many wrong keys from one address."""
    container = request.app[CONTAINER]
    given = bearer(request)
    master = container.settings.api_key.get_secret_value()
    caller = await container.keys.caller(given, master) if given else None
    if caller is None:
        limits = request.app[LIMITS]
        await limits.hit("key", limits.address(request))
        raise Problem(401, "The API key is missing or wrong; send Authorization: Bearer <RETOUR_API_KEY>.", _KEY_WANTED)
    request[_CALLER] = caller
    return caller


def caller_of(request: web.Request) -> Caller:
    """Who was let in. Raises Problem 401 where nobody was: an address that `guarded` does not guard."""
    caller = request.get(_CALLER)
    if caller is None:
        raise Problem(401, "This address needs an API key.", _KEY_WANTED)
    return caller


def require(request: web.Request, *scopes: Scope) -> Caller:
    """The caller, if their key has one of these scopes. Raises Problem 403."""
    caller = caller_of(request)
    if not any(caller.may(scope) for scope in scopes):
        raise Problem(403, f"This key may not do this; it needs the scope {' or '.join(scopes)}.")
    return caller


def needs(*scopes: Scope, query: Collection[str] | None = ()) -> Callable[[_StaffHandler], _StaffHandler]:
    """For a handler: only keys with one of these scopes reach it, and only parameters named in `query`, each once; None leaves them
    to the handler."""

    def decorate(handler: _StaffHandler) -> _StaffHandler:
        async def checked(request: web.Request) -> Any:
            require(request, *scopes)
            if query is not None:
                _only(request, query)
            return await handler(request)

        checked.__name__, checked.__doc__ = handler.__name__, handler.__doc__
        return checked

    return decorate


def _only(request: web.Request, known: Collection[str]) -> None:
    """Raises Problem 400: a filter that is mistyped must not give everything."""
    for name in request.query:
        if name not in known:
            there = f"there are {', '.join(sorted(known))}" if known else "there is none"
            raise Problem(400, f"There is no parameter {name[:60]!r} here; {there}.")
        if len(request.query.getall(name)) > 1:
            raise Problem(400, f"{name!r} is there more than once.")

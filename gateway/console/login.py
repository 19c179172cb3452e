"""Logging in and out."""

from aiohttp import hdrs, web

from gateway.console.auth import HOME, LOGIN, SECRET, SESSION, give_cookie, safe_next, take_cookie
from gateway.console.forms import FORM
from gateway.console.page import render
from gateway.console.words import words_of
from gateway.hub import DESK
from gateway.keys import CONTAINER, HUB, LIMITS
from rma.model.errors import Refused, TooManyAttempts

routes = web.RouteTableDef()


@routes.get(LOGIN)
async def ask(request: web.Request) -> web.Response:
    following = safe_next(request.query.get("next", HOME))
    if SESSION in request:
        raise web.HTTPSeeOther(following)
    return _page(request, following)


@routes.post(LOGIN)
async def enter(request: web.Request) -> web.Response:
    form, words, limits = request[FORM], words_of(request), request.app[LIMITS]
    following, login = safe_next(form.line("next", 2000)), form.line("login", 100)
    address = limits.address(request)
    try:
        await limits.hit("form", address)
        browser = request.headers.get(hdrs.USER_AGENT, "")[:200]
        _, secret = await request.app[CONTAINER].agents.login(login, form.raw("password"), address, browser)
    except TooManyAttempts as limit:
        minutes = max(1, -(-limit.retry_after // 60))
        response = _page(request, following, login, words.t("login_wait", minutes=minutes), 429)
        response.headers[hdrs.RETRY_AFTER] = str(max(1, limit.retry_after))
        return response
    except Refused:
        return _page(request, following, login, words.t("login_wrong"), 401)
    if SECRET in request:
        # Whoever logs in anew means to be that person: the session before does not stay behind.
        await request.app[CONTAINER].agents.logout(request[SECRET])
    answer = web.HTTPSeeOther(following)
    give_cookie(request, answer, secret)
    raise answer


@routes.post("/console/logout")
async def leave(request: web.Request) -> web.Response:
    await request.app[CONTAINER].agents.logout(request[SECRET])
    request.app[HUB].publish(DESK, {"sessions": True})
    answer = web.HTTPSeeOther(LOGIN)
    take_cookie(request, answer)
    raise answer


def _page(
    request: web.Request, following: str, login: str = "", trouble: str | None = None, status: int = 200
) -> web.Response:
    return render(request, "login.html", status, following=following, login=login, trouble=trouble)

"""Who is at the console: the cookie, the session behind it, and what every request under /console must show."""

import hmac
from urllib.parse import quote, urlsplit

from aiohttp import hdrs, web

from gateway.console.forms import FORM, picture_of, posted
from gateway.errors import Handler
from gateway.keys import CONTAINER
from gateway.problems import Problem
from rma.model.agents import SESSION_LASTS, Agent, Session

HOME, LOGIN = "/console", "/console/login"
ROOTS = (HOME, "/warehouse", "/insights")
"""What a session of the console's opens."""
SESSION = web.RequestKey("console_session", Session)
SECRET = web.RequestKey("console_secret", str)

_READING = (hdrs.METH_GET, hdrs.METH_HEAD)


def is_console(path: str) -> bool:
    return path in ROOTS or path.startswith(tuple(f"{root}/" for root in ROOTS))


def agent_of(request: web.Request) -> Agent:
    return request[SESSION].agent


def only_admins(request: web.Request) -> Agent:
    """Raises Problem 403 for anybody else."""
    if not agent_of(request).is_admin:
        raise Problem(403, "Only an admin may do this.")
    return agent_of(request)


def wants_json(request: web.Request) -> bool:
    """Whether our script asks, which puts the answer into the page, rather than the browser, which shows it."""
    return request.headers.get("X-Requested-With") == "fetch"


class LoginWanted(Problem):
    def __init__(self) -> None:
        super().__init__(401, "You are logged out, or your session has ended. Log in again.")


async def admit(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Has `handler` answer for a session that counts and a form that is ours. Raises LoginWanted, Problem 403, 405."""
    secret = request.cookies.get(cookie_name(request), "")
    session = await request.app[CONTAINER].agents.session(secret) if secret else None
    if session is not None:
        request[SESSION], request[SECRET] = session, secret
    if request.method == hdrs.METH_POST:
        form = request[FORM] = picture_of(request) or await posted(request)
        ours = session is None or hmac.compare_digest(form.raw("csrf").encode(), session.csrf.encode())
        if not ours and request.path != LOGIN:
            raise Problem(403, "This page is out of date, or the form is not ours. Reload the page and try again.")
    elif request.method not in _READING:
        raise Problem(405, "This address does not take this method.", {hdrs.ALLOW: "GET, HEAD, POST"})
    if session is None and request.path != LOGIN:
        raise LoginWanted
    return await handler(request)


def login_address(request: web.Request) -> str:
    """The login page, which leads back to what was asked."""
    wanted = request.path_qs if request.method in _READING else HOME
    return LOGIN if wanted == HOME else f"{LOGIN}?next={quote(wanted, safe='')}"


def safe_next(address: str) -> str:
    """Where a login leads: an address of the console's, never another site's that somebody put into a link."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return HOME
    odd = "\\" in address or not (address.isascii() and address.isprintable())
    if odd or parts.scheme or parts.netloc or not is_console(parts.path) or parts.path == LOGIN:
        return HOME
    return address


def cookie_name(request: web.Request) -> str:
    """With https the browser itself sees to it that no other host and no plain page can set it (__Host-)."""
    return "__Host-retour-console" if _secure(request) else "retour-console"


def _secure(request: web.Request) -> bool:
    return request.app[CONTAINER].settings.address.startswith("https://")


def give_cookie(request: web.Request, response: web.StreamResponse, secret: str) -> None:
    response.set_cookie(
        cookie_name(request),
        secret,
        max_age=int(SESSION_LASTS.total_seconds()),
        path="/",
        secure=_secure(request),
        httponly=True,
        samesite="Strict",
    )


def take_cookie(request: web.Request, response: web.StreamResponse) -> None:
    response.del_cookie(cookie_name(request), path="/", secure=_secure(request), httponly=True, samesite="Strict")

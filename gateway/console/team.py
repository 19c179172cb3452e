"""The team's accounts, for admins: who there is, new ones, roles, passwords, and whose account is closed."""

from collections.abc import Awaitable

from aiohttp import web

from gateway.console.account import browser_of
from gateway.console.auth import agent_of, only_admins
from gateway.console.forms import FORM
from gateway.console.page import render
from gateway.console.refusals import in_words
from gateway.console.words import words_of
from gateway.errors import problem_of
from gateway.hub import DESK
from gateway.keys import CONTAINER, HUB
from gateway.problems import Problem
from rma.model.agents import Role
from rma.model.codes import as_code
from rma.model.errors import RetourError

routes = web.RouteTableDef()

TEAM = "/console/team"


@routes.get(TEAM)
async def page(request: web.Request) -> web.Response:
    return await _page(request)


async def _page(request: web.Request, trouble: str | None = None, status: int = 200) -> web.Response:
    only_admins(request)
    desk = request.app[CONTAINER].agents
    people = [(agent, await desk.sessions(agent.id)) for agent in await desk.everybody()]
    typed = request.get(FORM)
    kept = {name: typed.line(name, 200) if typed and trouble else "" for name in ("login", "name", "role")}
    return render(request, "team.html", status, people=people, roles=list(Role), trouble=trouble, kept=kept, browser=browser_of)


@routes.post(TEAM)
async def add(request: web.Request) -> web.Response:
    only_admins(request)
    form = request[FORM]
    login, name = form.line("login", 40), form.line("name", 100)
    return await _done(
        request,
        request.app[CONTAINER].agents.add(login, name, _role(form.line("role", 20)), _password(form.raw("password"))),
    )


@routes.post("/console/team/{login}/role")
async def role(request: web.Request) -> web.Response:
    only_admins(request)
    wanted = _role(request[FORM].line("role", 20))
    return await _done(request, request.app[CONTAINER].agents.set_role(request.match_info["login"], wanted))


@routes.post("/console/team/{login}/password")
async def password(request: web.Request) -> web.Response:
    only_admins(request)
    wanted = _password(request[FORM].raw("password"))
    return await _done(request, request.app[CONTAINER].agents.set_password(request.match_info["login"], wanted))


@routes.post("/console/team/{login}/{what:disable|enable}")
async def disable(request: web.Request) -> web.Response:
    only_admins(request)
    login, off = request.match_info["login"], request.match_info["what"] == "disable"
    return await _done(request, request.app[CONTAINER].agents.set_disabled(login, off))


@routes.post("/console/team/{login}/sessions/{session:\\d{1,15}}/end")
async def end(request: web.Request) -> web.Response:
    only_admins(request)
    number = int(request.match_info["session"])
    return await _done(request, request.app[CONTAINER].agents.end_session(agent_of(request), number))


async def _done(request: web.Request, act: Awaitable[object]) -> web.Response:
    try:
        await act
    except RetourError as error:
        return await _page(request, in_words(str(error), words_of(request)), problem_of(error).status)
    # Whoever lost their session, or what they held, sees it at once.
    request.app[HUB].publish(DESK, {"sessions": True})
    request.app[HUB].changed(None)
    raise web.HTTPSeeOther(TEAM)


def _role(text: str) -> Role:
    found = as_code(Role, text)
    if found is None:
        raise Problem(422, f"'role' is not one of {', '.join(Role)}.")
    return found


def _password(text: str) -> str:
    """A password, never a hash: that one is taken from a file of settings, where nobody logs in."""
    if text.startswith("$argon2"):
        raise Problem(422, "A password does not begin with $argon2; choose another.")
    return text

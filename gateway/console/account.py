"""One's own account: where one is logged in, and the password."""

from aiohttp import web

from gateway.console.auth import LOGIN, SESSION, agent_of, take_cookie
from gateway.console.forms import FORM
from gateway.console.page import render
from gateway.console.refusals import in_words
from gateway.console.words import words_of
from gateway.errors import problem_of
from gateway.hub import DESK
from gateway.keys import CONTAINER, HUB, LIMITS
from gateway.problems import Problem
from rma.model.errors import Refused

routes = web.RouteTableDef()

ACCOUNT = "/console/account"

# In this order: most browsers also claim to be one of those after them.
_BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
_SYSTEMS = ("iPhone", "iPad", "Android", "Windows", "Macintosh", "Linux")
_NAMES = {"Edg": "Edge", "OPR": "Opera", "Macintosh": "Mac"}


@routes.get(ACCOUNT)
async def page(request: web.Request) -> web.Response:
    return await _page(request)


async def _page(request: web.Request, trouble: str | None = None, status: int = 200) -> web.Response:
    own = await request.app[CONTAINER].agents.sessions(agent_of(request).id)
    return render(
        request, "account.html", status, sessions=own, this=request[SESSION].id, trouble=trouble, browser=browser_of
    )


def browser_of(user_agent: str | None) -> str:
    """ "Firefox, Windows": enough to know one's own devices. What it does not know it gives as it came, shortened."""
    told = user_agent or ""
    found = [next((name for name in names if name in told), None) for names in (_BROWSERS, _SYSTEMS)]
    return ", ".join(_NAMES.get(name, name) for name in found if name) or told[:60]


@routes.post("/console/account/sessions/{session:\\d{1,15}}/end")
async def end(request: web.Request) -> web.Response:
    number = int(request.match_info["session"])
    await request.app[CONTAINER].agents.end_session(agent_of(request), number)
    request.app[HUB].publish(DESK, {"sessions": True})
    raise web.HTTPSeeOther(ACCOUNT if number != request[SESSION].id else LOGIN)


@routes.post("/console/account/others/end")
async def end_others(request: web.Request) -> web.Response:
    await request.app[CONTAINER].agents.end_sessions(agent_of(request).id, but=request[SESSION].id)
    request.app[HUB].publish(DESK, {"sessions": True})
    raise web.HTTPSeeOther(ACCOUNT)


@routes.post("/console/account/password")
async def change_password(request: web.Request) -> web.Response:
    """Ends every session of the account, this one too: whoever knew the old password is out."""
    form, words, agent = request[FORM], words_of(request), agent_of(request)
    try:
        # A stolen session must not become a way to guess the password behind it.
        await request.app[LIMITS].hit("form", f"password {agent.login}")
        if form.raw("new") != form.raw("again"):
            raise Problem(422, words.t("passwords_differ"))
        await request.app[CONTAINER].agents.change_own_password(agent, form.raw("old"), form.raw("new"))
    except (Refused, Problem) as error:
        return await _page(request, in_words(str(error), words), problem_of(error).status)
    request.app[HUB].publish(DESK, {"sessions": True})
    answer = web.HTTPSeeOther(LOGIN)
    take_cookie(request, answer)
    raise answer

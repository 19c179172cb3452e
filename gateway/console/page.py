"""Pages and fragments: rendered in the agent's language, kept by no cache, and one answer for everything that goes wrong."""

import json
from typing import Any

import aiohttp_jinja2
import structlog
from aiohttp import hdrs, web

from gateway.console.auth import HOME, SESSION, LoginWanted, admit, is_console, login_address, wants_json
from gateway.console.refusals import in_words
from gateway.console.words import LANGUAGE_COOKIE, Words, words_of
from gateway.errors import Handler, problem_of
from gateway.keys import CONTAINER
from gateway.logs import places
from gateway.problems import Problem
from rma.model.agents import Session
from rma.model.codes import Language

log = structlog.get_logger(__name__)

_HEADERS = {
    hdrs.CACHE_CONTROL: "no-store",
    # A form then names its origin to us; nothing is told to anybody else.
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    hdrs.VARY: "Cookie, Accept-Language, X-Requested-With",
}


@web.middleware
async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Lets /console be reached with a session of the console's alone, and words its errors for people."""
    if not is_console(request.path):
        return await handler(request)
    try:
        response = await admit(request, handler)
    except web.HTTPException as answer:
        if answer.status >= 400:
            return _dressed(request, failure(request, problem_of(answer)))
        _dressed(request, answer)
        raise
    except LoginWanted as wanted:
        response = failure(request, wanted) if wants_json(request) else _to_login(request)
    except Exception as error:
        problem = problem_of(error)
        if problem.status == 500:
            log.error("request failed", **places(error))
        response = failure(request, problem)
    return _dressed(request, response)


def _to_login(request: web.Request) -> web.Response:
    return web.Response(status=303, headers={hdrs.LOCATION: login_address(request)})


def _dressed(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    if not response.prepared:
        response.headers.update(_HEADERS)
        if request.query.get("lang") in set(Language):
            response.set_cookie(
                LANGUAGE_COOKIE, request.query["lang"], max_age=365 * 86400, path="/", samesite="Strict"
            )
    return response


def failure(request: web.Request, problem: Problem) -> web.Response:
    """What went wrong, as a page, or as JSON for our script."""
    words = words_of(request)
    detail = in_words(problem.detail, words)
    if wants_json(request):
        response = answer_json({"detail": detail, "login": isinstance(problem, LoginWanted)}, problem.status)
    else:
        title = words.t(f"error_{problem.status}") if words.has(f"error_{problem.status}") else words.t("error_other")
        response = render(request, "error.html", problem.status, title=title, detail=detail)
    response.headers.update(problem.headers)
    return response


def answer_json(document: dict[str, Any], status: int = 200) -> web.Response:
    return web.Response(status=status, text=json.dumps(document), content_type="application/json")


def context(request: web.Request, words: Words, **values: Any) -> dict[str, Any]:
    session = request.get(SESSION)
    return {
        "t": words.t,
        "w": words,
        "lang": words.language,
        "shop": request.app[CONTAINER].shop_profile,
        "session": session,
        "me": session.agent if session else None,
        "csrf": session.csrf if session else "",
        "path": request.rel_url.raw_path,
        "tabs": _tabs(request, session) if session else [],
        **values,
    }


def _tabs(request: web.Request, session: Session) -> list[tuple[str, str]]:
    there = {resource.canonical for resource in request.app.router.resources()}
    tabs = [
        (HOME, "queue"),
        ("/warehouse", "warehouse"),
        ("/insights", "insights"),
        (f"{HOME}/metrics", "figures"),
        (f"{HOME}/team", "users"),
    ]
    return [(address, key) for address, key in tabs if address in there and (key != "users" or session.agent.is_admin)]


def render(request: web.Request, template: str, status: int = 200, **values: Any) -> web.Response:
    words = values.pop("words", None) or words_of(request)
    return aiohttp_jinja2.render_template(
        f"console/{template}", request, context(request, words, **values), status=status
    )


def fragment(request: web.Request, template: str, words: Words, **values: Any) -> str:
    """A part of a page, from the template that the page itself includes."""
    return aiohttp_jinja2.render_string(f"console/{template}", request, context(request, words, **values))

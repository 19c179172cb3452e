"""How every act on a conversation runs: checked against what the agent had seen, told to everybody it concerns, and answered with
the conversation as it is then, or with what happened meanwhile."""

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from gateway.console.auth import agent_of, wants_json
from gateway.console.conversation import Draft, Kept, base_of, parts, view_of, whole
from gateway.console.forms import FORM, Form
from gateway.console.mark import Mark
from gateway.console.page import answer_json, fragment
from gateway.console.refusals import in_words
from gateway.console.thread import newer
from gateway.console.words import words_of
from gateway.errors import problem_of
from gateway.keys import CONTAINER, HUB, TURNS
from gateway.logs import places
from gateway.problems import Problem
from rma.bootstrap import Container
from rma.model.agents import Agent
from rma.model.conversations import Sender
from rma.model.errors import Conflict
from rma.service.overview import Overview

log = structlog.get_logger(__name__)

Act = Callable[[Container, Agent, str, Form], Awaitable[str]]
"""Does it; the key of the text that says it was done."""


class Changed(Conflict):
    """Something happened that the agent had not seen when they pressed the button."""


async def perform(request: web.Request, act: Act, *, seen: bool = True) -> web.Response:
    """`seen`: only when nothing happened since the page was shown. An answer or a note may always be written. A form that was acted
    on before, as its `key` in the audit trail says, is answered as done."""
    container, conversation_id, form = request.app[CONTAINER], request.match_info["id"], request[FORM]
    mark = Mark.read(form.line("mark", 60))
    try:
        shown = await container.support.overview(conversation_id)
        now = Mark.of(shown)
        if _was_done(shown, form):
            done = "done"
        elif seen and mark != now:
            raise Changed("this conversation changed while you looked at it")
        else:
            done = await _once(container, agent_of(request), conversation_id, form, act)
    except Exception as error:
        problem = problem_of(error)
        if problem.status == 500:
            log.error("act failed", **places(error))
        if problem.status == 404 and not isinstance(error, Problem):
            # The conversation itself may be gone; if it is, so is its page.
            await container.support.overview(conversation_id)
        return await explained(request, problem)
    await publish(request, conversation_id, now.message)
    request.app[HUB].changed(conversation_id)
    if not wants_json(request):
        raise web.HTTPSeeOther(base_of(conversation_id))
    words = words_of(request)
    return answer_json({"said": words.t(done)} | parts(request, words, await view_of(request, words)))


def _was_done(shown: Overview, form: Form) -> bool:
    key = form.line("key", 60)
    return bool(key) and any(event.detail.get("key") == key for event in shown.events)


async def _once(container: Container, agent: Agent, conversation_id: str, form: Form, act: Act) -> str:
    """Of two presses at the same moment the later finds that it cannot be done any more: because the earlier did it."""
    try:
        return await act(container, agent, conversation_id, form)
    except Conflict:
        if _was_done(await container.support.overview(conversation_id), form):
            return "done"
        raise


async def publish(request: web.Request, conversation_id: str, after: int) -> None:
    """Tells the shopper's page what our side said since."""
    conversation, messages = await request.app[CONTAINER].desk.transcript(conversation_id, after)
    ours = [message for message in messages if message.sender is not Sender.SHOPPER and message.reply_to is None]
    if ours:
        request.app[TURNS].publish(conversation, ours)


async def explained(request: web.Request, problem: Problem) -> web.Response:
    """The page as it is now, with what went wrong, what was typed, and what happened since it was shown."""
    words, form = words_of(request), request[FORM]
    mark = Mark.read(form.line("mark", 60))
    # Our script's page still has what was typed; the browser's is a new one.
    kept = None if wants_json(request) else _kept(request, form)
    view = await view_of(request, words, kept, Draft(shown=bool(kept and kept.at.endswith("/returns"))))
    meanwhile = newer(view.items, mark.message, mark.event)[-8:] if mark else []
    trouble = in_words(problem.detail, words)
    if wants_json(request):
        told = fragment(request, "trouble.html", words, trouble=trouble, meanwhile=meanwhile)
        response = answer_json({"trouble": told} | parts(request, words, view), problem.status)
    else:
        response = whole(request, words, view, problem.status, trouble, meanwhile)
    response.headers.update(problem.headers)
    return response


def _kept(request: web.Request, form: Form) -> Kept:
    return Kept(
        kind=form.raw("kind")[:10],
        text=form.raw("text"),
        key=form.raw("key")[:60],
        at=request.path,
        amount=form.raw("amount")[:20],
        reason=form.raw("reason")[:500],
    )

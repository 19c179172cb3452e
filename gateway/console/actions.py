"""What an agent does with a conversation, one address each: take it, pass it on, set it aside, finish it, write in it."""

from typing import Any

from aiohttp import web

from gateway.console.acting import perform
from gateway.console.conversation import snoozes
from gateway.console.forms import Form
from gateway.console.words import Words, words_of
from gateway.problems import Problem
from rma.bootstrap import Container
from rma.model.agents import Agent
from rma.model.support import Priority

routes = web.RouteTableDef()


@routes.post("/console/c/{id}/take")
async def take(request: web.Request) -> web.Response:
    async def act(container: Container, agent: Agent, conversation_id: str, _form: Form) -> str:
        await container.support.take(agent, conversation_id)
        return "done_take"

    return await perform(request, act, seen=False)


@routes.post("/console/c/{id}/take_over")
async def take_over(request: web.Request) -> web.Response:
    async def act(container: Container, agent: Agent, conversation_id: str, _form: Form) -> str:
        await container.support.take(agent, conversation_id, over=True)
        return "done_take"

    return await perform(request, act)


@routes.post("/console/c/{id}/assign")
async def assign(request: web.Request) -> web.Response:
    async def act(container: Container, agent: Agent, conversation_id: str, form: Form) -> str:
        await container.support.assign(agent, conversation_id, form.line("to", 100))
        return "done_assign"

    return await perform(request, act)


@routes.post("/console/c/{id}/unassign")
async def unassign(request: web.Request) -> web.Response:
    async def act(container: Container, agent: Agent, conversation_id: str, _form: Form) -> str:
        await container.support.unassign(agent, conversation_id)
        return "done_unassign"

    return await perform(request, act)


@routes.post("/console/c/{id}/snooze")
async def snooze(request: web.Request) -> web.Response:
    """Until one of the usual times, or the one that was picked."""
    words = words_of(request)

    async def act(container: Container, agent: Agent, conversation_id: str, form: Form) -> str:
        await container.support.snooze(agent, conversation_id, _until(form, words))
        return "done_snooze"

    return await perform(request, act)


def _until(form: Form, words: Words) -> Any:
    usual = dict(snoozes(words))
    chosen = form.line("until", 20)
    return usual[chosen] if chosen in usual else form.instant("at", words.zone)


@routes.post("/console/c/{id}/resolve")
async def resolve(request: web.Request) -> web.Response:
    async def act(container: Container, agent: Agent, conversation_id: str, form: Form) -> str:
        await container.support.resolve(agent, conversation_id, form.line("reason"))
        return "done_resolve"

    return await perform(request, act)


@routes.post("/console/c/{id}/reopen")
async def reopen(request: web.Request) -> web.Response:
    async def act(container: Container, agent: Agent, conversation_id: str, _form: Form) -> str:
        await container.support.reopen(agent, conversation_id)
        return "done_reopen"

    return await perform(request, act)


@routes.post("/console/c/{id}/give_back")
async def give_back(request: web.Request) -> web.Response:
    async def act(container: Container, agent: Agent, conversation_id: str, _form: Form) -> str:
        await container.support.give_back(agent, conversation_id)
        return "done_give_back"

    return await perform(request, act)


@routes.post("/console/c/{id}/priority")
async def priority(request: web.Request) -> web.Response:
    async def act(container: Container, agent: Agent, conversation_id: str, form: Form) -> str:
        label = form.line("priority", 20)
        weight = next((one for one in Priority if one.label == label), None)
        if weight is None:
            raise Problem(422, f"'priority' is not one of {', '.join(one.label for one in Priority)}.")
        await container.support.set_priority(agent, conversation_id, weight)
        return "done_priority"

    return await perform(request, act)


@routes.post("/console/c/{id}/write")
async def write(request: web.Request) -> web.Response:
    """An answer to the shopper, or a note for the team: only what says that it is an answer leaves the house."""

    async def act(container: Container, agent: Agent, conversation_id: str, form: Form) -> str:
        text = form.text("text")
        if form.line("kind", 10) == "reply":
            await container.support.say(agent, conversation_id, text, key=form.line("key", 60) or None)
            return "done_say"
        await container.support.note(agent, conversation_id, text)
        return "done_note"

    return await perform(request, act, seen=False)

"""What an agent does about returns: decide what waits, pay another amount, make one, call one off, send its label again."""

from aiohttp import web
from pydantic import ValidationError

from gateway.console.acting import explained, perform
from gateway.console.auth import wants_json
from gateway.console.conversation import Draft, parts, view_of, whole
from gateway.console.forms import FORM, Form
from gateway.console.page import answer_json
from gateway.console.panel import money, rulings, titles_of
from gateway.console.words import words_of
from gateway.errors import problem_of
from gateway.keys import CONTAINER
from gateway.problems import Problem
from rma.bootstrap import Container
from rma.model.agents import Agent
from rma.model.errors import Conflict, RetourError
from rma.model.orders import Order
from rma.service.rulings import NewReturn

routes = web.RouteTableDef()


@routes.post("/console/c/{id}/returns/{number}/approve")
async def approve(request: web.Request) -> web.Response:
    async def act(container: Container, agent: Agent, conversation_id: str, form: Form) -> str:
        await container.rulings.approve(agent, conversation_id, request.match_info["number"], form.line("reason"))
        return "done_approve"

    return await perform(request, act)


@routes.post("/console/c/{id}/returns/{number}/decline")
async def decline(request: web.Request) -> web.Response:
    async def act(container: Container, agent: Agent, conversation_id: str, form: Form) -> str:
        await container.rulings.decline(agent, conversation_id, request.match_info["number"], form.line("reason"))
        return "done_decline"

    return await perform(request, act)


@routes.post("/console/c/{id}/returns/{number}/override")
async def override(request: web.Request) -> web.Response:
    async def act(container: Container, agent: Agent, conversation_id: str, form: Form) -> str:
        number, total = request.match_info["number"], form.amount("amount")
        await container.rulings.override(agent, conversation_id, number, total, form.line("reason"))
        return "done_override"

    return await perform(request, act)


@routes.post("/console/c/{id}/returns/{number}/cancel_return")
async def cancel(request: web.Request) -> web.Response:
    async def act(container: Container, agent: Agent, conversation_id: str, form: Form) -> str:
        await container.rulings.cancel(agent, conversation_id, request.match_info["number"], form.line("reason"))
        return "done_cancel"

    return await perform(request, act)


@routes.post("/console/c/{id}/returns/{number}/resend_label")
async def resend(request: web.Request) -> web.Response:
    async def act(container: Container, agent: Agent, conversation_id: str, _form: Form) -> str:
        await container.rulings.resend_label(agent, conversation_id, request.match_info["number"])
        return "done_resend"

    return await perform(request, act)


@routes.post("/console/c/{id}/returns")
async def create(request: web.Request) -> web.Response:
    """Twice: what the policy says of it, then the return."""
    if request[FORM].line("step", 10) != "create":
        try:
            return await _quoted(request)
        except (Problem, RetourError) as error:
            return await explained(request, problem_of(error))

    async def act(container: Container, agent: Agent, conversation_id: str, form: Form) -> str:
        new = _asked(form, await _order(container, conversation_id))
        await container.rulings.create(agent, conversation_id, new, form.line("reason"))
        return "done_create"

    return await perform(request, act)


async def _quoted(request: web.Request) -> web.Response:
    container, form, words = request.app[CONTAINER], request[FORM], words_of(request)
    conversation_id = request.match_info["id"]
    order = await _order(container, conversation_id)
    new = _asked(form, order)
    quote = await container.rulings.quote(new)
    draft = Draft(
        shown=True,
        key=new.key,
        lines={line.id: line for line in new.lines},
        resolution=new.resolution,
        method=new.method or "",
        reason=form.line("reason"),
        quote=quote,
        rulings=rulings(quote.decision, titles_of(order), words),
        money=money(quote.granted if quote.needs_override else quote.decision["refund"], words),
    )
    view = await view_of(request, words, draft=draft)
    if wants_json(request):
        return answer_json(parts(request, words, view))
    return whole(request, words, view)


async def _order(container: Container, conversation_id: str) -> Order:
    shown = await container.support.overview(conversation_id)
    if shown.order is None:
        raise Conflict("this conversation is about no order yet; find out which one first")
    return shown.order


def _asked(form: Form, order: Order) -> NewReturn:
    """The lines with a quantity. Raises Problem 422."""
    lines = [
        {
            "id": line.id,
            "quantity": form.whole(f"quantity:{line.id}"),
            "reason": form.line(f"reason:{line.id}", 40),
            "condition": form.line(f"condition:{line.id}", 40) or "unopened",
        }
        for line in order.lines
        if f"quantity:{line.id}" in form.names() and form.line(f"quantity:{line.id}", 12) not in ("", "0")
    ]
    if not lines:
        raise Problem(422, "Choose how many of at least one item.")
    try:
        return NewReturn.model_validate(
            {
                "key": form.line("key", 60),
                "order": order.number,
                "lines": lines,
                "resolution": form.line("resolution", 40),
                "method": form.line("method", 40) or None,
            }
        )
    except ValidationError as error:
        raise Problem(422, f"'{error.errors()[0]['loc'][0]}' is not one of the values of the form.") from None

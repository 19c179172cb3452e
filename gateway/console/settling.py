"""What an agent does about a return whose goods are on their way: pay, pay again, give more time, send the repaired goods back."""

from aiohttp import web

from gateway.console.acting import perform
from gateway.console.forms import Form
from gateway.problems import Problem
from rma.bootstrap import Container
from rma.model.agents import Agent
from rma.model.refunding import Refund, RefundStatus

routes = web.RouteTableDef()

_DONE = {RefundStatus.PAID: "done_paid", RefundStatus.PENDING: "done_pay_pending", RefundStatus.FAILED: "done_pay_failed"}


def _done(refund: Refund) -> str:
    return _DONE[refund.status]


def _key(form: Form) -> str:
    """The form's own. Raises Problem 422 without one: what is pressed twice could not be told from what is meant twice."""
    key = form.line("key", 60)
    if not key:
        raise Problem(422, "This page is out of date. Reload it and try again.")
    return key


@routes.post("/console/c/{id}/returns/{number}/pay")
async def pay(request: web.Request) -> web.Response:
    async def act(container: Container, agent: Agent, conversation_id: str, form: Form) -> str:
        difference = form.amount("amount") if "amount" in form.names() else None
        number, reason = request.match_info["number"], form.line("reason")
        return _done(await container.settling.pay(agent, conversation_id, number, _key(form), reason, difference))

    return await perform(request, act)


@routes.post("/console/c/{id}/returns/{number}/goodwill")
async def goodwill(request: web.Request) -> web.Response:
    async def act(container: Container, agent: Agent, conversation_id: str, form: Form) -> str:
        number, amount, reason = request.match_info["number"], form.amount("amount"), form.line("reason")
        key, after = _key(form), form.whole("after")
        return _done(await container.settling.goodwill(agent, conversation_id, number, key, amount, reason, after))

    return await perform(request, act)


@routes.post(r"/console/c/{id}/returns/{number}/refunds/{refund:\d{1,9}}/{way:retry|credit}")
async def retry(request: web.Request) -> web.Response:
    """`credit`: as store credit, in place of where it failed to go."""

    async def act(container: Container, agent: Agent, conversation_id: str, form: Form) -> str:
        asked = request.match_info
        number, refund, credit = asked["number"], int(asked["refund"]), asked["way"] == "credit"
        return _done(await container.settling.retry(agent, conversation_id, number, refund, _key(form), credit))

    return await perform(request, act)


@routes.post("/console/c/{id}/returns/{number}/more_time")
async def more_time(request: web.Request) -> web.Response:
    async def act(container: Container, agent: Agent, conversation_id: str, form: Form) -> str:
        await container.settling.more_time(agent, conversation_id, request.match_info["number"], _key(form))
        return "done_more_time"

    return await perform(request, act)


@routes.post("/console/c/{id}/returns/{number}/repaired")
async def repaired(request: web.Request) -> web.Response:
    async def act(container: Container, agent: Agent, conversation_id: str, form: Form) -> str:
        number = request.match_info["number"]
        await container.settling.repaired(agent, conversation_id, number, _key(form), form.line("reason"))
        return "done_repaired"

    return await perform(request, act)

"""One conversation: the page, and its parts for when something changed."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from aiohttp import web

from gateway.console.auth import agent_of
from gateway.console.goods import customs_of, goods_of
from gateway.console.mark import Mark
from gateway.console.page import answer_json, fragment, render
from gateway.console.panel import Permits, asked, coming_back, contacts, money, outlook, rulings, titles_of
from gateway.console.thread import Item, items
from gateway.console.words import Words, words_of
from gateway.keys import CONTAINER, HUB
from gateway.problems import Problem
from gateway.wire import WITHDRAWAL
from rma.model.codes import Condition, Method, Reason, Resolution, ReturnStatus
from rma.model.conversations import Attachment
from rma.model.returns import CANCELLABLE, RELEASED, Return
from rma.model.support import Priority
from rma.service.overview import Overview
from rma.service.rights import AMOUNT_OPEN
from rma.service.standing import Standing

routes = web.RouteTableDef()

PARTS = ("bar", "thread", "composer", "panel")


@dataclass(frozen=True)
class Kept:
    """What was typed into a form that could not be sent, to be shown again. `at` is where it was to go."""

    kind: str = ""
    text: str = ""
    key: str = ""
    at: str = ""
    amount: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Draft:
    """A return that an agent is about to make, and what the policy says of it once that was asked."""

    shown: bool = False
    key: str = ""
    lines: dict[str, Any] = field(default_factory=dict)
    resolution: str = Resolution.REFUND
    method: str = Method.LABEL
    reason: str = ""
    quote: Any = None
    rulings: list[Any] = field(default_factory=list)
    money: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class View:
    """A conversation as this agent sees it now."""

    overview: Overview
    items: list[Item]
    mark: Mark
    values: dict[str, Any]


def base_of(conversation_id: str) -> str:
    return f"/console/c/{quote(conversation_id, safe='')}"


@routes.get("/console/c/{id}")
async def page(request: web.Request) -> web.Response:
    words = words_of(request)
    view = await view_of(request, words)
    await mark_seen(request, view)
    return whole(request, words, view)


@routes.get("/console/c/{id}/parts")
async def changed(request: web.Request) -> web.Response:
    """What the page shows now, part by part. `seen` says that somebody looks at it."""
    words = words_of(request)
    view = await view_of(request, words)
    if "seen" in request.query:
        await mark_seen(request, view)
    return answer_json(parts(request, words, view))


@routes.get(r"/console/c/{id}/photos/{photo:\d{1,15}}")
async def photo(request: web.Request) -> web.Response:
    support = request.app[CONTAINER].support
    mime, content = await support.photo(request.match_info["id"], int(request.match_info["photo"]))
    if not mime.startswith("image/"):
        raise Problem(404, "There is nothing at this address.")
    return web.Response(body=content, content_type=mime, headers={"Content-Disposition": "inline"})


async def mark_seen(request: web.Request, view: View) -> None:
    """Told to the others once only: what they then ask for must not be news again."""
    if view.overview.support.unread:
        conversation_id = view.overview.support.conversation
        last = view.overview.support.last_shopper_id
        await request.app[CONTAINER].support.seen(agent_of(request), conversation_id, last)
        request.app[HUB].changed(conversation_id)


def whole(
    request: web.Request,
    words: Words,
    view: View,
    status: int = 200,
    trouble: str | None = None,
    meanwhile: list[Item] | None = None,
) -> web.Response:
    return render(
        request, "conversation.html", status, words=words, trouble=trouble, meanwhile=meanwhile, **view.values
    )


def parts(request: web.Request, words: Words, view: View) -> dict[str, Any]:
    return {
        "parts": {name: fragment(request, f"{name}.html", words, **view.values) for name in PARTS},
        "mark": str(view.mark),
        "title": view.values["title"],
    }


async def view_of(
    request: web.Request, words: Words, kept: Kept | None = None, draft: Draft | None = None
) -> View:
    """Raises NotFound."""
    container, agent = request.app[CONTAINER], agent_of(request)
    conversation_id = request.match_info["id"]
    shown = await container.support.overview(conversation_id)
    agents = await container.agents.everybody()
    names = {one.login: one.name for one in agents}
    shopper = shown.name or words.t("somebody")
    found, mark = items(shown, names, words, shopper), Mark.of(shown)
    can = Permits(container.support.rights, agent, shown.support, words)
    standings = await container.standing.of_many(shown.returns)
    values = {
        "o": shown,
        "id": conversation_id,
        "base": base_of(conversation_id),
        "title": f"{shopper} – {words.code('state', shown.support.status)}",
        "shopper": shopper,
        "names": names,
        "colleagues": [one for one in agents if not one.disabled],
        "items": found,
        "mark": mark,
        "can": can,
        "canned": await container.support.canned(agent, conversation_id),
        "kept": kept or Kept(),
        "new_key": lambda: uuid.uuid4().hex,
        "paper": lambda shown: _paper(request, shown),
        "snoozes": snoozes(words),
        "priorities": list(Priority),
        "open_causes": sorted(
            (one for one in shown.handovers if one.closed_at is None), key=lambda one: one.cause.priority
        ),
        "contacts": contacts(shown.email, shown.phone, shown.support.contact),
        "returns": [
            await _return(request, rma, shown, words, can, standings[rma.number])
            for rma in sorted(shown.returns, key=lambda rma: rma.status is not ReturnStatus.REVIEW)
        ],
        "refusals": [_refusal(one, shown, words) for one in reversed(shown.refusals)],
        "coming": coming_back([*shown.returns], RELEASED),
        "paid": sum((method.amount for method in shown.order.payment_methods), Decimal(0)) if shown.order else None,
        "new_return": draft or Draft(),
        "reasons": list(Reason),
        "conditions": list(Condition),
        # An exchange needs a variant that is in stock; the assistant asks for it.
        "resolutions": [one for one in Resolution if one is not Resolution.EXCHANGE],
        "methods": list(Method),
    }
    return View(shown, found, mark, values)


def snoozes(words: Words) -> list[tuple[str, datetime]]:
    """The usual times to set something aside until, on the shop's clock."""
    now = words.local(words.now)
    morning = now.replace(hour=9, minute=0, second=0, microsecond=0)
    tomorrow, monday = morning + timedelta(days=1), morning + timedelta(days=7 - now.weekday())
    usual = [("hour", words.now + timedelta(hours=1)), ("tomorrow", tomorrow), ("monday", monday)]
    return usual if monday != tomorrow else usual[:2]


def _paper(request: web.Request, shown: Attachment) -> str:
    """The signed address of a label, a code or an acknowledgement, on whatever name this page was opened at."""
    links = request.app[CONTAINER].links
    if shown.kind == WITHDRAWAL:
        return f"/withdraw/{links.token(WITHDRAWAL, shown.ref)}"
    return f"/labels/{links.token(shown.kind, shown.ref)}.{'png' if shown.kind == 'qr' else 'pdf'}"


async def _return(
    request: web.Request, rma: Return, shown: Overview, words: Words, can: Permits, standing: Standing
) -> dict[str, Any]:
    titles = titles_of(shown.order, rma)
    released = rma.status in RELEASED
    container = request.app[CONTAINER]
    pays, worth = outlook(rma, container.policy)
    label = None if rma.label is None or released else _paper(request, Attachment(kind="label", ref=rma.number))
    return {
        "rma": rma,
        "rulings": rulings(rma.decision, titles, words),
        "trace": asked(rma.trace, titles, words),
        "money": money(pays, words),
        "total": str(pays["total"]),
        "worth": worth,
        "payable": rma.status in AMOUNT_OPEN,
        "cancellable": rma.status in CANCELLABLE,
        "label": label,
        "customs": None if released else await customs_of(container, rma),
        "customs_paper": _paper(request, Attachment(kind="customs", ref=rma.number)),
        "goods": goods_of(standing, words, can, container),
    }


def _refusal(decision: dict[str, Any], shown: Overview, words: Words) -> dict[str, Any]:
    same = shown.order is not None and decision.get("order") in (None, shown.order.number)
    case = decision.get("case") or {}
    titles = titles_of(shown.order if same else None) or {
        str(line["id"]): str(line["name"]) for line in case.get("order", {}).get("lines", ())
    }
    return {
        "decision": decision,
        "order": decision.get("order"),
        "rulings": rulings(decision, titles, words),
        "trace": asked(decision.get("trace") or (), titles, words),
    }

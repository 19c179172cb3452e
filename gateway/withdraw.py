"""The withdrawal function (Directive 2011/83/EU art. 11a): two steps and an acknowledgement, without script and without account.

Nothing is kept until the second step is confirmed. What the first step said travels in the second step's form, signed; the
confirmation it names is recorded once, however often the button is pressed.
"""

import asyncio
import secrets
from typing import Any

import aiohttp_jinja2
import structlog
from aiohttp import hdrs, web

from gateway.keys import CONTAINER, LIMITS, TOKENS
from gateway.logs import places
from gateway.problems import Problem
from gateway.shop import language_of
from gateway.wire import PDF
from gateway.withdraw_form import LIMITS as LENGTHS
from gateway.withdraw_form import Entered, entered, posted
from gateway.withdraw_outcome import next_steps
from rma.labels.acknowledgement import acknowledgement_pdf, spoken_instant
from rma.model.codes import Language
from rma.model.errors import NotFound, TooManyAttempts
from rma.model.withdrawals import Withdrawal
from rma.policy.markets import market_of

log = structlog.get_logger(__name__)
routes = web.RouteTableDef()

_EMPTY = Entered(dict.fromkeys(LENGTHS, ""))


@routes.get("/withdraw")
async def ask(request: web.Request) -> web.Response:
    return _form(request, language_of(request), _EMPTY)


@routes.post("/withdraw")
async def check(request: web.Request) -> web.Response:
    """Step 1 sent: says back what was entered, or what is wrong with it."""
    fields = await posted(request)
    form, language = entered(fields), _language(request, fields.get("lang"))
    if fields.get("to") in set(Language):
        return _form(request, fields["to"], Entered(form.values))
    try:
        await request.app[LIMITS].hit("form", request.app[LIMITS].address(request))
    except TooManyAttempts as limit:
        return _form(request, language, form, ("again", limit), status=429)
    if form.errors:
        return _form(request, language, form, status=422)
    return _confirmation(request, language, form, secrets.token_hex(16))


@routes.post("/withdraw/confirm")
async def confirm(request: web.Request) -> web.Response:
    """Step 2 sent: records the withdrawal and leads to its acknowledgement."""
    fields = await posted(request)
    said, counts = request.app[TOKENS].form_fields(fields.get("state", ""))
    form, language = entered(said), _language(request, said.get("lang") or fields.get("lang"))
    if fields.get("to") in set(Language):
        language = fields["to"]
    if not counts or form.errors:
        return _form(request, language, Entered(form.values), ("state", None), status=400)
    if "change" in fields:
        return _form(request, language, form)
    if "to" in fields:
        return _confirmation(request, language, form, said["key"])
    limits, desk = request.app[LIMITS], request.app[CONTAINER].withdrawals
    address = limits.address(request)
    try:
        await limits.hit("withdrawal", address)
        withdrawal = await desk.confirm(f"page:{said['key']}", form.statement(Language(language)), address)
    except TooManyAttempts as limit:
        return _confirmation(request, language, form, said["key"], ("again", limit), status=429)
    except Exception as error:  # Whatever it is, what was typed must not be lost, and the button may be pressed again.
        log.error("withdrawal not confirmed", **places(error))
        return _confirmation(request, language, form, said["key"], ("busy", None), status=503)
    raise web.HTTPSeeOther(f"/withdraw/{request.app[CONTAINER].links.token('withdrawal', withdrawal.reference)}")


@routes.get("/withdraw/{token}.pdf")
async def paper(request: web.Request) -> web.Response:
    container = request.app[CONTAINER]
    withdrawal = await _withdrawal(request)
    zone = market_of(container.shop_profile.market).zone
    content = await asyncio.to_thread(acknowledgement_pdf, withdrawal, container.shop_profile, zone, container.texts)
    headers = {
        "Content-Disposition": f'attachment; filename="{withdrawal.reference}.pdf"',
        "Cache-Control": "private, no-store",
        "X-Robots-Tag": "noindex",
        "Content-Security-Policy": "frame-ancestors 'none'",
    }
    return web.Response(body=content, content_type=PDF, headers=headers)


@routes.get("/withdraw/{token}")
async def acknowledge(request: web.Request) -> web.Response:
    """The acknowledgement, and how the withdrawal stands now."""
    container = request.app[CONTAINER]
    try:
        withdrawal = await _withdrawal(request)
    except Problem:
        return _page(request, "withdraw_gone.html", language_of(request), {}, status=404)
    withdrawal = await container.withdrawals.settle(withdrawal)
    language = (
        request.query["lang"] if request.query.get("lang") in set(Language) else withdrawal.statement.language.value
    )
    zone = market_of(container.shop_profile.market).zone
    values = {
        "withdrawal": withdrawal,
        "statement": container.texts.get("withdrawal_statement", withdrawal.statement.language),
        "instant": spoken_instant(withdrawal.submitted_at, zone, language),
        "pdf": f"/withdraw/{container.links.token('withdrawal', withdrawal.reference)}.pdf",
        "path": request.path,
        "steps": await next_steps(container, withdrawal, language),
        "answers": await container.withdrawals.answers(withdrawal),
    }
    return _page(request, "withdraw_done.html", language, values)


async def _withdrawal(request: web.Request) -> Withdrawal:
    """That of the signed address. Raises Problem 404."""
    await request.app[LIMITS].hit("label", request.app[LIMITS].address(request))
    container = request.app[CONTAINER]
    try:
        paper = container.links.read(request.match_info["token"])
        if paper.kind != "withdrawal":
            raise NotFound("the address of something else")
        return await container.withdrawals.get(paper.ref)
    except NotFound:
        raise Problem(404, "This withdrawal is not kept any more.") from None


def _language(request: web.Request, asked: str | None) -> str:
    return asked if asked in set(Language) else language_of(request)


Trouble = tuple[str, TooManyAttempts | None]
"""What went wrong with the form as a whole: the key of its text, and the limit if one was reached."""


def _form(
    request: web.Request, language: str, form: Entered, trouble: Trouble | None = None, status: int = 200
) -> web.Response:
    return _page(request, "withdraw.html", language, {"form": form, "lengths": LENGTHS}, trouble, status)


def _confirmation(
    request: web.Request, language: str, form: Entered, key: str, trouble: Trouble | None = None, status: int = 200
) -> web.Response:
    """`key` names the withdrawal that the button will make: it stays the same until something is changed."""
    state = request.app[TOKENS].form(form.values | {"lang": language, "key": key})
    return _page(request, "withdraw_confirm.html", language, {"form": form, "state": state}, trouble, status)


def _page(
    request: web.Request,
    template: str,
    language: str,
    values: dict[str, Any],
    trouble: Trouble | None = None,
    status: int = 200,
) -> web.Response:
    container = request.app[CONTAINER]

    def text(key: str, /, **variables: Any) -> str:
        return container.texts.get(f"withdrawal_{key}", language, **variables)

    limit = trouble[1] if trouble else None
    context = values | {
        "lang": language,
        "t": text,
        "shop": container.shop_profile,
        "trouble": trouble and text(f"error_{trouble[0]}", minutes=-(-limit.retry_after // 60) if limit else 0),
    }
    response = aiohttp_jinja2.render_template(template, request, context, status=status)
    response.headers.update(
        {hdrs.CACHE_CONTROL: "no-store", hdrs.VARY: hdrs.ACCEPT_LANGUAGE, "X-Robots-Tag": "noindex"}
    )
    if template == "withdraw.html" and request.method == hdrs.METH_GET:
        del response.headers["X-Robots-Tag"]
    if limit:
        response.headers[hdrs.RETRY_AFTER] = str(max(1, limit.retry_after))
    return response

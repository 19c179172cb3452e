"""Returns as the shop's own programs read them, and what they do with one: receive, inspect, refund, cancel, give more time."""

import re

from aiohttp import web

from gateway.keys import CONTAINER, TURNS
from gateway.problems import Problem
from gateway.staff.access import needs
from gateway.staff.bodies import ONE_LINE, Cancel, Inspect, Lot, Nothing, Receive
from gateway.staff.changing import change, known_photos
from gateway.staff.once import once
from gateway.staff.paging import limit_of, link_to_next
from gateway.staff.reading import asked
from gateway.staff.shapes import counts, json_of, return_document, unit_document
from gateway.staff.versions import tag, unchanged
from rma.model.codes import ReturnStatus
from rma.model.epc import read_epc
from rma.model.errors import Refused
from rma.model.staff import Scope
from rma.service.inspecting import Look
from rma.service.receiving import Arrival

routes = web.RouteTableDef()

PAGE = 1000
"""Returns in one answer, unless fewer are asked for."""


@routes.get("/api/returns/{number}")
@needs(Scope.RETURNS_READ)
async def read(request: web.Request) -> web.Response:
    rma = await request.app[CONTAINER].returns.get(request.match_info["number"])
    if unchanged(request, rma):
        return web.Response(status=304, headers={"ETag": tag(rma), "Cache-Control": "no-store"})
    return json_of(return_document(rma, request.app[TURNS].wire), ETag=tag(rma))


@routes.get("/api/returns/{number}/units")
@needs(Scope.RETURNS_READ)
async def units(request: web.Request) -> web.Response:
    container = request.app[CONTAINER]
    rma = await container.returns.get(request.match_info["number"])
    async with container.transactions() as uow:
        found = await uow.goods.of(rma.number)
    return json_of(
        {"number": rma.number, "lines": [counts(line) for line in rma.lines], "units": [unit_document(unit) for unit in found]}
    )


@routes.get("/api/returns")
@needs(Scope.RETURNS_READ, query=("order", "status", "after", "limit"))
async def search(request: web.Request) -> web.Response:
    order, status, after = (request.query.get(name) for name in ("order", "status", "after"))
    if status is not None and status not in set(ReturnStatus):
        raise Problem(422, f"'status' is not one of {', '.join(ReturnStatus)}.")
    if order is not None and not is_one_line(order):
        raise Problem(400, "'order' has characters that cannot be printed.")
    limit = limit_of(request, PAGE)
    desk = request.app[CONTAINER].returns
    if after is not None:
        after = (await desk.get(after)).number
    found = await desk.find(order, status, after, limit + 1)
    page = found[:limit]
    more = link_to_next(request, limit, after=page[-1].number) if len(found) > limit else {}
    return json_of({"returns": [return_document(rma, request.app[TURNS].wire) for rma in page]}, **more)


@routes.post("/api/returns/{number}/receive")
@needs(Scope.RETURNS_RECEIVE)
async def receive(request: web.Request) -> web.Response:
    wanted = await asked(request, Receive)
    body, desk, number = wanted.body, request.app[CONTAINER].receiving, request.match_info["number"]
    await known_photos(request, body.photo)
    arrival = Arrival(
        lines=_counted(body),
        complete=body.complete,
        others=[other.model_dump(exclude_none=True) for other in body.others],
        scanned=body.scanned,
        note=body.note,
        photo=body.photo,
    )
    return await once(
        request,
        wanted.fingerprint,
        lambda act: change(
            request, act, lambda first, also: desk.receive(number, arrival, act.by, also=also, first=first)
        ),
    )


def _counted(body: Receive) -> dict[str, int] | None:
    """Who names other goods and no line says nothing of the lines: they are not taken to have come."""
    if body.lines is None:
        return {} if body.others else None
    return {line.id: line.quantity for line in body.lines}


@routes.post("/api/returns/{number}/inspect")
@needs(Scope.RETURNS_INSPECT)
async def inspect(request: web.Request) -> web.Response:
    wanted = await asked(request, Inspect)
    desk, number, lots = request.app[CONTAINER].inspection, request.match_info["number"], wanted.body.lines
    await known_photos(request, *(lot.photo for lot in lots or ()))
    looks = None if lots is None else [_look(lot) for lot in lots]
    return await once(
        request,
        wanted.fingerprint,
        lambda act: change(request, act, lambda first, also: desk.inspect(number, looks, act.by, also=also, first=first)),
    )


def _look(lot: Lot) -> Look:
    for code in lot.epcs:
        try:
            read_epc(code)
        except Refused as error:
            raise Refused(f"line {lot.id}: a code of 'epcs' cannot be used: {error}") from error
    return Look(
        line=lot.id,
        quantity=lot.quantity,
        grade=lot.grade,
        accepted=lot.accepted,
        disposition=lot.disposition,
        why=lot.reason,
        photo=lot.photo,
        epcs=tuple(lot.epcs),
    )


@routes.post("/api/returns/{number}/extend")
@needs(Scope.RETURNS_EXTEND)
async def extend(request: web.Request) -> web.Response:
    wanted = await asked(request, Nothing)
    desk, number = request.app[CONTAINER].expiry, request.match_info["number"]
    return await once(
        request,
        wanted.fingerprint,
        lambda act: change(request, act, lambda first, also: desk.extend(number, act.by, also=also, first=first)),
    )


@routes.post("/api/returns/{number}/cancel")
@needs(Scope.RETURNS_CANCEL)
async def cancel(request: web.Request) -> web.Response:
    wanted = await asked(request, Cancel)
    desk, number, why = request.app[CONTAINER].returns, request.match_info["number"], wanted.body.reason
    return await once(
        request,
        wanted.fingerprint,
        lambda act: change(
            request, act, lambda first, also: desk.cancel(number, act.by, also=also, first=first, why=why)
        ),
    )


def is_one_line(text: str) -> bool:
    return re.fullmatch(ONE_LINE, text) is not None



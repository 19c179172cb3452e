"""Parcels that belong to no return yet: kept as they come, and placed when somebody knows what they are."""

from aiohttp import web

from gateway.keys import CONTAINER
from gateway.problems import Problem
from gateway.staff.access import needs
from gateway.staff.bodies import NewParcel, Placed
from gateway.staff.changing import known_photos, patiently
from gateway.staff.once import Act, once
from gateway.staff.paging import limit_of, link_to_next, whole_of
from gateway.staff.reading import asked
from gateway.staff.shapes import answer, json_of, parcel_document
from rma.model.errors import NotFound
from rma.model.goods import Parcel
from rma.model.numbers import parse_return_number
from rma.model.staff import Answer, Scope
from rma.service.ports import UnitOfWork

routes = web.RouteTableDef()

PAGE = 200
_WHICH = ("open", "all")


@routes.get("/api/parcels")
@needs(Scope.PARCELS, query=("status", "after", "limit"))
async def waiting(request: web.Request) -> web.Response:
    which = request.query.get("status", "open")
    if which not in _WHICH:
        raise Problem(422, f"'status' is not one of {', '.join(_WHICH)}.")
    limit, after = limit_of(request, PAGE), whole_of(request, "after", 0) or 0
    async with request.app[CONTAINER].transactions() as uow:
        found = await uow.goods.parcels(open_only=which == "open", limit=limit + 1, after=after)
    page = found[:limit]
    more = link_to_next(request, limit, after=page[-1].id) if len(found) > limit else {}
    return json_of({"parcels": [parcel_document(parcel) for parcel in page]}, **more)


@routes.post("/api/parcels")
@needs(Scope.PARCELS)
async def keep(request: web.Request) -> web.Response:
    wanted, container = await asked(request, NewParcel), request.app[CONTAINER]
    body = wanted.body
    await known_photos(request, body.photo)
    number = parse_return_number(body.number) if body.number else None
    if number is not None:
        await container.returns.get(number)

    async def work(act: Act) -> Answer:
        parcel = Parcel(
            scanned=body.scanned,
            number=number,
            contents=[other.model_dump(exclude_none=True) for other in body.contents],
            note=body.note,
            photo=body.photo,
            at=container.clock(),
            by=act.by,
        )

        async def also(uow: UnitOfWork, kept: Parcel) -> None:
            await act.keep(uow, _created(kept))

        return _created(await patiently(lambda: container.receiving.unplaced(parcel, also)))

    return await once(request, wanted.fingerprint, work)


@routes.post("/api/parcels/{id}/place")
@needs(Scope.PARCELS)
async def place(request: web.Request) -> web.Response:
    wanted, desk = await asked(request, Placed), request.app[CONTAINER].receiving
    parcel_id, body = _id(request), wanted.body

    async def work(act: Act) -> Answer:
        async def also(uow: UnitOfWork, placed: Parcel) -> None:
            await act.keep(uow, answer(parcel_document(placed)))

        placed = await patiently(lambda: desk.place(parcel_id, act.by, body.outcome, body.number, also))
        return answer(parcel_document(placed))

    return await once(request, wanted.fingerprint, work)


def _created(parcel: Parcel) -> Answer:
    return answer(parcel_document(parcel), 201)


def _id(request: web.Request) -> int:
    raw = request.match_info["id"]
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 9):
        raise NotFound("there is no such parcel; its id is a whole number")
    return int(raw)

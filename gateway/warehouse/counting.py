"""What the page sends: counted and graded goods, pictures, parcels that nobody can place. Sent again it is done once: a scanner's
network comes and goes, and the page sends until it is answered."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiohttp import web
from pydantic import ValidationError

from gateway.bodies import parsed_object, read_bounded
from gateway.console.auth import agent_of
from gateway.console.forms import FORM
from gateway.console.page import answer_json
from gateway.console.refusals import in_words, note_in_words
from gateway.console.words import words_of
from gateway.errors import problem_of
from gateway.keys import CONTAINER, DARKROOM
from gateway.pictures import SIZE_LIMIT, redrawn
from gateway.problems import Problem
from gateway.staff.bodies import Body, Inspect, NewParcel, Placed, Receive, Unannounced
from gateway.staff.changing import patiently
from gateway.warehouse.page import HOME, card
from gateway.warehouse.shapes import SETTLED
from rma.model.codes import Disposition
from rma.model.errors import Conflict, RetourError
from rma.model.goods import Parcel
from rma.model.returns import Return
from rma.model.staff import Answer
from rma.service.inspecting import Look
from rma.service.ports import UnitOfWork
from rma.service.receiving import Arrival

T = TypeVar("T", bound=Body)
Also = Callable[[UnitOfWork, Any], Awaitable[None]]
routes = web.RouteTableDef()

KEPT = Answer(200, "{}")


class Counting(Body):
    """One save of the page: what came, then what it is. `inspect` None: it is looked at later."""

    receive: Receive | None = None
    inspect: Inspect | None = None


@routes.post(HOME + "/returns/{number}")
async def count(request: web.Request) -> web.Response:
    """Two steps, each under a key of its own in its own transaction: what was counted before a crash is not counted again."""
    container, by = request.app[CONTAINER], agent_of(request).login
    wanted, key = _document(request, Counting), _key(request)
    number, said = request.match_info["number"], request[FORM].raw("document")
    if wanted.receive is not None:
        arrival = _arrival(wanted.receive)
        await _step(request, f"{key}:r", said, lambda also: container.receiving.receive(number, arrival, by, also=also))
    if wanted.inspect is not None:
        looks = None if wanted.inspect.lines is None else [
            Look(lot.id, lot.quantity, lot.grade, lot.accepted, lot.disposition, lot.reason, lot.photo, tuple(lot.epcs))
            for lot in wanted.inspect.lines
        ]  # fmt: skip
        try:
            await _step(request, f"{key}:i", said, lambda also: container.inspection.inspect(number, looks, by, also=also))
        except RetourError as error:
            if wanted.receive is None:
                raise
            detail = {"detail": in_words(str(error), words_of(request)), "counted": True}
            return answer_json(detail, problem_of(error).status)
    return answer_json({"returns": [await card(request, await container.returns.get(number), words_of(request))]})


@routes.post(HOME + "/returns/{number}/apart")
async def apart(request: web.Request) -> web.Response:
    """What came beyond a return that is settled makes one of its own: taken off where it was counted, then received as unannounced.
    Each step is done once, so that a crash between the two loses nothing."""
    container, agent = request.app[CONTAINER], agent_of(request)
    wanted, key, said = _document(request, Unannounced), _key(request), request[FORM].raw("document")
    rma = await container.returns.get(request.match_info["number"])
    if rma.status not in SETTLED:
        raise Conflict(f"{rma.number} is {rma.status}: what came more than was announced is accepted there")
    lines = {line.id: line.quantity for line in wanted.lines}
    counted = {line.id: min(line.uninspected, lines.get(line.id, 0)) for line in rma.lines}
    off = [Look(line_id, units, disposition=Disposition.MISSING) for line_id, units in counted.items() if units]
    if off:
        await _step(request, f"{key}:a", said, lambda also: container.inspection.inspect(rma.number, off, agent.login, also=also))
    made = await container.receiving.unannounced(rma.order, lines, agent.login, f"{agent.login}:{key}", wanted.scanned)
    return await _made(request, made)


@routes.post(HOME + "/orders/{order}")
async def unannounced(request: web.Request) -> web.Response:
    """Goods that came without a word: a return is made of them, or they wait as a parcel."""
    wanted, agent = _document(request, Unannounced), agent_of(request)
    lines = {line.id: line.quantity for line in wanted.lines}
    made = await request.app[CONTAINER].receiving.unannounced(
        request.match_info["order"], lines, agent.login, f"{agent.login}:{_key(request)}", wanted.scanned
    )
    return await _made(request, made)


async def _made(request: web.Request, made: Return | Parcel) -> web.Response:
    if isinstance(made, Return):
        return answer_json({"returns": [await card(request, made, words_of(request))]})
    return answer_json({"parcel": made.id, "note": note_in_words(made.note, words_of(request))})


@routes.post(f"{HOME}/parcels")
async def unplaced(request: web.Request) -> web.Response:
    container, wanted = request.app[CONTAINER], _document(request, NewParcel)
    parcel = Parcel(
        scanned=wanted.scanned, number=wanted.number, note=wanted.note, photo=wanted.photo, at=container.clock(),
        contents=[item.model_dump(exclude_none=True) for item in wanted.contents], by=agent_of(request).login,
    )  # fmt: skip

    said = request[FORM].raw("document")
    await _step(request, _key(request), said, lambda also: container.receiving.unplaced(parcel, also=also))
    return answer_json({})


@routes.post(HOME + r"/parcels/{id:\d{1,9}}")
async def place(request: web.Request) -> web.Response:
    wanted = _document(request, Placed)
    number = int(request.match_info["id"])
    await request.app[CONTAINER].receiving.place(number, agent_of(request).login, wanted.outcome, wanted.number)
    return answer_json({})


@routes.post(f"{HOME}/photos")
async def photo(request: web.Request) -> web.Response:
    """A picture as the body. The page makes it small before it sends it."""
    container = request.app[CONTAINER]
    content = await read_bounded(request, SIZE_LIMIT)
    async with request.app[DARKROOM]:
        picture = await asyncio.to_thread(redrawn, content)
    async with container.transactions() as uow:
        kept = await uow.goods.add_photo("image/jpeg", picture, agent_of(request).login, container.clock())
    return answer_json({"photo": kept})


def _arrival(body: Receive) -> Arrival:
    return Arrival(
        lines=None if body.lines is None else {line.id: line.quantity for line in body.lines},
        complete=body.complete,
        others=[other.model_dump(exclude_none=True) for other in body.others],
        scanned=body.scanned,
        note=body.note,
        photo=body.photo,
    )


def _document(request: web.Request, kind: type[T]) -> T:
    """The field `document` of the form. Raises Problem 400, 422."""
    document = parsed_object(request[FORM].raw("document").encode())
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Problem(422, f"{where}: {first['msg']}") from None


def _key(request: web.Request) -> str:
    """Raises Problem 422: without one it could be done twice."""
    key = request[FORM].line("key", 80)
    if not key:
        raise Problem(422, "'key' is missing.")
    return key


async def _step(request: web.Request, key: str, said: str, do: Callable[[Also], Awaitable[Any]]) -> None:
    """Does it unless it was done under this key; the key is kept in the transaction of what is done."""
    desk, owner = request.app[CONTAINER].once, f"agent {agent_of(request).login}"
    print_of = hashlib.sha256(json.dumps([request.path, key, said]).encode()).hexdigest()
    claim = await desk.claim(owner, key, print_of)
    if isinstance(claim, Answer):
        return

    async def also(uow: UnitOfWork, _done: Any) -> None:
        await desk.keep(uow, claim, KEPT)

    try:
        await patiently(lambda: do(also))
    except Exception:
        await desk.drop(claim)
        raise

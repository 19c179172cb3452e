"""Goods of an order that came without a word."""

from aiohttp import web

from gateway.keys import CONTAINER, TURNS
from gateway.problems import Problem
from gateway.staff.access import needs
from gateway.staff.bodies import Unannounced
from gateway.staff.changing import patiently
from gateway.staff.once import Act, once
from gateway.staff.reading import asked
from gateway.staff.returns import is_one_line
from gateway.staff.shapes import answer, parcel_document, return_document
from rma.model.goods import Parcel
from rma.model.returns import Return
from rma.model.staff import Answer, Scope
from rma.service.ports import UnitOfWork

routes = web.RouteTableDef()


@routes.post("/api/orders/{order}/receive")
@needs(Scope.RETURNS_RECEIVE)
async def receive(request: web.Request) -> web.Response:
    """A return as the policy decides, or a parcel that waits where it declines or knows no such order."""
    wanted, desk = await asked(request, Unannounced), request.app[CONTAINER].receiving
    body, order = wanted.body, request.match_info["order"]
    if not is_one_line(order) or len(order) > 100:
        raise Problem(422, "The order's number has more than 100 characters, or some that cannot be printed.")
    lines = {line.id: line.quantity for line in body.lines}

    def outcome(came: Return | Parcel) -> Answer:
        rma, parcel = (None, came) if isinstance(came, Parcel) else (came, None)
        wire = request.app[TURNS].wire
        return answer(
            {"return": return_document(rma, wire) if rma else None, "parcel": parcel_document(parcel) if parcel else None}
        )

    async def work(act: Act) -> Answer:
        # A return is made once for its key; a parcel has none, so its answer is kept with it.
        async def also(uow: UnitOfWork, parcel: Parcel) -> None:
            await act.keep(uow, outcome(parcel))

        came = await patiently(lambda: desk.unannounced(order, lines, act.by, act.key, body.scanned, also))
        if isinstance(came, Return):
            await act.keep_after(outcome(came))
        return outcome(came)

    return await once(request, wanted.fingerprint, work)

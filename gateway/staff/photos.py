"""Pictures that the warehouse takes: sent first, then named by the counting or the inspection that they belong to."""

import asyncio
import hashlib

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import BadHttpMessage

from gateway.bodies import read_bounded
from gateway.keys import CONTAINER, DARKROOM
from gateway.photos import read_part
from gateway.pictures import SIZE_LIMIT, redrawn
from gateway.problems import Problem
from gateway.staff.access import needs
from gateway.staff.once import Act, once
from gateway.staff.reading import fingerprint
from gateway.staff.shapes import answer
from rma.model.errors import NotFound
from rma.model.staff import Answer, Scope

routes = web.RouteTableDef()

TYPES = ("image/jpeg", "image/png", "image/webp")
_FORM = "multipart/form-data"
_KEPT = "image/jpeg"


@routes.post("/api/photos")
@needs(Scope.RETURNS_RECEIVE, Scope.RETURNS_INSPECT, Scope.PARCELS)
async def keep(request: web.Request) -> web.Response:
    container = request.app[CONTAINER]
    content = await _picture(request)
    async with request.app[DARKROOM]:
        picture = await asyncio.to_thread(redrawn, content)

    async def work(act: Act) -> Answer:
        async with container.transactions() as uow:
            photo = await uow.goods.add_photo(_KEPT, picture, act.by, container.clock())
            made = answer({"id": photo, "mime": _KEPT, "bytes": len(picture)}, 201)
            await act.keep(uow, made)
        return made

    # A form's own bytes differ each time it is sent; the picture in it does not.
    return await once(request, fingerprint(request, hashlib.sha256(content).digest()), work)


@routes.get("/api/photos/{id}")
@needs(Scope.RETURNS_READ)
async def show(request: web.Request) -> web.Response:
    raw = request.match_info["id"]
    found = None
    if raw.isascii() and raw.isdigit() and len(raw) <= 9:
        async with request.app[CONTAINER].transactions() as uow:
            found = await uow.goods.photo(int(raw))
    if found is None:
        raise NotFound("there is no such photo; POST /api/photos gives ids")
    mime, content = found
    return web.Response(body=content, content_type=mime, headers={"Cache-Control": "private, max-age=3600"})


async def _picture(request: web.Request) -> bytes:
    """The body, or the field `photo` of a form. Raises Problem 400, 413, 415."""
    if request.content_type != _FORM:
        if request.content_type not in TYPES:
            raise Problem(415, f"This content type is not understood here; send {', '.join(TYPES)} or {_FORM}.")
        return await read_bounded(request, SIZE_LIMIT)
    content: bytes | None = None
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name != "photo" or content is not None:
                raise Problem(400, "The form has a field that is unknown or stands twice; send the field 'photo' alone.")
            content = await read_part(part, SIZE_LIMIT)
    except (ValueError, AssertionError, BadHttpMessage):
        raise Problem(400, "The form cannot be read; send multipart/form-data with the field 'photo'.") from None
    if content is None:
        raise Problem(400, "The form has no field 'photo'.")
    return content

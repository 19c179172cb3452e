"""Photos of the shopper's: taken from a form, shown again at a signed address."""

import asyncio

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import BadHttpMessage

from gateway.bodies import TEXT_LIMIT, Said, cleaned
from gateway.keys import CONTAINER, DARKROOM, TOKENS
from gateway.pictures import SIZE_LIMIT, redrawn
from gateway.problems import Problem

routes = web.RouteTableDef()

_TOO_LARGE = f"The photo is larger than {SIZE_LIMIT // 1024 // 1024} MB; send a smaller one."


async def said_with_photo(request: web.Request, key: str | None) -> Said:
    """The field `photo` of a form, and its field `text` if there is one. Raises Problem 400, 413, 415, 422."""
    content: bytes | None = None
    text = ""
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise Problem(400, "The form has parts within parts; send the field 'photo' alone.")
            if part.name == "photo" and content is None:
                content = await read_part(part, SIZE_LIMIT)
            elif part.name == "text" and not text:
                raw = await read_part(part, TEXT_LIMIT * 4, f"The text is longer than {TEXT_LIMIT} characters.")
                text = cleaned(raw.decode("utf-8")) if raw.strip() else ""
            else:
                raise Problem(
                    400, "The form has a field that is unknown or stands twice; send the field 'photo' alone."
                )
    except (ValueError, AssertionError, BadHttpMessage):
        raise Problem(400, "The form cannot be read; send multipart/form-data with the field 'photo'.") from None
    if content is None:
        raise Problem(400, "The form has no field 'photo'.")
    async with request.app[DARKROOM]:
        return Said(text=text, photo=await asyncio.to_thread(redrawn, content), key=key)


async def read_part(part: BodyPartReader, limit: int, refusal: str = _TOO_LARGE) -> bytes:
    """The whole field. Raises Problem 413."""
    content = bytearray()
    while piece := await part.read_chunk(64 * 1024):
        content += piece
        if len(content) > limit:
            raise Problem(413, refusal)
    return bytes(content)


@routes.get("/photos/{token}.jpg")
async def show(request: web.Request) -> web.Response:
    photo_id = request.app[TOKENS].photo_id(request.match_info["token"])
    async with request.app[CONTAINER].transactions() as uow:
        found = await uow.conversations.photo(photo_id)
    if found is None:
        raise Problem(404, "This photo is not kept any more.")
    _conversation, mime, content = found
    return web.Response(body=content, content_type=mime, headers={"Cache-Control": "private, max-age=3600"})

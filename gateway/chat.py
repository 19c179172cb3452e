"""The web chat: a session, a message, the conversation since."""

from aiohttp import hdrs, web

from gateway.bodies import after_of, idempotency_key, json_object, said_in
from gateway.keys import CONTAINER, LIMITS, TOKENS, TURNS
from gateway.photos import said_with_photo
from gateway.problems import Problem
from gateway.shop import language_of
from rma.model.codes import Language
from rma.model.conversations import Channel, Conversation, Message
from rma.model.errors import NotFound

routes = web.RouteTableDef()

_GONE = "This session does not exist any more; POST /api/chat/sessions gives a new one."


def bearer(request: web.Request) -> str:
    """The token of the Authorization header, empty without one."""
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return token.strip() if scheme.casefold() == "bearer" else ""


async def transcript(request: web.Request, conversation_id: str, after: int) -> tuple[Conversation, list[Message]]:
    """The conversation since `after`. Raises Problem 401 when it was erased: the token then is one of nothing."""
    try:
        return await request.app[CONTAINER].desk.transcript(conversation_id, after)
    except NotFound:
        raise Problem(401, _GONE) from None


@routes.post("/api/chat/sessions")
async def open_session(request: web.Request) -> web.Response:
    address = request.app[LIMITS].address(request)
    await request.app[LIMITS].hit("session", address)
    language = _language((await json_object(request, optional=True)).get("language")) or Language(language_of(request))
    conversation, messages = await request.app[CONTAINER].desk.open(Channel.WEB, language, address)
    answer = request.app[TURNS].wire.answer(conversation, messages)
    return _json({"token": request.app[TOKENS].session(conversation.id)} | answer, status=201)


@routes.post("/api/chat/messages")
async def send_message(request: web.Request) -> web.Response:
    conversation_id = request.app[TOKENS].conversation_of(bearer(request))
    await request.app[LIMITS].hit("message", conversation_id)
    key = idempotency_key(request)
    if request.content_type == "multipart/form-data":
        said = await said_with_photo(request, key)
    else:
        said = said_in(await json_object(request), key)
    try:
        return _json(await request.app[TURNS].take(conversation_id, said))
    except NotFound:
        raise Problem(401, _GONE) from None


@routes.get("/api/chat/messages")
async def read_messages(request: web.Request) -> web.Response:
    conversation_id = request.app[TOKENS].conversation_of(bearer(request))
    await request.app[LIMITS].hit("read", conversation_id)
    conversation, messages = await transcript(request, conversation_id, after_of(request))
    return _json(request.app[TURNS].wire.answer(conversation, messages))


def _language(value: object) -> Language | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise Problem(400, "'language' is not a string.")
    if value not in set(Language):
        raise Problem(422, f"'language' is not one of {', '.join(Language)}.")
    return Language(value)


def _json(document: object, status: int = 200) -> web.Response:
    return web.json_response(document, status=status, headers={"Cache-Control": "no-store"})

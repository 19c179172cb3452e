"""The conversation over a WebSocket: what was said since, then each thing as it is said, by whomever.

Every frame from here is {"messages", "expects", "owner"}, or {"error": a problem document}. A frame to here is what a
POST to /api/chat/messages would have as its body, with an optional "key" in the place of the Idempotency-Key header.

A client that asks with `typing=1` is also told {"typing": true} while a person of the team writes, and says the same while the
shopper does. It is passed on at once and kept nowhere.
"""

import asyncio
import time
from typing import Any

import structlog
from aiohttp import WSMsgType, web

from gateway.bodies import JSON_LIMIT, KEY_LIMIT, after_of, parsed_object, said_in
from gateway.chat import transcript
from gateway.errors import problem_of
from gateway.hub import DESK, Inbox, Payload
from gateway.keys import HUB, LIMITS, METRICS, TOKENS, TURNS
from gateway.logs import places
from gateway.problems import Problem

TYPING_EVERY = 1.0
"""Seconds; what a client says more often is not passed on."""

log = structlog.get_logger(__name__)
routes = web.RouteTableDef()


@routes.get("/api/chat/ws")
async def live(request: web.Request) -> web.WebSocketResponse:
    limits = request.app[LIMITS]
    await limits.hit("socket", limits.address(request))
    conversation_id = request.app[TOKENS].conversation_of(request.query.get("token", ""))
    after = after_of(request)
    # Compression would keep a window of 32 KB for each of thousands of idle sockets.
    socket = web.WebSocketResponse(heartbeat=30, max_msg_size=JSON_LIMIT, compress=False)
    if not socket.can_prepare(request).ok:
        raise Problem(400, "This address is for a WebSocket; send an upgrade request.")
    # Subscribed before the transcript is read, so that nothing can be said in between unseen.
    with request.app[HUB].subscribe(conversation_id) as inbox:
        conversation, messages = await transcript(request, conversation_id, after)
        await socket.prepare(request)
        first = request.app[TURNS].wire.answer(conversation, messages)
        with request.app[METRICS].listeners.track_inprogress():
            sender = asyncio.create_task(_send(socket, inbox, first, "typing" in request.query))
            hearing: set[asyncio.Task[None]] = set()
            typed = 0.0
            try:
                async for frame in socket:
                    if frame.type is WSMsgType.TEXT and _only_types(frame.data):
                        if time.monotonic() - typed >= TYPING_EVERY:
                            typed = time.monotonic()
                            request.app[HUB].publish(DESK, {"typing": conversation_id})
                    elif frame.type is WSMsgType.TEXT:
                        # Not awaited here: while nothing is read, a ping's answer is not either, and a slow turn would
                        # look like a lost connection.
                        task = asyncio.create_task(_hear(request, conversation_id, frame.data, inbox))
                        hearing.add(task)
                        task.add_done_callback(hearing.discard)
            finally:
                sender.cancel()
    return socket


def _only_types(data: str) -> bool:
    """Whether the frame says nothing but that somebody is typing. Read before anything else of it is: it may come often."""
    return "".join(data[:40].split()) == '{"typing":true}'


async def _send(socket: web.WebSocketResponse, inbox: Inbox, first: Payload, typing: bool) -> None:
    """The only writer of the socket. What the first frame held already and was published meanwhile is left out, and so is that
    somebody types for a client that did not ask for it."""
    known = {message["id"] for message in first["messages"]}
    payload: Payload | None = first
    try:
        while payload is not None:
            if typing or "typing" not in payload:
                await socket.send_json(payload)
            payload = await inbox.get()
            if payload and payload.get("messages"):
                fresh = [message for message in payload["messages"] if message["id"] not in known]
                payload = payload | {"messages": fresh}
        await socket.close(code=1001, message=b"come back")
    except ConnectionError:
        pass  # The reader sees the end of the connection too, and leaves.


async def _hear(request: web.Request, conversation_id: str, data: str, inbox: Inbox) -> None:
    try:
        await request.app[LIMITS].hit("message", conversation_id)
        document = parsed_object(data.encode("utf-8", "surrogatepass"))
        await request.app[TURNS].take(conversation_id, said_in(document, _key(document)))
    except Exception as error:
        problem = problem_of(error)
        if problem.status == 500:
            log.error("frame failed", **places(error))
        if not inbox.full():
            inbox.put_nowait({"error": problem.document()})


def _key(document: dict[str, Any]) -> str | None:
    key = document.get("key")
    if key is not None and not (
        isinstance(key, str) and 0 < len(key) <= KEY_LIMIT and key.isascii() and key.isprintable()
    ):
        raise Problem(400, f"'key' is not 1 to {KEY_LIMIT} printable ASCII characters.")
    return key

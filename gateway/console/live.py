"""The console's WebSocket. It says that something changed, and the page then asks for that part anew; it says who else is here, and
who is typing. Nothing that anybody said goes over it.

Frames to here: {"view": a conversation's id or null}, {"typing": true}. Frames from here: {"changed": an id, null for any},
{"presence": a sentence or ""}, {"typing": a sentence}. It closes with 4401 when the session behind it has ended.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import structlog
from aiohttp import WSMsgType, web

from gateway.bodies import parsed_object
from gateway.console.auth import SESSION
from gateway.console.forms import only_ours
from gateway.console.presence import Looking, Presence
from gateway.console.words import Words, words_of
from gateway.hub import DESK, Hub
from gateway.keys import CONTAINER, HUB, LIMITS, METRICS
from gateway.logs import places
from gateway.problems import Problem
from rma.model.errors import RetourError
from rma.model.support import Action

log = structlog.get_logger(__name__)
routes = web.RouteTableDef()

PRESENCE = web.AppKey("presence", Presence)
FRAME_LIMIT = 2000
"""Bytes."""
TYPING_EVERY = 1.0
"""Seconds; what is said more often is not passed on."""
LOOK_EVERY = 2.0
"""Seconds between looks at what other processes did."""
SESSION_EVERY = 30.0
ENDED = 4401


class Line:
    """One socket: what its page looks at, and what of the desk's news it is told."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self._request, self._socket = request, socket
        self._hub: Hub = request.app[HUB]
        self._presence = request.app[PRESENCE]
        self._words: Words = words_of(request)
        self._typed = 0.0
        self.looking = Looking(request[SESSION].agent)

    async def hear(self, data: str) -> None:
        frame = parsed_object(data.encode("utf-8", "surrogatepass"))
        if "view" in frame:
            view = frame["view"]
            self._moved(view if isinstance(view, str) and len(view) <= 200 else None)
        elif frame.get("typing") is True and self.looking.conversation is not None:
            await self._typing(self.looking.conversation)

    def _moved(self, conversation: str | None) -> None:
        for one in self._presence.move(self.looking, conversation):
            self._hub.publish(DESK, {"presence": one})

    def leave(self) -> None:
        self._moved(None)

    async def _typing(self, conversation: str) -> None:
        now = time.monotonic()
        if now - self._typed < TYPING_EVERY:
            return
        self._typed = now
        agent, support = self.looking.agent, self._request.app[CONTAINER].support
        self._hub.publish(DESK, {"typing": conversation, "by": agent.login, "name": agent.name})
        # The shopper hears it from whoever may answer them, and from nobody else.
        if support.rights.allowed(agent, Action.SAY, await support.get(conversation)):
            self._hub.publish(conversation, {"typing": True})

    async def tell(self, news: dict[str, Any]) -> None:
        here = self.looking.conversation
        if "changed" in news:
            await self._socket.send_json({"changed": news["changed"]})
        elif news.get("presence") == here and here is not None:
            await self._socket.send_json({"presence": self._company()})
        elif news.get("typing") == here and here is not None and news.get("by") != self.looking.agent.login:
            words = self._words
            text = words.t("types", who=news["name"]) if news.get("by") else words.t("shopper_types")
            await self._socket.send_json({"typing": text})

    def _company(self) -> str:
        names = self._presence.others(self.looking)
        if not names:
            return ""
        words = self._words
        return words.t("is_here", who=names[0]) if len(names) == 1 else words.t("are_here", who=", ".join(names))

    async def counts(self) -> bool:
        """Whether the session behind it still does. Asked without touching it: an open page is no sign of life."""
        session = self._request[SESSION]
        own = await self._request.app[CONTAINER].agents.sessions(session.agent.id)
        return any(one.id == session.id for one in own)


@routes.get("/console/ws")
async def live(request: web.Request) -> web.WebSocketResponse:
    only_ours(request)
    await request.app[LIMITS].hit("socket", f"console {request[SESSION].id}")
    socket = web.WebSocketResponse(heartbeat=30, max_msg_size=FRAME_LIMIT, compress=False)
    if not socket.can_prepare(request).ok:
        raise Problem(400, "This address is for a WebSocket; send an upgrade request.")
    with request.app[HUB].subscribe(DESK) as inbox:
        await socket.prepare(request)
        line = Line(request, socket)
        with request.app[METRICS].listeners.track_inprogress():
            sender = asyncio.create_task(_send(line, socket, inbox))
            try:
                async for frame in socket:
                    if frame.type is WSMsgType.TEXT:
                        await _heard(line, frame.data)
            finally:
                sender.cancel()
                line.leave()
    return socket


async def _heard(line: Line, data: str) -> None:
    try:
        await line.hear(data)
    except (Problem, RetourError):
        pass  # A frame that cannot be read, or is about nothing, says nothing.
    except Exception as error:
        log.error("frame failed", **places(error))


async def _send(line: Line, socket: web.WebSocketResponse, inbox: asyncio.Queue[Any]) -> None:
    """The only writer of the socket."""
    checked = time.monotonic()
    try:
        while True:
            news: dict[str, Any] | None = {}
            # Not wait_for: in Python 3.11 it forgets a cancellation that comes together with the news.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SESSION_EVERY):
                    news = await inbox.get()
            if news is None:
                await socket.close(code=1001, message=b"come back")
                return
            if "sessions" in news or time.monotonic() - checked >= SESSION_EVERY:
                checked = time.monotonic()
                if not await line.counts():
                    await socket.close(code=ENDED, message=b"session ended")
                    return
            await line.tell(news)
    except ConnectionError:
        pass  # The reader sees the end of the connection too, and leaves.
    except Exception as error:  # The page comes back by itself, and asks for everything anew.
        log.error("console line failed", **places(error))
        await socket.close(code=1011)


async def watching(app: web.Application) -> AsyncIterator[None]:
    """For `app.cleanup_ctx`: while somebody is at the console, looks for what other processes did."""
    task = asyncio.create_task(_watch(app))
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _watch(app: web.Application) -> None:
    before: str | None = None
    while True:
        await asyncio.sleep(LOOK_EVERY)
        if not app[HUB].listened(DESK):
            before = None
            continue
        try:
            now = await app[CONTAINER].support.stamp()
        except Exception as error:  # The database may be away for a while.
            log.error("queue not watched", **places(error))
            continue
        if before is not None and now != before:
            app[HUB].changed(None)
        before = now

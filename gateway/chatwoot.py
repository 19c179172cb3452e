"""POST /webhooks/chatwoot, and the carrying of conversations to the desk in the background.

A webhook is signed; what it says of a message is said to the shopper at once, and what it says of a state is only a reason to ask
Chatwoot how the conversation stands now: webhooks overtake each other, and some never come.
"""

import asyncio
import hashlib
import hmac
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import structlog
from aiohttp import web

from gateway.bodies import parsed_object, read_bounded
from gateway.keys import CONTAINER, TURNS
from gateway.logs import places
from gateway.problems import Problem
from gateway.turns import Turns
from rma.bootstrap import Container
from rma.model.conversations import Conversation, Message
from rma.model.desks import Said, Thread
from rma.model.errors import Conflict, NotFound
from rma.model.outgoing import SendingFailed
from rma.service.desks import LOOK_AROUND

log = structlog.get_logger(__name__)
routes = web.RouteTableDef()

BODY_LIMIT = 1024 * 1024
SKEW = 300
"""Seconds that a signature may be old or early: what was caught on the way cannot be played again later."""
POLL, GRACE = 1.0, 6.0
_SIGNATURE = re.compile(r"sha256=([0-9a-f]{64})")
_DONE = 204


@routes.post("/webhooks/chatwoot")
async def receive(request: web.Request) -> web.Response:
    """204 for whatever is not for us, or was done before: Chatwoot would only repeat it."""
    container = request.app[CONTAINER]
    body = await read_bounded(request, BODY_LIMIT)
    _check(request, container, body)
    event = parsed_object(body)
    if _is_ours(event, container):
        try:
            await _taken(request, container, event)
        except (Conflict, SendingFailed) as error:
            log.warning("webhook not taken", why=type(error).__name__)
            raise Problem(503, "This could not be taken; deliver it again.", {"Retry-After": "5"}) from None
        except NotFound:
            pass  # Erased meanwhile.
    return web.Response(status=_DONE)


def _check(request: web.Request, container: Container, body: bytes) -> None:
    """Raises Problem 403 unless Chatwoot signed the body, just now."""
    secret = container.settings.chatwoot_webhook_secret.get_secret_value()
    given = _SIGNATURE.fullmatch(request.headers.get("X-Chatwoot-Signature", ""))
    at = request.headers.get("X-Chatwoot-Timestamp", "")
    if container.bridge.desk.shares_tables or not secret or given is None or not re.fullmatch(r"\d{1,12}", at, re.ASCII):
        raise Problem(403, "The signature is missing.")
    wanted = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted, given[1]) or abs(container.clock().timestamp() - int(at)) > SKEW:
        raise Problem(403, "The signature is wrong, or too old.")


def _is_ours(event: dict[str, Any], container: Container) -> bool:
    """Of our account and inbox: one secret may sign the webhooks of a whole account."""
    settings, conversation = container.settings, _conversation(event)
    account = event.get("account") or {}
    inbox = conversation.get("inbox_id") or (event.get("inbox") or {}).get("id")
    return (account.get("id"), inbox) in (
        (settings.chatwoot_account_id, settings.chatwoot_inbox_id),
        # What is said of a state does not name the account in every version.
        (None, settings.chatwoot_inbox_id),
    )


def _conversation(event: dict[str, Any]) -> dict[str, Any]:
    found = event.get("conversation") if str(event.get("event", "")).startswith("message_") else event
    return found if isinstance(found, dict) else {}


async def _taken(request: web.Request, container: Container, event: dict[str, Any]) -> None:
    conversation = _conversation(event)
    number = conversation.get("id") or conversation.get("display_id")
    thread = await container.bridge.queue.by_thread(number) if isinstance(number, int) else None
    if thread is None:
        return
    telling = Telling(request.app[TURNS])
    match event.get("event"):
        case "message_created":
            said = container.said_at_desk(event)
            if said is not None:
                await _patiently(lambda: _heard(container, thread, said, telling))
        case "conversation_status_changed":
            reopened = conversation.get("status") == "open"
            await _patiently(lambda: container.bridge.look(thread, telling, reopened))


async def _heard(container: Container, thread: Thread, said: Said, tell: "Telling") -> None:
    tell(*await container.bridge.heard(thread, said))


async def _patiently(act: Callable[[], Awaitable[None]]) -> None:
    """Again when somebody else was writing. Raises Conflict after the last."""
    for attempt in range(4):
        try:
            await act()
        except Conflict:
            if attempt == 3:
                raise
            await asyncio.sleep(0.05 * 2**attempt)
        else:
            return


class Telling:
    """Whoever listens to the conversation hears it at once."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    def __call__(self, conversation: Conversation, messages: Sequence[Message]) -> None:
        if messages:
            self._turns.publish(conversation, messages)


@asynccontextmanager
async def carrying(container: Container, turns: Turns) -> AsyncIterator[None]:
    """Runs until left; what is being told then has a few seconds to end. What does not make it is told again at the next start,
    after a look whether it was taken."""
    if container.bridge.desk.shares_tables:
        yield
        return
    stop = asyncio.Event()
    tasks = [
        asyncio.create_task(_telling(container, stop)),
        asyncio.create_task(_looking(container, Telling(turns), stop)),
    ]
    try:
        yield
    finally:
        stop.set()
        _, late = await asyncio.wait(tasks, timeout=GRACE)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _stopped(stop: asyncio.Event, within: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), within)


async def _telling(container: Container, stop: asyncio.Event) -> None:
    while not stop.is_set():
        told = 0
        try:
            told = await container.bridge.round()
        except Conflict:
            pass  # Another gateway was faster.
        except Exception as error:  # The database may be away for a while; what is in it is not lost.
            log.error("desk not told", **places(error))
        if not told:
            await _stopped(stop, POLL)


async def _looking(container: Container, tell: Telling, stop: asyncio.Event) -> None:
    while not stop.is_set():
        with suppress(Conflict):
            try:
                await container.bridge.look_around(tell)
            except Exception as error:
                log.error("desk not looked at", **places(error))
        await _stopped(stop, LOOK_AROUND)

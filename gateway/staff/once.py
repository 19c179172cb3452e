"""A POST that bears an Idempotency-Key is done once; sent again it gets the same answer (rma.service.once)."""

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from aiohttp import web

from gateway.bodies import idempotency_key
from gateway.keys import CONTAINER
from gateway.logs import places
from gateway.problems import Problem
from gateway.staff.access import caller_of
from rma.model.staff import Answer, Claim
from rma.service.once import OnceDesk, StillRunning
from rma.service.ports import UnitOfWork

log = structlog.get_logger(__name__)

REPLAYED = "Idempotency-Replayed"


@dataclass(frozen=True)
class Act:
    """What a request is doing. `by` is what events say; `key` names it for services that do a key once, and is the same however
    often the request is sent."""

    by: str
    key: str
    _desk: OnceDesk
    _claim: Claim | None

    async def keep(self, uow: UnitOfWork, answer: Answer) -> None:
        """Keeps the answer in the transaction of what was done. Does nothing for a request without a key."""
        if self._claim is not None:
            await self._desk.keep(uow, self._claim, answer)

    async def keep_after(self, answer: Answer) -> None:
        """For what is done under `key`, by a service that does nothing twice under one."""
        if self._claim is not None:
            await self._desk.answered(self._claim, answer)


async def once(request: web.Request, fingerprint: str, work: Callable[[Act], Awaitable[Answer]]) -> web.Response:
    """What `work` answers, or answered when the request was sent before. `work` keeps its answer through its Act."""
    desk, by, key = request.app[CONTAINER].once, caller_of(request).name, idempotency_key(request)
    if key is None:
        return sent(await work(Act(by, secrets.token_hex(20), desk, None)))
    try:
        claim = await desk.claim(by, key, fingerprint)
    except StillRunning as error:
        raise Problem(409, str(error), {"Retry-After": "1"}) from None
    if isinstance(claim, Answer):
        return sent(claim, replayed=True)
    named = hashlib.sha256("\n".join((by, key, fingerprint)).encode()).hexdigest()[:40]
    try:
        return sent(await work(Act(by, named, desk, claim)))
    except Exception:
        try:
            await desk.drop(claim)
        except Exception as error:  # What went wrong first is what the caller has to know; the claim ends by itself.
            log.warning("claim not dropped", **places(error))
        raise


def sent(answer: Answer, replayed: bool = False) -> web.Response:
    headers = {"Cache-Control": "no-store"} | dict(answer.headers) | ({REPLAYED: "true"} if replayed else {})
    return web.Response(
        status=answer.status, body=answer.body.encode(), content_type="application/json", headers=headers
    )

"""Alive, able to serve, and what Prometheus reads."""

from datetime import timedelta

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from gateway.keys import ASSISTANT, CONTAINER, METRICS
from gateway.logs import places
from rma.bootstrap import Container
from rma.model.outgoing import OutgoingStatus
from rma.service.figures import Spread

log = structlog.get_logger(__name__)
routes = web.RouteTableDef()

_FRESH = {"Cache-Control": "no-store"}


@routes.get("/healthz")
async def alive(_request: web.Request) -> web.Response:
    return web.json_response({"status": "alive"}, headers=_FRESH)


@routes.get("/readyz")
async def ready(request: web.Request) -> web.Response:
    """200 when a shopper would be answered; else 503, with what is missing as false."""
    model = await request.app[ASSISTANT].model_loaded()
    parts = {"database": await _database(request.app[CONTAINER]), "assistant": model is not None, "model": bool(model)}
    answers = all(parts.values())
    body = {"status": "ready" if answers else "not ready"} | parts
    return web.json_response(body, status=200 if answers else 503, headers=_FRESH)


@routes.get("/metrics")
async def metrics(request: web.Request) -> web.Response:
    now = request.app[CONTAINER].clock()
    async with request.app[CONTAINER].transactions() as uow:
        for status, number in (await uow.returns.count()).items():
            request.app[METRICS].returns.labels(status).set(number)
        messages, oldest = await uow.outbox.count(), await uow.outbox.oldest_due(now)
    for state in OutgoingStatus:
        request.app[METRICS].outbox.labels(state.value).set(messages.get(state.value, 0))
    request.app[METRICS].outbox_age.set((now - oldest).total_seconds() if oldest else 0)
    await _support(request)
    hooks = request.app[CONTAINER].hooks
    waiting = await hooks.oldest_waiting()
    request.app[METRICS].hooks.show(await hooks.all(), (now - waiting).total_seconds() if waiting else 0)
    request.app[METRICS].refunds.show(await request.app[CONTAINER].refunds.waiting.figures())
    exposition = generate_latest(request.app[METRICS].registry)
    return web.Response(body=exposition, headers=_FRESH | {"Content-Type": CONTENT_TYPE_LATEST})


async def _support(request: web.Request) -> None:
    container = request.app[CONTAINER]
    answers, ends = await container.team.times(container.clock() - timedelta(days=7))
    request.app[METRICS].support.show(
        await container.team.now(), Spread.of(answers), Spread.of(ends), await container.bridge.queue.counts()
    )


async def _database(container: Container) -> bool:
    try:
        async with container.transactions() as uow:
            await uow.conversations.get("")
    except Exception as error:  # Whatever it is, the answer is that the database does not answer.
        log.error("database does not answer", **places(error))
        return False
    return True

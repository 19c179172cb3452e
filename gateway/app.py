"""The gateway's application, put together."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp_jinja2
import jinja2
from aiohttp import web

from gateway import (
    chat,
    chatwoot,
    epcis,
    health,
    labels,
    live,
    openapi,
    outbox_page,
    photos,
    platforms,
    shop,
    sms,
    staff,
    tracking,
    twilio_status,
    withdraw,
)
from gateway.assistant import Assistant
from gateway.console import page as console_page
from gateway.console.site import add_console
from gateway.errors import problems
from gateway.hub import Hub
from gateway.inbox import TextInbox
from gateway.insights.site import add_insights
from gateway.keys import ASSISTANT, CONTAINER, DARKROOM, HUB, INBOX, LIMITS, METRICS, TOKENS, TURNS
from gateway.limits import Limits
from gateway.metrics import Metrics
from gateway.security import headers_of, preflight
from gateway.telemetry import telemetry
from gateway.tokens import Tokens
from gateway.turns import Turns
from gateway.wire import Wire
from rma.bootstrap import Container


def create_app(container: Container, assistant: Assistant) -> web.Application:
    """The application that faces the world. Raises ConfigurationError without a usable RETOUR_SECRET_KEY.

    The order of the middlewares: requests are counted as they were answered, so errors become answers further in; and
    a browser's preflight has no key, so it is answered before one is asked for.
    """
    settings = container.settings
    app = web.Application(middlewares=[telemetry, problems, preflight, staff.guarded, console_page.guarded])
    tokens, metrics, hub = Tokens(settings.secret_key.get_secret_value()), Metrics(), Hub()
    app[CONTAINER], app[ASSISTANT], app[TOKENS], app[METRICS], app[HUB] = container, assistant, tokens, metrics, hub
    app[LIMITS], app[DARKROOM] = Limits(settings), asyncio.Semaphore(2)
    app[TURNS] = Turns(container, assistant, hub, metrics, Wire(tokens, container.links))
    app[INBOX] = TextInbox(container, app[TURNS], app[DARKROOM])
    aiohttp_jinja2.setup(app, loader=jinja2.FileSystemLoader(shop.TEMPLATES))
    shoppers = (chat, live, photos, labels, sms, shop, withdraw)
    programs = (openapi, health, outbox_page, twilio_status, tracking, chatwoot, platforms)
    for module in (*shoppers, *programs):
        app.add_routes(module.routes)
    app.add_routes(epcis.routes)
    for routes in staff.ROUTES:
        app.add_routes(routes)
    add_console(app)
    add_insights(app)
    app.router.add_static("/static/", shop.STATIC)
    app.on_response_prepare.append(headers_of(settings.address))
    app.on_response_prepare.append(shop.cache_headers)
    app.cleanup_ctx.append(_assistant_connected)
    app.on_shutdown.append(_sockets_closed)
    return app


async def _assistant_connected(app: web.Application) -> AsyncIterator[None]:
    async with app[ASSISTANT].connected():
        yield
        await app[TURNS].finished(within=5)


async def _sockets_closed(app: web.Application) -> None:
    app[HUB].close()

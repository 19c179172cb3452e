"""The console, put into the gateway's application."""

from aiohttp import web

from gateway.console import account, actions, conversation, live, login, metrics, queue, returns, team
from gateway.console.presence import Presence


def add_console(app: web.Application) -> None:
    """Everything under /console. `page.guarded` is among the application's middlewares: without it nothing here asks who comes."""
    app[live.PRESENCE] = Presence()
    for module in (login, account, team, queue, live, actions, returns, metrics, conversation):
        app.add_routes(module.routes)
    app.cleanup_ctx.append(live.watching)

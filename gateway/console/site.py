"""What people of the shop see, put into the gateway's application: the console and the receiving page."""

from aiohttp import web

from gateway.console import account, actions, conversation, live, login, metrics, queue, returns, settling, team
from gateway.console.presence import Presence
from gateway.warehouse import counting
from gateway.warehouse import page as warehouse


def add_console(app: web.Application) -> None:
    """Everything under /console and /warehouse. `page.guarded` is among the application's middlewares: without it nothing here asks
    who comes."""
    app[live.PRESENCE] = Presence()
    for module in (login, account, team, queue, live, actions, returns, settling, metrics, conversation, warehouse, counting):
        app.add_routes(module.routes)
    app.cleanup_ctx.append(live.watching)

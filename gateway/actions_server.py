"""The action endpoint: rasa-sdk's executor behind aiohttp, on loopback and for Rasa alone.

rasa-sdk's own server listens on every interface, asks nobody who they are, and answers an error with the whole
conversation. Here a caller shows the key of endpoints.yml, which Rasa sends with each call:

    action_endpoint:
      url: http://127.0.0.1:5055/webhook
      headers: {X-Retour-Key: ...}
"""

import asyncio
import secrets
from collections.abc import Sequence

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware
from rasa_sdk import Action
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

from gateway.errors import Handler
from gateway.logs import places

log = structlog.get_logger(__name__)

TIME_LIMIT = 15.0
"""Seconds an action may take: less than Rasa waits for it, and far less than Rasa's 60 s lock on the conversation,
after which a second turn of it would run at the same time."""
BODY_LIMIT = 8 * 1024 * 1024
"""Bytes. Rasa sends the whole tracker with each call."""


def create_actions_app(actions: Sequence[Action], key: str, time_limit: float = TIME_LIMIT) -> web.Application:
    """POST /webhook as rasa-sdk 3.8 has it: {"next_action", "sender_id", "tracker", "domain"} gives {"events",
    "responses"}; 400 when the action declines to run, 403 without the key, 404 for an unknown action, 422 for what is
    no such call, 500 when it fails, 504 when it takes too long. 400 is for rejections alone: Rasa reads the action's
    name out of its body."""
    executor = ActionExecutor()
    for action in actions:
        executor.register_action(action)

    async def webhook(request: web.Request) -> web.Response:
        try:
            call = await request.json()
            name = call["next_action"]
            call["tracker"]["sender_id"]
        except (ValueError, LookupError, TypeError, RecursionError):
            return _error("this is not an action call of Rasa's", None, 422)
        try:
            async with asyncio.timeout(time_limit):
                return web.json_response(await executor.run(call))
        except ActionExecutionRejection as rejection:
            return _error(str(rejection.message), name, 400)
        except ActionNotFoundException:
            return _error("there is no such action", None, 404)
        except TimeoutError:
            log.error("action took too long", action=name, limit=time_limit)
            return _error("the action took too long", name, 504)
        except Exception as error:
            log.error("action failed", action=name, **places(error))
            return _error("the action failed", name, 500)

    async def health(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "actions": sorted(executor.actions)})

    app = web.Application(middlewares=[_guard(key)], client_max_size=BODY_LIMIT)
    app.add_routes([web.post("/webhook", webhook), web.get("/health", health)])
    return app


def _guard(key: str) -> Middleware:
    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("X-Retour-Key", "").encode("utf-8", "replace")
        if not key or not secrets.compare_digest(given, key.encode()):
            return _error("X-Retour-Key is missing or wrong", None, 403)
        return await handler(request)

    return guard


def _error(message: str, action: str | None, status: int) -> web.Response:
    return web.json_response({"error": message, "action_name": action}, status=status)

"""The gateway's process: the application that faces the world and the action endpoint on loopback, started and
stopped together."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import web
from rasa_sdk import Action

from gateway.actions_server import create_actions_app
from gateway.app import create_app
from gateway.assistant import Assistant
from gateway.chatwoot import carrying
from gateway.chores import chores
from gateway.insights.keeping import keeping
from gateway.keys import INBOX, TURNS
from gateway.platforms import selling
from gateway.retention import tidying
from gateway.wire_errors import Runner
from rma.bootstrap import Container, open_container
from rma.model.errors import ConfigurationError
from rma.settings import Settings

ActionsOf = Callable[[Container], Sequence[Action]]
"""Makes the actions for a container. A function, since they need what only the running process has."""


@asynccontextmanager
async def run_gateway(settings: Settings, actions: ActionsOf) -> AsyncIterator[web.Application]:
    """Serves on settings.port (all interfaces, or settings.host) and settings.actions_port (loopback) until left;
    gives the application that faces the world. The database is migrated already. Raises ConfigurationError, also for
    a port in use."""
    async with AsyncExitStack() as stack:
        container = await stack.enter_async_context(open_container(settings))
        inside = create_actions_app(actions(container), settings.internal_key)
        outside = create_app(container, Assistant.of(settings))
        # The actions first and, as a stack does, stopped last: a turn that is still running can end.
        await stack.enter_async_context(_served(inside, "127.0.0.1", settings.actions_port, "RETOUR_ACTIONS_PORT"))
        await stack.enter_async_context(_served(outside, settings.host, settings.port, "RETOUR_PORT or --port"))
        await stack.enter_async_context(chores(container))
        await stack.enter_async_context(keeping(container))
        await stack.enter_async_context(selling(container))
        await stack.enter_async_context(outside[INBOX].answering())
        await stack.enter_async_context(tidying(container))
        await stack.enter_async_context(carrying(container, outside[TURNS]))
        await stack.enter_async_context(sending(container))
        yield outside


@asynccontextmanager
async def sending(container: Container) -> AsyncIterator[None]:
    """Runs the workers of the outbox and of the webhooks in this process until left; what they were sending is finished first.
    Nothing to do where `retour worker` sends."""
    if container.settings.worker == "apart":
        yield
        return
    tasks = [asyncio.create_task(worker.run()) for worker in (container.dispatcher, container.teller)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def _served(app: web.Application, host: str | None, port: int, setting: str) -> AsyncIterator[None]:
    # No access log: it writes addresses of shoppers and of their labels. gateway.telemetry has one without.
    runner = Runner(app, access_log=None, shutdown_timeout=5)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise ConfigurationError(
                f"port {port} cannot be used ({error.strerror}); choose another with {setting}"
            ) from error
        yield
    finally:
        await runner.cleanup()

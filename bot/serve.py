"""The Rasa server that `retour up` starts: our channels and nothing else, on loopback, in one process.

`rasa run` also serves Rasa's HTTP API, imports TensorFlow, and goes on without a model when one does not load.
"""

import argparse
import logging
import os
import sys
from asyncio import AbstractEventLoop
from pathlib import Path
from typing import Any

from bot import light, logs


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bot.serve", description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--endpoints", type=Path, required=True)
    parser.add_argument("--credentials", type=Path, required=True)
    return parser.parse_args()


def build(model: Path, endpoints_file: Path, credentials_file: Path) -> Any:
    """The Sanic application, with the agent loaded when it starts; GET / then answers {"model": its id}.

    Raises ModelUnreadable, and what Rasa raises for a model or an endpoint that it cannot use.
    """
    if not light.needs_tensorflow(model):
        light.leave_out_tensorflow()

    from rasa.core.agent import Agent
    from rasa.core.channels import channel
    from rasa.core.lock_store import LockStore
    from rasa.core.tracker_store import TrackerStore
    from rasa.core.utils import AvailableEndpoints
    from rasa.shared.utils.common import class_from_module_path
    from rasa.shared.utils.io import read_config_file
    from sanic import Sanic, response
    from sanic.request import Request
    from sanic.response import HTTPResponse

    from bot.action_endpoint import ActionEndpoint, check_answers_quickly
    from bot.graph import use_direct_runner

    check_answers_quickly()
    use_direct_runner()
    endpoints = AvailableEndpoints.read_endpoints(str(endpoints_file))
    actions = ActionEndpoint.of(endpoints.action) if endpoints.action else None
    app = Sanic("retour_rasa", configure_logging=False)
    app.config.KEEP_ALIVE_TIMEOUT = 120
    app.config.REQUEST_MAX_SIZE = 100_000

    async def load(app: Sanic, _: AbstractEventLoop) -> None:
        app.ctx.agent = Agent.load(
            model,
            tracker_store=TrackerStore.create(endpoints.tracker_store),
            lock_store=LockStore.create(endpoints.lock_store),
            action_endpoint=actions,
        )

    async def close(_: Sanic, __: AbstractEventLoop) -> None:
        if actions:
            await actions.close()

    @app.get("/")
    async def health(_: Request) -> HTTPResponse:
        return response.json({"model": app.ctx.agent.model_id})

    app.register_listener(load, "before_server_start")
    app.register_listener(close, "after_server_stop")
    credentials = read_config_file(str(credentials_file))
    channel.register(
        [class_from_module_path(path).from_credentials(values) for path, values in credentials.items()],
        app,
        "/webhooks/",
    )
    return app


def main() -> None:
    arguments = _arguments()
    logs.configure(logging.getLevelNamesMapping().get(os.environ.get("LOG_LEVEL", ""), logging.WARNING))
    try:
        app = build(arguments.model, arguments.endpoints, arguments.credentials)
    except light.ModelUnreadable as error:
        sys.exit(str(error))
    app.run(host="127.0.0.1", port=arguments.port, workers=1, access_log=False, motd=False)


if __name__ == "__main__":
    main()

"""How the webhooks fare, for `retour doctor`: an endpoint that takes nothing is noticed by nobody else."""

import asyncio
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from rma.model.errors import ConfigurationError, RetourError
from rma.settings import Settings

if TYPE_CHECKING:
    from rma.service.hooks import EndpointState


def hooks(settings: Settings) -> str:
    """Raises ConfigurationError when somebody has to do something about an endpoint."""
    try:
        states = asyncio.run(_states(settings))
    except (SQLAlchemyError, RetourError, OSError):
        return "not looked at: the database is not there yet, or cannot be read"
    if troubles := [trouble for state in states if (trouble := _trouble(state))]:
        raise ConfigurationError("; ".join(troubles))
    paused = sum(state.endpoint.paused for state in states)
    return f"{len(states)} endpoints{f', {paused} paused' if paused else ''}" if states else "no endpoints (`retour hooks add`)"


def _trouble(state: "EndpointState") -> str | None:
    endpoint, dead = state.endpoint, state.counts.get("dead", 0)
    name = f"endpoint {endpoint.id} ({endpoint.host})"
    if not state.fits:
        return f"{name} is told nothing since RETOUR_SECRET_KEY was changed; `retour hooks rotate {endpoint.id}` makes a new secret"
    if endpoint.paused and endpoint.why:
        return f"{name} is paused: {endpoint.why}; `retour hooks resume {endpoint.id}` or `remove`"
    if not endpoint.paused and endpoint.failing_since:
        return f"{name} fails since {endpoint.failing_since:%Y-%m-%d %H:%M} UTC: {endpoint.last_error}"
    if dead:
        return f"{name} was never told {dead} events; `retour hooks replay {endpoint.id} --failed` tells them again"
    return None


async def _states(settings: Settings) -> "list[EndpointState]":
    from rma.bootstrap import open_container

    async with open_container(settings) as container:
        return await container.hooks.all()

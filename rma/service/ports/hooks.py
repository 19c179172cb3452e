"""Webhooks, as the use cases need them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from rma.model.hooks import HookDelivery, HookEndpoint


class Hooks(Protocol):
    async def add(self, url: str, events: Sequence[str], salt: str, fingerprint: str, at: datetime) -> HookEndpoint: ...

    async def all(self) -> list[HookEndpoint]: ...

    async def get(self, endpoint_id: int) -> HookEndpoint:
        """Raises NotFound."""

    async def change(self, endpoint_id: int, **fields: Any) -> HookEndpoint:
        """Raises NotFound."""

    async def remove(self, endpoint_id: int) -> None:
        """With what it was still to be told. Raises NotFound."""

    async def pass_on(self, now: datetime, limit: int) -> int:
        """Takes what happened and was not passed on yet, in its order, and writes a delivery for every endpoint that wants it; how
        many events that were."""

    async def claim(self, endpoint: HookEndpoint, now: datetime, abandoned: datetime, limit: int) -> list[HookDelivery]:
        """What is due to an endpoint, of each return at most the oldest that is open, now being sent. What was claimed before
        `abandoned` and never settled is claimed again."""

    async def settle(self, delivery: HookDelivery, **fields: Any) -> bool:
        """False when somebody else claimed it since."""

    async def replay(
        self,
        endpoint: HookEndpoint,
        now: datetime,
        since: datetime | None = None,
        event_id: int | None = None,
        number: str | None = None,
        failed: bool = False,
    ) -> int:
        """Lets events be sent again, or for the first time, to an endpoint that wants them; how many. `failed`: dead ones only."""

    async def release(self, endpoint_id: int, now: datetime) -> None:
        """What waits for its next try is tried at once."""

    async def counts(self) -> list[tuple[int, str, int]]:
        """Endpoint, status, how many."""

    async def deliveries(self, endpoint_id: int, status: str | None, limit: int) -> list[HookDelivery]:
        """The newest first."""

    async def oldest_waiting(self) -> datetime | None:
        """When the oldest happened that no endpoint that is not paused was told yet."""

    async def forget(self, before: datetime, limit: int) -> int:
        """Removes what was sent before."""

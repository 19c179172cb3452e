"""Returns and withdrawals, as the use cases need them."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Protocol

from rma.model.codes import ReturnStatus
from rma.model.returns import Return
from rma.model.withdrawals import Withdrawal, WithdrawalStatus


class Returns(Protocol):
    async def by_number(self, number: str) -> Return | None: ...

    async def by_tracking(self, tracking_number: str) -> Return | None: ...

    async def by_key(self, idempotency_key: str) -> Return | None: ...

    async def of_order(self, order_id: int) -> list[Return]: ...

    async def find(
        self, order: str | None, status: str | None, after: str | None = None, limit: int | None = None
    ) -> list[Return]:
        """The oldest first, those made after the return with the number `after`; none when there is no such return."""

    async def unlabelled(self) -> list[Return]:
        """Approved, to be sent back, and without a label: work that a crash interrupted."""

    async def due(self, first: date, last: date, without: str, after: str, limit: int) -> list[str]:
        """Numbers after `after`, in their order, of returns that wait for their parcel, to be handed in from `first` to `last`,
        and have no event of the kind `without`, or had more time since."""

    async def awaiting(self, skus: Collection[str], limit: int) -> list[Return]:
        """Returns whose parcel is expected or being unpacked, with a line of one of these SKUs; the latest first."""

    async def unsent(self, before: date, limit: int) -> list[str]:
        """Numbers of returns whose label no carrier has seen, and which had to be sent before then, but those that money
        went back for; the oldest first."""

    async def idle(self, statuses: Collection[ReturnStatus], since: datetime, limit: int) -> list[str]:
        """Numbers of returns in these statuses to which nothing happened since then; the oldest first."""

    async def settled(self, since: datetime, limit: int) -> list[str]:
        """Numbers of returns that are paid, or of which nothing was accepted, and that nobody has begun to inspect in part; nothing
        happened to them since then. The oldest first."""

    async def cases(self) -> list[dict[str, Any]]:
        """What past returns were decided on, oldest first: the input of `retour decide`."""

    async def count(self) -> dict[str, int]:
        """How many returns there are, by status."""

    async def count_since(self, order_id: int, since: datetime) -> int:
        """Returns of the customer of this order since then, without declined, cancelled and expired ones."""

    async def add(self, rma: Return) -> None:
        """Raises Conflict when the idempotency key or the number is taken."""

    async def save(self, rma: Return) -> None:
        """Writes status, lines and new events. Raises Conflict when somebody else saved since it was read."""


class Withdrawals(Protocol):
    async def by_key(self, key: str) -> Withdrawal | None: ...

    async def by_reference(self, reference: str) -> Withdrawal | None: ...

    async def find(self, status: WithdrawalStatus | None = None) -> list[Withdrawal]:
        """Oldest first."""

    async def add(self, withdrawal: Withdrawal) -> None:
        """Raises Conflict when the key or the reference is taken."""

    async def save(self, withdrawal: Withdrawal) -> None:
        """Writes what came of it, never what was declared. Raises Conflict when somebody else saved since it was read."""

"""Refunds and exchanges, as the use cases need them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from rma.model.orders import Order
from rma.model.refunding import ExchangeItem, Refund, RefundPart, RefundStatus
from rma.model.returns import Return


@dataclass(frozen=True)
class Owing:
    """A return with all that its money depends on: the order, and the refunds and exchanges of all of the order's returns. `id` is
    the return's in the table."""

    id: int
    rma: Return
    order: Order
    refunds: list[Refund]
    exchanges: list[ExchangeItem]


class Refunds(Protocol):
    async def lock(self, number: str) -> int | None:
        """The id of the return's order, which nobody else moves money of until this transaction ends; None for no such return. Call
        it before anything is read that is to be relied on."""

    async def lock_order(self, order_id: int) -> None:
        """The same, by the order's id."""

    async def add(self, refund: Refund) -> Refund:
        """As it was kept, with ids. Raises Conflict when the return has one of that key."""

    async def get(self, refund_id: int) -> Refund | None: ...

    async def by_key(self, number: str, key: str) -> Refund | None: ...

    async def of(self, number: str) -> list[Refund]:
        """The oldest first."""

    async def of_order(self, order_id: int) -> list[Refund]: ...

    async def parts_on(self, order_number: str) -> list[RefundPart]:
        """What went back, or is to, by the payment methods of that order; also for returns of what was sent in exchange for it."""

    async def find(
        self, status: RefundStatus | None = None, limit: int = 200, before: int | None = None
    ) -> list[Refund]:
        """The newest first, those with a lower id than `before`."""

    async def save(self, refund: Refund) -> None:
        """Writes status and parts."""

    async def drop(self, refund_id: int) -> None:
        """Of a refund of which nothing was paid."""

    async def claim(self, part_id: int, now: datetime, stale: datetime) -> RefundPart | None:
        """Takes a part that waits, or that was taken before `stale` and never came to an end; one attempt more stands in it then.
        None when it is not to be taken."""

    async def open(self, now: datetime, stale: datetime, limit: int) -> list[int]:
        """Refunds with a part that can be claimed now, or with all parts paid and not settled; the oldest first."""

    async def unsure(self, now: datetime, limit: int) -> list[tuple[Refund, int]]:
        """Refunds with the id of a part that was taken, and is to be asked about now."""

    async def count(self) -> dict[str, int]:
        """By status."""

    async def owing(self, after: int, limit: int) -> list[Owing]:
        """Returns of which money may be due: goods came or were sent, or nothing has to come. By id, those after `after`."""

    async def add_exchange(self, item: ExchangeItem) -> ExchangeItem: ...

    async def save_exchange(self, item: ExchangeItem) -> None: ...

    async def claim_exchange(self, item_id: int, now: datetime, stale: datetime) -> ExchangeItem | None:
        """Takes it for a talk with the platform, unless somebody took it after `stale` and has not saved it since."""

    async def placed_as(self, order_number: str) -> ExchangeItem | None:
        """What that order was sent in exchange for, if it was."""

    async def exchanges(self, number: str) -> list[ExchangeItem]: ...

    async def exchanges_of_order(self, order_id: int) -> list[ExchangeItem]: ...

    async def unsettled_exchanges(self, limit: int) -> list[str]:
        """Numbers of returns with an article to be reserved, or with one reserved though the return was called off."""

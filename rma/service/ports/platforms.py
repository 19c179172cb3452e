"""What shop platforms were asked and told, as the use cases need it."""

from datetime import datetime, timedelta
from typing import Protocol

from rma.model.stock import Telling


class Platforms(Protocol):
    async def cursor(self, platform: str, kind: str) -> tuple[datetime | None, datetime | None]:
        """Up to when what changed was read, and when all of it was read last."""

    async def note_cursor(
        self,
        platform: str,
        kind: str,
        at: datetime,
        upto: datetime | None = None,
        whole_at: datetime | None = None,
        error: str | None = None,
    ) -> None:
        """What is None stays as it was, but for the error."""

    async def claim_stock(self, now: datetime, lease: timedelta) -> Telling | None:
        """Units that were accepted for `restock`, that the platform was not told of, and that nobody is telling it of now; the
        oldest first. Whoever claimed them and does not settle within the lease is taken to have died. `unsure_since` is as it was
        before; in the table it is now, until `settle_stock` says otherwise."""

    async def settle_stock(self, unit: int, **fields: object) -> None:
        """`not_before`, `unsure_since`, `stuck`, `error`."""

    async def stuck_stock(self, limit: int) -> list[Telling]: ...

    async def retry_stock(self, unit: int | None, now: datetime) -> int:
        """Lets one, or all that are stuck, be tried again; how many."""

    async def claim_refund(self, now: datetime, lease: timedelta) -> tuple[int, int] | None:
        """A refund that was paid and that the platform was not told of, in the same way: its id, and which try this is."""

    async def settle_refund(self, refund: int, told_at: datetime | None = None, **fields: object) -> None:
        """`not_before`, `stuck`, `error`; with `told_at` it is done."""

    async def stuck_refunds(self, limit: int) -> list[tuple[int, str, str]]:
        """Their ids, the returns' numbers, and why."""

    async def retry_refunds(self, now: datetime) -> int: ...

    async def arrive(self, now: datetime, limit: int) -> int:
        """Shipped orders whose lines have all come meanwhile are delivered; how many."""

"""Keys of the staff API and the requests that were answered, as the use cases need them."""

from datetime import datetime
from typing import Protocol

from rma.model.goods_stock import ReturnedStock
from rma.model.staff import Answer, ApiKey, Claim, KeptRequest


class ApiKeys(Protocol):
    async def add(self, key: ApiKey) -> None:
        """Raises Conflict when the name is taken."""

    async def by_public(self, public: str) -> ApiKey | None: ...

    async def by_name(self, name: str) -> ApiKey | None: ...

    async def everyone(self) -> list[ApiKey]:
        """By name, revoked ones too."""

    async def used(self, name: str, at: datetime) -> None: ...

    async def revoke(self, name: str, at: datetime) -> None: ...


class StaffRequests(Protocol):
    async def get(self, owner: str, key: str) -> KeptRequest | None:
        """For this transaction alone: others wait."""

    async def start(self, claim: Claim, fingerprint: str, at: datetime) -> None:
        """Raises Conflict when somebody else started it at the same moment."""

    async def take_over(self, claim: Claim, at: datetime) -> None:
        """From an attempt that is dead."""

    async def answer(self, claim: Claim, answer: Answer) -> bool:
        """False when it is not this attempt's any more, or was answered."""

    async def drop(self, claim: Claim) -> None:
        """Nothing came of it: as if it had never been asked. Does nothing to what was answered."""

    async def forget(self, owner: str, key: str) -> None: ...

    async def forget_before(self, moment: datetime) -> int:
        """Those started before; how many."""


class StockReads(Protocol):
    async def of(self, sku: str) -> ReturnedStock | None:
        """None for an article that nobody knows."""

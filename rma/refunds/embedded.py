"""Refunds that Retour keeps itself: a ledger of our own, for a shop that pays by hand from its bank, and for trying
everything out. It refuses what a payment provider would."""

from typing import Protocol

from rma.model.orders import PaymentMethod
from rma.model.refunding import PaidBack, PayBack


class Ledger(Protocol):
    """In the database (rma.store.refund_ledger), so that a crash or a second process loses nothing."""

    async def entry(self, request: PayBack, key: str) -> int | None: ...

    async def pay(self, request: PayBack, key: str) -> int: ...


class EmbeddedRefunds:
    code = "embedded"

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def can(self, method: PaymentMethod) -> bool:
        return True

    async def refund(self, request: PayBack, idempotency_key: str) -> PaidBack:
        if not idempotency_key:
            raise ValueError("an idempotency key is needed")
        return PaidBack(id=f"RF-{await self._ledger.pay(request, idempotency_key)}", amount=request.amount)

    async def find(self, request: PayBack, idempotency_key: str) -> PaidBack | None:
        entry = await self._ledger.entry(request, idempotency_key)
        return None if entry is None else PaidBack(id=f"RF-{entry}", amount=request.amount)

    async def close(self) -> None:
        return

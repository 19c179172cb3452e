"""What will not arrive by one way and must, sent by the other: once, to the order's own address."""

from rma.model.outgoing import Kept, Kind, Medium
from rma.service.letters import Letter, Letters, Told
from rma.service.ports import UnitOfWork
from rma.service.posting import FALLBACK, NOTICE, Posting, is_lost

MUST_ARRIVE = frozenset({Kind.LABEL, Kind.REVIEWED, Kind.WITHDRAWAL})


class Fallbacks:
    def __init__(self, posting: Posting) -> None:
        self._posting = posting

    async def lost(self, uow: UnitOfWork, message: Kept) -> None:
        """Told, in the transaction that writes it down, of a message that will not arrive."""
        if message.kind not in MUST_ARRIVE or message.key.startswith(FALLBACK):
            return
        other = Medium.EMAIL if message.medium is Medium.SMS else Medium.SMS
        if await self._left_both_ways(uow, message, other):
            return
        if message.kind is Kind.WITHDRAWAL:
            await self._acknowledge(uow, message, other)
            return
        rma = await uow.returns.by_number(message.return_number or "")
        if rma is None or (message.kind is Kind.LABEL and rma.label is None):
            return
        order = await uow.orders.get(rma.order_id)
        if (address := await self._posting.address(uow, order, other)) is None:
            return
        told = await self._posting.told(uow, rma, order, message.language)
        told = await self._posting.and_then(uow, told, Kind.LABEL)
        if letter := self._posting.composed(other, lambda letters: _again(letters, message.kind, told)):
            key = f"{FALLBACK}:{message.id}"
            await self._posting.post(uow, key, message.kind, other, address, told, letter, message.conversation)

    @staticmethod
    async def _left_both_ways(uow: UnitOfWork, message: Kept, other: Medium) -> bool:
        """Whether the shop sends that notice by the other way anyhow."""
        if not message.key.startswith(NOTICE):
            return False
        twin = await uow.outbox.by_key(f"{message.key.rpartition(':')[0]}:{other}")
        return twin is not None and not is_lost(twin)

    async def _acknowledge(self, uow: UnitOfWork, message: Kept, other: Medium) -> None:
        withdrawal = await uow.withdrawals.by_reference(message.papers[0].ref) if message.papers else None
        # Of an order that nobody proved there is no other address that may be written to.
        if withdrawal is None or withdrawal.order_id is None:
            return
        order = await uow.orders.get(withdrawal.order_id)
        if address := await self._posting.address(uow, order, other):
            letter = self._posting.composed(other, lambda letters: letters.withdrawal(withdrawal))
            if letter is not None:
                key = f"{FALLBACK}:{message.id}"
                await self._posting.post_withdrawal(uow, key, withdrawal, other, address, letter)


def _again(letters: Letters, kind: Kind, told: Told) -> Letter:
    if kind is Kind.LABEL:
        return letters.label(told)
    event = next((event for event in reversed(told.rma.events) if event.kind in ("approved", "declined")), None)
    reason = event.detail.get("reason") if event else None
    return letters.reviewed(told, event is None or event.kind == "approved", str(reason) if reason else None)

"""What is sent unasked: which notice, to whom, by what; posted in the transaction of the event that causes it, once.

A notice that the shop switched off, or that has no address to go to, is left out silently: what it says can be read in the
conversation too. Nothing is said twice by the same way: who was just told in a conversation by SMS gets no SMS about it.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

import structlog

from rma.model.conversations import Conversation
from rma.model.goods import Unit
from rma.model.orders import Order
from rma.model.outgoing import Kept, Kind, Medium
from rma.model.reach import is_email
from rma.model.returns import Return
from rma.model.withdrawals import Withdrawal
from rma.service.letters import Checked, Paid, Told, Withheld
from rma.service.ports import Transactions, UnitOfWork
from rma.service.posting import ASKED, NOTICE, Compose, Posting, is_lost
from rma.service.refunds.waiting import due_among

log = structlog.get_logger(__name__)

ACKNOWLEDGEMENTS = 30
"""To one address in a day that nobody proved to be theirs: enough for any shopper, too few to bury somebody's mailbox."""
ASKED_FOR = 6
"""Labels that are sent for an order in an hour because somebody in a conversation asks."""
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


class NoticeDesk:
    def __init__(self, transactions: Transactions, posting: Posting) -> None:
        self._transactions = transactions
        self._posting = posting

    async def created(self, uow: UnitOfWork, rma: Return, order: Order) -> None:
        """A return was recorded that gets no label now: under review, or nothing is sent back with one."""
        told = await self._posting.told(uow, rma, order)
        told = await self._posting.and_then(uow, told, Kind.REVIEWED)
        await self._notify(uow, Kind.CONFIRMATION, told, lambda letters: letters.confirmation(told), rma.conversation)

    async def labelled(self, uow: UnitOfWork, rma: Return, order: Order, conversation: str | None = None) -> None:
        """Its label was issued. `conversation` is the one that shows it at this moment."""
        told = await self._posting.told(uow, rma, order)
        await self._notify(uow, Kind.LABEL, told, lambda letters: letters.label(told), conversation)

    async def due(self, uow: UnitOfWork, rma: Return, order: Order) -> None:
        """The last day to send it is near."""
        told = await self._posting.told(uow, rma, order)
        await self._notify(uow, Kind.REMINDER, told, lambda letters: letters.reminder(told))

    async def expired(self, uow: UnitOfWork, rma: Return, order: Order) -> None:
        """Nobody sent its parcel in time."""
        told = await self._posting.told(uow, rma, order)
        await self._notify(uow, Kind.EXPIRED, told, lambda letters: letters.expired(told))

    async def received(self, uow: UnitOfWork, rma: Return, order: Order, ref: str = "") -> None:
        """Its parcel, or a part of it, arrived. `ref` tells several arrivals of one return apart."""
        told = await self._posting.told(uow, rma, order)
        await self._notify(uow, Kind.RECEIVED, told, lambda letters: letters.received(told), ref=ref)

    async def checked(self, uow: UnitOfWork, rma: Return, order: Order, units: Sequence[Unit]) -> None:
        """Units were looked at, or given up: where some were refused or are not there, says which, why, and what is paid. To be
        called after the event of it is noted."""
        if all(unit.accepted for unit in units):
            return
        refunds = await uow.refunds.of_order(rma.order_id)
        due = due_among(rma, order, refunds, await uow.refunds.exchanges_of_order(rma.order_id))
        told, checked = await self._posting.told(uow, rma, order), Checked(units, due)
        # The number of events tells several looks at one return apart.
        await self._notify(
            uow, Kind.CHECKED, told, lambda letters: letters.checked(told, checked), ref=str(len(rma.events))
        )

    async def refunded(
        self,
        uow: UnitOfWork,
        rma: Return,
        order: Order,
        paid: Sequence[Paid],
        ref: str = "",
        withheld: Withheld | None = None,
    ) -> None:
        """Money was paid: where each part of it went; or less than was due, even nothing, and why. `ref` tells several payments for
        one return apart."""
        told = await self._posting.told(uow, rma, order)
        if paid or withheld:
            await self._notify(
                uow, Kind.REFUNDED, told, lambda letters: letters.refunded(told, paid, withheld), ref=ref
            )

    async def exchanged(
        self, uow: UnitOfWork, rma: Return, order: Order, orders: Sequence[str], ref: str = ""
    ) -> None:
        """What is wanted instead is ordered, as `orders`. Sent where the shop wants the notice of money too."""
        told = await self._posting.told(uow, rma, order)
        name = ":".join(part for part in ("exchanged", ref) if part)
        await self._notify(uow, Kind.REFUNDED, told, lambda letters: letters.exchanged(told, orders), ref=name)

    async def reviewed(
        self, uow: UnitOfWork, rma: Return, order: Order, approved: bool, reason: str | None = None, ref: str = ""
    ) -> None:
        """A person decided on it; `reason` is theirs, in words for the shopper. `ref` tells a second decision from the first."""
        told = await self._posting.told(uow, rma, order)
        told = await self._posting.and_then(uow, told, Kind.LABEL)
        await self._notify(
            uow, Kind.REVIEWED, told, lambda letters: letters.reviewed(told, approved, reason), ref=ref
        )

    async def withdrawn(self, uow: UnitOfWork, withdrawal: Withdrawal) -> None:
        """Acknowledges a withdrawal that was just recorded, whatever the shop switched off: the law wants it."""
        contact, order = withdrawal.statement.contact.strip(), None
        if withdrawal.order_id is not None:
            order = await uow.orders.get(withdrawal.order_id)
        # A number is written to only when it is the order's own: anybody can type one into the form.
        found = await self._posting.first(uow, order, (Medium.EMAIL, Medium.SMS)) if order else None
        medium, address = (Medium.EMAIL, contact) if is_email(contact) else found or (Medium.EMAIL, "")
        if not address or await self._posting.just_told(uow, withdrawal.conversation, medium, address):
            return
        if order is None and not await self._few(uow, address):
            log.warning("withdrawal not acknowledged by e-mail: too many to one address", ref=withdrawal.reference)
            return
        letter = self._posting.composed(medium, lambda letters: letters.withdrawal(withdrawal))
        if letter is not None:
            key = f"{NOTICE}:{Kind.WITHDRAWAL}:{withdrawal.reference}:{medium}"
            await self._posting.post_withdrawal(uow, key, withdrawal, medium, address, letter)

    async def _few(self, uow: UnitOfWork, email: str) -> bool:
        scope = f"acknowledged:{hashlib.sha256(email.casefold().encode()).hexdigest()[:32]}"
        now = self._posting.clock()
        if await uow.attempts.count(scope, now - _DAY) >= ACKNOWLEDGEMENTS:
            return False
        await uow.attempts.add([scope], now)
        return True

    async def may_send(self, order_id: int) -> bool:
        """Whether another label may be sent because somebody asks: each may cost the shop money, and annoy whoever gets it."""
        async with self._transactions() as uow:
            return await uow.attempts.count(_asked(order_id), self._posting.clock() - _HOUR) < ASKED_FOR

    async def send_label(
        self,
        uow: UnitOfWork,
        rma: Return,
        order: Order,
        to: tuple[Medium, str],
        conversation: Conversation,
        key: str,
    ) -> None:
        """Sends a label that somebody asked for in a conversation, at once, in the conversation's language."""
        medium, address = to
        told = await self._posting.told(uow, rma, order, conversation.language)
        await uow.attempts.add([_asked(rma.order_id)], self._posting.clock())
        if letter := self._posting.composed(medium, lambda letters: letters.label(told)):
            name = f"{ASKED}:{key}"
            await self._posting.post(uow, name, Kind.LABEL, medium, address, told, letter, conversation.id)

    @staticmethod
    async def announced(uow: UnitOfWork, number: str) -> list[Kept]:
        """The label or confirmation that was posted for a return, by each way."""
        keys = [f"{NOTICE}:{kind}:{number}:{medium}" for kind in (Kind.LABEL, Kind.CONFIRMATION) for medium in Medium]
        posted = [await uow.outbox.by_key(key) for key in keys]
        return [message for message in posted if message is not None and not is_lost(message)]

    async def _notify(
        self,
        uow: UnitOfWork,
        kind: Kind,
        told: Told,
        compose: Compose,
        conversation: str | None = None,
        ref: str = "",
    ) -> None:
        """Posts it by each way the shop wants; `conversation` is one in which the shopper reads it right now."""
        name = ":".join(part for part in (NOTICE, kind.value, told.rma.number, ref) if part)
        for way in self._posting.shop.notices.of(kind):
            found = await self._posting.first(uow, told.order, way)
            if found is None or any([await uow.outbox.by_key(f"{name}:{medium}") for medium in way]):
                continue
            medium, address = found
            if await self._posting.just_told(uow, conversation, medium, address):
                continue
            letter = self._posting.composed(medium, compose)
            if letter is not None:
                key = f"{name}:{medium}"
                await self._posting.post(uow, key, kind, medium, address, told, letter, told.rma.conversation)


def _asked(order_id: int) -> str:
    return f"label-for:{order_id}"

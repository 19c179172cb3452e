"""By which way a message reaches the customer of an order, and how it gets into the outbox."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

import structlog

from rma.model.codes import Language, Resolution
from rma.model.conversations import Channel
from rma.model.orders import Order
from rma.model.outgoing import LOST, Kept, Kind, Medium, Outgoing, OutgoingStatus
from rma.model.reach import reach, same_address
from rma.model.returns import Return
from rma.model.shop import Shop
from rma.model.withdrawals import Withdrawal
from rma.service.goods import is_arranged
from rma.service.letters import Letter, Letters, Told
from rma.service.outbox import OutboxDesk
from rma.service.ports import Clock, UnitOfWork
from rma.service.quiet import loud_from

log = structlog.get_logger(__name__)

Way = tuple[Medium, ...]
Compose = Callable[[Letters], Letter]
ASKED, FALLBACK, NOTICE = "asked", "fallback", "notice"
"""What the key of a message begins with."""


class Posting:
    """`letters` by medium put messages into words. Without `linked` (no secret to sign addresses with) there is nothing that a text
    message could lead to, so none is sent."""

    def __init__(
        self, outbox: OutboxDesk, clock: Clock, letters: Mapping[Medium, Letters], shop: Shop, linked: bool
    ) -> None:
        self._outbox = outbox
        self.clock = clock
        self._letters = letters
        self.shop = shop
        self._linked = linked

    def composed(self, medium: Medium, compose: Compose) -> Letter | None:
        """None when a text that a merchant edited cannot be filled in: that must not undo the event that it is about."""
        try:
            return compose(self._letters[medium])
        except Exception as error:
            log.error("message not written", medium=medium.value, error=repr(error))
            return None

    async def told(self, uow: UnitOfWork, rma: Return, order: Order, language: Language | None = None) -> Told:
        """In the language that the customer ordered in, else that of the return, unless another is given."""
        return Told(
            rma=rma,
            order=order,
            language=language or order.customer.language or rma.language,
            now=self.clock(),
            arranged=is_arranged(rma, order),
            difference=await _difference(uow, rma, order),
        )

    async def and_then(self, uow: UnitOfWork, told: Told, later: Kind) -> Told:
        """With whether the notice `later` will reach the customer."""
        ways = [await self.first(uow, told.order, way) for way in self.shop.notices.of(later)]
        return replace(told, later=any(ways))

    async def first(self, uow: UnitOfWork, order: Order, way: Way) -> tuple[Medium, str] | None:
        """The first medium of `way` by which the customer can be reached, with the address."""
        for medium in way:
            if address := await self.address(uow, order, medium):
                return medium, address
        return None

    async def address(self, uow: UnitOfWork, order: Order, medium: Medium) -> str | None:
        """The order's own; None for a number that said STOP."""
        if medium is Medium.SMS and not self._linked:
            return None
        address = reach(order, medium)
        if address and medium is Medium.SMS and await uow.consents.opted_out(address):
            return None
        return address

    @staticmethod
    async def just_told(uow: UnitOfWork, conversation_id: str | None, medium: Medium, address: str) -> bool:
        """Whether what happens in the conversation is read by that way already."""
        conversation = await uow.conversations.get(conversation_id) if conversation_id and medium is Medium.SMS else None
        if conversation is None or conversation.channel is not Channel.SMS:
            return False
        return same_address(conversation.address or "", address)

    async def post(
        self,
        uow: UnitOfWork,
        key: str,
        kind: Kind,
        medium: Medium,
        address: str,
        told: Told,
        letter: Letter,
        conversation: str | None = None,
    ) -> None:
        """A notice by SMS waits for the end of the quiet hours; what was asked for does not."""
        quiet = self.shop.quiet_hours if medium is Medium.SMS and not key.startswith(ASKED) else None
        message = Outgoing(
            key=key, medium=medium, kind=kind, recipient=address, language=told.language, text=letter.text,
            subject=letter.subject, papers=list(letter.papers), conversation=conversation,
            return_number=told.rma.number, not_before=loud_from(self.clock(), quiet, told.order, address),
        )  # fmt: skip
        await self._outbox.post(uow, message)

    async def post_withdrawal(
        self, uow: UnitOfWork, key: str, withdrawal: Withdrawal, medium: Medium, address: str, letter: Letter
    ) -> None:
        """Whatever the hour: it says when something with legal effect was received."""
        message = Outgoing(
            key=key, medium=medium, kind=Kind.WITHDRAWAL, recipient=address, text=letter.text,
            language=withdrawal.statement.language, subject=letter.subject, papers=list(letter.papers),
            conversation=withdrawal.conversation,
        )  # fmt: skip
        await self._outbox.post(uow, message)


def is_lost(message: Kept) -> bool:
    """Whether it will never arrive."""
    return message.status in (OutgoingStatus.DEAD, OutgoingStatus.SUPPRESSED) or message.delivery in LOST


async def _difference(uow: UnitOfWork, rma: Return, order: Order) -> Decimal:
    """What the items wanted instead cost more or less in all, without sign."""
    total = Decimal(0)
    for item in rma.lines if rma.resolution is Resolution.EXCHANGE else []:
        line, wanted = order.line(item.id), await uow.catalogue.get(item.exchange_for or "")
        if line is not None and wanted is not None:
            total += (wanted.price - line.unit_price) * item.quantity
    return abs(total)

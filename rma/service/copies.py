"""A person's answer to a shopper who left the page: also by e-mail or SMS, where it was said that it would go."""

from datetime import datetime, timedelta

from rma.model.conversations import Channel, Conversation, Message
from rma.model.outgoing import Kind, Medium, Outgoing
from rma.model.reach import is_email, reach
from rma.model.support import Support
from rma.service.outbox import OutboxDesk
from rma.service.ports import UnitOfWork
from rma.texts import Texts

PRESENT = timedelta(minutes=5)
"""A shopper who wrote that recently reads the answer on the page."""


class Copies:
    def __init__(self, outbox: OutboxDesk, texts: Texts) -> None:
        self._outbox, self._texts = outbox, texts

    async def of(
        self, uow: UnitOfWork, support: Support, conversation: Conversation, message: Message, now: datetime
    ) -> None:
        """Posts the copy, if there is to be one; with the transaction, or not at all."""
        if conversation.channel is not Channel.WEB or await _is_there(uow, support, now):
            return
        address = await self._address(uow, support)
        if address is None:
            return
        medium = Medium.EMAIL if is_email(address) else Medium.SMS
        subject = self._texts.get("answered_elsewhere_subject", conversation.language, shop=self._outbox.shop_name)
        await self._outbox.post(
            uow,
            Outgoing(
                key=f"copy:{message.id}",
                medium=medium,
                kind=Kind.REPLY,
                recipient=address,
                language=conversation.language,
                text=message.text,
                subject=subject if medium is Medium.EMAIL else None,
                lane=conversation.id,
                conversation=conversation.id,
            ),
        )

    @staticmethod
    async def _address(uow: UnitOfWork, support: Support) -> str | None:
        """The proven order's; one that the shopper left only once it is proven to be theirs (contract section 5)."""
        if support.order_id is not None:
            order = await uow.orders.get(support.order_id)
            if address := reach(order, Medium.EMAIL) or reach(order, Medium.SMS):
                return address
        return support.contact if support.contact_proven else None


async def _is_there(uow: UnitOfWork, support: Support, now: datetime) -> bool:
    last = await uow.conversations.message(support.conversation, support.last_shopper_id)
    return last is not None and now - last.at < PRESENT

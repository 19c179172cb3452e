"""What leaves the house: posted in the transaction that caused it, looked at and sent again by people."""

import structlog

from rma.links import Links
from rma.model.conversations import Channel, Conversation, Message, Sender
from rma.model.errors import NotFound
from rma.model.outgoing import Kept, Kind, Medium, Outgoing, OutgoingStatus
from rma.service.ports import Clock, Transactions, UnitOfWork
from rma.service.sms import as_sms
from rma.texts import Texts

log = structlog.get_logger(__name__)


class OutboxDesk:
    def __init__(self, transactions: Transactions, clock: Clock, texts: Texts, links: Links, shop_name: str) -> None:
        self._transactions = transactions
        self._clock = clock
        self._texts = texts
        self._links = links
        self._shop_name = shop_name

    async def post(self, uow: UnitOfWork, message: Outgoing) -> bool:
        """Keeps a message to be sent, in the caller's transaction. False when its key was posted before."""
        return await uow.outbox.post(message, self._clock())

    async def reply(self, uow: UnitOfWork, conversation: Conversation, said: list[Message]) -> None:
        """Sends what was just said to a shopper who is not looking at a page of ours: by SMS where the conversation is one, by
        e-mail where it began with a form. Nothing to do for a chat, which reads the conversation itself."""
        said = [message for message in said if message.sender is not Sender.SHOPPER]
        if not said or not conversation.address:
            return
        if conversation.channel is Channel.SMS:
            medium, subject, text = Medium.SMS, None, as_sms(said, self._links.url)
        elif conversation.channel is Channel.FORM and "@" in conversation.address:
            subject = self._texts.get("email_reply_subject", conversation.language, shop=self._shop_name)
            medium, text = Medium.EMAIL, "\n\n".join(message.text for message in said)
        else:
            return
        await self.post(
            uow,
            Outgoing(
                key=f"message:{said[0].id}",
                medium=medium,
                kind=Kind.REPLY,
                recipient=conversation.address,
                language=conversation.language,
                text=text,
                subject=subject,
                lane=conversation.id,
                conversation=conversation.id,
            ),
        )

    async def find(
        self, status: OutgoingStatus | None = None, limit: int = 100, before: int | None = None
    ) -> list[Kept]:
        """Newest first."""
        async with self._transactions() as uow:
            return await uow.outbox.find(status, limit, before)

    async def count(self) -> dict[str, int]:
        async with self._transactions() as uow:
            return await uow.outbox.count()

    async def resend(self, message_id: int) -> Kept:
        """Lets a dead message wait again. Raises NotFound, Conflict."""
        async with self._transactions() as uow:
            return await uow.outbox.resend(message_id, self._clock())

    async def failed(self, message: Kept) -> None:
        """Told by the worker of a message that will never arrive."""
        log.warning("message will not arrive", id=message.id, kind=message.kind.value, medium=message.medium.value)

    async def delivered(self, provider_id: str, delivery: str, code: str | None, key: int | None = None) -> Kept:
        """Notes how far the provider says a message came. `key` is our own id of it, where the provider gives it back: it may
        speak before we wrote its name down. Raises NotFound."""
        async with self._transactions() as uow:
            message = await uow.outbox.by_provider_id(provider_id)
            if message is None and key is not None:
                message = await uow.outbox.get(key)
            if message is None:
                raise NotFound("no message of the outbox has this name")
            if not _came_before(message.delivery, delivery):
                await uow.outbox.note_delivery(message.id, delivery, code, self._clock())
            return message


_PROGRESS = ("accepted", "scheduled", "queued", "sending", "sent", "delivered", "undelivered", "failed", "read")


def _came_before(known: str | None, told: str) -> bool:
    """Whether `told` is older news than `known`: status callbacks overtake each other."""
    return known in _PROGRESS and told in _PROGRESS and _PROGRESS.index(told) <= _PROGRESS.index(str(known))

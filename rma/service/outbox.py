"""What leaves the house: posted in the transaction that caused it, looked at and sent again by people."""

from collections.abc import Awaitable, Callable

import structlog

from rma.links import Links
from rma.model.conversations import Channel, Conversation, Message, Sender
from rma.model.errors import NotFound
from rma.model.outgoing import LOST, Kept, Kind, Medium, Outgoing, OutgoingStatus
from rma.service.ports import Clock, Transactions, UnitOfWork
from rma.service.sms import as_sms, parts
from rma.texts import Texts

log = structlog.get_logger(__name__)

Instead = Callable[[UnitOfWork, Kept], Awaitable[None]]


class OutboxDesk:
    def __init__(self, transactions: Transactions, clock: Clock, texts: Texts, links: Links, shop_name: str) -> None:
        self._transactions = transactions
        self._clock = clock
        self._texts = texts
        self._links = links
        self.shop_name = shop_name
        self._instead: Instead | None = None

    def on_lost(self, instead: Instead) -> None:
        """`instead` is called in the transaction that writes down that a message will not arrive, to post another in its place."""
        self._instead = instead

    async def post(self, uow: UnitOfWork, message: Outgoing) -> bool:
        """Keeps a message to be sent, in the caller's transaction. False when its key was posted before. A text message is kept as
        it will be read, and one that is too long as several, one after the other."""
        if message.medium is not Medium.SMS:
            return await uow.outbox.post(message, self._clock())
        first, *others = parts(message.text, message.recipient) or [message.text]
        lane = message.lane or (message.key[:60] if others else None)
        if not await uow.outbox.post(message.model_copy(update={"text": first, "lane": lane}), self._clock()):
            return False
        for place, text in enumerate(others, start=2):
            more = {"text": text, "lane": lane, "key": f"{message.key}/{place}"}
            await uow.outbox.post(message.model_copy(update=more), self._clock())
        return True

    async def reply(self, uow: UnitOfWork, conversation: Conversation, said: list[Message]) -> None:
        """Sends what was just said to a shopper who is not looking at a page of ours: by SMS where the conversation is one, by
        e-mail where it began with a form. Nothing to do for a chat, which reads the conversation itself."""
        said = [message for message in said if message.sender is not Sender.SHOPPER]
        if not said or not conversation.address:
            return
        if conversation.channel is Channel.SMS:
            medium, subject, text = Medium.SMS, None, as_sms(said, self._links.url)
        elif conversation.channel is Channel.FORM and "@" in conversation.address:
            subject = self._texts.get("email_reply_subject", conversation.language, shop=self.shop_name)
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

    async def get(self, message_id: int) -> Kept:
        """Raises NotFound."""
        async with self._transactions() as uow:
            message = await uow.outbox.get(message_id)
        if message is None:
            raise NotFound(f"there is no message {message_id} in the outbox")
        return message

    async def count(self) -> dict[str, int]:
        async with self._transactions() as uow:
            return await uow.outbox.count()

    async def resend(self, message_id: int) -> Kept:
        """Lets a dead message wait again. Raises NotFound, Conflict."""
        async with self._transactions() as uow:
            return await uow.outbox.resend(message_id, self._clock())

    async def failed(self, uow: UnitOfWork, message: Kept) -> None:
        """Told, once and in the transaction that writes it down, of a message that will never arrive."""
        log.warning("message will not arrive", id=message.id, kind=message.kind.value, medium=message.medium.value)
        if self._instead is not None:
            await self._instead(uow, message)

    async def delivered(
        self, provider_id: str, delivery: str, code: str | None, own_id: int | None = None, opted_out: bool = False
    ) -> Kept:
        """Notes how far the provider says a message came. `own_id` is ours, where the provider gives it back: it may speak
        before we wrote its name down, and is then the proof that the message was taken. Raises NotFound."""
        now = self._clock()
        async with self._transactions() as uow:
            known = await uow.outbox.by_provider_id(provider_id)
            message = await uow.outbox.get(known.id if known else own_id or 0, lock=True)
            if message is None:
                raise NotFound("no message of the outbox has this name")
            await uow.outbox.note_taken(message.id, provider_id, now)
            if _is_news(message.delivery, delivery):
                await uow.outbox.note_delivery(message.id, delivery, code, now)
                if opted_out:
                    await uow.consents.note(message.recipient, True, "provider", None, now)
                if delivery in LOST:
                    await self.failed(uow, message)
            return message


_ENDS = ("delivered", *LOST)
_ORDER = {"accepted": 0, "scheduled": 1, "queued": 2, "sending": 3, "sent": 4, **dict.fromkeys(_ENDS, 5), "read": 6}


def _is_news(known: str | None, told: str) -> bool:
    """Whether `told` is later than `known`: status callbacks overtake each other, and one of the ends is the end."""
    return _ORDER.get(told, -1) > _ORDER.get(known or "", -1)

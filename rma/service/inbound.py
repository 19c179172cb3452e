"""Text messages that come in: kept once, consent obeyed at once, read together per number, answered once.

A number's messages are answered by one process at a time (its lease), in the order they came in. What is taken is one turn: the
same messages under the same key, however often the turn has to be begun again, so that a process that dies leaves nothing unsaid
and nothing said twice.
"""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rma.model.codes import Language
from rma.model.conversations import Channel, Conversation, Message, Owner, Sender, Utterance
from rma.model.inbound import Inbound, InboundStatus, Media, Received
from rma.model.outgoing import Kind, Medium, Outgoing
from rma.model.phones import WHATSAPP, number_of, speaks_french
from rma.model.redaction import mask_secrets
from rma.service.consent import Wish, provider_answers, sounds_french, told_wish, wish_of
from rma.service.conversations import ConversationDesk
from rma.service.outbox import OutboxDesk
from rma.service.ports import Clock, Transactions, UnitOfWork

SILENCE = timedelta(hours=72)
"""After it a number begins a new conversation, unless a person has the old one."""
TOGETHER = 50
"""Messages that are read as one turn at most."""
AT_ONCE = 50
"""Messages that are kept in one transaction at most."""
LONGEST = 10_000
"""Characters of a turn; the assistant reads the first 1,600."""
_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True)
class Reading:
    """How a number's messages are read. `quiet`: seconds without another message after which they are read together; `patience`:
    seconds after the first of them at which that is done in any case; `per_minute`: beyond it they are kept, and not answered."""

    quiet: float = 2.0
    patience: float = 6.0
    per_minute: int = 30
    provider_answers: bool = True
    """Whether the provider answers its own keywords by itself, as Twilio does on long and toll-free numbers by default."""


@dataclass
class Batch:
    """Messages that are one turn. `silent`: kept, and not answered. `attempt` counts from 1."""

    sender: str
    conversation: Conversation
    messages: list[Inbound]
    silent: bool = False
    flood: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"sms:{self.messages[0].sid}"

    @property
    def text(self) -> str:
        return "\n".join(message.text for message in self.messages if message.text)[:LONGEST]

    @property
    def media(self) -> list[Media]:
        return [item for message in self.messages for item in message.media]

    @property
    def attempt(self) -> int:
        return max(message.attempts for message in self.messages)


@dataclass
class _Arrival:
    """A message on its way into the table, and what came of it."""

    message: Received
    is_new: bool | None = None
    error: Exception | None = None


class InboundDesk:
    def __init__(
        self,
        transactions: Transactions,
        clock: Clock,
        desk: ConversationDesk,
        outbox: OutboxDesk,
        reading: Reading,
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._desk = desk
        self._outbox = outbox
        self._reading = reading
        self._arrived: list[_Arrival] = []
        self._writing = asyncio.Lock()

    @property
    def quiet(self) -> float:
        """Seconds after which a message that came alone is due."""
        return self._reading.quiet

    async def receive(self, message: Received) -> bool:
        """Keeps the message; what it says of consent counts from this moment. False for one that came before. Raises Conflict when
        the same message comes in at the same time elsewhere.

        What arrives while another is written is written with the next, in one transaction: of a thousand that come at once none
        waits for a thousand commits.
        """
        arrival = _Arrival(message)
        self._arrived.append(arrival)
        async with self._writing:
            while arrival.is_new is None and arrival.error is None:
                together, self._arrived = self._arrived[:AT_ONCE], self._arrived[AT_ONCE:]
                try:
                    await self._write(together)
                finally:
                    self._arrived[:0] = [one for one in together if one.is_new is None and one.error is None]
        if arrival.error is not None:
            raise arrival.error
        return bool(arrival.is_new)

    async def _write(self, together: "list[_Arrival]") -> None:
        try:
            async with self._transactions() as uow:
                kept = [await self._keep(uow, one.message) for one in together]
        except Exception as error:
            if len(together) == 1:
                together[0].error = error
                return
            for one in together:  # One that fails costs the others nothing.
                await self._write([one])
        else:
            for one, is_new in zip(together, kept, strict=True):
                one.is_new = is_new

    async def _keep(self, uow: UnitOfWork, message: Received) -> bool:
        now = self._clock()
        opted_out = await uow.consents.opted_out(message.sender)
        wish = told_wish(message.opt_out_type) or wish_of(message.text, opted_out)
        status = InboundStatus.DONE if wish else InboundStatus.WAITING
        if not await uow.inbound.keep(message, status, now):
            return False
        if wish is not None:
            await self._obey(uow, message, wish, opted_out, now)
        return True

    async def _obey(self, uow: UnitOfWork, message: Received, wish: Wish, opted_out: bool, now: datetime) -> None:
        thread = await uow.inbound.thread(message.sender)
        conversation = await uow.conversations.get(thread.conversation) if thread and thread.conversation else None
        if conversation is not None:
            said = Utterance(text=mask_secrets(message.text), sender=Sender.SHOPPER)
            await uow.conversations.say(conversation.id, said, now, client_key=f"sms:{message.sid}")
        if wish is not Wish.HELP:
            await uow.consents.note(message.sender, wish is Wish.STOP, wish.value, mask_secrets(message.text), now)
        if not self._has_answer(message, wish, opted_out):
            language = conversation.language if conversation else await self._language(uow, message)
            await self._serve(uow, message, f"consent_{wish.value}", language, conversation)

    def _has_answer(self, message: Received, wish: Wish, opted_out: bool) -> bool:
        """Whether nothing of ours is to be sent: the provider answers, or the number was answered before."""
        if told_wish(message.opt_out_type) is not None or (wish is Wish.STOP and opted_out):
            return True
        if wish is Wish.HELP or (wish is Wish.START and not opted_out):
            return False
        long_number = message.recipient.startswith("+") and not message.sender.startswith(WHATSAPP)
        return self._reading.provider_answers and long_number and provider_answers(message.text)

    async def _serve(
        self, uow: UnitOfWork, message: Received, key: str, language: Language, conversation: Conversation | None
    ) -> None:
        text = self._desk.texts.get(key, language, Channel.SMS, shop=self._outbox.shop_name)
        await self._outbox.post(
            uow,
            Outgoing(
                key=f"inbound:{message.sid}",
                medium=Medium.SMS,
                kind=Kind.SERVICE,
                recipient=message.sender,
                language=language,
                text=text,
                lane=conversation.id if conversation else None,
                conversation=conversation.id if conversation else None,
            ),
        )

    @staticmethod
    async def _language(uow: UnitOfWork, message: Received) -> Language:
        """The likeliest language of a number that has no conversation: what it wrote, what it ordered in, where it is from."""
        if sounds_french(message.text):
            return Language.FR
        orders = await uow.orders.by_phone(number_of(message.sender), 1)
        if orders and (language := orders[0][1].customer.language) is not None:
            return language
        return Language.FR if speaks_french(message.sender) else Language.EN

    async def due(self) -> tuple[list[str], datetime | None]:
        """The numbers whose messages are to be answered now, and when there will be others."""
        now, due, later = self._clock(), [], []
        async with self._transactions() as uow:
            pending = await uow.inbound.pending()
        for number in pending:
            quiet = number.last_at + timedelta(seconds=self._reading.quiet)
            at = now if number.resumed else min(quiet, number.first_at + timedelta(seconds=self._reading.patience))
            at = max(at, number.not_before or at)
            if at <= now:
                due.append(number.sender)
            else:
                later.append(at)
        return due, min(later, default=None)

    async def take(self, sender: str, lease: timedelta) -> Batch | None:
        """Takes what waits of a number, or what was taken before and never finished. None when somebody else answers it, or
        nothing waits. Raises Conflict when somebody takes it at the same time."""
        now = self._clock()
        async with self._transactions() as uow:
            thread = await uow.inbound.lease(sender, now, now + lease)
            if thread is None:
                return None
            messages = await uow.inbound.of(sender, InboundStatus.TAKEN, TOGETHER)
            messages = messages or await uow.inbound.of(sender, InboundStatus.WAITING, TOGETHER)
            if not messages:
                await uow.inbound.busy(sender, None)
                return None
            await uow.inbound.mark([message.id for message in messages], InboundStatus.TAKEN, now)
            for message in messages:
                message.attempts += 1
            known = await uow.conversations.get(thread.conversation) if thread.conversation else None
            recent = thread.heard_at is not None and now - thread.heard_at < SILENCE
            if known is None or not (recent or known.owner is Owner.PERSON or messages[0].attempts > 1):
                known = await self._begin(uow, messages[0], now)
            await uow.inbound.enter(sender, known.id, now)
            flood = await uow.inbound.count_since(sender, now - _MINUTE) > self._reading.per_minute
            silent = flood or await uow.consents.opted_out(sender)
            return Batch(sender, known, messages, silent, flood)

    async def _begin(self, uow: UnitOfWork, first: Inbound, now: datetime) -> Conversation:
        """The greeting stands at the head of the first answer (ConversationDesk.answer). The language is a guess until then."""
        conversation = Conversation(
            id=secrets.token_hex(16),
            channel=Channel.SMS,
            language=await self._language(uow, first),
            owner=Owner.ASSISTANT,
            address=first.sender,
            created_at=now,
        )
        await uow.conversations.add(conversation)
        return conversation

    async def finish(self, batch: Batch, notes: Sequence[str] = ()) -> list[Message]:
        """The turn is over; `notes` are keys of texts that are said with it, together with this or not at all."""
        now = self._clock()
        async with self._transactions() as uow:
            await uow.inbound.mark([message.id for message in batch.messages], InboundStatus.DONE, now)
            await uow.inbound.busy(batch.sender, None)
            for message in batch.messages:
                # Until now it had to stand as it came, since a turn that is begun again reads it again.
                if (masked := mask_secrets(message.text)) != message.text:
                    await uow.inbound.rewrite(message.id, masked)
            said = list(notes)
            if batch.flood and not await uow.attempts.count(f"flood:{batch.sender}", now - _HOUR):
                await uow.attempts.add([f"flood:{batch.sender}"], now)
                said.append("inbound_too_many")
            return [await self._desk.system_in(uow, batch.conversation.id, key) for key in said]

    async def put_off(self, batch: Batch, pause: timedelta) -> None:
        """Leaves the turn to be begun again after `pause`."""
        async with self._transactions() as uow:
            await uow.inbound.busy(batch.sender, self._clock() + pause)

    async def prolong(self, batch: Batch, lease: timedelta) -> None:
        """Tells the others that the turn is still under way."""
        await self.put_off(batch, lease)

"""The conversation's record: what the shopper said, once; what was answered, once; who answers next."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rma.model.codes import Language
from rma.model.conversations import (
    Attachment,
    Channel,
    Conversation,
    Expectation,
    Message,
    Owner,
    Sender,
    Status,
    Utterance,
)
from rma.model.errors import Conflict, NotFound, Refused
from rma.model.redaction import mask_secrets
from rma.model.review import Puzzle
from rma.model.support import SupportEvent
from rma.service.outbox import OutboxDesk
from rma.service.ports import Clock, Transactions, UnitOfWork
from rma.texts import Texts


@dataclass
class Heard:
    """A shopper's message as it was kept. `fresh` is False for one that came before; `replies` are then its answers."""

    conversation: Conversation
    message: Message
    fresh: bool = True
    replies: list[Message] = field(default_factory=list)


class ConversationDesk:
    def __init__(self, transactions: Transactions, clock: Clock, texts: Texts, outbox: OutboxDesk) -> None:
        self._transactions = transactions
        self._clock = clock
        self.texts = texts
        self._outbox = outbox

    async def open(
        self, channel: Channel, language: Language | None, address: str | None, conversation_id: str | None = None
    ) -> tuple[Conversation, list[Message]]:
        """Starts a conversation with the greeting, which says that an automatic assistant speaks. A conversation by SMS is begun by
        the shopper: there the greeting stands at the head of the first answer, for one message costs less than two."""
        now = self._clock()
        conversation = Conversation(
            id=conversation_id or secrets.token_hex(16),
            channel=channel,
            language=language or Language.EN,
            owner=Owner.ASSISTANT,
            address=address,
            created_at=now,
        )
        async with self._transactions() as uow:
            await uow.conversations.add(conversation)
            greeting = [] if channel is Channel.SMS else [self._greeting(conversation)]
            return conversation, await self._say(uow, conversation, greeting)

    def _greeting(self, conversation: Conversation) -> Utterance:
        shop = self._outbox.shop_name
        return Utterance(text=self.texts.get("greeting", conversation.language, conversation.channel, shop=shop))

    async def _say(
        self, uow: UnitOfWork, conversation: Conversation, said: Sequence[Utterance], reply_to: int | None = None
    ) -> list[Message]:
        """Says it in the conversation, and sends it to where the shopper is, in the one transaction."""
        messages = await uow.conversations.say_all(conversation.id, said, self._clock(), reply_to=reply_to)
        await self._outbox.reply(uow, conversation, messages)
        return messages

    async def hear(
        self,
        conversation_id: str,
        text: str,
        choice: list[str] | None = None,
        photo: int | None = None,
        client_key: str | None = None,
        more_photos: Sequence[int] = (),
    ) -> Heard:
        """Keeps what the shopper said. A `client_key` heard before changes nothing. A choice is kept as the label of its option.
        `more_photos` are shown with the first, which alone is the answer to a question.

        Raises NotFound for an unknown conversation, Refused for a choice that is no option of what is asked.
        """
        async with self._transactions() as uow:
            conversation = _known(await uow.conversations.get(conversation_id))
            if client_key and (said := await uow.conversations.by_client_key(conversation_id, client_key)):
                if choice is None and photo is None and mask_secrets(said.text) != mask_secrets(text):
                    raise Conflict(
                        "this Idempotency-Key came with another message; give every message a key of its own"
                    )
                return Heard(
                    conversation, said, fresh=False, replies=await uow.conversations.replies(conversation_id, said.id)
                )
            if choice is not None:
                text = self._labels(await uow.conversations.messages(conversation_id), conversation.expects, choice)
            text = mask_secrets(text, keep_code=conversation.expects is not None and conversation.expects.slot == "code")
            utterance = Utterance(text=text, sender=Sender.SHOPPER)
            if photo is not None:
                utterance.attachments = [Attachment(kind="photo", ref=str(ref)) for ref in (photo, *more_photos)]
            now, asleep = self._clock(), conversation.status is Status.SNOOZED
            # What the shopper says may change who looks at it.
            message, conversation = await uow.conversations.hear(conversation_id, utterance, now, client_key)
            if asleep:
                await uow.support.note(SupportEvent(conversation=conversation_id, kind="woken", at=now, by="shopper"))
        return Heard(conversation, message)

    @staticmethod
    def _labels(messages: list[Message], expects: Expectation | None, choice: list[str]) -> str:
        offered: dict[str, str] = {}
        for message in messages:
            offered |= {option.value: option.label for option in message.choices}
        free = expects is not None and expects.kind in ("text", "email")
        known = offered.keys() | set(expects.accepts if expects else [])
        unknown = [value for value in choice if not free and value not in known]
        if unknown or not choice:
            raise Refused(
                f"{(unknown or [''])[0]!r} is not one of the choices offered; answer with one of them, or in words with 'text'"
            )
        return ", ".join(offered.get(value, value) for value in choice)

    async def answer(
        self,
        conversation: Conversation,
        message_id: int,
        utterances: list[Utterance],
        tickets: Sequence[tuple[str, dict[str, Any]]] = (),
        puzzles: Sequence[Puzzle] = (),
        effects: Sequence[Callable[[UnitOfWork], Awaitable[None]]] = (),
    ) -> list[Message]:
        """Keeps a turn: the conversation's new state, the replies to `message_id` and what else it does, together. Raises Conflict
        when the conversation went on meanwhile; nothing is kept then."""
        now = self._clock()
        async with self._transactions() as uow:
            await uow.conversations.save(conversation)
            for cause, context in tickets:
                await uow.conversations.open_ticket(conversation.id, cause, context, now)
            for puzzle in puzzles:
                await uow.reviews.note(conversation.id, puzzle, now)
            for effect in effects:
                await effect(uow)
            if conversation.channel is Channel.SMS and not await uow.conversations.answered(conversation.id):
                utterances = [self._greeting(conversation), *utterances]
            return await self._say(uow, conversation, utterances, reply_to=message_id)

    async def replies(self, conversation_id: str, message_id: int) -> tuple[Conversation, list[Message]]:
        async with self._transactions() as uow:
            found = await uow.conversations.turn(conversation_id, message_id)
        if found is None:
            raise NotFound("no such conversation")
        return found

    async def transcript(self, conversation_id: str, after: int = 0) -> tuple[Conversation, list[Message]]:
        async with self._transactions() as uow:
            conversation = _known(await uow.conversations.get(conversation_id))
            return conversation, await uow.conversations.messages(conversation_id, after)

    async def system(self, conversation_id: str, key: str, **values: Any) -> Message:
        """Says a text of data/responses as the system: not an answer, so the shopper's message may still get one."""
        async with self._transactions() as uow:
            return await self.system_in(uow, conversation_id, key, **values)

    async def system_in(self, uow: UnitOfWork, conversation_id: str, key: str, **values: Any) -> Message:
        """As `system`, in the caller's transaction: for what is said with something, or not at all."""
        conversation = _known(await uow.conversations.get(conversation_id))
        text = self.texts.get(key, conversation.language, conversation.channel, **values)
        return (await self._say(uow, conversation, [Utterance(text=text, sender=Sender.SYSTEM)]))[0]

    async def say_once(
        self, uow: UnitOfWork, conversation: Conversation, said: Utterance, client_key: str | None
    ) -> tuple[Message, bool]:
        """Says it in the conversation and sends it to where the shopper is, in the caller's transaction. False, with the message
        of the first time, when the key was used before."""
        if client_key and (known := await uow.conversations.by_client_key(conversation.id, client_key)):
            return known, False
        message = await uow.conversations.say(conversation.id, said, self._clock(), client_key=client_key)
        await self._outbox.reply(uow, conversation, [message])
        return message, True

    async def take_back(self, conversation_id: str) -> Conversation:
        """Gives the conversation back to the assistant without a word, because the shopper asked for it. What the person was
        fetched for is over with that; what was left for a decision stays."""
        now = self._clock()
        for attempt in range(3):
            try:
                async with self._transactions() as uow:
                    support = await uow.support.get(conversation_id)
                    if support is not None and support.is_persons:
                        support.give_back(now, resolved=False)
                        await uow.support.save(support)
                        fetched = [one.id for one in await uow.support.hand_overs(conversation_id) if one.took_over]
                        await uow.support.close(conversation_id, fetched, now, "shopper", "called_back")
                        event = SupportEvent(conversation=conversation_id, kind="called_back", at=now, by="shopper")
                        await uow.support.note(event)
                    return _known(await uow.conversations.get(conversation_id))
            except Conflict:
                if attempt == 2:
                    raise
        raise AssertionError


def _known(conversation: Conversation | None) -> Conversation:
    if conversation is None:
        raise NotFound("no such conversation")
    return conversation

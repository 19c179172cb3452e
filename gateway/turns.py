"""One turn: the shopper's message is stored, answered by the assistant or kept for a person, and told to whoever
listens.

The replies are always read from the database. So a turn whose action committed before Rasa died is answered, and a
request that is repeated with its key gets what was answered the first time, or has the turn run that never was.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import structlog

from gateway.assistant import Assistant, TurnFailed
from gateway.bodies import Said
from gateway.hub import Hub
from gateway.metrics import Metrics
from gateway.wire import Wire
from rma.bootstrap import Container
from rma.model.conversations import Conversation, Message, Owner
from rma.service.conversations import Heard

log = structlog.get_logger(__name__)

GIVE_BACK = "assistant"
"""What a shopper types to have the assistant again once a person has the conversation: the same word in both
languages."""


class Turns:
    def __init__(self, container: Container, assistant: Assistant, hub: Hub, metrics: Metrics, wire: Wire) -> None:
        self._container = container
        self._assistant = assistant
        self._hub = hub
        self._metrics = metrics
        self.wire = wire
        self._running: set[asyncio.Task[dict[str, Any]]] = set()

    async def take(self, conversation_id: str, said: Said, apologise: bool = True) -> dict[str, Any]:
        """The answer of contract section 5 to what was said. Raises NotFound, or Refused for a choice that does not
        stand.

        A turn that began is finished, whether or not the shopper waits for it: half of one is what a repeat could not
        mend. One that fails is told to the shopper, who repeats it; without `apologise`, where we repeat it ourselves, it
        raises TurnFailed.
        """
        turn = asyncio.create_task(self._take(conversation_id, said, apologise))
        self._running.add(turn)
        turn.add_done_callback(self._running.discard)
        return await asyncio.shield(turn)

    async def finished(self, within: float) -> None:
        """Returns when no turn runs any more, or after `within` seconds."""
        if self._running:
            await asyncio.wait(self._running, timeout=within)

    async def _take(self, conversation_id: str, said: Said, apologise: bool) -> dict[str, Any]:
        async with self._assistant.lock(conversation_id):
            photos, desk = await self._stored(conversation_id, said), self._container.desk
            photo = photos[0] if photos else None
            heard = await desk.hear(conversation_id, said.text, said.choice, photo, said.key, photos[1:])
            if heard.fresh:
                self.publish(heard.conversation, [heard.message])
            if heard.replies:
                conversation, replies = heard.conversation, heard.replies
            else:
                conversation, replies = await self._replies(heard, said.choice, apologise)
            answer = self.wire.answer(conversation, replies)
            if heard.fresh or not heard.replies:
                self._hub.publish(conversation_id, answer)
            return answer

    def publish(self, conversation: Conversation, messages: Sequence[Message]) -> None:
        self._hub.publish(conversation.id, self.wire.answer(conversation, messages))

    async def _replies(
        self, heard: Heard, choice: list[str] | None, apologise: bool
    ) -> tuple[Conversation, list[Message]]:
        """What is answered, and the conversation as it is then."""
        desk, conversation, message = self._container.desk, heard.conversation, heard.message
        if conversation.owner is Owner.PERSON and message.text.strip().casefold() == GIVE_BACK:
            # Silently: the turn that follows says so, and takes up the thread where it was left.
            conversation = await desk.take_back(conversation.id)
        if conversation.owner is Owner.PERSON:
            said = await self._container.fetching.contact_left(conversation.id, message.text)
            return (await desk.replies(conversation.id, message.id))[0], said
        return await self._answered(conversation, message, choice, apologise)

    async def _answered(
        self, conversation: Conversation, message: Message, choice: list[str] | None, apologise: bool
    ) -> tuple[Conversation, list[Message]]:
        desk, began, cause = self._container.desk, time.monotonic(), "nothing was answered"
        photo = next((int(shown.ref) for shown in message.attachments if shown.kind == "photo"), None)
        try:
            await self._assistant.turn(conversation.channel, conversation.id, message.text, message.id, choice, photo)
        except TurnFailed as failure:
            cause = str(failure)
        after, replies = await desk.replies(conversation.id, message.id)
        self._metrics.turn_seconds.observe(time.monotonic() - began)
        self._metrics.turns.labels("answered" if replies else "failed").inc()
        if replies or after.owner is Owner.PERSON:  # who took it while the assistant was about to answer
            return after, replies
        log.warning("turn failed", cause=cause, channel=conversation.channel.value)
        if not apologise:
            raise TurnFailed(cause)
        said = await self._container.fetching.failed(conversation.id)
        return (await desk.replies(conversation.id, message.id))[0], said

    async def _stored(self, conversation_id: str, said: Said) -> list[int]:
        """The ids of the pictures, kept once: a request that is repeated shows those of the first time."""
        if said.photo is None:
            return []
        async with self._container.transactions() as uow:
            if said.key and await uow.conversations.by_client_key(conversation_id, said.key):
                return []
            now = self._container.clock()
            return [
                await uow.conversations.add_photo(conversation_id, "image/jpeg", photo, now)
                for photo in (said.photo, *said.more_photos)
            ]

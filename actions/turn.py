"""From Rasa to the dialogue and back: one turn, kept once whatever fails."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.dialogue import engine
from actions.dialogue.context import Dialogue
from actions.dialogue.lexicon import load_lexicon
from actions.dialogue.memory import Memory
from actions.dialogue.reading import Reading
from actions.puzzles import Before, puzzles
from rma.bootstrap import Container, open_container
from rma.model.conversations import Channel, Expectation, Message, Owner
from rma.model.errors import Conflict, NotFound
from rma.service.turns import Begun
from rma.settings import Settings

Opened = Callable[[], Awaitable[Container]]

_own: AsyncExitStack | None = None
_container: Container | None = None


async def own_container() -> Container:
    """The container of a process that nobody gave one: `rasa run actions` and `rasa shell` while developing."""
    global _own, _container
    if _container is None:
        _own = AsyncExitStack()
        _container = await _own.enter_async_context(open_container(Settings.load()))
    return _container


class Turn(Action, ABC):
    """An action that answers one topic. Reads the conversation from our database, has the dialogue answer, and keeps the new
    state and the replies in one transaction under the shopper's message; so a turn that is run again answers the same."""

    def __init__(self, opened: Opened = own_container) -> None:
        self._opened = opened

    @property
    @abstractmethod
    def topic(self) -> str:
        """The intent that it is for."""

    def name(self) -> str:
        return f"action_{self.topic}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        container = await self._opened()
        latest = tracker.latest_message
        metadata = latest.get("metadata") or {}
        conversation_id, message_id = await _placed(container, tracker, metadata)
        for attempt in range(3):
            begun = await container.turns.begin(conversation_id, message_id)
            conversation, replies = begun.conversation, begun.replies
            if begun.is_over:
                break
            typed_as_command = bool(metadata.get("command"))
            parse = {} if typed_as_command else latest
            reading = Reading.of(
                "" if typed_as_command else latest.get("text") or "",
                parse,
                metadata.get("choice"),
                metadata.get("photo"),
            )
            d = _dialogue(container, begun, reading)
            before = Before.of(d.memory)
            await engine.respond(d, "out_of_scope" if typed_as_command else self.topic)
            try:
                replies = await _keep(container, d, message_id, before)
                break
            except Conflict:
                if attempt == 2:
                    raise
        if "message_id" not in metadata:  # The gateway reads the replies in the database; Rasa need not carry them.
            for reply in replies:
                buttons = [{"title": option.label, "payload": option.label} for option in reply.choices]
                dispatcher.utter_message(text=reply.text, buttons=buttons)
        return [
            SlotSet("language", conversation.language),
            SlotSet("awaiting", conversation.expects.slot if conversation.expects else None),
        ]


def _dialogue(container: Container, begun: Begun, reading: Reading) -> Dialogue:
    return Dialogue(
        container=container,
        begun=begun,
        memory=Memory.model_validate(begun.conversation.state),
        reading=reading,
        lexicon=load_lexicon(container.settings.lookups),
        now=container.clock(),
    )


async def _placed(container: Container, tracker: Tracker, metadata: dict[str, Any]) -> tuple[str, int]:
    """The conversation and the message of the turn. A message that came past the gateway (`rasa shell`) is kept here."""
    if "message_id" in metadata:
        return tracker.sender_id, int(metadata["message_id"])
    try:
        await container.desk.transcript(tracker.sender_id)
    except NotFound:
        await container.desk.open(Channel.CONSOLE, None, None, conversation_id=tracker.sender_id)
    heard = await container.desk.hear(tracker.sender_id, tracker.latest_message.get("text") or "")
    return tracker.sender_id, heard.message.id


async def _keep(container: Container, d: Dialogue, message_id: int, before: Before) -> list[Message]:
    asked = d.memory.asked
    # While a person has the conversation the assistant waits for nothing; the question stands again when it is back.
    waits = asked is not None and d.conversation.owner is Owner.ASSISTANT
    d.conversation.expects = (
        Expectation(slot=asked.slot, kind=asked.kind, line=asked.line, accepts=asked.accepts) if asked and waits else None
    )
    d.conversation.order_id = d.memory.order_id
    noted = puzzles(d, message_id, before)
    d.conversation.state = d.memory.model_dump(mode="json")
    return await container.desk.answer(d.conversation, message_id, d.said, d.tickets, noted, d.effects)

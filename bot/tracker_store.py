"""A tracker store that cannot grow: the state of a dialogue is in our own database, so Rasa needs the last few events
only."""

import json
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME, SESSION_START_METADATA_SLOT
from rasa.shared.core.conversation import Dialogue
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker


def recent(events: list[Event], limit: int) -> list[Event]:
    """The end of `events`, `limit` or a few more: it begins where the assistant began to listen, so that policies never
    see half a turn. A turn longer than `limit` is kept whole."""
    starts = [
        position
        for position, event in enumerate(events)
        if isinstance(event, ActionExecuted) and event.action_name == ACTION_LISTEN_NAME
    ]
    # The last "listen" ends the last turn: what begins with it is empty.
    turns = starts[:-1] if starts and starts[-1] == len(events) - 1 else starts
    if len(events) <= limit or not turns:
        return events
    fitting = [start for start in turns if len(events) - start <= limit]
    return events[fitting[0] if fitting else turns[-1] :]


def _is_stuck(events: list[Event]) -> bool:
    """Whether a turn ended without listening: Rasa's circuit breaker stopped it. Every later turn of the conversation
    would be stopped at once, because the breaker counts the actions since the assistant last listened."""
    actions = [event.action_name for event in events if isinstance(event, ActionExecuted)]
    said = any(isinstance(event, UserUttered) for event in events)
    return said and bool(actions) and actions[-1] not in (ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME)


class BoundedTrackerStore(TrackerStore):
    """In memory: the `conversations` most recently used, each with about its last `events` events and its slots."""

    def __init__(
        self,
        domain: Domain | None = None,
        host: str | None = None,
        event_broker: EventBroker | None = None,
        conversations: int = 2000,
        events: int = 10,
        **kwargs: Any,
    ) -> None:
        """`host` comes with every store of endpoints.yml and means nothing here."""
        self._conversations = int(conversations)
        self._events = int(events)
        self._kept: OrderedDict[str, str] = OrderedDict()
        super().__init__(domain, event_broker, **kwargs)

    async def save(self, tracker: DialogueStateTracker) -> None:
        await self.stream_events(tracker)
        events = list(tracker.events)
        if _is_stuck(events):
            events.append(ActionExecuted(ACTION_LISTEN_NAME))
        kept = recent(events, self._events)
        if len(kept) < len(events):
            kept = self._slots(tracker, kept) + kept
        self._kept[tracker.sender_id] = json.dumps(Dialogue(tracker.sender_id, kept).as_dict())
        self._kept.move_to_end(tracker.sender_id)
        while len(self._kept) > self._conversations:
            self._kept.popitem(last=False)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        serialised = self._kept.get(sender_id)
        if serialised is None:
            return None
        self._kept.move_to_end(sender_id)
        return self.deserialise_tracker(sender_id, serialised)

    async def keys(self) -> Iterable[str]:
        return list(self._kept)

    @staticmethod
    def _slots(tracker: DialogueStateTracker, kept: list[Event]) -> list[Event]:
        """Slots set before what is kept, so that cutting the history never changes one."""
        replayed = {event.key for event in kept if isinstance(event, SlotSet)} | {SESSION_START_METADATA_SLOT}
        values = tracker.current_slot_values()
        return [SlotSet(name, value) for name, value in values.items() if value is not None and name not in replayed]

"""Rasa's memory of conversations is bounded, and a turn that Rasa broke off does not silence a conversation for
good."""

import pytest
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.tracker_store import BoundedTrackerStore

DOMAIN = Domain.from_dict(
    {
        "intents": ["inform"],
        "actions": ["action_inform"],
        "slots": {"colour": {"type": "text", "influence_conversation": False, "mappings": [{"type": "custom"}]}},
    }
)


def store(**limits) -> BoundedTrackerStore:
    config = EndpointConfig(type="bot.tracker_store.BoundedTrackerStore", **limits)
    made = TrackerStore.create(config, DOMAIN)
    assert isinstance(made, BoundedTrackerStore)
    return made


def turn(text: str) -> list:
    return [UserUttered(text, {"name": "inform"}), ActionExecuted("action_inform"), ActionExecuted("action_listen")]


async def say(trackers, sender, *turns, events=()) -> DialogueStateTracker:
    tracker = await trackers.get_or_create_tracker(sender, append_action_listen=False)
    if not tracker.events:
        tracker.update_with_events(
            [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")], DOMAIN
        )
    for text in turns:
        tracker.update_with_events(turn(text), DOMAIN)
    tracker.update_with_events(list(events), DOMAIN)
    await trackers.save(tracker)
    return await trackers.retrieve(sender)


async def test_a_long_conversation_keeps_whole_turns_of_its_end_and_its_slots():
    trackers = store(events=10)
    await say(trackers, "a", "one", events=[SlotSet("colour", "blue")])
    for number in range(40):
        tracker = await say(trackers, "a", f"message {number}")
        assert len(tracker.events) <= 12
        assert tracker.get_slot("colour") == "blue"
    said = [event.text for event in tracker.events if isinstance(event, UserUttered)]
    assert said[-1] == "message 39" and len(said) >= 2
    first = next(event for event in tracker.events if not isinstance(event, SlotSet))
    assert isinstance(first, ActionExecuted) and first.action_name == "action_listen"
    assert tracker.latest_action_name == "action_listen" and tracker.applied_events()


async def test_a_short_conversation_is_kept_as_it_is():
    tracker = await say(store(), "a", "one")
    assert [event.type_name for event in tracker.events] == [
        "action",
        "session_started",
        "action",
        "user",
        "action",
        "action",
    ]


async def test_a_turn_longer_than_the_limit_is_kept_whole():
    tracker = await say(
        store(events=4), "a", "one", "two",
        events=[UserUttered("three", {"name": "inform"}), *[ActionExecuted("action_inform")] * 8,
                ActionExecuted("action_listen")],
    )  # fmt: skip
    assert [event.text for event in tracker.events if isinstance(event, UserUttered)] == ["three"]


async def test_the_conversation_used_longest_ago_goes_first():
    trackers = store(conversations=3)
    for sender in "abc":
        await say(trackers, sender, "hello")
    assert await trackers.retrieve("a")
    await say(trackers, "d", "hello")
    assert sorted(await trackers.keys()) == ["a", "c", "d"]
    assert await trackers.retrieve("b") is None


@pytest.mark.parametrize("actions", [1, 10])
async def test_after_a_turn_that_was_broken_off_the_assistant_listens_again(actions):
    trackers = store()
    broken = [UserUttered("two", {"name": "inform"}), *[ActionExecuted("action_inform")] * actions]
    tracker = await say(trackers, "a", "one", events=broken)
    assert tracker.latest_action_name == "action_listen"

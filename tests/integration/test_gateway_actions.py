"""The action endpoint in rasa-sdk's protocol: for Rasa alone, and without the conversation in its errors."""

import asyncio
import zlib

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from rasa_sdk import Action
from rasa_sdk.events import SlotSet
from rasa_sdk.interfaces import ActionExecutionRejection

from gateway.actions_server import create_actions_app

KEY = "the key of these tests"
WORDS = "noah@example.com"


class Greets(Action):
    def name(self):
        return "action_greets"

    async def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text=f"hello {tracker.sender_id}")
        return [SlotSet("said", tracker.latest_message["text"])]


class Rejects(Action):
    def name(self):
        return "action_rejects"

    async def run(self, dispatcher, tracker, domain):
        raise ActionExecutionRejection(self.name(), "not now")


class Fails(Action):
    def name(self):
        return "action_fails"

    async def run(self, dispatcher, tracker, domain):
        raise RuntimeError(tracker.latest_message["text"])


class Hangs(Action):
    def name(self):
        return "action_hangs"

    async def run(self, dispatcher, tracker, domain):
        await asyncio.Event().wait()


def call(name: str) -> dict:
    tracker = {
        "sender_id": "c1",
        "slots": {},
        "latest_message": {"text": WORDS},
        "events": [],
        "paused": False,
        "followup_action": None,
        "active_loop": {},
        "latest_action_name": None,
    }
    return {"next_action": name, "sender_id": "c1", "tracker": tracker, "version": "3.6.21"}


@pytest_asyncio.fixture
async def rasa():
    app = create_actions_app([Greets(), Rejects(), Fails(), Hangs()], KEY, time_limit=0.2)
    async with TestClient(TestServer(app), headers={"X-Retour-Key": KEY}) as client:
        yield client


async def test_an_action_runs_and_its_events_come_back(rasa):
    answer = await rasa.post("/webhook", json=call("action_greets"))
    assert answer.status == 200
    body = await answer.json()
    assert body["events"] == [{"event": "slot", "timestamp": None, "name": "said", "value": WORDS}]
    assert body["responses"][0]["text"] == "hello c1"


async def test_a_compressed_call_is_read(rasa):
    # Rasa compresses when COMPRESS_ACTION_SERVER_REQUEST is set.
    import json

    headers = {"Content-Encoding": "deflate", "Content-Type": "application/json"}
    answer = await rasa.post(
        "/webhook", data=zlib.compress(json.dumps(call("action_greets")).encode()), headers=headers
    )
    assert answer.status == 200


@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        # Rasa reads exactly these two of a 400, and takes every other status for a failure.
        ("action_rejects", 400, {"error": "not now", "action_name": "action_rejects"}),
        ("action_unknown", 404, {"error": "there is no such action", "action_name": None}),
        ("action_fails", 500, {"error": "the action failed", "action_name": "action_fails"}),
        ("action_hangs", 504, {"error": "the action took too long", "action_name": "action_hangs"}),
    ],
)
async def test_what_goes_wrong_is_told_without_the_conversation(rasa, caplog, name, status, body):
    answer = await rasa.post("/webhook", json=call(name))
    assert (answer.status, await answer.json()) == (status, body)
    assert WORDS not in caplog.text


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"next_action": "action_greets"}', '{"next_action": "a", "tracker": 1}']
)
async def test_what_is_no_call_is_refused_with_another_status_than_a_rejection(rasa, body):
    assert (await rasa.post("/webhook", data=body)).status == 422


@pytest.mark.parametrize("key", ["", "wrong", KEY + "x", "é"])
async def test_nobody_but_rasa_gets_in(rasa, key):
    for path in ("/webhook", "/health"):
        answer = await rasa.request("POST" if path == "/webhook" else "GET", path, headers={"X-Retour-Key": key})
        assert answer.status == 403


async def test_without_a_key_nobody_gets_in_at_all():
    async with TestClient(TestServer(create_actions_app([Greets()], ""))) as client:
        assert (await client.post("/webhook", json=call("action_greets"), headers={"X-Retour-Key": ""})).status == 403

"""The web chat API of contract section 5, over a real database."""

import asyncio

import aiohttp
import pytest

from gateway.keys import TOKENS
from rma.model.conversations import Owner, Utterance
from tests.integration.gateway_kit import label_of, until

pytest_plugins = "tests.integration.gateway_kit"

MESSAGE = {"id", "from", "text", "choices", "attachments", "at"}


async def test_a_session_begins_with_a_greeting_in_the_language_asked(shop):
    for body, language in (({}, "en"), ({"language": None}, "en"), ({"language": "fr"}, "fr")):
        token, opened = await shop.session(**body)
        assert set(opened) == {"token", "messages", "expects", "owner"}
        assert set(opened["messages"][0]) == MESSAGE
        assert opened["messages"][0]["from"] == "bot"
        assert opened["messages"][0]["text"] == shop.container.texts.get("greeting", language)
        assert (opened["expects"], opened["owner"]) == (None, "assistant")
        assert len(token) > 40
    assert (await shop.client.post("/api/chat/sessions")).status == 201


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b'{"language": "de"}', "application/json", 422),
        (b'{"language": "\\ud800"}', "application/json", 422),
        (b'{"language": 7}', "application/json", 400),
        (b"[]", "application/json", 400),
        (b"{", "application/json", 400),
        (b"language=fr", "application/x-www-form-urlencoded", 415),
    ],
)
async def test_a_session_asked_for_wrongly_is_refused(shop, body, content_type, status):
    answer = await shop.client.post("/api/chat/sessions", data=body, headers={"Content-Type": content_type})
    assert answer.status == status
    problem = await answer.json()
    assert answer.content_type == "application/problem+json"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]


async def test_a_text_is_answered_with_what_the_action_committed(shop):
    token, opened = await shop.session()
    status, answer = await shop.send(token, {"text": " too small\r\n/restart "})
    assert status == 200
    assert set(answer) == {"messages", "expects", "owner"}
    assert answer["expects"] == {"slot": "reason", "kind": "choice", "line": "1"}
    (reply,) = answer["messages"]
    assert set(reply) == MESSAGE
    assert reply["choices"][0] == {"label": "Too small", "value": "size_too_small"}
    _, history = await shop.history(token, f"?after={opened['messages'][-1]['id']}")
    assert [message["from"] for message in history["messages"]] == ["shopper", "bot"]
    assert history["messages"][0]["text"] == "too small\n/restart"
    (turn,) = shop.rasa.turns
    assert turn["metadata"] == {"message_id": history["messages"][0]["id"], "choice": None, "photo": None, "command": False}


async def test_a_choice_reaches_the_assistant_as_its_label_and_values(shop):
    token, _ = await shop.session()
    await shop.send(token, {"text": "hello"})
    status, _ = await shop.send(token, {"choice": ["size_too_small", "other"]})
    assert status == 200
    assert shop.rasa.turns[-1]["metadata"]["choice"] == ["size_too_small", "other"]
    assert shop.rasa.turns[-1]["message"] == "Too small, Other"


async def test_a_choice_that_was_not_offered_is_refused(shop):
    token, _ = await shop.session()
    status, problem = await shop.send(token, {"choice": "size_too_small"})
    assert status == 422
    assert "choice" in problem["detail"]
    assert not shop.rasa.turns


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b'{"text": "a", "choice": "b"}', "application/json", 400),
        (b"{}", "application/json", 400),
        (b"not json", "application/json", 400),
        (b'{"text": "\\udc00"}', "application/json; charset=utf-8", 400),
        (b'{"text": "a"}', "text/plain", 415),
        (b"\x00\x01", "application/octet-stream", 415),
        (b'{"text": "   "}', "application/json", 422),
        (b'{"text": "' + b"x" * 10_001 + b'"}', "application/json", 413),
        (b'{"text": "' + b"x" * 300_000 + b'"}', "application/json", 413),
        (b"no boundary", "multipart/form-data", 400),
        (b"no parts", "multipart/form-data; boundary=x", 400),
        (b"--x\r\n\r\n", "multipart/form-data; boundary=x", 400),
    ],
)
async def test_a_message_that_is_none_is_refused_and_not_kept(shop, data, content_type, status):
    token, _ = await shop.session()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": content_type}
    answer = await shop.client.post("/api/chat/messages", data=data, headers=headers)
    assert answer.status == status, await answer.text()
    assert answer.content_type == "application/problem+json"
    _, history = await shop.history(token)
    assert len(history["messages"]) == 1
    assert not shop.rasa.turns


async def test_a_long_text_is_kept_whole_and_reaches_the_assistant_cut(shop):
    token, _ = await shop.session()
    assert (await shop.send(token, {"text": "é" * 10_000}))[0] == 200
    _, history = await shop.history(token)
    assert len(history["messages"][1]["text"]) == 10_000
    assert len(shop.rasa.turns[0]["message"]) == 1600


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "é"])
async def test_without_a_good_token_nothing_is_said_or_read(shop, token):
    for status, problem in (await shop.send(token, {"text": "hi"}), await shop.history(token)):
        assert (status, problem["status"]) == (401, 401)
    answer = await shop.client.get("/api/chat/ws", params={"token": token})
    assert answer.status == 401


@pytest.mark.parametrize(
    ("query", "status", "count"),
    [
        ("", 200, 3),
        ("?after=0", 200, 3),
        ("?after=99999999999999999999", 200, 0),
        ("?after=abc", 400, 0),
        ("?after=", 400, 0),
        ("?after=-1", 400, 0),
        ("?after=1.5", 400, 0),
        ("?after=%00", 400, 0),
        ("?after=%D9%A3", 400, 0),
    ],
)
async def test_the_conversation_since(shop, query, status, count):
    token, _ = await shop.session()
    await shop.send(token, {"text": "hello"})
    answered, history = await shop.history(token, query)
    assert answered == status
    assert len(history.get("messages", [])) == count


async def test_a_repeated_request_is_one_message_and_one_turn(shop):
    token, _ = await shop.session()
    both = await asyncio.gather(*(shop.send(token, {"text": "hello"}, key="k-1") for _ in range(2)))
    later = await shop.send(token, {"text": "hello"}, key="k-1")
    assert [status for status, _ in (*both, later)] == [200] * 3
    assert both[0][1]["messages"] == both[1][1]["messages"] == later[1]["messages"]
    assert len(shop.rasa.turns) == 1
    assert len((await shop.history(token))[1]["messages"]) == 3
    for key in ("x" * 101, "\u00e9"):
        assert (await shop.send(token, {"text": "hello"}, key=key))[0] == 400


async def test_turns_of_one_conversation_wait_for_each_other_and_not_for_other_conversations(shop):
    running: list[str] = []
    most: dict[str, int] = {}
    together = 0

    async def slow(body):
        nonlocal together
        running.append(body["sender"])
        most[body["sender"]] = max(most.get(body["sender"], 0), running.count(body["sender"]))
        together = max(together, len(running))
        await asyncio.sleep(0.05)
        await shop.rasa.commit(body, Utterance(text=body["message"]))
        running.remove(body["sender"])
        return aiohttp.web.json_response({})

    shop.rasa.behave = slow
    tokens = [(await shop.session())[0] for _ in range(2)]
    answers = await asyncio.gather(*(shop.send(token, {"text": f"t{n}"}) for n in range(3) for token in tokens))
    assert all(answer["messages"][0]["text"] == f"t{position // 2}" for position, (_, answer) in enumerate(answers))
    assert set(most.values()) == {1}
    assert together == 2


async def test_when_a_person_has_the_conversation_the_assistant_is_silent_until_given_back(shop):
    token, _ = await shop.session(language="fr")

    async def hands_over(body):
        await shop.rasa.commit(body, Utterance(text="a person will answer"), owner=Owner.PERSON)
        return aiohttp.web.json_response({})

    shop.rasa.behave = hands_over
    assert (await shop.send(token, {"text": "a person please"}))[1]["owner"] == "person"
    assert await shop.send(token, {"text": "anybody?"}, key="k") == await shop.send(
        token, {"text": "anybody?"}, key="k"
    )
    status, answer = await shop.send(token, {"text": "still there?"})
    assert (status, answer["messages"], answer["owner"]) == (200, [], "person")
    assert len(shop.rasa.turns) == 1
    shop.rasa.behave = None
    first = await shop.send(token, {"text": " ASSISTANT "}, key="back")
    assert first[1]["owner"] == "assistant"
    assert len(shop.rasa.turns) == 2, "the assistant takes up the thread itself"
    assert (await shop.send(token, {"text": " ASSISTANT "}, key="back"))[1]["messages"] == first[1]["messages"]
    assert len(shop.rasa.turns) == 2


async def test_labels_and_codes_are_attached_with_signed_addresses(shop):
    token, _ = await shop.session()

    async def issues(body):
        await shop.rasa.commit(body, label_of("RT-7K3M9QX4"))
        return aiohttp.web.json_response({})

    shop.rasa.behave = issues
    _, answer = await shop.send(token, {"text": "yes"})
    label, code = answer["messages"][0]["attachments"]
    assert (label["kind"], label["mime"], code["kind"], code["mime"]) == ("label", "application/pdf", "qr", "image/png")
    assert label["url"].startswith("https://shop.example/labels/") and label["url"].endswith(".pdf")
    assert code["url"].startswith("https://shop.example/labels/") and code["url"].endswith(".png")
    assert "RT-" not in label["url"]


async def test_a_conversation_that_was_erased_has_no_session(shop):
    token = shop.client.app[TOKENS].session("0" * 32)
    assert (await shop.send(token, {"text": "hi"}))[0] == 401
    assert (await shop.history(token))[0] == 401


async def test_too_many_messages_and_sessions_wait(tight_shop):
    shop = tight_shop
    token, _ = await shop.session()
    statuses = [(await shop.send(token, {"text": "hi"}))[0] for _ in range(4)]
    assert statuses[:3] == [200] * 3
    headers = {"Authorization": f"Bearer {token}"}
    answer = await shop.client.post("/api/chat/messages", json={"text": "hi"}, headers=headers)
    assert answer.status == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    assert answer.headers["Access-Control-Expose-Headers"] == "Retry-After"
    statuses = [(await shop.client.post("/api/chat/sessions")).status for _ in range(4)]
    assert statuses[-1] == 429
    forged = {"X-Forwarded-For": "198.51.100.77"}
    assert (await shop.client.post("/api/chat/sessions", headers=forged)).status == 429


async def test_a_shopper_who_leaves_in_the_middle_of_a_turn_finds_the_answer_later(shop):
    token, _ = await shop.session()
    go = asyncio.Event()

    async def waits(body):
        await go.wait()
        await shop.rasa.commit(body, Utterance(text="here it is"))
        return aiohttp.web.json_response({})

    shop.rasa.behave = waits
    leaving = asyncio.create_task(shop.send(token, {"text": "hi"}, key="k"))
    await until(lambda: bool(shop.rasa.turns))
    leaving.cancel()
    go.set()
    _, answer = await shop.send(token, {"text": "hi"}, key="k")
    assert answer["messages"][0]["text"] == "here it is"
    assert len(shop.rasa.turns) == 1

"""Rasa in trouble: the shopper is told to try again, nothing is lost, nothing happens twice, and nothing leaks."""

import asyncio

import pytest
from aiohttp import web

from rma.model.conversations import Utterance

pytest_plugins = "tests.integration.gateway_kit"


async def fails(_body):
    return web.json_response({"error": "the turn failed"}, status=500)


async def says_nothing(_body):
    return web.json_response({"messages": []})


async def hangs(_body):
    await asyncio.Event().wait()


async def talks_nonsense(_body):
    return web.Response(status=200, body=b"\xff\xfe<html>")


async def hangs_up(_body):
    raise ConnectionResetError


TROUBLES = [fails, says_nothing, hangs, talks_nonsense, hangs_up]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__name__)
async def test_a_failed_turn_says_try_again_and_a_repeat_runs_it(shop, trouble):
    token, _ = await shop.session(language="fr")
    shop.rasa.behave = trouble
    status, answer = await shop.send(token, {"text": "bonjour"}, key="k")
    (said,) = answer["messages"]
    assert (status, said["from"]) == (200, "system")
    assert said["text"] == shop.container.texts.get("try_again", "fr")
    shop.rasa.behave = None
    _, again = await shop.send(token, {"text": "bonjour"}, key="k")
    assert again["messages"][0]["text"] == "you said: bonjour"
    _, history = await shop.history(token)
    assert [message["from"] for message in history["messages"]] == ["bot", "shopper", "system", "bot"]
    first, second = (turn["metadata"]["message_id"] for turn in shop.rasa.turns)
    assert first == second


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__name__)
async def test_what_was_committed_before_the_trouble_is_the_answer(shop, trouble):
    token, _ = await shop.session()

    async def commits_first(body):
        await shop.rasa.commit(body, Utterance(text="your return RT-7K3M9QX4"))
        return await trouble(body)

    shop.rasa.behave = commits_first
    _, answer = await shop.send(token, {"text": "yes"}, key="k")
    assert [message["text"] for message in answer["messages"]] == ["your return RT-7K3M9QX4"]
    shop.rasa.behave = None
    assert (await shop.send(token, {"text": "yes"}, key="k"))[1]["messages"] == answer["messages"]
    assert len(shop.rasa.turns) == 1


async def test_a_rasa_that_is_gone_and_comes_back(shop):
    token, _ = await shop.session()
    await shop.send(token, {"text": "one"})
    port = shop.rasa_server.port
    await shop.rasa_server.close()
    status, answer = await shop.send(token, {"text": "two"}, key="k")
    assert (status, answer["messages"][0]["from"]) == (200, "system")
    ready = await shop.client.get("/readyz")
    assert (ready.status, await ready.json()) == (
        503,
        {"status": "not ready", "database": True, "assistant": False, "model": False},
    )
    runner = web.AppRunner(shop.rasa.app())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    _, answer = await shop.send(token, {"text": "two"}, key="k")
    assert answer["messages"][0]["text"] == "you said: two"
    assert (await shop.client.get("/readyz")).status == 200
    await runner.cleanup()


async def test_a_rasa_without_a_model_is_not_ready(shop):
    shop.rasa.model = None
    answer = await shop.client.get("/readyz")
    assert (answer.status, (await answer.json())["model"]) == (503, False)


async def test_a_fault_of_ours_is_500_and_tells_nothing(shop, monkeypatch, caplog):
    token, _ = await shop.session()

    async def broken(*_arguments, **_options):
        raise RuntimeError("noah@example.com 69001 secret")

    monkeypatch.setattr(shop.container.desk, "hear", broken)
    status, problem = await shop.send(token, {"text": "hello"})
    assert status == 500
    assert "secret" not in str(problem)
    assert "noah" not in caplog.text

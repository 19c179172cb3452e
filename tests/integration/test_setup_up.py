"""`retour up` as an operator runs it: Rasa, gateway and actions for real, a Rasa that dies, and an end that leaves
nothing.

It takes the model of models/, trained first if there is none that fits: some minutes, once.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import psutil
import pytest

from retour.processes import ROOT, free_port


async def until(condition: Callable[[], Awaitable[object]], seconds: float = 120) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.1)


def started(folder: Path, port: int) -> Awaitable[asyncio.subprocess.Process]:
    settings = {name: value for name, value in os.environ.items() if not name.startswith("RETOUR_")}
    settings |= {"RETOUR_VAR": str(folder / "var"), "PYTHONPATH": str(ROOT), "RETOUR_HOST": "127.0.0.1"}
    log = (folder / "up.log").open("wb")
    return asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "retour",
        "up",
        "--port",
        str(port),
        cwd=folder,
        env=settings,
        stdout=log,
        stderr=log,
    )


def family(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


@pytest.fixture
async def shop(tmp_path):
    port = free_port()
    process = await started(tmp_path, port)
    client = aiohttp.ClientSession(f"http://127.0.0.1:{port}")

    async def ready() -> bool:
        assert process.returncode is None, (tmp_path / "up.log").read_text()
        return b"Ctrl-C stops everything" in (tmp_path / "up.log").read_bytes()

    try:
        await until(ready, 900)
        yield process, client, tmp_path
    finally:
        await client.close()
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_it_serves_survives_a_rasa_that_dies_and_leaves_nothing_behind(shop):
    process, client, folder = shop
    log = folder / "up.log"
    secrets = (folder / "var" / "secrets.json").read_text()
    for value in secrets.split('"')[3::4]:
        assert value not in log.read_text()
        assert all(value not in path.read_text(errors="replace") for path in (folder / "var" / "logs").iterdir())
        assert all(value not in path.read_text() for path in (folder / "var" / "run").rglob("*.yml"))

    async with client.post("/api/chat/sessions", json={"language": "en"}) as answer:
        token = (await answer.json())["token"]
    headers = {"Authorization": f"Bearer {token}"}

    async def say(text: str, key: str) -> list[dict]:
        async with client.post(
            "/api/chat/messages", json={"text": text}, headers=headers | {"Idempotency-Key": key}
        ) as answer:
            assert answer.status == 200
            return (await answer.json())["messages"]

    assert {message["from"] for message in await say("hello", "1")} == {"bot"}

    rasa = next(child for child in family(process.pid) if "bot.serve" in child.cmdline())
    rasa.kill()
    # The shopper is told to try again, and may: the message is kept once, and answered by the Rasa that comes back.
    assert {message["from"] for message in await say("hello again", "2")} == {"system"}

    async def ready_again() -> bool:
        async with client.get("/readyz") as answer:
            return answer.status == 200

    await until(ready_again)
    assert {message["from"] for message in await say("hello again", "2")} == {"bot"}
    assert "Rasa stopped (killed by SIGKILL); starting it again" in log.read_text()
    async with client.get("/api/chat/messages?after=0", headers=headers) as answer:
        said = [message["text"] for message in (await answer.json())["messages"] if message["from"] == "shopper"]
    assert said == ["hello", "hello again"]

    others = family(process.pid)
    assert others
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 30) == 0
    assert not [child for child in others if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
    assert log.read_text().rstrip().endswith("stopping")


async def test_killed_while_rasa_is_loading_it_leaves_nothing_behind(tmp_path):
    process = await started(tmp_path, free_port())

    async def loading() -> bool:
        assert process.returncode is None, (tmp_path / "up.log").read_text()
        return any("bot.serve" in child.cmdline() or "bot.train" in child.cmdline() for child in family(process.pid))

    await until(loading, 120)
    children = family(process.pid)
    process.kill()
    await process.wait()

    async def gone() -> bool:
        return not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)

    await until(gone, 20)

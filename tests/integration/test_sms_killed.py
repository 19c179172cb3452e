"""A gateway that dies at any statement while it answers text messages: the next one takes up what was begun. Nothing is left
unanswered, nothing is said, heard or sent twice."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import text

from gateway import inbox
from gateway.assistant import Assistant, TurnFailed
from gateway.hub import Hub
from gateway.metrics import Metrics
from gateway.tokens import Tokens
from gateway.turns import Turns
from gateway.wire import Wire
from rma.bootstrap import Container, open_container
from rma.model.conversations import Channel, Utterance
from rma.model.inbound import Received
from rma.settings import Settings

SPEAKS, FAILS = "+33612345678", "+33687654321"


class Answers(Assistant):
    """Commits an answer as an action does; for one of the numbers every turn fails."""

    def __init__(self, container: Container) -> None:
        super().__init__("http://127.0.0.1:9", "no key", 1)
        self._container = container

    async def turn(
        self, channel: Channel, conversation_id: str, text: str, message_id: int, choice: Any = None, photo: Any = None
    ) -> None:
        conversation, replies = await self._container.desk.replies(conversation_id, message_id)
        if conversation.address == FAILS:
            raise TurnFailed("it always does")
        if not replies:
            await self._container.desk.answer(conversation, message_id, [Utterance(text=f"you said: {text}")])


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Container]:
    settings = Settings.load(database_url=url, secret_key="the secret of these tests", sms_quiet=0.0)
    async with open_container(settings) as container:
        yield container


@asynccontextmanager
async def answering(container: Container) -> AsyncIterator[None]:
    wire = Wire(Tokens("the secret of these tests"), container.links)
    turns = Turns(container, Answers(container), Hub(), Metrics(), wire)
    hurried = {"PAUSES": (timedelta(0),), "LEASE": timedelta(milliseconds=300), "POLL": 0.02}
    with patch.multiple(inbox, **hurried):
        async with inbox.TextInbox(container, turns, asyncio.Semaphore(1)).answering():
            yield


async def settled(container: Container) -> None:
    while await rows(container, "SELECT 1 FROM inbound WHERE status != 'done'"):
        await asyncio.sleep(0.01)


async def rows(container: Container, query: str) -> list[Any]:
    async with container.engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


KILLED = """
# Forks for every step that it reads, so that the imports are paid once; answers how the child ended.
import asyncio, os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from tests.integration.test_sms_killed import answering, opened, settled

url, step, count = sys.argv[1], 0, 0

def die(*arguments):
    global count
    count += not any("SELECT 1" in str(argument) for argument in arguments)  # Looking whether it is over is no step.
    if count == step:
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    async with opened(url) as container:
        event.listen(Engine, "before_cursor_execute", die)
        event.listen(Engine, "commit", die)
        async with answering(container):
            await settled(container)

for line in sys.stdin:
    step, pid = int(line), os.fork()
    if pid == 0:
        os.dup2(2, 1)  # What is logged is no answer.
        asyncio.run(main())
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


async def test_killed_at_any_statement_each_message_is_answered_once(sqlite_url: str) -> None:
    root = str(Path(__file__).parents[2])
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, sqlite_url], cwd=root, env=os.environ | {"PYTHONPATH": root}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    step, ended = 1, -signal.SIGKILL
    async with opened(sqlite_url) as container:
        while ended == -signal.SIGKILL:
            await received(container, step)
            ended = await asyncio.to_thread(run, child, step)
            async with answering(container):
                await settled(container)
            await check(container, step)
            step += 3
    assert ended == 0 and step > 30
    child.communicate(timeout=10)


def run(child: "subprocess.Popen[str]", step: int) -> int:
    assert child.stdin is not None and child.stdout is not None
    child.stdin.write(f"{step}\n")
    child.stdin.flush()
    return int(child.stdout.readline())


async def received(container: Container, step: int) -> None:
    """Two messages of a number that is answered and one of a number whose turns fail; all that was before is gone."""
    async with container.engine.begin() as connection:
        for table in ("outbox", "sms_threads", "messages", "conversations", "inbound"):
            await connection.execute(text(f"DELETE FROM {table}"))
    for place, sender in enumerate((SPEAKS, SPEAKS, FAILS)):
        message = Received(sid=f"SM{step}x{place}", sender=sender, recipient="+33700000001", text=f"part {place}")
        assert await container.inbound.receive(message)


async def check(container: Container, step: int) -> None:
    said = await rows(
        container,
        "SELECT c.address, m.sender, m.text FROM messages m JOIN conversations c ON c.id = m.conversation_id ORDER BY m.id",
    )
    heard = [(address, words) for address, sender, words in said if sender == "shopper"]
    assert sorted(heard) == [(SPEAKS, "part 0\npart 1"), (FAILS, "part 2")], step
    answers = [words for address, sender, words in said if address == SPEAKS and sender == "bot"]
    assert answers[1:] == ["you said: part 0\npart 1"], step
    sent = await rows(container, "SELECT recipient, text FROM outbox ORDER BY id")
    assert sorted(recipient for recipient, _ in sent) == [SPEAKS, FAILS], (step, sent)
    apology = container.texts.get("try_again", "fr", "sms")
    assert dict(sent)[FAILS] == apology and "you said" in dict(sent)[SPEAKS]
    assert len(await rows(container, "SELECT id FROM conversations")) == 2, step

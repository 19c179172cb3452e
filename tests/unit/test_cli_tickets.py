"""A person reads a conversation that was handed over, answers in it, and gives it back to the assistant."""

import asyncio
import sys

import pytest

from retour.cli import main
from rma.bootstrap import open_container
from rma.model.conversations import Channel, Owner, Sender
from rma.settings import Settings
from rma.store.migrate import upgrade


@pytest.fixture
def handed_over(tmp_path, monkeypatch):
    """The id of a conversation with one open ticket."""
    monkeypatch.setenv("RETOUR_VAR", str(tmp_path))
    monkeypatch.delenv("RETOUR_DATABASE_URL", raising=False)
    settings = Settings.load()
    upgrade(settings.database)

    async def prepare() -> str:
        async with open_container(settings) as container:
            conversation, _ = await container.desk.open(Channel.WEB, None, None)
            await container.desk.hear(conversation.id, "a person\x1b[2J please")
            async with container.transactions() as uow:
                conversation.owner = Owner.PERSON
                await uow.conversations.save(conversation)
                await uow.conversations.open_ticket(conversation.id, "asked", {"order": "W1"}, container.clock())
            return conversation.id

    return asyncio.run(prepare())


@pytest.fixture
def tickets(monkeypatch, capsys):
    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["retour", "tickets", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return run


def messages(conversation_id):
    async def read():
        async with open_container(Settings.load()) as container:
            return await container.desk.transcript(conversation_id)

    return asyncio.run(read())


def test_read_answer_and_give_back(handed_over, tickets):
    assert "asked" in tickets("list")[1]
    shown = tickets("show", "1")[1]
    assert "order: W1" in shown and "shopper" in shown and "\x1b" not in shown
    assert tickets("answer", "1", "Hello, this is Ann.")[0] == 0
    assert tickets("close", "1")[0] == 0
    conversation, said = messages(handed_over)
    assert conversation.owner == Owner.ASSISTANT
    assert [(message.sender, message.text) for message in said if message.sender == Sender.AGENT] == [
        (Sender.AGENT, "Hello, this is Ann.")
    ]
    assert tickets("list")[1].strip() == "no tickets" and "asked" in tickets("list", "--all")[1]


@pytest.mark.parametrize("arguments", [("show", "9"), ("answer", "9", "hello"), ("close", "9"), ("answer", "1", "  ")])
def test_what_makes_no_sense_is_refused_in_one_line(handed_over, tickets, arguments):
    code, out, err = tickets(*arguments)
    assert code == 1 and out == "" and len(err.strip().splitlines()) == 1

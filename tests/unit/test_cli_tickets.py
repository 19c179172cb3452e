"""A person reads a conversation that was handed over, answers in it, and gives it back to the assistant; and who may log in."""

import asyncio
import io
import json
import sys

import pytest

from retour import keyring
from retour.cli import main
from rma.bootstrap import open_container
from rma.model.agents import Role
from rma.model.conversations import Channel, Owner, Sender, Status
from rma.settings import Settings
from rma.store.migrate import upgrade


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.setenv("RETOUR_VAR", str(tmp_path))
    monkeypatch.delenv("RETOUR_DATABASE_URL", raising=False)
    upgrade(Settings.load().database)
    return tmp_path


@pytest.fixture
def handed_over(shop):
    """The id of a conversation with one open ticket; there is an admin."""

    async def prepare() -> str:
        async with open_container(Settings.load()) as container:
            await container.agents.add("ann", "Ann", Role.ADMIN, "a long password")
            conversation, _ = await container.desk.open(Channel.WEB, None, None)
            heard = await container.desk.hear(conversation.id, "a person\x1b[2J please")
            heard.conversation.owner = Owner.PERSON
            await container.desk.answer(heard.conversation, heard.message.id, [], [("asked_for", {"order": "W1"})])
            return conversation.id

    return asyncio.run(prepare())


@pytest.fixture
def retour(monkeypatch, capsys):
    def run(*arguments: str, given: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["retour", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(given))
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return run


def within(use):
    async def read():
        async with open_container(Settings.load()) as container:
            return await use(container)

    return asyncio.run(read())


def test_read_answer_and_give_back(handed_over, retour):
    assert "asked_for" in retour("tickets", "list")[1]
    shown = retour("tickets", "show", "1")[1]
    assert "order: W1" in shown and "shopper" in shown and "nobody yet" in shown and "\x1b" not in shown
    assert retour("tickets", "answer", "1", "Hello, this is Ann.")[0] == 0
    assert "with: ann" in retour("tickets", "show", "1")[1]
    assert retour("tickets", "close", "1")[0] == 0
    conversation, said = within(lambda container: container.desk.transcript(handed_over))
    assert (conversation.owner, conversation.status) == (Owner.ASSISTANT, Status.PENDING)
    assert [message.text for message in said if message.sender == Sender.AGENT] == ["Hello, this is Ann."]
    assert retour("tickets", "list")[1].strip() == "no tickets"
    assert "closed by ann" in retour("tickets", "list", "--all")[1]


@pytest.mark.parametrize(
    "arguments",
    [("show", "9"), ("answer", "9", "hello"), ("close", "9"), ("answer", "1", "  "), ("close", "1", "--as", "nobody")],
)
def test_what_makes_no_sense_is_refused_in_one_line(handed_over, retour, arguments):
    code, out, err = retour("tickets", *arguments)
    assert code == 1 and out == "" and len(err.strip().splitlines()) == 1


def test_users_are_added_changed_and_kept_out(shop, retour):
    assert "nobody yet" in retour("users", "list")[1]
    assert retour("users", "add", "Ann", "--role", "admin", given="a long password\n")[0] == 0
    assert retour("users", "add", "bob", "--name", "Bob\x1b", "--generate")[0] == 0
    made_up = json.loads(keyring.path(shop).read_text())["password of bob"]
    listed = retour("users", "list")[1]
    assert "ann" in listed and "admin" in listed and "\x1b" not in listed and made_up not in listed
    within(lambda container: container.agents.login("bob", made_up, "198.51.100.7"))
    assert retour("users", "password", "bob", given="another password\n")[0] == 0
    within(lambda container: container.agents.login("bob", "another password", "198.51.100.7"))
    assert retour("users", "role", "bob", "admin")[0] == 0 and retour("users", "disable", "ann")[0] == 0
    assert "disabled" in retour("users", "list")[1]
    assert retour("users", "disable", "ann", "--undo")[0] == 0 and "disabled" not in retour("users", "list")[1]


@pytest.mark.parametrize(
    ("arguments", "given"),
    [
        (("add", "ann"), "short\n"),
        (("add", "ann"), ""),
        (("add", "_ann"), "a long password\n"),
        (("add", "ann", "--role", "king"), "a long password\n"),
        (("password", "nobody"), "a long password\n"),
        (("role", "nobody", "admin"), ""),
        (("disable", "nobody"), ""),
    ],
)
def test_a_wrong_user_is_refused_in_one_line(shop, retour, arguments, given):
    code, out, err = retour("users", *arguments, given=given)
    assert code == 1 and out == "" and len(err.strip().splitlines()) == 1, err

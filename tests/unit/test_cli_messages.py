"""A person looks at what left, and lets dead messages be sent again."""

import asyncio
import sys
from collections.abc import Callable

import pytest

from retour.cli import main
from rma.bootstrap import Container, open_container
from rma.model.codes import Language
from rma.model.outgoing import Kind, Medium, Outgoing, OutgoingStatus
from rma.settings import Settings
from tests.fixtures.outgoing import PHONE

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def dead(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Three messages that were refused; a fourth one waits."""
    monkeypatch.setenv("RETOUR_DATABASE_URL", sqlite_url)

    async def prepare() -> list[int]:
        async with open_container(Settings.load()) as container:
            await post(container, "a\x1b[2Jb\nsecond line", "b", "c")
            async with container.transactions() as uow:
                claimed = await uow.outbox.claim([Medium.SMS], "embedded", 100, container.clock(), 10)
                for message in claimed:
                    await uow.outbox.settle(message, status=OutgoingStatus.DEAD, error="no such number", error_code="21211")
            await post(container, "d")
            return [message.id for message in claimed]

    return asyncio.run(prepare())


async def post(container: Container, *texts: str) -> None:
    async with container.transactions() as uow:
        for text in texts:
            message = Outgoing(
                key=text, medium=Medium.SMS, kind=Kind.LABEL, recipient=PHONE, language=Language.EN, text=text
            )
            await uow.outbox.post(message, container.clock())


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["retour", "outbox", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return command


def test_list_show_and_send_again(dead: list[int], run: Run) -> None:
    _, listed, _ = run("list")
    assert listed.count(PHONE) == 4 and "21211" in listed and listed.strip().endswith("3 dead, 1 waiting")
    assert run("list", "--status", "dead", "--limit", "2")[1].count(PHONE) == 2
    _, shown, _ = run("show", str(dead[0]))
    assert "no such number" in shown and "second line" in shown and "\x1b" not in shown
    code, again, _ = run("resend", str(dead[0]))
    assert code == 0 and "waiting" in again
    code, _, error = run("resend", str(dead[0]))
    assert code == 1 and "only a dead one" in error
    assert run("resend", "--all")[1].count("waiting") == 2
    assert run("list")[1].strip().endswith("4 waiting")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [(("resend",), "or --all"), (("show", "99"), "no message 99"), (("list", "--status", "lost"), "waiting, sending")],
)
def test_what_makes_no_sense_is_refused(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, run: Run, arguments: tuple[str, ...], hint: str
) -> None:
    monkeypatch.setenv("RETOUR_DATABASE_URL", sqlite_url)
    code, _, error = run(*arguments)
    assert code == 1 and hint in error

"""`retour hooks` as a person types it, and what `retour doctor` says of an endpoint in trouble."""

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from retour.cli import main
from retour.hook_checks import hooks
from rma.bootstrap import Container, open_container
from rma.model.errors import ConfigurationError
from rma.settings import Settings

Run = Callable[..., tuple[int, str, str]]
URL = "https://shop.example/events?token=hidden"


@pytest.fixture
def run(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("RETOUR_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("RETOUR_SECRET_KEY", "a secret of these tests")

    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["retour", "hooks", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return command


def change(**fields: object) -> None:
    async def work() -> None:
        async with open_container(Settings.load()) as container:
            await _changed(container, **fields)

    asyncio.run(work())


async def _changed(container: Container, **fields: object) -> None:
    async with container.transactions() as uow:
        await uow.hooks.change(1, **fields)


def test_an_endpoint_from_its_beginning_to_its_end(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    code, secret, told = run("add", URL, "--events", "received,return.refund_paid")
    assert code == 0 and secret.startswith("whsec_") and len(secret.strip()) == 50 and "endpoint 1 hears" in told
    code, listed, _ = run("list")
    assert code == 0 and listed.split() == ["1", URL, "received,refund_paid", "nothing", "delivered", "yet"]
    code, _, told = run("add", "http://inside.example/")
    assert code == 1 and "RETOUR_HOOKS_ALLOW" in told
    assert run("pause", "1")[0] == 0 and "  paused" in run("list")[1] and hooks(Settings.load()) == "1 endpoints, 1 paused"
    assert run("resume", "1")[0] == 0
    code, other, _ = run("rotate", "1")
    assert code == 0 and other.startswith("whsec_") and other != secret
    assert run("replay", "--since", "2026-11-01")[:2] == (0, "endpoint 1: 0 to be told\n")
    assert run("replay", "--since", "soon")[0] == run("show", "7")[0] == 1
    assert run("show", "1", "--status", "dead") == (0, "", "")
    change(failures=3, failing_since=datetime(2026, 11, 25, tzinfo=UTC), last_error="HTTP 500")
    with pytest.raises(ConfigurationError, match=r"endpoint 1 \(shop.example\) fails since 2026-11-25 00:00 UTC: HTTP 500"):
        hooks(Settings.load())
    monkeypatch.setenv("RETOUR_SECRET_KEY", "another secret of these tests")
    assert "rotate its secret" in run("list")[1]
    with pytest.raises(ConfigurationError, match="rotate 1"):
        hooks(Settings.load())
    assert run("remove", "1")[0] == 0 and run("list")[1] == "no endpoints\n"


def test_a_test_says_what_came_of_it(run: Run) -> None:
    run("add", "https://127.0.0.1:9/events")
    assert run("test", "1")[:2] == (1, "not taken: its address is private\n")


def test_an_endpoint_lives_on_the_secret_that_was_kept(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RETOUR_VAR", str(tmp_path))
    monkeypatch.delenv("RETOUR_SECRET_KEY")
    code, secret, _ = run("add", URL)
    assert code == 0 and secret.startswith("whsec_") and "nothing delivered yet" in run("list")[1]
    assert run("rotate", "1")[0] == 0 and "nothing delivered yet" in run("list")[1]
    monkeypatch.setattr(sys, "argv", ["retour", "doctor"])
    with pytest.raises(SystemExit):
        main()
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "webhooks" in line]
    assert line.startswith("ok") and line.endswith("1 endpoints")


def test_the_doctor_does_without_a_database(tmp_path: object) -> None:
    assert "not looked at" in hooks(Settings.load(database_url=f"sqlite:///{tmp_path}/none.db"))

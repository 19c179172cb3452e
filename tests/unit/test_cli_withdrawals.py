"""A person reads the withdrawals that wait, and links one to its order."""

import asyncio
import sys
from collections.abc import Callable

import pytest

from retour.cli import main
from rma.bootstrap import open_container
from rma.settings import Settings
from tests.unit.test_withdrawals import NOW, document, said

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def reference(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Of a withdrawal whose order is not proven."""
    monkeypatch.setenv("RETOUR_DATABASE_URL", sqlite_url)

    async def declare() -> str:
        async with open_container(Settings.load(), lambda: NOW) as container:
            await container.shop.load({"orders": [document()]})
            return (
                await container.withdrawals.confirm("k", said(contact="typo@example.com", items="a\x1b[2Jb"), None)
            ).reference

    return asyncio.run(declare())


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["retour", "withdrawals", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return command


def test_read_and_link(reference: str, run: Run) -> None:
    listed = run("list")[1]
    assert reference in listed and "not_proven" in listed
    shown = run("show", reference.lower())[1]
    assert "typo@example.com" in shown and "\x1b" not in shown
    for wrong, hint in ((("link", reference, "W9"), "no order W9"), (("link", reference, "W1", "--line", "7"), "1, 2"),
                        (("link", reference, "W1", "--line", "1=x"), "id=units"), (("show", "WD-1"), "8 letters")):  # fmt: skip
        code, _, error = run(*wrong)
        assert code == 1 and hint in error, error
    code, linked, _ = run("link", reference, "#w1", "--line", "1=1", "--line", "2")
    assert code == 0 and "RT-" in linked and "settled" in linked
    assert run("list")[1].strip() == "no withdrawals" and reference in run("list", "--all")[1]

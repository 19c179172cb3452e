"""`retour carrier`: a parcel's way is played, and looked up."""

import asyncio
import sys

import pytest

from retour.cli import main
from rma.bootstrap import open_container
from rma.settings import Settings
from rma.store.migrate import upgrade
from tests.integration.test_tracking import sent_back


@pytest.fixture
def number(tmp_path, monkeypatch):
    monkeypatch.setenv("RETOUR_VAR", str(tmp_path))
    monkeypatch.delenv("RETOUR_DATABASE_URL", raising=False)
    upgrade(Settings.load().database)

    async def prepare() -> str:
        async with open_container(Settings.load()) as container:
            return (await sent_back(container)).number

    return asyncio.run(prepare())


@pytest.fixture
def retour(monkeypatch, capsys):
    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["retour", "carrier", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        return ended.value.code or 0, shown.out + shown.err

    return run


def test_a_parcels_way_is_played(number, retour) -> None:
    assert retour("scan", number.lower(), "accepted") == (0, f"{number}: accepted, the return is in_transit\n")
    assert retour("scan", number, "delivered", "--place", "Gate 4\x1b[2J")[0] == 0
    code, shown = retour("where", number)
    assert code == 0 and shown.splitlines()[-1] == f"{number} is in_transit"
    assert "accepted          Lyon" in shown and "delivered         Gate 4 [2J" in shown and "\x1b" not in shown


def test_what_cannot_be_scanned_is_said(number, retour) -> None:
    for arguments in (("scan", "RT-00000000", "accepted"), ("scan", number[:-1], "accepted"), ("scan", number, "eaten")):
        code, shown = retour(*arguments)
        assert code != 0 and "Traceback" not in shown

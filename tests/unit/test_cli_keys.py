"""`retour keys` on the command line."""

import asyncio
import json
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from retour.cli import main
from rma.bootstrap import open_container
from rma.settings import Settings
from tests.fixtures import databases

migrated_sqlite, sqlite_url = databases.migrated_sqlite, databases.sqlite_url

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    monkeypatch.setenv("RETOUR_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("RETOUR_VAR", str(tmp_path))

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["retour", "keys", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return call


def test_a_key_is_made_kept_listed_and_revoked(run: Run, tmp_path: Path) -> None:
    assert run("list")[1].startswith("none yet")
    code, said, _ = run("add", "warehouse", "--scope", "returns:receive", "--scope", "parcels")
    kept = tmp_path / "secrets.json"
    key = json.loads(kept.read_text())["api key of warehouse"]
    assert (code, stat.S_IMODE(kept.stat().st_mode)) == (0, 0o600)
    assert str(kept) in said and key not in said

    async def may(given: str) -> set[str]:
        async with open_container(Settings.load()) as container:
            caller = await container.keys.caller(given, "the master key")
            return {str(scope) for scope in caller.scopes} if caller else set()

    assert asyncio.run(may(key)) == {"returns:receive", "parcels"}
    assert len(asyncio.run(may("the master key"))) == len(run("scopes")[1].split())
    listed = run("list")[1]
    assert "warehouse" in listed and "returns:receive parcels" in listed and key not in listed
    assert run("revoke", "warehouse")[0] == 0
    assert asyncio.run(may(key)) == set()
    assert "revoked" in run("list")[1]


def test_what_cannot_be_is_said_in_one_line(run: Run) -> None:
    for words in (("add", "Warehouse!", "--scope", "parcels"), ("add", "erp", "--scope", "all"), ("revoke", "nobody")):
        code, _, said = run(*words)
        assert code == 1 and said.startswith("retour: ") and said.count("\n") == 1, words
    assert run("add", "erp")[0] == 2

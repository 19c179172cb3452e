"""`retour privacy` on the command line, and the words it uses."""

import asyncio
import json
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from retour.cli import main
from rma.bootstrap import open_container
from rma.model.codes import Language
from rma.model.conversations import Channel, Sender, Utterance
from rma.model.privacy import Basis, Censor, Person
from rma.settings import Settings
from rma.texts import load_texts
from tests.fixtures import databases
from tests.unit.test_withdrawals import NOW, document

migrated_sqlite, sqlite_url = databases.migrated_sqlite, databases.sqlite_url

Run = Callable[..., tuple[int, str, str]]
HOSTILE = "<script>alert(1)</script> je suis mécontent"


@pytest.fixture
def talked(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A French customer who said something hostile about an order."""
    monkeypatch.setenv("RETOUR_DATABASE_URL", sqlite_url)
    customer = {"name": "Noah Brown", "email": "noah@example.com", "phone": "+33612345678", "language": "fr"}

    async def talk() -> str:
        async with open_container(Settings.load(), lambda: NOW) as container:
            await container.shop.load({"orders": [document(customer=customer)]})
            conversation, _ = await container.desk.open(Channel.WEB, Language.FR, None)
            async with container.transactions() as uow:
                await uow.conversations.say(conversation.id, Utterance(text=HOSTILE, sender=Sender.SHOPPER), NOW)
                found = await uow.conversations.get(conversation.id)
                assert found is not None
                found.order_id = 1
                await uow.conversations.save(found)
            return conversation.id

    return asyncio.run(talk())


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["retour", "privacy", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return command


def test_export_is_json_and_a_page_in_the_persons_language(talked: str, run: Run, tmp_path: Path) -> None:
    code, out, _ = run("export", "--order", "#w1", "--html", str(tmp_path / "page.html"))
    assert code == 0 and json.loads(out)["conversations"][0]["id"] == talked and json.loads(out)["language"] == "fr"
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert '<html lang="fr">' in page and "Vos données chez" in page and "Vos conversations" in page
    assert "&lt;script&gt;alert(1)" in page and "<script" not in page and "src=\"http" not in page
    assert "noah@example.com" in page and "1 rue X" in page
    code, out, _ = run("export", "--email", "NOAH@example.com", "--out", str(tmp_path / "copy.json"))
    kept = tmp_path / "copy.json"
    assert code == 0 and not out and json.loads(kept.read_text(encoding="utf-8"))["orders"][0]["number"] == "W1"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    code, _, error = run("export", "--order", "W1", "--out", str(tmp_path / "no" / "where.json"))
    assert code == 1 and "cannot be written" in error


def test_erase_asks_lists_and_then_does(talked: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, _ = run("erase", "--order", "W1", "--dry-run")
    assert code == 0 and "would be erased: 1 conversations" in out and "kept: 1 orders (W1)" in out and "L123-22" in out
    # Nobody there to say yes: nothing happens.
    monkeypatch.setattr("sys.stdin", open("/dev/null"))  # noqa: SIM115
    code, out, _ = run("erase", "--order", "W1")
    assert code == 1 and "would be erased" in out
    code, out, _ = run("erase", "--order", "W1", "--yes")
    assert code == 0 and "\nerased: 1 customers of orders" in f"\n{out}" and "would be" not in out
    code, out, _ = run("erase", "--order", "W1", "--yes")
    assert code == 0 and "nothing to erase" in out
    code, out, _ = run("export", "--order", "W1")
    assert code == 0 and HOSTILE not in out and "Noah" not in out


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ((), "exactly one"), (("--order", "W1", "--email", "a@b.fr"), "exactly one"), (("--email", "noah"), "no e-mail address"),
        (("--phone", "12"), "+33612345678"), (("--order", "W9"), "nothing is kept"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(talked: str, run: Run, arguments: tuple[str, ...], hint: str) -> None:
    for command in ("export", "erase"):
        code, _, error = run(command, *arguments)
        assert code == 1 and hint in error and len(error.splitlines()) == 1


def test_a_reason_that_stays_loses_whoever_it_names() -> None:
    censor = Censor(Person(names=["Noé de La Tour"], emails=["noe@example.com"], phones=["+33612345678"]), ["12 rue Haute"])
    for text, left in (
        ("for Noé de La Tour", "for [erased]"), ("Tour called, NOÉ was kind", "[erased] called, [erased] was kind"),
        ("a detour to the tournament", "a detour to the tournament"), ("noe@example.com wrote", "[erased] wrote"),
        ("06 12 34 56 78 / +33 6.12.34.56.78 / 0033612345678", "[erased] / [erased] / [erased]"),
        ("12 Rue Haute, 2nd floor", "[erased], 2nd floor"), ("9,90 EUR for 2 mugs", "9,90 EUR for 2 mugs"),
    ):  # fmt: skip
        assert censor.clean(text) == left
    assert Censor(Person()).clean("anything") == "anything"


def test_every_ground_names_its_law_and_every_sender_has_a_word() -> None:
    assert all("art." in basis.law for basis in Basis)
    texts = load_texts(Settings.load().texts)
    for kind, values in (("from", Sender), ("channel", Channel)):
        assert all(f"privacy_{kind}_{value}" in texts for value in values)

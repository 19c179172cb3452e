"""Somebody pays from the command line, looks at what is due, and mends what failed."""

import asyncio
import sys
from collections.abc import Callable

import pytest

from retour.checks import Finding, everything
from retour.cli import main
from rma.bootstrap import open_container
from rma.model.refunding import RefundRefusal, RefundRefused
from rma.refunds.embedded import EmbeddedRefunds
from rma.service.receiving import Arrival
from rma.settings import Settings
from tests.integration.notice_shop import document, plan

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def number(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A return of two T-shirts, one of which came."""
    monkeypatch.setenv("RETOUR_DATABASE_URL", sqlite_url)

    async def receive() -> str:
        async with open_container(Settings.load()) as container:
            await container.shop.load({"orders": [document()]})
            rma = await container.returns.create(plan(quantity=2))
            await container.receiving.receive(rma.number, Arrival({"1": 1}), "ana")
            return rma.number

    return asyncio.run(receive())


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["retour", "refunds", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return command


def test_a_refund_that_is_refused_is_no_success(number: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuses(*_: object) -> None:
        raise RefundRefused(RefundRefusal.NOT_POSSIBLE, "the card is closed")

    def doctor() -> Finding:
        return next(finding for finding in everything(Settings.load()) if finding.name == "refunds")

    assert doctor().ok
    with monkeypatch.context() as patch:
        patch.setattr(EmbeddedRefunds, "refund", refuses)
        patch.setattr(EmbeddedRefunds, "find", refuses)
        code, shown, _ = run("pay", number)
        assert code == 1 and "15.00 to card_1 failed" in shown and "the card is closed" in shown
        (one,) = [line.split()[0] for line in shown.splitlines() if "to card_1 failed" in line]
        assert run("retry", one)[0] == 1
    assert not doctor().ok and not doctor().required and doctor().detail.startswith("1 failed and wait for a person")
    assert run("retry", one)[0] == 0 and doctor().ok


def test_a_refund_from_the_list_of_what_is_due_to_the_list_of_what_was_paid(number: str, run: Run) -> None:
    code, shown, _ = run("due")
    assert code == 0 and number in shown and "15.00 EUR" in shown
    code, shown, _ = run("pay", number, "--key", "once")
    assert code == 0 and f"{number} is partially_received" in shown and "15.00 to card_1 paid" in shown
    assert run("pay", number, "--key", "once")[1] == shown
    code, _, said = run("pay", number)
    assert code == 1 and "was paid or is on its way" in said
    code, _, said = run("pay", number, "--amount", "lots")
    assert code == 1 and "expected an amount" in said
    code, shown, _ = run("pay", number, "--amount", "5.00", "--goodwill", "--reason", "it was late")
    assert code == 0 and "goodwill  5.00 EUR" in shown
    code, shown, _ = run("list", "--status", "paid")
    assert code == 0 and len(shown.splitlines()) == 2
    assert run("due")[1].strip() == "nothing is due" and run("list", "--status", "failed")[1].strip() == "no refunds"
    assert run("retry", "1")[0] == run("list", "--status", "x")[0] == run("pay", "RT-00000000")[0] == 1

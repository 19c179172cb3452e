"""`retour decide`, `retour policy check` and `retour policy diff`, as functions."""

import asyncio
import io
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from retour.cli import main
from retour.decide import decide_line, decide_stream
from retour.policy import check, diff, past_cases
from rma.bootstrap import open_container
from rma.model.codes import Language, Reason, Resolution
from rma.model.conversations import Channel
from rma.policy import DEFAULT_POLICY, decide
from rma.service.returns import Plan, PlannedLine
from rma.settings import Settings
from tests.unit.policy_support import default_policy, edited_file, line, order


def case(**changes: Any) -> dict[str, Any]:
    content: dict[str, Any] = {
        "order": json.loads(order("US", line("1"), line("2", "600.00")).model_dump_json()),
        "request": {"lines": [{"id": "1", "quantity": 1}]},
        "now": "2027-03-28T12:00:00Z",
    }
    return content | changes


def answers(*lines: str | bytes) -> list[dict[str, Any]]:
    out = io.StringIO()
    decide_stream(lines, out, default_policy())
    return [json.loads(text) for text in out.getvalue().splitlines()]


def test_one_line_answers_one_line_and_the_unreadable_do_not_stop_the_others() -> None:
    good = json.dumps(case())
    unreadable = [b"", b"\n", b"\xff\xfe\n", b"{", b"[]", b"null", b"[" * 99999, b"9" * 9999, b'{"order": NaN}', b"{}"]
    found = answers(good, *unreadable, good.encode() + b"\n")
    assert len(found) == len(unreadable) + 2
    assert found[0] == found[-1] and found[0]["decision"] == "approve"
    assert all(set(answer) == {"error"} for answer in found[1:-1])


def test_an_answer_has_what_the_contract_names_and_nothing_else() -> None:
    (answer,) = answers(json.dumps(case()))
    assert list(answer) == [
        "decision",
        "lines",
        "refund",
        "return_shipping_paid_by",
        "returnless",
        "policy_version",
        "market",
    ]
    assert list(answer["lines"][0]) == ["id", "decision", "codes", "basis", "closes_on", "resolutions"]
    assert list(answer["refund"]) == ["currency", "items", "outbound_shipping", "return_shipping", "fees", "total"]


def request(**changes: Any) -> dict[str, Any]:
    return {"request": {"lines": [{"id": "1", "quantity": 1} | changes]}}


@pytest.mark.parametrize(
    "changes",
    [
        {"now": "2027-03-28T12:00:00"},
        {"now": "2027-03-28"},
        {"now": 1806235200},
        {"now": "1806235200"},
        {"now": None},
        {"now": "2027-03-01T00:00:00Z"},
        {"request": {"lines": []}},
        {"request": {}},
        {"request": None},
        {"request": {"lines": [{"id": "1", "quantity": 1}] * 2}},
        {"request": {"lines": [{"id": "1", "quantity": 1}], "resolution": "money"}},
        request(id="3"),
        request(quantity=0),
        request(quantity=1.5),
        request(quantity="1"),
        request(quantity=None),
        request(reason="ugly"),
        request(condition="broken"),
        request(photo="yes"),
        {"history": {"returns_90d": -1}},
        {"history": {"returned": {"1": "1"}}},
        {"history": {"refunded": 1.5}},
        {"history": {"refunded": "NaN"}},
        {"history": []},
    ],
)
def test_what_makes_no_sense_is_an_error(changes: dict[str, Any]) -> None:
    (answer,) = answers(json.dumps(case(**changes)))
    assert set(answer) == {"error"} and answer["error"]


@pytest.mark.parametrize("market", ["XX", "UK", "EU", "fr", "", "FRA"])
def test_an_unknown_market_is_an_error(market: str) -> None:
    content = case()
    content["order"]["market"] = market
    assert set(answers(json.dumps(content))[0]) == {"error"}


def test_a_null_option_is_its_default() -> None:
    nulls = {
        "request": {
            "lines": [{"id": "1", "quantity": 1, "reason": None, "condition": None, "photo": None}],
            "resolution": None,
        }
    }
    plain = answers(json.dumps(case()))
    for history in (None, {"returns_90d": None, "returned": None, "refunded": None}, {"returned": {"1": None}}, {}):
        assert answers(json.dumps(case(**nulls, history=history))) == plain


def test_check_says_nothing_of_a_good_file_and_all_of_a_bad_one(tmp_path: Path) -> None:
    assert check(DEFAULT_POLICY) == []
    path = edited_file(tmp_path, ("  days: 14 ", "  days: 7 "), ("    UK: 6", "    UK: 2"))
    problems = check(path)
    assert len(problems) == 3 and all(problem.startswith(f"{path}:") for problem in problems)
    assert check(tmp_path / "absent.yml") != []


def test_diff_shows_what_would_change(tmp_path: Path) -> None:
    new = edited_file(tmp_path, ("  days: 30 ", "  days: 10 "), ("    USD: 500", "    USD: 700"))
    both = {"request": {"lines": [{"id": "1", "quantity": 1}, {"id": "2", "quantity": 1}]}}
    lines = [json.dumps(case()), "{", json.dumps(case(now="2027-03-12T12:00:00Z")), json.dumps(case(**both))]
    found = diff(DEFAULT_POLICY, new, lines)
    assert [change.case for change in found.changes] == [1, 3, 4]
    assert "line 1 decision approve -> decline" in found.changes[0].what
    assert found.changes[1].what == ("line 1 closes_on 2027-04-07 -> 2027-03-18",)
    assert len(found.unreadable) == 1 and found.unreadable[0].startswith("case 2: ")
    report = list(found.report())
    assert report[-2:] == [
        "3 of 4 cases would be decided otherwise",
        "paid out in EUR: 45.30 before, 15.10 after (-30.20)",
    ]
    assert not diff(DEFAULT_POLICY, DEFAULT_POLICY, lines).changes


@pytest.fixture
def decided_before(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shop that accepted one return and refused another, both of one order of a customer group."""
    monkeypatch.setenv("RETOUR_DATABASE_URL", sqlite_url)
    content = json.loads(order("US", line("1"), line("2", "600.00")).model_dump_json())
    content["customer"] = {"name": "Ada Lovelace", "email": "ada@example.com", "group": "members"}

    async def decide_twice() -> None:
        async with open_container(Settings.load(), lambda: AT) as container:
            assert not (await container.shop.load({"orders": [content]})).failures
            lines = (PlannedLine("1", 1, Reason.CHANGED_MIND),)
            accepted = await container.returns.create(Plan("k", 1, lines, Resolution.REFUND, Language.EN))
            assert accepted.decision["decision"] == "approve"
            conversation, _ = await container.desk.open(Channel.WEB, None, None)
            async with container.transactions() as uow:
                known = await uow.orders.get(1)
                asked = Plan("l", 1, lines, Resolution.REFUND, Language.EN).request()
                refused = decide(known, asked, None, LATER, container.policy)
                kept = refused.to_json() | {"case": refused.inputs.to_json()}
                await uow.conversations.keep_decision(conversation.id, kept, LATER)

    asyncio.run(decide_twice())


AT, LATER = datetime(2027, 3, 20, 12, tzinfo=UTC), datetime(2027, 4, 20, 12, tzinfo=UTC)


def test_past_decisions_can_be_made_again_without_knowing_who_the_shopper_is(decided_before: None) -> None:
    accepted, refused = past_cases()
    assert [decide_line(case, default_policy())["decision"] for case in (accepted, refused)] == ["approve", "decline"]
    assert json.loads(accepted)["order"]["customer"] == {"name": "", "group": "members"}
    for case in (accepted, refused):
        assert "Ada" not in case and "High Street" not in case and "example.com" not in case


def test_diff_replays_what_the_shop_decided_or_a_file(
    decided_before: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> tuple[int, list[str]]:
        monkeypatch.setattr(sys, "argv", ["retour", "policy", "diff", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), capsys.readouterr().out.splitlines()

    new = str(edited_file(tmp_path, ("  days: 30 ", "  days: 60 ")))
    code, report = run(str(DEFAULT_POLICY), new)
    assert code == 0 and "2 of 2 cases would be decided otherwise" in report
    assert any("line 1 decision decline -> approve" in said for said in report)
    cases = tmp_path / "cases.jsonl"
    cases.write_text(json.dumps(case()) + "\n{\n")
    code, report = run(new, str(DEFAULT_POLICY), "--cases", str(cases))
    assert code == 1 and "1 of 2 cases would be decided otherwise" in report
    assert run(str(DEFAULT_POLICY), str(DEFAULT_POLICY))[1][0] == "0 of 2 cases would be decided otherwise"

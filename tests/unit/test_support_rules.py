"""What is pure: rights, opening times, accounts as they are written, canned answers, the figures' arithmetic."""

import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rma.model.agents import Agent, Role
from rma.model.codes import Language, ReturnStatus
from rma.model.conversations import Channel, Owner, Status
from rma.model.errors import ConfigurationError, Conflict, Forbidden
from rma.model.hours import AgentLimits
from rma.model.returns import Return
from rma.model.shop import Shop, load_shop
from rma.model.support import Action, Support, SupportEvent, stretches
from rma.service.accounts import entries
from rma.service.canned import filled, load_canned
from rma.service.figures import Spread
from rma.service.hours import BusinessHours
from rma.service.rights import Rights
from rma.texts import load_texts

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
RIGHTS = Rights(AgentLimits())


def agent(login: str = "ann", role: Role = Role.AGENT, disabled: bool = False) -> Agent:
    return Agent(id=1, login=login, name=login, role=role, disabled=disabled, created_at=NOW)


def support(status: Status = Status.OPEN, assignee: str | None = None) -> Support:
    return Support(
        conversation="c", channel=Channel.WEB, language=Language.EN, owner=status.owner, status=status, assignee=assignee,
        snoozed_until=NOW if status is Status.SNOOZED else None, created_at=NOW, updated_at=NOW,
    )  # fmt: skip


def a_return(status: ReturnStatus) -> Return:
    return Return.model_validate(
        {
            "number": "RT-AAAAAAAA", "order": "W1", "order_id": 1, "status": status, "resolution": "refund", "language": "en",
            "lines": [], "refund": {"currency": "EUR", "total": "0.00"}, "decision": {}, "idempotency_key": "k", "created_at": NOW,
            "label": {"tracking_number": "T", "carrier": "c", "shipment": {}} if status == "label_issued" else None,
        }
    )  # fmt: skip


def test_nobody_acts_in_a_colleagues_conversation_but_by_taking_it_over() -> None:
    for action, status in itertools.product(Action, (Status.OPEN, Status.SNOOZED)):
        allowed = RIGHTS.allowed(agent(), action, support(status, "bob"), a_return(ReturnStatus.REVIEW))
        assert allowed == (action in (Action.NOTE, Action.TAKE_OVER)), action
    admin = agent("eve", Role.ADMIN)
    assert RIGHTS.allowed(admin, Action.ASSIGN, support(Status.OPEN, "bob"))
    assert not RIGHTS.allowed(admin, Action.SAY, support(Status.OPEN, "bob")), "an admin takes it over like anybody"


def test_a_disabled_account_may_nothing() -> None:
    gone = agent(disabled=True)
    for action, status in itertools.product(Action, Status):
        with pytest.raises(Forbidden):
            RIGHTS.check(gone, action, support(status), a_return(ReturnStatus.REVIEW))


@pytest.mark.parametrize("status", list(Status))
def test_what_goes_in_which_state(status: Status) -> None:
    persons = status in (Status.OPEN, Status.SNOOZED)
    may = {action for action in Action if RIGHTS.allowed(agent(), action, support(status), a_return(ReturnStatus.REVIEW))}
    assert {Action.TAKE, Action.NOTE, Action.APPROVE, Action.DECLINE, Action.OVERRIDE, Action.CREATE_RETURN} <= may
    for action in (Action.SAY, Action.SNOOZE, Action.RESOLVE, Action.GIVE_BACK):
        assert (action in may) == persons
    assert (Action.REOPEN in may) == (status in (Status.SNOOZED, Status.RESOLVED))


@pytest.mark.parametrize("status", list(ReturnStatus))
def test_what_may_be_done_with_a_return_depends_on_where_it_is(status: ReturnStatus) -> None:
    rma = a_return(status)
    may = {
        action
        for action in (Action.APPROVE, Action.DECLINE, Action.OVERRIDE, Action.CANCEL_RETURN, Action.RESEND_LABEL)
        if RIGHTS.allowed(agent(), action, support(), rma)
    }
    assert ({Action.APPROVE, Action.DECLINE} <= may) == (status is ReturnStatus.REVIEW)
    assert (Action.CANCEL_RETURN in may) == (status in ("requested", "review", "approved", "label_issued"))
    assert (Action.RESEND_LABEL in may) == (status is ReturnStatus.LABEL_ISSUED)
    payable = RIGHTS.allowed(agent(), Action.GOODWILL, support(), rma)
    assert payable == (status not in ("requested", "review", "declined", "cancelled", "expired"))
    assert RIGHTS.allowed(agent(), Action.PAY, support(), rma) == (payable and status is not ReturnStatus.CLOSED)
    paid = ("refunded", "exchanged", "closed", "declined", "cancelled", "expired", "requested")
    assert (Action.OVERRIDE in may) == (status not in paid)


@given(st.decimals(min_value=0, max_value=5000, places=2), st.sampled_from(["EUR", "USD", "SEK", "JPY"]))
def test_amounts_are_limited_by_role(amount: Decimal, currency: str) -> None:
    rma = a_return(ReturnStatus.APPROVED)
    may = RIGHTS.allowed(agent(), Action.OVERRIDE, support(), rma, amount, currency)
    assert may == RIGHTS.allowed(agent(), Action.GOODWILL, support(), rma, amount, currency)
    assert RIGHTS.allowed(agent(), Action.PAY, support(), rma, amount, currency), "what the policy gives has no limit by default"
    assert may == (amount <= 200) and RIGHTS.allowed(agent(role=Role.ADMIN), Action.OVERRIDE, support(), rma, amount, currency)
    if not may:
        with pytest.raises(Forbidden, match="limit"):
            RIGHTS.check(agent(), Action.OVERRIDE, support(), rma, amount, currency)


def test_states_follow_one_another() -> None:
    one = support(Status.PENDING)
    with pytest.raises(Conflict):
        one.snooze(NOW + timedelta(hours=1), NOW)
    one.take("ann", NOW)
    assert (one.owner, one.status, one.assignee, one.handed_over_at) == (Owner.PERSON, Status.OPEN, "ann", NOW)
    with pytest.raises(Conflict):
        one.snooze(NOW, NOW)
    one.snooze(NOW + timedelta(hours=1), NOW)
    assert one.assignee == "ann"
    one.give_back(NOW, resolved=True)
    assert (one.owner, one.status, one.assignee, one.snoozed_until) == (Owner.ASSISTANT, Status.RESOLVED, None, None)


def test_stretches_begin_and_end_once() -> None:
    kinds = ["raised", "approved", "handed_over", "taken", "said", "taken_over", "declined", "resolved", "given_back", "taken"]
    events = [SupportEvent(conversation="c", kind=kind, at=NOW, by=f"by {kind}") for kind in kinds]
    first, second = stretches(events)
    assert (first.began_by, first.ended_by, [act.kind for act in first.settled]) == ("by handed_over", "by resolved", ["declined"])
    assert (second.began_by, second.ended) == ("by taken", None)


def shop(**changes: Any) -> Shop:
    document = yaml.safe_load((ROOT / "policy" / "shop.yml").read_text(encoding="utf-8"))
    return Shop.model_validate(document | changes)


def hours(**changes: Any) -> BusinessHours:
    return BusinessHours(shop(**changes), load_texts(ROOT / "data" / "responses"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-23T10:00+01:00", "2026-11-23T10:00+01:00"),
        ("2026-11-23T18:00+01:00", "2026-11-24T09:00+01:00"),
        ("2026-11-27T18:00+01:00", "2026-11-30T09:00+01:00"),  # a weekend
        ("2026-12-24T18:00+01:00", "2026-12-28T09:00+01:00"),  # Christmas is a Friday
        ("2026-11-10T23:30-05:00", "2026-11-12T09:00+01:00"),  # Armistice day, asked from elsewhere
        ("2027-03-27T12:00+01:00", "2027-03-30T09:00+02:00"),  # the clocks change, and Easter Monday
    ],
)
def test_when_somebody_is_there(now: str, opens: str) -> None:
    found = hours().opens(at(now))
    assert found == at(opens) and hours().open_at(at(now)) == (at(now) == at(opens))


def test_days_of_the_shops_own() -> None:
    closed = hours(holidays={"closed": ["2026-11-23"], "open": ["2026-12-25"]})
    assert closed.opens(at("2026-11-23T10:00+01:00")) == at("2026-11-24T09:00+01:00")
    assert closed.open_at(at("2026-12-25T10:00+01:00"))
    moselle = hours(holidays={"region": "57"})
    assert moselle.opens(at("2026-12-26T10:00+01:00")) == at("2026-12-28T09:00+01:00")
    lunch = hours(hours={"monday": ["09:00-12:30", "13:30-18:00"]})
    assert lunch.opens(at("2026-11-23T13:00+01:00")) == at("2026-11-23T13:30+01:00")
    assert hours(market="US", holidays={}).open_at(at("2026-11-23T10:00-05:00"))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"hours": {"monday": ["18:00-09:00"]}}, "ends before"),
        ({"hours": {"monday": ["09:00-12:00", "11:00-18:00"]}}, "overlap"),
        ({"hours": {"monday": ["nine to five"]}}, "expected spans"),
        ({"hours": {day: [] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}}, "nobody would ever answer"),
        ({"hours": {"someday": []}}, "someday"),
        ({"agents": {"agent": {"override_up_to": {"USD": "5.00"}}}}, "EUR"),
    ],
)
def test_a_wrong_shop_file_says_what_to_mend(changes: dict[str, Any], problem: str, tmp_path: Path) -> None:
    document = yaml.safe_load((ROOT / "policy" / "shop.yml").read_text(encoding="utf-8"))
    path = tmp_path / "shop.yml"
    path.write_text(yaml.safe_dump(document | changes), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"shop\.yml") as refused:
        load_shop(path)
    assert problem in str(refused.value)
    with pytest.raises(ConfigurationError, match="holidays"):
        hours(holidays={"region": "Atlantis"})


HASH = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$aGFzaGhhc2g"


@pytest.mark.parametrize(
    ("setting", "found"),
    [
        ("", []),
        ("ann:pass-word", [("ann", "pass-word", "admin")]),
        ("ann:one,bob:two:x", [("ann", "one", "admin"), ("bob", "two:x", "agent")]),
        ("ann:one; bob:two:admin", [("ann", "one", "agent"), ("bob", "two", "admin")]),
        (f"Ann:{HASH},bob:{HASH}:agent", [("ann", HASH, "admin"), ("bob", HASH, "agent")]),
        ("zoe@example.com:s3,cr=et\n", [("zoe@example.com", "s3,cr=et", "admin")]),
    ],
)
def test_accounts_of_the_setting(setting: str, found: list[tuple[str, str, str]]) -> None:
    read = entries(setting, "key")
    assert [(one.login, one.secret, one.role) for one in read] == found
    assert entries(setting, "key") == read and all(a.mark != b.mark for a, b in zip(read, entries(setting, "other"), strict=True))
    assert not any(secret in repr(read) for _, secret, _ in found)


@pytest.mark.parametrize("setting", ["ann", "ann:", "ann:one,ann:two", "_:x", "a" * 41 + ":secret-word"])
def test_a_wrong_setting_is_refused_without_naming_a_password(setting: str) -> None:
    with pytest.raises(ConfigurationError, match="RETOUR_CONSOLE_USERS") as refused:
        entries(setting, "key")
    assert "secret-word" not in str(refused.value)


def test_canned_answers_are_there_in_both_languages_and_leave_no_gaps() -> None:
    templates = load_canned(ROOT / "policy" / "canned.yml")
    values = {"name": "{agent}", "order": "W{1}", "return": None, "agent": "Ann", "shop": "Shop"}
    for language in Language:
        full = filled(templates, language, values | {"return": "RT-1"})
        assert {one.key for one in full} == set(templates) and all(one.title and one.text for one in full)
        assert any("{agent}" in one.text for one in full) and any("W{1}" in one.text for one in full)
        bare = filled(templates, language, values | {"name": ""})
        assert "approved" not in {one.key for one in bare}, "it names a return that is not there"
        assert not any("  " in one.text or " ," in one.text for one in bare)


@pytest.mark.parametrize(
    "content",
    ["x: 1", "x: {title: {en: a}, en: b, fr: c}", "x: {title: {en: a, fr: b}, en: '{who}', fr: c}", "- x", "x: ["],
)
def test_a_wrong_canned_answer_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "canned.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"canned\.yml"):
        load_canned(path)
    assert load_canned(tmp_path / "none.yml") == {}


@given(st.lists(st.floats(min_value=0, max_value=1e6), min_size=1))
def test_nine_of_ten_were_no_longer(seconds: list[float]) -> None:
    spread = Spread.of(seconds)
    assert spread.p90 is not None and sum(one <= spread.p90 for one in seconds) >= 0.9 * len(seconds)
    assert min(seconds) <= (spread.median or 0) <= max(seconds)


def test_nothing_is_no_number() -> None:
    assert Spread.of([]) == Spread(0, None, None)
    assert hours().local_day(at("2026-11-23T23:30+00:00")) == date(2026, 11, 24)

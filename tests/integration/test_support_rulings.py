"""What agents decide about returns: with labels, units, limits, the audit trail and what the shopper is told."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
import pytest_asyncio

from gateway.console.panel import outlook
from rma.model.codes import Condition, Language, Method, Reason, Resolution, ReturnStatus
from rma.model.conversations import Sender
from rma.model.errors import Conflict, Forbidden, NotFound, Refused
from rma.model.returns import Return
from rma.service.new_return import NewLine, NewReturn
from rma.service.returns import Declined, Plan, PlannedLine
from tests.fixtures.support import Talk, Team, opened, order


@pytest_asyncio.fixture
async def team(sqlite_url: str) -> AsyncIterator[Team]:
    late = order("W2", price="150.00", days=90, market="US", currency="USD")
    async with opened(sqlite_url, None, order("W1", price="600.00", days=25), late, order("W3")) as found:
        yield found


async def in_review(team: Team, talk: Talk, key: str = "key") -> Return:
    """A return of 600.00 by a change of mind after the 14 days."""
    plan = Plan(
        key=key, order_id=1, lines=(PlannedLine("1", 1, Reason.CHANGED_MIND),), resolution=Resolution.REFUND,
        language=Language.EN, method=Method.LABEL, conversation=talk.id,
    )  # fmt: skip
    rma = await team.container.returns.create(plan)
    assert rma.status is ReturnStatus.REVIEW and rma.refund["total"] == "0.00"
    async with team.container.transactions() as uow:
        await uow.conversations.open_ticket(talk.id, "review", {"number": rma.number, "order": "W1"}, team.clock())
    return rma


async def test_nothing_is_taken_off_for_a_parcel_that_nobody_announced(team: Team) -> None:
    made = await team.container.receiving.unannounced("W1", {"1": 1}, "ana", "scan 1")
    assert isinstance(made, Return) and made.status is ReturnStatus.REVIEW
    amounts, _ = outlook(made, team.container.returns.policy)
    done = await team.container.rulings.approve(team.eve, None, made.number, "it is here")
    assert done.refund["total"] == amounts["total"] == "600.00" and done.refund["return_shipping"] == "0.00"


async def units(team: Team, order_id: int = 1) -> int:
    async with team.container.transactions() as uow:
        return (await uow.orders.committed(order_id))["1"]


async def outgoing(team: Team) -> list[str]:
    return sorted(message.kind.value for message in await team.container.outbox.find())


async def test_an_approval_issues_the_label_and_tells_the_shopper(team: Team) -> None:
    talk = await team.shopper()
    rma = await in_review(team, talk)
    assert (await team.container.support.counts(team.ann)).todo == 1
    done = await team.container.rulings.approve(team.ann, talk.id, rma.number, "a good customer")
    assert done.status is ReturnStatus.LABEL_ISSUED and done.label and done.refund["total"] == "595.10"
    assert done.send_by and (done.decision["decision"], done.decision["refund"]["total"]) == ("review", "0.00")
    assert [(event.kind, event.by) for event in done.events if event.by == "ann"] == [("approved", "ann")]
    told = await talk.said_by(Sender.SYSTEM)
    assert rma.number in told[-1] and "reviewed" in await outgoing(team)
    shown = await team.container.support.overview(talk.id)
    (act,) = [event for event in shown.events if event.kind == "approved"]
    assert act.by == "ann" and act.detail == {
        "number": rma.number, "order": "W1", "reason": "a good customer", "amount": "595.10", "currency": "EUR",
    }  # fmt: skip
    assert shown.handovers[0].outcome == "approved" and (await team.container.support.counts(team.ann)).todo == 0
    with pytest.raises(Conflict, match="waits for nobody"):
        await team.container.rulings.approve(team.ann, talk.id, rma.number)


async def test_of_two_who_decide_at_once_one_does(team: Team, sqlite_url: str) -> None:
    talk = await team.shopper()
    rma = await in_review(team, talk)
    async with opened(sqlite_url) as other:
        outcomes = await asyncio.gather(
            team.container.rulings.approve(team.ann, None, rma.number),
            other.container.rulings.decline(other.bob, None, rma.number, "used"),
            return_exceptions=True,
        )
    assert sum(isinstance(one, Conflict) for one in outcomes) == 1
    shown = await team.container.support.overview(talk.id)
    acts = [event for event in shown.events if event.kind in ("approved", "declined")]
    assert len(acts) == 1 and len([event for event in shown.returns[0].events if event.by in ("ann", "bob")]) == 1


async def test_a_decline_gives_the_units_back_and_needs_a_reason(team: Team) -> None:
    talk = await team.shopper()
    rma = await in_review(team, talk)
    with pytest.raises(Refused, match="say why"):
        await team.container.rulings.decline(team.ann, talk.id, rma.number, "  ")
    done = await team.container.rulings.decline(team.ann, talk.id, rma.number, "The seal is broken.")
    assert done.status is ReturnStatus.DECLINED and await units(team) == 0
    assert "The seal is broken." in (await talk.said_by(Sender.SYSTEM))[-1] and "reviewed" in await outgoing(team)
    await in_review(team, talk, "again")


async def test_another_amount_within_the_limit_of_the_role_and_what_was_paid(team: Team) -> None:
    talk, rulings = await team.shopper(), team.container.rulings
    rma = await in_review(team, talk)
    with pytest.raises(Forbidden, match="limit"):
        await rulings.override(team.ann, talk.id, rma.number, Decimal("200.01"), "goodwill")
    for wrong in ("-1", "1204.91", "NaN"):
        with pytest.raises(Refused, match="from 0 to"):
            await rulings.override(team.eve, talk.id, rma.number, Decimal(wrong), "goodwill")
    with pytest.raises(Refused, match="say why"):
        await rulings.override(team.ann, talk.id, rma.number, Decimal("10"), "")
    done = await rulings.override(team.ann, talk.id, rma.number, Decimal("200"), "half now")
    assert done.status is ReturnStatus.LABEL_ISSUED and done.refund["total"] == "200.00"
    done = await rulings.override(team.eve, talk.id, rma.number, Decimal("600"), "all of it")
    assert done.refund["total"] == "600.00" and done.status is ReturnStatus.LABEL_ISSUED
    changes = [event.detail for event in done.events if event.kind == "overridden"]
    assert [(one["before"], one["total"], one["reason"]) for one in changes] == [
        ("0.00", "200.00", "half now"), ("200.00", "600.00", "all of it"),
    ]  # fmt: skip


def new(number: str, *lines: NewLine, key: str = "the form's key") -> NewReturn:
    return NewReturn(key=key, order=number, lines=list(lines) or [NewLine(id="1", reason=Reason.CHANGED_MIND)])


async def test_a_return_that_the_policy_allows_is_made_for_the_shopper_once(team: Team) -> None:
    talk, rulings = await team.shopper(), team.container.rulings
    quote = await rulings.quote(new("w3"))
    assert not quote.needs_override and quote.granted["total"] == quote.decision["refund"]["total"]
    made = await asyncio.gather(*[rulings.create(team.ann, talk.id, new("W3")) for _ in range(4)])
    assert len({rma.number for rma in made}) == 1 and made[0].events[0].by == "ann" and made[0].label
    shown = await team.container.support.overview(talk.id)
    assert [event.kind for event in shown.events].count("return_created") == 1
    assert await units(team, 3) == 1


async def test_what_the_policy_declines_is_granted_with_a_reason_within_the_limit(team: Team) -> None:
    talk, rulings = await team.shopper(), team.container.rulings
    quote = await rulings.quote(new("W2"))
    assert quote.needs_override and quote.decision["decision"] == "decline" and quote.granted["total"] == "145.10"
    with pytest.raises(Declined):
        await rulings.create(team.ann, talk.id, new("W2"))
    with pytest.raises(Refused, match="reason"):
        await rulings.create(team.ann, talk.id, new("W2"), total=Decimal("1"))
    both = new("W2", *(NewLine(id=line, reason=Reason.CHANGED_MIND) for line in "12"))
    with pytest.raises(Forbidden, match="limit"):
        await rulings.create(team.ann, talk.id, both, reason="goodwill")
    rma = await rulings.create(team.ann, talk.id, new("W2"), reason="a member for years")
    assert rma.status is ReturnStatus.LABEL_ISSUED and rma.refund["total"] == "145.10"
    assert rma.decision["decision"] == "decline", "what the policy said stays to be seen"
    (granted,) = [event for event in rma.events if event.kind == "approved"]
    assert (granted.by, granted.detail["overrides"], granted.detail["reason"]) == ("ann", "decline", "a member for years")
    with pytest.raises(Conflict):
        await rulings.create(team.eve, talk.id, new("W2", key="another key"), reason="twice the same mug")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (new("W9"), NotFound),
        (new("W3", NewLine(id="9", reason=Reason.OTHER)), Refused),
        (new("W3", NewLine(id="1", quantity=3, reason=Reason.OTHER)), Declined),
        (new("W3", NewLine(id="1", reason=Reason.DEFECTIVE, condition=Condition.USED), key="x" * 60), None),
    ],
)
async def test_a_form_that_makes_no_sense_makes_nothing(team: Team, wrong: NewReturn, error: type[Exception] | None) -> None:
    talk = await team.shopper()
    if error is None:
        assert (await team.container.rulings.create(team.ann, talk.id, wrong)).label
        return
    with pytest.raises(error):
        await team.container.rulings.create(team.ann, talk.id, wrong)
    assert await team.container.returns.find() == []


async def test_cancelling_and_the_label_again(team: Team) -> None:
    talk, other, rulings = await team.shopper(), await team.shopper(), team.container.rulings
    await talk.prove("W3")
    rma = await rulings.create(team.ann, talk.id, new("W3"))
    message = await rulings.resend_label(team.ann, talk.id, rma.number)
    assert message.sender is Sender.AGENT and [item.ref for item in message.attachments] == [rma.number]
    with pytest.raises(NotFound, match="customer"):
        await rulings.resend_label(team.ann, other.id, rma.number)
    with pytest.raises(NotFound):
        await rulings.cancel(team.ann, talk.id, "RT-00000000")
    await team.container.support.take(team.bob, talk.id)
    with pytest.raises(Conflict, match="bob has"):
        await rulings.cancel(team.ann, talk.id, rma.number)
    done = await rulings.cancel(team.bob, talk.id, rma.number, "changed their mind again")
    assert done.status is ReturnStatus.CANCELLED and await units(team, 3) == 0
    with pytest.raises(Conflict):
        await rulings.resend_label(team.bob, talk.id, rma.number)


async def test_a_review_that_the_shopper_called_off_leaves_the_queue(team: Team) -> None:
    talk = await team.shopper()
    rma = await in_review(team, talk)
    await team.container.returns.cancel(rma.number, "shopper")
    await team.container.support.wake()
    (one,) = (await team.container.support.overview(talk.id)).handovers
    assert one.outcome == "cancelled" and (await team.container.support.counts(team.ann)).todo == 0


async def test_nothing_is_resolved_over_a_decision_that_is_due(team: Team) -> None:
    talk, desk = await team.shopper(), team.container.support
    rma = await in_review(team, talk)
    await desk.take(team.ann, talk.id)
    with pytest.raises(Conflict, match=rma.number):
        await desk.resolve(team.ann, talk.id)
    await desk.give_back(team.ann, talk.id)
    assert (await desk.counts(team.ann)).todo == 1 and (await desk.get(talk.id)).cause == "review"

"""What agents pay from the console: once, within their limits, and never unseen."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from rma.model.codes import Reason, Resolution
from rma.model.hours import AgentLimits, Limits
from rma.model.refunding import RefundKind, RefundStatus
from tests.fixtures.support import order
from tests.integration.console_kit import Console, Desk, Markup
from tests.integration.goods_kit import announced, another, come, paid, panel, press, trouble

pytest_plugins = "tests.integration.console_kit"


async def test_what_is_due_is_paid_once_however_often_it_is_pressed(desk: Desk) -> None:
    ann, bob = await desk.enter("ann"), await desk.enter("bob")
    conversation, rma = await announced(desk)
    await come(desk, rma)
    path, mark = f"/console/c/{conversation}/returns/{rma.number}/pay", await ann.mark(conversation)
    # Twice by one of them, once by the other, all at the same moment and all having seen the same.
    answers = await asyncio.gather(
        ann.post(path, mark=mark, key="a form"), ann.post(path, mark=mark, key="a form"), bob.post(path, mark=mark, key="another")
    )
    statuses = sorted(answer.status for answer in answers)
    assert statuses in ([303, 303, 409], [303, 409, 409])
    assert await paid(desk, rma) == [("55.10", "paid")]
    assert [kind for kind in await desk.kinds(conversation) if kind == "refund_begun"] == ["refund_begun"]
    # The browser sends it again, from a page of before; and somebody presses who thinks that it was not done.
    winner = "a form" if statuses == [303, 303, 409] else None
    if winner:
        assert (await ann.post(path, mark=mark, key=winner)).status == 303
        said = await (await ann.post(path, fetch=True, mark=mark, key=winner)).json()
        assert said["said"] == "Done."
    again = await press(bob, conversation, rma, "pay")
    assert again.status == 409 and "was paid or is on its way" in Markup(await again.text()).text
    assert (await ann.act(conversation, f"returns/{rma.number}/pay")).status == 422, "no key, no payment"
    assert await paid(desk, rma) == [("55.10", "paid")]
    shown = await panel(ann, conversation)
    assert "Ann Lee had the refund" in shown.text or "Bob Roy had the refund" in shown.text


async def test_goodwill_stays_within_the_limit_of_whoever_gives_it(desk: Desk) -> None:
    ann, eve = await desk.enter("ann"), await desk.enter("eve")
    await desk.container.shop.load({"orders": [order("W5", price="600.00", days=5)]})
    conversation = await desk.talk("I am cross", number="W5")
    rma = await another(desk, conversation, 1)

    async def give(agent: Console, amount: str, reason: str = "we were slow", **more: Any) -> int:
        answer = await press(agent, conversation, rma, "goodwill", amount=amount, reason=reason, **more)
        return int(answer.status)

    assert "Up to €200.00" in (await panel(ann, conversation)).text
    assert [await give(ann, amount) for amount in ("200.01", "abc", "-1", "0", "1e2")] == [403, 422, 422, 409, 422]
    assert await give(ann, "20", reason=" ") == 422 and await paid(desk, rma) == []
    over = await press(ann, conversation, rma, "goodwill", amount="300", reason="so sorry")
    text = await over.text()
    assert "more than your limit of €200.00" in Markup(text).text and "so sorry" in text, "what was typed is kept"
    assert await give(ann, "150", key="one form") == 303 and await give(ann, "150", key="one form") == 303
    assert await paid(desk, rma) == [("150.00", "paid")]
    # The limit is for the return, not for each press.
    assert "Up to €50.00" in (await panel(ann, conversation)).text
    assert await give(ann, "50.01") == 403 and await give(ann, "50") == 303 and await give(ann, "0.01") == 403
    assert await give(eve, "100") == 303 and await give(eve, "2000") == 422
    (first, *_) = await desk.container.refunds.of(rma.number)
    assert first.kind is RefundKind.GOODWILL and first.reason == "we were slow" and first.by == "ann"
    # Once the goods are here, the rest is due, and is paid as such: nobody needs to be generous for it.
    await come(desk, rma)
    assert await give(eve, "10") == 409
    assert (await press(ann, conversation, rma, "pay")).status == 303
    total = sum((one.amount for one in await desk.container.refunds.of(rma.number)), Decimal(0))
    assert total == Decimal("595.10")
    thread = (await panel(eve, conversation)).text
    for told in ("Ann Lee gave €150.00 of goodwill", "Eve Sol gave €100.00 of goodwill", "we were slow"):
        assert told in thread, told


async def test_of_two_who_are_generous_at_once_one_is(desk: Desk) -> None:
    conversation, rma = await announced(desk)
    agents = [await desk.enter(login) for login in ("ann", "bob")]
    mark, path = await agents[0].mark(conversation), f"/console/c/{conversation}/returns/{rma.number}/goodwill"
    answers = await asyncio.gather(
        *(one.post(path, mark=mark, key=one.login, amount="10", reason="sorry", after="0") for one in agents)
    )
    assert sorted(one.status for one in answers) == [303, 409] and await paid(desk, rma) == [("10.00", "paid")]
    for unseen in ("", "x", "0"):
        again = await press(agents[0], conversation, rma, "goodwill", amount="10", reason="sorry", after=unseen)
        assert again.status == (409 if unseen == "0" else 422)
    assert await paid(desk, rma) == [("10.00", "paid")]


async def test_goodwill_never_takes_what_another_return_is_promised(desk: Desk) -> None:
    eve = await desk.enter("eve")
    conversation, rma = await announced(desk)
    other = await another(desk, conversation, 1, line="2")
    answer = await press(eve, conversation, rma, "goodwill", amount="84.90", reason="all of it")
    assert answer.status == 422 and "are promised the rest" in Markup(await answer.text()).text
    await come(desk, other)
    assert (await press(eve, conversation, other, "pay")).status == 303


async def test_a_payment_that_failed_is_explained_and_tried_again(desk: Desk) -> None:
    ann = await desk.enter("ann")
    conversation, rma = await announced(desk)
    await come(desk, rma)
    async with desk.container.transactions() as uow:
        await uow.conversations.open_ticket(conversation, "refund", {"number": rma.number}, desk.clock())
    gateway = trouble(desk, "refused", "refused")
    answer = await press(ann, conversation, rma, "pay", fetch=True)
    assert "The payment failed" in (await answer.json())["said"]
    shown = await panel(ann, conversation)
    assert "failed" in shown.red and "cannot be paid back that way (the card is closed)" in shown.red
    (refund,) = await desk.container.refunds.of(rma.number)
    retry, credit = f"refunds/{refund.id}/retry", f"refunds/{refund.id}/credit"
    assert shown.can(retry) and shown.can(credit) and not shown.can("/pay") and not shown.can("/goodwill")
    assert (await press(ann, conversation, rma, "goodwill", amount="5", reason="meanwhile")).status == 409
    # Again, and it fails again; then both agents at once, and the card takes it.
    assert (await press(ann, conversation, rma, retry)).status == 303
    bob, mark = await desk.enter("bob"), await ann.mark(conversation)
    path = f"/console/c/{conversation}/returns/{rma.number}/{retry}"
    answers = await asyncio.gather(*(one.post(path, mark=mark, key=one.login) for one in (ann, bob)))
    assert sorted(one.status for one in answers) == [303, 409]
    assert len(set(gateway.keys)) == len(gateway.keys) == 3, "each try after a refusal under a key of its own"
    assert await paid(desk, rma) == [("55.10", "paid")]
    assert (await press(ann, conversation, rma, retry)).status == 409
    assert (await press(ann, conversation, rma, "refunds/999/retry")).status == 404
    causes = {one.cause.value: one.outcome for one in (await desk.container.support.overview(conversation)).handovers}
    assert causes["refund"] == "refund_again"
    assert [kind for kind in await desk.kinds(conversation) if kind.startswith("refund")] == [
        "refund_begun", "refund_again", "refund_again",
    ]  # fmt: skip


async def test_what_the_card_does_not_take_goes_as_store_credit_of_which_nobody_reads_the_code(desk: Desk) -> None:
    ann = await desk.enter("ann")
    conversation, rma = await announced(desk)
    await come(desk, rma)
    trouble(desk, "refused")
    assert (await press(ann, conversation, rma, "pay")).status == 303
    (refund,) = await desk.container.refunds.of(rma.number)
    assert (await press(ann, conversation, rma, f"refunds/{refund.id}/credit")).status == 303
    (credit,) = await desk.container.refunds.credits(rma.number)
    page = await ann.page(f"/console/c/{conversation}")
    assert f"store credit ••••{credit.code[-4:]}" in page and credit.code not in page and credit.code[:-4] not in page
    (refund,) = await desk.container.refunds.of(rma.number)
    assert refund.status is RefundStatus.PAID


async def test_of_a_lost_answer_nobody_makes_store_credit(desk: Desk) -> None:
    ann = await desk.enter("ann")
    conversation, rma = await announced(desk)
    await come(desk, rma)
    trouble(desk, "lost")
    answer = await press(ann, conversation, rma, "pay", fetch=True)
    assert "not confirmed yet" in (await answer.json())["said"]
    shown = await panel(ann, conversation)
    assert "tried, tries again by itself" in shown.text and not shown.can("/credit") and not shown.can("/retry")
    desk.clock.forward(minutes=10)
    await desk.container.refunds.finish_interrupted()
    assert await paid(desk, rma) == [("55.10", "paid")]


async def test_the_limit_counts_for_what_is_sold_out_and_goes_back_as_money(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ann, eve = await desk.enter("ann"), await desk.enter("eve")
    limits = AgentLimits(agent=Limits(approve_up_to={"EUR": Decimal(10)}))
    monkeypatch.setattr(desk.container.settling._rights, "_limits", limits)
    gone = {"sku": "S-1-0", "product": "mug", "name": "Mug", "price": "20.00", "currency": "EUR", "available": False}
    await desk.container.shop.load({"orders": [], "catalogue": [gone]})
    conversation, rma = await announced(
        desk, quantity=1, resolution=Resolution.EXCHANGE, exchange_for="S-1-0", reason=Reason.SIZE_TOO_SMALL
    )
    await come(desk, rma)
    answer = await press(ann, conversation, rma, "pay", reason="sold out, money back")
    assert answer.status == 403 and "more than your limit" in Markup(await answer.text()).text
    (item,) = await desk.container.refunds.exchanges(rma.number)
    assert item.sold_out and item.stands and await paid(desk, rma) == [], "and nothing of it stays"
    assert (await press(eve, conversation, rma, "pay", reason="sold out, money back")).status == 303
    assert await paid(desk, rma) == [("20.00", "paid")]


async def test_nobody_pays_in_a_colleagues_conversation_or_for_a_stranger(desk: Desk) -> None:
    ann, bob = await desk.enter("ann"), await desk.enter("bob")
    conversation, rma = await announced(desk)
    stranger = await desk.talk("hello", number="W1")
    waiting = await another(desk, conversation, 1, line="2")
    await come(desk, rma)
    assert (await bob.act(conversation, "take")).status == 303
    acts = {
        "pay": {}, "goodwill": {"amount": "5", "reason": "x"}, "more_time": {}, "repaired": {}, "refunds/1/retry": {},
        "refunds/1/credit": {},
    }  # fmt: skip
    for what, fields in acts.items():
        of = waiting if what == "more_time" else rma
        answer = await press(ann, conversation, of, what, **fields)
        assert answer.status in (404 if "refunds" in what else 409, 409), (what, answer.status)
        assert (await press(ann, stranger, of, what, **fields)).status == 404, what
    shown = await panel(ann, conversation)
    for what in ("/pay", "/goodwill", "/more_time"):
        assert not shown.can(what), what
    blocked = [at.get("title") or "" for tag, at in shown.markup.elements if tag == "button" and at.get("aria-disabled")]
    assert len([why for why in blocked if "bob has this conversation" in why]) >= 3
    assert await paid(desk, rma) == [] and await desk.kinds(conversation) == ["taken"]

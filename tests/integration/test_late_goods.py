"""Goods that come when nobody waits for them any more, and returns that close all the same, or must not."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from rma.model.agents import Agent, Role
from rma.model.codes import Reason, ReturnStatus
from rma.model.returns import Return
from rma.service.receiving import Arrival
from rma.service.returns import PlannedLine
from tests.integration.refund_kit import NOON, Look, RefundShop, order, refund_shop

S = ReturnStatus


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[RefundShop]:
    async with refund_shop(sqlite_url) as opened:
        await opened.load(order(), order("W2"))
        yield opened


async def one_of_two(shop: RefundShop) -> Return:
    """Two are announced, one comes, and the other is given up."""
    rma = await shop.announce(quantity=2)
    await shop.receive(rma, line1=1)
    await shop.inspect(rma)
    return await shop.container.receiving.receive(rma.number, Arrival(complete=True), "ana")


async def test_a_unit_that_comes_after_it_was_missing_and_paid_without_is_due(shop: RefundShop) -> None:
    rma = await one_of_two(shop)
    rma = await shop.refund(rma)
    assert rma.status is S.REFUNDED and await shop.moved() == {"card_1": "15.00"}
    assert await shop.container.refunds.dues() == []
    await shop.receive(rma, line1=1)
    await shop.inspect(rma)
    (claim,) = await shop.container.refunds.dues()
    assert (claim.number, claim.amount) == (rma.number, Decimal("19.90"))
    shop.clock.now += timedelta(days=31)
    assert await shop.container.expiry.finish_interrupted() == 0
    rma = await shop.refund(rma)
    assert rma.status is S.REFUNDED and await shop.moved() == {"card_1": "34.90"} and rma.lines[0].refunded == 2
    assert await shop.container.refunds.dues() == []


async def test_a_late_unit_is_paid_by_itself_where_the_shop_does_not_pay_by_hand(sqlite_url: str, tmp_path: Path) -> None:
    async with refund_shop(sqlite_url, tmp_path, "after_inspection") as shop:
        await shop.load(order())
        rma = await one_of_two(shop)
        assert await shop.later(minutes=1) == 1
        await shop.receive(rma, line1=1)
        assert await shop.later(minutes=1) == 0
        await shop.inspect(rma)
        assert (await shop.later(minutes=1), await shop.later(minutes=1)) == (1, 0)
        assert await shop.moved() == {"card_1": "34.90"}


async def test_a_shop_that_does_not_inspect_has_its_returns_closed(shop: RefundShop) -> None:
    rma, begun = await shop.announce(), await shop.announce(order_id=2, quantity=2)
    await shop.receive(rma)
    assert (await shop.refund(rma)).status is S.REFUNDED
    shop.clock.now += timedelta(days=31)
    assert await shop.container.expiry.finish_interrupted() == 2  # the other one's label is long over
    assert (await shop.again(rma)).status is S.CLOSED and (await shop.again(begun)).status is S.EXPIRED


async def test_more_than_was_announced_is_due_and_not_said_to_be_paid(shop: RefundShop) -> None:
    rma = await shop.announce(quantity=2)
    await shop.receive(rma, line1=1)
    await shop.refund(rma)
    await shop.receive(rma, line1=2)
    rma = await shop.inspect(rma, Look("1"))
    assert rma.lines[0].quantity == 3 and rma.refund["total"] == "15.00" and await shop.owed(rma) == "39.80"
    rma = await shop.refund(rma)
    assert rma.refund["total"] == "54.80" and await shop.moved() == {"card_1": "54.80"} and rma.status is S.REFUNDED


async def test_what_the_bank_sent_back_is_no_unit_paid(shop: RefundShop) -> None:
    rma = await shop.announce(quantity=2)
    await shop.receive(rma, line1=1)
    await shop.inspect(rma)
    shop.trouble.waits = True
    await shop.refund(rma)
    shop.trouble.came_back = True
    await shop.later(hours=13)
    rma = await shop.container.receiving.receive(rma.number, Arrival(complete=True), "ana")
    assert rma.lines[0].refunded == 0 and rma.status is S.INSPECTED
    shop.trouble.came_back = shop.trouble.waits = False
    (refund,) = await shop.container.refunds.of(rma.number)
    await shop.container.refunds.retry(refund.id or 0, "ana", as_credit=True)
    rma = await shop.again(rma)
    assert rma.lines[0].refunded == 1 and rma.status is S.REFUNDED


async def test_goods_that_came_while_a_person_decided_are_due_from_that_day(shop: RefundShop) -> None:
    made = order("W3")
    made["lines"][1]["tags"] = ["dangerous_goods"]
    await shop.load(made)
    lines = (PlannedLine("1", 1, Reason.CHANGED_MIND), PlannedLine("2", 1, Reason.DEFECTIVE))
    rma = await shop.announce(order_id=3, lines=lines)
    await shop.receive(rma)
    shop.clock.now += timedelta(days=20)
    boss = Agent(id=1, login="marie", name="Marie", role=Role.ADMIN, password_hash="x", created_at=NOON)
    await shop.container.rulings.approve(boss, None, rma.number)
    (claim,) = await shop.container.refunds.dues()
    assert claim.legal and claim.overdue and (claim.since, claim.by) == (NOON.date(), NOON.date() + timedelta(days=14))


async def test_unannounced_goods_that_are_sent_again_after_a_crash_are_all_counted(
    shop: RefundShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = order("W3")
    made["lines"][1]["tags"] = ["personalised"]  # the policy takes the shirt only
    await shop.load(made)
    desk = shop.container.receiving

    async def killed(*_given: object, **_more: object) -> Return:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(desk, "receive", killed)
        with pytest.raises(RuntimeError):
            await desk.unannounced("W3", {"1": 1, "2": 1}, "wim", "k")
    rma = await desk.unannounced("W3", {"1": 1, "2": 1}, "wim", "k")
    assert isinstance(rma, Return) and {line.id: line.received for line in rma.lines} == {"1": 1, "2": 1}

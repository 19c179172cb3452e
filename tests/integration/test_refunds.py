"""What is due is what was decided for what came back; it is paid once, to where it came from, and the return says so."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest
import pytest_asyncio

from rma.model.agents import Agent, Role
from rma.model.codes import Reason, ReturnStatus
from rma.model.errors import Conflict, Refused
from rma.model.outgoing import Kind
from rma.model.refunding import RefundKind
from rma.service.returns import PlannedLine
from tests.fixtures.talking import outbox
from tests.integration.refund_kit import EVERYTHING, NOON, Look, RefundShop, kinds, order, refund_shop

S = ReturnStatus


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[RefundShop]:
    async with refund_shop(sqlite_url) as opened:
        await opened.load(order(), order("W2"))
        yield opened


@pytest_asyncio.fixture
async def either(database_url: str) -> AsyncIterator[RefundShop]:
    """On each database: what the rest of these tests is built on."""
    async with refund_shop(database_url) as opened:
        await opened.load(order(), order("W2"))
        yield opened


async def test_a_parcel_in_two_parts_is_paid_in_two_that_add_up(either: RefundShop) -> None:
    shop = either
    rma = await shop.announce(quantity=3)
    assert rma.refund["total"] == "54.80" and await shop.owed(rma) == "0"
    await shop.receive(rma, line1=1)
    assert await shop.owed(rma) == "15.00"  # 19.90, and the way back is taken off once
    rma = await shop.refund(rma)
    assert rma.status is S.PARTIALLY_RECEIVED and kinds(rma)[-1] == "refund_paid"
    assert rma.refund == {
        "currency": "EUR", "items": "19.90", "outbound_shipping": "0.00", "return_shipping": "4.90", "fees": "0.00",
        "total": "15.00",
    } and rma.lines[0].refunded == 1  # fmt: skip
    await shop.receive(rma)
    rma = await shop.refund(rma)
    assert rma.status is S.REFUNDED and rma.refund["total"] == "54.80" and rma.lines[0].refunded == 3
    assert rma.events[-1].detail["amount"] == "39.80" and await shop.moved() == {"card_1": "54.80"}
    told = [message.text for message in await outbox(shop.container) if message.kind is Kind.REFUNDED]
    assert len(told) == 2 and "€15.00" in told[0] and "€39.80 to your card ending in 9212" in told[1]


async def test_only_what_was_accepted_is_paid(shop: RefundShop) -> None:
    rma = await shop.announce(quantity=3)
    await shop.receive(rma)
    assert await shop.owed(rma) == "54.80"
    await shop.inspect(rma, Look("1", 1), Look("1", 1, accepted=False, why="torn"))
    assert await shop.owed(rma) == "15.00"
    rma = await shop.refund(rma)
    # One of the three waits for somebody to look at it: the return is not over.
    assert rma.status is S.RECEIVED and kinds(rma)[-1] == "refund_paid"
    rma = await shop.inspect(rma)
    rma = await shop.refund(rma)
    assert rma.status is S.REFUNDED and rma.refund["total"] == "34.90" and rma.lines[0].refunded == 2


async def test_more_than_was_announced_is_accepted_after_a_part_was_paid(shop: RefundShop) -> None:
    rma = await shop.announce(quantity=2)
    await shop.receive(rma, line1=1)
    await shop.refund(rma)
    await shop.receive(rma, line1=2)
    await shop.inspect(rma, Look("1", 3))
    assert (await shop.again(rma)).lines[0].quantity == 3 and await shop.owed(rma) == "39.80"
    rma = await shop.refund(rma)
    assert rma.refund["total"] == "54.80" and rma.status is S.REFUNDED and await shop.moved() == {"card_1": "54.80"}


async def test_nothing_that_came_was_accepted(shop: RefundShop) -> None:
    rma = await shop.announce(quantity=1)
    await shop.receive(rma)
    await shop.inspect(rma, Look("1", 1, accepted=False, why="another shop's"))
    with pytest.raises(Conflict, match="nothing that came was accepted"):
        await shop.refund(rma)
    assert await shop.moved() == {} and await shop.container.refunds.dues() == []


async def test_before_the_goods_came_only_as_goodwill_with_a_reason(shop: RefundShop) -> None:
    rma = await shop.announce(quantity=2)
    with pytest.raises(Conflict, match=r"nothing of .* came yet"):
        await shop.refund(rma)
    with pytest.raises(Refused, match="goodwill needs a reason"):
        await shop.refund(rma, goodwill=True)
    with pytest.raises(Refused, match="more is goodwill"):
        await shop.receive(rma, line1=1)
        await shop.refund(rma, amount="20.00")
    rma = await shop.refund(rma, goodwill=True, reason="a good customer")
    assert rma.status is S.REFUNDED and rma.refund["total"] == "34.90" and rma.lines[0].refunded == 2
    (paid,) = await shop.container.refunds.of(rma.number)
    assert paid.kind is RefundKind.GOODWILL and paid.reason == "a good customer" and paid.by == "ana"
    rma = await shop.receive(rma)
    assert rma.status is S.REFUNDED and rma.lines[0].received == 2 and await shop.owed(rma) == "0.00"
    with pytest.raises(Conflict, match="was paid or is on its way"):
        await shop.refund(rma)
    assert await shop.moved() == {"card_1": "34.90"}


async def test_the_same_key_pays_once_and_another_finds_nothing_due(shop: RefundShop) -> None:
    rma = await shop.announce(quantity=1)
    await shop.receive(rma)
    first = await shop.refund(rma, "once")
    assert (await shop.refund(rma, "once")).events == first.events
    with pytest.raises(Conflict, match="the key was used for another refund"):
        await shop.refund(rma, "once", amount="3.00", reason="x")
    with pytest.raises(Conflict, match="was paid or is on its way"):
        await shop.refund(rma, "twice")
    assert await shop.moved() == {"card_1": "15.00"}


async def test_less_and_more_than_is_due(shop: RefundShop) -> None:
    rma, other = await shop.announce(quantity=1), await shop.announce(line="2")
    await shop.receive(rma)
    with pytest.raises(Refused, match=r"15\.00 EUR are due: less needs a reason"):
        await shop.refund(rma, amount="9.99")
    rma = await shop.refund(rma, amount="9.99", reason="worn")
    assert rma.status is S.REFUNDED and await shop.owed(rma) == "0.00"
    assert rma.refund == {
        "currency": "EUR", "items": "19.90", "outbound_shipping": "0.00", "return_shipping": "4.90", "fees": "5.01",
        "total": "9.99",
    }  # fmt: skip
    with pytest.raises(Refused, match=r"at most 962\.61 EUR"):
        await shop.refund(rma, amount="962.62", reason="sorry", goodwill=True)
    for wrong in ("-1", "NaN", "1.001"):
        with pytest.raises(Refused):
            await shop.refund(rma, amount=wrong, reason="x", goodwill=True)
    with pytest.raises(Refused, match=r"at most 959\.51 EUR .* are promised the rest"):
        await shop.refund(rma, amount="959.52", reason="sorry", goodwill=True)
    rma = await shop.refund(rma, amount="959.51", reason="sorry", goodwill=True)
    assert (rma.refund["items"], rma.refund["total"]) == ("974.40", "969.50") and await shop.moved() == {"card_1": "969.50"}
    await shop.receive(other)
    assert (await shop.refund(other)).refund["total"] == "3.10", "what it was promised was not given away"
    late = await shop.receive(await shop.announce(line="3"))
    assert late.refund["total"] == "0.00" and (await shop.refund(late)).status is S.REFUNDED
    assert await shop.moved() == {"card_1": "972.60"}


async def test_a_total_that_a_person_set_is_shared_in_proportion(shop: RefundShop) -> None:
    rma = await shop.announce(quantity=3)
    boss = Agent(id=1, login="marie", name="Marie", role=Role.ADMIN, password_hash="x", created_at=NOON)
    await shop.container.rulings.override(boss, None, rma.number, Decimal("50.00"), "she asked nicely")
    await shop.receive(rma, line1=1)
    assert await shop.owed(rma) == "16.67"
    await shop.refund(rma)
    with pytest.raises(Conflict, match="money went back for it already"):
        await shop.container.rulings.override(boss, None, rma.number, Decimal("60.00"), "again")
    await shop.receive(rma, line1=1)
    await shop.refund(rma)
    await shop.receive(rma, line1=1)
    rma = await shop.refund(rma)
    amounts = [str(refund.amount) for refund in await shop.container.refunds.of(rma.number)]
    assert amounts == ["16.67", "16.66", "16.67"] and rma.refund["total"] == "50.00"
    assert (rma.refund["items"], rma.refund["return_shipping"], rma.refund["fees"]) == ("59.70", "4.90", "4.80")


async def test_the_first_delivery_is_paid_back_with_the_last_of_the_order(shop: RefundShop) -> None:
    rma = await shop.announce(lines=EVERYTHING)
    assert rma.refund == {
        "currency": "EUR", "items": "967.70", "outbound_shipping": "4.90", "return_shipping": "4.90", "fees": "0.00",
        "total": "967.70",
    }  # fmt: skip
    await shop.receive(rma, line1=3, line2=1)
    rma = await shop.refund(rma)
    assert rma.refund["total"] == "62.80" and rma.refund["outbound_shipping"] == "0.00"
    await shop.receive(rma)
    rma = await shop.refund(rma)
    assert rma.refund["total"] == "967.70" and rma.refund["outbound_shipping"] == "4.90" and rma.status is S.REFUNDED


async def test_what_need_not_come_is_due_at_once(shop: RefundShop) -> None:
    undelivered = order("W3", status="shipped")
    for line in undelivered["lines"]:
        line["delivered_at"] = None
    await shop.load(undelivered)
    rma = await shop.announce(order_id=3, lines=EVERYTHING[:2], method=None)
    assert rma.method is None and await shop.owed(rma) == "67.70"
    (claim,) = await shop.container.refunds.dues()
    assert (claim.ground, claim.legal, claim.by) == ("nothing_comes", True, NOON.date() + timedelta(days=14))
    rma = await shop.refund(rma)
    assert rma.status is S.REFUNDED and await shop.moved("W3") == {"card_1": "67.70"}


async def test_a_person_arranges_the_way_back_so_the_goods_must_come(shop: RefundShop) -> None:
    battery = order("W3")
    battery["lines"][0]["tags"] = ["dangerous_goods"]
    await shop.load(battery)
    line = PlannedLine("1", 1, Reason.DEFECTIVE)
    rma = await shop.announce(order_id=3, lines=(line,), method=None)
    boss = Agent(id=1, login="marie", name="Marie", role=Role.ADMIN, password_hash="x", created_at=NOON)
    with pytest.raises(Conflict, match="is review: nothing is paid"):
        await shop.refund(rma)
    rma = await shop.container.rulings.approve(boss, None, rma.number)
    assert rma.method is None and await shop.owed(rma) == "0"
    await shop.receive(rma)
    assert await shop.owed(rma) == "19.90"

"""Where the money goes back to, what happens when it does not work, and when it is due."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from rma.model.codes import Condition, Reason, Resolution, ReturnStatus
from rma.model.errors import Conflict, NotFound, Refused
from rma.model.numbers import MistypedNumber
from rma.model.outgoing import Kind
from rma.model.refunding import PartStatus, RefundStatus
from rma.service.receiving import Arrival
from rma.service.returns import PlannedLine
from tests.fixtures.talking import outbox
from tests.integration.refund_kit import EVERYTHING, NOON, RefundShop, kinds, order, refund_shop

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


# -- where it goes -------------------------------------------------------------------------------------------------------


async def test_it_goes_back_the_way_it_was_paid_gift_cards_last(shop: RefundShop) -> None:
    paid = [
        {"id": "gift_1", "type": "gift_card", "amount": "30.00"},
        {"id": "card_1", "type": "card", "last4": "9212", "amount": "20.00"},
        {"id": "paypal_1", "type": "paypal", "amount": "922.60"},
    ]  # fmt: skip
    await shop.load(order("W3", payment_methods=paid))
    rma = await shop.announce(order_id=3, lines=EVERYTHING)
    await shop.receive(rma, line1=2)
    await shop.refund(rma)
    assert await shop.moved("W3") == {"card_1": "20.00", "paypal_1": "14.90"}
    await shop.receive(rma)
    rma = await shop.refund(rma)
    assert await shop.moved("W3") == {"card_1": "20.00", "paypal_1": "922.60", "gift_1": "25.10"}
    assert sum(map(Decimal, (await shop.moved("W3")).values())) == Decimal(rma.refund["total"]) == Decimal("967.70")


async def test_a_gift_card_that_the_gateway_cannot_refill_becomes_store_credit(shop: RefundShop) -> None:
    shop.trouble.cannot.add("gift_1")
    paid = [{"id": "gift_1", "type": "gift_card", "amount": "10.00"}, {"id": "card_1", "type": "card", "amount": "9.90"}]
    await shop.load(order("W3", payment_methods=paid, lines=[order()["lines"][0] | {"quantity": 1}], shipping_paid="0.00"))
    rma = await shop.announce(order_id=3, lines=(PlannedLine("1", 1, Reason.DEFECTIVE),))
    await shop.receive(rma)
    rma = await shop.refund(rma)
    (credit,) = await shop.container.refunds.credits(rma.number)
    assert await shop.moved("W3") == {"card_1": "9.90"} and (credit.balance, credit.currency) == (Decimal("10.00"), "EUR")
    told = [message.text for message in await outbox(shop.container) if message.kind is Kind.REFUNDED][-1]
    assert credit.code in told and "€9.90" in told


async def test_store_credit_is_a_code_with_a_balance(either: RefundShop) -> None:
    shop = either
    rma = await shop.announce(quantity=2, resolution=Resolution.STORE_CREDIT)
    await shop.receive(rma)
    rma = await shop.refund(rma, "k")
    assert rma.status is S.REFUNDED and rma.refund["total"] == "39.80" and await shop.moved() == {}
    (credit,) = await shop.container.refunds.credits(rma.number)
    told = [message.text for message in await outbox(shop.container) if message.kind is Kind.REFUNDED][-1]
    assert credit.code in told and credit.code.startswith("SC-") and len(credit.code) == 20
    assert credit.code not in str([event.detail for event in rma.events])
    desk = shop.container.refunds
    assert (await desk.credit(credit.code.lower().replace("-", " "))).balance == Decimal("39.80")
    assert (await desk.spend(credit.code, Decimal("9.80"), "EUR", "order 7")).balance == Decimal("30.00")
    assert (await desk.spend(credit.code, Decimal("9.80"), "EUR", "order 7")).balance == Decimal("30.00")
    with pytest.raises(Refused, match=r"30\.00 EUR are left"):
        await desk.spend(credit.code, Decimal("30.01"), "EUR", "order 8")
    with pytest.raises(Refused, match="is in EUR"):
        await desk.spend(credit.code, Decimal("1.00"), "USD", "order 9")
    with pytest.raises(MistypedNumber):
        await desk.credit(credit.code[:-1] + ("0" if credit.code[-1] != "0" else "1"))


# -- when it does not work ----------------------------------------------------------------------------------------------------


async def test_a_gateway_out_of_reach_is_tried_again_and_pays_once(either: RefundShop) -> None:
    shop = either
    rma = await shop.announce(quantity=1)
    await shop.receive(rma)
    shop.trouble.plan.extend(["down", "down", "lost"])
    rma = await shop.refund(rma, "k")
    assert rma.status is S.RECEIVED and kinds(rma)[-1] == "refund_pending" and await shop.moved() == {}
    assert rma.refund["total"] == "15.00" and await shop.owed(rma) == "0.00"
    with pytest.raises(Conflict, match="on its way"):
        await shop.refund(rma)
    assert await shop.later(seconds=1) == 0 and len(shop.trouble.keys) == 1  # it waits a little before it tries again
    for _ in range(3):
        await shop.later(hours=1)
    rma = await shop.again(rma)
    assert rma.status is S.REFUNDED and await shop.moved() == {"card_1": "15.00"}
    assert len(set(shop.trouble.keys)) == 1 and len(shop.trouble.keys) == 3
    (refund,) = await shop.container.refunds.of(rma.number)
    assert refund.parts[0].attempts == 4 and refund.parts[0].error is None


async def test_a_refusal_waits_for_a_person_who_tries_again_or_another_way(either: RefundShop) -> None:
    shop = either
    rma = await shop.announce(quantity=1)
    await shop.receive(rma)
    shop.trouble.plan.extend(["refused", "refused"])
    rma = await shop.refund(rma, "k")
    desk = shop.container.refunds
    (refund,) = await desk.of(rma.number)
    assert refund.status is RefundStatus.FAILED and kinds(rma)[-1] == "refund_failed" and rma.status is S.RECEIVED
    assert refund.id and "the card is closed" in (refund.parts[0].error or "")
    assert await shop.later(hours=9) == 0 and await shop.owed(rma) == "0.00"
    assert (await desk.retry(refund.id, "ana")).status is RefundStatus.FAILED
    assert len(set(shop.trouble.keys)) == 2  # a provider repeats its refusal to the same key
    done = await desk.retry(refund.id, "ana", as_credit=True)
    assert done.status is RefundStatus.PAID and await shop.moved() == {}
    (credit,) = await desk.credits(rma.number)
    rma = await shop.again(rma)
    assert credit.amount == Decimal("15.00") and rma.status is S.REFUNDED
    with pytest.raises(Conflict, match="has no part that failed"):
        await desk.retry(refund.id, "ana")
    with pytest.raises(NotFound):
        await desk.retry(refund.id + 99, "ana")


async def test_one_part_of_two_fails_and_the_other_is_not_paid_again(shop: RefundShop) -> None:
    paid = [{"id": "card_1", "type": "card", "amount": "20.00"}, {"id": "paypal_1", "type": "paypal", "amount": "19.80"}]
    lines = [order()["lines"][0] | {"quantity": 2}]
    await shop.load(order("W3", payment_methods=paid, lines=lines, shipping_paid="0.00"))
    rma = await shop.announce(order_id=3, lines=(PlannedLine("1", 2, Reason.DEFECTIVE),))
    await shop.receive(rma)
    shop.trouble.plan.append("refused")
    rma = await shop.refund(rma)
    (refund,) = await shop.container.refunds.of(rma.number)
    assert [part.status for part in refund.parts] == [PartStatus.FAILED, PartStatus.PAID]
    assert await shop.moved("W3") == {"paypal_1": "19.80"} and rma.status is S.RECEIVED
    await shop.container.refunds.retry(refund.id or 0, "ana")
    rma = await shop.again(rma)
    assert await shop.moved("W3") == {"card_1": "20.00", "paypal_1": "19.80"} and rma.status is S.REFUNDED


async def test_what_was_tried_again_after_weeks_is_looked_after_from_that_day(shop: RefundShop) -> None:
    rma = await shop.announce(quantity=1)
    await shop.receive(rma)
    shop.trouble.plan.append("refused")
    await shop.refund(rma)
    (refund,) = await shop.container.refunds.of(rma.number)
    shop.clock.now += timedelta(days=40)
    shop.trouble.waits = True
    await shop.container.refunds.retry(refund.id or 0, "ana")
    assert (await shop.again(rma)).status is S.REFUNDED
    await shop.later(days=29)
    shop.trouble.came_back = True
    assert await shop.later(hours=13) == 1 and kinds(await shop.again(rma))[-1] == "refund_failed"


async def test_what_the_bank_sends_back_days_later_was_not_paid(shop: RefundShop) -> None:
    shop.trouble.waits = True
    rma, other = await shop.announce(quantity=1), await shop.announce(order_id=2)
    for one in (rma, other):
        await shop.receive(one)
        assert (await shop.refund(one)).status is S.REFUNDED
    await shop.later(hours=13)
    assert (await shop.again(rma)).refund["total"] == "15.00"
    shop.trouble.came_back = True
    assert await shop.later(hours=13) == 2
    (refund,) = await shop.container.refunds.of(rma.number)
    rma = await shop.again(rma)
    assert refund.status is RefundStatus.FAILED and kinds(rma)[-1] == "refund_failed" and rma.refund["total"] == "0.00"
    assert rma.refund["items"] == rma.refund["return_shipping"] == "0.00"
    shop.trouble.came_back = shop.trouble.waits = False
    done = await shop.container.refunds.retry(refund.id or 0, "ana", as_credit=True)
    rma = await shop.again(rma)
    assert done.status is RefundStatus.PAID and rma.refund["total"] == "15.00" and kinds(rma)[-1] == "refund_paid"
    assert await shop.later(hours=13) == 0


async def test_money_that_moved_cannot_be_called_off(shop: RefundShop) -> None:
    rma = await shop.announce(quantity=2)
    await shop.refund(rma, amount="5.00", goodwill=True, reason="a coupon was forgotten")
    with pytest.raises(Conflict, match="money went back"):
        await shop.container.returns.cancel(rma.number, "ana")
    assert (await shop.again(rma)).refund["total"] == "5.00"
    # What the other return may come to counts what this one still will.
    history = await shop.container.returns.history(1)
    assert history.refunded == Decimal("34.90")
    await shop.receive(rma)
    assert await shop.owed(rma) == "29.90"


# -- when it is due -----------------------------------------------------------------------------------------------------


async def test_what_is_due_and_overdue_by_the_day(shop: RefundShop) -> None:
    clock = shop.clock
    withdrawn = await shop.announce(quantity=1)  # inside the 14 days: a withdrawal by right
    fault = await shop.announce(order_id=2, lines=(PlannedLine("1", 1, Reason.DEFECTIVE, Condition.OPENED),))
    assert (await shop.container.refunds.dues()) == []
    clock.now += timedelta(days=10)
    await shop.receive(withdrawn)
    await shop.receive(fault)
    claims = {claim.number: claim for claim in await shop.container.refunds.dues()}
    first = claims[withdrawn.number]
    # 14 days from the notice, which is earlier than the promise of 14 days from the parcel.
    assert first.legal and first.by == NOON.date() + timedelta(days=14) and first.since == NOON.date() + timedelta(days=10)
    assert claims[fault.number].by == NOON.date() + timedelta(days=24) and not claims[fault.number].legal
    assert [claim.number for claim in await shop.container.refunds.dues()] == [withdrawn.number, fault.number]
    clock.now += timedelta(days=4)
    assert not any(claim.overdue for claim in await shop.container.refunds.dues())
    clock.now += timedelta(days=1)
    assert [claim.overdue for claim in await shop.container.refunds.dues()] == [True, False]
    figures = await shop.container.refunds.waiting.figures()
    assert (figures.due, figures.overdue, figures.by_status) == (2, 1, {})
    await shop.refund(withdrawn)
    assert (await shop.container.refunds.waiting.figures()).by_status == {"paid": 1}
    assert [claim.number for claim in await shop.container.refunds.dues()] == [fault.number]


async def test_a_proof_of_sending_makes_a_withdrawal_due(shop: RefundShop) -> None:
    rma = await shop.announce(quantity=1)
    async with shop.container.transactions() as uow:
        fresh = await uow.returns.by_number(rma.number)
        assert fresh is not None
        fresh.move(S.IN_TRANSIT, shop.clock.now, "carrier")
        await uow.returns.save(fresh)
    (claim,) = await shop.container.refunds.dues()
    assert (claim.ground, claim.amount, claim.legal) == ("sent", Decimal("15.00"), True)


@pytest.mark.parametrize("when", ["after_inspection", "after_reception"])
async def test_a_shop_that_does_not_pay_by_hand(sqlite_url: str, tmp_path: Path, when: str) -> None:
    async with refund_shop(sqlite_url, tmp_path, when) as shop:
        await shop.load(order())
        rma = await shop.announce(quantity=2)
        assert await shop.later(minutes=1) == 0
        await shop.receive(rma, line1=1)
        assert await shop.later(minutes=1) == (when == "after_reception")
        await shop.inspect(rma)
        assert await shop.later(minutes=1) == (when == "after_inspection")
        assert await shop.moved() == {"card_1": "15.00"}
        await shop.receive(rma)
        await shop.inspect(rma)
        await shop.later(minutes=1)
        rma = await shop.again(rma)
        assert rma.status is S.REFUNDED and await shop.moved() == {"card_1": "34.90"} and rma.events[-1].by == "system"
        assert await shop.later(minutes=1) == 0


async def test_a_repair_is_closed_when_it_was_sent_back(shop: RefundShop) -> None:
    line = PlannedLine("1", 1, Reason.DEFECTIVE)
    rma = await shop.announce(lines=(line,), resolution=Resolution.REPAIR)
    await shop.receive(rma)
    with pytest.raises(Conflict, match="is a repair"):
        await shop.refund(rma)
    rma = await shop.container.refunds.repaired(rma.number, "ana")
    assert rma.status is S.CLOSED and kinds(rma)[-2:] == ["repaired", "closed"]
    assert (await shop.container.refunds.repaired(rma.number, "ana")).events == rma.events


async def test_what_is_not_there(shop: RefundShop) -> None:
    with pytest.raises(NotFound):
        await shop.container.refunds.refund("RT-00000000", "ana", "k")
    with pytest.raises(MistypedNumber):
        await shop.container.refunds.refund("RT-00000001", "ana", "k")
    rma = await shop.announce(quantity=1)
    with pytest.raises(Refused, match="a key"):
        await shop.refund(rma, " ")
    await shop.container.returns.cancel(rma.number, "ana")
    with pytest.raises(Conflict, match="is cancelled: nothing is paid"):
        await shop.refund(rma, goodwill=True, reason="x")
    await shop.container.receiving.receive(rma.number, Arrival(), "ana")  # it came all the same
    assert (await shop.refund(rma)).status is S.REFUNDED

"""What a return holds of its order: no unit is accepted for nothing, kept for nothing, or paid for twice."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from rma.model.agents import Agent, Role
from rma.model.codes import Language, Reason, Resolution, ReturnStatus
from rma.model.conversations import Channel
from rma.model.errors import Conflict
from rma.model.returns import Return
from rma.model.support import Cause
from rma.service.receiving import Arrival
from rma.service.returns import Declined, PlannedLine
from tests.integration.refund_kit import NOON, Look, RefundShop, kinds, order, refund_shop

S = ReturnStatus
BOSS = Agent(id=1, login="marie", name="Marie", role=Role.ADMIN, password_hash="x", created_at=NOON)
REFUSED = Look("1", 1, accepted=False, why="worn for weeks")


@pytest_asyncio.fixture
async def shop(database_url: str) -> AsyncIterator[RefundShop]:
    async with refund_shop(database_url) as opened:
        await opened.load(order())
        yield opened


async def on_hold(shop: RefundShop, line: str = "1") -> int:
    async with shop.container.transactions() as uow:
        return (await uow.orders.committed(1))[line]


async def give_up(shop: RefundShop, rma: Return) -> Return:
    return await shop.container.receiving.receive(rma.number, Arrival({}, complete=True), "ana")


async def under_review(shop: RefundShop) -> Return:
    shop.clock.now = NOON.replace(month=12, day=15)
    rma = await shop.announce(lines=(PlannedLine("3", 1, Reason.CHANGED_MIND),))
    assert rma.status is S.REVIEW
    return await shop.receive(rma)


@pytest.mark.parametrize("end", [S.REVIEW, S.DECLINED, S.CANCELLED])
async def test_goods_that_nobody_said_yes_to_are_not_taken_from_the_shopper(shop: RefundShop, end: ReturnStatus) -> None:
    rma = await under_review(shop)
    if end is S.DECLINED:
        await shop.container.rulings.decline(BOSS, None, rma.number, "too old")
    elif end is S.CANCELLED:
        await shop.container.returns.cancel(rma.number, "shopper")
    for looks in ([], [Look("3")]):
        with pytest.raises(Conflict, match=f"is {end}"):
            await shop.inspect(rma, *looks)
    async with shop.container.transactions() as uow:
        assert await uow.goods.untold_stock(10) == []
    if end is not S.REVIEW:
        assert await on_hold(shop, "3") == 0
        rma = await shop.inspect(rma, Look("3", accepted=False, why="it goes back to you"))
        assert rma.status is end and rma.lines[0].rejected == 1 and await on_hold(shop, "3") == 0
    else:
        await shop.container.rulings.approve(BOSS, None, rma.number)
        rma = await shop.inspect(rma)
        assert rma.status is S.INSPECTED and rma.lines[0].accepted == 1


async def test_what_was_not_accepted_or_is_missing_can_be_returned_later(shop: RefundShop) -> None:
    rma = await shop.announce(quantity=3)
    await shop.receive(rma, line1=2)
    await shop.inspect(rma, Look("1", 1), REFUSED)
    assert await on_hold(shop) == 2
    await give_up(shop, rma)
    assert await on_hold(shop) == 1
    assert (await shop.refund(rma)).status is S.REFUNDED and await on_hold(shop) == 1
    later = await shop.announce(quantity=2, reason=Reason.DEFECTIVE)
    assert later.status is S.LABEL_ISSUED and later.refund["items"] == "39.80" and await on_hold(shop) == 3
    with pytest.raises(Declined):
        await shop.announce(quantity=1)
    await shop.receive(later)
    await shop.inspect(later)
    await shop.refund(later)
    assert await shop.moved() == {"card_1": "54.80"}


async def test_what_was_given_up_and_comes_late_is_received_once(shop: RefundShop) -> None:
    rma = await shop.announce(quantity=3)
    await shop.receive(rma, line1=1)
    await give_up(shop, rma)
    later = await shop.announce(quantity=2)
    with pytest.raises(Conflict, match="stand in another return"):
        await shop.receive(rma, line1=1)
    await shop.container.returns.cancel(later.number, "shopper")
    rma = await shop.receive(rma, line1=1)
    line = rma.lines[0]
    assert (line.received, line.missing) == (2, 1) and await on_hold(shop) == 2
    standing = await shop.container.standing.of(rma.number)
    assert sum(unit.quantity for unit in standing.missing) == 1, "nobody is told that it is missing any longer"


async def test_what_was_paid_before_it_came_is_not_returned_again(shop: RefundShop) -> None:
    rma = await shop.announce(quantity=3)
    await shop.refund(rma, goodwill=True, reason="a good customer")
    await shop.receive(rma, line1=1)
    await give_up(shop, rma)
    assert await on_hold(shop) == 3
    with pytest.raises(Declined):
        await shop.announce(quantity=1)
    other = await shop.announce(lines=(PlannedLine("2", 1, Reason.CHANGED_MIND),))
    await give_up(shop, other)
    assert await on_hold(shop, "2") == 0
    again = await shop.announce(lines=(PlannedLine("2", 1, Reason.CHANGED_MIND),))
    with pytest.raises(Conflict, match="stand in another return"):
        await shop.refund(other, goodwill=True, reason="paid all the same")
    await shop.container.returns.cancel(again.number, "shopper")
    await shop.refund(other, goodwill=True, reason="paid all the same")
    assert await on_hold(shop, "2") == 1


async def test_repaired_goods_are_the_shoppers_again(shop: RefundShop) -> None:
    rma = await shop.announce(resolution=Resolution.REPAIR, reason=Reason.DEFECTIVE)
    await shop.receive(rma)
    await shop.inspect(rma)
    assert await on_hold(shop) == 1
    await shop.container.refunds.repaired(rma.number, "ana")
    assert await on_hold(shop) == 0


async def test_a_closed_return_promises_nothing_and_takes_nothing(shop: RefundShop) -> None:
    rma = await shop.announce(quantity=3)
    await shop.receive(rma, line1=1)
    await give_up(shop, rma)
    await shop.inspect(rma, REFUSED)
    shop.clock.now = NOON.replace(year=2027, month=1, day=2)
    assert await shop.container.expiry.finish_interrupted() == 1 and (await shop.again(rma)).status is S.CLOSED
    history = await shop.container.returns.history(1)
    assert (history.refunded, history.returned) == (0, {})
    await shop.receive(rma, line1=1)
    with pytest.raises(Conflict, match="unannounced goods"):
        await shop.inspect(rma, Look("1"))


@pytest.mark.parametrize("late", [True, False])
async def test_a_unit_more_than_goes_out_in_exchange_is_paid(shop: RefundShop, late: bool) -> None:
    rma = await shop.exchange("S-1-L", 2 if late else 1)
    await shop.receive(rma, line1=1 if late else 2)
    if late:
        await give_up(shop, rma)
        assert (await shop.refund(rma)).status is S.EXCHANGED
        await shop.receive(rma, line1=1)
    await shop.inspect(rma, Look("1"))
    (claim,) = await shop.container.refunds.dues()
    assert str(claim.amount) == "19.90" and bool(claim.instead) is not late
    rma = await shop.refund(rma)
    assert rma.status is S.EXCHANGED and await shop.moved() == {"card_1": "19.90"}
    assert (rma.refund["total"], rma.lines[0].refunded) == ("19.90", 2)
    assert await shop.container.refunds.dues() == [] and await on_hold(shop) == 2


async def test_a_return_is_exchanged_only_when_something_was(shop: RefundShop) -> None:
    made = order("W2")
    made["lines"][1]["delivered_at"] = None  # what never came is refunded, whatever is wanted for the rest
    await shop.load(made)
    lines = (PlannedLine("1", 1, Reason.SIZE_TOO_SMALL, exchange_for="S-1-L"), PlannedLine("2", 1, Reason.CHANGED_MIND))
    rma = await shop.announce(order_id=2, lines=lines, resolution=Resolution.EXCHANGE)
    await shop.refund(rma)
    assert await shop.moved("W2") == {"card_1": "8.00"}
    await shop.receive(rma)
    rma = await shop.inspect(rma, REFUSED)
    assert rma.status is S.REFUNDED and rma.lines[0].refunded == 0


async def test_what_was_exchanged_ends_it_when_the_rest_never_comes(shop: RefundShop) -> None:
    lines = (PlannedLine("1", 1, Reason.SIZE_TOO_SMALL, exchange_for="S-1-L"), PlannedLine("2", 1, Reason.CHANGED_MIND))
    rma = await shop.announce(lines=lines, resolution=Resolution.EXCHANGE)
    await shop.receive(rma, line1=1)
    await shop.inspect(rma, Look("1"))
    assert (await shop.refund(rma)).status is S.PARTIALLY_RECEIVED
    assert (await give_up(shop, rma)).status is S.EXCHANGED


async def test_what_was_withdrawn_and_is_delivered_all_the_same_has_to_come_back(shop: RefundShop) -> None:
    made = order("W2")
    made["lines"][0]["delivered_at"] = made["lines"][1]["delivered_at"] = None
    await shop.load(made)
    opened, _ = await shop.container.desk.open(Channel.WEB, Language.EN, "192.0.2.7")
    rma = await shop.announce(order_id=2, conversation=opened.id)
    paid = await shop.announce(order_id=2, lines=(PlannedLine("2", 1, Reason.CHANGED_MIND),))
    await shop.refund(paid)
    assert rma.lines[0].stays and await shop.owed(rma) == "19.90"
    for line in made["lines"]:
        line["delivered_at"] = NOON.isoformat()
    await shop.load(made)
    rma, paid = await shop.again(rma), await shop.again(paid)
    assert not rma.lines[0].stays and await shop.owed(rma) == "0" and kinds(rma)[-1] == kinds(paid)[-1] == "delivered_after_all"
    assert paid.status is S.REFUNDED and await on_hold(shop) == 0
    async with shop.container.transactions() as uow:
        (ticket,) = await uow.support.hand_overs(opened.id)
    assert ticket.cause is Cause.PARCEL and ticket.context["number"] == rma.number
    await shop.receive(rma)
    assert (await shop.refund(rma)).status is S.REFUNDED

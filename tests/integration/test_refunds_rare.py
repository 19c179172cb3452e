"""What seldom happens to a payment and must not cost twice, or be forgotten."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from rma.model.codes import Reason, Resolution, ReturnStatus
from rma.model.errors import Conflict, Refused
from rma.model.refunding import PaidBack, PartStatus, PayBack, RefundStatus, RefundUnavailable
from rma.service.returns import PlannedLine
from tests.integration.refund_kit import RefundShop, Trouble, order, refund_shop

S = ReturnStatus


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[RefundShop]:
    async with refund_shop(sqlite_url) as opened:
        await opened.load(order(), order("W2"))
        yield opened


class Deaf(Trouble):
    """A provider that cannot be asked what it paid, for as long as it is `deaf`."""

    deaf = True

    async def find(self, request: PayBack, idempotency_key: str) -> PaidBack | None:
        if self.deaf:
            raise RefundUnavailable("no connection")
        return await super().find(request, idempotency_key)


async def test_what_may_have_been_paid_at_a_second_try_goes_no_other_way(shop: RefundShop) -> None:
    desk = shop.container.refunds
    parts = desk._payer.parts
    deaf = parts.gateway = Deaf(parts.gateway)
    rma = await shop.announce(quantity=1)
    await shop.receive(rma)
    deaf.plan.extend(["refused", "lost"])
    await shop.refund(rma)
    (refund,) = await desk.of(rma.number)
    assert refund.status is RefundStatus.FAILED and refund.id
    await desk.retry(refund.id, "ana")  # paid, and its answer is lost
    for _ in range(45):
        await shop.later(hours=1)
    assert (await desk.get(refund.id)).status is RefundStatus.FAILED and await shop.moved() == {"card_1": "15.00"}
    with pytest.raises(Conflict, match="nobody knows whether it was paid"):
        await desk.retry(refund.id, "ana", as_credit=True)
    deaf.deaf = False
    assert (await desk.retry(refund.id, "ana")).status is RefundStatus.PAID
    assert len(deaf.keys) == 2 and await shop.moved() == {"card_1": "15.00"} and await desk.credits(rma.number) == []


async def test_one_part_is_refused_and_the_other_out_of_reach(shop: RefundShop) -> None:
    paid = [{"id": "card_1", "type": "card", "amount": "10.00"}, {"id": "card_2", "type": "card", "amount": "54.60"}]
    await shop.load(order("W3", payment_methods=paid, lines=order()["lines"][:1]))
    rma = await shop.announce(order_id=3, quantity=1)
    await shop.receive(rma)
    shop.trouble.plan.extend(["refused", "down"])
    await shop.refund(rma)
    assert await shop.moved("W3") == {}
    await shop.later(hours=1)
    (refund,) = await shop.container.refunds.of(rma.number)
    assert [part.status for part in refund.parts] == [PartStatus.FAILED, PartStatus.PAID]
    assert await shop.moved("W3") == {"card_2": "5.00"} and refund.status is RefundStatus.FAILED
    await shop.container.refunds.retry(refund.id or 0, "ana")
    assert await shop.moved("W3") == {"card_1": "10.00", "card_2": "5.00"} and (await shop.again(rma)).status is S.REFUNDED


async def test_a_return_that_is_paid_ahead_does_not_expire_and_give_its_units_back(shop: RefundShop) -> None:
    rma = await shop.announce(quantity=3)
    shop.trouble.plan.extend(["down"] * 2)
    await shop.refund(rma, goodwill=True, reason="she is ill and sends it later")
    shop.clock.now += timedelta(days=30)
    assert await shop.container.expiry.finish_interrupted() == 0
    await shop.later(hours=1)
    await shop.later(hours=1)
    rma = await shop.again(rma)
    assert rma.status is S.REFUNDED and await shop.moved() == {"card_1": "54.80"}
    async with shop.container.transactions() as uow:
        assert (await uow.orders.committed(1))["1"] == 3


async def test_what_is_refunded_beside_a_repair_is_due_and_paid_before_it_ends(shop: RefundShop) -> None:
    lines = (PlannedLine("1", 1, Reason.DEFECTIVE), PlannedLine("2", 1, Reason.CHANGED_MIND))
    rma = await shop.announce(resolution=Resolution.REPAIR, lines=lines)
    await shop.receive(rma)
    owed = await shop.owed(rma)
    assert [str(claim.amount) for claim in await shop.container.refunds.dues()] == [owed] and owed != "0.00"
    with pytest.raises(Conflict, match=f"{owed} EUR are due"):
        await shop.container.refunds.repaired(rma.number, "ana")
    await shop.refund(rma)
    assert await shop.moved() == {"card_1": owed} and not await shop.container.refunds.dues()
    assert (await shop.container.refunds.repaired(rma.number, "ana")).status is S.CLOSED


async def test_an_inspection_of_nothing_says_so(shop: RefundShop) -> None:
    rma = await shop.receive(await shop.announce())
    with pytest.raises(Refused, match="no line is named"):
        await shop.container.inspection.inspect(rma.number, [], "ana")

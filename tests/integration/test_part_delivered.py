"""An order goes back before all of it was delivered: what never came is not waited for, and its money is due at once."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest
import pytest_asyncio

from rma.model.codes import Language, Reason, Resolution, ReturnStatus
from rma.model.errors import Refused
from rma.service.receiving import Arrival
from rma.service.returns import PlannedLine
from tests.fixtures.talking import Talk
from tests.integration.notice_shop import plan
from tests.integration.refund_kit import NOON, RefundShop, order, refund_shop

S = ReturnStatus


@pytest_asyncio.fixture
async def shop(database_url: str) -> AsyncIterator[RefundShop]:
    async with refund_shop(database_url) as opened:
        document = order(status="shipped")
        document["lines"][1]["delivered_at"] = None
        await opened.load(document, order("W2"))
        yield opened


async def asked(shop: RefundShop, intent: str, order_id: int = 1) -> list[str]:
    talks = [await Talk.begin(shop.container, language, order_id=order_id) for language in (Language.EN, Language.FR)]
    return [await talk.say("…", intent, 0.99) for talk in talks]


async def test_what_never_came_is_paid_at_once_and_not_waited_for(shop: RefundShop) -> None:
    lines = (PlannedLine("1", 1, Reason.CHANGED_MIND), PlannedLine("2", 1, Reason.CHANGED_MIND))
    rma = await shop.announce(lines=lines)
    assert rma.status is S.LABEL_ISSUED and [line.outstanding for line in rma.lines] == [1, 0]
    (claim,) = await shop.container.refunds.dues()
    mug = str(claim.amount)
    assert (claim.number, claim.ground, claim.by) == (rma.number, "nothing_comes", (NOON + timedelta(days=14)).date())
    english, french = await asked(shop, "check_refund_status")
    assert mug in english and "9 December" in english and "9 décembre" in french
    rma = await shop.refund(rma)
    assert rma.status is S.LABEL_ISSUED and await shop.moved() == {"card_1": mug} and not await shop.container.refunds.dues()
    rest = str(Decimal(rma.decision["refund"]["total"]) - Decimal(mug))
    english, french = await asked(shop, "check_refund_status")
    assert mug in english and rest in english and rest.replace(".", ",") in french, "what follows is said, too"
    assert "Mug" not in english + (await asked(shop, "check_return_status"))[0]
    rma = await shop.receive(rma)
    assert rma.status is S.RECEIVED and [line.received for line in rma.lines] == [1, 0]
    assert "wait" not in (await asked(shop, "check_return_status"))[0].lower()
    rma = await shop.refund(rma)
    assert rma.status is S.REFUNDED and await shop.moved() == {"card_1": rma.decision["refund"]["total"]}


async def test_what_comes_though_nothing_had_to_is_counted(shop: RefundShop) -> None:
    rma = await shop.announce(lines=(PlannedLine("2", 1, Reason.CHANGED_MIND),))
    assert rma.method is None and rma.lines[0].outstanding == 0
    rma = await shop.receive(rma)
    assert rma.status is S.RECEIVED and rma.lines[0].received == 1


async def test_the_rest_that_never_comes_ends_a_return_that_was_paid(shop: RefundShop) -> None:
    rma = await shop.announce(order_id=2, quantity=2)
    await shop.receive(rma, line1=1)
    assert (await shop.refund(rma)).status is S.PARTIALLY_RECEIVED
    done = await shop.container.receiving.receive(rma.number, Arrival({}, complete=True), "ana")
    assert done.status is S.REFUNDED and done.lines[0].missing == 1


async def test_goodwill_leaves_what_another_return_is_promised(shop: RefundShop) -> None:
    first = await shop.announce(order_id=2, quantity=1)
    second = await shop.announce(order_id=2, lines=(PlannedLine("2", 1, Reason.CHANGED_MIND),))
    promised = Decimal(first.refund["total"])
    with pytest.raises(Refused, match="promised"):
        await shop.refund(second, amount=str(Decimal("972.60") - promised + Decimal("0.01")), goodwill=True, reason="Sorry.")
    await shop.refund(second, amount=str(Decimal("972.60") - promised), goodwill=True, reason="Sorry.")
    await shop.receive(first)
    assert Decimal(await shop.owed(first)) == promised


async def test_a_parcel_paid_for_ahead_is_no_trouble(shop: RefundShop) -> None:
    talk = await Talk.begin(shop.container, Language.EN, order_id=2)
    rma = await shop.container.returns.create(plan("ahead", order_id=2, conversation=talk.id, resolution=Resolution.REFUND))
    await shop.refund(rma, goodwill=True, reason="A good customer.")
    await shop.receive(rma)
    async with shop.container.transactions() as uow:
        assert not await uow.conversations.tickets(open_only=True, conversation_id=talk.id)

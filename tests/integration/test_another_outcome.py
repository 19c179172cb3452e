"""A return was made, and the shopper would rather have the money, or the credit: changed with its amounts, or told why not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal

import pytest
import pytest_asyncio

from rma.bootstrap import Container
from rma.model.codes import Language, Reason, Resolution, ReturnStatus
from rma.model.errors import Conflict, Outdated
from rma.service.changing import WhyNot
from rma.service.inspecting import Look
from rma.service.receiving import Arrival
from tests.fixtures.talking import Talk
from tests.integration.notice_shop import Clock, document, load, opened, order, plan

EN, FR = Language.EN, Language.FR
CREDIT, REFUND = Resolution.STORE_CREDIT, Resolution.REFUND


@pytest_asyncio.fixture
async def shop(database_url: str) -> AsyncIterator[Container]:
    async with opened(database_url, Clock()) as container:
        await load(container, document("W2611340"))
        yield container


@pytest.mark.parametrize(
    ("language", "text", "intent", "confidence", "was", "total"),
    [
        (EN, "actually I'd rather have store credit", "inform", 0.88, REFUND, "19.90"),
        (EN, "can you make it store credit instead of a refund", "ask_return_policy", 0.94, REFUND, "19.90"),
        (EN, "could i swap the refund for credit", "request_exchange", 0.91, REFUND, "19.90"),
        (EN, "I'd like credit rather than the refund", "check_refund_status", 0.67, REFUND, "19.90"),
        (EN, "store credit then", "inform", 1.0, REFUND, "19.90"),
        (FR, "je préfère un avoir plutôt", "inform", 0.73, REFUND, "19.90"),
        (FR, "finalement un bon d'achat", "inform", 0.55, REFUND, "19.90"),
        (FR, "finalement je préfère être remboursé", "request_return", 0.99, CREDIT, "15.00"),
        (FR, "changez en remboursement svp", "request_exchange", 0.84, CREDIT, "15.00"),
        (EN, "I want my money back instead of the credit", "request_return", 0.97, CREDIT, "15.00"),
        (EN, "no credit please, a refund", "request_return", 0.9, CREDIT, "15.00"),
    ],
)
async def test_it_is_changed_after_a_yes_to_its_amounts(
    shop: Container, language: Language, text: str, intent: str, confidence: float, was: Resolution, total: str
) -> None:
    rma = await shop.returns.create(plan(resolution=was))
    talk = await Talk.begin(shop, language, order_id=1, last_return=rma.number)
    answer = await talk.say(text, intent, confidence, reason="changed_mind" if "bon" in text else None)
    assert rma.number in answer and await talk.expects() == ("confirm", "confirm"), answer
    assert all(amount in answer.replace(",", ".") for amount in ("19.90", "15.00"))
    assert (await shop.returns.get(rma.number)).resolution is was
    await talk.say("", choice="yes")
    changed = await shop.returns.get(rma.number)
    assert (changed.resolution, changed.refund["total"], changed.status) == (REFUND if was is CREDIT else CREDIT, total, rma.status)
    (event,) = [event for event in changed.events if event.kind == "outcome_changed"]
    assert event.by == "shopper" and event.detail["was"] == was and event.detail["reason"]
    # What is paid once it comes is what was said.
    await shop.receiving.receive(rma.number, Arrival({"1": 1}, complete=True), "ana")
    standing = await shop.standing.of(rma.number)
    assert standing.due.owed == Decimal(total) and standing.due.resolution is changed.resolution


@pytest.mark.parametrize(("language", "text"), [(EN, "actually I'd rather have store credit"), (FR, "je préfère un avoir plutôt")])
async def test_no_leaves_it_and_money_that_left_is_said(shop: Container, language: Language, text: str) -> None:
    rma = await shop.returns.create(plan())
    talk = await Talk.begin(shop, language, order_id=1, last_return=rma.number)
    await talk.say(text)
    assert rma.number in await talk.say("", choice="no")
    assert (await shop.returns.get(rma.number)).resolution is REFUND
    await shop.receiving.receive(rma.number, Arrival({"1": 1}, complete=True), "ana")
    await shop.refunds.refund(rma.number, by="ana", key="k")
    assert rma.number in await talk.say(text)
    assert await talk.expects() is None and (await shop.returns.get(rma.number)).resolution is REFUND
    assert (await shop.changes.prospect(rma.number, CREDIT)).why_not is WhyNot.PAID


@pytest.mark.parametrize(
    ("language", "text"), [(EN, "I also want a refund for the mug"), (FR, "je veux aussi être remboursé du mug")]
)
async def test_what_names_an_item_of_no_return_is_another_return(shop: Container, language: Language, text: str) -> None:
    rma = await shop.returns.create(plan(resolution=CREDIT))
    talk = await Talk.begin(shop, language, order_id=1, last_return=rma.number)
    await talk.say(text, "request_return", 1.0)
    assert await talk.expects() == ("reason", "choice")


async def test_what_was_settled_by_a_person_or_is_not_decided_stays(shop: Container) -> None:
    watch = await shop.returns.create(plan("w", "3", reason=Reason.DEFECTIVE))
    if watch.status is ReturnStatus.REVIEW:
        assert (await shop.changes.prospect(watch.number, CREDIT)).why_not is WhyNot.UNDECIDED
    rma = await shop.returns.create(plan())
    async with shop.transactions() as uow:
        known = await uow.returns.by_number(rma.number)
        assert known is not None
        known.refund = known.refund | {"total": "18.00"}
        known.note("overridden", shop.clock(), "ana")
        await uow.returns.save(known)
    assert (await shop.changes.prospect(rma.number, CREDIT)).why_not is WhyNot.SETTLED
    with pytest.raises(Conflict):
        await shop.changes.change(rma.number, CREDIT, "shopper")
    assert (await shop.changes.prospect(rma.number, Resolution.EXCHANGE)).why_not is WhyNot.NO_MONEY


async def test_only_what_was_shown_is_done_and_twice_is_once(shop: Container) -> None:
    rma = await shop.returns.create(plan())
    with pytest.raises(Outdated):
        await shop.changes.change(rma.number, CREDIT, "shopper", total="99.00")
    for _ in range(2):
        changed = await shop.changes.change(rma.number, CREDIT, "shopper", total="19.90")
    assert [event.kind for event in changed.events].count("outcome_changed") == 1
    back = await shop.changes.change(rma.number, REFUND, "shopper")
    assert back.refund == rma.refund and back.decision == rma.decision and await order(shop)


@pytest.mark.parametrize(("language", "text"), [(EN, "actually I'd rather have store credit"), (FR, "je préfère un avoir plutôt")])
async def test_what_was_not_accepted_is_in_no_amount_that_is_said(shop: Container, language: Language, text: str) -> None:
    rma = await shop.returns.create(plan(quantity=3))
    await shop.receiving.receive(rma.number, Arrival({"1": 3}), "ana")
    looks = [Look("1", 2), Look("1", 1, accepted=False, why="worn")]
    await shop.inspection.inspect(rma.number, looks, "ana")
    talk = await Talk.begin(shop, language, order_id=1, last_return=rma.number)
    answer = (await talk.say(text)).replace(",", ".")
    assert "39.80" in answer and "34.90" in answer and "59.70" not in answer and "54.80" not in answer, answer
    assert "39.80" in (await talk.say("", choice="yes")).replace(",", ".")
    assert (await shop.standing.of(rma.number)).due.owed == Decimal("39.80")


@pytest.mark.parametrize("at_once", ["pay", "cancel", "receive", "inspect"])
async def test_a_change_at_the_same_moment_as_something_else_is_whole_or_not_at_all(shop: Container, at_once: str) -> None:
    rma = await shop.returns.create(plan())
    if at_once in ("pay", "inspect"):
        await shop.receiving.receive(rma.number, Arrival({"1": 1}), "ana")
    acts: dict[str, Callable[[], Awaitable[object]]] = {
        "pay": lambda: shop.refunds.refund(rma.number, by="ana", key="k"),
        "cancel": lambda: shop.returns.cancel(rma.number, "shopper"),
        "receive": lambda: shop.receiving.receive(rma.number, Arrival({"1": 1}), "ana"),
        "inspect": lambda: shop.inspection.inspect(rma.number, None, "ana"),
    }
    change = shop.changes.change(rma.number, CREDIT, "shopper", "19.90")
    done = await asyncio.gather(change, acts[at_once](), return_exceptions=True)
    failed = [one for one in done if isinstance(one, BaseException)]
    assert all(isinstance(one, Conflict) for one in failed) and len(failed) < 2, done
    now, standing = await shop.returns.get(rma.number), await shop.standing.of(rma.number)
    assert (now.resolution is CREDIT) is not isinstance(done[0], BaseException)
    total = "19.90" if now.resolution is CREDIT else "15.00"
    assert now.refund["total"] == total
    for paid in standing.refunds:
        assert paid.amount == Decimal(total) and (paid.parts[0].method is None) is (now.resolution is CREDIT)

"""The price of the first delivery goes back with the last of the order, once: and not where a part of it stays with the shopper."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
import pytest_asyncio

from rma.model.codes import Language, Reason, Resolution
from rma.model.returns import Return
from rma.service.receiving import Arrival
from rma.service.returns import PlannedLine
from tests.fixtures.talking import Talk
from tests.integration.refund_kit import Look, RefundShop, order, refund_shop

KEPT = PlannedLine("1", 3, Reason.CHANGED_MIND)
REST = (PlannedLine("2", 1, Reason.CHANGED_MIND), PlannedLine("3", 1, Reason.CHANGED_MIND))


@pytest_asyncio.fixture
async def shop(database_url: str) -> AsyncIterator[RefundShop]:
    async with refund_shop(database_url) as opened:
        await opened.load(order())
        yield opened


async def both(shop: RefundShop) -> tuple[Return, Return]:
    first = await shop.announce(lines=(KEPT,))
    rest = await shop.announce(lines=REST)
    assert Decimal(rest.refund["outbound_shipping"]) > 0
    return first, rest


async def test_it_does_not_go_back_where_a_part_of_the_order_is_kept_after_all(shop: RefundShop) -> None:
    first, rest = await both(shop)
    await shop.container.returns.cancel(first.number, "shopper")
    now = await shop.again(rest)
    assert (rest.refund["total"], now.refund["total"], now.refund["outbound_shipping"]) == ("908.00", "903.10", "0.00")
    again = await shop.announce(lines=(KEPT,))
    assert again.refund["outbound_shipping"] == "4.90"
    promised = sum(Decimal(one.refund["outbound_shipping"]) for one in (now, again))
    assert promised == Decimal("4.90")


async def test_a_parcel_that_comes_all_the_same_brings_it_back(shop: RefundShop) -> None:
    first, rest = await both(shop)
    await shop.container.returns.cancel(first.number, "shopper")
    await shop.container.receiving.receive(first.number, Arrival({"1": 3}), "ana")
    assert (await shop.again(rest)).refund == rest.refund
    await shop.inspect(first, Look("1", 1, accepted=False, why="worn"), Look("1", 2))
    assert (await shop.again(rest)).refund["outbound_shipping"] == "0.00"
    await shop.receive(rest)
    assert await shop.owed(rest) == "903.10"


async def test_what_a_person_set_or_was_paid_stays(shop: RefundShop) -> None:
    first, rest = await both(shop)
    await shop.refund(rest, goodwill=True, reason="kind")
    paid = (await shop.again(rest)).refund
    await shop.container.returns.cancel(first.number, "shopper")
    assert (await shop.again(rest)).refund == paid


async def test_another_return_of_it_never_promises_it_twice(shop: RefundShop) -> None:
    first, rest = await both(shop)
    await shop.container.returns.cancel(first.number, "shopper")
    again = await shop.announce(lines=(KEPT,), resolution=Resolution.STORE_CREDIT)
    assert again.refund["outbound_shipping"] == "4.90"
    await shop.container.returns.cancel(again.number, "shopper")
    await shop.container.receiving.receive(again.number, Arrival({"1": 3}), "ana")
    assert (await shop.again(rest)).refund["outbound_shipping"] == "0.00"


@pytest.mark.parametrize(("language", "said"), [(Language.EN, "903.10"), (Language.FR, "903,10")])
async def test_whoever_calls_off_a_part_is_told_what_the_other_comes_to(shop: RefundShop, language: Language, said: str) -> None:
    first, rest = await both(shop)
    talk = await Talk.begin(shop.container, language, order_id=1)
    await talk.say(f"cancel {first.number}", "cancel_return", 1.0)
    answer = await talk.say("", choice="yes")
    assert rest.number in answer and said in answer, answer


async def test_what_was_paid_of_it_is_not_paid_again(shop: RefundShop) -> None:
    first, rest = await both(shop)
    await shop.receive(rest)
    await shop.refund(rest)
    await shop.container.returns.cancel(first.number, "shopper")
    again = await shop.announce(lines=(KEPT,))
    assert (again.refund["outbound_shipping"], again.refund["total"]) == ("0.00", "54.80")


async def test_what_was_not_paid_of_it_is_paid_with_what_comes_later(shop: RefundShop) -> None:
    whole = await shop.announce(lines=(KEPT, *REST))
    assert whole.refund["outbound_shipping"] == "4.90"
    await shop.receive(whole)
    await shop.inspect(whole, Look("1"), Look("3"), Look("2", accepted=False, why="chipped"))
    await shop.refund(whole)
    later = await shop.announce(lines=REST[:1])
    assert (later.refund["outbound_shipping"], later.refund["total"]) == ("4.90", "8.00")


async def test_of_two_returns_made_at_once_one_promises_it(shop: RefundShop) -> None:
    made = await asyncio.gather(shop.announce(lines=(KEPT,)), shop.announce(lines=REST[:1]), shop.announce(lines=REST[1:]))
    assert sorted(rma.refund["outbound_shipping"] for rma in made) == ["0.00", "0.00", "4.90"]

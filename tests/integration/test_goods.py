"""Goods come back: counted against what was announced, looked at, sent their way; numbers and states that hold together."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from rma.bootstrap import Container
from rma.model.codes import Disposition, Reason, ReturnStatus
from rma.model.errors import Conflict, NotFound, Refused
from rma.model.goods import Grade, Parcel
from rma.model.returns import Return
from rma.service.inspecting import Look
from rma.service.receiving import Arrival, ScanKind
from tests.integration.notice_shop import Clock, document, load, opened, plan

S = ReturnStatus


@pytest_asyncio.fixture
async def shop(database_url: str) -> AsyncIterator[Container]:
    async with opened(database_url, Clock()) as container:
        lines = document()["lines"]
        lines[0]["category"] = "clothing"
        lines[2] |= {"category": "electronics", "tags": ["dangerous_goods"]}
        await load(container, document(lines=lines), document("W2"))
        yield container


async def announced(shop: Container, **changes: Any) -> Return:
    return await shop.returns.create(plan(**changes))


def numbers(rma: Return, line: str = "1") -> tuple[int, ...]:
    found = rma.line(line)
    assert found is not None
    return found.quantity, found.received, found.accepted, found.rejected, found.missing


async def units_bought(shop: Container, line: str = "1") -> int:
    async with shop.transactions() as uow:
        return (await uow.orders.committed(1))[line]


async def test_a_parcel_as_announced(shop: Container) -> None:
    rma = await announced(shop, quantity=2)
    with pytest.raises(Conflict, match="nothing of it came yet"):
        await shop.inspection.inspect(rma.number, None, "ana")
    rma = await shop.receiving.receive(rma.number, Arrival(scanned="x"), "ana")
    assert rma.status is S.RECEIVED and numbers(rma) == (2, 2, 0, 0, 0)
    with pytest.raises(Conflict, match="all that was announced came"):
        await shop.receiving.receive(rma.number, Arrival(), "ana")
    rma = await shop.inspection.inspect(rma.number, None, "ana")
    assert rma.status is S.INSPECTED and numbers(rma) == (2, 2, 2, 0, 0)
    assert rma.lines[0].disposition is Disposition.RESTOCK
    assert [event.kind for event in rma.events][-4:] == ["arrived", "received", "inspected_units", "inspected"]
    async with shop.transactions() as uow:
        (unit,) = await uow.goods.of(rma.number)
    assert (unit.quantity, unit.grade, unit.accepted, unit.by) == (2, Grade.AS_NEW, True, "ana")
    assert [message.kind for message in await shop.outbox.find()].count("received") == 1


async def test_two_parcels_and_one_unit_that_never_comes(shop: Container) -> None:
    rma = await announced(shop, quantity=3)
    rma = await shop.receiving.receive(rma.number, Arrival({"1": 1}), "ana")
    assert rma.status is S.PARTIALLY_RECEIVED
    rma = await shop.inspection.inspect(rma.number, [Look("1", grade=Grade.OPENED)], "ana")
    assert rma.status is S.PARTIALLY_RECEIVED and numbers(rma) == (3, 1, 1, 0, 0)
    rma = await shop.receiving.receive(rma.number, Arrival({"1": 1}, complete=True), "ana")
    assert rma.status is S.RECEIVED and numbers(rma) == (3, 2, 1, 0, 1)
    rma = await shop.inspection.inspect(rma.number, [Look("1", grade=Grade.USED, accepted=False, why="worn in the rain")], "b")
    assert rma.status is S.INSPECTED and numbers(rma) == (3, 2, 1, 1, 1)
    async with shop.transactions() as uow:
        units = await uow.goods.of(rma.number)
    assert [(u.quantity, u.grade, u.accepted, u.disposition) for u in units] == [
        (1, Grade.OPENED, True, Disposition.RESTOCK),
        (1, None, False, Disposition.MISSING),
        (1, Grade.USED, False, None),
    ]


async def test_an_empty_box_is_inspected_and_all_of_it_missing(shop: Container) -> None:
    rma = await announced(shop, quantity=2)
    rma = await shop.receiving.receive(rma.number, Arrival({}, complete=True, note="empty box"), "ana")
    assert rma.status is S.INSPECTED and numbers(rma) == (2, 0, 0, 0, 2)
    assert rma.lines[0].disposition is Disposition.MISSING
    assert not [message for message in await shop.outbox.find() if message.kind == "received"]


async def test_more_and_others_than_announced_wait_for_a_word(shop: Container) -> None:
    rma = await announced(shop, quantity=1)
    stray = {"name": "somebody else's scarf", "quantity": 1}
    rma = await shop.receiving.receive(rma.number, Arrival({"1": 2, "2": 1}, others=[stray]), "ana")
    assert rma.status is S.RECEIVED and numbers(rma) == (1, 2, 0, 0, 0) and numbers(rma, "2") == (0, 1, 0, 0, 0)
    (parcel,) = await parcels(shop)
    assert parcel.number == rma.number and parcel.contents == [stray]
    with pytest.raises(Refused, match="more came than was announced"):
        await shop.inspection.inspect(rma.number, None, "ana")
    assert await units_bought(shop) == 1
    before = rma.refund
    looks = [Look("1", 2), Look("2", 1, accepted=False, why="not asked for")]
    rma = await shop.inspection.inspect(rma.number, looks, "ana")
    assert rma.status is S.INSPECTED and numbers(rma) == (2, 2, 2, 0, 0) and numbers(rma, "2") == (0, 1, 0, 1, 0)
    assert await units_bought(shop) == 2
    assert (before["items"], rma.refund["items"]) == ("19.90", "39.80")
    settled = await shop.receiving.place(parcel.id or 0, "ana", "sent back to its owner")
    assert settled.settled_by == "ana" and await parcels(shop) == []
    with pytest.raises(Conflict, match="settled already"):
        await shop.receiving.place(parcel.id or 0, "bob", "kept")


async def parcels(shop: Container) -> list[Parcel]:
    async with shop.transactions() as uow:
        return await uow.goods.parcels()


async def test_more_than_was_bought_is_counted_and_never_accepted(shop: Container) -> None:
    rma = await announced(shop, quantity=3)
    rma = await shop.receiving.receive(rma.number, Arrival({"1": 4}), "ana")
    with pytest.raises(Conflict):
        await shop.inspection.inspect(rma.number, [Look("1", 4)], "ana")
    rma = await shop.returns.get(rma.number)
    assert numbers(rma) == (3, 4, 0, 0, 0) and await units_bought(shop) == 3
    rma = await shop.inspection.inspect(rma.number, [Look("1", 3), Look("1", 1, accepted=False, why="not ours")], "ana")
    assert rma.status is S.INSPECTED


async def test_a_miscount_is_taken_back_and_the_rest_that_never_comes_ends_it(shop: Container) -> None:
    rma = await announced(shop, quantity=2)
    with pytest.raises(Conflict, match="nothing was counted"):
        await shop.receiving.receive(rma.number, Arrival({"1": 0}), "ana")
    await shop.receiving.receive(rma.number, Arrival({"1": 30}), "ana")
    slip = Look("1", 29, disposition=Disposition.MISSING)
    rma = await shop.inspection.inspect(rma.number, [slip, Look("1")], "ana")
    # 28 were never announced and are missed by nobody; one of the two is.
    assert rma.status is S.INSPECTED and numbers(rma) == (2, 1, 1, 0, 1)
    other = await announced(shop, key="k2", line="2", reason=Reason.CHANGED_MIND)
    assert other.status is S.LABEL_ISSUED


async def test_what_came_was_paid_and_the_rest_will_not_come(shop: Container) -> None:
    rma = await announced(shop, quantity=2)
    await shop.receiving.receive(rma.number, Arrival({"1": 1}), "ana")
    await shop.inspection.inspect(rma.number, None, "ana")
    assert (await shop.refunds.refund(rma.number, "eve", "k")).status is S.PARTIALLY_RECEIVED
    rma = await shop.receiving.receive(rma.number, Arrival({}, complete=True), "ana")
    assert rma.status is S.REFUNDED and numbers(rma) == (2, 1, 1, 0, 1)


async def test_a_parcel_comes_although_its_return_was_called_off(shop: Container) -> None:
    rma = await announced(shop, quantity=3)
    await shop.returns.cancel(rma.number, "shopper")
    assert await units_bought(shop) == 0
    rma = await shop.receiving.receive(rma.number, Arrival({"1": 3}), "ana")
    assert rma.status is S.RECEIVED and await units_bought(shop) == 3
    other = await announced(shop, key="k2", line="2")
    await shop.returns.cancel(other.number, "shopper")
    again = await announced(shop, key="k3", line="2")
    with pytest.raises(Conflict, match="stand in another return"):
        await shop.receiving.receive(other.number, Arrival(), "ana")
    assert (await shop.receiving.receive(again.number, Arrival(), "ana")).status is S.RECEIVED


async def test_goods_of_a_return_under_review_are_counted_and_its_status_waits(shop: Container) -> None:
    clock = shop.clock
    assert isinstance(clock, Clock)
    clock.now += timedelta(days=20)
    rma = await announced(shop, line="3", reason=Reason.CHANGED_MIND)
    assert rma.status is S.REVIEW
    rma = await shop.receiving.receive(rma.number, Arrival(), "ana")
    assert rma.status is S.REVIEW and numbers(rma, "3") == (1, 1, 0, 0, 0)


async def test_goods_that_nobody_announced(shop: Container) -> None:
    made = await shop.receiving.unannounced("w1", {"1": 1}, "ana", "scan-1", "1Z999")
    assert isinstance(made, Return) and made.status is S.RECEIVED and made.label is None
    again = await shop.receiving.unannounced("w1", {"1": 1}, "ana", "scan-1", "1Z999")
    assert isinstance(again, Return) and again.number == made.number and numbers(again) == (1, 1, 0, 0, 0)
    assert {message.kind for message in await shop.outbox.find()} == {"received"}
    # 4.90 is the price of our label, and there was none.
    assert made.refund["return_shipping"] == made.decision["refund"]["return_shipping"] == "0.00"
    assert made.refund["total"] == made.decision["refund"]["total"] == made.refund["items"] != "0.00"
    too_many = await shop.receiving.unannounced("W1", {"1": 3}, "ana", "scan-2")
    nowhere = await shop.receiving.unannounced("W99", {"1": 1}, "ana", "scan-3")
    assert isinstance(too_many, Parcel) and isinstance(nowhere, Parcel) and "W99" in (nowhere.note or "")
    assert too_many.note == "order W1: more units than were bought and are in no return yet"
    with pytest.raises(Refused, match="has no line 9"):
        await shop.receiving.unannounced("W1", {"9": 1}, "ana", "scan-4")


async def test_what_is_scanned(shop: Container) -> None:
    rma = await announced(shop)
    assert rma.label is not None
    qr = shop.returns.shipment(rma).qr_text
    for text, kind in (
        (rma.number, ScanKind.RETURN), (rma.number.lower().replace("-", " "), ScanKind.RETURN), (qr, ScanKind.RETURN),
        (rma.label.tracking_number, ScanKind.TRACKING), ("#w1", ScanKind.ORDER),
    ):  # fmt: skip
        scan = await shop.receiving.find(text)
        assert (scan.kind, [found.number for found in scan.returns], scan.order) == (kind, [rma.number], "W1"), text
    wrong = rma.number[:-1] + ("0" if rma.number[-1] != "0" else "1")
    assert (await shop.receiving.find(wrong)).kind is ScanKind.MISTYPED
    for text in ("", "  ", "nothing", "\x00"):
        assert (await shop.receiving.find(text)).kind is ScanKind.UNKNOWN


async def test_the_law_and_the_danger_beat_what_a_person_chooses(shop: Container) -> None:
    shirt = await announced(shop, quantity=2)
    await shop.receiving.receive(shirt.number, Arrival(), "ana")
    for look, why in (
        (Look("1", 1, Grade.USED, disposition=Disposition.DESTROY, why="worn"), "2024/1781"),
        (Look("1", 1, Grade.USED, disposition=Disposition.RECYCLE, why="worn"), "2024/1781"),
        (Look("1", 1, Grade.AS_NEW, disposition=Disposition.LIQUIDATE), "say why"),
        (Look("1", 1, accepted=False), "say why"),
        (Look("1", 3), "nobody looked at"),
        (Look("8", 1), "no line 8"),
    ):
        with pytest.raises(Refused, match=why):
            await shop.inspection.inspect(shirt.number, [Look("1", 1), look], "ana")
    assert numbers(await shop.returns.get(shirt.number)) == (2, 2, 0, 0, 0), "one wrong look keeps none of them"
    torn = Look("1", 1, Grade.DAMAGED, disposition=Disposition.DESTROY, why="mould, a risk to health")
    rma = await shop.inspection.inspect(shirt.number, [torn, Look("1", 1)], "ana")
    assert rma.status is S.INSPECTED
    watch = await announced(shop, key="k2", line="3", reason=Reason.CHANGED_MIND)
    await shop.receiving.receive(watch.number, Arrival(), "ana")
    proposal = await shop.inspection.propose(watch.number, "3", Grade.DAMAGED)
    assert proposal.apart and proposal.disposition is Disposition.RECYCLE and Disposition.RESTOCK in proposal.forbidden
    with pytest.raises(Refused, match="kept apart"):
        look = Look("3", 1, Grade.DAMAGED, disposition=Disposition.RESTOCK, why="looks fine")
        await shop.inspection.inspect(watch.number, [look], "ana")


async def test_two_scanners_count_one_parcel_each_unit_once(shop: Container) -> None:
    rma = await announced(shop, quantity=3)
    done = await asyncio.gather(
        *(shop.receiving.receive(rma.number, Arrival({"1": 1}), f"scanner {n}") for n in range(3)), return_exceptions=True
    )
    counted = sum(isinstance(one, Return) for one in done)
    assert all(isinstance(one, Return | Conflict) for one in done), done
    assert numbers(await shop.returns.get(rma.number)) == (3, counted, 0, 0, 0) and counted >= 1


async def test_nobody_and_nothing(shop: Container) -> None:
    with pytest.raises(NotFound):
        await shop.receiving.receive("RT-00000000", Arrival(), "ana")
    rma = await announced(shop)
    for lines, why in (({"9": 1}, "no line 9"), ({"1": -1}, "expected 0 to"), ({"1": 100_000}, "expected 0 to")):
        with pytest.raises(Refused, match=why):
            await shop.receiving.receive(rma.number, Arrival(lines), "ana")

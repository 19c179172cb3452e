"""A day at the warehouse over HTTP: parcel after parcel, one in ten wrong in some way, some requests sent twice or at once. In the
evening money, stock and states add up exactly. RETOUR_PARCELS=500 plays a longer day."""

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest_asyncio

from rma.model.codes import Reason, Resolution
from tests.integration.staff_kit import Hands

pytest_plugins = "tests.integration.staff_kit"

PARCELS = int(os.environ.get("RETOUR_PARCELS", "110"))
AT_ONCE = 4
PRICE = Decimal("20.00")
WAY_BACK = Decimal("4.90")
WRONG = ("fewer", "empty", "more", "other line", "stray", "unplaced", "rejected", "cancelled", "unannounced", "damaged", "credit")


@dataclass
class Ledger:
    """What the day should come to, counted here by hand."""

    paid: Decimal = Decimal(0)
    credit: Decimal = Decimal(0)
    stock: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    parcels: int = 0

    def goods(self, sku: str, units: int) -> None:
        self.stock[sku] += units


@pytest_asyncio.fixture
async def day(one: Hands) -> AsyncIterator[Hands]:
    yield one


async def one_parcel(staff: Hands, kind: str, ledger: Ledger, chance: random.Random) -> None:
    """Unpacks one; `ledger` is told what has to come of it."""
    resolution = Resolution.STORE_CREDIT if kind == "credit" else Resolution.REFUND
    announced = {"fewer": 2, "rejected": 2, "more": 1}.get(kind, chance.randint(1, 2))
    if kind == "unplaced":
        await staff.post("/api/parcels", {"scanned": "no label", "contents": [{"name": "a scarf"}]}, 201)
        ledger.parcels += 1
        return
    if kind == "unannounced":
        order = await staff.new({"2": 1})  # another return of the order stands, for its other line
        made = await staff.post(
            f"/api/orders/{order.order}/receive", {"lines": [{"id": "1", "quantity": 1}]}, key=f"u{order.number}"
        )
        number = made["return"]["number"]
        ledger.states["label_issued"] += 1
        await finish(staff, number, None, ledger, PRICE, {"TSH-1": 1})
        return
    reason = Reason.DAMAGED if kind == "damaged" else Reason.SIZE_TOO_SMALL
    # Photos of damages are asked for by the conversation; within the 14 days nothing waits for one.
    rma = await staff.new({"1": announced}, reason=reason, resolution=resolution)
    if kind == "cancelled":
        await staff.act(rma, "cancel")
    body: dict[str, Any] = {"scanned": rma.number}
    looks: list[dict[str, Any]] | None = None
    counted, restocked = announced, {"TSH-1": announced}
    match kind:
        case "fewer":
            body |= {"lines": [{"id": "1", "quantity": 1}], "complete": True}
            counted, restocked = 1, {"TSH-1": 1}
        case "empty":
            body |= {"lines": [], "complete": True}
            counted, restocked = 0, {}
        case "more":
            body |= {"lines": [{"id": "1", "quantity": 2}]}
            looks, counted, restocked = [{"id": "1", "quantity": 2}], 2, {"TSH-1": 2}
        case "other line":
            body |= {"lines": [{"id": "1", "quantity": announced}, {"id": "2", "quantity": 1}]}
            looks = [{"id": "1"}, {"id": "2", "accepted": False, "reason": "not announced"}]
        case "stray":
            body |= {"lines": [{"id": "1", "quantity": announced}], "others": [{"name": "a letter"}]}
            ledger.parcels += 1
        case "rejected":
            looks = [{"id": "1", "quantity": 1}, {"id": "1", "quantity": 1, "accepted": False, "reason": "worn out"}]
            counted, restocked = 1, {"TSH-1": 1}
        case "damaged":
            restocked = {}
    key = f"receive {rma.number}"
    # A scanner that gets no answer sends again, and sometimes while the first is still being worked on.
    answers = await asyncio.gather(
        *(staff.ask("POST", f"/api/returns/{rma.number}/receive", json=body, headers={"Idempotency-Key": key}) for _ in range(2))
    )
    assert {answer.status for answer in answers} <= {200, 409} and 200 in {answer.status for answer in answers}
    due = PRICE * counted - (WAY_BACK if kind not in ("damaged", "credit") else 0)
    if kind == "empty":
        due = Decimal(0)
    await finish(staff, rma.number, looks, ledger, max(due, Decimal(0)), restocked, is_credit=kind == "credit")


async def finish(
    staff: Hands, number: str, looks: list[dict[str, Any]] | None, ledger: Ledger, due: Decimal, restocked: dict[str, int],
    is_credit: bool = False,
) -> None:  # fmt: skip
    """Inspects and pays."""
    empty = not due
    if not empty:
        inspected = await staff.act(number, "inspect", {"lines": looks} if looks else None, key=f"inspect {number}")
        assert inspected["status"] == "inspected", inspected
    for sku, units in restocked.items():
        ledger.goods(sku, units)
    if empty:
        ledger.states["inspected"] += 1
        return
    paid = await staff.act(number, "refund", key=f"pay {number}")
    again = await staff.act(number, "refund", key=f"pay {number}")
    assert again == paid and Decimal(paid["refund"]["total"]) == due, (paid["refund"], due)
    ledger.states["refunded"] += 1
    if is_credit:
        ledger.credit += due
    else:
        ledger.paid += due


async def every(staff: Hands, what: str) -> list[dict[str, Any]]:
    """All pages."""
    found: list[dict[str, Any]] = []
    path: str | None = f"/api/{what}?limit=50"
    while path:
        answer = await staff.ask("GET", path)
        found += (await answer.json())[what]
        path = str(answer.links["next"]["url"].path_qs) if "next" in answer.links else None
    return found


async def test_in_the_evening_everything_adds_up(day: Hands) -> None:
    chance, ledger = random.Random(20261130), Ledger()
    kinds = [WRONG[n // 10 % len(WRONG)] if n % 10 == 3 else "right" for n in range(PARCELS)]
    gate = asyncio.Semaphore(AT_ONCE)

    async def unpack(kind: str) -> None:
        async with gate:
            await one_parcel(day, kind, ledger, chance)

    began = time.monotonic()
    await asyncio.gather(*(unpack(kind) for kind in kinds))
    print(f"{PARCELS} parcels in {time.monotonic() - began:.0f} s")
    await day.container.stock.finish_interrupted()

    returns = await every(day, "returns")
    assert Counter(rma["status"] for rma in returns) == ledger.states

    refunds = [one for rma in returns for one in (await day.get(f"/api/returns/{rma['number']}/refunds"))["refunds"]]
    paid = sum((Decimal(one["amount"]) for one in refunds if one["kind"] != "store_credit"), Decimal(0))
    credit = sum((Decimal(one["amount"]) for one in refunds if one["kind"] == "store_credit"), Decimal(0))
    assert (paid, credit) == (ledger.paid, ledger.credit)
    assert {one["status"] for one in refunds} == {"paid"}
    assert paid + credit == sum(
        (Decimal(rma["refund"]["total"]) for rma in returns if rma["status"] == "refunded"), Decimal(0)
    )
    assert (await day.get("/api/refunds/due"))["due"] == []

    for sku, units in ledger.stock.items():
        assert (await day.get(f"/api/stock/{sku}"))["restocked"] == units
    assert len((await day.get("/api/parcels"))["parcels"]) == ledger.parcels

    for rma in returns:
        for line in (await day.get(f"/api/returns/{rma['number']}/units"))["lines"]:
            assert line["accepted"] + line["rejected"] <= line["received"]
            assert line["refunded"] == (line["accepted"] if rma["status"] == "refunded" else 0), rma
            if rma["status"] == "refunded":
                assert line["outstanding"] == line["to_inspect"] == 0
                assert line["announced"] <= line["accepted"] + line["rejected"] + line["missing"]

"""Anything that can happen to the returns of an order, in any sequence: what is held, paid, accepted and said stays true.
RETOUR_WALKS=500 walks further; RETOUR_WALK=7 that one alone."""

import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from rma.model.agents import Agent, Role
from rma.model.codes import Disposition, Language, Reason, Resolution
from rma.model.errors import RetourError
from rma.model.goods import Unit
from rma.model.money import spoken
from rma.model.refunding import ExchangeStatus, Refund
from rma.model.returns import ACCEPTS_NOTHING, Return
from rma.policy.amounts import paid_for
from rma.service.holding import held
from rma.service.inspecting import Look
from rma.service.receiving import Arrival
from rma.service.returns import PlannedLine
from tests.fixtures.talking import Talk
from tests.integration.refund_kit import NOON, RefundShop, order, refund_shop

WALKS = int(os.environ.get("RETOUR_WALKS", "6"))
ONLY = os.environ.get("RETOUR_WALK")
STEPS, TRIES = 16, 80
BOSS = Agent(id=1, login="marie", name="Marie", role=Role.ADMIN, password_hash="x", created_at=NOON)
WISHES = (Resolution.REFUND, *Resolution)
REASONS = (Reason.CHANGED_MIND, Reason.SIZE_TOO_SMALL, Reason.DEFECTIVE)


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[RefundShop]:
    async with refund_shop(sqlite_url) as opened:
        yield opened


class Walk:
    def __init__(self, shop: RefundShop, seed: int) -> None:
        self.shop, self.chance = shop, random.Random(seed)
        self.number, self.order_id = f"WALK{seed}", 0
        self.done: list[str] = []

    async def begin(self) -> None:
        made = order(self.number)
        at = self.shop.clock.now
        made["placed_at"] = (at - timedelta(days=10)).isoformat()
        for line in made["lines"]:
            line["delivered_at"] = (at - timedelta(days=2)).isoformat()
        if self.chance.random() < 0.3:
            made["lines"][1]["delivered_at"] = None
        await self.shop.load(made)
        async with self.shop.container.transactions() as uow:
            found = await uow.orders.find(self.number)
        assert found
        self.order_id = found[0]

    async def returns(self) -> list[Return]:
        return await self.shop.container.returns.of_order(self.order_id)

    # -- steps --------------------------------------------------------------------------------------------------------

    async def announce(self, _rma: Return | None) -> None:
        chosen = self.chance.sample(("1", "2", "3"), self.chance.randint(1, 3))
        wish = self.chance.choice(WISHES)
        other = self.chance.choice(("S-1-L", "S-1-0", "S-1-S", "S-1-XL")) if wish is Resolution.EXCHANGE else None
        lines = tuple(
            PlannedLine(line, self.chance.randint(1, 3) if line == "1" else 1, self.chance.choice(REASONS),
                        exchange_for=other if line == "1" else None)
            for line in chosen
        )  # fmt: skip
        await self.shop.announce(order_id=self.order_id, lines=lines, resolution=wish)

    async def receive(self, rma: Return) -> None:
        lines = None
        if self.chance.random() < 0.7:
            lines = {line: self.chance.choice((0, 1, 1, 2)) for line in self.chance.sample(("1", "2", "3"), 2)}
        arrival = Arrival(lines, complete=self.chance.random() < 0.3)
        await self.shop.container.receiving.receive(rma.number, arrival, "wim")

    async def unannounced(self, _rma: Return) -> None:
        key = str(self.chance.random())
        await self.shop.container.receiving.unannounced(self.number, {self.chance.choice("123"): 1}, "wim", key)

    async def inspect(self, rma: Return) -> None:
        if self.chance.random() < 0.3:
            await self.shop.inspect(rma)
            return
        line = self.chance.choice(rma.lines)
        kind = self.chance.choice(("accept", "accept", "refuse", "missing"))
        look = Look(line.id, self.chance.choice((None, 1, 2)), accepted=kind != "refuse", why="worn",
                    disposition=Disposition.MISSING if kind == "missing" else None)  # fmt: skip
        await self.shop.inspect(rma, look)

    async def refund(self, rma: Return) -> None:
        kind = self.chance.choice(("due", "due", "due", "reason", "less", "ahead", "goodwill"))
        options: dict[str, dict[str, Any]] = {
            "due": {}, "reason": {"reason": "sold out, or paid in cash"}, "less": {"amount": "1.00", "reason": "a scratch"},
            "ahead": {"goodwill": True, "reason": "kind"}, "goodwill": {"goodwill": True, "reason": "sorry", "amount": "3.00"},
        }  # fmt: skip
        await self.shop.refund(rma, **options[kind])

    async def cancel(self, rma: Return) -> None:
        await self.shop.container.returns.cancel(rma.number, "shopper")

    async def decide(self, rma: Return) -> None:
        if self.chance.random() < 0.5:
            await self.shop.container.rulings.approve(BOSS, None, rma.number)
        else:
            await self.shop.container.rulings.decline(BOSS, None, rma.number, "no")

    async def repaired(self, rma: Return) -> None:
        await self.shop.container.refunds.repaired(rma.number, "ana")

    async def wait(self, _rma: Return) -> None:
        self.shop.clock.now += timedelta(days=self.chance.choice((1, 8, 31)))
        await self.shop.container.expiry.finish_interrupted()
        await self.shop.container.exchanges.finish_interrupted()
        await self.shop.container.refunds.finish_interrupted()

    async def step(self) -> bool:
        """Whether something happened, rather than was refused."""
        returns = await self.returns()
        rma = self.chance.choice(returns) if returns else None
        steps: list[Callable[..., Awaitable[None]]] = [self.announce]
        if rma is not None:
            steps += [self.receive] * 3 + [self.inspect] * 4 + [self.refund] * 4 + [self.decide, self.repaired, self.unannounced]
            # What ends everything comes rarely, or little else would.
            steps += [self.cancel, self.wait] if self.chance.random() < 0.3 else []
        act = self.chance.choice(steps)
        try:
            await act(rma)
        except RetourError as error:
            self.done.append(f"{act.__name__} {rma.number if rma else ''}: {type(error).__name__} {error}")
            return False
        self.done.append(f"{act.__name__} {rma.number if rma else ''}")
        return True

    # -- what stays true ----------------------------------------------------------------------------------------------

    async def check(self) -> None:
        async with self.shop.container.transactions() as uow:
            bought, returns = await uow.orders.get(self.order_id), await uow.returns.of_order(self.order_id)
            committed = await uow.orders.committed(self.order_id)
            refunds, exchanges = await uow.refunds.of_order(self.order_id), await uow.refunds.exchanges_of_order(self.order_id)
            units = {rma.number: await uow.goods.of(rma.number) for rma in returns}
        holds: Counter[str] = Counter()
        for rma in returns:
            mine = [one for one in refunds if one.number == rma.number]
            items = [one for one in exchanges if one.number == rma.number]
            holds.update(held(rma, mine, items))
        for line in bought.lines:
            assert committed.get(line.id, 0) == holds[line.id] <= line.quantity, (line.id, committed, holds)
        back = sum((one.amount for one in refunds), Decimal(0))
        placed = [item for item in exchanges if item.status is ExchangeStatus.PLACED]
        sent = sum((item.value - max(item.difference, Decimal(0)) for item in placed), Decimal(0))
        assert back + sent <= paid_for(bought), (back, sent)
        given = {one.number for one in refunds}
        outbound = [Decimal(rma.refund["outbound_shipping"]) for rma in returns if rma.number in given]
        assert sum(outbound, Decimal(0)) <= bought.shipping_paid, outbound
        for rma in returns:
            self._check_lines(rma, units[rma.number])

    @staticmethod
    def _check_lines(rma: Return, units: list[Unit]) -> None:
        for line in rma.lines:
            seen = [unit for unit in units if unit.line == line.id]
            accepted = sum(unit.quantity for unit in seen if unit.accepted)
            missing = sum(unit.quantity for unit in seen if unit.disposition is Disposition.MISSING)
            refused = sum(unit.quantity for unit in seen) - accepted - missing
            assert (accepted, refused, missing) == (line.accepted, line.rejected, line.missing), line
            assert line.accepted + line.rejected <= line.received and line.accepted <= line.quantity, line
            assert not line.missing or line.received + line.missing <= line.quantity, line
        if rma.status in ACCEPTS_NOTHING:
            assert not any(line.accepted for line in rma.lines), rma.status

    async def ask(self) -> None:
        for rma in await self.returns():
            standing = await self.shop.container.standing.of(rma.number)
            for language in Language:
                talk = await Talk.begin(self.shop.container, language, order_id=self.order_id, last_return=rma.number)
                for intent in ("check_refund_status", "check_return_status"):
                    said = await talk.say(f"{rma.number}?", intent, 0.99)
                    assert said and "{" not in said and "None" not in said, said
                    if intent == "check_return_status" or rma.number not in said:
                        continue
                    due = standing.due
                    if due.owed and rma.status not in ACCEPTS_NOTHING and rma.status != "closed":
                        assert spoken(due.owed, due.currency, language) in said, (due, rma.status, said)
                    wrong = "no money is due" if language is Language.EN else "aucun remboursement n'est prévu"
                    assert wrong not in said or not (due.owed or back_of(standing.refunds)), said

    async def end(self) -> None:
        """Once everybody did their part nothing is due any more, and no return waits for nothing."""
        for _ in range(3):
            for rma in await self.returns():
                for act in (self._finish, self._pay):
                    try:
                        await act(rma)
                    except RetourError as error:
                        self.done.append(f"end {rma.number}: {error}")
        numbers = {rma.number for rma in await self.returns()}
        left = [claim for claim in await self.shop.container.refunds.dues() if claim.number in numbers]
        assert left == [], left

    async def _finish(self, rma: Return) -> None:
        if rma.status == "review":
            await self.shop.container.rulings.approve(BOSS, None, rma.number)
        if any(line.outstanding for line in rma.lines) and rma.status not in ACCEPTS_NOTHING:
            await self.shop.container.receiving.receive(rma.number, Arrival({}, complete=True), "wim")
        for line in (await self.shop.again(rma)).lines:
            if line.uninspected:
                await self.shop.inspect(rma, Look(line.id, accepted=False, why="the day is over"))

    async def _pay(self, rma: Return) -> None:
        if (await self.shop.again(rma)).status not in ACCEPTS_NOTHING:
            await self.shop.refund(rma, reason="the day is over")


def back_of(refunds: list[Refund]) -> Decimal:
    return sum((one.amount for one in refunds), Decimal(0))


@pytest.mark.parametrize("seed", [int(ONLY)] if ONLY else range(WALKS))
async def test_whatever_happens_what_is_held_paid_and_said_stays_true(shop: RefundShop, seed: int) -> None:
    walk = Walk(shop, seed)
    await walk.begin()
    try:
        happened = 0
        for _ in range(TRIES):
            if not await walk.step():
                continue
            await walk.check()
            happened += 1
            if happened % 5 == 0:
                await walk.ask()
            if happened == STEPS:
                break
        await walk.end()
        await walk.check()
        await walk.ask()
    except AssertionError:
        print("\n".join(walk.done))
        raise

"""The merchant's figures: facts kept up with what happens, and everything that is counted from them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from rma.model.errors import Refused
from rma.model.insight import By, Facts, Scope, Source, later, month_of
from rma.model.insight_policy import InsightPolicy
from rma.model.shop import Shop
from rma.policy.markets import zone_of
from rma.service.insights.changes import Changes, changes
from rma.service.insights.facts import EVENTS, Sold, facts_of
from rma.service.insights.goods import Rate, Reasons, Sizing, rates, reasons, sizings
from rma.service.insights.money import Kept, Money, Speed, kept, money, speed
from rma.service.insights.sample import invented
from rma.service.insights.shoppers import Returners, returners
from rma.service.insights.transport import Ways
from rma.service.ports import Clock
from rma.service.ports.insight import InsightStore, InsightView

BATCH, CHUNK = 300, 1000
"""Returns, and orders, that are counted at a time: the gateway answers shoppers in between."""


@dataclass(frozen=True)
class Choices:
    """What can be asked for: months back to `first`, markets and categories that there are."""

    first: int | None
    markets: list[str]
    categories: list[str]


@dataclass(frozen=True)
class Totals:
    """Of what was asked for in a scope; money by currency in its smallest units, most returns first."""

    returns: int
    units: int
    values: list[tuple[str, int, int]]
    """(currency, returns, value)."""


class Figures:
    """Everything about one scope, in one snapshot of the database."""

    def __init__(self, view: InsightView, scope: Scope, desk: "InsightDesk") -> None:
        self._view, self._desk = view, desk
        self.scope = scope

    async def totals(self) -> Totals:
        rows = await self._view.tally(self.scope, "month", ["currency"], ["returns", "units", "value"])
        values = sorted(((row[0], row[1], row[3]) for row in rows), key=lambda row: (-row[1], row[0]))
        return Totals(sum(row[1] for row in rows), sum(row[2] for row in rows), values)

    async def rates(self, by: By) -> list[Rate]:
        return await rates(self._view, self.scope, by)

    async def reasons(self, by: By) -> list[Reasons]:
        return await reasons(self._view, self.scope, by)

    async def sizings(self) -> list[Sizing]:
        return await sizings(self._view, self.scope, self._desk.policy.sizes)

    async def speed(self) -> Speed:
        return await speed(self._view, self.scope, self._desk.now())

    async def money(self) -> Money:
        return await money(self._view, self.scope, self._desk.policy, self._desk.shop.handling, self._desk.ways)

    async def kept(self) -> list[Kept]:
        return await kept(self._view, self.scope)

    async def returners(self) -> Returners:
        return await returners(self._view, self.scope, self._desk.policy.shoppers, self._desk.secret)

    async def changes(self) -> Changes:
        return await changes(self._view, self.scope, self._desk.today())

    async def names(self, products: list[str]) -> dict[str, str]:
        """Of products, as the catalogue has them; those it has not are called what they are. Who shares a name has both."""
        known = await self._view.names(products)
        often = Counter(known.values())
        shared = {product: f"{name} ({product})" for product, name in known.items() if often[name] > 1}
        return {product: shared.get(product) or known.get(product, product) for product in products}

    async def invented(self) -> int:
        return await self._view.invented()


class InsightDesk:
    def __init__(self, store: InsightStore, clock: Clock, shop: Shop, policy: InsightPolicy, secret: str) -> None:
        self._store = store
        self._clock = clock
        self.shop = shop
        self.policy = policy
        self.secret = f"insight shoppers {secret}".encode()
        self.zone = zone_of(shop.market)
        self.ways = Ways(shop.returns_address.country, policy.co2)

    def now(self) -> datetime:
        return self._clock().astimezone(self.zone)

    def today(self) -> date:
        return self.now().date()

    # -- looking ------------------------------------------------------------------------------------------------------

    async def choices(self) -> Choices:
        async with self._store.reading() as view:
            first, markets, categories = await view.choices()
        return Choices(first, markets, categories)

    def scope(self, months: int | None, choices: Choices, market: str | None = None, category: str | None = None) -> Scope:
        """The last `months` with the present one; None for all that there are. Raises Refused for a market or a category that is
        not among the choices."""
        for value, known in ((market, choices.markets), (category, choices.categories)):
            if value is not None and value not in known:
                raise Refused(f"nothing was sold there: {value}")
        last = month_of(self.today())
        first = later(last, 1 - months) if months else min(choices.first or last, last)
        return Scope(first, last, market, category)

    @asynccontextmanager
    async def figures(self, scope: Scope) -> AsyncIterator[Figures]:
        async with self._store.reading() as view:
            yield Figures(view, scope, self)

    # -- keeping up ---------------------------------------------------------------------------------------------------

    async def keep_up(self, breath: float = 0.0) -> int:
        """Counts what was never counted or has changed; how many returns. After every few of them others get `breath` seconds."""
        facts, done = self._store.facts, 0
        while await self._count_month(breath):
            await asyncio.sleep(breath)
        after = 0
        while sources := await facts.behind(sorted(EVENTS), after, BATCH):
            if await facts.keep([(source, self._facts(source)) for source in sources]):
                done += len(sources)
            after = sources[-1].id
            await asyncio.sleep(breath)
        return done

    async def rebuild(self) -> int:
        """Counts everything anew: after products were put together differently in the catalogue, or out of doubt."""
        await self._store.facts.forget()
        return await self.keep_up()

    def _facts(self, source: Source) -> Facts:
        return facts_of(source, self.zone, self.secret)

    async def _count_month(self, breath: float) -> bool:
        """What was sold in a month of which an order came or changed; False when there is none."""
        facts = self._store.facts
        placed = await facts.oldest_change()
        if placed is None:
            return False
        month = month_of(placed.astimezone(self.zone).date())
        since, until = self._bounds(month)
        # First what changed, then the orders: what comes in between is counted twice, and never not at all.
        changed = await facts.changes_between(since, until)
        ids, sold = await facts.orders_between(since, until), Sold(month)
        for start in range(0, len(ids), CHUNK):
            orders = await facts.orders(ids[start : start + CHUNK])
            skus = await facts.skus(sorted({line["sku"] for order in orders for line in order["lines"]}))
            sold.add(orders, skus)
            await asyncio.sleep(breath)
        return await facts.keep_sold(month, sold.facts(), changed)

    def _bounds(self, month: int) -> tuple[datetime, datetime]:
        first, following = _start(month, self.zone), _start(later(month, 1), self.zone)
        return first, following

    # -- invented returns -----------------------------------------------------------------------------------------------

    async def add_sample(self, returns: int, seed: int = 7, months: int = 24, batch: int = 2000) -> int:
        """Makes up orders and about so many returns of them; how many. Raises Refused in a shop with an order of a person that may
        exist, and where there are invented ones already."""
        sample = self._store.sample
        if not await sample.is_demo():
            raise Refused("this database has orders of real customers; invented returns would spoil its figures")
        async with self._store.reading() as view:
            if await view.invented():
                raise Refused("there are invented returns already; take them out first: retour insights sample --remove")
        made, found = 0, invented(returns, self._clock(), self.zone, seed, months)
        while some := list(islice(found, batch)):
            orders: list[dict[str, Any]] = [{"document": one.order, "placed_at": one.placed_at} for one in some]
            back = [one.rma | {"order": one.order["number"]} for one in some if one.rma is not None]
            await sample.write(orders, back)
            made += len(back)
        return made

    async def remove_sample(self) -> int:
        return await self._store.sample.remove()


def _start(month: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(date(month // 100, month % 100, 1), time(0), zone)

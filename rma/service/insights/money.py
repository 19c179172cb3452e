"""How long the money takes, what a return costs, what is recovered, and what of the sale is kept."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from rma.model.codes import Disposition, Resolution, as_code
from rma.model.handling import Handling
from rma.model.insight import Scope
from rma.model.insight_policy import InsightPolicy
from rma.model.money import rounded
from rma.service.insights.facts import major
from rma.service.insights.statistics import quantile
from rma.service.insights.transport import Ways
from rma.service.ports.insight import InsightView

LEGAL_DAYS = 14
"""Directive 2011/83/EU art. 13(1): from the notice of withdrawal to the money."""


# -- days ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Paid:
    """What was paid back in a month. `days` are how many refunds by the days since the request."""

    month: int
    days: dict[int, int] = field(default_factory=dict)

    @property
    def refunds(self) -> int:
        return sum(self.days.values())

    @property
    def median(self) -> float | None:
        return quantile(self.days, 0.5)

    @property
    def p90(self) -> float | None:
        return quantile(self.days, 0.9)

    @property
    def late(self) -> int:
        return sum(count for days, count in self.days.items() if days > LEGAL_DAYS)


@dataclass(frozen=True)
class Speed:
    by_month: list[Paid]
    waiting: int
    """Goods are here, the request is older than the legal days, and the money has not gone."""

    @property
    def whole(self) -> Paid:
        counts = Counter[int]()
        for paid in self.by_month:
            counts.update(paid.days)
        return Paid(0, dict(counts))


async def speed(view: InsightView, scope: Scope, now: datetime) -> Speed:
    counts: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for month, days, paid in await view.tally(scope, "refund_month", ["refund_month", "days"], ["paid"]):
        counts[month][days] += paid
    waiting = await view.waiting(scope, now - timedelta(days=LEGAL_DAYS))
    return Speed([Paid(month, dict(counts[month])) for month in scope.months], waiting)


# -- cost ---------------------------------------------------------------------------------------------------------------

PARTS = ("transport", "handling", "write_off", "outbound")


@dataclass(frozen=True)
class Cost:
    """Of the returns of one currency. `shopper` is what shoppers paid of it."""

    currency: str
    returns: int
    transport: Decimal
    handling: Decimal
    write_off: Decimal
    outbound: Decimal
    shopper: Decimal

    @property
    def total(self) -> Decimal:
        return self.transport + self.handling + self.write_off + self.outbound

    def part(self, name: str) -> Decimal:
        value: Decimal = getattr(self, name)
        return value

    def each(self, amount: Decimal) -> Decimal | None:
        """Of one return."""
        return rounded(amount / self.returns, self.currency) if self.returns else None


@dataclass(frozen=True)
class Outcome:
    """What became of units, what they were sold for, and what they are still worth by the shop's own shares."""

    currency: str
    disposition: str
    units: int
    value: Decimal
    recovered: Decimal

    @property
    def lost(self) -> Decimal:
        return self.value - self.recovered


@dataclass(frozen=True)
class Transported:
    """Parcels of one carrier, method and route, in one currency."""

    currency: str
    carrier: str
    method: str
    route: str
    parcels: int
    cost: Decimal
    kg: Decimal
    """Of CO2 equivalent."""


@dataclass(frozen=True)
class Money:
    costs: list[Cost]
    """The currency of most returns first; amounts of different currencies are never added."""
    outcomes: list[Outcome]
    transported: list[Transported]

    @property
    def main(self) -> str | None:
        return self.costs[0].currency if self.costs else None

    @property
    def kg(self) -> Decimal:
        return sum((row.kg for row in self.transported), Decimal(0))

    @property
    def parcels(self) -> int:
        return sum(row.parcels for row in self.transported)


_COUNTED = ("returns", "parcels", "weighed", "grams", "received", "outbound", "shopper")


async def money(view: InsightView, scope: Scope, policy: InsightPolicy, handling: Handling, ways: Ways) -> Money:
    rows = await view.tally(scope, "month", ["currency", "carrier", "method", "country", "category"], _COUNTED)
    outcomes = [
        _outcome(currency, disposition, units, value, policy)
        for currency, disposition, units, value in await view.outcomes(scope)
    ]
    return Money(_costs(rows, outcomes, policy, handling, ways), outcomes, _transported(rows, policy, ways))


def _outcome(currency: str, disposition: str, units: int, value: int, policy: InsightPolicy) -> Outcome:
    known = as_code(Disposition, disposition)
    worth = major(value, currency)
    share = policy.recovered[known] if known else Decimal(0)
    return Outcome(currency, disposition, units, worth, rounded(worth * share, currency))


def _costs(
    rows: Sequence[tuple[Any, ...]], outcomes: Sequence[Outcome], policy: InsightPolicy, handling: Handling, ways: Ways
) -> list[Cost]:
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    carried: defaultdict[str, Decimal] = defaultdict(Decimal)
    for currency, carrier, method, country, _category, *counted in rows:
        sums[currency].update(dict(zip(_COUNTED, counted, strict=True)))
        parcels = counted[_COUNTED.index("parcels")]
        carried[currency] += parcels * policy.prices(carrier, currency).of(method, ways.crosses(country))
    lost: defaultdict[str, Decimal] = defaultdict(Decimal)
    for outcome in outcomes:
        lost[outcome.currency] += outcome.lost
    found = [
        Cost(
            currency=currency,
            returns=sums[currency]["returns"],
            transport=rounded(carried[currency], currency),
            handling=rounded(handling.cost(sums[currency]["parcels"], sums[currency]["received"], currency), currency),
            write_off=lost[currency],
            outbound=major(sums[currency]["outbound"], currency),
            shopper=major(sums[currency]["shopper"], currency),
        )
        for currency in sums
    ]
    return sorted(found, key=lambda cost: (-cost.returns, cost.currency))


def _transported(rows: Sequence[tuple[Any, ...]], policy: InsightPolicy, ways: Ways) -> list[Transported]:
    parcels = Counter[tuple[str, str, str, str]]()
    cost, kg = defaultdict[Any, Decimal](Decimal), defaultdict[Any, Decimal](Decimal)
    for currency, carrier, method, country, category, *counted in rows:
        sums = dict(zip(_COUNTED, counted, strict=True))
        if not sums["parcels"]:
            continue
        key = (currency, carrier, method, ways.route(country))
        parcels[key] += sums["parcels"]
        cost[key] += sums["parcels"] * policy.prices(carrier, currency).of(method, ways.crosses(country))
        unweighed = sums["parcels"] - sums["weighed"]
        tonnes = (Decimal(sums["grams"]) / 1000 + unweighed * policy.co2.weight(category)) / 1000
        kg[key] += tonnes * ways.kg_a_tonne(carrier, method, country)
    found = [Transported(*key, count, rounded(cost[key], key[0]), kg[key]) for key, count in parcels.items()]
    return sorted(found, key=lambda row: (-row.kg, row.currency, row.carrier, row.method, row.route))


# -- kept ---------------------------------------------------------------------------------------------------------------

KEPT = (Resolution.EXCHANGE, Resolution.STORE_CREDIT)
PUT_RIGHT = (Resolution.REPLACEMENT, Resolution.REPAIR)


@dataclass(frozen=True)
class Kept:
    """Returns of a month by what the shopper got."""

    month: int
    by: dict[str, int] = field(default_factory=dict)

    @property
    def returns(self) -> int:
        return sum(self.by.values())

    @property
    def kept(self) -> int:
        return sum(self.by.get(resolution, 0) for resolution in KEPT)

    @property
    def put_right(self) -> int:
        return sum(self.by.get(resolution, 0) for resolution in PUT_RIGHT)

    @property
    def share(self) -> float | None:
        return self.kept / self.returns if self.returns else None


async def kept(view: InsightView, scope: Scope) -> list[Kept]:
    counts: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for month, resolution, returns in await view.tally(scope, "month", ["month", "resolution"], ["returns"]):
        counts[month][resolution] = returns
    return [Kept(month, counts[month]) for month in scope.months]

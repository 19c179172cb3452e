"""Shoppers who send back in series, without saying who they are.

Nobody is named, no e-mail address, no order. Whoever is shown has a name made up for one view: another filter, another name, so
that views cannot be laid one upon the other. Numbers are shown in steps, and a group of fewer than `together` is not shown at all,
nor can it be had as what is left: it is counted in the group beside it.
"""

import hmac
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256

from rma.model.insight import Scope
from rma.model.insight_policy import Shoppers
from rma.service.insights.goods import Family, family_of
from rma.service.ports.insight import InsightView

SHOWN = 20
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ23456789"
"""No vowels: no words."""


@dataclass(frozen=True)
class Band:
    """`shoppers` with `least` to `most` returns; None: or more."""

    least: int
    most: int | None
    shoppers: int
    returns: int
    units: int


@dataclass(frozen=True)
class Serial:
    """`returns` is the lower end of a step, `tenths` how many tenths of what they bought came back, `family` mostly what for."""

    name: str
    returns: int
    tenths: int
    family: Family


@dataclass(frozen=True)
class Returners:
    bands: list[Band]
    serial: list[Serial]
    """Empty where there are too few of them to be shown."""
    shoppers: int
    returns: int

    @property
    def series(self) -> Band | None:
        """Those who send back in series, if they are shown apart."""
        return self.bands[-1] if self.bands and self.bands[-1].least > 1 and self.bands[-1].most is None else None


async def returners(view: InsightView, scope: Scope, rule: Shoppers, secret: bytes) -> Returners:
    # A return of which only lines in other categories count here is nobody's second one.
    everybody = [row for row in await view.shoppers(scope) if row[1] > 0]
    groups = Counter[int](), Counter[int]()
    for _, returns, units in everybody:
        groups[0][returns] += 1
        groups[1][returns] += units
    bands = banded([(returns, shoppers, groups[1][returns]) for returns, shoppers in groups[0].items()], rule)
    found = Returners(bands, [], len(everybody), sum(returns for _, returns, _ in everybody))
    if not bands or bands[-1].least < rule.returns:
        return found
    most = sorted((row for row in everybody if row[1] >= rule.returns), key=lambda row: (-row[1], -row[2], row[0]))[:SHOWN]
    who = [shopper for shopper, _, _ in most]
    bought, why = await view.bought(who), Counter[tuple[int, Family]]()
    for shopper, reason, units in await view.shopper_reasons(scope, who):
        why[shopper, family_of(reason)] += units
    serial = [
        Serial(
            pseudonym(shopper, scope, secret), step(returns, rule.returns),
            min(round(10 * units / max(bought.get(shopper, 0), 1)), 10),
            max(Family, key=lambda family, shopper=shopper: (why[shopper, family], family.value)),  # type: ignore[misc]
        )
        for shopper, returns, units in most
    ]  # fmt: skip
    # Within a step their order would say who of them sends back more.
    serial.sort(key=lambda one: (-one.returns, one.name))
    return Returners(bands, serial, found.shoppers, found.returns)


def pseudonym(shopper: int, scope: Scope, secret: bytes) -> str:
    """The name of a shopper in this view, and in no other."""
    view = f"{scope.first}|{scope.last}|{scope.market}|{scope.category}|{shopper}"
    drawn = int.from_bytes(hmac.new(secret, view.encode(), sha256).digest())
    return "".join(_LETTERS[drawn // len(_LETTERS) ** place % len(_LETTERS)] for place in range(5))


def step(returns: int, least: int) -> int:
    """The lower end of the step: from 6 on 6, 10, 15, 20, 30, 50."""
    return max([least, *(bound for bound in (10, 15, 20, 30, 50) if least < bound <= returns)])


def banded(groups: list[tuple[int, int, int]], rule: Shoppers) -> list[Band]:
    """(returns, shoppers, units) in bands of at least `together` shoppers each: one, two, three and more, those in series."""
    bounds = sorted({1, 2, 3, rule.returns})
    bands: list[Band] = []
    for place, least in enumerate(bounds):
        most = bounds[place + 1] - 1 if place + 1 < len(bounds) else None
        inside = [group for group in groups if group[0] >= least and (most is None or group[0] <= most)]
        bands.append(
            Band(least, most, sum(g[1] for g in inside), sum(g[0] * g[1] for g in inside), sum(g[2] for g in inside))
        )
    while len(bands) > 1 and (few := next((n for n, band in enumerate(bands) if band.shoppers < rule.together), None)) is not None:
        # A band that is empty would not name anybody, but would say that the one before it is whole.
        first = max(few - 1, 0)
        low, high = bands[first], bands[first + 1]
        joined = Band(low.least, high.most, low.shoppers + high.shoppers, low.returns + high.returns, low.units + high.units)
        bands[first : first + 2] = [joined]
    return [] if len(bands) == 1 and bands[0].shoppers < rule.together else bands

"""What comes back and why: return rates, reasons, and products whose size runs small or large."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from rma.model.codes import FAULTS, Reason
from rma.model.insight import NONE, By, Scope
from rma.model.insight_policy import Sizes
from rma.service.insights.statistics import wilson
from rma.service.ports.insight import InsightView


class Family(StrEnum):
    """Reasons that call for the same answer from a shop."""

    SIZE = "size"
    FAULT = "fault"
    MIND = "mind"
    OTHER = "other"


_SIZE = frozenset({Reason.SIZE_TOO_SMALL, Reason.SIZE_TOO_LARGE, Reason.WRONG_SIZE})
_OTHER = frozenset({Reason.ARRIVED_LATE, Reason.OTHER})


def family_of(reason: str) -> Family:
    if reason in _SIZE:
        return Family.SIZE
    if reason in FAULTS:
        return Family.FAULT
    return Family.OTHER if reason in _OTHER else Family.MIND


@dataclass(frozen=True)
class Rate:
    """Of `sold` units, `returned` came back or will. `key` is a product, a size, a market or a month."""

    key: str | int
    sold: int
    returned: int

    @property
    def share(self) -> float | None:
        return min(self.returned / self.sold, 1.0) if self.sold else None

    @property
    def between(self) -> tuple[float, float]:
        return wilson(min(self.returned, self.sold), self.sold)


@dataclass(frozen=True)
class Reasons:
    key: str | int
    counts: dict[str, int]

    @property
    def units(self) -> int:
        return sum(self.counts.values())

    def of(self, family: Family) -> int:
        return sum(count for reason, count in self.counts.items() if family_of(reason) is family)


_ORDERED: dict[By, tuple[str, str]] = {
    "product": ("product", "product"), "size": ("size", "size"), "market": ("market", "market"),
    "month": ("ordered_month", "month"),
}  # fmt: skip


async def rates(view: InsightView, scope: Scope, by: By) -> list[Rate]:
    """Of what was ordered in the scope's months. Months in their order; else first what is most surely sent back much: by the lower
    end of the interval, so that 3 of 3 do not come before 300 of 900."""
    returned_by, sold_by = _ORDERED[by]
    returned = {row[0]: row[1] for row in await view.tally(scope, "ordered_month", [returned_by], ["units"])}
    sold = {row[0]: row[1] for row in await view.sold(scope, [sold_by])}
    if by == "month":
        return [Rate(month, sold.get(month, 0), returned.get(month, 0)) for month in scope.months]
    keys = (set(returned) | set(sold)) - {NONE}
    found = [Rate(key, sold.get(key, 0), returned.get(key, 0)) for key in keys]
    return sorted(found, key=lambda rate: (-rate.between[0], -rate.sold, str(rate.key)))


async def reasons(view: InsightView, scope: Scope, by: By) -> list[Reasons]:
    """Of what was asked for in the scope's months: months in their order, else most units first."""
    counts: defaultdict[str | int, Counter[str]] = defaultdict(Counter)
    for key, reason, units in await view.tally(scope, "month", [by, "reason"], ["units"]):
        if units:
            counts[key][reason] += units
    if by == "month":
        return [Reasons(month, dict(counts[month])) for month in scope.months]
    found = [Reasons(key, dict(counted)) for key, counted in counts.items() if key != NONE]
    return sorted(found, key=lambda one: (-one.units, str(one.key)))


def together(found: Iterable[Reasons]) -> list[tuple[str, int]]:
    """All of them as one: (reason, units), most first."""
    counts = Counter[str]()
    for one in found:
        counts.update(one.counts)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


class Fit(StrEnum):
    SMALL = "small"
    LARGE = "large"
    FITS = "fits"
    """Nothing that chance does not explain."""
    FEW = "few"
    """Too few came back because of their size to say anything."""


@dataclass(frozen=True)
class Sizing:
    """Units of one product with sizes: sold, and come back as too small and too large. `between`: where the share of too small
    among both lies."""

    product: str
    sold: int
    small: int
    large: int
    fit: Fit
    between: tuple[float, float]

    @property
    def balance(self) -> float | None:
        both = self.small + self.large
        return self.small / both if both else None


async def sizings(view: InsightView, scope: Scope, rule: Sizes) -> list[Sizing]:
    """Products sold in sizes, those that run small or large first, then those of which most came back because of the size."""
    sold = {row[0]: row[1] for row in await view.sold(scope, ["product"], sized=True)}
    rows = await view.tally(scope, "ordered_month", ["product"], ["small", "large"])
    back = {product: (small, large) for product, small, large in rows if product in sold}
    all_sold = sum(sold.values())
    all_small, all_large = (sum(pair[place] for pair in back.values()) for place in (0, 1))
    found = []
    for product, units in sold.items():
        small, large = back.get(product, (0, 0))
        others = all_sold - units
        fit = fitting(units, (small, large), others, (all_small - small, all_large - large), rule)
        found.append(Sizing(product, units, small, large, fit, wilson(small, small + large, rule.confidence)))
    order = {Fit.SMALL: 0, Fit.LARGE: 0, Fit.FITS: 1, Fit.FEW: 2}
    return sorted(found, key=lambda one: (order[one.fit], -(one.small + one.large), one.product))


def fitting(sold: int, back: tuple[int, int], others: int, others_back: tuple[int, int], rule: Sizes) -> Fit:
    """The rule of docs/insights.md. `back` are the units of a product that came back as too small and as too large; `others` and
    `others_back` the same of all other products that have sizes."""
    small, large = back
    if small + large < rule.at_least:
        return Fit.FEW
    low, high = wilson(small, small + large, rule.confidence)
    usual = [count / others if others else 0.0 for count in others_back]
    if low > 0.5 and wilson(min(small, sold), sold, rule.confidence)[0] > usual[0]:
        return Fit.SMALL
    if high < 0.5 and wilson(min(large, sold), sold, rule.confidence)[0] > usual[1]:
        return Fit.LARGE
    return Fit.FITS

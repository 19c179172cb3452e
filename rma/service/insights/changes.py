"""What changed since last month, where it is more than chance.

Compared are two whole months. Shares of what was ordered are compared at the same age: only what was sent back within so many days
of its order counts, in both months, so that a young month does not look better than it will be. Many things are looked at, so each
has to be the less likely chance (Holm), and to matter: by a tenth, and by a hundredth of the whole.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from rma.model.insight import NONE, Scope, later, month_of
from rma.service.insights.money import KEPT, LEGAL_DAYS
from rma.service.insights.statistics import differ, holm
from rma.service.ports.insight import InsightView

SETTLE_DAYS, LONGEST_DAYS = 14, 30
"""A month of orders is looked at once its last day is so long ago; and what is asked for later than that is left out."""
SHOWN = 3


@dataclass(frozen=True)
class Change:
    """`what`: 'rate' (of all that was ordered), 'product', 'market', 'reason', 'kept' or 'late'; `subject` which of them."""

    what: str
    subject: str
    before: tuple[int, int]
    after: tuple[int, int]
    previous: int
    month: int
    days: int | None = None
    """Within how many days of the order."""

    @property
    def shares(self) -> tuple[float, float]:
        return self.before[0] / self.before[1], self.after[0] / self.after[1]

    @property
    def rose(self) -> bool:
        return self.shares[1] > self.shares[0]

    @property
    def weight(self) -> float:
        """How many of the month's it is about."""
        before, after = self.shares
        return abs(after - before) * self.after[1]

    @property
    def matters(self) -> bool:
        before, after = self.shares
        return abs(after - before) >= max(0.1 * before, 0.01)


@dataclass(frozen=True)
class Changes:
    found: list[Change]
    looked_at: int
    """How many comparisons were possible: 0 where there is not enough of two months."""
    month: int


async def changes(view: InsightView, scope: Scope, today: date) -> Changes:
    """Since the last whole month, in the scope's market and category; its months do not count."""
    month = later(month_of(today), -1)
    possible = [*await _of_orders(view, scope, today), *await _of_requests(view, scope, month)]
    possible = [one for one in possible if one.before[1] and one.after[1]]
    chances = [differ(one.before, one.after) for one in possible]
    told = [place for place, chance in enumerate(chances) if chance < 1.0]
    stands = holm([chances[place] for place in told])
    found = [possible[place] for place, stand in zip(told, stands, strict=True) if stand and possible[place].matters]
    found.sort(key=lambda one: (one.what != "rate", -one.weight, one.subject))
    return Changes(found[:SHOWN], len(told), month)


def _two(scope: Scope, month: int) -> Scope:
    return Scope(later(month, -1), month, scope.market, scope.category)


async def _of_orders(view: InsightView, scope: Scope, today: date) -> list[Change]:
    month = later(month_of(today), -1)
    if (today - _first(later(month, 1))).days < SETTLE_DAYS:
        month = later(month, -1)
    # What was ordered on the month's last day has been here for so many whole days.
    days = min((today - _first(later(month, 1))).days, LONGEST_DAYS)
    two, found = _two(scope, month), list[Change]()
    for what, column in (("rate", None), ("product", "product"), ("market", "market")):
        apart = [column] if column else []
        sold = {tuple(row[:-1]): row[-1] for row in await view.sold(two, [*apart, "month"])}
        rows = await view.tally(two, "ordered_month", [*apart, "ordered_month"], ["units"], within=days)
        back = {tuple(row[:-1]): row[-1] for row in rows}
        for subject in sorted({key[:-1] for key in sold}):
            if what != "rate" and subject[0] == NONE:
                continue
            pair = [
                (min(back.get((*subject, at), 0), sold.get((*subject, at), 0)), sold.get((*subject, at), 0))
                for at in (two.first, two.last)
            ]
            found.append(Change(what, subject[0] if subject else "", pair[0], pair[1], two.first, two.last, days))
    return found


def _first(month: int) -> date:
    return date(month // 100, month % 100, 1)


async def _of_requests(view: InsightView, scope: Scope, month: int) -> list[Change]:
    two = _two(scope, month)
    at = (two.first, two.last)
    rows = await view.tally(two, "month", ["month", "reason"], ["units"])
    found = _shares("reason", ((row[0], row[1], row[2]) for row in rows), at)
    rows = await view.tally(two, "month", ["month", "resolution"], ["returns"])
    kept = ((row[0], "kept" if row[1] in KEPT else "rest", row[2]) for row in rows)
    found += [one for one in _shares("kept", kept, at) if one.subject == "kept"]
    rows = await view.tally(two, "refund_month", ["refund_month", "days"], ["paid"])
    late = ((row[0], "late" if row[1] > LEGAL_DAYS else "rest", row[2]) for row in rows)
    return found + [one for one in _shares("late", late, at) if one.subject == "late"]


def _shares(what: str, rows: Iterable[tuple[int, str, int]], at: tuple[int, int]) -> list[Change]:
    counts, whole = Counter[tuple[int, str]](), Counter[int]()
    for month, subject, count in rows:
        counts[month, subject] += count
        whole[month] += count
    return [
        Change(what, subject, (counts[at[0], subject], whole[at[0]]), (counts[at[1], subject], whole[at[1]]), *at)
        for subject in sorted({subject for _, subject in counts})
    ]

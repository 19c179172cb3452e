"""The facts about one line that rules look at. All days are whole days in the time zone of the market's capital."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from rma.model.codes import Condition, LineTag, Resolution
from rma.model.orders import Order, OrderLine
from rma.policy.amounts import items_amount
from rma.policy.request import History, RequestedLine
from rma.policy.terms import Terms


def anniversary(day: date, years: int) -> date:
    """The same day `years` later, 28 February where 29 February does not exist."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    return instant.astimezone(zone).date()


@dataclass(frozen=True, slots=True)
class Case:
    """One requested line, seen on `today`.

    `delivered` is None until it came; `last_delivery` until every line of the order did.

    `withdrawal_ends`: the last day to withdraw, None while it is not known because the period has not begun, and where
    there is no floor. `inside_withdrawal`: whether today is inside that period, whatever the line and the reason.
    """

    line: OrderLine
    asked: RequestedLine
    wanted: Resolution
    terms: Terms
    cancelled: bool
    today: date
    placed: date
    delivered: date | None
    last_delivery: date | None
    withdrawal_ends: date | None
    inside_withdrawal: bool
    returned: int
    returns_90d: int
    items: Decimal
    currency: str
    tags: frozenset[str]

    @property
    def every_remedy_open(self) -> bool:
        """Whether a fault still has the free choice among resolutions (rule 2)."""
        if not self.terms.repair_first or self.inside_withdrawal:
            return True
        return self.delivered is not None and self.today <= self.delivered + timedelta(
            days=self.terms.all_remedies_days
        )

    @property
    def barred_from_withdrawal(self) -> frozenset[LineTag]:
        """The tags that exclude this line from the legal withdrawal, in the condition it is in."""
        # The line's own tags: a file cannot declare a whole category personalised and so take a right away.
        return _excluding(self.terms.withdrawal_exclusions, self.line.tags, self.asked.condition)

    @property
    def barred_from_window(self) -> frozenset[LineTag]:
        """The tags that exclude this line from the shop's own offer."""
        return _excluding(self.terms.exclusions, self.tags, self.asked.condition)

    @property
    def standing_exclusions(self) -> frozenset[LineTag]:
        """The tags that exclude this line today.

        Inside the withdrawal period the law leaves out the shop's own (rule 4).
        """
        if not self.inside_withdrawal:
            return self.barred_from_window
        barred = self.barred_from_withdrawal
        return (self.barred_from_window & barred or self.barred_from_window) if barred else frozenset()


def _excluding(
    excluded: Mapping[LineTag, frozenset[Condition]], tags: frozenset[str], condition: Condition
) -> frozenset[LineTag]:
    if not tags:
        return frozenset()
    return frozenset(tag for tag, conditions in excluded.items() if tag in tags and condition in conditions)


class Bench:
    """What is the same for every line of one request; makes their cases."""

    def __init__(self, order: Order, wanted: Resolution, history: History, now: datetime, zone: ZoneInfo) -> None:
        self.order, self.wanted, self.history, self.now, self.zone = order, wanted, history, now, zone
        self.today = local_day(now, zone)
        self.placed = local_day(order.placed_at, zone)
        arrivals = [line.delivered_at for line in order.lines]
        arrived = [instant for instant in arrivals if instant is not None and instant <= now]
        self.last_delivery = local_day(max(arrived), zone) if len(arrived) == len(arrivals) else None

    def case(self, line: OrderLine, asked: RequestedLine, terms: Terms) -> Case:
        came = line.delivered_at is not None and line.delivered_at <= self.now
        ends = terms.withdrawal_ends(self.last_delivery) if terms.floor and self.last_delivery else None
        return Case(
            line=line,
            asked=asked,
            wanted=self.wanted,
            terms=terms,
            cancelled=self.order.status == "cancelled",
            today=self.today,
            placed=self.placed,
            delivered=local_day(line.delivered_at, self.zone) if came and line.delivered_at else None,
            last_delivery=self.last_delivery,
            withdrawal_ends=ends,
            inside_withdrawal=terms.floor is not None and (ends is None or self.today <= ends),
            returned=self.history.returned.get(line.id, 0),
            returns_90d=self.history.returns_90d,
            items=items_amount(line, asked.quantity, self.order.currency),
            currency=self.order.currency,
            tags=line.tags | terms.treated_as if terms.treated_as else line.tags,
        )

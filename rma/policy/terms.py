"""The terms that count for one item in one market: the policy file with its overrides, and never less than the law."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from rma.model.codes import Condition, LineTag, Reason, Resolution
from rma.model.money import rounded
from rma.policy.law import WITHDRAWAL_EXCLUSIONS, Floor, floor_of
from rma.policy.markets import Market, next_working_day
from rma.policy.schema import SECTIONS, Override, PolicyFile

Excluded = Mapping[LineTag, frozenset[Condition]]


@dataclass(frozen=True, slots=True)
class Season:
    """Month and day: orders placed `first` to `last` (both included) may come back until the next `until`."""

    first: tuple[int, int]
    last: tuple[int, int]
    until: tuple[int, int]

    def last_day(self, placed: date) -> date | None:
        """The last day of an order placed on `placed`, or None when the season is not for it."""
        day = (placed.month, placed.day)
        spans_new_year = self.first > self.last
        inside = (day >= self.first or day <= self.last) if spans_new_year else self.first <= day <= self.last
        if not inside:
            return None
        until = date(placed.year, *self.until)
        return until if until >= placed else date(placed.year + 1, *self.until)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the policy says for one item, the legal floor included.

    Amounts are by currency, EUR counting for those not named.
    """

    market: Market
    floor: Floor | None
    days: int
    seasons: tuple[Season, ...]
    exclusions: Excluded
    offers: tuple[Resolution, ...]
    restocking_percent: Mapping[Condition, Decimal]
    withdrawal_days: int
    withdrawal_exclusions: Excluded
    guarantee_years: int
    all_remedies_days: int
    repair_first: bool
    customer_pays: Mapping[str, Decimal]
    free_for: frozenset[Resolution]
    free_for_faults: bool
    high_value: Mapping[str, Decimal]
    frequent_returns: int | None
    dangerous_goods: frozenset[Reason]
    photo_required: frozenset[Reason]
    returnless_below: Mapping[str, Decimal]
    returnless_resolutions: frozenset[Resolution]
    refund_days: int
    review_working_days: int
    send_by_days: int
    treated_as: frozenset[str]

    def withdrawal_ends(self, last_delivery: date) -> date:
        """The last day to withdraw when the order's last item came on `last_delivery`; only where there is a floor."""
        end = last_delivery + timedelta(days=self.withdrawal_days)
        return next_working_day(self.market.country, end) if self.floor and self.floor.prolonged else end

    def window_ends(self, delivered: date, placed: date) -> date:
        """The last day of the shop's own offer for an item that came on `delivered`, of an order placed on `placed`."""
        ends = [delivered + timedelta(days=self.days)]
        ends += [day for season in self.seasons if (day := season.last_day(placed))]
        return max(ends)


def amount_in(amounts: Mapping[str, Decimal], currency: str) -> Decimal:
    """The amount for `currency`: its own, else that of EUR, rounded half up to the decimals of `currency`."""
    return rounded(amounts.get(currency, amounts["EUR"]), currency)


def merged(file: PolicyFile, overrides: list[Override]) -> dict[str, dict[str, Any]]:
    """The sections of `file` with `overrides` laid over them, in their order.

    Maps are added to by key, all else is replaced.
    """
    sections = {name: getattr(file, name).model_dump() for name in SECTIONS}
    for override in overrides:
        for name in SECTIONS:
            part = getattr(override, name)
            for key, value in (part.model_dump(exclude_unset=True) if part else {}).items():
                old = sections[name][key]
                # A single value stands for every market, also those the file names before.
                replaces = not isinstance(value, dict) or "default" in value
                sections[name][key] = value if replaces else {**old, **value}
    return sections


def for_market(values: Mapping[str, Any], market: Market) -> Any:
    """The value that a map by market has for `market`: its country's, else its region's, else the default."""
    return next((values[name] for name in market.groups if name in values), values["default"])


def terms_for(file: PolicyFile, market: Market, overrides: list[Override]) -> Terms:
    """The terms of `file` in `market` with these `overrides`, raised to the legal floor."""
    sections = merged(file, overrides)
    mind, withdrawal, faults = sections["change_of_mind"], sections["withdrawal"], sections["faults"]
    shipping, review, returnless = sections["return_shipping"], sections["review"], sections["returnless"]
    floor = floor_of(market)
    return Terms(
        market=market,
        floor=floor,
        days=mind["days"],
        seasons=tuple(Season(*map(_month_day, season.values())) for season in mind["seasons"]),
        exclusions={tag: frozenset(conditions) for tag, conditions in mind["exclusions"].items() if conditions},
        offers=tuple(resolution for resolution in Resolution if resolution in mind["offers"]),
        restocking_percent=mind["restocking_percent"],
        withdrawal_days=max(withdrawal["days"], floor.withdrawal_days) if floor else 0,
        withdrawal_exclusions={
            tag: frozenset(withdrawal["exclusions"].get(tag, ())) & lawful
            for tag, lawful in WITHDRAWAL_EXCLUSIONS.items()
        },
        guarantee_years=max(for_market(faults["guarantee_years"], market), floor.guarantee_years if floor else 0),
        all_remedies_days=max(faults["all_remedies_days"], floor.all_remedies_days if floor else 0),
        repair_first=for_market(faults["repair_first"], market),
        customer_pays=shipping["customer_pays"],
        free_for=frozenset(shipping["free_for"]),
        free_for_faults=floor is not None or for_market(shipping["free_for_faults"], market),
        high_value=review["high_value"],
        frequent_returns=review["frequent_returns"],
        dangerous_goods=frozenset(review["dangerous_goods"]),
        photo_required=frozenset(review["photo_required"]),
        returnless_below=returnless["below"],
        returnless_resolutions=frozenset(returnless["resolutions"]),
        refund_days=sections["times"]["refund_days"],
        review_working_days=sections["times"]["review_working_days"],
        send_by_days=sections["times"]["send_by_days"],
        treated_as=frozenset(tag for override in overrides for tag in override.treat_as),
    )


def _month_day(text: str) -> tuple[int, int]:
    return int(text[:2]), int(text[3:])

"""The policy in general, for a market: what "how long do I have?" and "who pays the postage?" are answered from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel.numbers import get_territory_currencies

from rma.model.codes import Condition, LineTag, Resolution
from rma.policy.codes import EXCLUSIONS, Code
from rma.policy.law import UNSEALED, law_for
from rma.policy.policy import Policy
from rma.policy.terms import Season, Terms, amount_in


@dataclass(frozen=True, slots=True)
class ExclusionFact:
    """Goods with `tag` cannot be returned for a change of mind: in any condition, or `only_opened`.

    `by_law`: the law that leaves them out of the withdrawal too; None where the shop alone excludes them, so that the
    legal withdrawal, where there is one, still holds.
    """

    tag: LineTag
    code: Code
    only_opened: bool
    by_law: str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """Terms of a market, ready to be put into words. Amounts are in `currency`.

    `withdrawal_days`, `withdrawal_law`: None where the law gives no withdrawal. `legal_years`: the guarantee by law,
    None where there is none; `guarantee_years` is what the shop accepts, at least that. `window_days` counts from the
    delivery of the item, `withdrawal_days` from that of the order's last item.
    """

    market: str
    currency: str
    window_days: int
    seasons: tuple[Season, ...]
    exclusions: tuple[ExclusionFact, ...]
    withdrawal_days: int | None
    withdrawal_law: str | None
    guarantee_years: int
    legal_years: int | None
    guarantee_law: str | None
    all_remedies_days: int
    repair_first: bool
    return_shipping: Decimal
    free_for: frozenset[Resolution]
    free_for_faults: bool
    restocking_percent: Mapping[Condition, Decimal]
    returnless_below: Decimal
    offers: tuple[Resolution, ...]
    refund_days: int
    review_working_days: int
    send_by_days: int

    def season_until(self, placed: date) -> date | None:
        """The last day to return an order placed on `placed`, when a season gives it longer; None otherwise."""
        return max((day for season in self.seasons if (day := season.last_day(placed))), default=None)


def facts(
    policy: Policy,
    market: str,
    currency: str | None = None,
    group: str | None = None,
    category: str | None = None,
    tags: frozenset[str] = frozenset(),
) -> Facts:
    """The policy in `market`, for goods in general unless a category or tags are given.

    Raises Refused for an unknown market.

    `currency` is the country's own unless given.
    """
    terms = policy.terms(market, category, tags, group)
    whole = policy.terms(market, group=group)
    currency = currency or next(iter(get_territory_currencies(terms.market.country)), "EUR")
    place = terms.market
    return Facts(
        market=market,
        currency=currency,
        window_days=terms.days,
        seasons=terms.seasons,
        exclusions=tuple(_exclusion(tag, terms) for tag in EXCLUSIONS if tag in terms.exclusions),
        withdrawal_days=terms.withdrawal_days if terms.floor else None,
        withdrawal_law=law_for(Code.WITHDRAWAL_RIGHT, place),
        guarantee_years=terms.guarantee_years,
        legal_years=terms.floor.guarantee_years if terms.floor else None,
        guarantee_law=law_for(Code.GUARANTEE_LEGAL, place),
        all_remedies_days=terms.all_remedies_days,
        repair_first=terms.repair_first,
        return_shipping=amount_in(whole.customer_pays, currency),
        free_for=whole.free_for,
        free_for_faults=whole.free_for_faults,
        restocking_percent=terms.restocking_percent,
        returnless_below=amount_in(whole.returnless_below, currency),
        offers=terms.offers,
        refund_days=whole.refund_days,
        review_working_days=terms.review_working_days,
        send_by_days=whole.send_by_days,
    )


def _exclusion(tag: LineTag, terms: Terms) -> ExclusionFact:
    code = EXCLUSIONS[tag]
    by_law = law_for(code, terms.market) if terms.withdrawal_exclusions.get(tag) else None
    return ExclusionFact(tag, code, terms.exclusions[tag] <= UNSEALED, by_law)

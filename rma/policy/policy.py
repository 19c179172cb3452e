"""A policy that was read and found lawful: its version, its texts, and the terms it gives each item."""

from collections.abc import Iterable
from typing import NamedTuple

from rma.model.orders import Order, OrderLine
from rma.policy.markets import Market, market_of
from rma.policy.schema import Override, PolicyFile
from rma.policy.terms import Terms, terms_for
from rma.texts import Texts


class _Scope(NamedTuple):
    """Whom overrides may be for, reduced to the names the file uses, so that few sets of terms are ever built."""

    market: str
    category: str | None
    tags: frozenset[str]
    group: str | None


def fits(override: Override, market: Market, category: str | None, tags: Iterable[str], group: str | None) -> bool:
    """Whether `override` is for an item of `category` and `tags` that a customer of `group` bought in `market`."""
    when = override.when
    return (
        (not when.market or not set(when.market).isdisjoint(market.groups))
        and (not when.category or category in when.category)
        and (not when.tag or not set(when.tag).isdisjoint(tags))
        and (not when.customer_group or group in when.customer_group)
    )


class Policy:
    """Immutable.

    `version` is the file's own version and a hash of what it says; `texts` has the shopper's words for each code.
    """

    def __init__(self, file: PolicyFile, version: str, texts: Texts) -> None:
        self.file = file
        self.version = version
        self.texts = texts
        self._categories = frozenset(name for override in file.overrides for name in override.when.category)
        self._tags = frozenset(name for override in file.overrides for name in override.when.tag)
        self._groups = frozenset(name for override in file.overrides for name in override.when.customer_group)
        self._terms: dict[_Scope, Terms] = {}

    def terms(
        self, market: str, category: str | None = None, tags: frozenset[str] = frozenset(), group: str | None = None
    ) -> Terms:
        """The terms in `market` (ISO 3166-1) for an item, or for no item in particular.

        Raises Refused for an unknown market.
        """
        scope = _Scope(
            market,
            category if category in self._categories else None,
            tags & self._tags,
            group if group in self._groups else None,
        )
        known = self._terms.get(scope)
        if known is None:
            place = market_of(market)
            overrides = [o for o in self.file.overrides if fits(o, place, scope.category, scope.tags, scope.group)]
            known = self._terms[scope] = terms_for(self.file, place, overrides)
        return known

    def terms_of_line(self, order: Order, line: OrderLine) -> Terms:
        return self.terms(order.market, line.category, line.tags, order.customer.group)

    def terms_of_order(self, order: Order) -> Terms:
        """The terms of what counts once per return: the way back, what is not sent back, delays."""
        return self.terms(order.market, group=order.customer.group)

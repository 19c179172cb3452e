"""Where the merchant's figures are kept and counted."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Literal, Protocol

from rma.model.insight import Facts, Scope, Sku, SoldFact, Source

On = Literal["month", "ordered_month", "refund_month"]
"""By which day a line falls into the months of a scope: that of the request, of the order, of the money."""


class InsightFacts(Protocol):
    """Keeps the facts. Each call is a transaction of its own."""

    async def behind(self, events: Sequence[str], after: int, limit: int) -> list[Source]:
        """Returns that were never counted, or have changed since; by their ids, those after `after`."""

    async def keep(self, counted: Sequence[tuple[Source, Facts]]) -> bool:
        """In place of what was kept of them. False when somebody else did it at the same time."""

    async def oldest_change(self) -> datetime | None:
        """When the order was placed whose change waits longest to be counted; None when none does."""

    async def changes_between(self, since: datetime, until: datetime) -> list[tuple[int, int]]:
        """(change, order) of orders placed then that were not counted yet."""

    async def orders_between(self, since: datetime, until: datetime) -> list[int]: ...

    async def orders(self, ids: Sequence[int]) -> list[Mapping[str, Any]]:
        """Their documents."""

    async def skus(self, skus: Sequence[str]) -> Mapping[str, Sku]: ...

    async def keep_sold(self, month: int, sold: Sequence[SoldFact], changes: Sequence[tuple[int, int]]) -> bool:
        """In place of the month's; `changes` are counted by it, and the returns of their orders will be counted anew. False when
        somebody else did it at the same time."""

    async def forget(self) -> None:
        """Everything is counted anew."""


class InsightView(Protocol):
    """Counts in one snapshot. A tally's rows are the values of `by`, then of `of`."""

    async def choices(self) -> tuple[int | None, list[str], list[str]]:
        """The first month of which anything is known, the markets and the categories."""

    async def tally(
        self, scope: Scope, on: On, by: Sequence[str], of: Sequence[str], within: int | None = None
    ) -> list[tuple[Any, ...]]:
        """Sums over lines. `within`: only what was asked for so many days after the order."""

    async def sold(self, scope: Scope, by: Sequence[str], sized: bool = False) -> list[tuple[Any, ...]]:
        """Units; `sized`: only of what has a size."""

    async def outcomes(self, scope: Scope) -> list[tuple[str, str, int, int]]:
        """(currency, disposition, units, value)."""

    async def waiting(self, scope: Scope, asked_before: datetime) -> int:
        """Returns asked for before, received, for money, that were not paid."""

    async def shoppers(self, scope: Scope) -> list[tuple[int, int, int]]:
        """(shopper, returns, units)."""

    async def bought(self, shoppers: Sequence[int]) -> Mapping[int, int]:
        """Units that they ever ordered."""

    async def shopper_reasons(self, scope: Scope, shoppers: Sequence[int]) -> list[tuple[int, str, int]]:
        """(shopper, reason, units)."""

    async def names(self, products: Sequence[str]) -> Mapping[str, str]:
        """What the catalogue calls them."""

    async def invented(self) -> int:
        """Returns that `retour insights sample` made up."""


class InsightSample(Protocol):
    """Invented returns, for somebody who wants to see the plots of a shop that has none."""

    async def is_demo(self) -> bool:
        """Whether every order is of somebody that cannot exist."""

    async def write(self, orders: Sequence[Mapping[str, Any]], returns: Sequence[Mapping[str, Any]]) -> None: ...

    async def remove(self) -> int:
        """How many returns there were."""


class InsightStore(Protocol):
    @property
    def facts(self) -> InsightFacts: ...

    @property
    def sample(self) -> InsightSample: ...

    def reading(self) -> AbstractAsyncContextManager[InsightView]:
        """A snapshot that writers do not wait for."""

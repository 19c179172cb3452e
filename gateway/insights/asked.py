"""What a request asks for: months, market, category, and what figures are told apart by."""

from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlencode

from aiohttp import web

from gateway.problems import Problem
from rma.model.insight import By, Scope
from rma.service.insights.desk import Choices, InsightDesk

ADDRESS = "/insights"
PERIODS = ("3", "6", "12", "24", "all")
USUAL = "12"
BYS: tuple[By, ...] = get_args(By)


@dataclass(frozen=True)
class Asked:
    period: str
    market: str | None
    category: str | None
    by: By
    scope: Scope
    choices: Choices

    def query(self, **changes: str) -> str:
        """The same with something else, for a link."""
        values = {"period": self.period, "market": self.market or "", "category": self.category or "", "by": self.by} | changes
        usual = {"period": USUAL, "market": "", "category": "", "by": "product"}
        return urlencode({name: value for name, value in values.items() if value != usual.get(name)})

    def address(self, path: str = "", **changes: str) -> str:
        query = self.query(**changes)
        return f"{ADDRESS}{path}" + (f"?{query}" if query else "")


async def asked(request: web.Request, desk: InsightDesk) -> Asked:
    """Raises Problem 422 for what there is not."""
    query = request.query
    period, by = query.get("period", USUAL), query.get("by", "product")
    if period not in PERIODS:
        raise Problem(422, f"'period' is not one of {', '.join(PERIODS)}.")
    if by not in BYS:
        raise Problem(422, f"'by' is not one of {', '.join(BYS)}.")
    choices = await desk.choices()
    market, category = query.get("market") or None, query.get("category") or None
    if market is not None and market not in choices.markets:
        raise Problem(422, "There is no such market here.")
    if category is not None and category not in choices.categories:
        raise Problem(422, "There is no such category here.")
    scope = desk.scope(int(period) if period != "all" else None, choices, market, category)
    return Asked(period, market, category, next(one for one in BYS if one == by), scope, choices)

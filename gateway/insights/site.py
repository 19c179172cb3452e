"""The page /insights and its tables as CSV. Behind the console's login (gateway.console.page.guarded). Both are made of the same
cards, so that they say the same."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp_jinja2
from aiohttp import hdrs, web

from gateway.console.page import context
from gateway.console.words import Words, words_of
from gateway.insights import goods, saying
from gateway.insights.asked import ADDRESS, BYS, PERIODS, Asked, asked
from gateway.insights.cards import Card
from gateway.insights.money import cost_card, days, kept_card, outcomes_card, speed_card
from gateway.insights.sentences import nothing_changed, sentences
from gateway.insights.shoppers import shoppers_card
from gateway.insights.transport import co2_card, factors_card, transport_card
from gateway.keys import CONTAINER
from gateway.problems import Problem
from rma.service.insights.desk import Figures, InsightDesk, Totals
from rma.service.insights.goods import Rate, Reasons
from rma.service.insights.money import Kept, Money, Speed

routes = web.RouteTableDef()


def add_insights(app: web.Application) -> None:
    """Everything under /insights. The console's `page.guarded` is among the application's middlewares: it asks who comes."""
    app.add_routes(routes)


@dataclass(frozen=True)
class Asker:
    """One request: what it asks for, its figures, and its words."""

    ask: Asked
    figures: Figures
    desk: InsightDesk
    words: Words

    async def named(self, keys: list[str | int]) -> goods.Named:
        """How the keys of what figures are told apart by are called."""
        words = self.words
        if self.ask.by == "product":
            names = await self.figures.names([str(key) for key in keys])
            return lambda key: names.get(str(key), str(key))
        if self.ask.by == "market":
            return lambda key: saying.country(str(key), words)
        if self.ask.by == "month":
            return lambda key: saying.month_long(int(key), words)
        return str


# -- cards ------------------------------------------------------------------------------------------------------------


async def _rates(a: Asker) -> Card:
    found = await a.figures.rates(a.ask.by)
    return goods.rates_card(found, a.ask.by, await a.named([rate.key for rate in found]), a.desk.today(), a.words)


async def _reasons_by(a: Asker) -> Card:
    found = await a.figures.reasons(a.ask.by)
    return goods.reasons_by_card(found, a.ask.by, await a.named([one.key for one in found]), a.words)


async def _every_reason(a: Asker) -> Card:
    found = await a.figures.reasons(a.ask.by)
    return goods.every_reason_card(found, a.ask.by, await a.named([one.key for one in found]), a.words)


async def _reasons(a: Asker) -> Card:
    return goods.reasons_card(await a.figures.reasons("month"), a.words)


async def _sizes(a: Asker) -> Card:
    found = await a.figures.sizings()
    names = await a.figures.names([one.product for one in found])
    return goods.sizes_card(found, lambda key: names.get(str(key), str(key)), a.desk.policy.sizes, a.words)


async def _speed(a: Asker) -> Card:
    return speed_card(await a.figures.speed(), a.words)


async def _kept(a: Asker) -> Card:
    return kept_card(await a.figures.kept(), a.words)


async def _cost(a: Asker) -> Card:
    return cost_card(await a.figures.money(), a.desk.shop.handling, a.words)


async def _outcomes(a: Asker) -> Card:
    return outcomes_card(await a.figures.money(), a.desk.policy, a.words)


async def _transport(a: Asker) -> Card:
    return transport_card(await a.figures.money(), a.words)


async def _co2(a: Asker) -> Card:
    return co2_card(await a.figures.money(), a.desk.ways, a.words)


async def _factors(a: Asker) -> Card:
    return factors_card(a.desk.ways, a.words)


async def _shoppers(a: Asker) -> Card:
    return shoppers_card(await a.figures.returners(), a.desk.policy.shoppers, a.words)


_CARDS: dict[str, Callable[[Asker], Awaitable[Card]]] = {
    "rates": _rates, "reasons_by": _reasons_by, "every_reason": _every_reason, "reasons": _reasons, "sizes": _sizes,
    "speed": _speed, "kept": _kept, "cost": _cost, "outcomes": _outcomes, "transport": _transport, "co2": _co2,
    "factors": _factors, "shoppers": _shoppers,
}  # fmt: skip


# -- pages ------------------------------------------------------------------------------------------------------------


@routes.get(ADDRESS)
async def page(request: web.Request) -> web.Response:
    desk, words = request.app[CONTAINER].insights, words_of(request)
    ask = await asked(request, desk)
    async with desk.figures(ask.scope) as figures:
        a = Asker(ask, figures, desk, words)
        totals = await figures.totals()
        sold = ask.choices.first is not None
        values: dict[str, Any] = {"totals": totals, "sold": sold, "invented": await figures.invented(), "number": saying.number}
        if totals.returns or sold:
            values |= await _everything(a, totals)
    return aiohttp_jinja2.render_template("insights/page.html", request, context(request, words, **_frame(a), **values))


async def _everything(a: Asker, totals: Totals) -> dict[str, Any]:
    figures, words = a.figures, a.words
    money, speed, kept, changed = await figures.money(), await figures.speed(), await figures.kept(), await figures.changes()
    by_month, whole = await figures.reasons("month"), await figures.rates("month")
    names = await figures.names([one.subject for one in changed.found if one.what == "product"])
    rates, reasons_by = await _with(a, whole, by_month)
    sections = [
        ("back", [rates, reasons_by, goods.reasons_card(by_month, words), await _sizes(a)]),
        ("time", [speed_card(speed, words), kept_card(kept, words)]),
        ("cost", [cost_card(money, a.desk.shop.handling, words), outcomes_card(money, a.desk.policy, words),
                  transport_card(money, words), co2_card(money, a.desk.ways, words), factors_card(a.desk.ways, words)]),
        ("shoppers", [await _shoppers(a)]),
    ]  # fmt: skip
    return {
        "sections": sections,
        "tiles": _tiles(totals, whole, speed, kept, money, words),
        "changes": sentences(changed, names, words),
        "unchanged": nothing_changed(changed, words),
    }


async def _with(a: Asker, whole: list[Rate], by_month: list[Reasons]) -> tuple[Card, Card]:
    """The two cards that are told apart; what was counted by month already is not counted again."""
    if a.ask.by == "month":
        named = await a.named([])
        return (
            goods.rates_card(whole, "month", named, a.desk.today(), a.words),
            goods.reasons_by_card(by_month, "month", named, a.words),
        )
    return await _rates(a), await _reasons_by(a)


def _tiles(
    totals: Totals, whole: list[Rate], speed: Speed, kept: list[Kept], money: Money, words: Words
) -> list[tuple[str, str, str]]:
    """(name, value, small words)."""
    t = words.t
    sold, back = sum(rate.sold for rate in whole), sum(rate.returned for rate in whole)
    returns, still = sum(one.returns for one in kept), sum(one.kept for one in kept)
    main = money.costs[0] if money.costs and money.costs[0].returns else None
    paid = speed.whole
    return [
        (t("insights_returns"), saying.number(totals.returns, words),
         t("insights_tile_units", units=saying.number(totals.units, words))),
        (t("insights_rate"), saying.share(back, sold, words, 1), t("insights_tile_rate", sold=saying.number(sold, words))),
        (t("insights_tile_days"), days(paid.median, words), t("insights_tile_p90", days=days(paid.p90, words))),
        (t("insights_kept_share"), saying.share(still, returns, words), t("insights_tile_kept")),
        (
            t("insights_tile_cost"),
            saying.amount(main.each(main.total), main.currency, words) if main else saying.NOTHING,
            t("insights_tile_total", amount=saying.amount(main.total, main.currency, words)) if main else "",
        ),
        (t("insights_tile_co2"), saying.kilograms(money.kg, words),
         t("insights_tile_parcels", parcels=saying.number(money.parcels, words))),
    ]  # fmt: skip


def _frame(a: Asker) -> dict[str, Any]:
    ask, words = a.ask, a.words
    return {
        "ask": ask,
        "periods": PERIODS,
        "bys": BYS,
        "first": saying.month_long(ask.scope.first, words),
        "last": saying.month_long(ask.scope.last, words),
        "markets": [(code, saying.country(code, words)) for code in ask.choices.markets],
        "categories": [(name, saying.category(name, words)) for name in ask.choices.categories],
    }


@routes.get(ADDRESS + r"/{plot:[a-z_0-9]{1,20}}.csv")
async def table(request: web.Request) -> web.Response:
    """The numbers of a plot for a spreadsheet: months as 202611, shares as parts of 1, codes as they are."""
    make = _CARDS.get(request.match_info["plot"])
    if make is None:
        raise Problem(404, "There are no such figures.")
    desk, words = request.app[CONTAINER].insights, words_of(request)
    ask = await asked(request, desk)
    async with desk.figures(ask.scope) as figures:
        card = await make(Asker(ask, figures, desk, words))
    name = f"{request.match_info['plot']}-{ask.scope.first}-{ask.scope.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(text=card.csv(), content_type="text/csv", charset="utf-8", headers=headers)



"""How long the money takes, what a return costs, what is recovered, what of the sale is kept: the cards."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from gateway.charts import Plot, Series, bars, lines, ranked, swatch
from gateway.charts_across import Stack, stacks
from gateway.console.words import Words
from gateway.insights import saying
from gateway.insights.cards import Card, Column
from rma.model.codes import Resolution
from rma.model.handling import Handling
from rma.model.insight_policy import InsightPolicy
from rma.service.insights.money import LEGAL_DAYS, PARTS, Cost, Kept, Money, Speed


def _count(words: Words) -> Callable[[Any], str]:
    return lambda value: saying.number(value, words)


def days(value: float | None, words: Words) -> str:
    return saying.NOTHING if value is None else words.t("insights_days", count=saying.number(value, words, 1))


def speed_card(found: Speed, words: Words) -> Card:
    t, whole = words.t, found.whole
    title = t("insights_speed")
    about = t("insights_speed_about", refunds=saying.number(whole.refunds, words), median=days(whole.median, words),
              p90=days(whole.p90, words))  # fmt: skip
    names = t("insights_median"), t("insights_p90")
    plot = Plot(
        key="speed", title=title, description=about,
        days=[saying.month_short(paid.month, words) for paid in found.by_month],
        series=[
            Series(names[0], "first", [paid.median for paid in found.by_month]),
            Series(names[1], "second", [paid.p90 for paid in found.by_month]),
        ],
        value=lambda value: saying.number(value, words),
        told=[
            t("insights_speed_told", month=saying.month_long(paid.month, words), refunds=saying.number(paid.refunds, words),
              median=days(paid.median, words), p90=days(paid.p90, words), late=saying.number(paid.late, words))
            for paid in found.by_month
        ],
        limit=(LEGAL_DAYS, t("insights_legal", days=LEGAL_DAYS)),
    )  # fmt: skip
    columns = [
        Column("month", t("insights_month"), lambda value: saying.month_long(value, words)),
        Column("refunds", t("insights_refunds"), _count(words)),
        Column("median_days", names[0], lambda value: days(value, words)),
        Column("p90_days", names[1], lambda value: days(value, words)),
        Column("later_than_14_days", t("insights_late", days=LEGAL_DAYS), _count(words)),
    ]
    rows = [[paid.month, paid.refunds, paid.median, paid.p90, paid.late] for paid in found.by_month]
    legend = [(swatch("first", "line"), names[0]), (swatch("second", "line"), names[1])]
    says = []
    if whole.refunds:
        says.append(
            t("insights_late_says" if whole.late else "insights_none_late", late=saying.number(whole.late, words),
              share=saying.share(whole.late, whole.refunds, words, 1), days=LEGAL_DAYS)
        )  # fmt: skip
    if found.waiting:
        says.append(t("insights_waiting", count=saying.number(found.waiting, words), days=LEGAL_DAYS))
    picture = lines(plot) if whole.refunds else None
    return Card("speed", title, about, picture, columns, rows, legend, [t("insights_speed_note")], says=says)


def kept_card(found: Sequence[Kept], words: Words) -> Card:
    t = words.t
    total, kept = sum(one.returns for one in found), sum(one.kept for one in found)
    title = t("insights_kept")
    about = t("insights_kept_about", share=saying.share(kept, total, words, 1), returns=saying.number(total, words))
    parts: list[tuple[str, str, Callable[[Kept], int]]] = [
        ("exchange", saying.resolution(Resolution.EXCHANGE, words), lambda one: one.by.get(Resolution.EXCHANGE, 0)),
        ("store_credit", saying.resolution(Resolution.STORE_CREDIT, words), lambda one: one.by.get(Resolution.STORE_CREDIT, 0)),
        ("put_right", t("insights_put_right"), lambda one: one.put_right),
        ("refund", saying.resolution(Resolution.REFUND, words), lambda one: one.by.get(Resolution.REFUND, 0)),
    ]
    kinds = ("first", "second", "third", "fourth")
    plot = Plot(
        key="kept", title=title, description=about, days=[saying.month_short(one.month, words) for one in found],
        series=[Series(name, kind, [of(one) for one in found]) for (_, name, of), kind in zip(parts, kinds, strict=True)],
        value=lambda value: saying.number(value, words),
        told=[
            t("insights_kept_told", month=saying.month_long(one.month, words), returns=saying.number(one.returns, words),
              share=saying.percent(one.share, words))
            for one in found
        ],
    )  # fmt: skip
    columns = [
        Column("month", t("insights_month"), lambda value: saying.month_long(value, words)),
        Column("returns", t("insights_returns"), _count(words)),
        *(Column(code, name, _count(words)) for code, name, _ in parts),
        Column("kept_share", t("insights_kept_share"), lambda value: saying.percent(value, words, 1)),
    ]
    rows = [[one.month, one.returns, *(of(one) for _, _, of in parts), one.share] for one in found]
    legend = [(swatch(kind, "bar", f"kept-{kind}"), name) for (_, name, _), kind in zip(parts, kinds, strict=True)]
    return Card("kept", title, about, bars(plot) if total else None, columns, rows, legend, [t("insights_kept_note")])


def cost_card(found: Money, handling: Handling, words: Words) -> Card:
    t = words.t
    title = t("insights_cost")
    main = found.costs[0] if found.costs and found.costs[0].returns else None
    names = {part: t(f"insights_cost_{part}") for part in PARTS}
    columns = [
        Column("currency", t("insights_currency")),
        Column("part", t("insights_cost_part"), lambda value: names.get(value) or t(f"insights_cost_{value}")),
        Column("amount", t("insights_amount"), lambda value: value[1]),
        Column("per_return", t("insights_per_return"), lambda value: value[1]),
    ]
    rows = [
        [cost.currency, part, _both(value, cost, words), _both(cost.each(value), cost, words)]
        for cost in found.costs
        if cost.returns
        for part, value in [*((part, cost.part(part)) for part in PARTS), ("total", cost.total), ("shopper", cost.shopper)]
    ]
    if main is None:
        return Card("cost", title, t("insights_cost_about_none"), None, _plain(columns), [])
    about = t("insights_cost_about", amount=saying.amount(main.each(main.total), main.currency, words),
              returns=saying.number(main.returns, words))  # fmt: skip
    bars_of = sorted(PARTS, key=lambda part: -main.part(part))
    picture = ranked("cost", title, about, [
        (names[part], float(main.each(main.part(part)) or 0), saying.amount(main.each(main.part(part)), main.currency, words))
        for part in bars_of
    ])  # fmt: skip
    minute = handling.cost(1, 0, main.currency) / handling.minutes_per_parcel if handling.minutes_per_parcel else None
    notes = [
        t("insights_cost_note", parcel=saying.number(handling.minutes_per_parcel, words, 1),
          unit=saying.number(handling.minutes_per_unit, words, 1), minute=saying.amount(minute, main.currency, words)),
        t("insights_shopper_note", amount=saying.amount(main.shopper, main.currency, words),
          each=saying.amount(main.each(main.shopper), main.currency, words)),
    ]  # fmt: skip
    others = [cost for cost in found.costs[1:] if cost.returns]
    if others:
        notes.append(
            t("insights_others", main=main.currency, others=", ".join(
                f"{cost.currency}: {saying.amount(cost.each(cost.total), cost.currency, words)}" for cost in others)))  # fmt: skip
    return Card("cost", title, about, picture, _plain(columns), rows, notes=notes)


def _both(value: Decimal | None, cost: Cost, words: Words) -> "Shown":
    return Shown(value, saying.amount(value, cost.currency, words))


class Shown(Decimal):
    """An amount that knows how it is written on the page."""

    words: str

    def __new__(cls, value: Decimal | None, words: str) -> "Shown":
        made = super().__new__(cls, value if value is not None else Decimal("NaN"))
        made.words = words
        return made


def _plain(columns: Sequence[Column]) -> list[Column]:
    return [
        Column(column.code, column.heading, lambda value: value.words) if column.code in ("amount", "per_return") else column
        for column in columns
    ]


def outcomes_card(found: Money, policy: InsightPolicy, words: Words) -> Card:
    t, main = words.t, found.main
    title = t("insights_outcomes")
    columns = [
        Column("currency", t("insights_currency")),
        Column("disposition", t("insights_disposition"), lambda value: saying.disposition(value, words)),
        Column("units", t("insights_units"), _count(words)),
        Column("value", t("insights_value"), lambda value: value.words),
        Column("recovered", t("insights_recovered"), lambda value: value.words),
        Column("lost", t("insights_lost"), lambda value: value.words),
    ]
    ordered = sorted(found.outcomes, key=lambda one: (one.currency != main, one.currency, -one.value))
    rows = [
        [one.currency, one.disposition, one.units, *(Shown(value, saying.amount(value, one.currency, words))
                                                     for value in (one.value, one.recovered, one.lost))]
        for one in ordered
    ]  # fmt: skip
    shown = [one for one in ordered if one.currency == main and one.value]
    if main is None or not shown:
        return Card("outcomes", title, t("insights_outcomes_none"), None, columns, rows)
    value, recovered = (sum((getattr(one, name) for one in shown), Decimal(0)) for name in ("value", "recovered"))
    about = t("insights_outcomes_about", value=saying.amount(value, main, words), recovered=saying.amount(recovered, main, words),
              share=saying.percent(float(recovered / value), words))  # fmt: skip
    names = t("insights_recovered"), t("insights_lost")
    picture = stacks("outcomes", title, about, [
        Stack(saying.disposition(one.disposition, words), [float(one.recovered), float(one.lost)],
              saying.amount(one.value, main, words),
              t("insights_outcome_told", name=saying.disposition(one.disposition, words), units=saying.number(one.units, words),
                value=saying.amount(one.value, main, words), recovered=saying.amount(one.recovered, main, words)))
        for one in shown
    ], ("first", "second"))  # fmt: skip
    legend = [(swatch(kind, "bar", f"outcomes-{kind}"), name) for kind, name in zip(("first", "second"), names, strict=True)]
    shares = ", ".join(
        f"{saying.disposition(disposition, words)} {saying.percent(float(part), words)}"
        for disposition, part in policy.recovered.items()
        if part
    )
    return Card("outcomes", title, about, picture, columns, rows, legend, [t("insights_outcomes_note", shares=shares)])

"""What comes back and why, and sizes that run small: the cards."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from markupsafe import Markup

from gateway.charts import Plot, Series, bars, lines, ranked, swatch, ticks
from gateway.charts_across import Span, Stack, spans, stacks
from gateway.console.words import Words
from gateway.insights import saying
from gateway.insights.cards import Card, Column
from rma.model.codes import Reason
from rma.model.insight import By, later
from rma.model.insight_policy import Sizes
from rma.service.insights.goods import Family, Fit, Rate, Reasons, Sizing, together

ROWS = 14
"""Of a plot; all are in its table."""
OPEN_DAYS = 45
"""After a month's last day, until which what was ordered in it may well still come back: delivery and thirty days."""
SAID = 4
"""Sentences about sizes; the rest is in the plot."""
KINDS = ("first", "second", "third", "fourth")
Named = Callable[[str | int], str]


def rates_card(found: Sequence[Rate], by: By, named: Named, today: date, words: Words) -> Card:
    t, total = words.t, Rate("", sum(rate.sold for rate in found), sum(rate.returned for rate in found))
    title = t(f"insights_rates_{by}")
    about = t("insights_rates_about", share=saying.percent(total.share, words, 1), sold=saying.number(total.sold, words),
              returned=saying.number(total.returned, words))  # fmt: skip
    columns = [
        Column(by, t(f"insights_{by}"), named),
        Column("sold_units", t("insights_sold"), lambda value: saying.number(value, words)),
        Column("returned_units", t("insights_returned"), lambda value: saying.number(value, words)),
        Column("return_rate", t("insights_rate"), lambda value: saying.percent(value, words, 1)),
        Column("rate_from", t("insights_from"), lambda value: saying.percent(value, words, 1)),
        Column("rate_to", t("insights_to"), lambda value: saying.percent(value, words, 1)),
    ]
    rows = [[rate.key, rate.sold, rate.returned, rate.share, *(rate.between if rate.sold else (None, None))] for rate in found]
    notes = [t("insights_rates_note")]
    if by == "month":
        picture = _by_month(found, title, about, today, words) if total.sold else None
        notes.append(t("insights_rates_open", days=OPEN_DAYS))
    else:
        picture = _by_rank(found, title, about, named, words)
        notes.append(t("insights_interval_note"))
    return Card("rates", title, about, picture, columns, rows, notes=notes)


def _by_month(found: Sequence[Rate], title: str, about: str, today: date, words: Words) -> Markup:
    shares = [100 * rate.share if rate.share is not None else None for rate in found]
    plot = Plot(
        key="rates", title=title, description=about,
        days=[saying.month_short(int(rate.key), words) for rate in found],
        series=[Series(words.t("insights_rate"), "first", shares)],
        value=lambda value: saying.percent(value / 100, words),
        told=[_told(rate, saying.month_long(int(rate.key), words), words) for rate in found],
        open_from=first_open(found, today),
    )  # fmt: skip
    return lines(plot)


def first_open(found: Sequence[Rate], today: date) -> int | None:
    for place, rate in enumerate(found):
        following = later(int(rate.key), 1)
        if date(following // 100, following % 100, 1) + timedelta(days=OPEN_DAYS) > today:
            return place
    return None


def _told(rate: Rate, name: str, words: Words) -> str:
    return words.t("insights_rate_told", name=name, share=saying.percent(rate.share, words, 1),
                   returned=saying.number(rate.returned, words), sold=saying.number(rate.sold, words))  # fmt: skip


def _by_rank(found: Sequence[Rate], title: str, about: str, named: Named, words: Words) -> Markup | None:
    shown = [rate for rate in found if rate.sold][:ROWS]
    if not shown:
        return None
    rows = [
        Span(named(rate.key), 100 * (rate.share or 0), 100 * rate.between[0], 100 * rate.between[1],
             saying.percent(rate.share, words, 1), _told(rate, named(rate.key), words))
        for rate in shown
    ]  # fmt: skip
    # An interval that goes to 100% of two units would squeeze all others to the left.
    most = max(100 * (rate.share or 0) for rate in shown)
    steps = ticks(min(max(row.high for row in rows), 1.6 * most + 4), is_time=False)
    return spans("rates", title, about, rows, steps, lambda value: saying.percent(value / 100, words))


def reasons_by_card(found: Sequence[Reasons], by: By, named: Named, words: Words) -> Card:
    t, families = words.t, list(Family)
    names = [t(f"insights_family_{family}") for family in families]
    title = t(f"insights_reasons_{by}")
    about = t("insights_reasons_by_about", units=saying.number(sum(one.units for one in found), words))
    columns = [
        Column(by, t(f"insights_{by}"), named),
        Column("units", t("insights_units"), lambda value: saying.number(value, words)),
        *(
            Column(f"{family}_units", name, lambda value: saying.number(value, words))
            for family, name in zip(families, names, strict=True)
        ),
    ]
    rows = [[one.key, one.units, *(one.of(family) for family in families)] for one in found]
    legend = [(swatch(kind, "bar", f"reasons-by-{kind}"), name) for kind, name in zip(KINDS, names, strict=True)]
    shown, picture = [one for one in found if one.units], None
    if shown and by == "month":
        plot = Plot(
            key="reasons-by", title=title, description=about,
            days=[saying.month_short(int(one.key), words) for one in found],
            series=[
                Series(name, kind, [one.of(family) for one in found])
                for family, name, kind in zip(families, names, KINDS, strict=True)
            ],
            value=lambda value: saying.number(value, words),
            told=[_families(one, saying.month_long(int(one.key), words), words) for one in found],
        )  # fmt: skip
        picture = bars(plot)
    elif shown:
        stacked = [
            Stack(named(one.key), [one.of(family) for family in families], saying.number(one.units, words),
                  _families(one, named(one.key), words))
            for one in shown[:ROWS]
        ]  # fmt: skip
        picture = stacks("reasons-by", title, about, stacked, KINDS, whole=True)
    extra = [("every_reason", t("insights_every_reason"))]
    return Card("reasons_by", title, about, picture, columns, rows, legend, [t("insights_reasons_note")], extra)


def _families(one: Reasons, name: str, words: Words) -> str:
    parts = [
        f"{words.t(f'insights_family_{family}')} {saying.share(one.of(family), one.units, words)}"
        for family in Family
        if one.of(family)
    ]
    return words.t("insights_list_told", name=name, count=saying.number(one.units, words), parts=", ".join(parts))


def every_reason_card(found: Sequence[Reasons], by: By, named: Named, words: Words) -> Card:
    """Only to be downloaded: each reason of each product, size, market or month."""
    columns = [Column(by, by, named), Column("reason", "reason"), Column("units", "units")]
    rows = [[one.key, reason, count] for one in found for reason, count in sorted(one.counts.items())]
    return Card("every_reason", "", "", None, columns, rows)


def reasons_card(found: Sequence[Reasons], words: Words) -> Card:
    t, counts = words.t, together(found)
    total = sum(count for _, count in counts)
    title = t("insights_reasons")
    about = t("insights_reasons_about", units=saying.number(total, words))
    columns = [
        Column("reason", t("insights_reason"), lambda value: saying.reason(value, words)),
        Column("units", t("insights_units"), lambda value: saying.number(value, words)),
        Column("share", t("insights_share"), lambda value: saying.percent(value, words, 1)),
    ]
    rows = [[reason, count, count / total] for reason, count in counts]
    picture = (
        ranked("reasons", title, about, [
            (saying.reason(reason, words), count, f"{saying.number(count, words)} ({saying.share(count, total, words)})")
            for reason, count in counts
        ])
        if counts else None
    )  # fmt: skip
    return Card("reasons", title, about, picture, columns, rows)


_SIGNS = {Fit.SMALL: "first", Fit.LARGE: "first", Fit.FITS: "plain", Fit.FEW: "plain"}


def sizes_card(found: Sequence[Sizing], named: Named, rule: Sizes, words: Words) -> Card:
    t = words.t
    title = t("insights_sizes")
    runs = [one for one in found if one.fit in (Fit.SMALL, Fit.LARGE)]
    says = [
        t(f"insights_runs_{one.fit}", product=named(one.product), small=saying.number(one.small, words),
          large=saying.number(one.large, words), sold=saying.number(one.sold, words))
        for one in runs
    ]  # fmt: skip
    columns = [
        Column("product", t("insights_product"), named),
        Column("verdict", t("insights_verdict"), lambda value: t(f"insights_fit_{value}")),
        Column("sold_units", t("insights_sold"), lambda value: saying.number(value, words)),
        Column("too_small_units", saying.reason(Reason.SIZE_TOO_SMALL, words), lambda value: saying.number(value, words)),
        Column("too_large_units", saying.reason(Reason.SIZE_TOO_LARGE, words), lambda value: saying.number(value, words)),
        Column("small_of_both", t("insights_small_of_both"), lambda value: saying.percent(value, words)),
        Column("from", t("insights_from"), lambda value: saying.percent(value, words)),
        Column("to", t("insights_to"), lambda value: saying.percent(value, words)),
    ]
    rows = [
        [one.product, one.fit.value, one.sold, one.small, one.large, one.balance,
         *(one.between if one.balance is not None else (None, None))]
        for one in found
    ]  # fmt: skip
    shown = [one for one in found if one.fit is not Fit.FEW][:ROWS]
    about = t("insights_sizes_about")
    picture = (
        spans("sizes", title, about, [
            Span(named(one.product), 100 * (one.balance or 0), 100 * one.between[0], 100 * one.between[1],
                 t(f"insights_fit_{one.fit}"), _sizing_told(one, named, words), _SIGNS[one.fit])
            for one in shown
        ], (0, 25, 50, 75, 100), lambda value: saying.percent(value / 100, words), 50,
            (t("insights_mostly_large"), t("insights_mostly_small")))
        if shown else None
    )  # fmt: skip
    note = t("insights_sizes_note", least=rule.at_least, confidence=saying.percent(rule.confidence, words))
    return Card("sizes", title, about, picture, columns, rows, notes=[note],
                says=says[:SAID] or ([t("insights_no_size_runs")] if shown else []))  # fmt: skip


def _sizing_told(one: Sizing, named: Named, words: Words) -> str:
    return words.t("insights_sizing_told", product=named(one.product), small=saying.number(one.small, words),
                   large=saying.number(one.large, words), sold=saying.number(one.sold, words))  # fmt: skip

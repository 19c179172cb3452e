"""Shoppers who send back in series, without names: the card."""

from gateway.charts import swatch
from gateway.charts_across import Stack, stacks
from gateway.console.words import Words
from gateway.insights import saying
from gateway.insights.cards import Card, Column, Listing
from rma.model.insight_policy import Shoppers
from rma.service.insights.shoppers import Band, Returners


def _name(band: Band, words: Words) -> str:
    if band.most is None:
        return words.t("insights_band_more", least=band.least)
    if band.least == band.most:
        return words.t("insights_band_one" if band.least == 1 else "insights_band_same", least=band.least)
    return words.t("insights_band", least=band.least, most=band.most)


def shoppers_card(found: Returners, rule: Shoppers, words: Words) -> Card:
    t = words.t
    title = t("insights_shoppers")
    more = t("insights_or_more")
    columns = [
        Column("returns_from", t("insights_returns_from"), lambda value: saying.number(value, words)),
        Column("returns_to", t("insights_returns_to"), lambda value: saying.number(value, words) if value else more),
        Column("shoppers", t("insights_shopper_count"), lambda value: saying.number(value, words)),
        Column("returns", t("insights_returns"), lambda value: saying.number(value, words)),
        Column("units", t("insights_units"), lambda value: saying.number(value, words)),
    ]
    rows = [[band.least, band.most, band.shoppers, band.returns, band.units] for band in found.bands]
    notes = [t("insights_shoppers_note", together=rule.together, least=rule.returns)]
    if not found.bands:
        text = t("insights_shoppers_few", together=rule.together) if found.shoppers else t("insights_shoppers_none")
        return Card("shoppers", title, text, None, columns, rows, notes=notes)
    names = t("insights_shopper_count"), t("insights_returns")
    about = t("insights_shoppers_about", shoppers=saying.number(found.shoppers, words), returns=saying.number(found.returns, words))
    picture = stacks("shoppers", title, about, [
        Stack(_name(band, words), [band.returns], t("insights_band_words", returns=saying.share(band.returns, found.returns, words),
              shoppers=saying.share(band.shoppers, found.shoppers, words)),
              t("insights_band_told", name=_name(band, words), shoppers=saying.number(band.shoppers, words),
                returns=saying.number(band.returns, words)))
        for band in found.bands
    ], ("first",))  # fmt: skip
    listed = []
    if found.serial:
        listed = [
            Listing(t("insights_serial", least=rule.returns),
                    [t("insights_pseudonym"), t("insights_returns"), t("insights_of_bought"), t("insights_mostly")],
                    [[one.name, t("insights_from_on", least=one.returns),
                      t("insights_about", share=saying.percent(one.tenths / 10, words)), t(f"insights_family_{one.family}")]
                     for one in found.serial])
        ]  # fmt: skip
    series = found.series
    says = [
        t("insights_series_says", share=saying.share(series.shoppers, found.shoppers, words, 1), least=series.least,
          returns=saying.share(series.returns, found.returns, words))
    ] if series else []  # fmt: skip
    legend = [(swatch("first", "bar", "shoppers-first"), names[1])]
    return Card("shoppers", title, about, picture, columns, rows, legend, notes, says=says, wide=True, listed=listed)

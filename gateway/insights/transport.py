"""Transport: what it costs and what it emits, with the factors and who published them: the cards."""

from collections import Counter
from decimal import Decimal

from gateway.charts import ranked
from gateway.console.words import Words
from gateway.insights import saying
from gateway.insights.cards import Card, Column, Listing
from gateway.insights.money import Shown
from rma.model.codes import Method
from rma.model.insight_policy import Factor
from rma.service.insights.money import Money, Transported
from rma.service.insights.transport import Ways

ROWS = 10


def _way(row: Transported, words: Words) -> str:
    return words.t("insights_way", carrier=saying.carrier(row.carrier, words), method=saying.method(row.method, words))


def transport_card(found: Money, words: Words) -> Card:
    """What parcels cost by carrier and method, in the main currency; all currencies in the table."""
    t, main = words.t, found.main
    title = t("insights_transport")
    columns = [
        Column("currency", t("insights_currency")),
        Column("carrier", t("insights_carrier"), lambda value: saying.carrier(value, words)),
        Column("method", t("insights_method"), lambda value: saying.method(value, words)),
        Column("route", t("insights_route"), lambda value: t(f"insights_route_{value}")),
        Column("parcels", t("insights_parcels"), lambda value: saying.number(value, words)),
        Column("cost", t("insights_amount"), lambda value: value.words),
    ]
    rows = [
        [row.currency, row.carrier, row.method, row.route, row.parcels,
         Shown(row.cost, saying.amount(row.cost, row.currency, words))]
        for row in sorted(found.transported, key=lambda row: (row.currency != main, row.currency, -row.cost))
    ]  # fmt: skip
    cost, parcels = Counter[str](), Counter[str]()
    for row in found.transported:
        if row.currency == main:
            cost[_way(row, words)] += row.cost  # type: ignore[assignment]
            parcels[_way(row, words)] += row.parcels
    if main is None or not cost:
        return Card("transport", title, t("insights_transport_none"), None, columns, rows)
    total = sum((Decimal(value) for value in cost.values()), Decimal(0))
    about = t("insights_transport_about", amount=saying.amount(total, main, words),
              parcels=saying.number(sum(parcels.values()), words),
              each=saying.amount(total / max(sum(parcels.values()), 1), main, words))  # fmt: skip
    picture = ranked("transport", title, about, [
        (way, float(value), t("insights_of_parcels", amount=saying.amount(Decimal(value), main, words),
                              parcels=saying.number(parcels[way], words)))
        for way, value in cost.most_common(ROWS)
    ])  # fmt: skip
    return Card("transport", title, about, picture, columns, rows, notes=[t("insights_transport_note")])


def co2_card(found: Money, ways: Ways, words: Words) -> Card:
    t = words.t
    title, kg, parcels = t("insights_co2"), found.kg, found.parcels
    columns = [
        Column("carrier", t("insights_carrier"), lambda value: saying.carrier(value, words)),
        Column("method", t("insights_method"), lambda value: saying.method(value, words)),
        Column("route", t("insights_route"), lambda value: t(f"insights_route_{value}")),
        Column("parcels", t("insights_parcels"), lambda value: saying.number(value, words)),
        Column("kg_co2e", t("insights_kg"), lambda value: saying.kilograms(value, words)),
        Column("kg_co2e_per_parcel", t("insights_kg_each"), lambda value: saying.kilograms(value, words)),
    ]
    sums: dict[tuple[str, str, str], tuple[int, Decimal]] = {}
    for row in found.transported:
        key = (row.carrier, row.method, row.route)
        count, weight = sums.get(key, (0, Decimal(0)))
        sums[key] = (count + row.parcels, weight + row.kg)
    ordered = sorted(sums.items(), key=lambda item: -item[1][1])
    rows = [[*key, count, round(weight, 3), round(weight / count, 4)] for key, (count, weight) in ordered]
    about = t("insights_co2_about", kg=saying.kilograms(kg, words), parcels=saying.number(parcels, words),
              each=saying.kilograms(kg / parcels if parcels else Decimal(0), words))  # fmt: skip
    picture = ranked("co2", title, about, [
        (t("insights_way_route", carrier=saying.carrier(carrier, words), method=saying.method(method, words),
           route=t(f"insights_route_{route}")),
         float(weight), saying.kilograms(weight, words))
        for (carrier, method, route), (_, weight) in ordered[:ROWS]
    ]) if parcels else None  # fmt: skip
    return Card("co2", title, about, picture, columns, rows, notes=[t("insights_co2_note")])


def factors_card(ways: Ways, words: Words) -> Card:
    """What the CO2 is reckoned with: no plot, and always open to be read."""
    t = words.t
    columns = [Column(code, "") for code in ("transport", "kg_co2e_per_tonne_km", "year", "source", "url")]
    rows = [
        [name, factor.kg_per_tonne_km, factor.year, factor.source, factor.url or ""]
        for name, factor in _every_factor(ways)
    ]
    return Card("factors", t("insights_factors_title"), t("insights_factors_about"), None, columns, rows,
                listed=[_factors(ways, words), _legs(ways, words)], wide=True)  # fmt: skip


def _every_factor(ways: Ways) -> list[tuple[str, Factor]]:
    own = [(f"{mode} ({carrier})", factor) for carrier, some in ways.co2.carriers.items() for mode, factor in some.items()]
    return [*ways.co2.factors.items(), *own]


def _mode(name: str, words: Words) -> str:
    return words.t(f"insights_mode_{name}") if words.has(f"insights_mode_{name}") else name


def _factors(ways: Ways, words: Words) -> Listing:
    t = words.t
    rows = [
        [_mode(name, words), saying.number(factor.kg_per_tonne_km, words, 4), str(factor.year), factor.source]
        for name, factor in _every_factor(ways)
    ]
    head = [t("insights_mode"), t("insights_factor"), t("insights_year"), t("insights_source")]
    return Listing(t("insights_factors"), head, rows)


def _legs(ways: Ways, words: Words) -> Listing:
    t = words.t

    def said(legs: dict[str, Decimal]) -> str:
        return ", ".join(
            t("insights_leg", mode=_mode(mode, words), km=saying.number(km, words)) for mode, km in legs.items()
        )

    rows = [[saying.method(method, words), said(ways.co2.first_mile[method])] for method in Method]
    rows += [[t(f"insights_route_{route}"), said(legs)] for route, legs in ways.co2.routes.items()]
    weights = ", ".join(
        f"{saying.category(name, words) if name != 'default' else t('insights_other_goods')} {saying.number(kg, words, 2)}\u00a0kg"
        for name, kg in ways.co2.parcel_kg.items()
    )
    rows.append([t("insights_weights"), weights])
    return Listing(t("insights_assumed"), [t("insights_part_of_way"), t("insights_assumption")], rows)

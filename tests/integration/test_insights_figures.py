"""The merchant's figures on both databases: exactly those reckoned by hand; the parts of any division add up to the whole; what is
kept up step by step is what is counted anew."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any, get_args

import pytest
from sqlalchemy import select, update

from rma.bootstrap import Container
from rma.model.codes import ReturnStatus
from rma.model.errors import Refused
from rma.model.insight import By, Scope
from rma.service.insights.desk import Figures
from rma.service.insights.goods import Family, Fit
from rma.store.insight import SqlInsight
from rma.store.insight_tables import InsightChangeRow, InsightLineRow, InsightOutcomeRow, InsightSoldRow
from rma.store.tables import ReturnRow
from tests.fixtures import databases
from tests.fixtures.support import Clock
from tests.integration.insight_shop import ORDERS, opened, order, returned

database_url, sqlite_url, postgres_url = databases.database_url, databases.sqlite_url, databases.postgres_url
migrated_sqlite, postgres_server = databases.migrated_sqlite, databases.postgres_server

AUTUMN = Scope(202609, 202611)


async def test_figures_are_those_reckoned_by_hand(database_url: str) -> None:
    async with opened(database_url) as container:
        async with container.insights.figures(AUTUMN) as figures:
            await _goods(figures)
            await _money(figures)
            await _emissions(figures)


async def test_products_of_one_name_are_told_apart(sqlite_url: str) -> None:
    common = {"name": "Water bottle", "price": "9.00", "currency": "EUR"}
    catalogue = [{"sku": "B-1", "product": "B1", **common}, {"sku": "B-2", "product": "B2", **common}]
    catalogue += [{"sku": "L-1", "product": "Lamp", **common, "name": "Desk lamp"}]
    async with opened(sqlite_url) as container:
        assert not (await container.shop.load({"orders": [], "catalogue": catalogue})).failures
        async with container.insights.figures(AUTUMN) as figures:
            names = await figures.names(["B1", "B2", "Lamp", "Jeans"])
    assert names == {"B1": "Water bottle (B1)", "B2": "Water bottle (B2)", "Lamp": "Desk lamp", "Jeans": "Jeans"}


async def _goods(figures: Figures) -> None:
    totals = await figures.totals()
    assert (totals.returns, totals.units, totals.values) == (4, 5, [("EUR", 3, 23000), ("GBP", 1, 8000)])
    rates = {by: {rate.key: (rate.sold, rate.returned) for rate in await figures.rates(by)} for by in get_args(By)}
    assert rates["month"] == {202609: (4, 3), 202610: (2, 2), 202611: (0, 0)}
    assert rates["product"] == {"Jeans": (4, 3), "Lamp": (2, 2)}
    assert rates["size"] == {"M": (3, 3), "L": (1, 0)}
    assert rates["market"] == {"FR": (4, 3), "DE": (1, 1), "GB": (1, 1)}
    reasons = {one.key: one.counts for one in await figures.reasons("month")}
    assert reasons == {202609: {"size_too_small": 2, "defective": 1}, 202610: {"size_too_large": 1, "changed_mind": 1}, 202611: {}}
    by_product = {one.key: [one.of(family) for family in Family] for one in await figures.reasons("product")}
    assert by_product == {"Jeans": [3, 0, 0, 0], "Lamp": [0, 1, 1, 0]}
    (jeans,) = await figures.sizings()
    assert (jeans.product, jeans.sold, jeans.small, jeans.large, jeans.fit) == ("Jeans", 4, 2, 1, Fit.FEW)
    returners = await figures.returners()
    assert (returners.shoppers, returners.returns, returners.bands, returners.serial) == (3, 4, [], [])
    changes = await figures.changes()
    assert changes.found == [] and changes.looked_at == 0


async def _money(figures: Figures) -> None:
    speed = await figures.speed()
    assert [(paid.month, paid.days) for paid in speed.by_month] == [(202609, {}), (202610, {11: 1}), (202611, {17: 1})]
    assert (speed.whole.median, speed.whole.p90, speed.whole.late, speed.waiting) == (14.0, 17.0, 1, 1)
    kept = {one.month: (one.by, one.kept, one.put_right) for one in await figures.kept()}
    assert kept[202609] == ({"refund": 1, "replacement": 1}, 0, 1) and kept[202610] == ({"store_credit": 1, "refund": 1}, 1, 0)
    euros, pounds = (await figures.money()).costs
    # 4.90 + 8.50 + (4.70 + 6.00); three parcels of 2 minutes and four units of 3, at 0.45; 50 given away, 45% of 80 repaired.
    assert (euros.currency, euros.returns, euros.transport, euros.handling) == ("EUR", 3, Decimal("24.10"), Decimal("8.10"))
    assert (euros.write_off, euros.outbound, euros.shopper) == (Decimal("86.00"), Decimal("4.90"), Decimal("4.90"))
    assert euros.total == Decimal("123.10") and euros.each(euros.total) == Decimal("41.03")
    assert (pounds.currency, pounds.transport, pounds.handling, pounds.write_off) == ("GBP", Decimal("10.40"), Decimal("2.00"), 0)
    outcomes = {one.disposition: (one.units, one.value, one.recovered) for one in (await figures.money()).outcomes}
    assert outcomes == {"restock": (2, 100, 100), "donate": (1, 50, 0), "repair": (1, 80, 44)}


async def _emissions(figures: Figures) -> None:
    money = await figures.money()
    kg = {(row.method, row.route): round(row.kg, 6) for row in money.transported}
    # Clothes weigh 0.6 kg and things for the home 2.5: tonnes x (km by van x 1.1026 + km by lorry x 0.1807).
    assert kg == {
        ("label", "domestic"): Decimal("0.066523"), ("pickup", "domestic"): Decimal("0.346090"),
        ("qr", "europe"): Decimal("0.142417"), ("label", "europe"): Decimal("0.593402"),
    }  # fmt: skip
    assert money.parcels == 4 and round(money.kg, 4) == Decimal("1.1484")


async def _sums(container: Container, scope: Scope) -> Counter[Any]:
    """Everything that is counted, with its keys; nothing that is a ratio."""
    found = Counter[Any]()
    async with container.insights.figures(scope) as figures:
        totals = await figures.totals()
        found.update({"returns": totals.returns, "units": totals.units})
        found.update({("value", currency): value for currency, _, value in totals.values})
        for by in ("product", "size", "market"):
            for rate in await figures.rates(by):
                found.update({("sold", by, rate.key): rate.sold, ("back", by, rate.key): rate.returned})
            for one in await figures.reasons(by):
                found.update({("why", by, one.key, reason): count for reason, count in one.counts.items()})
        for paid in (await figures.speed()).by_month:
            found.update({("paid", days): count for days, count in paid.days.items()})
        found["waiting"] = (await figures.speed()).waiting
        for kept in await figures.kept():
            found.update({("kept", resolution): count for resolution, count in kept.by.items()})
        money = await figures.money()
        for cost in money.costs:
            parts = ("transport", "handling", "outbound")
            found.update({("cost", cost.currency, part): round(cost.part(part) * 100) for part in parts})
        for outcome in money.outcomes:
            found["became", outcome.currency, outcome.disposition] += outcome.units
            found["worth", outcome.currency] += int(outcome.value * 100)
        found["grams of CO2"] = round(money.kg * 10**9)
    return +found


async def test_the_parts_of_any_division_add_up(database_url: str) -> None:
    async with opened(database_url, fill=False) as container:
        made = await container.insights.add_sample(150, months=4)
        assert 100 < made < 200 and await container.insights.keep_up() == made
        whole_scope = container.insights.scope(None, choices := await container.insights.choices())
        whole = await _sums(container, whole_scope)
        assert whole["returns"] > 100 and len([key for key in whole if key[0] == "sold"]) > 30
        for parts in (
            [Scope(whole_scope.first, whole_scope.last, market=market) for market in choices.markets],
            [Scope(whole_scope.first, whole_scope.last, category=category) for category in choices.categories],
            [Scope(month, month) for month in whole_scope.months],
            [Scope(whole_scope.first, 202609), Scope(202610, whole_scope.last)],
        ):
            added = Counter[Any]()
            for part in parts:
                added.update(await _sums(container, part))
            assert set(added) == set(whole)
            # Emissions are fractions; they are rounded once a part.
            apart = {key: abs(added[key] - whole[key]) for key in whole}
            assert {key for key, by in apart.items() if by > len(parts) * (key == "grams of CO2")} == set()


async def _kept(container: Container) -> dict[str, list[tuple[Any, ...]]]:
    async with container.engine.connect() as connection:
        return {
            table.__tablename__: sorted(tuple(row) for row in await connection.execute(select(table.__table__)))
            for table in (InsightLineRow, InsightOutcomeRow, InsightSoldRow)
        }


async def test_what_is_kept_up_is_what_is_counted_anew(database_url: str) -> None:
    async with opened(database_url) as container:
        desk, clock = container.insights, container.clock
        assert isinstance(clock, Clock) and await desk.keep_up() == 0
        async with container.transactions() as uow:
            rma = await uow.returns.by_number("RT-4")
            assert rma is not None
            rma.move(ReturnStatus.REFUNDED, clock(), "staff")
            rma.refund |= {"currency": "GBP", "total": "80.00"}
            await uow.returns.save(rma)
        changed = ORDERS[1]["document"] | {"market": "BE"}
        later = order("A6", "2026-11-20", "eve", [("Jeans", 3, "S")])["document"]
        report = await container.shop.load({"orders": [changed, later, ORDERS[4]["document"] | {"status": "delivered"}]})
        assert not report.failures and report.orders_saved == 3
        # The refund, and both returns of the order whose market was wrong.
        assert await desk.keep_up() == 3
        async with desk.figures(AUTUMN) as figures:
            assert {rate.key: (rate.sold, rate.returned) for rate in await figures.rates("market")} == {
                "FR": (6, 2), "BE": (2, 1), "DE": (1, 1), "GB": (1, 1),
            }  # fmt: skip
            assert {paid.month: paid.days for paid in (await figures.speed()).by_month}[202611] == {17: 1, 34: 1}
            assert (await figures.speed()).waiting == 0
        before = await _kept(container)
        assert await desk.rebuild() == 5 and await _kept(container) == before
        assert len(before["insight_sold"]) == 7


async def test_an_erased_customer_is_no_serial_shopper_any_more(database_url: str) -> None:
    async with opened(database_url) as container:
        many = [order(f"B{n}", "2026-10-10", f"p{n // 7}", [("Jeans", 1, "M")]) for n in range(42)]
        back = [returned(f"RT-B{n}", f"B{n}", "2026-10-20", "1", 1, "size_too_small", "refund", "label") for n in range(42)]
        await SqlInsight(container.engine).sample.write(many, back)
        await container.insights.keep_up()
        async with container.insights.figures(AUTUMN) as figures:
            found = await figures.returners()
        # Six with seven returns each, of all that they bought; the other three are too few to be apart.
        assert [(band.least, band.most, band.shoppers) for band in found.bands] == [(1, None, 9)] and not found.serial
        more = [returned(f"RT-C{n}", f"C{n}", "2026-10-20", "1", 1, "quality", "refund", "label") for n in range(9)]
        others = [order(f"C{n}", "2026-10-10", f"q{n}", [("Jeans", 1, "M")]) for n in range(9)]
        await SqlInsight(container.engine).sample.write(others, more)
        await container.insights.keep_up()
        async with container.insights.figures(AUTUMN) as figures:
            found = await figures.returners()
        assert [(band.least, band.most, band.shoppers) for band in found.bands] == [(1, 5, 12), (6, None, 6)]
        assert [(one.returns, one.tenths, one.family) for one in found.serial] == [(6, 10, Family.SIZE)] * 6
        assert "example.com" not in str(found) and len({one.name for one in found.serial}) == 6
        desk = container.privacy
        await desk.erase(desk.wanted(email="p0@example.com"), "staff")
        await desk.erase(desk.wanted(email="p1@example.com"), "staff")
        await container.insights.keep_up()
        async with container.insights.figures(AUTUMN) as figures:
            found = await figures.returners()
        # What they sent back still counts, each as somebody's only return; four are too few.
        assert found.serial == [] and found.returns == 55 and found.shoppers == 6 + 9 + 3 - 2 + 14
        async with container.engine.connect() as connection:
            assert await connection.scalar(select(InsightChangeRow.id)) is None


async def test_invented_returns_come_and_go(database_url: str) -> None:
    async with opened(database_url) as container:
        before = await _kept(container)
        made = await container.insights.add_sample(60, months=3)
        await container.insights.keep_up()
        with pytest.raises(Refused, match="already"):
            await container.insights.add_sample(5)
        assert await container.insights.remove_sample() == made
        await container.insights.keep_up()
        assert await _kept(container) == before
        async with container.transactions() as uow:
            assert len(await uow.returns.find(None, None)) == 5
        real = order("Z1", "2026-11-01", "zoe", [("Jeans", 1, "M")], customer={"name": "Zoé", "email": "zoe@gmail.com"})
        await container.shop.load({"orders": [real["document"]]})
        with pytest.raises(Refused, match="real customers"):
            await container.insights.add_sample(5)


async def test_a_month_that_got_worse_is_told_and_one_like_the_others_is_not(sqlite_url: str) -> None:
    async with opened(sqlite_url, fill=False) as container:
        store = SqlInsight(container.engine)
        for month, back in (("09", 20), ("10", 60)):
            orders = [order(f"M{month}{n}", f"2026-{month}-{n % 28 + 1:02}", f"m{n}", [("Jeans", 1, "M")]) for n in range(200)]
            rmas = [
                returned(f"RT-{month}{n}", f"M{month}{n}", f"2026-{month}-{n % 28 + 1:02}", "1", 1, "quality", "refund", "label")
                for n in range(back)
            ]
            await store.sample.write(orders, rmas)
        await container.insights.keep_up()
        async with container.insights.figures(AUTUMN) as figures:
            changes = await figures.changes()
        first = changes.found[0]
        assert (first.what, first.before, first.after, first.month, first.days) == ("rate", (20, 200), (60, 200), 202610, 22)
        assert first.rose and {one.what for one in changes.found} <= {"rate", "product", "market"}
        async with container.insights.figures(Scope(202601, 202602)) as figures:
            assert (await figures.changes()).found, "the period does not matter, only the last whole month"
        async with container.engine.begin() as connection:
            rows = select(ReturnRow.id).where(ReturnRow.number.like("RT-10%")).order_by(ReturnRow.id).offset(22)
            await connection.execute(
                update(ReturnRow).where(ReturnRow.id.in_(rows.limit(100))).values(status="declined", version=2)
            )
        await container.insights.keep_up()
        async with container.insights.figures(AUTUMN) as figures:
            changes = await figures.changes()
        assert changes.found == [] and changes.looked_at > 0
        assert isinstance(container.clock, Clock)
        container.clock.now -= timedelta(days=21)
        async with container.insights.figures(AUTUMN) as figures:
            assert (await figures.changes()).looked_at == 0, "two days into the month October is too young to be judged"

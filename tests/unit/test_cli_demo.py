"""The demo shop is always of these weeks, and never touches orders that are there."""

from datetime import UTC, date, datetime, timedelta

import pytest

from retour.demo import demo_shop, load_demo
from rma.bootstrap import open_container
from rma.model.orders import CatalogueItem, Order
from rma.settings import Settings
from rma.store.migrate import upgrade


@pytest.mark.parametrize("today", [date(2026, 1, 31), date(2028, 2, 29), date(2031, 12, 24)])
def test_its_deliveries_are_recent_on_any_day_and_never_to_come(today):
    document = demo_shop(today)
    items = {item.sku for item in map(CatalogueItem.model_validate, document["catalogue"])}
    orders = [Order.model_validate(order) for order in document["orders"]]
    assert {order.market for order in orders} == {"FR", "DE", "GB", "US", "CA"}
    assert {order.status.value for order in orders} == {"pending", "shipped", "delivered", "cancelled"}
    end = datetime.combine(today, datetime.min.time(), UTC) + timedelta(days=1, hours=12)
    delivered = [line.delivered_at for order in orders for line in order.lines if line.delivered_at]
    assert max(delivered) <= end and all(order.placed_at <= end for order in orders)
    assert sum(end - instant < timedelta(days=15) for instant in delivered) >= 10
    assert {line.sku for order in orders for line in order.lines} <= items
    assert all(sum(method.amount for method in order.payment_methods) == total(order) for order in orders)


def total(order: Order):
    return order.shipping_paid + sum(line.unit_price * line.quantity - line.discount for line in order.lines)


async def test_it_is_loaded_into_an_empty_database_only(tmp_path):
    settings = Settings.load(var=tmp_path)
    upgrade(settings.database)
    async with open_container(settings) as container:
        assert await load_demo(container.shop, date(2026, 5, 1)) == 25
        assert await load_demo(container.shop, date(2026, 6, 1)) == 0
        async with container.transactions() as uow:
            found = await uow.orders.find("W2611340")
    assert found and found[1].placed_at.month == 4

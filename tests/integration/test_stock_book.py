"""Our own book of stock: a ledger that is only added to, that the shop's word starts anew, and that gives the last unit to one."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from rma.bootstrap import Container
from rma.model.platforms import NotTaken, SoldOut
from rma.service.shop import ImportReport
from tests.contract.test_platforms import exchange, move
from tests.fixtures.shop_platforms import item, order
from tests.integration.notice_shop import Clock, opened

SOLD_OUT, SELLS = item(available=False), item(available=True)


@pytest_asyncio.fixture
async def shop(database_url: str) -> AsyncIterator[Container]:
    async with opened(database_url, Clock()) as container:
        await container.shop.take(order(), ImportReport())
        await says(container, available=False)
        yield container


async def says(shop: Container, available: bool) -> None:
    """What the shop's file says of the article."""
    await shop.shop.take_items([SELLS if available else SOLD_OUT], ImportReport())


async def there_is(shop: Container) -> bool:
    async with shop.transactions() as uow:
        found = await uow.catalogue.get("TSH-BLU-M")
        (variant,) = await uow.catalogue.variants("TSH-BLU-M")
    assert found and found.available == variant.available
    return found.available


async def test_what_came_back_can_be_had_until_it_is_gone(shop: Container) -> None:
    assert not await there_is(shop)
    await shop.platform.restock(move(quantity=1))
    assert await there_is(shop)
    await says(shop, available=False)  # the file of the next night, which knows nothing of it
    assert await there_is(shop)
    await shop.platform.reserve(exchange())
    assert not await there_is(shop)
    with pytest.raises(SoldOut):
        await shop.platform.reserve(exchange("exchange-2"))
    await shop.platform.release(exchange())
    assert await there_is(shop)


async def test_while_the_shop_has_them_it_is_not_counted(shop: Container) -> None:
    await says(shop, available=True)
    await shop.platform.reserve(exchange(quantity=3))
    assert await there_is(shop)
    # Sold out since: what was kept while there were enough says nothing of what is left.
    await says(shop, available=False)
    assert not await there_is(shop)
    await shop.platform.restock(move(quantity=1))
    assert await there_is(shop)


async def test_the_shops_word_begins_it_anew(shop: Container) -> None:
    await shop.platform.restock(move(quantity=2))
    await says(shop, available=True)
    await says(shop, available=False)
    assert not await there_is(shop)


async def test_the_last_one_goes_to_one(shop: Container) -> None:
    await shop.platform.restock(move(quantity=1))
    results = await asyncio.gather(
        *(shop.platform.reserve(exchange(f"exchange-{n}")) for n in range(6)), return_exceptions=True
    )
    assert sum(isinstance(one, str) for one in results) == 1
    assert all(isinstance(one, str | SoldOut) for one in results), results


async def test_one_key_at_once_is_one(shop: Container) -> None:
    await shop.platform.restock(move(quantity=5))
    results = await asyncio.gather(
        *(shop.platform.place(exchange()) for _ in range(5)),
        *(shop.platform.restock(move("unit-9")) for _ in range(5)),
        return_exceptions=True,
    )
    # Who came a moment too late is told to ask again, and then hears what the first one made.
    assert {one for one in results if isinstance(one, str)} <= {"W2611340-E1"}
    assert all(one is None or isinstance(one, str | NotTaken) for one in results), results
    assert await shop.platform.place(exchange()) == "W2611340-E1"
    await shop.platform.restock(move("unit-9"))
    for n in range(6):
        await shop.platform.reserve(exchange(f"other-{n}"))
    with pytest.raises(SoldOut):
        await shop.platform.reserve(exchange("other-9"))

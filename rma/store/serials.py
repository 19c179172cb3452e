"""Serial numbers that are given out once: the same key gets the same number, also after a crash."""

from collections.abc import Awaitable, Callable

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker

from rma.store.tables import SerialRow


def serials(engine: AsyncEngine) -> Callable[[str], Awaitable[int]]:
    """`await allocate(key)` gives the serial of `key`, a new one when it has none yet."""
    sessions = async_sessionmaker(engine)

    async def known(key: str) -> int | None:
        async with sessions() as session:
            return await session.scalar(select(SerialRow.id).where(SerialRow.key == key))

    async def allocate(key: str) -> int:
        serial = await known(key)
        if serial is not None:
            return serial
        try:
            async with sessions() as session, session.begin():
                row = SerialRow(key=key)
                session.add(row)
                await session.flush()
                return row.id
        except IntegrityError:
            serial = await known(key)
            if serial is None:
                raise
            return serial

    return allocate

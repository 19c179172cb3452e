"""Where the embedded channel keeps what it took."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from rma.model.outgoing import Kept
from rma.notify.embedded import Show, Shown
from rma.service.ports import Clock
from rma.store.messaging_tables import ShownMessageRow


def shown_messages(engine: AsyncEngine, clock: Clock) -> tuple[Show, Shown]:
    """The two functions that an EmbeddedChannel needs."""
    table = ShownMessageRow.__table__

    async def show(message: Kept, attached: list[str]) -> None:
        fields = message.model_dump(mode="json", include={"key", "medium", "recipient", "subject", "text"})
        try:
            async with engine.begin() as connection:
                await connection.execute(table.insert().values(**fields, attached=attached, at=clock()))  # type: ignore[attr-defined]
        except IntegrityError:
            return  # Shown already: the key says so.

    async def shown(key: str) -> bool:
        async with engine.connect() as connection:
            return await connection.scalar(select(table.c.key).where(table.c.key == key)) is not None

    return show, shown

"""How many conversations came in, by channel and language."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from rma.model.conversations import Channel
from rma.model.support import Volumes
from rma.store.tables import ConversationRow


def volumes(engine: AsyncEngine) -> Volumes:
    """The function that TeamFigures needs. Counted are conversations in which a shopper said something; a statement on the
    withdrawal page is none."""

    async def count(since: datetime, until: datetime) -> dict[tuple[str, str], int]:
        c = ConversationRow
        query = (
            select(c.channel, c.language, func.count())
            .where(c.created_at >= since, c.created_at < until, c.last_shopper_id > 0, c.channel != Channel.FORM)
            .group_by(c.channel, c.language)
        )
        async with engine.connect() as connection:
            return {(row[0], row[1]): row[2] for row in await connection.execute(query)}

    return count

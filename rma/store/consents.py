"""What numbers said of hearing from us."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from rma.store.messaging_tables import ConsentRow


class SqlConsents:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def opted_out(self, address: str) -> bool:
        row = await self._session.get(ConsentRow, address)
        return row is not None and row.opted_out

    async def note(self, address: str, opted_out: bool, how: str, words: str | None, at: datetime) -> None:
        row = await self._session.get(ConsentRow, address)
        if row is None:
            row = ConsentRow(address=address)
            self._session.add(row)
        row.opted_out, row.how, row.words, row.at = opted_out, how, words[:200] if words else None, at
        await self._session.flush()

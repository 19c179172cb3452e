"""One-time codes in their table: one at a time for a conversation and an address, as a digest."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rma.model.onetime import KeptCode
from rma.store.messaging_tables import CodeRow


class SqlCodes:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, conversation_id: str, address: str) -> KeptCode | None:
        row = await self._row(conversation_id, address)
        return KeptCode.model_validate(row, from_attributes=True) if row else None

    async def put(self, conversation_id: str, address: str, digest: bytes, now: datetime, until: datetime) -> None:
        row = await self._row(conversation_id, address)
        if row is None:
            row = CodeRow(conversation=conversation_id, address=address)
            self._session.add(row)
        row.digest, row.tries, row.sent_at, row.expires_at, row.proven_at = digest, 0, now, until, None
        await self._session.flush()

    async def tried(self, code: KeptCode, proven_at: datetime | None) -> None:
        row = await self._session.get(CodeRow, code.id)
        if row is not None:
            row.tries, row.proven_at = row.tries + 1, proven_at
            await self._session.flush()

    async def _row(self, conversation_id: str, address: str) -> CodeRow | None:
        query = select(CodeRow).where(CodeRow.conversation == conversation_id, CodeRow.address == address)
        row: CodeRow | None = await self._session.scalar(query.with_for_update())
        return row

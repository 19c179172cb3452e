"""Text messages that came in, and the conversations of their numbers, in tables."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from rma.model.inbound import Inbound, InboundStatus, Pending, Received, Thread
from rma.store.messaging_tables import InboundRow, SmsThreadRow

S = InboundStatus
_OPEN = (S.WAITING, S.TAKEN)


def _inbound(row: InboundRow) -> Inbound:
    return Inbound.model_validate({name: getattr(row, name) for name in Inbound.model_fields})


class SqlInbound:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def keep(self, message: Received, status: InboundStatus, at: datetime) -> bool:
        same = [InboundRow.sid == message.sid, *([InboundRow.token == message.token] if message.token else [])]
        if await self._session.scalar(select(InboundRow.id).where(or_(*same)).limit(1)) is not None:
            return False
        done_at = at if status is S.DONE else None
        self._session.add(InboundRow(**message.model_dump(), status=status, received_at=at, done_at=done_at))
        await self._session.flush()
        return True

    async def pending(self) -> list[Pending]:
        resumed = func.max(case((InboundRow.status == S.TAKEN, 1), else_=0))
        first, last = func.min(InboundRow.received_at), func.max(InboundRow.received_at)
        rows = await self._session.execute(
            select(InboundRow.sender, first, last, resumed, SmsThreadRow.busy_until)
            .outerjoin(SmsThreadRow, SmsThreadRow.address == InboundRow.sender)
            .where(InboundRow.status.in_(_OPEN))
            .group_by(InboundRow.sender, SmsThreadRow.busy_until)
            .order_by(first)
        )
        return [
            Pending(sender=sender, first_at=first_at, last_at=last_at, resumed=bool(taken), not_before=busy_until)
            for sender, first_at, last_at, taken, busy_until in rows
        ]

    async def of(self, sender: str, status: InboundStatus, limit: int) -> list[Inbound]:
        rows = await self._session.scalars(
            select(InboundRow)
            .where(InboundRow.status == status, InboundRow.sender == sender)
            .order_by(InboundRow.id)
            .limit(limit)
        )
        return [_inbound(row) for row in rows]

    async def mark(self, ids: Sequence[int], status: InboundStatus, at: datetime) -> None:
        tried = 1 if status is S.TAKEN else 0
        await self._session.execute(
            update(InboundRow)
            .where(InboundRow.id.in_(ids))
            .values(
                status=status, attempts=InboundRow.attempts + tried, done_at=at if status is S.DONE else InboundRow.done_at
            )
            .execution_options(synchronize_session=False)
        )

    async def rewrite(self, message_id: int, text: str) -> None:
        await self._session.execute(update(InboundRow).where(InboundRow.id == message_id).values(text=text))

    async def count_since(self, sender: str, since: datetime) -> int:
        query = select(func.count(InboundRow.id)).where(InboundRow.sender == sender, InboundRow.received_at >= since)
        return await self._session.scalar(query) or 0

    async def lease(self, address: str, now: datetime, until: datetime) -> Thread | None:
        row = await self._session.get(SmsThreadRow, address, with_for_update=True)
        if row is None:
            row = SmsThreadRow(address=address, conversation=None, heard_at=now)
            self._session.add(row)
        elif row.busy_until is not None and row.busy_until > now:
            return None
        row.busy_until = until
        await self._session.flush()
        return Thread(address=address, conversation=row.conversation, heard_at=row.heard_at)

    async def thread(self, address: str) -> Thread | None:
        row = await self._session.get(SmsThreadRow, address)
        return Thread(address=address, conversation=row.conversation, heard_at=row.heard_at) if row else None

    async def enter(self, address: str, conversation: str, heard_at: datetime) -> None:
        await self._session.execute(
            update(SmsThreadRow)
            .where(SmsThreadRow.address == address)
            .values(conversation=conversation, heard_at=heard_at)
        )

    async def busy(self, address: str, until: datetime | None) -> None:
        await self._session.execute(
            update(SmsThreadRow).where(SmsThreadRow.address == address).values(busy_until=until)
        )

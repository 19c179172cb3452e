"""The outbox in its table: kept with what caused it, claimed by one worker at a time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from rma.model.errors import Conflict, NotFound
from rma.model.outgoing import Kept, Medium, Outgoing, OutgoingStatus
from rma.store.messaging_tables import OutboxRow, PacingRow

S = OutgoingStatus
_SECOND = timedelta(seconds=1)


_DUE = (
    select(OutboxRow.id)
    .where(OutboxRow.status == S.WAITING, OutboxRow.medium.in_(bindparam("media", expanding=True)))
    .where(OutboxRow.not_before <= bindparam("now", type_=OutboxRow.not_before.type))
    .limit(1)
)
"""Whether there is anything to do at all: asked again and again, so built once and answered from an index."""


def _kept(row: OutboxRow) -> Kept:
    return Kept.model_validate({name: getattr(row, name) for name in Kept.model_fields})


class SqlOutbox:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._posted = False

    @property
    def posted(self) -> bool:
        return self._posted

    async def post(self, message: Outgoing, at: datetime) -> bool:
        known = await self._session.scalar(select(OutboxRow.id).where(OutboxRow.key == message.key))
        if known is not None:
            return False
        fields = message.model_dump(mode="json", exclude={"not_before"})
        self._session.add(
            OutboxRow(**fields, status=S.WAITING, created_at=at, not_before=max(message.not_before or at, at))
        )
        await self._session.flush()
        self._posted = True
        return True

    async def claim(
        self, media: Sequence[Medium], channel: str, per_second: float, now: datetime, limit: int
    ) -> list[Kept]:
        if await self._session.scalar(_DUE, {"media": list(media), "now": now}) is None:
            return []
        pacing = await self._session.get(PacingRow, channel, with_for_update=True)
        next_at = max(pacing.next_at, now) if pacing else now
        # A sender that was idle has not saved anything up: it begins again at its rate, with a second's worth at once, or one.
        burst = max(_SECOND, _SECOND / per_second)
        slots = int((now + burst - next_at) / _SECOND * per_second + 1e-6)
        rows = await self._due(media, now, min(limit, slots)) if slots else []
        if not rows:
            return []
        for row in rows:
            row.status, row.claimed_at, row.attempts = S.SENDING, now, row.attempts + 1
        if pacing is None:
            pacing = PacingRow(channel=channel)
            self._session.add(pacing)
        pacing.next_at = next_at + len(rows) / per_second * _SECOND
        await self._session.flush()
        return [_kept(row) for row in rows]

    async def _due(self, media: Sequence[Medium], now: datetime, limit: int) -> list[OutboxRow]:
        earlier = aliased(OutboxRow)
        # One that waits for its hour, and was never tried, holds nobody up.
        in_turn = and_(earlier.status == S.WAITING, or_(earlier.attempts > 0, earlier.not_before <= now))
        is_open = or_(earlier.status == S.SENDING, in_turn)
        behind = exists().where(earlier.lane == OutboxRow.lane, earlier.id < OutboxRow.id, is_open)
        rows = await self._session.scalars(
            select(OutboxRow)
            .where(OutboxRow.status == S.WAITING, OutboxRow.not_before <= now, OutboxRow.medium.in_(media), ~behind)
            .order_by(OutboxRow.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return list(rows)

    async def interrupted(self, media: Sequence[Medium], before: datetime, limit: int) -> list[Kept]:
        rows = await self._session.scalars(
            select(OutboxRow)
            .where(OutboxRow.status == S.SENDING, OutboxRow.claimed_at <= before, OutboxRow.medium.in_(media))
            .order_by(OutboxRow.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return [_kept(row) for row in rows]

    async def settle(self, message: Kept, **fields: Any) -> bool:
        done = await self._session.execute(
            update(OutboxRow)
            .where(
                OutboxRow.id == message.id,
                OutboxRow.status == S.SENDING,
                OutboxRow.claimed_at == message.claimed_at,
            )
            .values(**fields)
        )
        return bool(done.rowcount)  # type: ignore[attr-defined]

    async def get(self, message_id: int, lock: bool = False) -> Kept | None:
        row = await self._session.get(OutboxRow, message_id, with_for_update=lock or None, populate_existing=lock)
        return _kept(row) if row else None

    async def by_key(self, key: str) -> Kept | None:
        row = await self._session.scalar(select(OutboxRow).where(OutboxRow.key == key))
        return _kept(row) if row else None

    async def by_provider_id(self, provider_id: str) -> Kept | None:
        row = await self._session.scalar(select(OutboxRow).where(OutboxRow.provider_id == provider_id))
        return _kept(row) if row else None

    async def provider_ids(self, recipient: str, since: datetime) -> frozenset[str]:
        found = await self._session.scalars(
            select(OutboxRow.provider_id).where(
                OutboxRow.recipient == recipient, OutboxRow.provider_id.is_not(None), OutboxRow.created_at >= since
            )
        )
        return frozenset(name for name in found if name)

    async def find(
        self, status: OutgoingStatus | None = None, limit: int = 100, before: int | None = None
    ) -> list[Kept]:
        query = select(OutboxRow).order_by(OutboxRow.id.desc()).limit(limit)
        if status is not None:
            query = query.where(OutboxRow.status == status)
        if before is not None:
            query = query.where(OutboxRow.id < before)
        return [_kept(row) for row in await self._session.scalars(query)]

    async def count(self) -> dict[str, int]:
        rows = await self._session.execute(select(OutboxRow.status, func.count()).group_by(OutboxRow.status))
        return {status: number for status, number in rows.all()}  # noqa: C416 (mypy knows no rows of pairs)

    async def resend(self, message_id: int, now: datetime) -> Kept:
        row = await self._session.get(OutboxRow, message_id, with_for_update=True)
        if row is None:
            raise NotFound(f"there is no message {message_id} in the outbox")
        if row.status != S.DEAD:
            raise Conflict(f"message {message_id} is {row.status}; only a dead one can be sent again")
        row.status, row.not_before, row.attempts, row.error, row.error_code = S.WAITING, now, 0, None, None
        await self._session.flush()
        self._posted = True
        return _kept(row)

    async def note_delivery(self, message_id: int, delivery: str, code: str | None, at: datetime) -> None:
        row = await self._session.get(OutboxRow, message_id, with_for_update=True)
        if row is None:
            raise NotFound(f"there is no message {message_id} in the outbox")
        row.delivery, row.delivery_at, row.error_code = delivery, at, code
        await self._session.flush()

    async def note_taken(self, message_id: int, provider_id: str, at: datetime) -> None:
        await self._session.execute(
            update(OutboxRow)
            .where(OutboxRow.id == message_id, OutboxRow.status.in_((S.WAITING, S.SENDING)))
            .values(status=S.SENT, sent_at=at, provider_id=provider_id, error=None, error_code=None)
        )

    async def oldest_due(self, now: datetime) -> datetime | None:
        is_late = and_(OutboxRow.status == S.WAITING, OutboxRow.not_before <= now)
        return await self._session.scalar(
            select(func.min(OutboxRow.not_before)).where(or_(is_late, OutboxRow.status == S.SENDING))
        )

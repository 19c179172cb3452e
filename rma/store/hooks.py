"""Webhooks in their tables."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from rma.model.errors import NotFound
from rma.model.hooks import DeliveryStatus, HookDelivery, HookEndpoint
from rma.model.returns import ReturnEvent
from rma.store.hook_tables import HookDeliveryRow, HookEndpointRow
from rma.store.tables import ReturnEventRow, ReturnRow

S = DeliveryStatus
_OPEN = (S.WAITING, S.SENDING)
_PARTS = 200
"""Rows of one statement: SQLite has a limit on what it binds."""


def _endpoint(row: HookEndpointRow) -> HookEndpoint:
    return HookEndpoint.model_validate({name: getattr(row, name) for name in HookEndpoint.model_fields})


def _delivery(row: HookDeliveryRow, event: ReturnEventRow, number: str) -> HookDelivery:
    own = ("id", "endpoint_id", "event_id", "status", "attempts", "claimed_at", "sent_at", "error", "code")
    happened = ReturnEvent(kind=event.kind, at=event.at, by=event.by, detail=event.detail)
    return HookDelivery(number=number, event=happened, **{name: getattr(row, name) for name in own})


def _told() -> Select[HookDeliveryRow, ReturnEventRow, str]:
    return (
        select(HookDeliveryRow, ReturnEventRow, ReturnRow.number)
        .join(ReturnEventRow, ReturnEventRow.id == HookDeliveryRow.event_id)
        .join(ReturnRow, ReturnRow.id == HookDeliveryRow.return_id)
    )


class SqlHooks:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, url: str, events: Sequence[str], salt: str, fingerprint: str, at: datetime) -> HookEndpoint:
        row = HookEndpointRow(url=url, events=list(events), salt=salt, fingerprint=fingerprint, created_at=at)
        self._session.add(row)
        await self._session.flush()
        return _endpoint(row)

    async def all(self) -> list[HookEndpoint]:
        return [_endpoint(row) for row in await self._session.scalars(select(HookEndpointRow).order_by(HookEndpointRow.id))]

    async def get(self, endpoint_id: int) -> HookEndpoint:
        return _endpoint(await self._row(endpoint_id))

    async def change(self, endpoint_id: int, **fields: Any) -> HookEndpoint:
        row = await self._row(endpoint_id)
        for name, value in fields.items():
            setattr(row, name, value)
        await self._session.flush()
        return _endpoint(row)

    async def remove(self, endpoint_id: int) -> None:
        await self._session.delete(await self._row(endpoint_id))
        await self._session.flush()

    async def _row(self, endpoint_id: int) -> HookEndpointRow:
        row = await self._session.get(HookEndpointRow, endpoint_id, with_for_update=True)
        if row is None:
            raise NotFound(f"there is no endpoint {endpoint_id}; `retour hooks list` shows those that there are")
        return row

    async def pass_on(self, now: datetime, limit: int) -> int:
        # Locked without skipping: of two workers the second must not overtake the first within a return.
        rows = list(
            await self._session.execute(
                select(ReturnEventRow.id, ReturnEventRow.return_id, ReturnEventRow.kind)
                .where(ReturnEventRow.told.is_(False))
                .order_by(ReturnEventRow.id)
                .limit(limit)
                .with_for_update()
            )
        )
        if not rows:
            return 0
        for endpoint in await self.all():
            await self._write(endpoint, [(row.id, row.return_id) for row in rows if endpoint.wants(row.kind)], now)
        ids = [row.id for row in rows]
        for start in range(0, len(ids), _PARTS):
            part = ids[start : start + _PARTS]
            await self._session.execute(
                update(ReturnEventRow)
                .where(ReturnEventRow.id.in_(part))
                .values(told=True)
                .execution_options(synchronize_session=False)
            )
        return len(rows)

    async def _write(self, endpoint: HookEndpoint, events: Sequence[tuple[int, int]], now: datetime) -> int:
        """New deliveries; those that are there stay as they are."""
        written = 0
        for start in range(0, len(events), _PARTS):
            part = events[start : start + _PARTS]
            known = set(
                await self._session.scalars(
                    select(HookDeliveryRow.event_id).where(
                        HookDeliveryRow.endpoint_id == endpoint.id, HookDeliveryRow.event_id.in_([event for event, _ in part])
                    )
                )
            )
            rows = [
                {
                    "endpoint_id": endpoint.id, "event_id": event, "return_id": return_id,
                    "status": S.WAITING, "attempts": 0, "not_before": now,
                }
                for event, return_id in part if event not in known
            ]  # fmt: skip
            if rows:
                await self._session.execute(insert(HookDeliveryRow), rows)
            written += len(rows)
        return written

    async def claim(self, endpoint: HookEndpoint, now: datetime, abandoned: datetime, limit: int) -> list[HookDelivery]:
        earlier = aliased(HookDeliveryRow)
        behind = exists().where(
            earlier.endpoint_id == HookDeliveryRow.endpoint_id,
            earlier.return_id == HookDeliveryRow.return_id,
            earlier.event_id < HookDeliveryRow.event_id,
            earlier.status.in_(_OPEN),
        )
        # That it is open is said apart, for the index: most deliveries are sent.
        is_open = HookDeliveryRow.status.in_(_OPEN)
        is_due = and_(HookDeliveryRow.status == S.WAITING, HookDeliveryRow.not_before <= now)
        is_abandoned = and_(HookDeliveryRow.status == S.SENDING, HookDeliveryRow.claimed_at <= abandoned)
        rows = list(
            await self._session.execute(
                _told()
                .where(HookDeliveryRow.endpoint_id == endpoint.id, is_open, or_(is_due, is_abandoned), ~behind)
                .order_by(HookDeliveryRow.event_id)
                .limit(limit)
                .with_for_update(skip_locked=True, of=HookDeliveryRow)
            )
        )
        for row, _event, _number in rows:
            row.status, row.claimed_at, row.attempts = S.SENDING, now, row.attempts + 1
        await self._session.flush()
        return [_delivery(*row) for row in rows]

    async def settle(self, delivery: HookDelivery, **fields: Any) -> bool:
        done = await self._session.execute(
            update(HookDeliveryRow)
            .where(
                HookDeliveryRow.id == delivery.id,
                HookDeliveryRow.status == S.SENDING,
                HookDeliveryRow.claimed_at == delivery.claimed_at,
            )
            .values(**fields)
            .execution_options(synchronize_session=False)
        )
        return bool(done.rowcount)  # type: ignore[attr-defined]

    async def replay(
        self,
        endpoint: HookEndpoint,
        now: datetime,
        since: datetime | None = None,
        event_id: int | None = None,
        number: str | None = None,
        failed: bool = False,
    ) -> int:
        query = select(ReturnEventRow.id, ReturnEventRow.return_id, ReturnEventRow.kind).order_by(ReturnEventRow.id)
        if since is not None:
            query = query.where(ReturnEventRow.at >= since)
        if event_id is not None:
            query = query.where(ReturnEventRow.id == event_id)
        if number is not None:
            query = query.join(ReturnRow, ReturnRow.id == ReturnEventRow.return_id).where(ReturnRow.number == number)
        if failed:
            query = query.where(
                ReturnEventRow.id.in_(
                    select(HookDeliveryRow.event_id).where(
                        HookDeliveryRow.endpoint_id == endpoint.id, HookDeliveryRow.status == S.DEAD
                    )
                )
            )
        wanted = [(row.id, row.return_id) for row in await self._session.execute(query) if endpoint.wants(row.kind)]
        ids = [event for event, _ in wanted]
        for start in range(0, len(ids), _PARTS):
            await self._session.execute(
                update(HookDeliveryRow)
                .where(HookDeliveryRow.endpoint_id == endpoint.id, HookDeliveryRow.event_id.in_(ids[start : start + _PARTS]))
                .values(status=S.WAITING, attempts=0, not_before=now, claimed_at=None, sent_at=None, error=None, code=None)
                .execution_options(synchronize_session=False)
            )
        await self._write(endpoint, wanted, now)
        return len(wanted)

    async def release(self, endpoint_id: int, now: datetime) -> None:
        await self._session.execute(
            update(HookDeliveryRow)
            .where(
                HookDeliveryRow.endpoint_id == endpoint_id, HookDeliveryRow.status == S.WAITING, HookDeliveryRow.not_before > now
            )
            .values(not_before=now)
            .execution_options(synchronize_session=False)
        )

    async def counts(self) -> list[tuple[int, str, int]]:
        rows = await self._session.execute(
            select(HookDeliveryRow.endpoint_id, HookDeliveryRow.status, func.count())
            .group_by(HookDeliveryRow.endpoint_id, HookDeliveryRow.status)
            .order_by(HookDeliveryRow.endpoint_id, HookDeliveryRow.status)
        )
        return [(row[0], row[1], row[2]) for row in rows]

    async def deliveries(self, endpoint_id: int, status: str | None, limit: int) -> list[HookDelivery]:
        query = _told().where(HookDeliveryRow.endpoint_id == endpoint_id)
        if status is not None:
            query = query.where(HookDeliveryRow.status == status)
        rows = await self._session.execute(query.order_by(HookDeliveryRow.event_id.desc()).limit(limit))
        return [_delivery(*row) for row in rows]

    async def oldest_waiting(self) -> datetime | None:
        return await self._session.scalar(
            select(func.min(ReturnEventRow.at))
            .join(HookDeliveryRow, HookDeliveryRow.event_id == ReturnEventRow.id)
            .join(HookEndpointRow, HookEndpointRow.id == HookDeliveryRow.endpoint_id)
            .where(HookDeliveryRow.status.in_(_OPEN), HookEndpointRow.paused.is_(False))
        )

    async def forget(self, before: datetime, limit: int) -> int:
        old = select(HookDeliveryRow.id).where(HookDeliveryRow.status == S.SENT, HookDeliveryRow.sent_at < before).limit(limit)
        done = await self._session.execute(
            delete(HookDeliveryRow).where(HookDeliveryRow.id.in_(old)).execution_options(synchronize_session=False)
        )
        return done.rowcount or 0  # type: ignore[attr-defined]

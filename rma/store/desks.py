"""The queue of what another desk is to be told, in its tables."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.orm import aliased

from rma.model.conversations import Owner, Status
from rma.model.desks import DeskEvent, EventKind, EventStatus, Thread
from rma.model.errors import Conflict
from rma.model.support import BEGINS, ENDS
from rma.store.desk_tables import DeskEventRow, DeskThreadRow
from rma.store.support_tables import SupportEventRow
from rma.store.tables import ConversationRow, MessageRow

C, E, M, T = ConversationRow, DeskEventRow, MessageRow, DeskThreadRow
S = EventStatus
AT_ONCE = 200

Posted = tuple[str, str, EventKind, int | None, dict[str, Any]]
"""Key, conversation, kind, message, detail."""
_PERSONS = (Status.OPEN, Status.SNOOZED)


_ended = aliased(SupportEventRow)
_LAST_END = (
    select(func.coalesce(func.max(_ended.id), 0))
    .where(_ended.conversation_id == C.id, _ended.kind.in_(ENDS))
    .correlate(C)
    .scalar_subquery()
)
_STRETCH = (
    select(func.coalesce(func.min(SupportEventRow.id), 0))
    .where(SupportEventRow.conversation_id == C.id, SupportEventRow.kind.in_(BEGINS), SupportEventRow.id > _LAST_END)
    .correlate(C)
    .scalar_subquery()
)
"""The line of the audit trail with which the present hand-over of a conversation began."""


def _event(row: DeskEventRow) -> DeskEvent:
    return DeskEvent.model_validate({name: getattr(row, name) for name in DeskEvent.model_fields})


def _thread(row: DeskThreadRow) -> Thread:
    return Thread(conversation=row.conversation, contact=row.contact, thread=row.thread)


class SqlDeskQueue:
    def __init__(self, engine: AsyncEngine) -> None:
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)

    @asynccontextmanager
    async def _work(self) -> AsyncIterator[AsyncSession]:
        try:
            async with self._sessions() as session, session.begin():
                yield session
        except IntegrityError as error:
            raise Conflict("somebody else was faster; look again") from error
        except OperationalError as error:
            if "locked" in str(error.orig) or "deadlock" in str(error.orig):
                raise Conflict("the database is busy; repeat") from error
            raise

    async def collect(self, ours: str, now: datetime) -> int:
        async with self._work() as session:
            posted = await self._said(session, ours, now)
            posted += await self._given_back(session, now)
            return posted + await self._handed_over(session, now)

    async def _said(self, session: AsyncSession, ours: str, now: datetime) -> int:
        told = exists().where(E.conversation == M.conversation_id, E.message == M.id, E.kind == EventKind.SAID)
        # Once it is given back, what is said is no business of the desk's; what was said before still is.
        in_time = or_(C.owner == Owner.PERSON, M.at <= C.resolved_at)
        from_there = func.coalesce(M.client_key, "").like(f"{ours}%")
        rows = await session.execute(
            select(M.conversation_id, M.id)
            .join(T, T.conversation == M.conversation_id)
            .join(C, C.id == M.conversation_id)
            .where(T.open, M.id > T.since, in_time, ~from_there, ~told)
        )
        # Sorted here: asked for it, SQLite would walk through all messages in their order rather than through those few threads.
        first = sorted(rows.all(), key=lambda row: row[1])[:AT_ONCE]
        said: list[Posted] = [
            (f"said:{message}", conversation, EventKind.SAID, message, {}) for conversation, message in first
        ]
        return self._post(session, said, now)

    async def _given_back(self, session: AsyncSession, now: datetime) -> int:
        rows = (
            await session.execute(
                select(T, C.owner)
                .join(C, C.id == T.conversation)
                .where(T.open, or_(C.owner == Owner.ASSISTANT, T.stretch != _STRETCH))
                .limit(AT_ONCE)
            )
        ).all()
        back: list[Posted] = []
        for thread, owner in rows:
            thread.open = False
            if owner == Owner.ASSISTANT:
                key = f"back:{thread.conversation}:{thread.stretch}"
                back.append((key, thread.conversation, EventKind.GIVEN_BACK, None, {}))
        return self._post(session, back, now)

    async def _handed_over(self, session: AsyncSession, now: datetime) -> int:
        rows = (
            await session.execute(
                select(C.id, _STRETCH, T)
                .outerjoin(T, T.conversation == C.id)
                .where(C.status.in_(_PERSONS), or_(T.conversation.is_(None), ~T.open))
                .order_by(C.waiting_since, C.id)
                .limit(AT_ONCE)
            )
        ).all()
        over: list[Posted] = []
        for conversation, stretch, known_thread in rows:
            thread: DeskThreadRow | None = known_thread
            if thread is None:
                thread = T(conversation=conversation, created_at=now)
                session.add(thread)
            last = await session.scalar(select(func.max(M.id)).where(M.conversation_id == conversation)) or 0
            thread.open, thread.stretch, thread.since = True, stretch, last
            key = f"handed:{conversation}:{stretch}"
            known = await session.scalar(select(func.max(E.message)).where(E.conversation == conversation)) or 0
            over.append((key, conversation, EventKind.HANDED_OVER, last, {"after": known}))
        return self._post(session, over, now)

    @staticmethod
    def _post(session: AsyncSession, found: Sequence[Posted], now: datetime) -> int:
        for key, conversation, kind, message, detail in found:
            session.add(
                E(key=key, conversation=conversation, kind=kind, message=message, detail=detail, status=S.WAITING,
                  not_before=now, created_at=now)
            )  # fmt: skip
        return len(found)

    async def claim(self, now: datetime, stale: datetime, limit: int) -> list[DeskEvent]:
        earlier = aliased(E)
        behind = exists().where(
            earlier.conversation == E.conversation, earlier.id < E.id, earlier.status.in_((S.WAITING, S.SENDING))
        )
        due = or_(and_(E.status == S.WAITING, E.not_before <= now), and_(E.status == S.SENDING, E.claimed_at <= stale))
        async with self._work() as session:
            rows = list(
                await session.scalars(
                    select(E).where(due, ~behind).order_by(E.id).limit(limit).with_for_update(skip_locked=True)
                )
            )
            for row in rows:
                row.status, row.claimed_at, row.attempts = S.SENDING, now, row.attempts + 1
            await session.flush()
            return [_event(row) for row in rows]

    async def settle(
        self, event: DeskEvent, status: EventStatus, now: datetime, not_before: datetime | None, error: str | None, tried: bool
    ) -> None:
        async with self._work() as session:
            row = await session.get(E, event.id, with_for_update=True)
            if row is None or row.claimed_at != event.claimed_at:
                return
            row.status, row.error = status, error
            row.done_at = now if status is S.DONE else None
            row.not_before = not_before or row.not_before
            if not tried:
                row.attempts -= 1

    async def thread(self, conversation: str) -> Thread | None:
        async with self._work() as session:
            row = await session.get(T, conversation)
            return _thread(row) if row else None

    async def by_thread(self, thread: int) -> Thread | None:
        async with self._work() as session:
            row = await session.scalar(select(T).where(T.thread == thread))
            return _thread(row) if row else None

    async def keep(self, thread: Thread) -> None:
        async with self._work() as session:
            row = await session.get(T, thread.conversation, with_for_update=True)
            if row is not None:
                row.contact, row.thread = thread.contact, thread.thread

    async def stretch(self, conversation: str) -> int:
        async with self._work() as session:
            return await session.scalar(select(_STRETCH).where(C.id == conversation)) or 0

    async def pending(self, conversation: str) -> bool:
        open_ = E.status.in_((S.WAITING, S.SENDING))
        async with self._work() as session:
            found = await session.scalar(select(E.id).where(E.conversation == conversation, open_).limit(1))
            return found is not None

    async def open_threads(self) -> list[Thread]:
        async with self._work() as session:
            rows = await session.scalars(select(T).where(T.open, T.thread.is_not(None)).order_by(T.created_at))
            return [_thread(row) for row in rows]

    async def counts(self) -> dict[str, int]:
        async with self._work() as session:
            rows = await session.execute(select(E.status, func.count()).group_by(E.status))
            return {row[0]: row[1] for row in rows}

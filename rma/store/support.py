"""The support team's side of conversations in tables: their states, the audit trail, and the queue."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import flag_modified

from rma.model.conversations import Channel, Status
from rma.model.errors import Conflict, NotFound
from rma.model.support import (
    BEGINS,
    ENDS,
    Around,
    Cause,
    Counts,
    HandOver,
    Priority,
    QueueFilter,
    QueueRow,
    Support,
    SupportEvent,
    cause_of,
    weightiest,
)
from rma.store import queue
from rma.store.support_tables import SupportEventRow
from rma.store.tables import ConversationRow, MessageRow, OrderRow, PhotoRow, ReturnRow, TicketRow, WithdrawalRow

_WRITTEN = (
    "owner", "status", "assignee", "priority", "cause", "waiting_since", "handed_over_at", "first_response_at", "resolved_at",
    "snoozed_until", "contact", "contact_proven",
)  # fmt: skip
_events = cast(Table, SupportEventRow.__table__)
_READ = (*_WRITTEN, "channel", "language", "order_id", "last_shopper_id", "seen_id", "version", "created_at", "updated_at")


_EVENTS = (
    select(*_events.c).where(_events.c.conversation_id == bindparam("conversation")).order_by(_events.c.id)
)
"""Built once: every turn of every conversation asks for them."""


def read_support(row: ConversationRow) -> Support:
    fields: dict[str, Any] = {name: getattr(row, name) for name in _READ}
    fields["cause"] = cause_of(row.cause) if row.cause else None
    return Support(conversation=row.id, **fields)


def _hand_over(row: TicketRow) -> HandOver:
    names = ("id", "context", "opened_at", "took_over", "closed_at", "closed_by", "outcome")
    return HandOver(
        conversation=row.conversation_id, cause=cause_of(row.cause), **{name: getattr(row, name) for name in names}
    )


def _event(row: Any) -> SupportEvent:
    return SupportEvent(
        id=row.id, conversation=row.conversation_id, kind=row.kind, at=row.at, by=row.by, detail=row.detail
    )


class SqlSupport:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, conversation_id: str) -> Support | None:
        row = await self._session.get(ConversationRow, conversation_id, populate_existing=True)
        return read_support(row) if row else None

    async def save(self, support: Support) -> None:
        row = await self._session.get(ConversationRow, support.conversation)
        if row is None:
            raise NotFound("no such conversation")
        if row.version != support.version:
            raise Conflict("the conversation went on meanwhile; look again")
        for name in _WRITTEN:
            setattr(row, name, getattr(support, name))
        flag_modified(row, "status")  # of two who do the same at once, one is refused
        await self._session.flush()
        support.version = row.version

    async def note(self, event: SupportEvent) -> SupportEvent:
        row = SupportEventRow(
            conversation_id=event.conversation, kind=event.kind, at=event.at, by=event.by, detail=event.detail
        )
        self._session.add(row)
        await self._session.flush()
        return event.model_copy(update={"id": row.id})

    async def events(self, conversation_id: str) -> list[SupportEvent]:
        return [_event(row) for row in await self._session.execute(_EVENTS, {"conversation": conversation_id})]

    async def hand_overs(self, conversation_id: str) -> list[HandOver]:
        rows = await self._session.scalars(
            select(TicketRow).where(TicketRow.conversation_id == conversation_id).order_by(TicketRow.id)
        )
        return [_hand_over(row) for row in rows]

    async def close(self, conversation_id: str, ids: Collection[int], at: datetime, by: str, outcome: str) -> None:
        """Ends hand-overs; what is open after it decides over cause, priority and whether somebody still waits."""
        rows = list(
            await self._session.scalars(select(TicketRow).where(TicketRow.conversation_id == conversation_id))
        )
        for row in rows:
            if row.id in ids and row.closed_at is None:
                row.closed_at, row.closed_by, row.outcome = at, by, outcome
        left = weightiest([cause_of(row.cause) for row in rows if row.closed_at is None])
        conversation = await self._session.get(ConversationRow, conversation_id, populate_existing=True)
        if conversation is None:
            raise NotFound("no such conversation")
        conversation.cause = left
        if left is not None:
            conversation.priority = left.priority
        elif conversation.status in (Status.PENDING, Status.RESOLVED):
            conversation.priority, conversation.waiting_since = Priority.NORMAL, None
        await self._session.flush()

    async def seen(self, conversation_id: str, message_id: int) -> None:
        await self._session.execute(
            update(ConversationRow)
            .where(ConversationRow.id == conversation_id, ConversationRow.seen_id < message_id)
            .values(seen_id=message_id)
            .execution_options(synchronize_session=False)
        )

    async def due(self, now: datetime) -> list[str]:
        rows = await self._session.scalars(
            select(ConversationRow.id).where(ConversationRow.snoozed_until <= now).limit(500)
        )
        return list(rows)

    async def held_by(self, login: str) -> list[str]:
        return list(await self._session.scalars(select(ConversationRow.id).where(ConversationRow.assignee == login)))

    async def open_reviews(self) -> list[HandOver]:
        rows = await self._session.scalars(
            select(TicketRow)
            .where(TicketRow.closed_at.is_(None), TicketRow.cause == Cause.REVIEW)
            .order_by(TicketRow.id)
            .limit(1000)
        )
        return [_hand_over(row) for row in rows]

    async def before(self, support: Support) -> int:
        """How many are answered before it: open, without an answer, and weightier or waiting longer."""
        c = ConversationRow
        ahead = (c.priority < support.priority) | (
            (c.priority == support.priority) & (c.waiting_since <= support.waiting_since)
        )
        query = select(func.count(c.id)).where(
            c.status == Status.OPEN, c.waiting_since.is_not(None), c.id != support.conversation, ahead
        )
        return await self._session.scalar(query) or 0

    async def queue(self, asked: QueueFilter, limit: int, offset: int) -> list[QueueRow]:
        return await queue.rows(self._session, asked, limit, offset, read_support)

    async def counts(self, login: str) -> Counts:
        return await queue.counts(self._session, login)

    async def stamp(self) -> str:
        last_event = await self._session.scalar(select(func.max(SupportEventRow.id)))
        last_message = await self._session.scalar(select(func.max(MessageRow.id)))
        return f"{last_event or 0}.{last_message or 0}"

    async def around(self, conversation_id: str, order_id: int | None) -> Around:
        customer = select(OrderRow.customer).where(OrderRow.id == order_id).scalar_subquery()
        returns = select(ReturnRow.number).order_by(ReturnRow.id.desc()).limit(50)
        of_customer = returns.join(OrderRow, OrderRow.id == ReturnRow.order_id).where(OrderRow.customer == customer)
        photos = select(PhotoRow.id).where(PhotoRow.conversation_id == conversation_id).order_by(PhotoRow.id)
        stated = select(WithdrawalRow.reference).where(WithdrawalRow.conversation == conversation_id)
        return Around(
            photos=list(await self._session.scalars(photos)),
            withdrawals=list(await self._session.scalars(stated.order_by(WithdrawalRow.id))),
            customer_returns=list(await self._session.scalars(of_customer)) if order_id is not None else [],
            conversation_returns=list(
                await self._session.scalars(returns.where(ReturnRow.conversation_id == conversation_id))
            ),
        )

    async def timeline(self, since: datetime) -> list[SupportEvent]:
        e = SupportEventRow
        rows = await self._session.execute(
            select(e.id, e.conversation_id, e.kind, e.at, e.by)
            .where(e.kind.in_((*BEGINS, *ENDS, "said")), e.at >= since, e.conversation_id.is_not(None))
            .order_by(e.conversation_id, e.id)
        )
        return [SupportEvent(id=row[0], conversation=row[1], kind=row[2], at=row[3], by=row[4]) for row in rows]

    async def began(self, since: datetime, until: datetime) -> list[tuple[datetime, bool]]:
        c = ConversationRow
        looked_at = exists().where(TicketRow.conversation_id == c.id)
        taken = exists().where(SupportEventRow.conversation_id == c.id, SupportEventRow.kind.in_(BEGINS))
        rows = await self._session.execute(
            select(c.created_at, ~(looked_at | taken)).where(
                c.created_at >= since, c.created_at < until, c.last_shopper_id > 0, c.channel != Channel.FORM
            )
        )
        return [(row[0], bool(row[1])) for row in rows]

    async def causes(self, since: datetime, until: datetime) -> list[tuple[datetime, Cause]]:
        rows = await self._session.execute(
            select(TicketRow.opened_at, TicketRow.cause).where(
                TicketRow.opened_at >= since, TicketRow.opened_at < until
            )
        )
        return [(row.opened_at, cause_of(row.cause)) for row in rows]

    async def waiting(self) -> list[tuple[datetime, Priority, Cause | None]]:
        c = ConversationRow
        rows = await self._session.execute(
            select(c.waiting_since, c.priority, c.cause).where(c.status == Status.OPEN, c.waiting_since.is_not(None))
        )
        return [
            (since, Priority(priority), cause_of(cause) if cause else None) for since, priority, cause in rows if since
        ]

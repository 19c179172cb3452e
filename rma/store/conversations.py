"""Conversations, messages, photos, kept decisions, tickets and tries at a proof in tables."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import flag_modified

from rma.model.conversations import Channel, Conversation, Message, Owner, Sender, Status, Utterance
from rma.model.errors import Conflict, NotFound
from rma.model.support import cause_of
from rma.store.support_tables import SupportEventRow
from rma.store.tables import AttemptRow, ConversationRow, DecisionRow, MessageRow, PhotoRow, TicketRow

_FIELDS = ("id", "channel", "language", "owner", "expects", "state", "address", "status", "order_id", "version", "created_at")


def _message(row: MessageRow) -> Message:
    return Message(
        id=row.id,
        at=row.at,
        reply_to=row.reply_to,
        sender=row.sender,
        text=row.text,
        choices=row.choices,
        attachments=row.attachments,
    )


class SqlConversations:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, conversation: Conversation) -> None:
        fields = conversation.align().model_dump(mode="json", include=set(_FIELDS) - {"version", "created_at"})
        row = ConversationRow(**fields, created_at=conversation.created_at, updated_at=conversation.created_at)
        self._session.add(row)
        await self._session.flush()
        conversation.version = row.version

    async def get(self, conversation_id: str) -> Conversation | None:
        row = await self._session.get(ConversationRow, conversation_id, populate_existing=True)
        return Conversation.model_validate({name: getattr(row, name) for name in _FIELDS}) if row else None

    async def save(self, conversation: Conversation) -> None:
        row = await self._session.get(ConversationRow, conversation.id)
        if row is None:
            raise NotFound("no such conversation")
        if row.version != conversation.version:
            raise Conflict("the conversation went on meanwhile; read it again")
        fields = conversation.align().model_dump(
            mode="json", include={"language", "owner", "expects", "state", "address", "status"}
        )
        if row.owner != conversation.owner:
            row.assignee, row.snoozed_until = None, None
        for name, value in fields.items():
            setattr(row, name, value)
        if conversation.order_id is not None:
            row.order_id = conversation.order_id
        flag_modified(row, "state")  # two turns must never both save, even when neither changes anything
        await self._session.flush()
        conversation.version = row.version

    async def say(
        self,
        conversation_id: str,
        utterance: Utterance,
        at: datetime,
        reply_to: int | None = None,
        client_key: str | None = None,
    ) -> Message:
        fields = utterance.model_dump(mode="json", include={"text", "choices", "attachments", "sender"})
        row = MessageRow(conversation_id=conversation_id, reply_to=reply_to, client_key=client_key, at=at, **fields)
        self._session.add(row)
        await self._session.flush()
        await self._moved(conversation_id, row.id if utterance.sender is Sender.SHOPPER else None, at)
        return _message(row)

    async def _moved(self, conversation_id: str, shopper_id: int | None, at: datetime) -> None:
        """What a message does to its conversation. In one statement and past the version, so that no shopper's word is ever
        refused because somebody else did something at the same moment; a change of status moves the version all the same."""
        c = ConversationRow
        values: dict[str, Any] = {"updated_at": at}
        if shopper_id is not None:
            woken = c.status.in_((Status.SNOOZED, Status.RESOLVED)) & (c.channel != Channel.FORM)
            values |= {
                "last_shopper_id": shopper_id,
                "waiting_since": case(
                    ((c.owner == Owner.PERSON) & c.waiting_since.is_(None), at), else_=c.waiting_since
                ),
                "status": case(
                    (woken & (c.status == Status.SNOOZED), Status.OPEN.value),
                    (woken & (c.status == Status.RESOLVED), Status.PENDING.value),
                    else_=c.status,
                ),
                "snoozed_until": case((woken, None), else_=c.snoozed_until),
                "version": case((woken, c.version + 1), else_=c.version),
            }
        statement = update(c).where(c.id == conversation_id).values(values)
        await self._session.execute(statement.execution_options(synchronize_session=False))

    async def message(self, conversation_id: str, message_id: int) -> Message | None:
        row = await self._session.get(MessageRow, message_id)
        return _message(row) if row and row.conversation_id == conversation_id else None

    async def by_client_key(self, conversation_id: str, client_key: str) -> Message | None:
        row = await self._session.scalar(
            select(MessageRow).where(MessageRow.conversation_id == conversation_id, MessageRow.client_key == client_key)
        )
        return _message(row) if row else None

    async def messages(self, conversation_id: str, after: int = 0) -> list[Message]:
        rows = await self._session.scalars(
            select(MessageRow)
            .where(MessageRow.conversation_id == conversation_id, MessageRow.id > after)
            .order_by(MessageRow.id)
        )
        return [_message(row) for row in rows]

    async def replies(self, conversation_id: str, message_id: int) -> list[Message]:
        rows = await self._session.scalars(
            select(MessageRow)
            .where(MessageRow.conversation_id == conversation_id, MessageRow.reply_to == message_id)
            .order_by(MessageRow.id)
        )
        return [_message(row) for row in rows]

    async def answered(self, conversation_id: str) -> bool:
        query = select(MessageRow.id).where(
            MessageRow.conversation_id == conversation_id, MessageRow.sender != Sender.SHOPPER
        )
        return await self._session.scalar(query.limit(1)) is not None

    async def add_photo(self, conversation_id: str, mime: str, content: bytes, at: datetime) -> int:
        row = PhotoRow(conversation_id=conversation_id, mime=mime, content=content, at=at)
        self._session.add(row)
        await self._session.flush()
        return row.id

    async def photo(self, photo_id: int) -> tuple[str, str, bytes] | None:
        row = await self._session.get(PhotoRow, photo_id)
        return (row.conversation_id, row.mime, row.content) if row else None

    async def keep_decision(self, conversation_id: str, decision: dict[str, Any], at: datetime) -> None:
        self._session.add(DecisionRow(conversation_id=conversation_id, decision=decision, at=at))
        await self._session.flush()

    async def decisions(self, conversation_id: str) -> list[dict[str, Any]]:
        rows = await self._session.scalars(
            select(DecisionRow).where(DecisionRow.conversation_id == conversation_id).order_by(DecisionRow.id)
        )
        return [row.decision for row in rows]

    async def refused_cases(self) -> list[dict[str, Any]]:
        rows = await self._session.scalars(select(DecisionRow.decision).order_by(DecisionRow.id))
        return [decision["case"] for decision in rows if decision.get("case")]

    async def open_ticket(self, conversation_id: str, cause: str, context: dict[str, Any], at: datetime) -> int:
        row = await self._session.get(ConversationRow, conversation_id, populate_existing=True)
        if row is None:
            raise NotFound("no such conversation")
        # A statement made on the page has nobody else to answer it.
        if row.channel == Channel.FORM and row.owner != Owner.PERSON:
            row.owner, row.status = Owner.PERSON, Status.OPEN
        took_over = row.owner == Owner.PERSON
        if (known := await self._same(conversation_id, cause, context, took_over)) is not None:
            return known
        ticket = TicketRow(
            conversation_id=conversation_id, cause=cause, context=context, opened_at=at, took_over=took_over
        )
        priority = cause_of(cause).priority
        if row.cause is None or priority < row.priority:
            row.cause, row.priority = cause, priority
        row.waiting_since = row.waiting_since or at
        if took_over and row.assignee is None:
            again = row.first_response_at is not None or row.resolved_at is not None
            began = at if again or row.handed_over_at is None else row.handed_over_at
            row.handed_over_at, row.first_response_at, row.resolved_at = began, None, None
        event = SupportEventRow(
            conversation_id=conversation_id,
            kind="handed_over" if took_over else "raised",
            at=at,
            by="assistant",
            detail={"cause": cause, "number": context.get("number")},
        )
        self._session.add_all([ticket, event])
        await self._session.flush()
        return ticket.id

    async def _same(self, conversation_id: str, cause: str, context: dict[str, Any], took_over: bool) -> int | None:
        """The ticket that stands for this already: of one return or order, ever; of a cause without one, while it is open."""
        rows = await self._session.scalars(
            select(TicketRow).where(TicketRow.conversation_id == conversation_id, TicketRow.cause == cause)
        )
        number = context.get("number")
        for row in rows:
            if row.closed_at is None and row.context.get("number") == number and row.took_over == took_over:
                row.context = row.context | {"again": [*row.context.get("again", []), context.get("last_message")][-20:]}
                return row.id
            if number is not None and row.context.get("number") == number and cause == "review":
                return row.id
        return None

    async def tickets(self, open_only: bool = True, conversation_id: str | None = None) -> list[dict[str, Any]]:
        query = select(TicketRow).order_by(TicketRow.id)
        if open_only:
            query = query.where(TicketRow.closed_at.is_(None))
        if conversation_id is not None:
            query = query.where(TicketRow.conversation_id == conversation_id)
        names = ("id", "cause", "context", "took_over", "opened_at", "closed_at", "closed_by", "outcome")
        return [
            {"conversation": row.conversation_id} | {name: getattr(row, name) for name in names}
            for row in await self._session.scalars(query)
        ]

    async def close_ticket(self, ticket_id: int, at: datetime, by: str = "system", outcome: str = "closed") -> str:
        row = await self._session.get(TicketRow, ticket_id)
        if row is None:
            raise NotFound(f"no ticket {ticket_id}")
        if row.closed_at is None:
            row.closed_at, row.closed_by, row.outcome = at, by, outcome
        return row.conversation_id


class SqlAttempts:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, scopes: Sequence[str], at: datetime) -> None:
        self._session.add_all(AttemptRow(scope=scope[:200], at=at) for scope in scopes)
        await self._session.flush()

    async def count(self, scope: str, since: datetime) -> int:
        query = select(func.count(AttemptRow.id)).where(AttemptRow.scope == scope[:200], AttemptRow.at >= since)
        return await self._session.scalar(query) or 0

    async def forget(self, before: datetime) -> None:
        await self._session.execute(delete(AttemptRow).where(AttemptRow.at < before))

    async def clear(self, scope: str, at: datetime | None = None) -> None:
        mine = AttemptRow.scope == scope[:200]
        await self._session.execute(delete(AttemptRow).where(mine if at is None else mine & (AttemptRow.at == at)))

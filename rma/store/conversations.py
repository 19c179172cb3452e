"""Conversations, messages, photos, kept decisions, tickets and tries at a proof in tables."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import flag_modified

from rma.model.conversations import Conversation, Message, Sender, Utterance
from rma.model.errors import Conflict, NotFound
from rma.store.tables import AttemptRow, ConversationRow, DecisionRow, MessageRow, PhotoRow, TicketRow

_FIELDS = ("id", "channel", "language", "owner", "expects", "state", "address", "version", "created_at")


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
        fields = conversation.model_dump(mode="json", include=set(_FIELDS) - {"version", "created_at"})
        row = ConversationRow(**fields, created_at=conversation.created_at)
        self._session.add(row)
        await self._session.flush()
        conversation.version = row.version

    async def get(self, conversation_id: str) -> Conversation | None:
        row = await self._session.get(ConversationRow, conversation_id)
        return Conversation.model_validate({name: getattr(row, name) for name in _FIELDS}) if row else None

    async def save(self, conversation: Conversation) -> None:
        row = await self._session.get(ConversationRow, conversation.id)
        if row is None:
            raise NotFound("no such conversation")
        if row.version != conversation.version:
            raise Conflict("the conversation went on meanwhile; read it again")
        fields = conversation.model_dump(mode="json", include={"language", "owner", "expects", "state", "address"})
        for name, value in fields.items():
            setattr(row, name, value)
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
        return _message(row)

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
        row = TicketRow(conversation_id=conversation_id, cause=cause, context=context, opened_at=at)
        self._session.add(row)
        await self._session.flush()
        return row.id

    async def tickets(self, open_only: bool = True) -> list[dict[str, Any]]:
        query = select(TicketRow).order_by(TicketRow.id)
        if open_only:
            query = query.where(TicketRow.closed_at.is_(None))
        return [
            {
                "id": row.id,
                "conversation": row.conversation_id,
                "cause": row.cause,
                "context": row.context,
                "opened_at": row.opened_at,
            }
            for row in await self._session.scalars(query)
        ]

    async def close_ticket(self, ticket_id: int, at: datetime) -> str:
        row = await self._session.get(TicketRow, ticket_id)
        if row is None:
            raise NotFound(f"no ticket {ticket_id}")
        row.closed_at = row.closed_at or at
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

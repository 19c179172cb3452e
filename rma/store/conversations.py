"""Conversations, messages, photos, kept decisions, tickets and tries at a proof in tables."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Executable, Table, bindparam, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rma.model.conversations import Channel, Conversation, Message, Owner, Sender, Status, Utterance
from rma.model.errors import Conflict, NotFound
from rma.model.support import cause_of
from rma.store import thread
from rma.store.support_tables import SupportEventRow
from rma.store.tables import AttemptRow, ConversationRow, DecisionRow, MessageRow, PhotoRow, TicketRow

_UNTOLD = set(thread.FIELDS) - {"version", "created_at"}


def _message(row: Any) -> Message:
    return Message.model_validate({name: getattr(row, name) for name in thread.SAID})


class SqlConversations:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, conversation: Conversation) -> None:
        fields = conversation.align().model_dump(mode="json", include=_UNTOLD)
        row = ConversationRow(**fields, created_at=conversation.created_at, updated_at=conversation.created_at)
        self._session.add(row)
        await self._session.flush()
        conversation.version = row.version

    async def get(self, conversation_id: str) -> Conversation | None:
        row = (await self._session.execute(thread.GET, {"conversation": conversation_id})).one_or_none()
        return Conversation.model_validate(row._asdict()) if row else None

    async def turn(self, conversation_id: str, message_id: int) -> tuple[Conversation, list[Message]] | None:
        rows = (await self._session.execute(thread.TURN, {"conversation": conversation_id, "message": message_id})).all()
        if not rows:
            return None
        conversation = Conversation.model_validate({name: getattr(rows[0], name) for name in thread.FIELDS})
        said = [{name: getattr(row, f"said_{name}") for name in thread.SAID} for row in rows if row.said_id is not None]
        return conversation, [Message.model_validate(fields) for fields in said]

    async def save(self, conversation: Conversation) -> None:
        """Moves the version whatever changed: two turns must never both save."""
        values = thread.saved(conversation.align().model_dump(mode="json", include=_UNTOLD))
        values |= {"conversation": conversation.id, "read": conversation.version}
        version = await self._session.scalar(thread.SAVE, values)
        if version is None:
            if await self.get(conversation.id) is None:
                raise NotFound("no such conversation")
            raise Conflict("the conversation went on meanwhile; read it again")
        conversation.version = version

    async def say(
        self, conversation_id: str, utterance: Utterance, at: datetime, client_key: str | None = None
    ) -> Message:
        if utterance.sender is Sender.SHOPPER:
            return (await self.hear(conversation_id, utterance, at, client_key))[0]
        return (await self.say_all(conversation_id, [utterance], at, client_key=client_key))[0]

    async def say_all(
        self,
        conversation_id: str,
        utterances: Sequence[Utterance],
        at: datetime,
        reply_to: int | None = None,
        client_key: str | None = None,
    ) -> list[Message]:
        said = [await self._append(conversation_id, one, at, reply_to, client_key) for one in utterances]
        if said:
            await self._session.execute(thread.TOLD, {"conversation": conversation_id, "at": at})
        return said

    async def hear(
        self, conversation_id: str, utterance: Utterance, at: datetime, client_key: str | None = None
    ) -> tuple[Message, Conversation]:
        said = await self._append(conversation_id, utterance, at, None, client_key)
        heard = {"conversation": conversation_id, "at": at, "message": said.id}
        row = (await self._session.execute(thread.HEARD, heard)).one()
        return said, Conversation.model_validate(row._asdict())

    async def _append(
        self, conversation_id: str, utterance: Utterance, at: datetime, reply_to: int | None, client_key: str | None
    ) -> Message:
        fields = utterance.model_dump(mode="json", include={"text", "choices", "attachments", "sender"})
        row = {"conversation_id": conversation_id, "reply_to": reply_to, "client_key": client_key, "at": at, **fields}
        number = await self._session.scalar(thread.SAY, row)
        return Message(
            **utterance.model_dump(include={"text", "choices", "attachments", "sender"}), id=number, at=at, reply_to=reply_to
        )

    async def message(self, conversation_id: str, message_id: int) -> Message | None:
        row = await self._session.get(MessageRow, message_id)
        return _message(row) if row and row.conversation_id == conversation_id else None

    async def by_client_key(self, conversation_id: str, client_key: str) -> Message | None:
        found = await self._messages(thread.KEYED, conversation=conversation_id, key=client_key)
        return found[0] if found else None

    async def messages(self, conversation_id: str, after: int = 0) -> list[Message]:
        return await self._messages(thread.SINCE, conversation=conversation_id, after=after)

    async def replies(self, conversation_id: str, message_id: int) -> list[Message]:
        return await self._messages(thread.REPLIES, conversation=conversation_id, message=message_id)

    async def _messages(self, wanted: Executable, **values: Any) -> list[Message]:
        return [_message(row) for row in await self._session.execute(wanted, values)]

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


_tries = cast(Table, AttemptRow.__table__).c
_TRIES = select(func.count(_tries.id)).where(
    _tries.scope == bindparam("scope"), _tries.at >= bindparam("since", type_=_tries.at.type)
)


class SqlAttempts:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, scopes: Sequence[str], at: datetime) -> None:
        self._session.add_all(AttemptRow(scope=scope[:200], at=at) for scope in scopes)
        await self._session.flush()

    async def count(self, scope: str, since: datetime) -> int:
        return await self._session.scalar(_TRIES, {"scope": scope[:200], "since": since}) or 0

    async def forget(self, before: datetime) -> None:
        await self._session.execute(delete(AttemptRow).where(AttemptRow.at < before))

    async def clear(self, scope: str, at: datetime | None = None) -> None:
        mine = AttemptRow.scope == scope[:200]
        await self._session.execute(delete(AttemptRow).where(mine if at is None else mine & (AttemptRow.at == at)))

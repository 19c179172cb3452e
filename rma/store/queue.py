"""The queue: which conversations, in which order, and what a line of it shows. A page costs the same few statements however
long the queue is."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from rma.model.conversations import Channel, Sender, Status
from rma.model.orders import order_key
from rma.model.support import Counts, QueueFilter, QueueRow, Support, cause_of
from rma.store.tables import ConversationRow, MessageRow, OrderRow, ReturnRow, TicketRow, WithdrawalRow

C = ConversationRow
SHOWN = 160
"""Characters of the shopper's words on a line."""

_AT_REST = (Status.PENDING, Status.RESOLVED)
_TODO = or_(C.status == Status.OPEN, and_(C.status.in_(_AT_REST), C.cause.is_not(None)))


def _like(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _contains(column: Any, text: str) -> ColumnElement[bool]:
    """Whatever the case; SQLite folds ASCII only, so a name is also tried as names are written."""
    spellings = {text.lower(), text.title(), text.upper()}
    return or_(
        func.lower(column).like(_like(text.lower()), escape="\\"),
        *(column.like(_like(spelling), escape="\\") for spelling in sorted(spellings)),
    )


def _found(text: str) -> ColumnElement[bool]:
    """Each of the other tables is read once, not once a conversation."""
    customer, told = OrderRow.document["customer"], WithdrawalRow.statement
    orders = select(OrderRow.id).where(
        or_(
            OrderRow.key.like(_like(order_key(text)), escape="\\"),
            OrderRow.customer.like(_like(text.casefold()), escape="\\"),
            _contains(customer["name"].as_string(), text),
            _contains(customer["phone"].as_string(), text),
        )
    )
    number = ReturnRow.number.like(_like(text.upper()), escape="\\")
    stated = or_(*(_contains(told[name].as_string(), text) for name in ("name", "contact", "order")))
    return or_(
        C.order_id.in_(orders),
        C.order_id.in_(select(ReturnRow.order_id).where(number)),
        C.id.in_(select(ReturnRow.conversation_id).where(number, ReturnRow.conversation_id.is_not(None))),
        C.id.in_(select(WithdrawalRow.conversation).where(stated, WithdrawalRow.conversation.is_not(None))),
        # On the web it is the address of a network, which is nothing to look for.
        and_(C.channel != Channel.WEB, C.address.like(_like(text.lower()), escape="\\")),
    )


def _filtered(query: Select[Any], asked: QueueFilter) -> Select[Any]:
    if asked.view == "todo":
        query = query.where(_TODO)
    elif asked.view != "all":
        query = query.where(C.status == asked.view)
    if asked.assignee is not None:
        query = query.where(C.assignee == asked.assignee)
    if asked.unassigned:
        query = query.where(C.assignee.is_(None))
    if asked.language is not None:
        query = query.where(C.language == asked.language)
    if asked.channel is not None:
        query = query.where(C.channel == asked.channel)
    if asked.priority is not None:
        query = query.where(C.priority == asked.priority)
    if asked.cause is not None:
        why = [TicketRow.conversation_id == C.id, TicketRow.cause == asked.cause]
        if asked.view == "todo":
            why.append(TicketRow.closed_at.is_(None))
        query = query.where(exists().where(*why))
    if asked.text and asked.text.strip():
        query = query.where(_found(" ".join(asked.text.split())[:100]))
    return query


def _order(asked: QueueFilter) -> list[Any]:
    nobody_waits, since = C.waiting_since.is_(None), C.waiting_since
    match asked.sort:
        case "newest":
            return [C.updated_at.desc(), C.id]
        case "waiting":
            return [nobody_waits, since, C.updated_at.desc(), C.id]
        case _:
            return [C.priority, nobody_waits, since, C.updated_at.desc(), C.id]


async def rows(
    session: AsyncSession, asked: QueueFilter, limit: int, offset: int, read: Callable[[ConversationRow], Support]
) -> list[QueueRow]:
    query = select(C, OrderRow.document).outerjoin(OrderRow, OrderRow.id == C.order_id)
    page = (await session.execute(_filtered(query, asked).order_by(*_order(asked)).limit(limit).offset(offset))).all()
    ids = [row[0].id for row in page]
    words, unread = await _words(session, ids), await _unread(session, ids)
    causes, returns, named = await _causes(session, ids), await _returns(session, page), await _named(session, ids)
    found = []
    for conversation, order in page:
        first, last = words.get(conversation.id, ("", ""))
        statement = named.get(conversation.id, {})
        found.append(
            QueueRow(
                support=read(conversation),
                name=order["customer"]["name"] if order else statement.get("name"),
                order=order["number"] if order else statement.get("order"),
                first=first[:SHOWN],
                preview=last[:SHOWN],
                unread=unread.get(conversation.id, 0),
                open_causes=[cause_of(cause) for cause in causes[conversation.id]],
                return_numbers=returns[conversation.id],
            )
        )
    return found


async def _words(session: AsyncSession, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    ends = (
        await session.execute(
            select(MessageRow.conversation_id, func.min(MessageRow.id), func.max(MessageRow.id))
            .where(MessageRow.conversation_id.in_(ids), MessageRow.sender == Sender.SHOPPER)
            .group_by(MessageRow.conversation_id)
        )
    ).all()
    wanted = {message_id for _, first, last in ends for message_id in (first, last)}
    rows = await session.execute(select(MessageRow.id, MessageRow.text).where(MessageRow.id.in_(wanted)))
    texts = {row.id: row.text for row in rows}
    return {conversation: (texts[first], texts[last]) for conversation, first, last in ends}


async def _unread(session: AsyncSession, ids: Sequence[str]) -> dict[str, int]:
    rows = await session.execute(
        select(MessageRow.conversation_id, func.count(MessageRow.id))
        .join(C, C.id == MessageRow.conversation_id)
        .where(C.id.in_(ids), MessageRow.id > C.seen_id, MessageRow.sender == Sender.SHOPPER)
        .group_by(MessageRow.conversation_id)
    )
    return {row[0]: row[1] for row in rows}


async def _causes(session: AsyncSession, ids: Sequence[str]) -> defaultdict[str, list[str]]:
    rows = await session.execute(
        select(TicketRow.conversation_id, TicketRow.cause)
        .where(TicketRow.conversation_id.in_(ids), TicketRow.closed_at.is_(None))
        .order_by(TicketRow.id)
    )
    found: defaultdict[str, list[str]] = defaultdict(list)
    for conversation, cause in rows:
        if cause not in found[conversation]:
            found[conversation].append(cause)
    return found


async def _returns(session: AsyncSession, page: Sequence[Any]) -> defaultdict[str, list[str]]:
    ids, orders = [row[0].id for row in page], {row[0].order_id for row in page if row[0].order_id is not None}
    rows = (
        await session.execute(
            select(ReturnRow.number, ReturnRow.conversation_id, ReturnRow.order_id)
            .where(or_(ReturnRow.conversation_id.in_(ids), ReturnRow.order_id.in_(orders)))
            .order_by(ReturnRow.id)
        )
    ).all()
    found: defaultdict[str, list[str]] = defaultdict(list)
    for conversation, _order_document in page:
        found[conversation.id] = [
            row.number
            for row in rows
            if row.conversation_id == conversation.id
            or (conversation.order_id is not None and row.order_id == conversation.order_id)
        ]
    return found


async def _named(session: AsyncSession, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    rows = await session.execute(
        select(WithdrawalRow.conversation, WithdrawalRow.statement).where(WithdrawalRow.conversation.in_(ids))
    )
    return {row.conversation: row.statement for row in rows}


async def counts(session: AsyncSession, login: str) -> Counts:
    def number(*conditions: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.coalesce(func.sum(case((and_(*conditions), 1), else_=0)), 0)

    asked = {
        "todo": number(_TODO),
        "mine": number(C.status == Status.OPEN, C.assignee == login),
        "unassigned": number(_TODO, C.assignee.is_(None)),
        "waiting": number(C.status == Status.OPEN, C.waiting_since.is_not(None)),
    } | {status.value: number(C.status == status) for status in Status}
    row = (await session.execute(select(*(column.label(name) for name, column in asked.items())))).one()
    by = {}
    for name, column in (("by_cause", C.cause), ("by_language", C.language), ("by_channel", C.channel)):
        groups = await session.execute(select(column, func.count(C.id)).where(_TODO).group_by(column))
        by[name] = {key: count for key, count in groups if key is not None}
    return Counts(**{name: int(getattr(row, name)) for name in asked}, **by)

"""Erasing what is kept about a person, in the caller's transaction. What is deleted and what is blanked stands in
rma.store.privacy_tables; each step counts the rows that it changed."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, false, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rma.model.orders import Order
from rma.model.outgoing import Kind
from rma.model.privacy import Censor, Person, without_customer
from rma.model.support import SETTLES
from rma.store.insight_tables import InsightLineRow
from rma.store.messaging_tables import CodeRow, ConsentRow, InboundRow, OutboxRow, ShownMessageRow, SmsThreadRow
from rma.store.privacy_copy import scopes
from rma.store.privacy_find import lowered
from rma.store.privacy_goods import cleaned, forget_goods
from rma.store.privacy_hold import Hold
from rma.store.privacy_money import forget_money
from rma.store.privacy_parcels import forget_parcels
from rma.store.privacy_tables import ErasedOrderRow
from rma.store.support_tables import SupportEventRow
from rma.store.tables import (
    AttemptRow,
    ConversationRow,
    DecisionRow,
    MessageRow,
    OrderRow,
    PhotoRow,
    ReturnEventRow,
    ReturnLineRow,
    ReturnRow,
    TicketRow,
)

_HARMLESS = frozenset({"cause", "number", "amount", "currency", "to", "from", "until", "priority", "outcome", "status"})
"""What an event of the audit trail may still say: codes, numbers of ours and logins of colleagues."""
_EVIDENCE = OutboxRow.kind == Kind.WITHDRAWAL


async def forget_conversations(connection: AsyncConnection, ids: Sequence[str], censor: Censor) -> Counter[str]:
    """Messages, photos, refusals, hand-overs, notes and what waits for review go with the conversation."""
    done: Counter[str] = Counter()
    for name, table, column in (
        ("messages", MessageRow, MessageRow.conversation_id),
        ("photos", PhotoRow, PhotoRow.conversation_id),
        ("refusals", DecisionRow, DecisionRow.conversation_id),
        ("hand-overs", TicketRow, TicketRow.conversation_id),
    ):
        done[name] = await connection.scalar(select(func.count()).select_from(table).where(column.in_(ids))) or 0
    photos = select(PhotoRow.id).where(PhotoRow.conversation_id.in_(ids))
    await connection.execute(update(ReturnLineRow).where(ReturnLineRow.photo.in_(photos)).values(photo=None))
    await connection.execute(
        update(ReturnRow)
        .where(ReturnRow.conversation_id.in_(ids))
        .values(conversation_id=None, version=ReturnRow.version + 1)
    )
    done["events of the audit trail"] = await _blank_events(
        connection, SupportEventRow.conversation_id.in_(ids), censor
    )
    sessions = [f"session:{conversation}" for conversation in ids]
    await connection.execute(delete(AttemptRow).where(AttemptRow.scope.in_(sessions)))
    await connection.execute(delete(SmsThreadRow).where(SmsThreadRow.conversation.in_(ids)))
    done["sent messages"] = await _count(
        connection, delete(OutboxRow).where(OutboxRow.conversation.in_(ids), ~_EVIDENCE)
    )
    done["conversations"] = await _count(connection, delete(ConversationRow).where(ConversationRow.id.in_(ids)))
    return done


async def _count(connection: AsyncConnection, statement: Any) -> int:
    return int((await connection.execute(statement)).rowcount)


async def _blank_events(connection: AsyncConnection, which: ColumnElement[bool], censor: Censor) -> int:
    """Who did what and when stays, with the reason for a decision about money; what was written about the person goes."""
    e, changed = SupportEventRow, 0
    for row in (await connection.execute(select(e.id, e.kind, e.detail).where(which))).all():
        left = {name: value for name, value in row.detail.items() if name in _HARMLESS}
        if row.kind in SETTLES and isinstance(row.detail.get("reason"), str):
            left["reason"] = censor.clean(row.detail["reason"])
        if left != row.detail:
            await connection.execute(update(e).where(e.id == row.id).values(detail=left))
            changed += 1
    return changed


async def forget_orders(
    connection: AsyncConnection, ids: Collection[int], censor: Censor, at: datetime
) -> Counter[str]:
    """The order stays for the accounts without its customer, also when the shop imports it again; its returns too."""
    done: Counter[str] = Counter()
    for row in (await connection.execute(select(OrderRow.id, OrderRow.document).where(OrderRow.id.in_(ids)))).all():
        order = Order.model_validate(row.document)
        blank = without_customer(order)
        if blank == order:
            continue
        document = blank.model_dump(mode="json")
        document["lines"] = [{**line, "tags": sorted(line["tags"])} for line in document["lines"]]
        await connection.execute(
            update(OrderRow)
            .where(OrderRow.id == row.id)
            .values(document=document, customer=f"order:{order.key}", phone=None)
        )
        known = await connection.scalar(select(ErasedOrderRow.order_id).where(ErasedOrderRow.order_id == row.id))
        if known is None:
            await connection.execute(ErasedOrderRow.__table__.insert().values(order_id=row.id, at=at))  # type: ignore[attr-defined]
        done["customers of orders"] += 1
        # Nobody's other returns are told to be theirs any more; each is counted anew, as that of an order alone.
        await connection.execute(
            update(InsightLineRow).where(InsightLineRow.order_id == row.id).values(shopper=-row.id, version=-1)
        )
    returns = (
        await connection.execute(select(ReturnRow.id, ReturnRow.label).where(ReturnRow.order_id.in_(ids)))
    ).all()
    for row in returns:
        done["addresses on labels"] += await _blank_label(connection, row.id, row.label)
    done += await forget_parcels(connection, [row.id for row in returns])
    done += await forget_goods(connection, [row.id for row in returns], censor)
    done += await forget_money(connection, [row.id for row in returns], censor)
    done["events of returns"] = await _clean_events(connection, [row.id for row in returns], censor)
    return done


async def _blank_label(connection: AsyncConnection, return_id: int, label: dict[str, Any] | None) -> int:
    asked = label and label.get("shipment", {}).get("request", {})
    if not label or not asked or not asked.get("sender"):
        return 0
    nowhere = {"name": None, "line1": "", "line2": None, "city": "", "state": None, "postal_code": None}
    sender = asked["sender"] | nowhere
    contact = {name: None for name in ("email", "phone") if name in asked}
    if asked == asked | {"sender": sender} | contact:
        return 0
    blank = label | {"shipment": label["shipment"] | {"request": asked | {"sender": sender} | contact}}
    await connection.execute(
        update(ReturnRow).where(ReturnRow.id == return_id).values(label=blank, version=ReturnRow.version + 1)
    )
    return 1


async def _clean_events(connection: AsyncConnection, returns: Collection[int], censor: Censor) -> int:
    e, changed = ReturnEventRow, 0
    for row in (await connection.execute(select(e.id, e.detail).where(e.return_id.in_(returns)))).all():
        detail = cleaned(row.detail, censor)
        if detail != row.detail:
            await connection.execute(update(e).where(e.id == row.id).values(detail=detail))
            changed += 1
    return changed


async def forget_messages(connection: AsyncConnection, person: Person, held: Hold) -> Counter[str]:
    """What left for them, what they texted, and what was counted against them, beyond what is held."""
    o, s, addresses, done = OutboxRow, ShownMessageRow, person.addresses, Counter[str]()
    of_held_orders = select(ReturnRow.number).where(ReturnRow.order_id.in_(held.orders))
    waits = or_(o.return_number.in_(of_held_orders), o.conversation.in_(held.conversations))
    theirs = or_(lowered(o.recipient, addresses), o.return_number.in_(person.returns.values()))
    which = and_(theirs, ~_EVIDENCE, func.coalesce(waits, false()).is_(False))
    done["sent messages"] = await _count(connection, delete(o).where(which))
    await connection.execute(delete(s).where(lowered(s.recipient, addresses), s.key.not_in(select(o.key))))
    if not held.conversations:
        texts = delete(InboundRow).where(lowered(InboundRow.sender, addresses))
        done["received texts"] = await _count(connection, texts)
        await connection.execute(delete(SmsThreadRow).where(SmsThreadRow.address.in_(addresses)))
    done["one-time codes"] = await _count(connection, delete(CodeRow).where(lowered(CodeRow.address, addresses)))
    done["wrong proofs"] = await _count(connection, delete(AttemptRow).where(AttemptRow.scope.in_(scopes(person))))
    return done


async def forget_consents(connection: AsyncConnection, person: Person) -> Counter[str]:
    """A number that said STOP stays in the list of those that must not be written to: erasing it would undo the objection. Only
    its words go. Hashing it would protect nobody (all numbers of a country are tried in minutes) unless under a key, and a
    changed key would silently let messages through again."""
    c = ConsentRow
    theirs = c.address.in_(person.addresses)
    words = await _count(connection, update(c).where(theirs, c.opted_out, c.words.is_not(None)).values(words=None))
    gone = await _count(connection, delete(c).where(theirs, ~c.opted_out))
    return Counter({"consents": gone, "words of opt-outs": words})


async def forget_mentions(connection: AsyncConnection, person: Person) -> Counter[str]:
    """An address of theirs in somebody else's conversation: the address goes, the conversation stays."""
    c, m, changed = ConversationRow, MessageRow, 0
    censor = Censor(Person(emails=person.emails, phones=person.phones))
    for row in (
        await connection.execute(select(m.id, m.text).where(m.conversation_id.in_(person.mentions)))
    ).all():
        if (clean := censor.clean(row.text)) != row.text:
            await connection.execute(update(m).where(m.id == row.id).values(text=clean))
            changed += 1
    left = await _count(
        connection,
        update(c)
        .where(c.id.in_(person.mentions), lowered(c.contact, person.addresses))
        .values(contact=None, contact_proven=False, version=c.version + 1),
    )
    return Counter({"addresses in conversations of others": left + changed})

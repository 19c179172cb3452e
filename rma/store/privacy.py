"""What is kept about a person, found, copied and erased: each call one transaction."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from rma.model.conversations import Owner
from rma.model.errors import Conflict
from rma.model.outgoing import Kind, OutgoingStatus
from rma.model.privacy import Basis, Censor, Erasure, Kept, Person, Wanted
from rma.store import privacy_erase as erase
from rma.store.desk_tables import DeskThreadRow
from rma.store.messaging_tables import ConsentRow, InboundRow, OutboxRow, ShownMessageRow
from rma.store.privacy_answers import forget_answers
from rma.store.privacy_copy import copy
from rma.store.privacy_find import find, find_again, lowered
from rma.store.privacy_hold import OVER, Hold, hold
from rma.store.privacy_tables import ErasureRow
from rma.store.sqlite import in_thread
from rma.store.tables import ConversationRow, OrderRow, ReturnRow, TicketRow, WithdrawalRow

AT_ONCE = 200
"""Old conversations removed in one transaction: others want to write too."""


class SqlPersonalData:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._is_sqlite = engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def _work(self) -> AsyncIterator[AsyncConnection]:
        """A transaction. What is deleted in it is overwritten in the file, where the database can."""
        try:
            async with self._engine.connect() as connection:
                if self._is_sqlite:
                    await connection.execute(text("PRAGMA secure_delete = ON"))
                yield connection
        except IntegrityError as error:
            raise Conflict("somebody else changed this at the same time; repeat") from error
        except OperationalError as error:
            if "locked" in str(error.orig) or "deadlock" in str(error.orig):
                raise Conflict("the database is busy; repeat") from error
            raise

    async def _settle(self) -> None:
        """The journal of SQLite keeps pages as they were until it is written back."""
        if self._is_sqlite:
            async with self._engine.connect() as connection:
                await connection.rollback()
                raw = await connection.get_raw_connection()
                settle = partial(raw.driver_connection.execute, "PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
                await in_thread(settle)

    async def find(self, wanted: Wanted) -> Person:
        async with self._work() as connection:
            return await find(connection, wanted)

    async def copy(self, person: Person) -> dict[str, Any]:
        async with self._work() as connection:
            return await copy(connection, person)

    async def erase(self, wanted: Wanted, at: datetime, by: str, rehearse: bool) -> Erasure | None:
        async with self._work() as connection:
            person = await find(connection, wanted)
            if not person.is_known and not await _leftovers(connection, person):
                return None
            elsewhere = await _elsewhere(connection, person)
            done, held = await _erase(connection, person, at)
            report = await _report(connection, person, held, done, at, wanted.kind)
            report.elsewhere = elsewhere
            if report.did_something or await _is_news(connection, held.tokens):
                await connection.execute(
                    ErasureRow.__table__.insert().values(  # type: ignore[attr-defined]
                        at=at, by=by[:100], subject=wanted.kind, erased=report.erased, waiting=held.tokens,
                        kept=[item.model_dump(mode="json", include={"what", "count", "basis"}) for item in report.kept],
                        finished_at=None if held.tokens else at,
                    )
                )  # fmt: skip
            if rehearse:
                await connection.rollback()
                return report
            await connection.commit()
        await self._settle()
        return report

    async def finish(self, at: datetime) -> int:
        async with self._work() as connection:
            rows = await connection.execute(select(ErasureRow.id).where(ErasureRow.finished_at.is_(None)))
            waiting = [row.id for row in rows]
        finished = [await self._finish(row_id, at) for row_id in waiting]
        if any(finished):
            await self._settle()
        return sum(finished)

    async def _finish(self, erasure: int, at: datetime) -> bool:
        async with self._work() as connection:
            row = (
                await connection.execute(select(ErasureRow).where(ErasureRow.id == erasure).with_for_update())
            ).one()
            person = await find_again(connection, row.waiting)
            done, held = await _erase(connection, person, at)
            total = Counter(row.erased) + done
            await connection.execute(
                update(ErasureRow)
                .where(ErasureRow.id == erasure)
                .values(erased=dict(total), waiting=held.tokens, finished_at=None if held.tokens else at)
            )
            await connection.commit()
            return not held.tokens

    async def expire(self, conversations: datetime | None, withdrawals: datetime | None) -> dict[str, int]:
        done: Counter[str] = Counter()
        async with self._work() as connection:
            if conversations is not None:
                ids = await _expired(connection, conversations)
                done += await erase.forget_conversations(connection, ids, Censor(Person()))
                done += await _expire_messages(connection, conversations)
            if withdrawals is not None:
                done += await _expire_withdrawals(connection, withdrawals)
            await connection.commit()
        if any(done.values()):
            await self._settle()
        return dict(done)


async def _erase(connection: AsyncConnection, person: Person, at: datetime) -> tuple[Counter[str], Hold]:
    held = await hold(connection, person)
    orders = [order for order in person.orders if order not in held.orders]
    conversations = [conversation for conversation in person.conversations if conversation not in held.conversations]
    censor = await _censor(connection, person)
    done = await erase.forget_conversations(connection, conversations, censor)
    done += await erase.forget_orders(connection, orders, censor, at)
    done += await erase.forget_messages(connection, person, held)
    done += await erase.forget_consents(connection, person)
    done += await erase.forget_mentions(connection, person)
    done += await forget_answers(connection, censor)
    return done, held


async def _censor(connection: AsyncConnection, person: Person) -> Censor:
    """Knows the addresses of all their orders, also those that others use too: in their texts it is they who are meant."""
    o, known, places = OrderRow, person.model_copy(deep=True), []
    rows = await connection.execute(select(o.document, o.phone, o.customer).where(o.id.in_(person.orders)))
    for row in rows:
        known.phones += [row.phone] if row.phone else []
        known.emails += [row.customer] if "@" in row.customer else []
        places.append(row.document["shipping_address"]["line1"])
    return Censor(known, places)


async def _is_news(connection: AsyncConnection, tokens: list[str]) -> bool:
    """Whether something has to wait that no erasure waits for already."""
    known = await connection.scalars(select(ErasureRow.waiting).where(ErasureRow.finished_at.is_(None)))
    return not set(tokens) <= {token for waiting in known for token in waiting}


async def _leftovers(connection: AsyncConnection, person: Person) -> bool:
    """Whether anything but orders and conversations names an address of theirs."""
    for table, column in (
        (ConsentRow, ConsentRow.address),
        (InboundRow, InboundRow.sender),
        (OutboxRow, OutboxRow.recipient),
        (ShownMessageRow, ShownMessageRow.recipient),
    ):
        if await connection.scalar(
            select(func.count()).select_from(table).where(func.lower(column).in_(person.addresses))
        ):
            return True
    return False


async def _elsewhere(connection: AsyncConnection, person: Person) -> list[str]:
    """Where copies are that only their holder can erase."""
    t, o, found = DeskThreadRow, OutboxRow, []
    rows = await connection.execute(
        select(t.contact, t.thread).where(t.conversation.in_(person.conversations)).order_by(t.thread)
    )
    for row in rows:
        found.append(f"the other desk has conversation {row.thread}, contact {row.contact}: delete the contact there")
    theirs = or_(lowered(o.recipient, person.addresses), o.conversation.in_(person.conversations))
    sent = await connection.execute(
        select(o.medium, func.count()).where(theirs, o.provider_id.is_not(None)).group_by(o.medium).order_by(o.medium)
    )
    for medium, count in sent:
        found.append(f"the provider of {medium} has {count} messages in its own log: ask it to delete them")
    return found


async def _report(
    connection: AsyncConnection, person: Person, held: Hold, done: Counter[str], at: datetime, subject: str
) -> Erasure:
    kept = []
    orders = [number for order, number in person.orders.items() if order not in held.orders]
    if orders:
        why = "what was sold and paid, without the customer; a new import of the order brings nobody back"
        kept.append(Kept(what="orders", count=len(orders), basis=Basis.ACCOUNTS, why=why, names=orders))
    rows = await connection.execute(
        select(ReturnRow.number).where(ReturnRow.id.in_(person.returns), ReturnRow.order_id.not_in(held.orders))
    )
    if returns := [row.number for row in rows]:
        why = "what came back and was paid, with its events; nothing in it names the customer"
        kept.append(Kept(what="returns", count=len(returns), basis=Basis.ACCOUNTS, why=why, names=returns))
    if person.withdrawals:
        why = "the statement as it was declared, and that its receipt was acknowledged"
        names = list(person.withdrawals.values())
        kept.append(Kept(what="withdrawals", count=len(names), basis=Basis.CLAIMS, why=why, names=names))
    stops = select(func.count()).where(ConsentRow.address.in_(person.addresses), ConsentRow.opted_out)
    if count := await connection.scalar(stops):
        why = "the number and the day on which it said STOP, so that nothing is texted to it again"
        kept.append(Kept(what="opt-outs", count=count, basis=Basis.OBJECTION, why=why))
    why = "that an erasure was done: when, by whom, how much; about nobody"
    kept.append(Kept(what="a line in the register of erasures", count=1, basis=Basis.ACCOUNTABILITY, why=why))
    erased = {name: count for name, count in sorted(done.items()) if count}
    return Erasure(at=at, subject=subject, erased=erased, kept=kept, waiting=held.explained(person))


async def _expired(connection: AsyncConnection, before: datetime) -> Sequence[str]:
    c = ConversationRow
    looked_at = exists().where(TicketRow.conversation_id == c.id, TicketRow.closed_at.is_(None))
    under_way = exists().where(ReturnRow.conversation_id == c.id, ReturnRow.status.not_in(OVER))
    query = (
        select(c.id)
        .where(c.updated_at < before, c.owner == Owner.ASSISTANT, ~looked_at, ~under_way)
        .order_by(c.updated_at)
        .limit(AT_ONCE)
    )
    return list(await connection.scalars(query))


async def _expire_messages(connection: AsyncConnection, before: datetime) -> Counter[str]:
    o, i = OutboxRow, InboundRow
    ended = o.status.in_((OutgoingStatus.SENT, OutgoingStatus.SUPPRESSED, OutgoingStatus.DEAD))
    done = Counter[str]()
    for name, statement in (
        ("sent messages", delete(o).where(o.created_at < before, ended, o.kind != Kind.WITHDRAWAL)),
        ("received texts", delete(i).where(i.received_at < before, i.done_at.is_not(None))),
        ("shown messages", delete(ShownMessageRow).where(ShownMessageRow.at < before)),
    ):
        done[name] = (await connection.execute(statement)).rowcount
    return done


async def _expire_withdrawals(connection: AsyncConnection, before: datetime) -> Counter[str]:
    w = WithdrawalRow
    nobody: dict[str, Any] = {"name": "", "contact": "", "items": None}
    old: ColumnElement[bool] = w.submitted_at < before
    named = or_(w.statement["name"].as_string() != "", w.statement["contact"].as_string() != "")
    done = 0
    for row in (await connection.execute(select(w.id, w.statement).where(old, named).limit(AT_ONCE))).all():
        blank = row.statement | nobody
        await connection.execute(update(w).where(w.id == row.id).values(statement=blank, version=w.version + 1))
        done += 1
    await connection.execute(delete(OutboxRow).where(OutboxRow.kind == Kind.WITHDRAWAL, OutboxRow.created_at < before))
    return Counter({"statements of withdrawals": done})

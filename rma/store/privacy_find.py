"""Whose is what. A person is who ordered: the e-mail address of an order, else its phone number. What somebody else proved to be
theirs is never counted as this person's, whichever address was typed there."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from rma.model.codes import Language
from rma.model.conversations import Channel
from rma.model.privacy import Person, Wanted
from rma.store.messaging_tables import SmsThreadRow
from rma.store.tables import ConversationRow, OrderRow, ReturnRow, WithdrawalRow

C, O, R, W = ConversationRow, OrderRow, ReturnRow, WithdrawalRow  # noqa: E741


async def find(connection: AsyncConnection, wanted: Wanted) -> Person:
    """Locks what it finds where the database can, so that nothing is added to it until the transaction ends."""
    person = Person(
        emails=[wanted.email] if wanted.email else [],
        phones=[wanted.phone] if wanted.phone else [],
    )
    await _orders(connection, wanted, person)
    await _returns(connection, person)
    await _withdrawals(connection, person)
    await _conversations(connection, person)
    return person


async def find_again(connection: AsyncConnection, tokens: Collection[str]) -> Person:
    """What had to wait, and no more: whoever ordered again since has a new contract, about which nobody asked."""
    named = [token.partition(":")[::2] for token in tokens]
    orders = [int(value) for kind, value in named if kind == "order"]
    person = Person()
    rows = (
        await connection.execute(
            select(O.id, O.customer, O.phone, O.document).where(O.id.in_(orders)).order_by(O.id).with_for_update()
        )
    ).all()
    for row in rows:
        person.orders[row.id] = row.document["number"]
        _note(person, row.document)
        for address, column, known in ((row.customer, O.customer, person.emails), (row.phone, O.phone, person.phones)):
            others = select(O.id).where(column == address, O.id.not_in(orders)).limit(1)
            if address and address not in known and await connection.scalar(others) is None:
                known.append(address)
    person.emails = [email for email in person.emails if "@" in email]
    await _returns(connection, person)
    await _withdrawals(connection, person)
    await _conversations(connection, person)
    waiting = [value for kind, value in named if kind == "conversation"]
    rows = (await connection.execute(select(C.id).where(C.id.in_(waiting)))).all()
    person.conversations = _distinct([*person.conversations, *(row.id for row in rows)])
    return person


async def _orders(connection: AsyncConnection, wanted: Wanted, person: Person) -> None:
    columns = (O.id, O.customer, O.phone, O.document)
    if wanted.order is not None:
        which: ColumnElement[bool] = O.key == wanted.order
    elif wanted.email is not None:
        which = O.customer == wanted.email
    else:
        which = O.phone == wanted.phone
    rows = (await connection.execute(select(*columns).where(which))).all()
    customers = {row.customer for row in rows}
    if wanted.phone is not None and len(customers) > 1:
        # Which of them asks cannot be seen from the number: what it texted is theirs, whose the orders are is not known.
        return
    mine = [O.customer.in_(customers), *([O.phone == wanted.phone] if wanted.phone else [])]
    rows = (await connection.execute(select(*columns).where(or_(*mine)).order_by(O.id).with_for_update())).all()
    for row in rows:
        person.orders[row.id] = row.document["number"]
        _note(person, row.document)
    person.emails = _distinct([*person.emails, *(row.customer for row in rows if "@" in row.customer)])
    for phone in _distinct(row.phone for row in rows):
        others = select(O.id).where(O.phone == phone, O.id.not_in(person.orders)).limit(1)
        if phone not in person.phones and await connection.scalar(others) is not None:
            person.shared.append(phone)
        else:
            person.phones = _distinct([*person.phones, phone])


def _note(person: Person, document: dict[str, Any]) -> None:
    customer, address = document["customer"], document["shipping_address"]
    person.names = _distinct([*person.names, customer["name"], address.get("name")])
    if customer.get("language"):
        person.language = Language(customer["language"])


def _distinct(values: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))


async def _returns(connection: AsyncConnection, person: Person) -> None:
    rows = await connection.execute(
        select(R.id, R.number).where(R.order_id.in_(person.orders)).order_by(R.id).with_for_update()
    )
    person.returns = {row.id: row.number for row in rows}


async def _withdrawals(connection: AsyncConnection, person: Person) -> None:
    declared = func.lower(func.trim(W.statement["contact"].as_string()))
    whose = or_(W.order_id.in_(person.orders), declared.in_([*person.emails, *person.phones]))
    rows = (
        await connection.execute(select(W.id, W.reference, W.statement).where(whose).order_by(W.id).with_for_update())
    ).all()
    person.withdrawals = {row.id: row.reference for row in rows}
    person.names = _distinct([*person.names, *(row.statement.get("name") for row in rows)])


async def _conversations(connection: AsyncConnection, person: Person) -> None:
    addresses = person.addresses
    theirs = [
        C.order_id.in_(person.orders),
        _in(C.id, select(R.conversation_id).where(R.id.in_(person.returns))),
        _in(C.id, select(W.conversation).where(W.id.in_(person.withdrawals))),
        _in(C.id, select(SmsThreadRow.conversation).where(SmsThreadRow.address.in_(addresses))),
        # On the web it is the address of a network.
        and_(C.channel.in_((Channel.SMS, Channel.FORM)), func.lower(C.address).in_(addresses)),
    ]
    left = func.lower(C.contact).in_(addresses)
    rows = (
        await connection.execute(
            select(C.id, C.order_id, or_(*theirs).label("theirs"), C.contact_proven, C.language)
            .where(or_(*theirs, left))
            .order_by(C.created_at, C.id)
            .with_for_update()
        )
    ).all()
    for row in rows:
        if row.theirs or row.contact_proven or row.order_id is None:
            person.conversations.append(row.id)
            if not person.orders:
                person.language = Language(row.language)
        else:
            person.mentions.append(row.id)


def _in(column: Any, ids: Select[Any]) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column.in_(ids)
    return found


def lowered(column: Any, values: Collection[str]) -> ColumnElement[bool]:
    """Whether the column is one of the values, which are lower case already."""
    found: ColumnElement[bool] = func.lower(column).in_(list(values))
    return found

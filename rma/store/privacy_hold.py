"""What of a person's cannot be erased yet, because it is not over: a parcel on its way, a refund that is owed, a conversation that
somebody answers. GDPR art. 17(1)(a) is about what is no longer necessary."""

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from rma.model.codes import OrderStatus, ReturnStatus
from rma.model.conversations import Owner
from rma.model.privacy import Basis, Kept, Person
from rma.model.refunding import RefundStatus
from rma.model.withdrawals import WithdrawalStatus
from rma.store.refund_tables import RefundRow
from rma.store.tables import ConversationRow, OrderRow, ReturnRow, TicketRow, WithdrawalRow

S = ReturnStatus
OVER = frozenset({S.REFUNDED, S.EXCHANGED, S.CLOSED, S.DECLINED, S.CANCELLED, S.EXPIRED})
"""Returns in which nothing is owed to anybody any more."""

_UNDER_WAY = (OrderStatus.PENDING, OrderStatus.SHIPPED)


@dataclass
class Hold:
    """By id, with why."""

    orders: dict[int, str] = field(default_factory=dict)
    conversations: dict[str, str] = field(default_factory=dict)

    @property
    def tokens(self) -> list[str]:
        """How an erasure remembers what it still has to do."""
        return [*(f"order:{order}" for order in self.orders), *(f"conversation:{one}" for one in self.conversations)]

    def explained(self, person: Person) -> list[Kept]:
        found = []
        for order, why in self.orders.items():
            found.append(
                Kept(what="order", count=1, basis=Basis.CONTRACT, why=why, names=[person.orders.get(order, str(order))])
            )
        alone = [why for why in self.conversations.values() if not why.startswith("order ")]
        if alone:
            found.append(Kept(what="conversations", count=len(alone), basis=Basis.CONTRACT, why=alone[0]))
        return found


async def hold(connection: AsyncConnection, person: Person) -> Hold:
    held = Hold()
    await _returns(connection, person, held)
    await _orders(connection, person, held)
    await _withdrawals(connection, person, held)
    await _conversations(connection, person, held)
    return held


async def _returns(connection: AsyncConnection, person: Person, held: Hold) -> None:
    rows = await connection.execute(
        select(ReturnRow.number, ReturnRow.order_id, ReturnRow.status).where(ReturnRow.id.in_(person.returns))
    )
    for row in rows:
        if row.status not in OVER:
            held.orders.setdefault(row.order_id, f"its return {row.number} is not over: {row.status}")
    unpaid = select(ReturnRow.number, ReturnRow.order_id).join(RefundRow, RefundRow.return_id == ReturnRow.id)
    rows = await connection.execute(
        unpaid.where(ReturnRow.id.in_(person.returns), RefundRow.status != RefundStatus.PAID)
    )
    for row in rows:
        held.orders.setdefault(row.order_id, f"a refund of its return {row.number} is not paid yet")


async def _orders(connection: AsyncConnection, person: Person, held: Hold) -> None:
    rows = await connection.execute(
        select(OrderRow.id, OrderRow.status).where(OrderRow.id.in_(person.orders), OrderRow.status.in_(_UNDER_WAY))
    )
    for row in rows:
        held.orders.setdefault(row.id, f"it is {row.status}: not delivered yet")


async def _withdrawals(connection: AsyncConnection, person: Person, held: Hold) -> None:
    w = WithdrawalRow
    rows = await connection.execute(
        select(w.reference, w.order_id, w.conversation).where(
            w.id.in_(person.withdrawals), w.status != WithdrawalStatus.SETTLED
        )
    )
    for row in rows:
        why = f"withdrawal {row.reference} waits to be settled"
        if row.order_id in person.orders:
            held.orders.setdefault(row.order_id, why)
        if row.conversation is not None:
            held.conversations.setdefault(row.conversation, why)


async def _conversations(connection: AsyncConnection, person: Person, held: Hold) -> None:
    c, t = ConversationRow, TicketRow
    asked = select(t.id).where(t.conversation_id == c.id, t.closed_at.is_(None)).exists()
    rows = (
        await connection.execute(
            select(c.id, c.order_id, c.owner, asked.label("asked")).where(c.id.in_(person.conversations))
        )
    ).all()
    for row in rows:
        if row.owner == Owner.PERSON or row.asked:
            why = "a person of the team has it" if row.owner == Owner.PERSON else "a person of the team has to look at it"
            held.conversations.setdefault(row.id, why)
            if row.order_id in person.orders:
                held.orders.setdefault(row.order_id, f"a conversation about it is open: {why}")
    made = await connection.execute(
        select(ReturnRow.conversation_id, ReturnRow.order_id).where(
            ReturnRow.id.in_(person.returns), ReturnRow.conversation_id.is_not(None)
        )
    )
    about = [(row.id, row.order_id) for row in rows] + [(row.conversation_id, row.order_id) for row in made]
    for conversation, order in about:
        if order in held.orders:
            held.conversations.setdefault(conversation, f"order {person.orders.get(order, order)} is not over")

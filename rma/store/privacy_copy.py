"""A copy of everything that is kept about a person, for them (GDPR art. 15 and 20).

Colleagues are "agent": who of the team wrote a note is the colleague's own affair. Secrets of ours (digests of codes, keys that
name a confirmation) are left out.
"""

import base64
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from rma.model.orders import order_key
from rma.model.privacy import Person
from rma.store.messaging_tables import CodeRow, ConsentRow, InboundRow, OutboxRow, ShownMessageRow
from rma.store.privacy_find import lowered
from rma.store.refund_tables import RefundRow, StoreCreditRow
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
    ReviewRow,
    TicketRow,
    WithdrawalRow,
)
from rma.store.tracking_tables import TrackingEventRow

Rows = list[dict[str, Any]]

_OURS = ("shopper", "assistant", "system", "policy", "api")


async def copy(connection: AsyncConnection, person: Person) -> dict[str, Any]:
    reader = _Reader(connection, person)
    return {
        "known_as": {"emails": person.emails, "phones": person.phones},
        "orders": [row["document"] for row in await reader.rows(OrderRow, OrderRow.id.in_(person.orders), "document")],
        "returns": await reader.returns(),
        "conversations": [await reader.conversation(conversation) for conversation in person.conversations],
        "contact_left_in": await reader.rows(
            ConversationRow, ConversationRow.id.in_(person.mentions), "id", "channel", "contact", "created_at"
        ),
        "withdrawals": await reader.rows(
            WithdrawalRow,
            WithdrawalRow.id.in_(person.withdrawals),
            *("reference", "channel", "statement", "submitted_at", "status", "return_number", "settled_at"),
        ),
        "sent": await reader.sent(),
        "received": await reader.rows(
            InboundRow, lowered(InboundRow.sender, person.addresses), "sender", "text", "media", "received_at"
        ),
        "consents": await reader.rows(
            ConsentRow, ConsentRow.address.in_(person.addresses), "address", "opted_out", "words", "at"
        ),
        "codes": await reader.rows(
            CodeRow, lowered(CodeRow.address, person.addresses), "address", "sent_at", "proven_at", "tries"
        ),
        "wrong_proofs": await reader.rows(AttemptRow, AttemptRow.scope.in_(scopes(person)), "scope", "at"),
    }


def scopes(person: Person) -> list[str]:
    """What wrong proofs about them were counted by."""
    orders = [f"order:{order_key(number)}" for number in person.orders.values()]
    sessions = [f"session:{conversation}" for conversation in person.conversations]
    return [*orders, *sessions, *(f"address:{address}" for address in person.addresses)]


class _Reader:
    def __init__(self, connection: AsyncConnection, person: Person) -> None:
        self._connection = connection
        self._person = person

    async def rows(self, table: Any, which: ColumnElement[bool], *names: str) -> Rows:
        columns = [getattr(table, name) for name in names]
        order = table.__table__.primary_key.columns
        found = await self._connection.execute(select(*columns).where(which).order_by(*order))
        return [{name: _plain(value) for name, value in row.items()} for row in found.mappings()]

    async def returns(self) -> Rows:
        names = (
            "number", "status", "resolution", "method", "language", "refund", "decision", "trace", "tracking_number", "label",
            "send_by", "created_at",
        )  # fmt: skip
        found = await self.rows(ReturnRow, ReturnRow.id.in_(self._person.returns), *names)
        ids = {number: row_id for row_id, number in self._person.returns.items()}
        for item in found:
            lines, events = ReturnLineRow, ReturnEventRow
            item["lines"] = await self.rows(
                lines, lines.return_id == ids[item["number"]],
                *("line_id", "sku", "name", "quantity", "received", "reason", "condition", "photo", "disposition", "exchange_for"),
            )  # fmt: skip
            happened = await self.rows(events, events.return_id == ids[item["number"]], "kind", "at", "by", "detail")
            parcel = TrackingEventRow
            item["scans"] = await self.rows(
                parcel, parcel.return_id == ids[item["number"]], "carrier", "status", "at", "place", "description"
            )
            item["events"] = [event | {"by": _who(event["by"])} for event in happened]
            item["refunds"] = await self.rows(
                RefundRow, RefundRow.return_id == ids[item["number"]],
                *("kind", "amount", "currency", "status", "reason", "at", "paid_at"),
            )  # fmt: skip
            credit = StoreCreditRow
            item["store_credit"] = await self.rows(credit, credit.return_number == item["number"], "code", "currency", "at")
        return found

    async def conversation(self, conversation: str) -> dict[str, Any]:
        c, m, e = ConversationRow, MessageRow, SupportEventRow
        (about,) = await self.rows(
            c, c.id == conversation,
            *("id", "channel", "language", "owner", "status", "address", "contact", "contact_proven", "state", "created_at"),
        )  # fmt: skip
        said = await self.rows(m, m.conversation_id == conversation, "id", "sender", "text", "attachments", "at")
        photos = await self.rows(PhotoRow, PhotoRow.conversation_id == conversation, "id", "mime", "content", "at")
        happened = await self.rows(e, e.conversation_id == conversation, "kind", "at", "by", "detail")
        return about | {
            "messages": said,
            "photos": photos,
            "refusals": await self.rows(DecisionRow, DecisionRow.conversation_id == conversation, "decision", "at"),
            "handed_over": await self.rows(
                TicketRow, TicketRow.conversation_id == conversation,
                *("cause", "context", "opened_at", "closed_at", "outcome"),
            ),
            "support": [event | {"by": _who(event["by"])} for event in happened],
            "not_understood": await self.rows(
                ReviewRow, ReviewRow.conversation == conversation, "message_id", "cause", "understood", "label", "noted_at"
            ),
        }  # fmt: skip

    async def sent(self) -> Rows:
        o, s, person = OutboxRow, ShownMessageRow, self._person
        which = or_(
            lowered(o.recipient, person.addresses),
            o.conversation.in_(person.conversations),
            o.return_number.in_(person.returns.values()),
        )
        names = ("medium", "kind", "recipient", "language", "subject", "text", "status", "created_at", "sent_at", "delivery")
        kept = await self.rows(o, which, *names, "key")
        shown = await self.rows(
            s, lowered(s.recipient, person.addresses), "key", "medium", "recipient", "subject", "text", "at"
        )
        known = {row["key"] for row in kept}
        both = [*kept, *(row for row in shown if row["key"] not in known)]
        return [{name: value for name, value in row.items() if name != "key"} for row in both]


def _who(by: str) -> str:
    first = by.split(" ")[0]
    return first if first in _OURS else "agent"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Collection) and not isinstance(value, str | dict):
        return [_plain(item) for item in value]
    return value

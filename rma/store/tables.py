"""The tables. What must never happen is refused here, by constraints: two returns for one confirmation, more units returned
than bought, two messages for one request."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC; SQLite knows no offsets and would forget them."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs an offset")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    type_annotation_map = {datetime: Instant, date: Date, dict[str, Any]: JSON, list[Any]: JSON, Decimal: String}


class OrderRow(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(100), unique=True)
    customer: Mapped[str] = mapped_column(String(320), index=True)
    phone: Mapped[str | None] = mapped_column(String(20), index=True)
    """E.164, whichever way the shop wrote it."""
    placed_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(String(20))
    document: Mapped[dict[str, Any]]
    cancelled_here: Mapped[bool] = mapped_column(default=False)
    """The shopper cancelled it through us; a later import of the shop's older state does not undo that."""
    lines: Mapped[list["OrderLineRow"]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class OrderLineRow(Base):
    """What was bought of a line, and how many units of it are announced for return in returns that stand."""

    __tablename__ = "order_lines"
    __table_args__ = (
        CheckConstraint("announced >= 0 AND announced <= quantity", name="ck_order_lines_never_more_than_bought"),
    )

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    line_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    quantity: Mapped[int]
    announced: Mapped[int] = mapped_column(default=0)


class CatalogueRow(Base):
    __tablename__ = "catalogue"

    sku: Mapped[str] = mapped_column(String(100), primary_key=True)
    product: Mapped[str] = mapped_column(String(100), index=True)
    document: Mapped[dict[str, Any]]


class ReturnRow(Base):
    __tablename__ = "returns"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    idempotency_key: Mapped[str] = mapped_column(String(100), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"))
    status: Mapped[str] = mapped_column(String(20), index=True)
    resolution: Mapped[str] = mapped_column(String(20))
    method: Mapped[str | None] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(2))
    refund: Mapped[dict[str, Any]]
    decision: Mapped[dict[str, Any]]
    trace: Mapped[list[Any]]
    case: Mapped[dict[str, Any] | None]
    """What was decided on, to be decided again under another policy (rma.policy.decision.Inputs)."""
    tracking_number: Mapped[str | None] = mapped_column(String(40), unique=True)
    label: Mapped[dict[str, Any] | None]
    send_by: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(index=True)
    version: Mapped[int] = mapped_column(index=True)
    """Indexed, so that what has changed since it was counted is found without reading the documents."""
    order: Mapped[OrderRow] = relationship(lazy="selectin")
    lines: Mapped[list["ReturnLineRow"]] = relationship(
        order_by="ReturnLineRow.position", cascade="all, delete-orphan", lazy="selectin"
    )
    events: Mapped[list["ReturnEventRow"]] = relationship(order_by="ReturnEventRow.id", lazy="selectin")
    __mapper_args__ = {"version_id_col": version}


class ReturnLineRow(Base):
    __tablename__ = "return_lines"
    __table_args__ = (
        CheckConstraint("quantity >= 0", name="ck_return_lines_quantity"),
        CheckConstraint(
            "received >= 0 AND accepted >= 0 AND rejected >= 0 AND missing >= 0 AND refunded >= 0"
            " AND accepted + rejected <= received",
            name="ck_return_lines_counts",
        ),
    )

    return_id: Mapped[int] = mapped_column(ForeignKey("returns.id", ondelete="CASCADE"), primary_key=True)
    line_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    position: Mapped[int]
    sku: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(Text)
    quantity: Mapped[int]
    received: Mapped[int] = mapped_column(default=0)
    accepted: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    missing: Mapped[int] = mapped_column(default=0)
    refunded: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(30))
    condition: Mapped[str] = mapped_column(String(20))
    photo: Mapped[int | None] = mapped_column(ForeignKey("photos.id"))
    disposition: Mapped[str | None] = mapped_column(String(30))
    exchange_for: Mapped[str | None] = mapped_column(String(100))
    stays: Mapped[bool] = mapped_column(default=False, server_default=false())


class ReturnEventRow(Base):
    __tablename__ = "return_events"
    __table_args__ = (Index("ix_return_events_at", "at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("returns.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(100))
    detail: Mapped[dict[str, Any]]
    told: Mapped[bool] = mapped_column(default=False, index=True)
    """Whether it was passed on to those outside who listen (rma.store.hook_tables)."""


class SerialRow(Base):
    """Numbers given out once, by what they were given out for."""

    __tablename__ = "serials"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(100), unique=True)


class ConversationRow(Base):
    """`state` is the dialogue's memory. `status` is the support team's; the table knows no conversation with two owners, or
    with none."""

    __tablename__ = "conversations"
    __table_args__ = (
        CheckConstraint(
            "(owner = 'assistant' AND status IN ('pending', 'resolved') AND assignee IS NULL)"
            " OR (owner = 'person' AND status IN ('open', 'snoozed'))",
            name="ck_conversations_one_owner",
        ),
        CheckConstraint("(status = 'snoozed') = (snoozed_until IS NOT NULL)", name="ck_conversations_snoozed"),
        Index("ix_conversations_queue", "status", "priority", "waiting_since"),
        Index("ix_conversations_snoozed", "snoozed_until"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    channel: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(2))
    owner: Mapped[str] = mapped_column(String(10))
    expects: Mapped[dict[str, Any] | None]
    state: Mapped[dict[str, Any]]
    address: Mapped[str | None] = mapped_column(String(100))
    status: Mapped[str] = mapped_column(String(10), default="pending")
    assignee: Mapped[str | None] = mapped_column(ForeignKey("agents.login"), index=True)
    priority: Mapped[int] = mapped_column(default=3)
    cause: Mapped[str | None] = mapped_column(String(40), index=True)
    waiting_since: Mapped[datetime | None]
    handed_over_at: Mapped[datetime | None]
    first_response_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    contact: Mapped[str | None] = mapped_column(String(320))
    contact_proven: Mapped[bool] = mapped_column(default=False)
    last_shopper_id: Mapped[int] = mapped_column(default=0)
    seen_id: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(index=True)
    updated_at: Mapped[datetime] = mapped_column(index=True)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class MessageRow(Base):
    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "client_key", name="uq_messages_said_once"),
        Index("ix_messages_thread", "conversation_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    reply_to: Mapped[int | None] = mapped_column(ForeignKey("messages.id"), index=True)
    client_key: Mapped[str | None] = mapped_column(String(100))
    sender: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    choices: Mapped[list[Any]]
    attachments: Mapped[list[Any]]
    at: Mapped[datetime]


class PhotoRow(Base):
    __tablename__ = "photos"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    mime: Mapped[str] = mapped_column(String(40))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]


class DecisionRow(Base):
    """Decisions that made no return: what was refused, and why."""

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    decision: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class TicketRow(Base):
    """What a person has to look at: why, with what in front of them, and how it ended."""

    __tablename__ = "tickets"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    cause: Mapped[str] = mapped_column(String(40))
    context: Mapped[dict[str, Any]]
    took_over: Mapped[bool] = mapped_column(default=False)
    opened_at: Mapped[datetime] = mapped_column(index=True)
    closed_at: Mapped[datetime | None] = mapped_column(index=True)
    closed_by: Mapped[str | None] = mapped_column(String(60))
    outcome: Mapped[str | None] = mapped_column(String(40))


class WithdrawalRow(Base):
    """Withdrawals from a contract as they were declared. They outlive the conversation: the law wants them kept."""

    __tablename__ = "withdrawals"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    channel: Mapped[str] = mapped_column(String(10))
    statement: Mapped[dict[str, Any]]
    submitted_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(20), index=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    return_number: Mapped[str | None] = mapped_column(ForeignKey("returns.number"))
    why: Mapped[list[Any]]
    conversation: Mapped[str | None] = mapped_column(ForeignKey("conversations.id", ondelete="SET NULL"))
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None] = mapped_column(String(100))
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class AttemptRow(Base):
    """Wrong proofs, counted per session, order and address."""

    __tablename__ = "attempts"
    __table_args__ = (Index("ix_attempts_scope", "scope", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]


class ReviewRow(Base):
    """Shoppers' messages that were not understood, and what a person says was meant. The words are the message's own."""

    __tablename__ = "reviews"
    __table_args__ = (Index("ix_reviews_status", "status", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), unique=True)
    cause: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(2))
    understood: Mapped[dict[str, Any]]
    noted_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(10))
    label: Mapped[dict[str, Any] | None]
    settled_by: Mapped[str | None] = mapped_column(String(100))
    settled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}

"""The tables of what leaves and of what comes in by SMS. The keys say what can happen once only."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rma.store.tables import Base


class OutboxRow(Base):
    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_due", "status", "not_before"),
        Index("ix_outbox_lane", "lane", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    medium: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(20))
    recipient: Mapped[str] = mapped_column(String(320), index=True)
    language: Mapped[str] = mapped_column(String(2))
    text: Mapped[str] = mapped_column(Text)
    subject: Mapped[str | None] = mapped_column(String(300))
    papers: Mapped[list[Any]]
    lane: Mapped[str | None] = mapped_column(String(60))
    conversation: Mapped[str | None] = mapped_column(ForeignKey("conversations.id", ondelete="SET NULL"), index=True)
    return_number: Mapped[str | None] = mapped_column(String(20), index=True)
    not_before: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(12))
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    provider_id: Mapped[str | None] = mapped_column(String(200), unique=True)
    delivery: Mapped[str | None] = mapped_column(String(30))
    delivery_at: Mapped[datetime | None]
    error_code: Mapped[str | None] = mapped_column(String(20))
    error: Mapped[str | None] = mapped_column(Text)


class PacingRow(Base):
    """When the next message of a channel may leave, whichever worker sends it."""

    __tablename__ = "outbox_pacing"

    channel: Mapped[str] = mapped_column(String(40), primary_key=True)
    next_at: Mapped[datetime]


class ShownMessageRow(Base):
    """What the embedded channel took: there is no further to go than the page that shows it."""

    __tablename__ = "shown_messages"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    medium: Mapped[str] = mapped_column(String(10))
    recipient: Mapped[str] = mapped_column(String(320))
    subject: Mapped[str | None] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    attached: Mapped[list[Any]]
    """File names."""
    at: Mapped[datetime]


class ConsentRow(Base):
    """What a number said of hearing from us. A number that never said anything has no row."""

    __tablename__ = "consents"

    address: Mapped[str] = mapped_column(String(60), primary_key=True)
    opted_out: Mapped[bool]
    how: Mapped[str] = mapped_column(String(40))
    """'stop', 'start', 'provider' (it refused with "opted out")."""
    words: Mapped[str | None] = mapped_column(String(200))
    at: Mapped[datetime]


class InboundRow(Base):
    """A text message as it came in, once: `sid` is the provider's name for it."""

    __tablename__ = "inbound"
    __table_args__ = (
        Index("ix_inbound_waiting", "status", "sender", "id"),
        Index("ix_inbound_sender", "sender", "received_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    sid: Mapped[str] = mapped_column(String(60), unique=True)
    token: Mapped[str | None] = mapped_column(String(120), unique=True)
    """I-Twilio-Idempotency-Token."""
    sender: Mapped[str] = mapped_column(String(60))
    recipient: Mapped[str] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(Text)
    media: Mapped[list[Any]]
    """Addresses and mime types as the provider gave them."""
    opt_out_type: Mapped[str | None] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(10))
    """'waiting', 'taken', 'done'."""
    attempts: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class SmsThreadRow(Base):
    """The conversation that a number is in. `busy_until` is the lease of whoever answers it at the moment."""

    __tablename__ = "sms_threads"

    address: Mapped[str] = mapped_column(String(60), primary_key=True)
    conversation: Mapped[str | None] = mapped_column(ForeignKey("conversations.id", ondelete="SET NULL"))
    busy_until: Mapped[datetime | None]
    heard_at: Mapped[datetime]


class CodeRow(Base):
    """A one-time code sent to a number or address that is not the order's; only its hash is kept."""

    __tablename__ = "codes"
    __table_args__ = (UniqueConstraint("conversation", "address", name="uq_codes_one_at_a_time"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    address: Mapped[str] = mapped_column(String(320))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    proven_at: Mapped[datetime | None]

"""The tables of another desk: which conversation is which there, and what it still has to be told."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from rma.store.tables import Base


class DeskThreadRow(Base):
    """A conversation as the other desk knows it."""

    __tablename__ = "desk_threads"

    conversation: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    contact: Mapped[int | None]
    thread: Mapped[int | None] = mapped_column(unique=True)
    """The desk's own number for the conversation."""
    open: Mapped[bool] = mapped_column(default=False)
    """Whether the desk is told what is said: from a hand-over until the conversation was given back."""
    stretch: Mapped[int] = mapped_column(default=0)
    """The hand-over that this is about: the line of the audit trail with which a person's time began."""
    since: Mapped[int] = mapped_column(default=0)
    """The last message that the hand-over's transcript holds; what came after is told one by one."""
    created_at: Mapped[datetime]


class DeskEventRow(Base):
    """Something the desk is to be told, or was. `key` names what happened: it is told once."""

    __tablename__ = "desk_events"
    __table_args__ = (
        Index("ix_desk_events_due", "status", "not_before"),
        Index("ix_desk_events_lane", "conversation", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(100), unique=True)
    conversation: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    message: Mapped[int | None]
    """The message that was said; of a hand-over, the last one of its transcript."""
    detail: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]

"""The tables of the support team: its people, their sessions, and the audit trail."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from rma.store.tables import Base


class AgentRow(Base):
    """Never deleted: the audit trail names them. One who left is disabled."""

    __tablename__ = "agents"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(10))
    password_hash: Mapped[str] = mapped_column(String(300))
    set_from: Mapped[str | None] = mapped_column(String(64))
    """Of the entry of RETOUR_CONSOLE_USERS that was taken over last: one that has not changed since changes nothing here."""
    disabled: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    last_login_at: Mapped[datetime | None]


class AgentSessionRow(Base):
    """`digest` is of the secret in the cookie: who reads the table cannot log in with it."""

    __tablename__ = "agent_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id", ondelete="CASCADE"), index=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    address: Mapped[str | None] = mapped_column(String(100))
    user_agent: Mapped[str | None] = mapped_column(String(200))
    agent: Mapped[AgentRow] = relationship(lazy="joined")


class SupportEventRow(Base):
    """The audit trail. Rows are added only; it outlives the conversation."""

    __tablename__ = "support_events"
    __table_args__ = (
        Index("ix_support_events_thread", "conversation_id", "id"),
        Index("ix_support_events_kind", "kind", "at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(30))
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(60))
    detail: Mapped[dict[str, Any]]

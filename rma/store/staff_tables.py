"""The tables of the staff API: which programs may do what, and which of their requests were done already."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from rma.store.tables import Base


class ApiKeyRow(Base):
    """A key of a program of the shop's. The secret itself is nowhere."""

    __tablename__ = "api_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    public: Mapped[str] = mapped_column(String(20), unique=True)
    """The first part of the key, by which it is found."""
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the whole key: 256 random bits need no slow hash."""
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class StaffRequestRow(Base):
    """A request that bears an Idempotency-Key: being worked on while `status` is null, then with its answer, written in the
    transaction of what it did."""

    __tablename__ = "staff_requests"
    __table_args__ = (Index("ix_staff_requests_started_at", "started_at"),)

    owner: Mapped[str] = mapped_column(String(60), primary_key=True)
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    token: Mapped[str] = mapped_column(String(32))
    """Which attempt is working on it: one that was given up for dead cannot write any more."""
    started_at: Mapped[datetime]
    """Of the first attempt: 24 hours count from here."""
    tried_at: Mapped[datetime]
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None]
    body: Mapped[str | None] = mapped_column(Text)

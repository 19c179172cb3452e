"""The tables of stock, of exchanges that are kept, and of what shop platforms were asked and told."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from rma.store.tables import Base


class StockMoveRow(Base):
    """A ledger: rows are added and never changed. `counted` says that the shop had none of its own left when it was written, so
    that the sum of these is what there is."""

    __tablename__ = "stock_moves"
    __table_args__ = (Index("ix_stock_moves_counted", "sku", "counted"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(String(100))
    quantity: Mapped[int]
    counted: Mapped[bool]
    cause: Mapped[str] = mapped_column(String(200))
    key: Mapped[str] = mapped_column(String(120), unique=True)
    at: Mapped[datetime]


class ReservationRow(Base):
    """Units that are kept for an exchange, and the order that they became."""

    __tablename__ = "stock_reservations"
    __table_args__ = (
        CheckConstraint("quantity >= 1", name="ck_stock_reservations_quantity"),
        CheckConstraint("(state = 'placed') = (placed_as IS NOT NULL)", name="ck_stock_reservations_placed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(100), unique=True)
    order_key: Mapped[str] = mapped_column(String(100), index=True)
    sku: Mapped[str] = mapped_column(String(100))
    quantity: Mapped[int]
    counted: Mapped[bool]
    state: Mapped[str] = mapped_column(String(10))
    placed_as: Mapped[str | None] = mapped_column(String(100), unique=True)
    at: Mapped[datetime]


class PlatformRefundRow(Base):
    """Refunds that the shop's book was told of."""

    __tablename__ = "platform_refunds"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(100), unique=True)
    order_key: Mapped[str] = mapped_column(String(100), index=True)
    document: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class PlatformCursorRow(Base):
    """Up to when what changed on a platform was read."""

    __tablename__ = "platform_cursors"

    platform: Mapped[str] = mapped_column(String(20), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    upto: Mapped[datetime | None]
    whole_at: Mapped[datetime | None]
    """When all of it was read last, whatever had changed."""
    ran_at: Mapped[datetime]
    error: Mapped[str | None] = mapped_column(Text)


class StockTellingRow(Base):
    """How telling a platform of units went that is not done yet, or that took more than one try."""

    __tablename__ = "stock_tellings"
    __table_args__ = (Index("ix_stock_tellings_due", "stuck", "not_before"),)

    unit_id: Mapped[int] = mapped_column(ForeignKey("return_units.id", ondelete="CASCADE"), primary_key=True)
    attempts: Mapped[int]
    not_before: Mapped[datetime]
    """While somebody tells it: when whoever that was is taken to have died."""
    unsure_since: Mapped[datetime | None]
    stuck: Mapped[bool] = mapped_column(default=False)
    error: Mapped[str | None] = mapped_column(Text)


class RefundTellingRow(Base):
    """How telling a platform of a refund went that is not done yet, or that took more than one try."""

    __tablename__ = "refund_tellings"
    __table_args__ = (Index("ix_refund_tellings_due", "stuck", "not_before"),)

    refund_id: Mapped[int] = mapped_column(ForeignKey("refunds.id", ondelete="CASCADE"), primary_key=True)
    attempts: Mapped[int]
    not_before: Mapped[datetime]
    stuck: Mapped[bool] = mapped_column(default=False)
    error: Mapped[str | None] = mapped_column(Text)

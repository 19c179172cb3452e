"""The tables of refunds: what is paid for a return and in which parts, our own ledgers of payments and store credit, and what goes
out in exchange. Amounts are decimal strings in the decimals of their currency; the ledgers, which add up in the database, keep
whole numbers of its smallest unit."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from rma.store.tables import Base


class RefundRow(Base):
    __tablename__ = "refunds"
    __table_args__ = (
        UniqueConstraint("return_id", "key", name="uq_refunds_once"),
        Index("ix_refunds_told", "status", "told_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("returns.id"), index=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    key: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(30))
    amount: Mapped[str] = mapped_column(String(20))
    covered: Mapped[str] = mapped_column(String(20))
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str] = mapped_column(String(10))
    units: Mapped[dict[str, Any]]
    money: Mapped[dict[str, Any]]
    decided: Mapped[dict[str, Any]]
    asked: Mapped[dict[str, Any]]
    reason: Mapped[str | None] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime] = mapped_column(index=True)
    paid_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    parts: Mapped[list["RefundPartRow"]] = relationship(
        order_by="RefundPartRow.id", cascade="all, delete-orphan", lazy="selectin"
    )


class RefundPartRow(Base):
    __tablename__ = "refund_parts"
    __table_args__ = (Index("ix_refund_parts_open", "status", "next_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    refund_id: Mapped[int] = mapped_column(ForeignKey("refunds.id", ondelete="CASCADE"), index=True)
    order: Mapped[str] = mapped_column(String(100), index=True)
    method: Mapped[str | None] = mapped_column(String(100))
    amount: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(10))
    provider_id: Mapped[str | None] = mapped_column(String(200))
    attempts: Mapped[int] = mapped_column(default=0)
    round: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)
    next_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]


class PaymentAccountRow(Base):
    """What was paid for an order by one method, and what went back by it: never more."""

    __tablename__ = "payment_accounts"
    __table_args__ = (CheckConstraint("refunded >= 0 AND refunded <= paid", name="ck_payment_accounts_at_most_paid"),)

    order_number: Mapped[str] = mapped_column(String(100), primary_key=True)
    method: Mapped[str] = mapped_column(String(100), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3))
    paid: Mapped[int] = mapped_column(BigInteger)
    refunded: Mapped[int] = mapped_column(BigInteger, default=0)


class PaymentEntryRow(Base):
    __tablename__ = "payment_entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    order_number: Mapped[str] = mapped_column(String(100), index=True)
    method: Mapped[str] = mapped_column(String(100))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    at: Mapped[datetime]


class StoreCreditRow(Base):
    __tablename__ = "store_credits"
    __table_args__ = (CheckConstraint("balance >= 0 AND balance <= amount", name="ck_store_credits_balance"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(30), unique=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    return_number: Mapped[str] = mapped_column(String(20), index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    balance: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    at: Mapped[datetime]


class CreditSpendingRow(Base):
    __tablename__ = "credit_spendings"

    id: Mapped[int] = mapped_column(primary_key=True)
    credit_id: Mapped[int] = mapped_column(ForeignKey("store_credits.id"), index=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]


class ExchangeRow(Base):
    __tablename__ = "exchanges"
    __table_args__ = (CheckConstraint("quantity >= 1", name="ck_exchanges_quantity"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("returns.id"), index=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    line_id: Mapped[str] = mapped_column(String(100))
    sku: Mapped[str] = mapped_column(String(100))
    quantity: Mapped[int]
    difference: Mapped[str] = mapped_column(String(20))
    value: Mapped[str] = mapped_column(String(20))
    currency: Mapped[str] = mapped_column(String(3))
    key: Mapped[str] = mapped_column(String(150), unique=True)
    status: Mapped[str] = mapped_column(String(10), index=True)
    sold_out: Mapped[bool] = mapped_column(default=False)
    reservation: Mapped[str | None] = mapped_column(String(200))
    placed: Mapped[str | None] = mapped_column(String(100))
    placed_key: Mapped[str | None] = mapped_column(String(100), index=True)
    """The same as orders are found by (rma.model.orders.order_key)."""
    error: Mapped[str | None] = mapped_column(Text)
    claimed_at: Mapped[datetime | None]
    at: Mapped[datetime]

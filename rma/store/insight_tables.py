"""The tables that the merchant's figures are read from. All in them can be made anew from orders and returns (`retour insights
rebuild`). No row names a shopper; `shopper` is a number made of their address under the shop's secret, and an erasure gives each of
their orders a number of its own."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from rma.store.tables import Base

_CODE, _NAME = String(30), String(500)


class InsightLineRow(Base):
    """rma.model.insight.LineFact. `version` is the return's at which it was counted: another one there, and it is counted anew."""

    __tablename__ = "insight_lines"
    __table_args__ = (
        Index("ix_insight_lines_month", "month"),
        Index("ix_insight_lines_ordered", "ordered_month"),
        Index("ix_insight_lines_refund", "refund_month"),
    )

    return_id: Mapped[int] = mapped_column(ForeignKey("returns.id", ondelete="CASCADE"), primary_key=True)
    line_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    version: Mapped[int]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    shopper: Mapped[int] = mapped_column(BigInteger, index=True)
    lead: Mapped[bool]
    status: Mapped[str] = mapped_column(_CODE)
    requested_on: Mapped[date]
    month: Mapped[int]
    ordered_month: Mapped[int]
    lag_days: Mapped[int]
    refund_month: Mapped[int | None]
    days: Mapped[int | None]
    market: Mapped[str] = mapped_column(String(2))
    country: Mapped[str] = mapped_column(String(2))
    currency: Mapped[str] = mapped_column(String(3))
    category: Mapped[str] = mapped_column(_NAME)
    product: Mapped[str] = mapped_column(_NAME)
    size: Mapped[str] = mapped_column(_NAME)
    color: Mapped[str] = mapped_column(_NAME)
    reason: Mapped[str] = mapped_column(_CODE)
    resolution: Mapped[str] = mapped_column(_CODE)
    method: Mapped[str] = mapped_column(_CODE)
    carrier: Mapped[str] = mapped_column(String(100))
    units: Mapped[int]
    announced: Mapped[int]
    received: Mapped[int]
    accepted: Mapped[int]
    rejected: Mapped[int]
    missing: Mapped[int]
    refunded: Mapped[int]
    unit_minor: Mapped[int] = mapped_column(BigInteger)
    parcels: Mapped[int]
    grams: Mapped[int | None]
    refund_minor: Mapped[int] = mapped_column(BigInteger)
    outbound_minor: Mapped[int] = mapped_column(BigInteger)
    shopper_minor: Mapped[int] = mapped_column(BigInteger)


class InsightOutcomeRow(Base):
    """rma.model.insight.OutcomeFact."""

    __tablename__ = "insight_outcomes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["return_id", "line_id"], ["insight_lines.return_id", "insight_lines.line_id"], ondelete="CASCADE"
        ),
        Index("ix_insight_outcomes_month", "month"),
    )

    return_id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    disposition: Mapped[str] = mapped_column(_CODE, primary_key=True)
    month: Mapped[int]
    market: Mapped[str] = mapped_column(String(2))
    category: Mapped[str] = mapped_column(_NAME)
    currency: Mapped[str] = mapped_column(String(3))
    units: Mapped[int]
    value_minor: Mapped[int] = mapped_column(BigInteger)


class InsightSoldRow(Base):
    """rma.model.insight.SoldFact."""

    __tablename__ = "insight_sold"

    month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    market: Mapped[str] = mapped_column(String(2), primary_key=True)
    category: Mapped[str] = mapped_column(_NAME, primary_key=True)
    product: Mapped[str] = mapped_column(_NAME, primary_key=True)
    size: Mapped[str] = mapped_column(_NAME, primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    units: Mapped[int] = mapped_column(BigInteger)
    value_minor: Mapped[int] = mapped_column(BigInteger)


class InsightChangeRow(Base):
    """An order that came or changed since it was counted. Only ever added to, so that whoever imports waits for nobody; what was
    counted is deleted by its id, and what came meanwhile stays."""

    __tablename__ = "insight_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int]
    placed_at: Mapped[datetime]

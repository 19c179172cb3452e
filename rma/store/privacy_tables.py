"""The tables of erasures, and the register of personal data: what every table holds, and what an erasure does to it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from rma.store.tables import Base, OrderRow


class ErasureRow(Base):
    """That an erasure was done, about nobody. `waiting` are ids of orders whose erasure must wait until they are over."""

    __tablename__ = "erasures"
    __table_args__ = (Index("ix_erasures_open", "finished_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(100))
    subject: Mapped[str] = mapped_column(String(10))
    """By what the person was named: 'order', 'email', 'phone'."""
    erased: Mapped[dict[str, Any]]
    kept: Mapped[list[Any]]
    waiting: Mapped[list[Any]]
    finished_at: Mapped[datetime | None]


class ErasedOrderRow(Base):
    """An order whose customer was erased. The shop's next import of it brings the customer along and must not bring them back."""

    __tablename__ = "erased_orders"

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime]


async def is_erased(session: AsyncSession, order_key: str) -> bool:
    query = select(ErasedOrderRow.order_id).join(OrderRow).where(OrderRow.key == order_key)
    return await session.scalar(query) is not None


DELETED = "the row is deleted"
BLANKED = "what says who it is is taken out"
STAYS = "stays: evidence that the law wants, or an objection that must be obeyed"
NOBODY = "says nothing of a shopper"

REGISTER: dict[str, str] = {
    "orders": BLANKED,
    "order_lines": NOBODY,
    "catalogue": NOBODY,
    "returns": BLANKED,
    "return_lines": BLANKED,
    "return_events": BLANKED,
    "return_units": BLANKED,
    "return_tags": NOBODY,
    "goods_photos": DELETED,
    "parcels": BLANKED,
    "hook_endpoints": NOBODY,
    "hook_deliveries": NOBODY,
    "refunds": BLANKED,
    "refund_parts": BLANKED,
    "payment_accounts": NOBODY,
    "payment_entries": NOBODY,
    "store_credits": NOBODY,
    "credit_spendings": NOBODY,
    "exchanges": NOBODY,
    "stock_moves": NOBODY,
    "stock_reservations": NOBODY,
    "stock_tellings": NOBODY,
    "refund_tellings": NOBODY,
    "platform_refunds": NOBODY,
    "platform_cursors": NOBODY,
    "serials": NOBODY,
    "conversations": DELETED,
    "messages": DELETED,
    "photos": DELETED,
    "decisions": DELETED,
    "tickets": DELETED,
    "reviews": DELETED,
    "withdrawals": STAYS,
    "attempts": DELETED,
    "outbox": DELETED,
    "outbox_pacing": NOBODY,
    "shown_messages": DELETED,
    "consents": STAYS,
    "inbound": DELETED,
    "sms_threads": DELETED,
    "codes": DELETED,
    "agents": NOBODY,
    "agent_sessions": NOBODY,
    "support_events": BLANKED,
    "desk_threads": DELETED,
    "desk_events": DELETED,
    "carrier_shipments": NOBODY,
    "carrier_papers": DELETED,
    "tracking_events": BLANKED,
    "parcel_looks": NOBODY,
    "embedded_scans": DELETED,
    "api_keys": NOBODY,
    "staff_requests": BLANKED,
    "insight_lines": BLANKED,
    "insight_outcomes": NOBODY,
    "insight_sold": NOBODY,
    "insight_changes": NOBODY,
    "erasures": NOBODY,
    "erased_orders": NOBODY,
    "alembic_version": NOBODY,
}
"""A table that is not here fails tests/integration/test_privacy_tables.py: whoever adds one says what an erasure does to it."""

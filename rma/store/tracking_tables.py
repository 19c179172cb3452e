"""The tables of carriers: what was asked of them, the papers they drew, what they say of parcels; and the scans of our own."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rma.store.tables import Base


class CarrierShipmentRow(Base):
    """A shipment asked of a carrier that somebody else runs. Without `made` the answer is open, since `asked_at`."""

    __tablename__ = "carrier_shipments"
    __table_args__ = (UniqueConstraint("carrier", "tracking_number", name="uq_carrier_shipments_number"),)

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    carrier: Mapped[str] = mapped_column(String(100))
    asked_at: Mapped[datetime]
    tracking_number: Mapped[str | None] = mapped_column(String(40))
    made: Mapped[dict[str, Any] | None]


class CarrierPaperRow(Base):
    """A label, a code or a customs form as the carrier drew it."""

    __tablename__ = "carrier_papers"

    carrier: Mapped[str] = mapped_column(String(100), primary_key=True)
    tracking_number: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    mime: Mapped[str] = mapped_column(String(40), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class TrackingEventRow(Base):
    """What a carrier says happened to a parcel, once each. `return_id` is None for a parcel that is no return of ours."""

    __tablename__ = "tracking_events"
    __table_args__ = (
        UniqueConstraint("carrier", "tracking_number", "provider_id", name="uq_tracking_events_once"),
        Index("ix_tracking_events_return", "return_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    carrier: Mapped[str] = mapped_column(String(100))
    tracking_number: Mapped[str] = mapped_column(String(40))
    provider_id: Mapped[str] = mapped_column(String(100))
    return_id: Mapped[int | None] = mapped_column(ForeignKey("returns.id", ondelete="CASCADE"))
    status: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    place: Mapped[str | None] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    noted_at: Mapped[datetime]


class ParcelLookRow(Base):
    """When a carrier is asked again about a parcel. `failures` are those in a row."""

    __tablename__ = "parcel_looks"
    __table_args__ = (Index("ix_parcel_looks_next", "next_at"),)

    return_id: Mapped[int] = mapped_column(ForeignKey("returns.id", ondelete="CASCADE"), primary_key=True)
    next_at: Mapped[datetime | None]
    """None: not asked again."""
    failures: Mapped[int] = mapped_column(Integer, default=0)


class EmbeddedScanRow(Base):
    """What the people of our own carrier scanned."""

    __tablename__ = "embedded_scans"
    __table_args__ = (Index("ix_embedded_scans_number", "tracking_number", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tracking_number: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    place: Mapped[str | None] = mapped_column(Text)

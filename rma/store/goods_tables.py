"""The tables of goods that came back."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from rma.store.tables import Base


class ReturnUnitRow(Base):
    __tablename__ = "return_units"
    __table_args__ = (
        CheckConstraint("quantity >= 1", name="ck_return_units_quantity"),
        Index("ix_return_units_stock", "disposition", "stock_told_at"),
        Index("ix_return_units_at", "at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("returns.id", ondelete="CASCADE"), index=True)
    line_id: Mapped[str] = mapped_column(String(100))
    sku: Mapped[str] = mapped_column(String(100))
    quantity: Mapped[int]
    grade: Mapped[str | None] = mapped_column(String(20))
    accepted: Mapped[bool]
    disposition: Mapped[str | None] = mapped_column(String(30))
    proposed: Mapped[str | None] = mapped_column(String(30))
    rule: Mapped[str] = mapped_column(String(100))
    why: Mapped[str | None] = mapped_column(Text)
    apart: Mapped[bool] = mapped_column(default=False)
    photo: Mapped[int | None] = mapped_column(ForeignKey("goods_photos.id"))
    epcs: Mapped[list[Any]]
    by: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime]
    stock_told_at: Mapped[datetime | None]


class ReturnTagRow(Base):
    """A single unit that a reader saw, by its URI in one form, whatever form was read: so that it is known when it comes again."""

    __tablename__ = "return_tags"

    unit_id: Mapped[int] = mapped_column(ForeignKey("return_units.id", ondelete="CASCADE"), primary_key=True)
    uri: Mapped[str] = mapped_column(String(200), primary_key=True, index=True)


class GoodsPhotoRow(Base):
    """Pictures that the warehouse took."""

    __tablename__ = "goods_photos"

    id: Mapped[int] = mapped_column(primary_key=True)
    mime: Mapped[str] = mapped_column(String(40))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(100))


class ParcelRow(Base):
    __tablename__ = "parcels"

    id: Mapped[int] = mapped_column(primary_key=True)
    scanned: Mapped[str | None] = mapped_column(String(200))
    return_number: Mapped[str | None] = mapped_column(ForeignKey("returns.number"), index=True)
    contents: Mapped[list[Any]]
    note: Mapped[str | None] = mapped_column(Text)
    photo: Mapped[int | None] = mapped_column(ForeignKey("goods_photos.id"))
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(100))
    settled_at: Mapped[datetime | None] = mapped_column(index=True)
    settled_by: Mapped[str | None] = mapped_column(String(100))
    outcome: Mapped[str | None] = mapped_column(String(300))

"""What shop platforms were asked and told, in tables."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from rma.model.codes import Disposition, OrderStatus
from rma.model.orders import Order
from rma.model.refunding import RefundStatus
from rma.model.stock import Telling
from rma.store.goods_tables import ReturnUnitRow
from rma.store.platform_tables import PlatformCursorRow, RefundTellingRow, StockTellingRow
from rma.store.refund_tables import RefundRow
from rma.store.tables import OrderRow, ReturnRow


class SqlPlatforms:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def cursor(self, platform: str, kind: str) -> tuple[datetime | None, datetime | None]:
        row = await self._session.get(PlatformCursorRow, (platform, kind))
        return (row.upto, row.whole_at) if row else (None, None)

    async def note_cursor(
        self,
        platform: str,
        kind: str,
        at: datetime,
        upto: datetime | None = None,
        whole_at: datetime | None = None,
        error: str | None = None,
    ) -> None:
        row = await self._session.get(PlatformCursorRow, (platform, kind), with_for_update=True)
        if row is None:
            row = PlatformCursorRow(platform=platform, kind=kind)
            self._session.add(row)
        row.ran_at, row.error = at, error
        if upto is not None and (row.upto is None or row.upto < upto):
            row.upto = upto
        if whole_at is not None:
            row.whole_at = whole_at
        await self._session.flush()

    async def claim_stock(self, now: datetime, lease: timedelta) -> Telling | None:
        unit, telling = ReturnUnitRow, StockTellingRow
        due = or_(telling.unit_id.is_(None), telling.stuck.is_(False) & (telling.not_before <= now))
        found = (
            await self._session.execute(
                select(unit, ReturnRow.number)
                .join(ReturnRow, ReturnRow.id == unit.return_id)
                .outerjoin(telling, telling.unit_id == unit.id)
                .where(unit.disposition == Disposition.RESTOCK, unit.stock_told_at.is_(None), unit.accepted, due)
                .order_by(unit.id)
                .limit(1)
                # On PostgreSQL another worker takes the next one; on SQLite one transaction writes at a time.
                .with_for_update(of=unit, skip_locked=True)
            )
        ).first()
        if found is None:
            return None
        row = await self._session.get(telling, found[0].id)
        if row is None:
            row = StockTellingRow(unit_id=found[0].id, attempts=0, stuck=False)
            self._session.add(row)
        row.attempts, row.not_before = row.attempts + 1, now + lease
        claimed = _telling(found[0], found[1], row)
        # Until it is settled the platform may have been told: whoever claims it after a kill must know since when.
        row.unsure_since = row.unsure_since or now
        await self._session.flush()
        return claimed

    async def settle_stock(self, unit: int, **fields: object) -> None:
        await self._session.execute(update(StockTellingRow).where(StockTellingRow.unit_id == unit).values(**fields))

    async def stuck_stock(self, limit: int) -> list[Telling]:
        rows = await self._session.execute(
            select(ReturnUnitRow, ReturnRow.number, StockTellingRow)
            .join(ReturnRow, ReturnRow.id == ReturnUnitRow.return_id)
            .join(StockTellingRow, StockTellingRow.unit_id == ReturnUnitRow.id)
            .where(StockTellingRow.stuck, ReturnUnitRow.stock_told_at.is_(None))
            .order_by(ReturnUnitRow.id)
            .limit(limit)
        )
        return [_telling(*row) for row in rows]

    async def retry_stock(self, unit: int | None, now: datetime) -> int:
        chosen = update(StockTellingRow).where(StockTellingRow.stuck)
        if unit is not None:
            chosen = chosen.where(StockTellingRow.unit_id == unit)
        done = await self._session.execute(chosen.values(stuck=False, not_before=now, unsure_since=None))
        return int(done.rowcount)  # type: ignore[attr-defined]

    async def claim_refund(self, now: datetime, lease: timedelta) -> tuple[int, int] | None:
        telling = RefundTellingRow
        due = or_(telling.refund_id.is_(None), telling.stuck.is_(False) & (telling.not_before <= now))
        found = await self._session.scalar(
            select(RefundRow.id)
            .outerjoin(telling, telling.refund_id == RefundRow.id)
            .where(RefundRow.status == RefundStatus.PAID, RefundRow.told_at.is_(None), due)
            .order_by(RefundRow.id)
            .limit(1)
            .with_for_update(of=RefundRow, skip_locked=True)
        )
        if found is None:
            return None
        row = await self._session.get(telling, found)
        if row is None:
            row = RefundTellingRow(refund_id=found, attempts=0, stuck=False)
            self._session.add(row)
        row.attempts, row.not_before = row.attempts + 1, now + lease
        await self._session.flush()
        return found, row.attempts

    async def settle_refund(self, refund: int, told_at: datetime | None = None, **fields: object) -> None:
        if told_at is not None:
            done = update(RefundRow).where(RefundRow.id == refund, RefundRow.told_at.is_(None))
            await self._session.execute(done.values(told_at=told_at))
        if fields:
            await self._session.execute(
                update(RefundTellingRow).where(RefundTellingRow.refund_id == refund).values(**fields)
            )

    async def stuck_refunds(self, limit: int) -> list[tuple[int, str, str]]:
        rows = await self._session.execute(
            select(RefundRow.id, ReturnRow.number, RefundTellingRow.error)
            .join(RefundTellingRow, RefundTellingRow.refund_id == RefundRow.id)
            .join(ReturnRow, ReturnRow.id == RefundRow.return_id)
            .where(RefundTellingRow.stuck, RefundRow.told_at.is_(None))
            .order_by(RefundRow.id)
            .limit(limit)
        )
        return [(row[0], row[1], row[2] or "") for row in rows]

    async def retry_refunds(self, now: datetime) -> int:
        again = update(RefundTellingRow).where(RefundTellingRow.stuck).values(stuck=False, not_before=now)
        return int((await self._session.execute(again)).rowcount)  # type: ignore[attr-defined]

    async def arrive(self, now: datetime, limit: int) -> int:
        rows = await self._session.scalars(
            select(OrderRow).where(OrderRow.status == OrderStatus.SHIPPED).order_by(OrderRow.id.desc()).limit(limit)
        )
        arrived = 0
        for row in rows:
            last = Order.model_validate(row.document).last_delivery
            if last is not None and last <= now:
                row.status = OrderStatus.DELIVERED.value
                row.document = {**row.document, "status": row.status}
                arrived += 1
        await self._session.flush()
        return arrived


def _telling(unit: ReturnUnitRow, number: str, row: StockTellingRow) -> Telling:
    return Telling(
        unit=unit.id,
        number=number,
        sku=unit.sku,
        quantity=unit.quantity,
        attempts=row.attempts,
        unsure_since=row.unsure_since,
        stuck=row.stuck,
        error=row.error,
    )

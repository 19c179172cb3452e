"""Refunds and exchanges in tables."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from rma.model.codes import ReturnStatus
from rma.model.errors import Conflict, NotFound
from rma.model.money import written
from rma.model.orders import Order, order_key
from rma.model.refunding import ExchangeItem, ExchangeStatus, PartStatus, Refund, RefundPart, RefundStatus
from rma.model.returns import GIVEN_BACK
from rma.service.ports.refunds import Owing
from rma.store.refund_tables import ExchangeRow, RefundPartRow, RefundRow
from rma.store.returns import _read as return_of
from rma.store.tables import OrderRow, ReturnLineRow, ReturnRow

_REFUND = (
    "key", "kind", "currency", "status", "units", "money", "decided", "asked", "reason", "by", "at", "paid_at", "told_at",
)  # fmt: skip
_PART = ("order", "method", "status", "provider_id", "attempts", "round", "error", "next_at", "claimed_at")
_EXCHANGE = ("sku", "quantity", "currency", "key", "status", "sold_out", "reservation", "placed", "error", "at")
_OWING = (
    ReturnStatus.IN_TRANSIT, ReturnStatus.PARTIALLY_RECEIVED, ReturnStatus.RECEIVED, ReturnStatus.INSPECTED,
)  # fmt: skip
_PAID = (ReturnStatus.REFUNDED, ReturnStatus.EXCHANGED)


def _part(row: RefundPartRow) -> RefundPart:
    return RefundPart(id=row.id, amount=Decimal(row.amount), **{name: getattr(row, name) for name in _PART})


def _refund(row: RefundRow, number: str) -> Refund:
    return Refund(
        id=row.id,
        number=number,
        order_id=row.order_id,
        amount=Decimal(row.amount),
        covered=Decimal(row.covered),
        parts=[_part(part) for part in row.parts],
        **{name: getattr(row, name) for name in _REFUND},
    )


def _exchange(row: ExchangeRow, number: str) -> ExchangeItem:
    return ExchangeItem(
        id=row.id,
        number=number,
        order_id=row.order_id,
        line=row.line_id,
        difference=Decimal(row.difference),
        value=Decimal(row.value),
        **{name: getattr(row, name) for name in _EXCHANGE},
    )


class SqlRefunds:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def lock_order(self, order_id: int) -> None:
        await self._session.execute(select(OrderRow.id).where(OrderRow.id == order_id).with_for_update(key_share=True))

    async def lock(self, number: str) -> int | None:
        # Only against others who lock: what merely refers to the order's row is not held up.
        return await self._session.scalar(
            select(OrderRow.id)
            .where(OrderRow.id == select(ReturnRow.order_id).where(ReturnRow.number == number).scalar_subquery())
            .with_for_update(key_share=True)
        )

    async def _return_id(self, number: str) -> int:
        found = await self._session.scalar(select(ReturnRow.id).where(ReturnRow.number == number))
        if found is None:
            raise NotFound(f"there is no return {number}")
        return found

    async def add(self, refund: Refund) -> Refund:
        row = RefundRow(
            return_id=await self._return_id(refund.number),
            order_id=refund.order_id,
            amount=written(refund.amount, refund.currency),
            covered=written(refund.covered, refund.currency),
            parts=[
                RefundPartRow(
                    amount=written(part.amount, refund.currency), **{name: getattr(part, name) for name in _PART}
                )
                for part in refund.parts
            ],
            **{name: getattr(refund, name) for name in _REFUND},
        )
        self._session.add(row)
        try:
            await self._session.flush()
        except IntegrityError as error:
            raise Conflict(f"{refund.number} has a refund of this key already") from error
        return _refund(row, refund.number)

    async def _read(self, query: Select[RefundRow, str]) -> list[Refund]:
        return [_refund(row[0], row[1]) for row in await self._session.execute(query)]

    @staticmethod
    def _query() -> Select[RefundRow, str]:
        return select(RefundRow, ReturnRow.number).join(ReturnRow, ReturnRow.id == RefundRow.return_id)

    async def get(self, refund_id: int) -> Refund | None:
        return next(iter(await self._read(self._query().where(RefundRow.id == refund_id))), None)

    async def by_key(self, number: str, key: str) -> Refund | None:
        query = self._query().where(ReturnRow.number == number, RefundRow.key == key)
        return next(iter(await self._read(query)), None)

    async def of(self, number: str) -> list[Refund]:
        return await self._read(self._query().where(ReturnRow.number == number).order_by(RefundRow.id))

    async def of_order(self, order_id: int) -> list[Refund]:
        return await self._read(self._query().where(RefundRow.order_id == order_id).order_by(RefundRow.id))

    async def parts_on(self, order_number: str) -> list[RefundPart]:
        rows = await self._session.scalars(
            select(RefundPartRow).where(RefundPartRow.order == order_number).order_by(RefundPartRow.id)
        )
        return [_part(row) for row in rows]

    async def find(
        self, status: RefundStatus | None = None, limit: int = 200, before: int | None = None
    ) -> list[Refund]:
        query = self._query().order_by(RefundRow.id.desc()).limit(limit)
        if before is not None:
            query = query.where(RefundRow.id < before)
        return await self._read(query if status is None else query.where(RefundRow.status == status))

    async def save(self, refund: Refund) -> None:
        row = await self._session.get(RefundRow, refund.id)
        if row is None:
            raise NotFound(f"there is no refund {refund.id}")
        row.status, row.paid_at, row.told_at, row.money = refund.status, refund.paid_at, refund.told_at, refund.money
        row.amount, row.covered = written(refund.amount, refund.currency), written(refund.covered, refund.currency)
        known = {part.id: part for part in row.parts}
        for part in refund.parts:
            values = {name: getattr(part, name) for name in _PART} | {"amount": written(part.amount, refund.currency)}
            if part.id is None:
                row.parts.append(RefundPartRow(**values))
                continue
            for name, value in values.items():
                setattr(known[part.id], name, value)
        await self._session.flush()

    async def drop(self, refund_id: int) -> None:
        await self._session.delete(await self._session.get_one(RefundRow, refund_id))
        await self._session.flush()

    async def claim(self, part_id: int, now: datetime, stale: datetime) -> RefundPart | None:
        row = await self._session.get(RefundPartRow, part_id, with_for_update=True)
        if row is None or not _claimable(row, now, stale):
            return None
        row.status, row.claimed_at, row.attempts = PartStatus.SENDING, now, row.attempts + 1
        await self._session.flush()
        return _part(row)

    async def open(self, now: datetime, stale: datetime, limit: int) -> list[int]:
        p = RefundPartRow
        claimable = or_(
            and_(p.status == PartStatus.WAITING, or_(p.next_at.is_(None), p.next_at <= now)),
            and_(p.status == PartStatus.SENDING, p.claimed_at < stale),
        )
        unpaid = exists().where(p.refund_id == RefundRow.id, p.status != PartStatus.PAID)
        rows = await self._session.scalars(
            select(RefundRow.id)
            .where(
                RefundRow.status != RefundStatus.PAID,
                or_(exists().where(p.refund_id == RefundRow.id, claimable), ~unpaid),
            )
            .order_by(RefundRow.id)
            .limit(limit)
        )
        return list(rows)

    async def unsure(self, now: datetime, limit: int) -> list[tuple[Refund, int]]:
        p = RefundPartRow
        rows = await self._session.execute(
            select(RefundRow, ReturnRow.number, p.id)
            .join(ReturnRow, ReturnRow.id == RefundRow.return_id)
            .join(p, p.refund_id == RefundRow.id)
            .where(p.status == PartStatus.PAID, p.next_at <= now)
            .order_by(p.id)
            .limit(limit)
        )
        return [(_refund(row[0], row[1]), row[2]) for row in rows]

    async def count(self) -> dict[str, int]:
        rows = await self._session.execute(
            select(RefundRow.status, func.count(RefundRow.id)).group_by(RefundRow.status)
        )
        return {row[0]: row[1] for row in rows}

    async def owing(self, after: int, limit: int) -> list[Owing]:
        approved = and_(ReturnRow.method.is_(None), ReturnRow.status == ReturnStatus.APPROVED)
        a_part = and_(ReturnRow.status == ReturnStatus.LABEL_ISSUED, ReturnRow.lines.any(ReturnLineRow.stays))
        nothing_comes = or_(approved, a_part)
        # Units that were missing when it was paid may come later.
        late = and_(
            ReturnRow.status.in_(_PAID),
            ReturnRow.lines.any(ReturnLineRow.received > ReturnLineRow.refunded),
            exists().where(RefundRow.return_id == ReturnRow.id),
        )
        rows = list(
            await self._session.scalars(
                select(ReturnRow)
                .where(or_(ReturnRow.status.in_(_OWING), nothing_comes, late), ReturnRow.id > after)
                .order_by(ReturnRow.id)
                .limit(limit)
            )
        )
        ids = {row.order_id for row in rows}
        refunds, exchanges = defaultdict(list), defaultdict(list)
        for refund in await self._read(self._query().where(RefundRow.order_id.in_(ids)).order_by(RefundRow.id)):
            refunds[refund.order_id].append(refund)
        for item in await self._exchanges(ExchangeRow.order_id.in_(ids)):
            exchanges[item.order_id].append(item)
        return [
            Owing(
                id=row.id, rma=return_of(row), order=Order.model_validate(row.order.document), refunds=refunds[row.order_id],
                exchanges=exchanges[row.order_id],
            )
            for row in rows
        ]  # fmt: skip

    # -- what goes out in exchange ------------------------------------------------------------------------------------

    async def add_exchange(self, item: ExchangeItem) -> ExchangeItem:
        row = ExchangeRow(
            return_id=await self._return_id(item.number),
            order_id=item.order_id,
            line_id=item.line,
            difference=written(item.difference, item.currency),
            value=written(item.value, item.currency),
            **{name: getattr(item, name) for name in _EXCHANGE},
        )
        self._session.add(row)
        await self._session.flush()
        return _exchange(row, item.number)

    async def save_exchange(self, item: ExchangeItem) -> None:
        row = await self._session.get(ExchangeRow, item.id)
        if row is None:
            raise NotFound(f"there is no exchange {item.id}")
        row.value = written(item.value, item.currency)
        row.difference = written(item.difference, item.currency)
        for name in ("quantity", "status", "sold_out", "reservation", "placed", "error"):
            setattr(row, name, getattr(item, name))
        row.placed_key = order_key(item.placed) if item.placed else None
        row.claimed_at = None
        await self._session.flush()

    async def _exchanges(self, which: ColumnElement[bool]) -> list[ExchangeItem]:
        rows = await self._session.execute(
            select(ExchangeRow, ReturnRow.number)
            .join(ReturnRow, ReturnRow.id == ExchangeRow.return_id)
            .where(which)
            .order_by(ExchangeRow.id)
        )
        return [_exchange(row[0], row[1]) for row in rows]

    async def exchanges(self, number: str) -> list[ExchangeItem]:
        return await self._exchanges(ReturnRow.number == number)

    async def exchanges_of_order(self, order_id: int) -> list[ExchangeItem]:
        return await self._exchanges(ExchangeRow.order_id == order_id)

    async def claim_exchange(self, item_id: int, now: datetime, stale: datetime) -> ExchangeItem | None:
        row = await self._session.get(ExchangeRow, item_id, with_for_update=True)
        if row is None or (row.claimed_at is not None and row.claimed_at > stale):
            return None
        row.claimed_at = now
        number = await self._session.scalar(select(ReturnRow.number).where(ReturnRow.id == row.return_id))
        await self._session.flush()
        return _exchange(row, str(number))

    async def placed_as(self, order_number: str) -> ExchangeItem | None:
        found = await self._session.execute(
            select(ExchangeRow, ReturnRow.number)
            .join(ReturnRow, ReturnRow.id == ExchangeRow.return_id)
            .where(ExchangeRow.placed_key == order_key(order_number))
        )
        row = found.first()
        return _exchange(row[0], row[1]) if row else None

    async def unsettled_exchanges(self, limit: int) -> list[str]:
        e = ExchangeRow
        rows = await self._session.scalars(
            select(ReturnRow.number)
            .join(e, e.return_id == ReturnRow.id)
            .where(
                or_(
                    e.status == ExchangeStatus.RELEASING,
                    and_(e.status == ExchangeStatus.WANTED, e.sold_out.is_(False)),
                    and_(
                        e.status.in_((ExchangeStatus.WANTED, ExchangeStatus.RESERVED)), ReturnRow.status.in_(GIVEN_BACK)
                    ),
                )
            )
            .group_by(ReturnRow.number)
            .limit(limit)
        )
        return list(rows)


def _claimable(row: RefundPartRow, now: datetime, stale: datetime) -> bool:
    if row.status == PartStatus.WAITING:
        return row.next_at is None or row.next_at <= now
    return row.status == PartStatus.SENDING and row.claimed_at is not None and row.claimed_at < stale

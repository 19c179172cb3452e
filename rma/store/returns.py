"""Returns in tables. Saving checks the version that was read; events are only ever added."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.orm.attributes import flag_modified

from rma.model.codes import Method, ReturnStatus
from rma.model.errors import NotFound, Stale
from rma.model.orders import order_key
from rma.model.returns import COUNTABLE, RELEASED, Return, ReturnEvent, ReturnLabel, ReturnLine
from rma.store.refund_tables import RefundRow
from rma.store.tables import OrderRow, ReturnEventRow, ReturnLineRow, ReturnRow

_SAME = (
    "number", "idempotency_key", "order_id", "status", "resolution", "method", "language", "refund", "decision", "trace", "case",
)  # fmt: skip
_LINE = (
    "sku", "name", "quantity", "received", "accepted", "rejected", "missing", "refunded", "reason", "condition", "photo",
    "disposition", "exchange_for", "stays",
)  # fmt: skip
_MOVES = ("quantity", "received", "accepted", "rejected", "missing", "refunded", "disposition", "photo", "stays")
"""What changes of a line once it stands."""


# Asked for in every turn about an order; built once, which takes longer than to run them.
_OF_ORDER = select(ReturnRow).where(ReturnRow.order_id == bindparam("order")).order_by(ReturnRow.id)
_COUNT_SINCE = (
    select(func.count(ReturnRow.id))
    .join(ReturnRow.order)
    .where(
        OrderRow.customer == select(OrderRow.customer).where(OrderRow.id == bindparam("order")).scalar_subquery(),
        ReturnRow.created_at >= bindparam("since", type_=ReturnRow.created_at.type),
        ReturnRow.status.not_in(RELEASED),
    )
)


def _read(row: ReturnRow) -> Return:
    return Return(
        **{name: getattr(row, name) for name in _SAME},
        order=row.order.document["number"],
        lines=[ReturnLine(id=line.line_id, **{name: getattr(line, name) for name in _LINE}) for line in row.lines],
        label=ReturnLabel.model_validate(row.label) if row.label else None,
        send_by=row.send_by,
        conversation=row.conversation_id,
        created_at=row.created_at,
        version=row.version,
        events=[ReturnEvent(kind=event.kind, at=event.at, by=event.by, detail=event.detail) for event in row.events],
    )


def _line_row(line: ReturnLine, position: int) -> ReturnLineRow:
    return ReturnLineRow(line_id=line.id, position=position, **{name: getattr(line, name) for name in _LINE})


def _write_events(row: ReturnRow, rma: Return) -> None:
    for event in rma.events[len(row.events) :]:
        row.events.append(ReturnEventRow(kind=event.kind, at=event.at, by=event.by, detail=event.detail))


class SqlReturns:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def by_number(self, number: str) -> Return | None:
        row = await self._session.scalar(select(ReturnRow).where(ReturnRow.number == number))
        return _read(row) if row else None

    async def by_tracking(self, tracking_number: str) -> Return | None:
        row = await self._session.scalar(select(ReturnRow).where(ReturnRow.tracking_number == tracking_number))
        return _read(row) if row else None

    async def by_key(self, idempotency_key: str) -> Return | None:
        row = await self._session.scalar(select(ReturnRow).where(ReturnRow.idempotency_key == idempotency_key))
        return _read(row) if row else None

    async def of_order(self, order_id: int) -> list[Return]:
        rows = await self._session.scalars(_OF_ORDER, {"order": order_id})
        return [_read(row) for row in rows]

    async def find(
        self, order: str | None, status: str | None, after: str | None = None, limit: int | None = None
    ) -> list[Return]:
        query = select(ReturnRow).order_by(ReturnRow.id).limit(limit)
        if after is not None:
            last = select(ReturnRow.id).where(ReturnRow.number == after).scalar_subquery()
            query = query.where(ReturnRow.id > last)
        if order is not None:
            query = query.join(ReturnRow.order).where(OrderRow.key == order_key(order))
        if status is not None:
            query = query.where(ReturnRow.status == status)
        return [_read(row) for row in await self._session.scalars(query)]

    async def unlabelled(self) -> list[Return]:
        rows = await self._session.scalars(
            select(ReturnRow).where(
                ReturnRow.status == ReturnStatus.APPROVED,
                ReturnRow.method.is_not(None),
                ReturnRow.tracking_number.is_(None),
            )
        )
        return [_read(row) for row in rows]

    async def due(self, first: date, last: date, without: str, after: str, limit: int) -> list[str]:
        later = aliased(ReturnEventRow)
        extended = exists().where(
            later.return_id == ReturnRow.id, later.kind == "extended", later.id > ReturnEventRow.id
        )
        done = exists().where(ReturnEventRow.return_id == ReturnRow.id, ReturnEventRow.kind == without, ~extended)
        rows = await self._session.scalars(
            select(ReturnRow.number)
            .where(
                ReturnRow.status == ReturnStatus.LABEL_ISSUED,
                ReturnRow.method.in_((Method.LABEL, Method.QR)),
                ReturnRow.send_by.between(first, last),
                ReturnRow.number > after,
                ~done,
            )
            .order_by(ReturnRow.number)
            .limit(limit)
        )
        return list(rows)

    async def awaiting(self, skus: Collection[str], limit: int) -> list[Return]:
        lines = select(ReturnLineRow.return_id).where(ReturnLineRow.sku.in_(skus))
        statuses = COUNTABLE - RELEASED - {ReturnStatus.INSPECTED}
        rows = await self._session.scalars(
            select(ReturnRow)
            .where(ReturnRow.id.in_(lines), ReturnRow.status.in_(statuses))
            .order_by(ReturnRow.id.desc())
            .limit(limit)
        )
        return [_read(row) for row in rows]

    async def unsent(self, before: date, limit: int) -> list[str]:
        rows = await self._session.scalars(
            select(ReturnRow.number)
            .where(
                ReturnRow.status == ReturnStatus.LABEL_ISSUED,
                ReturnRow.send_by < before,
                ~exists().where(RefundRow.return_id == ReturnRow.id),
            )
            .order_by(ReturnRow.id)
            .limit(limit)
        )
        return list(rows)

    async def idle(self, statuses: Collection[ReturnStatus], since: datetime, limit: int) -> list[str]:
        return await self._idle(ReturnRow.status.in_(statuses), since, limit)

    async def settled(self, since: datetime, limit: int) -> list[str]:
        line = ReturnLineRow
        seen = line.accepted + line.rejected
        nothing_accepted = and_(ReturnRow.status == ReturnStatus.INSPECTED, ~ReturnRow.lines.any(line.accepted > 0))
        over = or_(ReturnRow.status.in_((ReturnStatus.REFUNDED, ReturnStatus.EXCHANGED)), nothing_accepted)
        begun = ReturnRow.lines.any(and_(seen > 0, line.received > seen))
        return await self._idle(and_(over, ~begun), since, limit)

    async def _idle(self, which: ColumnElement[bool], since: datetime, limit: int) -> list[str]:
        touched = exists().where(ReturnEventRow.return_id == ReturnRow.id, ReturnEventRow.at >= since)
        rows = await self._session.scalars(
            select(ReturnRow.number).where(which, ~touched).order_by(ReturnRow.id).limit(limit)
        )
        return list(rows)

    async def cases(self) -> list[dict[str, Any]]:
        rows = await self._session.scalars(
            select(ReturnRow.case).where(ReturnRow.case.is_not(None)).order_by(ReturnRow.id)
        )
        return [case for case in rows if case]

    async def count(self) -> dict[str, int]:
        rows = await self._session.execute(
            select(ReturnRow.status, func.count(ReturnRow.id)).group_by(ReturnRow.status)
        )
        return {row[0]: row[1] for row in rows}

    async def count_since(self, order_id: int, since: datetime) -> int:
        return await self._session.scalar(_COUNT_SINCE, {"order": order_id, "since": since}) or 0

    async def add(self, rma: Return) -> None:
        row = ReturnRow(
            **{name: getattr(rma, name) for name in _SAME},
            conversation_id=rma.conversation,
            send_by=rma.send_by,
            created_at=rma.created_at,
            lines=[
                _line_row(line, position) for position, line in enumerate(rma.lines)
            ],
            events=[],
        )
        _write_events(row, rma)
        self._session.add(row)
        await self._session.flush()
        rma.version = row.version

    async def save(self, rma: Return) -> None:
        row = await self._session.scalar(select(ReturnRow).where(ReturnRow.number == rma.number))
        if row is None:
            raise NotFound(f"no return {rma.number}")
        if row.version != rma.version:
            raise Stale(f"{rma.number} was changed by somebody else; read it again")
        row.status, row.refund, row.send_by, row.method = rma.status, rma.refund, rma.send_by, rma.method
        if row.resolution != rma.resolution:  # With another outcome goes what was decided for it.
            row.resolution, row.decision, row.trace, row.case = rma.resolution, rma.decision, rma.trace, rma.case
        row.label = rma.label.model_dump(mode="json") if rma.label else None
        row.tracking_number = rma.label.tracking_number if rma.label else None
        known = {line.line_id: line for line in row.lines}
        for position, line in enumerate(rma.lines):
            if line.id not in known:
                row.lines.append(_line_row(line, position))
                continue
            for name in _MOVES:
                setattr(known[line.id], name, getattr(line, name))
        _write_events(row, rma)
        flag_modified(row, "status")  # lines and events alone would not move the version
        await self._session.flush()
        rma.version = row.version

"""Withdrawals in tables. What was declared is written once; what came of it may change."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rma.model.errors import Conflict, NotFound
from rma.model.withdrawals import Withdrawal, WithdrawalStatus
from rma.store.tables import WithdrawalRow

_DECLARED = ("reference", "key", "channel", "submitted_at", "conversation")
_OUTCOME = ("status", "order_id", "return_number", "why", "settled_at", "settled_by")


def _read(row: WithdrawalRow) -> Withdrawal:
    fields = {name: getattr(row, name) for name in (*_DECLARED, *_OUTCOME, "statement", "version")}
    return Withdrawal.model_validate(fields)


class SqlWithdrawals:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def by_key(self, key: str) -> Withdrawal | None:
        row = await self._session.scalar(select(WithdrawalRow).where(WithdrawalRow.key == key))
        return _read(row) if row else None

    async def by_reference(self, reference: str) -> Withdrawal | None:
        row = await self._row(reference)
        return _read(row) if row else None

    async def find(self, status: WithdrawalStatus | None = None) -> list[Withdrawal]:
        query = select(WithdrawalRow).order_by(WithdrawalRow.id)
        if status is not None:
            query = query.where(WithdrawalRow.status == status)
        return [_read(row) for row in await self._session.scalars(query)]

    async def add(self, withdrawal: Withdrawal) -> None:
        declared = {name: getattr(withdrawal, name) for name in (*_DECLARED, *_OUTCOME)}
        row = WithdrawalRow(**declared, statement=withdrawal.statement.model_dump(mode="json"))
        self._session.add(row)
        await self._session.flush()
        withdrawal.version = row.version

    async def save(self, withdrawal: Withdrawal) -> None:
        row = await self._row(withdrawal.reference)
        if row is None:
            raise NotFound(f"no withdrawal {withdrawal.reference}")
        if row.version != withdrawal.version:
            raise Conflict(f"{withdrawal.reference} was changed by somebody else; read it again")
        for name in _OUTCOME:
            setattr(row, name, getattr(withdrawal, name))
        await self._session.flush()
        withdrawal.version = row.version

    async def _row(self, reference: str) -> WithdrawalRow | None:
        found: WithdrawalRow | None = await self._session.scalar(
            select(WithdrawalRow).where(WithdrawalRow.reference == reference)
        )
        return found

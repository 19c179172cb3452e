"""The ledgers of the embedded refunds and of store credit: each entry in a transaction of its own, once for a key."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from rma.model.errors import NotFound, Refused
from rma.model.money import quantum, written
from rma.model.numbers import new_credit_code, parse_credit_code
from rma.model.refunding import PayBack, RefundRefusal, RefundRefused, StoreCredit
from rma.store.refund_tables import CreditSpendingRow, PaymentAccountRow, PaymentEntryRow, StoreCreditRow


def _units(amount: Decimal, currency: str) -> int:
    """In the currency's smallest unit. Raises RefundRefused for a fraction of it."""
    units = amount / quantum(currency)
    if units != units.to_integral_value():
        raise RefundRefused(RefundRefusal.AMOUNT, f"{amount} {currency} has more decimals than the currency")
    return int(units)


def _amount(units: int, currency: str) -> Decimal:
    return Decimal(written(units * quantum(currency), currency))


class PaymentLedger:
    """What was paid for each order by each method, and what went back."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)

    async def entry(self, request: PayBack, key: str) -> int | None:
        """The number of the entry of `key`. Raises RefundRefused when that was for something else."""
        async with self._sessions() as session:
            row = await session.scalar(select(PaymentEntryRow).where(PaymentEntryRow.key == key))
        if row is None:
            return None
        asked = (request.order, request.method.id, _units(request.amount, request.currency), request.currency)
        if (row.order_number, row.method, row.amount, row.currency) != asked:
            raise RefundRefused(RefundRefusal.KEY_REUSED, f"the key {key} was used for another refund")
        return row.id

    async def pay(self, request: PayBack, key: str) -> int:
        """The number of the entry, made now or before. Raises RefundRefused."""
        for _ in range(3):
            known = await self.entry(request, key)
            if known is not None:
                return known
            try:
                async with self._sessions() as session, session.begin():
                    return await self._enter(session, request, key)
            except IntegrityError:
                continue  # The same key, or the account's first entry, by somebody else at the same moment.
        known = await self.entry(request, key)
        if known is None:
            raise RefundRefused(RefundRefusal.TOO_MUCH, f"{request.method.id}: more than was paid by it")
        return known

    @staticmethod
    async def _enter(session: AsyncSession, request: PayBack, key: str) -> int:
        a, amount = PaymentAccountRow, _units(request.amount, request.currency)
        paid = _units(request.method.amount, request.currency)
        account = await session.get(a, (request.order, request.method.id), with_for_update=True)
        if account is None:
            account = a(
                order_number=request.order, method=request.method.id, currency=request.currency, paid=paid, refunded=0
            )
            session.add(account)
            await session.flush()
        account.paid = max(paid, account.refunded)  # as the shop's latest import has it
        if account.currency != request.currency:
            raise RefundRefused(RefundRefusal.AMOUNT, f"{request.method.id} was paid in {account.currency}")
        if account.refunded + amount > account.paid:
            left = _amount(account.paid - account.refunded, request.currency)
            raise RefundRefused(
                RefundRefusal.TOO_MUCH, f"{request.method.id}: {left} {request.currency} are left of what was paid by it"
            )
        account.refunded += amount
        row = PaymentEntryRow(
            key=key, order_number=request.order, method=request.method.id, amount=amount, currency=request.currency,
            at=request.at,
        )  # fmt: skip
        session.add(row)
        await session.flush()
        return row.id


class SqlCredits:
    """Store credit: codes with a balance."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)

    async def issue(self, key: str, number: str, amount: Decimal, currency: str, at: datetime) -> StoreCredit:
        units = _units(amount, currency)
        for _ in range(5):
            async with self._sessions() as session:
                row = await session.scalar(select(StoreCreditRow).where(StoreCreditRow.key == key))
            if row is not None:
                if (row.amount, row.currency, row.return_number) != (units, currency, number):
                    raise RefundRefused(RefundRefusal.KEY_REUSED, f"the key {key} was used for another credit")
                return _credit(row)
            row = StoreCreditRow(
                code=new_credit_code(), key=key, return_number=number, amount=units, balance=units, currency=currency, at=at
            )  # fmt: skip
            try:
                async with self._sessions() as session, session.begin():
                    session.add(row)
                return _credit(row)
            except IntegrityError:
                continue  # The same key at the same moment; or, once in 2^70, the same code.
        raise RefundRefused(RefundRefusal.NOT_POSSIBLE, "no code of store credit could be made")

    async def find(self, code: str) -> StoreCredit | None:
        code = parse_credit_code(code)
        async with self._sessions() as session:
            row = await session.scalar(select(StoreCreditRow).where(StoreCreditRow.code == code))
        return _credit(row) if row else None

    async def of(self, number: str) -> list[StoreCredit]:
        async with self._sessions() as session:
            rows = await session.scalars(
                select(StoreCreditRow).where(StoreCreditRow.return_number == number).order_by(StoreCreditRow.id)
            )
            return [_credit(row) for row in rows]

    async def spend(self, code: str, amount: Decimal, currency: str, key: str, at: datetime) -> StoreCredit:
        code, units = parse_credit_code(code), _units(amount, currency)
        if units <= 0:
            raise Refused("the amount to be taken off must be above zero")
        async with self._sessions() as session, session.begin():
            row = await session.scalar(select(StoreCreditRow).where(StoreCreditRow.code == code).with_for_update())
            if row is None:
                raise NotFound("there is no store credit of this code")
            done = await session.scalar(select(CreditSpendingRow).where(CreditSpendingRow.key == key))
            if done is not None:
                if (done.credit_id, done.amount) != (row.id, units):
                    raise Refused("this key was used for something else")
                return _credit(row)
            if row.currency != currency:
                raise Refused(f"this store credit is in {row.currency}")
            changed = await session.execute(
                update(StoreCreditRow)
                .where(StoreCreditRow.id == row.id, StoreCreditRow.balance >= units)
                .values(balance=StoreCreditRow.balance - units)
            )
            if not changed.rowcount:  # type: ignore[attr-defined]
                raise Refused(f"{_amount(row.balance, currency)} {currency} are left of this store credit")
            session.add(CreditSpendingRow(credit_id=row.id, key=key, amount=units, at=at))
            await session.flush()
            await session.refresh(row)
            return _credit(row)


def _credit(row: StoreCreditRow) -> StoreCredit:
    return StoreCredit(
        code=row.code,
        number=row.return_number,
        amount=_amount(row.amount, row.currency),
        balance=_amount(row.balance, row.currency),
        currency=row.currency,
        at=row.at,
    )

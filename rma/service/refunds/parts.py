"""One part of a refund through its gateway, and what became of it.

It is written down before and after. What a crash or a lost answer left open is looked up at the gateway before it is tried again,
under the same key: nothing is paid twice, and nothing that was paid is forgotten.
"""

import asyncio
from datetime import timedelta

import structlog

from rma.model.money import written
from rma.model.orders import PaymentMethod
from rma.model.refunding import (
    ATTEMPTS,
    CreditLedger,
    PaidBack,
    PartStatus,
    PayBack,
    Refund,
    RefundGateway,
    RefundPart,
    RefundRefusal,
    RefundRefused,
    RefundStatus,
    RefundUnavailable,
)
from rma.model.returns import Return
from rma.service.backoff import pause_before
from rma.service.holding import settled_units
from rma.service.ports import Clock, Transactions, UnitOfWork
from rma.service.refunds.writing import change_together, now_paid

log = structlog.get_logger(__name__)

LONGEST = 60.0
"""Seconds that a gateway gets for an answer."""
PATIENCE = timedelta(seconds=2 * LONGEST)
"""After which whoever took a part is taken to be dead, and the part is looked up."""
ASKS_AGAIN, ASKS_FOR = timedelta(hours=12), timedelta(days=30)
"""How often, and for how long, it is asked whether a refund that was taken came to its end."""


class PartPayer:
    def __init__(self, transactions: Transactions, clock: Clock, gateway: RefundGateway, credits: CreditLedger) -> None:
        self._transactions = transactions
        self._clock = clock
        self.gateway = gateway
        self.credits = credits

    async def pay(self, refund: Refund, part: RefundPart) -> None:
        """As far as it goes now: paid, failed, or to be tried later."""
        now = self._clock()
        assert part.id is not None
        async with self._transactions() as uow:
            claimed = await uow.refunds.claim(part.id, now, now - PATIENCE)
            found = await uow.orders.find(part.order)
        if claimed is None:
            return
        order = found[1] if found else None
        method = next((one for one in order.payment_methods if one.id == part.method), None) if order else None
        key = refund.key_of(claimed)
        try:
            async with asyncio.timeout(LONGEST):
                if claimed.method is None:
                    credit = await self.credits.issue(key, refund.number, claimed.amount, refund.currency, refund.at)
                    paid = PaidBack(id=credit.code, amount=credit.amount)
                elif method is None:
                    raise RefundRefused(
                        RefundRefusal.UNKNOWN_PAYMENT, f"order {part.order} has no payment {part.method} any more"
                    )
                else:
                    paid = await self._through_gateway(refund, claimed, method, key)
        except (RefundUnavailable, TimeoutError) as error:
            await self._postpone(refund, claimed, error)
        except RefundRefused as error:
            await self._refused(refund, claimed, f"{error.why}: {error}")
        else:
            await self._paid(refund, claimed, paid)

    async def _through_gateway(self, refund: Refund, part: RefundPart, method: PaymentMethod, key: str) -> PaidBack:
        request = self._request(refund, part, method)
        if part.attempts > 1 and (done := await self.gateway.find(request, key)):
            log.info("refund found at the provider", number=refund.number, part=part.id)
            return done
        return await self.gateway.refund(request, key)

    @staticmethod
    def _request(refund: Refund, part: RefundPart, method: PaymentMethod) -> PayBack:
        return PayBack(
            order=part.order, number=refund.number, method=method, amount=part.amount, currency=refund.currency, at=refund.at
        )

    async def _paid(self, refund: Refund, part: RefundPart, paid: PaidBack) -> None:
        part.status, part.provider_id, part.error = PartStatus.PAID, paid.id, None
        part.next_at = self._clock() + ASKS_AGAIN if paid.on_its_way else None
        await self._save_part(refund, part)

    async def _postpone(self, refund: Refund, part: RefundPart, error: Exception) -> None:
        why = str(error) or "no answer in time"
        if part.attempts >= ATTEMPTS:
            await self._refused(refund, part, f"no answer after {part.attempts} tries: {why}", unknown=True)
            return
        after = getattr(error, "after", None)
        pause = max(pause_before(part.attempts), timedelta(seconds=after or 0))
        part.status, part.error, part.next_at = PartStatus.WAITING, why[:500], self._clock() + pause
        log.warning("refund not paid yet", number=refund.number, part=part.id, attempts=part.attempts, why=why[:200])
        await self._save_part(refund, part)

    async def _refused(self, refund: Refund, part: RefundPart, why: str, unknown: bool = False) -> None:
        """`unknown`: it may have been paid, so that another try looks it up under the same key."""
        log.error("refund refused", number=refund.number, part=part.id, why=why[:200])

        async def change(uow: UnitOfWork, rma: Return, fresh: Refund) -> None:
            mine = next(one for one in fresh.parts if one.id == part.id)
            if mine.status is PartStatus.PAID:
                return
            mine.status, mine.error, mine.next_at = PartStatus.FAILED, why[:500], None
            if not unknown:
                mine.round, mine.attempts = mine.round + 1, 0
            fresh.status = RefundStatus.FAILED
            amount = written(mine.amount, fresh.currency)
            rma.note("refund_failed", self._clock(), "system", refund=fresh.id, amount=amount, method=mine.method, error=why[:500])
            await uow.refunds.save(fresh)
            await uow.returns.save(rma)

        await change_together(self._transactions, refund, change)

    async def _save_part(self, refund: Refund, part: RefundPart) -> None:
        async with self._transactions() as uow:
            await uow.refunds.lock(refund.number)
            fresh = await uow.refunds.get(refund.id or 0)
            assert fresh is not None
            known = next(one for one in fresh.parts if one.id == part.id)
            if known.status is not PartStatus.PAID:  # somebody who looked it up was faster
                fresh.parts = [part if one.id == part.id else one for one in fresh.parts]
                await uow.refunds.save(fresh)

    # -- what was taken, and not at its end -----------------------------------------------------------------------------

    async def look_after(self) -> int:
        """Asks about what providers took and had not brought to its end: what a bank sent back was not paid. How many did. The days
        count from when a provider was asked with success, since that is when the bank begins: it may be weeks after the decision,
        where a payment was refused first and tried again by a person."""
        async with self._transactions() as uow:
            unsure = await uow.refunds.unsure(self._clock(), 100)
        return sum([await self._look_after(refund, part_id) for refund, part_id in unsure])

    async def _look_after(self, refund: Refund, part_id: int) -> bool:
        part = next(one for one in refund.parts if one.id == part_id)
        async with self._transactions() as uow:
            found = await uow.orders.find(part.order)
        methods = found[1].payment_methods if found else ()
        method = next((one for one in methods if one.id == part.method), None)
        again: timedelta | None = ASKS_AGAIN
        if method is None or self._clock() - (part.claimed_at or refund.at) > ASKS_FOR:
            again = None
        else:
            try:
                async with asyncio.timeout(LONGEST):
                    done = await self.gateway.find(self._request(refund, part, method), refund.key_of(part))
                again = None if done is None or not done.on_its_way else again
            except (RefundUnavailable, TimeoutError):
                pass
            except RefundRefused as error:
                await self._came_back(refund, part_id, str(error))
                return True
        await self._ask_again(refund, part_id, again)
        return False

    async def _ask_again(self, refund: Refund, part_id: int, pause: timedelta | None) -> None:
        async with self._transactions() as uow:
            await uow.refunds.lock(refund.number)
            fresh = await uow.refunds.get(refund.id or 0)
            assert fresh is not None
            mine = next(one for one in fresh.parts if one.id == part_id)
            mine.next_at = self._clock() + pause if pause else None
            await uow.refunds.save(fresh)

    async def _came_back(self, refund: Refund, part_id: int, why: str) -> None:
        log.error("refund came back", number=refund.number, part=part_id)

        async def change(uow: UnitOfWork, rma: Return, fresh: Refund) -> None:
            mine = next(one for one in fresh.parts if one.id == part_id)
            if mine.status is not PartStatus.PAID:
                return
            mine.status, mine.error, mine.next_at = PartStatus.FAILED, why[:500], None
            mine.round, mine.attempts = mine.round + 1, 0
            fresh.status, fresh.paid_at = RefundStatus.FAILED, None
            await uow.refunds.save(fresh)
            refunds = await uow.refunds.of(rma.number)
            await now_paid(uow, rma, refunds)
            paid, exchanges = [one for one in refunds if one.status is RefundStatus.PAID], await uow.refunds.exchanges(rma.number)
            for line in rma.lines:
                line.refunded = settled_units(line.id, paid, exchanges)
            amount = written(mine.amount, fresh.currency)
            rma.note("refund_failed", self._clock(), "system", refund=fresh.id, amount=amount, method=mine.method, error=why[:500])
            await uow.returns.save(rma)

        await change_together(self._transactions, refund, change)

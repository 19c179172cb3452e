"""A refund that was decided on is paid: what goes out in exchange is sent, each part goes through its gateway, and when all did,
the return says so.

Each step is written down before and after it. What a crash or a lost answer left open is looked up at the gateway before it is
tried again, under the same key: nothing is paid twice, and nothing that was paid is forgotten.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import structlog

from rma.model.codes import Resolution, ReturnStatus
from rma.model.errors import Conflict, NotFound
from rma.model.money import written
from rma.model.orders import PaymentMethod
from rma.model.platforms import PlatformRefused, PlatformUnavailable, SoldOut
from rma.model.refunding import (
    CreditLedger,
    ExchangeStatus,
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
from rma.model.returns import TRANSITIONS, Return
from rma.policy.amounts import ZERO, paid_for
from rma.service.backoff import pause_before
from rma.service.exchanges import ExchangeDesk
from rma.service.letters import Paid, Withheld
from rma.service.notices import NoticeDesk
from rma.service.payable import promised
from rma.service.ports import Clock, Transactions, UnitOfWork
from rma.service.refunds_due import AMOUNTS, Due, due_of, paid_amounts, rounded_down

log = structlog.get_logger(__name__)

Change = Callable[[UnitOfWork, Return, Refund], Awaitable[None]]
LONGEST = 60.0
"""Seconds that a gateway gets for an answer."""
PATIENCE = timedelta(seconds=2 * LONGEST)
"""After which whoever took a part is taken to be dead, and the part is looked up."""
ATTEMPTS = 40
"""Tries after which a person has to look at it: more than a day of them."""
ASKS_AGAIN, ASKS_FOR = timedelta(hours=12), timedelta(days=30)
"""How often, and for how long, it is asked whether a refund that was taken came to its end."""
TRIES = 5
"""To write something down that others change at the same moment."""


class Payer:
    def __init__(
        self,
        transactions: Transactions,
        clock: Clock,
        gateway: RefundGateway,
        credits: CreditLedger,
        exchanges: ExchangeDesk,
        notices: NoticeDesk,
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self.gateway = gateway
        self.credits = credits
        self._exchanges = exchanges
        self._notices = notices

    async def run(self, refund_id: int) -> Refund:
        """As far as it goes now. Raises SoldOut when what should go out in exchange is."""
        refund = await self._get(refund_id)
        if refund.status is RefundStatus.PENDING and await self._send_exchanges(refund):
            for part in refund.parts:
                if part.status in (PartStatus.WAITING, PartStatus.SENDING):
                    await self._pay(refund, part)
            await self._settle(refund)
        return await self._get(refund_id)

    async def finish_interrupted(self) -> int:
        """Goes on with what a crash or a gateway out of reach left open; how many refunds were paid with it."""
        now = self._clock()
        async with self._transactions() as uow:
            waiting = await uow.refunds.open(now, now - PATIENCE, 100)
        done = 0
        for refund_id in waiting:
            try:
                done += (await self.run(refund_id)).status is RefundStatus.PAID
            except (SoldOut, Conflict) as error:
                log.warning("refund not finished", refund=refund_id, why=type(error).__name__)
        return done

    async def _get(self, refund_id: int) -> Refund:
        async with self._transactions() as uow:
            refund = await uow.refunds.get(refund_id)
        if refund is None:
            raise NotFound(f"there is no refund {refund_id}")
        return refund

    # -- what goes out ------------------------------------------------------------------------------------------------

    async def _send_exchanges(self, refund: Refund) -> bool:
        """Whether all of it is sent, or there is none."""
        wanted = set(refund.asked.get("exchanges", ()))
        if not wanted:
            return True
        async with self._transactions() as uow:
            items = [item for item in await uow.refunds.exchanges(refund.number) if item.id in wanted]
        for item in items:
            if item.status is ExchangeStatus.PLACED:
                continue
            try:
                await self._exchanges.place(item)
            except SoldOut as error:
                await self._give_up(refund, f"{item.sku} is sold out")
                raise SoldOut(
                    f"{item.sku} for {refund.number} is sold out: say with a reason that its money goes back instead"
                ) from error
            except PlatformRefused as error:
                await self._give_up(refund, f"{item.sku}: {error}")
                raise Conflict(f"{item.sku} cannot be sent for {refund.number}: {error}") from error
            except (PlatformUnavailable, Conflict) as error:
                log.warning("exchange not sent yet", number=refund.number, sku=item.sku, why=str(error)[:200])
                return False
        return True

    async def _give_up(self, refund: Refund, why: str) -> None:
        """Nothing of it was paid, and nothing will be: only the event stays."""

        async def change(uow: UnitOfWork, rma: Return, fresh: Refund) -> None:
            if fresh.status is RefundStatus.PENDING and all(part.status is PartStatus.WAITING for part in fresh.parts):
                rma.note("refund_failed", self._clock(), "system", refund=fresh.id, error=why)
                await uow.refunds.drop(refund.id or 0)
                await uow.returns.save(rma)

        await self._change(refund, change)

    # -- one part -----------------------------------------------------------------------------------------------------

    async def _pay(self, refund: Refund, part: RefundPart) -> None:
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

    async def look_after(self) -> int:
        """Asks about what providers took and had not brought to its end: what a bank sent back was not paid. How many did."""
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
        if method is None or self._clock() - refund.at > ASKS_FOR:
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
            mine.status, mine.error, mine.next_at, mine.round = PartStatus.FAILED, why[:500], None, mine.round + 1
            fresh.status, fresh.paid_at = RefundStatus.FAILED, None
            await uow.refunds.save(fresh)
            await self._now_paid(uow, rma, await uow.refunds.of(rma.number))
            amount = written(mine.amount, fresh.currency)
            rma.note("refund_failed", self._clock(), "system", refund=fresh.id, amount=amount, method=mine.method, error=why[:500])
            await uow.returns.save(rma)

        await self._change(refund, change)

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
            mine.round += not unknown
            fresh.status = RefundStatus.FAILED
            amount = written(mine.amount, fresh.currency)
            rma.note("refund_failed", self._clock(), "system", refund=fresh.id, amount=amount, method=mine.method, error=why[:500])
            await uow.refunds.save(fresh)
            await uow.returns.save(rma)

        await self._change(refund, change)

    async def _save_part(self, refund: Refund, part: RefundPart) -> None:
        async with self._transactions() as uow:
            await uow.refunds.lock(refund.number)
            fresh = await uow.refunds.get(refund.id or 0)
            assert fresh is not None
            known = next(one for one in fresh.parts if one.id == part.id)
            if known.status is not PartStatus.PAID:  # somebody who looked it up was faster
                fresh.parts = [part if one.id == part.id else one for one in fresh.parts]
                await uow.refunds.save(fresh)

    async def _change(self, refund: Refund, change: Change) -> None:
        """`change` with the return and the refund as they are now, under the order's lock. Repeated when the return was changed by
        others meanwhile."""
        for attempt in range(TRIES):
            try:
                async with self._transactions() as uow:
                    await uow.refunds.lock(refund.number)
                    fresh, rma = await uow.refunds.get(refund.id or 0), await uow.returns.by_number(refund.number)
                    if fresh is not None and rma is not None:
                        await change(uow, rma, fresh)
                return
            except Conflict:
                if attempt == TRIES - 1:
                    raise
                await asyncio.sleep(0.02 * (attempt + 1))

    # -- all of it ----------------------------------------------------------------------------------------------------

    async def _settle(self, refund: Refund) -> None:
        """Once all parts are paid: the return says so, and the shopper is told."""

        async def change(uow: UnitOfWork, rma: Return, fresh: Refund) -> None:
            if fresh.status is RefundStatus.PENDING and all(part.status is PartStatus.PAID for part in fresh.parts):
                await self._write_down(uow, rma, fresh)

        try:
            await self._change(refund, change)
        except Conflict:
            log.warning("refund paid, not written down yet", number=refund.number)

    async def _write_down(self, uow: UnitOfWork, rma: Return, refund: Refund) -> None:
        now, order = self._clock(), await uow.orders.get(rma.order_id)
        refund.status, refund.paid_at = RefundStatus.PAID, now
        await uow.refunds.save(refund)
        refunds = [refund if one.id == refund.id else one for one in await uow.refunds.of(rma.number)]
        paid = [one for one in refunds if one.status is RefundStatus.PAID]
        due = await self._now_paid(uow, rma, refunds)
        for line in rma.lines:
            line.refunded = max([line.refunded, *(int(one.units.get(line.id, 0)) for one in paid)])
        detail = {
            "refund": refund.id, "refund_kind": refund.kind.value, "amount": written(refund.amount, refund.currency),
            "currency": refund.currency, "total": rma.refund["total"], "reason": refund.reason,
            "parts": [
                {"method": part.method, "amount": written(part.amount, refund.currency)} for part in refund.parts
            ],
        }  # fmt: skip
        exchanges = await uow.refunds.exchanges(rma.number)
        detail["orders"] = [item.placed for item in exchanges if item.id in refund.asked.get("exchanges", ())]
        open_exchange = any(item.stands and item.status is not ExchangeStatus.PLACED for item in exchanges)
        unpaid = any(one.status is not RefundStatus.PAID and one.covered for one in refunds)
        # Nothing more may come and nothing is owed; or the whole was paid though goods are outstanding.
        over = (due.final and not due.owed) or due.settled >= due.decided
        done = over and not open_exchange and not unpaid and rma.resolution is not Resolution.REPAIR
        status = ReturnStatus.EXCHANGED if any(item.placed for item in exchanges) else ReturnStatus.REFUNDED
        if done and status in TRANSITIONS[rma.status]:
            rma.move(status, now, refund.by, **detail)
        else:
            rma.note("refund_paid", now, refund.by, **detail)
        await uow.returns.save(rma)
        if detail["orders"]:
            await self._notices.exchanged(uow, rma, order, detail["orders"], str(refund.id))
        withheld = Withheld(refund.withheld, refund.reason or "") if refund.withheld else None
        ref = str(refund.id) if len(refunds) > 1 else ""
        await self._notices.refunded(uow, rma, order, [_told(part) for part in refund.parts], ref, withheld)


    async def _now_paid(self, uow: UnitOfWork, rma: Return, refunds: Sequence[Refund]) -> Due:
        """Writes what was paid into the return's `refund`; `refunds` are all of it. What is due after it."""
        order = await uow.orders.get(rma.order_id)
        others = [one for one in await uow.refunds.of_order(rma.order_id) if one.number != rma.number]
        due = due_of(rma, order, refunds, others, await uow.refunds.exchanges_of_order(rma.order_id))
        paid = [one for one in refunds if one.status is RefundStatus.PAID]
        if not paid:
            rma.refund = dict.fromkeys((*AMOUNTS, "total"), written(ZERO, order.currency)) | {"currency": order.currency}
            return due
        elsewhere = sum((worth for number, worth in (await promised(uow, rma.order_id)).items() if number != rma.number), ZERO)
        limits = {due.left + due.paid, rounded_down(max(paid_for(order) - elsewhere, ZERO), order.currency)}
        latest = max(paid, key=lambda one: one.id or 0)
        rma.refund = paid_amounts(latest.money, sum((one.amount for one in paid), ZERO), limits)
        return due


def _told(part: RefundPart) -> Paid:
    return Paid(part.amount, part.method, part.provider_id if part.method is None else None)


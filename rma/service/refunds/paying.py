"""A refund that was decided on is paid: what goes out in exchange is sent, each part goes through its gateway, and when all did,
the return says so. Each step is written down, so that whoever comes after a crash goes on where it stopped."""


import structlog

from rma.model.codes import Resolution, ReturnStatus
from rma.model.errors import Conflict, NotFound
from rma.model.money import written
from rma.model.platforms import PlatformRefused, PlatformUnavailable, SoldOut
from rma.model.refunding import (
    ExchangeStatus,
    PartStatus,
    Refund,
    RefundPart,
    RefundStatus,
)
from rma.model.returns import TRANSITIONS, Return
from rma.service.exchanges import ExchangeDesk
from rma.service.holding import holding, settled_units
from rma.service.letters import Paid, Withheld
from rma.service.notices import NoticeDesk
from rma.service.ports import Clock, Transactions, UnitOfWork
from rma.service.refunds.parts import PATIENCE, PartPayer
from rma.service.refunds.writing import change_together, now_paid

log = structlog.get_logger(__name__)


class Payer:
    def __init__(
        self,
        transactions: Transactions,
        clock: Clock,
        parts: PartPayer,
        exchanges: ExchangeDesk,
        notices: NoticeDesk,
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self.parts = parts
        self._exchanges = exchanges
        self._notices = notices

    async def run(self, refund_id: int) -> Refund:
        """As far as it goes now. Raises SoldOut when what should go out in exchange is."""
        refund = await self._get(refund_id)
        # Of one that failed the other parts are paid all the same.
        if refund.status is not RefundStatus.PAID and await self._send_exchanges(refund):
            for part in refund.parts:
                if part.status in (PartStatus.WAITING, PartStatus.SENDING):
                    await self.parts.pay(refund, part)
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
                async with holding(uow, rma, self._clock()):
                    await uow.refunds.drop(refund.id or 0)
                await uow.returns.save(rma)

        await change_together(self._transactions, refund, change)

    # -- all of it ----------------------------------------------------------------------------------------------------

    async def _settle(self, refund: Refund) -> None:
        """Once all parts are paid: the return says so, and the shopper is told."""

        async def change(uow: UnitOfWork, rma: Return, fresh: Refund) -> None:
            if fresh.status is RefundStatus.PENDING and all(part.status is PartStatus.PAID for part in fresh.parts):
                await self._write_down(uow, rma, fresh)

        try:
            await change_together(self._transactions, refund, change)
        except Conflict:
            log.warning("refund paid, not written down yet", number=refund.number)

    async def _write_down(self, uow: UnitOfWork, rma: Return, refund: Refund) -> None:
        now, order = self._clock(), await uow.orders.get(rma.order_id)
        refund.status, refund.paid_at = RefundStatus.PAID, now
        await uow.refunds.save(refund)
        refunds = [refund if one.id == refund.id else one for one in await uow.refunds.of(rma.number)]
        paid = [one for one in refunds if one.status is RefundStatus.PAID]
        due = await now_paid(uow, rma, refunds)
        exchanges = await uow.refunds.exchanges(rma.number)
        for line in rma.lines:
            line.refunded = max(line.refunded, settled_units(line.id, paid, exchanges))
        detail = {
            "refund": refund.id, "refund_kind": refund.kind.value, "amount": written(refund.amount, refund.currency),
            "currency": refund.currency, "total": rma.refund["total"], "reason": refund.reason,
            "parts": [
                {"method": part.method, "amount": written(part.amount, refund.currency)} for part in refund.parts
            ],
        }  # fmt: skip
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


def _told(part: RefundPart) -> Paid:
    return Paid(part.amount, part.method, part.provider_id if part.method is None else None)


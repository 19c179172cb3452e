"""Refunds: what is due on a return, and paying it once.

How much is decided first (`deciding`), under the lock of the order; the paying (`paying`) comes after it, part by part.
"""

from decimal import Decimal

import structlog

from rma.model.codes import Resolution, ReturnStatus
from rma.model.errors import Conflict, NotFound, Refused
from rma.model.money import written
from rma.model.numbers import parse_return_number
from rma.model.platforms import SoldOut
from rma.model.refunding import ExchangeItem, PartStatus, Refund, RefundRules, RefundStatus, StoreCredit, WhenPaid
from rma.model.returns import Return
from rma.policy import Policy
from rma.service.exchanges import net, ready
from rma.service.holding import REPAIRED, holding
from rma.service.ports import Clock, Transactions
from rma.service.refunds.days import Claim
from rma.service.refunds.deciding import Allow, Asked, Deciding, due_on, found
from rma.service.refunds.paying import Payer
from rma.service.refunds.waiting import Waiting
from rma.service.returns import Also

log = structlog.get_logger(__name__)


class RefundDesk:
    def __init__(
        self, transactions: Transactions, clock: Clock, policy: Policy, rules: RefundRules, payer: Payer
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._rules = rules
        self._payer = payer
        self._deciding = Deciding(transactions, clock, payer.parts)
        self.waiting = Waiting(transactions, clock, policy)

    # -- looking ------------------------------------------------------------------------------------------------------

    async def of(self, number: str) -> list[Refund]:
        """The oldest first."""
        async with self._transactions() as uow:
            return await uow.refunds.of(parse_return_number(number))

    async def find(
        self, status: RefundStatus | None = None, limit: int = 200, before: int | None = None
    ) -> list[Refund]:
        """The newest first, those with a lower id than `before`."""
        async with self._transactions() as uow:
            return await uow.refunds.find(status, limit, before)

    async def get(self, refund_id: int) -> Refund:
        async with self._transactions() as uow:
            refund = await uow.refunds.get(refund_id)
        if refund is None:
            raise NotFound(f"there is no refund {refund_id}")
        return refund

    async def exchanges(self, number: str) -> list[ExchangeItem]:
        async with self._transactions() as uow:
            return await uow.refunds.exchanges(parse_return_number(number))

    async def credits(self, number: str) -> list[StoreCredit]:
        """Store credit that was given for a return: the codes are money, show them to their owner only."""
        return await self._payer.parts.credits.of(parse_return_number(number))

    async def credit(self, code: str) -> StoreCredit:
        """By its code as typed. Raises MistypedNumber, NotFound."""
        credit = await self._payer.parts.credits.find(code)
        if credit is None:
            raise NotFound("there is no store credit of this code")
        return credit

    async def spend(self, code: str, amount: Decimal, currency: str, key: str) -> StoreCredit:
        """Takes `amount` off a store credit, once for a key. Raises MistypedNumber, NotFound, Refused."""
        return await self._payer.parts.credits.spend(code, amount, currency, key, self._clock())

    # -- paying -------------------------------------------------------------------------------------------------------

    async def refund(
        self,
        number: str,
        by: str,
        key: str,
        amount: Decimal | None = None,
        reason: str | None = None,
        goodwill: bool = False,
        first: Also | None = None,
        allow: Allow | None = None,
    ) -> Return:
        """Pays what is due, or `amount`: less needs a reason, and settles what is due with it; more is goodwill and needs one too.
        `goodwill` without an amount pays the whole return before its goods came. An exchange or a replacement is sent instead;
        there `amount` is what the shopper paid of what it costs more.

        The same `key` never pays a return twice. What the gateway could not settle goes on by itself (`finish_interrupted`): the
        return then has an event `refund_pending` or `refund_failed` and its status as before.

        `first` is asked before anything is begun, `allow` once it is known what is paid and sent; neither when it was begun before.

        Raises NotFound, Conflict (nothing is due, the state does not allow it), Refused (an amount or a missing reason).
        """
        number, key = parse_return_number(number), key.strip()
        if not key or len(key) > 200:
            raise Refused("a key of 1 to 200 characters must name this refund, so that it is never paid twice")
        said = (reason or "").strip()[:500] or None
        refund_id = await self._deciding.decide(Asked(number, by, key, amount, said, goodwill, first, allow))
        try:
            await self._payer.run(refund_id)
        except SoldOut as error:
            raise Conflict(str(error)) from error
        async with self._transactions() as uow:
            return await found(uow, number)

    async def repaired(self, number: str, by: str, reason: str | None = None, first: Also | None = None) -> Return:
        """The repaired goods were sent back, and what was to be paid was: closes the return. `first` is asked before anything is
        changed, and not when it was closed so before. Raises NotFound, Conflict."""
        number = parse_return_number(number)
        async with self._transactions() as uow:
            rma = await found(uow, number)
            if rma.resolution is not Resolution.REPAIR:
                raise Conflict(f"{number} is no repair: the shopper chose {rma.resolution}")
            if any(event.kind == REPAIRED for event in rma.events):
                return rma
            if first is not None:
                await first(uow, rma)
            order = await uow.orders.get(rma.order_id)
            if (owed := (await due_on(uow, rma, order)).owed) > 0:
                amount = f"{written(owed, order.currency)} {order.currency}"
                raise Conflict(f"{number}: {amount} are due for what is not repaired; pay that first")
            now = self._clock()
            async with holding(uow, rma, now):
                rma.note(REPAIRED, now, by, note=reason)
                rma.move(ReturnStatus.CLOSED, now, by)
            await uow.returns.save(rma)
            return rma

    async def retry(
        self, refund_id: int, by: str, as_credit: bool = False, first: Also | None = None
    ) -> Refund:
        """Tries what failed again; `as_credit` pays it as store credit instead. `first` is asked before anything is changed. Raises
        NotFound, Conflict when nothing failed, or when it may have been paid and so cannot go another way."""
        number = (await self.get(refund_id)).number
        async with self._transactions() as uow:
            await uow.refunds.lock(number)
            refund, rma = await uow.refunds.get(refund_id), await found(uow, number)
            failed = [part for part in refund.parts if part.status is PartStatus.FAILED] if refund else []
            if refund is None or refund.status is not RefundStatus.FAILED or not sum(part.amount for part in failed):
                raise Conflict(f"refund {refund_id} has no part that failed")
            if first is not None:
                await first(uow, rma)
            for part in failed:
                if as_credit and part.in_doubt:
                    raise Conflict(
                        f"refund {refund_id}: nobody knows whether it was paid; look at the provider's list first"
                    )
                part.method = None if as_credit else part.method
                part.attempts = part.attempts if part.in_doubt else 0
                part.status, part.next_at = PartStatus.WAITING, None
            refund.status = RefundStatus.PENDING
            await uow.refunds.save(refund)
            rma.note("refund_pending", self._clock(), by, refund=refund.id, again=True, as_credit=as_credit)
            await uow.returns.save(rma)
        return await self._payer.run(refund_id)

    # -- what waits ---------------------------------------------------------------------------------------------------

    async def dues(self) -> list[Claim]:
        """What is due and overdue: the day it must be back by, the earliest first."""
        return await self.waiting.dues()

    async def finish_interrupted(self) -> int:
        """Goes on with refunds that were interrupted, and pays what became due where the shop does not pay by hand."""
        done = await self._payer.finish_interrupted() + await self._payer.parts.look_after()
        if self._rules.when is not WhenPaid.BY_HAND:
            done += await self._pay_due()
        return done

    async def _pay_due(self) -> int:
        done = 0
        async for rma, order, due, items in self.waiting.owing():
            sending = [item for item, _ in ready(rma, order, items)]
            if (due.owed <= 0 and not sending) or net(sending) > 0:
                continue
            if any(item.sold_out for item in sending):
                continue
            if self._rules.when is WhenPaid.AFTER_INSPECTION and any(line.uninspected for line in rma.lines):
                continue
            key = f"due:{due.total}:{due.settled}:{','.join(str(item.id) for item in sending)}"
            try:
                await self.refund(rma.number, "system", key)
                done += 1
            except (Conflict, Refused) as error:
                log.warning("what is due was not paid", number=rma.number, why=str(error)[:200])
        return done

"""Refunds: what is due on a return, and paying it once.

`refund` decides how much in one transaction, under the lock of the order: of two who pay at once the second sees what the first
decided. The paying (rma.service.refunds_paying) comes after it, part by part.
"""

import asyncio
from decimal import Decimal

import structlog

from rma.model.codes import PaymentType, Resolution, ReturnStatus
from rma.model.errors import Conflict, NotFound, Refused
from rma.model.money import written
from rma.model.numbers import parse_return_number
from rma.model.orders import Order
from rma.model.platforms import SoldOut
from rma.model.refunding import (
    ExchangeItem,
    PartStatus,
    Refund,
    RefundKind,
    RefundPart,
    RefundRules,
    RefundStatus,
    StoreCredit,
    WhenPaid,
)
from rma.model.returns import Return
from rma.policy import Policy
from rma.policy.amounts import ZERO
from rma.service.exchanges import net, ready
from rma.service.ports import Clock, Transactions, UnitOfWork
from rma.service.refunds_amount import amount_of, check_amount
from rma.service.refunds_days import Claim
from rma.service.refunds_due import Due, snapshot, split
from rma.service.refunds_paying import TRIES, Payer
from rma.service.refunds_sending import sending
from rma.service.refunds_waiting import Waiting, due_among
from rma.service.returns import Also

log = structlog.get_logger(__name__)

S = ReturnStatus
PAYABLE = frozenset(
    {
        S.APPROVED,
        S.LABEL_ISSUED,
        S.IN_TRANSIT,
        S.PARTIALLY_RECEIVED,
        S.RECEIVED,
        S.INSPECTED,
        S.REFUNDED,
        S.EXCHANGED,
        S.CLOSED,
    }
)
"""Statuses in which money may go back; in the others somebody decides on the return first, or it was called off."""


class RefundDesk:
    def __init__(
        self, transactions: Transactions, clock: Clock, policy: Policy, rules: RefundRules, payer: Payer
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._rules = rules
        self._payer = payer
        self.waiting = Waiting(transactions, clock, policy)

    # -- looking ------------------------------------------------------------------------------------------------------

    async def due(self, uow: UnitOfWork, rma: Return, order: Order, ahead: bool = False) -> Due:
        """What is owed now; with `ahead` as if everything that was announced had come."""
        refunds, exchanges = (
            await uow.refunds.of_order(rma.order_id),
            await uow.refunds.exchanges_of_order(rma.order_id),
        )
        return due_among(rma, order, refunds, exchanges, ahead)

    async def what_is_due(self, number: str) -> Due:
        """The same by the return's number. Raises NotFound."""
        async with self._transactions() as uow:
            rma = await _found(uow, parse_return_number(number))
            return await self.due(uow, rma, await uow.orders.get(rma.order_id))

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
        return await self._payer.credits.of(parse_return_number(number))

    async def credit(self, code: str) -> StoreCredit:
        """By its code as typed. Raises MistypedNumber, NotFound."""
        found = await self._payer.credits.find(code)
        if found is None:
            raise NotFound("there is no store credit of this code")
        return found

    async def spend(self, code: str, amount: Decimal, currency: str, key: str) -> StoreCredit:
        """Takes `amount` off a store credit, once for a key. Raises MistypedNumber, NotFound, Refused."""
        return await self._payer.credits.spend(code, amount, currency, key, self._clock())

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
    ) -> Return:
        """Pays what is due, or `amount`: less needs a reason, and settles what is due with it; more is goodwill and needs one too.
        `goodwill` without an amount pays the whole return before its goods came. An exchange or a replacement is sent instead;
        there `amount` is what the shopper paid of what it costs more.

        The same `key` never pays a return twice. What the gateway could not settle goes on by itself (`finish_interrupted`): the
        return then has an event `refund_pending` or `refund_failed` and its status as before.

        `first` is asked before anything is begun; not when it was begun before.

        Raises NotFound, Conflict (nothing is due, the state does not allow it), Refused (an amount or a missing reason).
        """
        number, key = parse_return_number(number), key.strip()
        if not key or len(key) > 200:
            raise Refused("a key of 1 to 200 characters must name this refund, so that it is never paid twice")
        said = (reason or "").strip()[:500] or None
        refund_id = await self._begun(number, by, key, amount, said, goodwill, first)
        try:
            await self._payer.run(refund_id)
        except SoldOut as error:
            raise Conflict(str(error)) from error
        async with self._transactions() as uow:
            return await _found(uow, number)

    async def _begun(
        self,
        number: str,
        by: str,
        key: str,
        amount: Decimal | None,
        reason: str | None,
        goodwill: bool,
        first: Also | None,
    ) -> int:
        for attempt in range(TRIES):
            try:
                async with self._transactions() as uow:
                    return await self._begin(uow, number, by, key, amount, reason, goodwill, first)
            except Changed:
                await asyncio.sleep(0.02 * (attempt + 1))
        raise Conflict(f"{number} is being changed by others; try again")

    async def _begin(
        self,
        uow: UnitOfWork,
        number: str,
        by: str,
        key: str,
        amount: Decimal | None,
        reason: str | None,
        goodwill: bool,
        first: Also | None,
    ) -> int:
        order_id = await uow.refunds.lock(number)
        if order_id is None:
            raise NotFound(f"there is no return {number}")
        asked = {"amount": None if amount is None else f"{amount.normalize():f}", "goodwill": goodwill}
        if known := await uow.refunds.by_key(number, key):
            if {name: known.asked.get(name) for name in asked} != asked:
                raise Conflict(f"the key was used for another refund of {number}")
            assert known.id is not None
            return known.id
        rma, order = await _found(uow, number), await uow.orders.get(order_id)
        if first is not None:
            await first(uow, rma)
        if rma.status not in PAYABLE:
            raise Conflict(f"{number} is {rma.status}: nothing is paid for it")
        if amount is not None:
            check_amount(amount, order.currency)
        going = await sending(uow, rma, order, amount, reason, goodwill)
        now_due = await self.due(uow, rma, order)
        chosen = await self.due(uow, rma, order, ahead=True) if goodwill and amount is None else now_due
        pay = (
            chosen.owed + max(-net(going), ZERO) if going else amount_of(rma, now_due, chosen, amount, reason, goodwill)
        )
        if pay > chosen.left:
            left = f"{written(chosen.left, order.currency)} {order.currency}"
            raise Refused(f"at most {left} are left of what was paid for {order.number}")
        kind = RefundKind.STORE_CREDIT if chosen.resolution is Resolution.STORE_CREDIT else RefundKind.REFUND
        if going and not chosen.owed:
            kind = RefundKind.EXCHANGE_DIFFERENCE
        elif pay > now_due.owed and not going:
            kind = RefundKind.GOODWILL
        mine = await uow.refunds.of(number)
        money = chosen.money(pay)
        if going:
            money["items"] = written(chosen.items + max(-net(going), ZERO), order.currency)
        refund = await uow.refunds.add(
            Refund(
                number=number,
                order_id=order_id,
                key=key,
                kind=kind,
                amount=pay,
                covered=max(chosen.owed if going else pay, now_due.total - now_due.settled, ZERO),
                currency=order.currency,
                parts=await self._parts(uow, order, chosen, pay),
                units=dict(chosen.units),
                money=money,
                decided=snapshot(rma, mine),
                asked=asked | {"exchanges": [item.id for item in going]},
                reason=reason,
                by=by,
                at=self._clock(),
            )
        )
        # Saying so moves the return's version too: who calls it off at this moment does not.
        rma.note(
            "refund_pending", self._clock(), by, refund=refund.id, amount=written(pay, order.currency),
            currency=order.currency, reason=reason,
        )  # fmt: skip
        try:
            await uow.returns.save(rma)
        except Conflict as error:
            raise Changed(str(error)) from error
        assert refund.id is not None
        return refund.id

    async def _parts(self, uow: UnitOfWork, order: Order, due: Due, amount: Decimal) -> list[RefundPart]:
        """Over the payment methods. What was sent in exchange was paid for with the order before it."""
        if not amount:
            return []
        if due.resolution is Resolution.STORE_CREDIT:
            return [RefundPart(order=order.number, method=None, amount=amount)]
        source = order
        while (sent := await uow.refunds.placed_as(source.number)) is not None:
            await uow.refunds.lock_order(sent.order_id)
            source = await uow.orders.get(sent.order_id)
        shares: dict[str | None, Decimal] = {}
        for method_id, share in split(source, amount, await uow.refunds.parts_on(source.number)):
            method = next((one for one in source.payment_methods if one.id == method_id), None)
            if method is not None and method.type is PaymentType.GIFT_CARD and not self._payer.gateway.can(method):
                method_id = None
            shares[method_id] = shares.get(method_id, ZERO) + share
        return [RefundPart(order=source.number, method=one, amount=share) for one, share in shares.items()]

    async def repaired(self, number: str, by: str, reason: str | None = None, first: Also | None = None) -> Return:
        """The repaired goods were sent back: closes the return. `first` is asked before anything is changed, and not when it was
        closed so before. Raises NotFound, Conflict."""
        number = parse_return_number(number)
        async with self._transactions() as uow:
            rma = await _found(uow, number)
            if rma.resolution is not Resolution.REPAIR:
                raise Conflict(f"{number} is no repair: the shopper chose {rma.resolution}")
            if any(event.kind == "repaired" for event in rma.events):
                return rma
            if first is not None:
                await first(uow, rma)
            now = self._clock()
            rma.note("repaired", now, by, note=reason)
            rma.move(S.CLOSED, now, by)
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
            refund, rma = await uow.refunds.get(refund_id), await _found(uow, number)
            failed = [part for part in refund.parts if part.status is PartStatus.FAILED] if refund else []
            if refund is None or refund.status is not RefundStatus.FAILED or not sum(part.amount for part in failed):
                raise Conflict(f"refund {refund_id} has no part that failed")
            if first is not None:
                await first(uow, rma)
            for part in failed:
                if as_credit and not part.round:
                    raise Conflict(
                        f"refund {refund_id}: nobody knows whether it was paid; look at the provider's list first"
                    )
                part.status, part.next_at = PartStatus.WAITING, None
                part.method = None if as_credit else part.method
                part.attempts = 0 if part.round else part.attempts
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
        done = await self._payer.finish_interrupted() + await self._payer.look_after()
        if self._rules.when is not WhenPaid.BY_HAND:
            done += await self._pay_due()
        return done

    async def _pay_due(self) -> int:
        done = 0
        async for rma, order, due, items in self.waiting.owing():
            sending = [item for item, _ in ready(rma, order, items)]
            if rma.resolution is Resolution.REPAIR or (due.owed <= 0 and not sending) or net(sending) > 0:
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


class Changed(Conflict):
    """Somebody else changed the return at the same moment: decide again."""


async def _found(uow: UnitOfWork, number: str) -> Return:
    rma = await uow.returns.by_number(number)
    if rma is None:
        raise NotFound(f"there is no return {number}")
    return rma

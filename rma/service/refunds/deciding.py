"""Deciding on a refund: how much, over which payments, for what. One transaction under the lock of the order, so that of two who
pay at once the second sees what the first decided."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rma.model.codes import PaymentType, Resolution, ReturnStatus
from rma.model.errors import Conflict, NotFound, Refused
from rma.model.money import written
from rma.model.orders import Order
from rma.model.refunding import ExchangeItem, Refund, RefundKind, RefundPart
from rma.model.returns import Return
from rma.policy.amounts import ZERO, paid_for
from rma.service.exchanges import net
from rma.service.holding import holding
from rma.service.payable import promised
from rma.service.ports import Clock, Transactions, UnitOfWork
from rma.service.refunds.amount import amount_of, check_amount
from rma.service.refunds.due import Due, all_announced, counted, reserved, snapshot, split
from rma.service.refunds.parts import PartPayer
from rma.service.refunds.sending import sending
from rma.service.refunds.waiting import due_among
from rma.service.refunds.writing import TRIES
from rma.service.returns import Also

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


Allow = Callable[[UnitOfWork, Return, Decimal, Sequence[ExchangeItem]], Awaitable[None]]
"""Whether whoever asks may pay that much, and send that."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One refund of a return. `key` names it, so that it is never paid twice. `amount` None is what is due; with `goodwill` it is
    the whole return. `first` is asked before anything is begun, and `allow` once it is known how much money moves and what goes
    out instead; neither when it was begun before."""

    number: str
    by: str
    key: str
    amount: Decimal | None = None
    reason: str | None = None
    goodwill: bool = False
    first: Also | None = None
    allow: Allow | None = None

    @property
    def written(self) -> dict[str, object]:
        """What the same key may not change."""
        return {"amount": None if self.amount is None else f"{self.amount.normalize():f}", "goodwill": self.goodwill}


class Deciding:
    def __init__(self, transactions: Transactions, clock: Clock, parts: PartPayer) -> None:
        self._transactions = transactions
        self._clock = clock
        self._parts = parts

    async def decide(self, asked: Asked) -> int:
        """The refund's id, also of one that was begun before. Raises NotFound, Conflict, Refused."""
        for attempt in range(TRIES):
            try:
                async with self._transactions() as uow:
                    return await self._begin(uow, asked)
            except _Changed:
                await asyncio.sleep(0.02 * (attempt + 1))
        raise Conflict(f"{asked.number} is being changed by others; try again")

    async def _begin(self, uow: UnitOfWork, asked: Asked) -> int:
        number, amount, reason, goodwill = asked.number, asked.amount, asked.reason, asked.goodwill
        order_id = await uow.refunds.lock(number)
        if order_id is None:
            raise NotFound(f"there is no return {number}")
        if known := await uow.refunds.by_key(number, asked.key):
            if {name: known.asked.get(name) for name in asked.written} != asked.written:
                raise Conflict(f"the key was used for another refund of {number}")
            assert known.id is not None
            return known.id
        rma, order = await found(uow, number), await uow.orders.get(order_id)
        if asked.first is not None:
            await asked.first(uow, rma)
        if rma.status not in PAYABLE:
            raise Conflict(f"{number} is {rma.status}: nothing is paid for it")
        if amount is not None:
            check_amount(amount, order.currency)
        going = await sending(uow, rma, order, amount, reason, goodwill)
        now_due = await due_on(uow, rma, order)
        chosen = await due_on(uow, rma, order, ahead=True) if goodwill and amount is None else now_due
        pay = (
            chosen.owed + max(-net(going), ZERO) if going else amount_of(rma, now_due, chosen, amount, reason, goodwill)
        )
        if pay > chosen.left:
            left = f"{written(chosen.left, order.currency)} {order.currency}"
            raise Refused(f"at most {left} are left of what was paid for {order.number}")
        if asked.allow is not None:
            await asked.allow(uow, rma, pay, going)
        if goodwill and amount is not None:
            await _not_promised(uow, order, order_id, pay, number)
        money = chosen.money(pay)
        if going:
            money["items"] = written(chosen.items + max(-net(going), ZERO), order.currency)
        elsewhere = f"{number}: units that were not accepted, or missing, stand in another return of {rma.order}; say an amount"
        async with holding(uow, rma, self._clock(), elsewhere):
            refund = await uow.refunds.add(
                Refund(
                    number=number,
                    order_id=order_id,
                    key=asked.key,
                    kind=_kind(chosen, now_due, pay, bool(going)),
                    amount=pay,
                    covered=max(chosen.owed if going else pay, now_due.total - now_due.settled, ZERO),
                    currency=order.currency,
                    parts=await self._split(uow, order, chosen, pay),
                    units=dict(chosen.units),
                    money=money,
                    decided=snapshot(rma, await uow.refunds.of(number)),
                    asked=asked.written | {"exchanges": [item.id for item in going]},
                    reason=reason,
                    by=asked.by,
                    at=self._clock(),
                )
            )
        # Saying so moves the return's version too: who calls it off at this moment does not.
        rma.note(
            "refund_pending", self._clock(), asked.by, refund=refund.id, amount=written(pay, order.currency),
            currency=order.currency, reason=reason,
        )  # fmt: skip
        try:
            await uow.returns.save(rma)
        except Conflict as error:
            raise _Changed(str(error)) from error
        assert refund.id is not None
        return refund.id

    async def _split(self, uow: UnitOfWork, order: Order, due: Due, amount: Decimal) -> list[RefundPart]:
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
            if method is not None and method.type is PaymentType.GIFT_CARD and not self._parts.gateway.can(method):
                method_id = None
            shares[method_id] = shares.get(method_id, ZERO) + share
        return [RefundPart(order=source.number, method=one, amount=share) for one, share in shares.items()]


async def _not_promised(uow: UnitOfWork, order: Order, order_id: int, pay: Decimal, number: str) -> None:
    """Raises Refused when `pay` would take what another return of the order is promised."""
    before = reserved(await uow.refunds.of(number))
    others = sum((worth for other, worth in (await promised(uow, order_id)).items() if other != number), ZERO)
    if pay > (left := max(paid_for(order) - others - before, ZERO)):
        most = f"{written(left, order.currency)} {order.currency}"
        raise Refused(f"at most {most} can be given for {number}: other returns of {order.number} are promised the rest")


def _kind(chosen: Due, now_due: Due, pay: Decimal, going: bool) -> RefundKind:
    if going and not chosen.owed:
        return RefundKind.EXCHANGE_DIFFERENCE
    if pay > now_due.owed and not going:
        return RefundKind.GOODWILL
    return RefundKind.STORE_CREDIT if chosen.resolution is Resolution.STORE_CREDIT else RefundKind.REFUND


class _Changed(Conflict):
    """Somebody else changed the return at the same moment: decide again."""


async def due_on(uow: UnitOfWork, rma: Return, order: Order, ahead: bool = False) -> Due:
    """What is owed now; with `ahead` as if everything that was announced had come."""
    refunds, exchanges = await uow.refunds.of_order(rma.order_id), await uow.refunds.exchanges_of_order(rma.order_id)
    return due_among(rma, order, refunds, exchanges, all_announced if ahead else counted)


async def found(uow: UnitOfWork, number: str) -> Return:
    """Raises NotFound."""
    rma = await uow.returns.by_number(number)
    if rma is None:
        raise NotFound(f"there is no return {number}")
    return rma

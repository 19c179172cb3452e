"""Returns: what the policy says of one, creating it exactly once, calling it off."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import structlog

from rma.model.codes import Condition, Language, Method, Reason, Resolution, ReturnStatus
from rma.model.errors import Conflict, NotFound, Refused
from rma.model.numbers import new_return_number, parse_return_number
from rma.model.orders import Order
from rma.model.returns import CANCELLABLE, Return, ReturnEvent, ReturnLine
from rma.model.shipping import Carrier, Shipment
from rma.model.shop import Shop
from rma.policy import Decision, History, Policy, RequestedLine, ReturnRequest, deadlines, decide, granted, own_way
from rma.service.exchanges import SENDS, ExchangeDesk
from rma.service.goods import needs_sending, unsafe_to_post
from rma.service.holding import goods_go_back, holding
from rma.service.labelling import LabelDesk
from rma.service.notices import NoticeDesk
from rma.service.payable import promised
from rma.service.ports import Clock, Transactions, UnitOfWork

log = structlog.get_logger(__name__)

HISTORY_WINDOW = timedelta(days=90)
Also = Callable[[UnitOfWork, Return], Awaitable[None]]
"""What is to happen with a change of a return in the same transaction, or not at all."""


@dataclass(frozen=True)
class PlannedLine:
    id: str
    quantity: int
    reason: Reason
    condition: Condition = Condition.UNOPENED
    photo: int | None = None
    exchange_for: str | None = None


@dataclass(frozen=True)
class Plan:
    """A return as the shopper agreed to it. `key` names that agreement: the same key never makes a second return."""

    key: str
    order_id: int
    lines: tuple[PlannedLine, ...]
    resolution: Resolution
    language: Language
    method: Method | None = None
    conversation: str | None = None
    asked_at: datetime | None = None
    """When it was asked, if that was before it is created: the policy decides as of then."""
    arrived: bool = False
    """The goods are here already, sent at the shopper's own cost: no label is made, nothing is taken off for one, and nobody is
    told to send anything."""

    def request(self) -> ReturnRequest:
        return ReturnRequest(
            lines=tuple(
                RequestedLine(
                    id=line.id,
                    quantity=line.quantity,
                    reason=line.reason,
                    condition=line.condition,
                    photo=line.photo is not None,
                )
                for line in self.lines
            ),
            resolution=self.resolution,
        )


@dataclass(frozen=True)
class Word:
    """A person of the team grants a return, whatever the policy says: why, and another `total` than it comes to."""

    reason: str
    total: str | None = None


class Declined(Refused):
    """The policy says no; `decision` says why."""

    def __init__(self, decision: Decision) -> None:
        super().__init__("the policy declines every line of this return")
        self.decision = decision


class ReturnDesk:
    def __init__(
        self,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
        shop: Shop,
        carrier: Carrier,
        notices: NoticeDesk,
        exchanges: ExchangeDesk,
    ) -> None:
        self._transactions = transactions
        self._notices = notices
        self._exchanges = exchanges
        self._clock = clock
        self.policy = policy
        self.shop = shop
        self.labels = LabelDesk(transactions, clock, shop, carrier, notices)
        self.carrier = carrier

    async def history(self, order_id: int) -> History:
        """What the policy wants to know of the past: of this order, and of its customer in the last 90 days."""
        async with self._transactions() as uow:
            return await self.history_in(uow, order_id)

    async def history_in(self, uow: UnitOfWork, order_id: int) -> History:
        """As `history`, in the caller's transaction."""
        promises = await promised(uow, order_id)
        refunds = await uow.refunds.of_order(order_id) if promises else []  # Without a return there is no refund.
        return History(
            returns_90d=await uow.returns.count_since(order_id, self._clock() - HISTORY_WINDOW),
            returned={line: units for line, units in (await uow.orders.committed(order_id)).items() if units},
            refunded=sum(promises.values(), Decimal(0)),
            outbound_refunded=any(Decimal(one.money.get("outbound_shipping", 0)) > 0 for one in refunds),
        )

    async def quote(self, order_id: int, order: Order, request: ReturnRequest) -> Decision:
        """What the policy would decide now. Creates nothing."""
        return decide(order, request, await self.history(order_id), self._clock(), self.policy)

    async def create(
        self, plan: Plan, by: str = "shopper", word: Word | None = None, also: Also | None = None
    ) -> Return:
        """Creates the return of `plan`, or gives the one that was created for its key. Issues the label when approved. `word`: an
        agent's, which the caller has checked the right to.

        Raises Declined, Conflict (its units went into another return meanwhile), Refused.
        """
        for _attempt in range(3):
            try:
                async with self._transactions() as uow:
                    rma = await uow.returns.by_key(plan.key) or await self._insert(uow, plan, by, word, also)
                break
            except Conflict:
                async with self._transactions() as uow:
                    if rma_now := await uow.returns.by_key(plan.key):
                        rma = rma_now
                        break
                await asyncio.sleep(0.02)
        else:
            raise Conflict("the order is being changed by others; try again")
        if rma.resolution in SENDS:
            await self._exchanges.sync(rma.number)
        return await self.ensure_label(rma, plan.conversation)

    async def _insert(self, uow: UnitOfWork, plan: Plan, by: str, word: Word | None, also: Also | None) -> Return:
        # Of two made at once the second is decided on what the first holds and promises.
        await uow.refunds.lock_order(plan.order_id)
        now, order = self._clock(), await uow.orders.get(plan.order_id)
        decision = decide(
            order, plan.request(), await self.history_in(uow, plan.order_id), plan.asked_at or now, self.policy
        )
        outcome = granted(decision, self.policy) if word else decision
        if plan.arrived:
            decision, outcome = own_way(decision), own_way(outcome)
        verdicts = {line.id: line.decision for line in outcome.lines}
        kept = [line for line in plan.lines if verdicts[line.id] != "decline"]
        if not kept:
            raise Declined(decision)
        await uow.orders.commit_units(plan.order_id, {line.id: line.quantity for line in kept})
        refund = outcome.refund.to_json() | ({"total": word.total} if word and word.total else {})
        method = plan.method if needs_sending([line.id for line in kept], order, decision.returnless) else None
        rma = Return(
            number=new_return_number(),
            order=order.number,
            order_id=plan.order_id,
            status=ReturnStatus.REQUESTED,
            resolution=plan.resolution,
            method=method,
            language=plan.language,
            lines=[_return_line(order, line, decision.returnless) for line in kept],
            refund=refund,
            decision=decision.to_json(),
            trace=decision.trace_json(),
            case=decision.inputs.to_json(),
            send_by=deadlines(order, now, self.policy).send_by if method else None,
            conversation=plan.conversation,
            idempotency_key=plan.key,
            created_at=now,
            events=[
                ReturnEvent(
                    kind=ReturnStatus.REQUESTED, at=now, by=by, detail={"unannounced": True} if plan.arrived else {}
                )
            ],
        )
        status = ReturnStatus.REVIEW if outcome.decision == "review" else ReturnStatus.APPROVED
        detail = {"policy": decision.policy_version}
        if word:
            detail |= {"reason": word.reason, "overrides": decision.decision.value, "total": refund["total"]}
        rma.move(status, now, by if word else "policy", **detail)
        await uow.returns.add(rma)
        await self._exchanges.opened(uow, rma, order)
        if (status is ReturnStatus.REVIEW or method is None) and not plan.arrived:
            await self._notices.created(uow, rma, order)
        if also is not None:
            await also(uow, rma)
        return rma

    async def ensure_label(self, rma: Return, conversation: str | None = None) -> Return:
        """The same with its label, where one can be had now (`LabelDesk.ensure`)."""
        return await self.labels.ensure(rma, conversation)

    async def finish_interrupted(self) -> int:
        return await self.labels.finish_interrupted()

    async def get(self, number: str) -> Return:
        """By its number as typed. Raises MistypedNumber, NotFound."""
        number = parse_return_number(number)
        async with self._transactions() as uow:
            rma = await uow.returns.by_number(number)
        if rma is None:
            raise NotFound(f"there is no return {number}")
        return rma

    async def find(
        self, order: str | None = None, status: str | None = None, after: str | None = None, limit: int | None = None
    ) -> list[Return]:
        """The oldest first. `after` is the number of the last one known; `limit` how many at most."""
        async with self._transactions() as uow:
            return await uow.returns.find(order, status, after, limit)

    async def of_order(self, order_id: int) -> list[Return]:
        async with self._transactions() as uow:
            return await uow.returns.of_order(order_id)

    async def cancel(
        self, number: str, by: str, also: Also | None = None, first: Also | None = None, why: str | None = None
    ) -> Return:
        """Calls a return off and gives its units back to the order. `first` is asked before anything is changed. Raises Conflict
        once the parcel is on its way."""
        number = parse_return_number(number)
        async with self._transactions() as uow:
            rma = await uow.returns.by_number(number)
            if rma is None:
                raise NotFound(f"there is no return {number}")
            if first is not None:
                await first(uow, rma)
            if rma.status not in CANCELLABLE:
                raise Conflict(f"{number} is {rma.status}; it can be cancelled only before the parcel is sent")
            if await uow.refunds.of(number):
                raise Conflict(f"{number}: money went back for it already, or is on its way")
            async with holding(uow, rma, self._clock()):
                rma.move(ReturnStatus.CANCELLED, self._clock(), by, **({"reason": why} if why else {}))
            await uow.returns.save(rma)
            await goods_go_back(uow, rma, self._clock())
            if also is not None:
                await also(uow, rma)
        if rma.label is not None:
            await self.labels.call_back(number, rma.label.tracking_number)
        if rma.resolution in SENDS:
            await self._exchanges.sync(number)
        return rma

    @staticmethod
    def shipment(rma: Return) -> Shipment:
        """What the label of `rma` is drawn from. Raises NotFound while it has none."""
        if rma.label is None:
            raise NotFound(f"{rma.number} has no label")
        return Shipment.model_validate(rma.label.shipment)


def _return_line(order: Order, planned: PlannedLine, returnless: bool) -> ReturnLine:
    line = order.line(planned.id)
    if line is None:
        raise Refused(f"the order has no line {planned.id}")
    return ReturnLine(
        id=line.id,
        sku=line.sku,
        name=line.title,
        quantity=planned.quantity,
        reason=planned.reason,
        condition=planned.condition,
        photo=planned.photo,
        exchange_for=planned.exchange_for,
        stays=not needs_sending([line.id], order, returnless),
    )


__all__ = ["Also", "Declined", "Plan", "PlannedLine", "ReturnDesk", "Word", "needs_sending", "unsafe_to_post"]

"""Another outcome for a return that stands: its money as store credit instead of back the way it was paid, or the reverse.

Only the money changes. It is counted anew by the policy on what was decided on then, so that neither the way back that a credit
makes free nor what the law gives is lost or given twice. What a person settled stays a person's to change.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from rma.model.codes import Resolution, ReturnStatus
from rma.model.errors import Conflict, NotFound, Outdated, Refused
from rma.model.numbers import parse_return_number
from rma.model.orders import Order
from rma.model.returns import RELEASED, Return
from rma.policy import Decision, History, Policy, ReturnRequest, decide, granted, own_way
from rma.service.goods import came_unannounced
from rma.service.payable import payable
from rma.service.ports import Clock, Transactions, UnitOfWork
from rma.service.refunds.due import PAID_OUT, due_of, possible

CHANGED = "outcome_changed"
_OVER = (ReturnStatus.REFUNDED, ReturnStatus.EXCHANGED, ReturnStatus.CLOSED)
_UNDECIDED = (ReturnStatus.REQUESTED, ReturnStatus.REVIEW)


class WhyNot(StrEnum):
    """Why an outcome cannot be changed without a person."""

    SAME = "same"
    """It is so already."""
    OVER = "over"
    """It was called off, declined, expired or closed; or nothing of it was accepted."""
    PAID = "paid"
    """Money went back, or is on its way."""
    NO_MONEY = "no_money"
    """An article goes out, or comes back repaired; or that is what is wanted."""
    UNDECIDED = "undecided"
    """A person decides on it first."""
    POLICY = "policy"
    """The policy leaves this outcome to a person, or does not offer it."""
    SETTLED = "settled"
    """A person set its amount, or other terms count now than did then."""


@dataclass(frozen=True)
class Prospect:
    """What the change would come to, as `before` what it comes to now: the amounts of a decision, without what was not accepted or
    is missing. `refund` is None where it is not possible: `why_not` says why."""

    before: Mapping[str, Any]
    refund: Mapping[str, str] | None = None
    why_not: WhyNot | None = None


class ChangeDesk:
    def __init__(self, transactions: Transactions, clock: Clock, policy: Policy) -> None:
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    async def prospect(self, number: str, wanted: Resolution) -> Prospect:
        """Changes nothing. Raises MistypedNumber, NotFound."""
        async with self._transactions() as uow:
            rma = await _found(uow, number)
            outcome, before = await self._outcome(uow, rma, wanted), await _worth(uow, rma)
            if isinstance(outcome, WhyNot):
                return Prospect(before, why_not=outcome)
            return Prospect(before, refund=await _worth(uow, _changed(rma, wanted, outcome)))

    async def change(self, number: str, wanted: Resolution, by: str, total: str | None = None, why: str | None = None) -> Return:
        """Does it; what is so already stays. `total` is what was shown: Outdated when it comes to something else now. Raises
        Conflict where it is not possible, NotFound."""
        async with self._transactions() as uow:
            await uow.refunds.lock(parse_return_number(number))
            rma = await _found(uow, number)
            if rma.resolution is wanted:
                return rma
            outcome = await self._outcome(uow, rma, wanted)
            if isinstance(outcome, WhyNot):
                raise Conflict(f"{rma.number}: its outcome cannot become {wanted} ({outcome})")
            refund, comes_to = outcome.refund.to_json(), (await _worth(uow, _changed(rma, wanted, outcome)))["total"]
            if total is not None and total != comes_to:
                raise Outdated(f"{rma.number}: it comes to {comes_to} now, not to {total}")
            detail = {"was": rma.resolution.value, "resolution": wanted.value}
            detail |= {"before": rma.refund["total"], "total": refund["total"]}
            rma.resolution, rma.refund, rma.case = wanted, refund, outcome.inputs.to_json()
            rma.decision, rma.trace = outcome.to_json(), outcome.trace_json()
            rma.note(CHANGED, self._clock(), by, **detail, **({"reason": why[:500]} if why else {}))
            await uow.returns.save(rma)
            return rma

    async def _outcome(self, uow: UnitOfWork, rma: Return, wanted: Resolution) -> Decision | WhyNot:
        if why_not := _state(rma, wanted):
            return why_not
        if await uow.refunds.of(rma.number):
            return WhyNot.PAID
        if not any(line.may_count for line in rma.lines):
            return WhyNot.OVER
        if rma.case is None:
            return WhyNot.SETTLED
        now, then = self._again(rma, wanted), self._again(rma, rma.resolution)
        if then.refund.to_json() != rma.refund or now.returnless is not then.returnless:
            return WhyNot.SETTLED
        kept = [line for line in now.lines if rma.line(line.id)]
        if any(wanted not in line.resolutions for line in kept) or not self._is_free(rma, now):
            return WhyNot.POLICY
        order = await uow.orders.get(rma.order_id)
        try:
            await payable(uow, order, rma.order_id, now.refund.total, rma.number)
        except Refused:
            return WhyNot.SETTLED
        return now

    @staticmethod
    def _is_free(rma: Return, now: Decision) -> bool:
        """Whether no line is declined or held back now that was not held back, and granted, for what was asked then."""
        held = {line["id"] for line in rma.decision.get("lines", []) if line["decision"] != "approve"}
        verdicts = _verdicts(now)
        return all(verdicts[line.id] == "approve" or line.id in held for line in rma.lines if line.id in verdicts)

    def _again(self, rma: Return, wanted: Resolution) -> Decision:
        """Decided on what was decided on then, for `wanted`, its lines accepted."""
        assert rma.case is not None
        request = ReturnRequest.model_validate(rma.case["request"] | {"resolution": wanted.value})
        decision = decide(
            Order.model_validate(rma.case["order"]),
            request,
            History.model_validate(rma.case["history"]),
            datetime.fromisoformat(rma.case["now"]),
            self._policy,
        )
        verdicts, outcome = decision, granted(decision, self._policy, {line.id for line in rma.lines})
        outcome = own_way(outcome) if came_unannounced(rma) else outcome
        # The money is what was granted; the verdicts stay those of the policy, as they are kept with a return.
        return replace(verdicts, refund=outcome.refund, return_shipping_paid_by=outcome.return_shipping_paid_by)


def _changed(rma: Return, wanted: Resolution, outcome: Decision) -> Return:
    return rma.model_copy(update={"resolution": wanted, "refund": outcome.refund.to_json(), "decision": outcome.to_json()})


async def _worth(uow: UnitOfWork, rma: Return) -> dict[str, Any]:
    """What it comes to once all of it came that still may, by the names of a decision's amounts."""
    if rma.status in RELEASED or all(line.may_count == line.quantity for line in rma.lines):
        return rma.refund
    refunds, exchanges = await uow.refunds.of(rma.number), await uow.refunds.exchanges_of_order(rma.order_id)
    due = due_of(rma, await uow.orders.get(rma.order_id), refunds, exchanges=exchanges, count=possible)
    return due.money(due.total)


def _verdicts(decision: Decision) -> dict[str, str]:
    return {line.id: line.decision.value for line in decision.lines}


def _state(rma: Return, wanted: Resolution) -> WhyNot | None:
    if rma.status in RELEASED:
        return WhyNot.OVER
    if rma.resolution not in PAID_OUT or wanted not in PAID_OUT:
        return WhyNot.NO_MONEY
    if rma.resolution is wanted:
        return WhyNot.SAME
    if rma.status in _OVER:
        return WhyNot.PAID if Decimal(rma.refund["total"]) else WhyNot.OVER
    return WhyNot.UNDECIDED if rma.status in _UNDECIDED else None


async def _found(uow: UnitOfWork, number: str) -> Return:
    number = parse_return_number(number)
    rma = await uow.returns.by_number(number)
    if rma is None:
        raise NotFound(f"there is no return {number}")
    return rma

"""Who of the team may do what. One predicate, pure: it decides whether a button is shown and whether the server does it."""

from decimal import Decimal

from rma.model.agents import Agent
from rma.model.codes import Resolution, ReturnStatus
from rma.model.conversations import Status
from rma.model.errors import Conflict, Forbidden
from rma.model.hours import AgentLimits, Limits
from rma.model.returns import CANCELLABLE, TRANSITIONS, Return
from rma.model.support import Action, Support
from rma.service.expiry import ExpiryDesk
from rma.service.refunds.deciding import PAYABLE

_OF_MONEY = (Action.PAY, Action.GOODWILL)
_OF_RETURNS = frozenset(
    {
        Action.APPROVE, Action.DECLINE, Action.OVERRIDE, Action.CANCEL_RETURN, Action.RESEND_LABEL, *_OF_MONEY,
        Action.RETRY_REFUND, Action.MORE_TIME, Action.REPAIRED,
    }
)  # fmt: skip
_AS_DECIDED = (Action.APPROVE, Action.PAY)
"""Limited by `approve_up_to`: what the policy gives. What goes beyond it is limited by `override_up_to`."""
_LIMITED = (Action.APPROVE, Action.PAY, Action.OVERRIDE, Action.GOODWILL, Action.CREATE_RETURN)
_WHILE_PERSONS = frozenset({Action.SAY, Action.SNOOZE, Action.RESOLVE, Action.GIVE_BACK})
AMOUNT_OPEN = frozenset(
    {
        ReturnStatus.REVIEW, ReturnStatus.APPROVED, ReturnStatus.LABEL_ISSUED, ReturnStatus.IN_TRANSIT,
        ReturnStatus.PARTIALLY_RECEIVED, ReturnStatus.RECEIVED, ReturnStatus.INSPECTED,
    }
)  # fmt: skip
"""Statuses in which no money has moved yet, so that another amount can still be said."""


class Rights:
    def __init__(self, limits: AgentLimits) -> None:
        self._limits = limits

    def allowed(
        self,
        agent: Agent,
        action: Action,
        support: Support | None,
        rma: Return | None = None,
        amount: Decimal | None = None,
        currency: str | None = None,
    ) -> bool:
        """`amount`, in the return's currency or the one given, is what the act would pay; without it no limit is looked at."""
        return self.why_not(agent, action, support, rma, amount, currency) is None

    def why_not(
        self,
        agent: Agent,
        action: Action,
        support: Support | None,
        rma: Return | None = None,
        amount: Decimal | None = None,
        currency: str | None = None,
    ) -> str | None:
        """One sentence, or None when it is allowed."""
        found = self._refusal(agent, action, support, rma, amount, currency)
        return str(found) if found else None

    def check(
        self,
        agent: Agent,
        action: Action,
        support: Support | None,
        rma: Return | None = None,
        amount: Decimal | None = None,
        currency: str | None = None,
    ) -> None:
        """Raises Forbidden for what the role or its limit does not allow, Conflict for what does not go now."""
        if found := self._refusal(agent, action, support, rma, amount, currency):
            raise found

    def limit(self, agent: Agent, action: Action, currency: str) -> Decimal | None:
        """The highest amount, None for no limit."""
        limits = self._limits.of(agent.role)
        amounts = limits.approve_up_to if action in _AS_DECIDED else limits.override_up_to
        return Limits.amount(amounts, currency)

    def _refusal(
        self,
        agent: Agent,
        action: Action,
        support: Support | None,
        rma: Return | None,
        amount: Decimal | None,
        currency: str | None,
    ) -> Forbidden | Conflict | None:
        if agent.disabled:
            return Forbidden("this account is disabled")
        refusal = _of_conversation(agent, action, support) if support is not None else None
        if refusal is None and action in _OF_RETURNS:
            refusal = _of_return(action, rma)
        if refusal is None and amount is not None and action in _LIMITED:
            in_currency = currency or (rma.refund["currency"] if rma else "EUR")
            highest = self.limit(agent, action, in_currency)
            if highest is not None and amount > highest:
                return Forbidden(f"{amount} {in_currency} is more than your limit of {highest}; an admin can do it")
        return refusal


def _of_conversation(agent: Agent, action: Action, support: Support) -> Forbidden | Conflict | None:
    holder = support.assignee
    others = holder is not None and holder != agent.login
    if action is Action.NOTE:
        return None
    if action is Action.TAKE_OVER:
        return None if others else Conflict("nobody else has this conversation; take it")
    if action in (Action.ASSIGN, Action.UNASSIGN):
        if action is Action.UNASSIGN and holder is None:
            return Conflict("nobody has this conversation")
        if others and not agent.is_admin:
            return Forbidden(f"{holder} has this conversation; they or an admin can pass it on")
        return None
    if others:
        return Conflict(f"{holder} has this conversation; take it over first")
    if action is Action.TAKE and holder == agent.login and support.status is Status.OPEN:
        return Conflict("you have this conversation already")
    if action is Action.REOPEN and support.status not in (Status.SNOOZED, Status.RESOLVED):
        return Conflict(f"this conversation is {support.status}; only a snoozed or resolved one is reopened")
    if action in _WHILE_PERSONS and not support.is_persons:
        return Conflict("the assistant has this conversation; take it first")
    return None


def _of_return(action: Action, rma: Return | None) -> Conflict | None:
    if rma is None:
        return Conflict("there is no return to do that with")
    if action in (Action.APPROVE, Action.DECLINE) and rma.status is not ReturnStatus.REVIEW:
        return Conflict(f"{rma.number} is {rma.status}; it waits for nobody's decision")
    if action is Action.OVERRIDE and rma.status not in AMOUNT_OPEN:
        return Conflict(f"{rma.number} is {rma.status}; its amount can no longer be changed")
    if action is Action.CANCEL_RETURN and rma.status not in CANCELLABLE:
        return Conflict(f"{rma.number} is {rma.status}; it can be cancelled only before the parcel is sent")
    if action is Action.RESEND_LABEL and (rma.label is None or rma.status is not ReturnStatus.LABEL_ISSUED):
        return Conflict(f"{rma.number} has no label that can still be used")
    if action in _OF_MONEY and rma.status not in PAYABLE:
        return Conflict(f"{rma.number} is {rma.status}: nothing is paid for it")
    if action is Action.PAY and rma.status is ReturnStatus.CLOSED:
        return Conflict(f"{rma.number} is closed; only goodwill can be paid, with a reason")
    if action is Action.MORE_TIME and (why := ExpiryDesk.why_not(rma)):
        return Conflict(f"{rma.number}: {why}")
    if action is Action.REPAIRED:
        return _of_repair(rma)
    return None


def _of_repair(rma: Return) -> Conflict | None:
    if rma.resolution is not Resolution.REPAIR:
        return Conflict(f"{rma.number} is no repair: the shopper chose {rma.resolution}")
    if rma.status is ReturnStatus.CLOSED or ReturnStatus.CLOSED not in TRANSITIONS[rma.status]:
        return Conflict(f"{rma.number} is {rma.status}: there is nothing repaired to be sent back")
    return None

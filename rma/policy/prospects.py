"""What a conversation wants to know before it asks for a decision.

Every answer comes from `decide` itself, never from prose.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rma.model.codes import Condition, Reason, Resolution
from rma.model.errors import Refused
from rma.model.orders import Order
from rma.policy.case import local_day
from rma.policy.codes import Code, Verdict
from rma.policy.decision import Basis, LineDecision
from rma.policy.engine import decide
from rma.policy.policy import Policy
from rma.policy.request import NO_HISTORY, History, RequestedLine, ReturnRequest


@dataclass(frozen=True, slots=True)
class Prospect:
    """What would be answered today. `closes_on`: the last day it can be asked, None when never or not known yet."""

    decision: Verdict
    codes: tuple[Code, ...]
    basis: tuple[Basis, ...]
    closes_on: date | None
    resolutions: tuple[Resolution, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """One line of an order: for a change of mind while it is unopened, the same once it is opened, and for a fault.

    `quantity_left`: units not returned yet. `opened` equals `unopened` for most goods; it differs for sealed ones.
    """

    line_id: str
    quantity_left: int
    unopened: Prospect
    opened: Prospect
    fault: Prospect


@dataclass(frozen=True, slots=True)
class Deadlines:
    """What is promised with an acceptance: the day to send the goods by, and the delays in days and in working days."""

    send_by: date
    refund_days: int
    review_working_days: int


def outlook(order: Order, line_id: str, now: datetime, policy: Policy, history: History | None = None) -> Outlook:
    """What can be done with one unit of a line. Raises Refused for an unknown line."""
    history = history or NO_HISTORY
    line = order.line(line_id)
    if line is None:
        raise Refused(f"line {line_id!r} is not in order {order.number!r}")

    def prospect(reason: Reason, condition: Condition) -> Prospect:
        asked = RequestedLine(id=line_id, quantity=1, reason=reason, condition=condition, photo=True)
        decided = _decided(order, asked, Resolution.REFUND, history, now, policy)
        return Prospect(decided.decision, decided.codes, decided.basis, decided.closes_on, decided.resolutions)

    return Outlook(
        line_id=line_id,
        quantity_left=max(line.quantity - history.returned.get(line_id, 0), 0),
        unopened=prospect(Reason.CHANGED_MIND, Condition.UNOPENED),
        opened=prospect(Reason.CHANGED_MIND, Condition.OPENED),
        fault=prospect(Reason.MISSING_PARTS, Condition.OPENED),
    )


def depends_on(
    order: Order,
    asked: RequestedLine,
    resolution: Resolution,
    now: datetime,
    policy: Policy,
    history: History | None = None,
) -> frozenset[str]:
    """Which of "condition" and "photo" would change anything in the decision on this line, and so are worth asking.

    Raises Refused as `decide` does.
    """
    line = order.line(asked.id)
    came = line is not None and line.delivered_at is not None and line.delivered_at <= now

    def differs(option: str, values: tuple[object, ...]) -> bool:
        answers = []
        for value in values:
            request = ReturnRequest(lines=(asked.model_copy(update={option: value}),), resolution=resolution)
            answer = decide(order, request, history, now, policy).to_json()
            if answer not in answers:
                answers.append(answer)
        return len(answers) > 1

    # Nobody can have opened what has not come yet.
    condition = came and differs("condition", tuple(Condition))
    return frozenset(
        name for name, matters in (("condition", condition), ("photo", differs("photo", (False, True)))) if matters
    )


def deadlines(order: Order, now: datetime, policy: Policy) -> Deadlines:
    """The delays that count for a return of `order` accepted on `now`."""
    terms = policy.terms_of_order(order)
    send_by = local_day(now, terms.market.zone) + timedelta(days=terms.send_by_days)
    return Deadlines(send_by, terms.refund_days, terms.review_working_days)


def _decided(
    order: Order, asked: RequestedLine, resolution: Resolution, history: History, now: datetime, policy: Policy
) -> LineDecision:
    (line,) = decide(order, ReturnRequest(lines=(asked,), resolution=resolution), history, now, policy).lines
    return line

"""The decision on a request: asks the rules in the order of contract section 4.

No clock, no database, no randomness.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from rma.model.codes import Resolution
from rma.model.errors import Refused
from rma.model.money import rounded
from rma.model.orders import Order
from rma.policy import rules
from rma.policy.amounts import ZERO
from rma.policy.case import Bench, Case
from rma.policy.codes import Code, Verdict
from rma.policy.decision import Asked, Decision, Inputs, LineDecision
from rma.policy.explain import basis_of
from rma.policy.policy import Policy
from rma.policy.request import NO_HISTORY, History, ReturnRequest
from rma.policy.settle import is_returnless, payer_of_way_back, refund_of

_AFTER_REPAIR = (Resolution.REPAIR, Resolution.REPLACEMENT, Resolution.STORE_CREDIT)
_BEFORE_DELIVERY = (Resolution.REFUND,)


class _Inquiry:
    """Asks rules about one case and notes what they answered."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.trace: list[Asked] = []

    def ask(self, rule: rules.Rule) -> rules.Answer:
        answer = rule.ask(self.case)
        self.trace.append((rule.code, answer))
        return answer

    def which(self, asked: tuple[rules.Rule, ...]) -> tuple[Code, ...]:
        """The codes of those rules that say yes; all of them are asked."""
        return tuple([rule.code for rule in asked if self.ask(rule).yes])


class _Grant(NamedTuple):
    """Whether the line can be accepted by the rules 1 to 5: its codes, and until when the same request could be."""

    accepted: bool
    codes: tuple[Code, ...]
    closes_on: date | None


def decide(order: Order, request: ReturnRequest, history: History | None, now: datetime, policy: Policy) -> Decision:
    """What `policy` says to `request` on `now` (aware). Without `history` there is none.

    Raises Refused for a request that makes no sense: an unknown line or market, a `now` without offset or before the
    order.
    """
    history = history or NO_HISTORY
    if now.tzinfo is None or now.utcoffset() is None:
        raise Refused("now has no offset: write the instant with one, such as 2026-11-05T14:00:00+01:00")
    if now < order.placed_at:
        raise Refused("now is before the order was placed")
    order_terms = policy.terms_of_order(order)
    bench = Bench(order, request.resolution, history, now, order_terms.market.zone)
    lines, early, unheld = [], set(), set()
    for asked in request.lines:
        line = order.line(asked.id)
        if line is None:
            raise Refused(f"line {asked.id!r} is not in order {order.number!r}; its lines are {_listed(order)}")
        case = bench.case(line, asked, policy.terms_of_line(order, line))
        decision, would_be_held = _decide_line(case, policy)
        lines.append(decision)
        if case.asked.reason.is_fault and case.inside_withdrawal:
            early.add(asked.id)
        if not would_be_held:
            unheld.add(asked.id)
    approved = [line for line in lines if line.approved]
    payer = payer_of_way_back(order_terms, approved)
    return Decision(
        decision=_overall(lines),
        lines=tuple(lines),
        refund=refund_of(order, history, order_terms, approved, frozenset(early), payer),
        return_shipping_paid_by=payer,
        returnless=is_returnless(order, order_terms, approved, frozenset(unheld)),
        policy_version=policy.version,
        market=order.market,
        inputs=Inputs(order, request, history, now),
    )


def _overall(lines: list[LineDecision]) -> Verdict:
    verdicts = {line.decision for line in lines}
    return next(verdict for verdict in (Verdict.REVIEW, Verdict.APPROVE, Verdict.DECLINE) if verdict in verdicts)


def _listed(order: Order) -> str:
    names = [repr(line.id) for line in order.lines[:20]]
    return ", ".join(names) + (", ..." if len(order.lines) > len(names) else "")


def _decide_line(case: Case, policy: Policy) -> tuple[LineDecision, bool]:
    """The decision, and whether rule 6 would hold the line back were it not for the withdrawal period."""
    inquiry = _Inquiry(case)
    grant = _grant(inquiry)
    verdict, codes, would_be_held = Verdict.DECLINE, grant.codes, False
    offered: tuple[Resolution, ...] = ()
    if grant.accepted:
        verdict, offered = Verdict.APPROVE, _resolutions(case)
        holds, would_be_held = _holds(inquiry, grant)
        if holds:
            verdict, codes = Verdict.REVIEW, holds
    line = LineDecision(
        id=case.asked.id,
        quantity=case.asked.quantity,
        decision=verdict,
        codes=codes,
        basis=basis_of(codes, case, grant.closes_on, policy.texts),
        closes_on=grant.closes_on,
        resolutions=offered,
        resolution=case.wanted if case.wanted in offered else Resolution.REFUND,
        fault=case.asked.reason.is_fault,
        delivered=case.delivered is not None,
        items=case.items,
        restocking_fee=_restocking_fee(case, codes),
        trace=tuple(inquiry.trace),
    )
    return line, would_be_held


def _grant(inquiry: _Inquiry) -> _Grant:
    impossible = inquiry.which(rules.IMPOSSIBLE)
    if impossible:
        return _Grant(False, impossible, None)
    return _grant_for_fault(inquiry) if inquiry.case.asked.reason.is_fault else _grant_for_change_of_mind(inquiry)


def _grant_for_fault(inquiry: _Inquiry) -> _Grant:
    answers = [(rule.code, inquiry.ask(rule)) for rule in rules.GUARANTEES]
    ends = [answer.last_day for _, answer in answers if answer.ever and answer.last_day]
    code = next((code for code, answer in answers if answer.yes), None)
    return _Grant(code is not None, (code or rules.NO_GUARANTEE,), max(ends, default=None))


def _grant_for_change_of_mind(inquiry: _Inquiry) -> _Grant:
    by_right = inquiry.ask(rules.WITHDRAWAL)
    excluded = inquiry.which(rules.EXCLUDED) if inquiry.case.tags else ()
    by_shop = inquiry.ask(rules.WINDOW)
    possible = [answer for answer in (by_right, by_shop) if answer.ever]
    known = [answer.last_day for answer in possible if answer.last_day]
    # One end that is not known yet leaves the last day unknown, however late the other is.
    closes_on = max(known, default=None) if len(known) == len(possible) else None
    if by_right.yes:
        return _Grant(True, (Code.WITHDRAWAL_RIGHT,), closes_on)
    if excluded:
        return _Grant(False, excluded, closes_on)
    return _Grant(by_shop.yes, (rules.WINDOW.code if by_shop.yes else rules.WINDOW.otherwise,), closes_on)


def _resolutions(case: Case) -> tuple[Resolution, ...]:
    if case.delivered is None:
        return _BEFORE_DELIVERY
    if not case.asked.reason.is_fault:
        return case.terms.offers
    return tuple(Resolution) if case.every_remedy_open else _AFTER_REPAIR


def _holds(inquiry: _Inquiry, grant: _Grant) -> tuple[tuple[Code, ...], bool]:
    """The codes that hold the line back for a person, and whether they would without the exemption of rule 6."""
    if grant.codes == (Code.WITHDRAWAL_RIGHT,):
        return (), False
    case = inquiry.case
    if case.asked.reason.is_fault and case.inside_withdrawal:
        held = bool([rule for rule in rules.REVIEWS if rule.ask(case).yes])
        return inquiry.which((rules.DANGEROUS,)), held
    holds = inquiry.which((rules.REMEDY_FIRST, *rules.REVIEWS))
    return holds, bool(holds)


def _restocking_fee(case: Case, codes: tuple[Code, ...]) -> Decimal:
    if codes != (Code.WINDOW_OPEN,):
        return ZERO
    percent = case.terms.restocking_percent.get(case.asked.condition, ZERO)
    return rounded(case.items * percent / 100, case.currency)

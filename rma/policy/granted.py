"""What a return comes to when a person says yes where the policy said no, or left it to them."""

from collections.abc import Collection
from dataclasses import replace

from rma.policy.case import Bench
from rma.policy.codes import Verdict
from rma.policy.decision import Decision
from rma.policy.policy import Policy
from rma.policy.settle import payer_of_way_back, refund_of


def granted(decision: Decision, policy: Policy, lines: Collection[str] | None = None) -> Decision:
    """`decision` with these lines (None: all) accepted for what was asked. Their codes stay what the policy found; the money is
    counted as if it had approved them. Nothing is returnless that the policy did not say is."""
    inputs = decision.inputs
    order, request, history = inputs.order, inputs.request, inputs.history
    terms = policy.terms_of_order(order)
    bench = Bench(order, request.resolution, history, inputs.now, terms.market.zone)
    found, early = [], set()
    for asked, line in zip(request.lines, decision.lines, strict=True):
        bought = order.line(asked.id)
        assert bought is not None
        if asked.reason.is_fault and bench.case(bought, asked, policy.terms_of_line(order, bought)).inside_withdrawal:
            early.add(asked.id)
        if lines is None or line.id in lines:
            line = replace(line, decision=Verdict.APPROVE, resolution=request.resolution)
        found.append(line)
    approved = [line for line in found if line.approved]
    payer = payer_of_way_back(terms, approved)
    return replace(
        decision,
        decision=Verdict.APPROVE if approved else decision.decision,
        lines=tuple(found),
        refund=refund_of(order, history, terms, approved, frozenset(early), payer),
        return_shipping_paid_by=payer,
    )

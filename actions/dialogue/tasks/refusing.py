"""Saying no: which rule, on what basis, until when it was possible, what else there is, and how to contest it."""

from collections.abc import Sequence

from actions.dialogue.context import Dialogue
from actions.dialogue.memory import Goal, Item
from rma.model.codes import OrderStatus, Reason
from rma.model.orders import Order
from rma.policy import Code, Decision, LineDecision


async def drop_hopeless(d: Dialogue, order: Order, items: Sequence[Item]) -> bool:
    """Takes out the lines that no reason could bring back (cancelled, not delivered, all returned), and says why.
    True when nothing is left and the task is over."""
    verdicts = [await _at_best(d, item) for item in items]
    refused = [decision for decision in verdicts if decision.lines[0].decision == "decline"]
    if not refused or (not d.draft.items and len(refused) < len(items)):
        return False
    for decision in refused:
        await _tell(d, order, decision, decision.lines[0])
    out = {decision.lines[0].id for decision in refused}
    d.draft.items = [item for item in d.draft.items if item.id not in out]
    return await _over(d, order) if not d.draft.items else False


async def _at_best(d: Dialogue, item: Item) -> Decision:
    if item.reason is not None:
        return await d.decide([item], d.draft.wished, photo=True)
    for reason in (Reason.CHANGED_MIND, Reason.DEFECTIVE):
        decision = await d.decide([item], d.draft.wished, reason=reason, photo=True)
        if decision.lines[0].decision != "decline":
            break
    return decision


async def drop_declined(d: Dialogue, order: Order) -> bool:
    """Takes out the lines that the policy declines, and says why. False when none is left."""
    decision = await d.decide(d.draft.items, d.draft.wished)
    refused = [line for line in decision.lines if line.decision == "decline"]
    for line in refused:
        await _tell(d, order, decision, line)
    out = {line.id for line in refused}
    d.draft.items = [item for item in d.draft.items if item.id not in out]
    return not await _over(d, order) if not d.draft.items else True


async def _tell(d: Dialogue, order: Order, decision: Decision, line: LineDecision) -> None:
    reasons = " ".join(d.why(basis) + (f" ({basis.law})" if basis.law else "") for basis in line.basis)
    d.say("declined", item=d.title(order, line.id), why=reasons)
    kept = decision.to_json() | {
        "order": order.number,
        "trace": decision.trace_json(),
        "case": decision.inputs.to_json(),
    }
    d.memory.declined = {"order": order.number, "line": line.id, "codes": [str(code) for code in line.codes],
                         "item": d.title(order, line.id), "why": reasons}  # fmt: skip
    async with d.container.transactions() as uow:
        await uow.conversations.keep_decision(d.conversation.id, kept, d.now)


async def _over(d: Dialogue, order: Order) -> bool:
    codes = set((d.memory.declined or {}).get("codes", []))
    if order.status == OrderStatus.PENDING and Code.NOT_DELIVERED in codes:
        d.say("declined_cancel_instead")
    elif Code.NOT_DELIVERED in codes:
        d.say("declined_wait")
    elif Code.EXHAUSTED in codes:
        d.say("declined_exhausted", returns=d.join([rma.number for rma in await d.returns()]))
    elif Code.CANCELLED not in codes:
        d.say("declined_contest" if d.memory.goal is not Goal.WITHDRAW else "declined_contest_withdrawal")
    d.memory.clear_task()
    return True

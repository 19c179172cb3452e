"""A withdrawal by right in the conversation: declared in the statutory words, recorded before its return is made, acknowledged."""

from actions.dialogue.context import Dialogue
from actions.dialogue.memory import Goal
from rma.labels.acknowledgement import spoken_instant
from rma.model.conversations import Attachment
from rma.model.orders import Order
from rma.model.returns import Return
from rma.model.withdrawals import Statement, Withdrawal
from rma.policy import Code, Decision
from rma.policy.markets import market_of
from rma.service.withdrawals import CHANGED


def is_by_right(d: Dialogue, decision: Decision) -> bool:
    """Whether the shopper withdraws and the law gives it; a withdrawal that only the shop's own window covers is a return."""
    return d.memory.goal is Goal.WITHDRAW and any(Code.WITHDRAWAL_RIGHT in line.codes for line in decision.approved)


async def recorded(d: Dialogue, order: Order) -> Withdrawal | None:
    """Records what the shopper just said yes to. None when it is no withdrawal by right."""
    if not is_by_right(d, await d.decide(d.draft.items, d.draft.resolution)):
        return None
    # What was agreed is part of the key: the same yes is one withdrawal, a yes to something else is another.
    key = f"{d.conversation.id}:{d.draft.key}:{(d.draft.agreed or '')[:16]}"
    statement = Statement(
        name=order.customer.name,
        order=order.number,
        contact=_contact(d, order),
        items=_items(d, order),
        language=d.conversation.language,
    )
    return await d.container.withdrawals.record(
        key, statement, d.conversation.channel, d.conversation.id, d.memory.order_id
    )


async def acknowledge(d: Dialogue, order: Order, withdrawal: Withdrawal | None, rma: Return | None) -> None:
    """Says what was received and when, with the document to keep. Without a return a person takes the withdrawal up."""
    if withdrawal is None:
        return
    if rma is None:
        await d.container.withdrawals.left_to_a_person(withdrawal, CHANGED)
    else:
        await d.container.withdrawals.returned(withdrawal, rma.number)
    instant = spoken_instant(withdrawal.submitted_at, market_of(d.container.shop_profile.market).zone, d.language)
    paper = Attachment(kind="withdrawal", ref=withdrawal.reference)
    values = {"order": order.number, "items": withdrawal.statement.items, "reference": withdrawal.reference, **instant}
    d.say("withdrawal_acknowledged", attachments=[paper], **values)


def _contact(d: Dialogue, order: Order) -> str:
    """An address to reach the shopper at; what proved the order may have been a postal code."""
    proof = d.memory.contact or ""
    return proof if "@" in proof else order.customer.email or proof or d.conversation.address or ""


def _items(d: Dialogue, order: Order) -> str:
    titles = {line.id: d.full_title(line) for line in order.lines}
    return ", ".join(f"{item.quantity or 1} × {titles[item.id]}" for item in d.draft.items)

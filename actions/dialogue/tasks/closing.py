"""The summary with the money, the yes, the return number and the label."""

import hashlib
import json
from decimal import Decimal

from actions.dialogue import sending
from actions.dialogue.context import Dialogue
from actions.dialogue.memory import Goal
from actions.dialogue.offers import available_variants, price_difference
from actions.dialogue.papers import label_attachments, tell_customs
from actions.dialogue.questions import confirm
from actions.dialogue.tasks import withdrawing
from rma.model.codes import Condition, PaymentType, Reason, Resolution, ReturnStatus
from rma.model.errors import Conflict
from rma.model.orders import Order
from rma.model.returns import Return
from rma.policy import Decision, deadlines, working_days
from rma.service.refunds.days import day_of_withdrawal
from rma.service.returns import Declined, Plan, PlannedLine, needs_sending


async def agreed(d: Dialogue, order: Order) -> bool:
    """True once the shopper said yes to exactly what the summary said; otherwise the summary is shown and asked."""
    decision = await d.decide(d.draft.items, d.draft.resolution)
    print_of_it = _fingerprint(d, decision)
    if d.confirmed and d.draft.agreed == print_of_it:
        return True
    if d.confirmed is False and d.draft.agreed is not None:
        d.draft.agreed = None
        d.memory.asked = None
        d.say("not_created")
        return False
    d.draft.agreed = print_of_it
    confirm.put(d, await summary(d, order, decision))
    return False


def _fingerprint(d: Dialogue, decision: Decision) -> str:
    shown = d.draft.model_dump(mode="json", include={"items", "resolution", "method"})
    text = json.dumps([shown, decision.to_json()], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


async def summary(d: Dialogue, order: Order, decision: Decision) -> str:
    """What will happen, with the money, ending in the question."""
    parts = [d.plain_text("summary_lines", items="\n".join([await _line(d, order, item.id) for item in d.draft.items]))]
    parts.append(_outcome(d, order, decision))
    if decision.decision == "review":
        texts = {d.why(basis) for line in decision.lines if line.decision == "review" for basis in line.basis}
        parts.append(" ".join(sorted(texts)))
    if decision.returnless:
        parts.append(d.plain_text("summary_returnless"))
    elif d.draft.method is not None and decision.decision != "review":
        parts.append(
            d.plain_text(
                f"summary_method_{d.draft.method}", date=d.day(deadlines(order, d.now, d.container.policy).send_by)
            )
        )
    ending = (
        "_review" if decision.decision == "review" else "_withdrawal" if withdrawing.is_by_right(d, decision) else ""
    )
    parts.append(d.text(f"ask_confirm{ending}"))
    return "\n".join(parts)


async def _line(d: Dialogue, order: Order, line_id: str) -> str:
    item, line = d.draft.item(line_id), order.line(line_id)
    assert item is not None and line is not None
    bullet, dash = ("", " - ") if d.by_sms else ("• ", " – ")
    text = bullet + d.some(d.full_title(line), item.quantity or 1, line.quantity)
    if item.reason is not None and d.memory.goal is not Goal.WITHDRAW:
        text += dash + d.plain_text(f"reason_{item.reason}")
    if d.draft.resolution is Resolution.EXCHANGE:
        wanted = next(
            (variant for variant in await available_variants(d, line) if variant.sku == item.exchange_for), None
        )
        if wanted is not None:
            text += f" → {d.variant(wanted.variant) or wanted.name}"
            difference = price_difference(wanted, line) * (item.quantity or 1)
            if difference:
                key = "summary_costs_more" if difference > 0 else "summary_costs_less"
                text += f" ({d.plain_text(key, amount=d.money(abs(difference), order.currency))})"
    return text


def _outcome(d: Dialogue, order: Order, decision: Decision) -> str:
    resolution = d.draft.resolution or Resolution.REFUND
    if resolution not in (Resolution.REFUND, Resolution.STORE_CREDIT):
        return d.plain_text(f"summary_{resolution}")
    if decision.decision == "review":
        return d.plain_text(f"summary_review_{resolution}")
    money, currency = decision.refund, order.currency
    sums = [d.plain_text("sum_items", amount=d.money(money.items, currency))]
    for name in ("outbound_shipping", "return_shipping", "fees"):
        if amount := getattr(money, name):
            sums.append(d.plain_text(f"sum_{name}", amount=d.money(amount, currency)))
    shown = f" ({', '.join(sums)})" if len(sums) > 1 else ""
    text = d.plain_text(
        f"summary_{resolution}", total=d.money(money.total, currency), sums=shown, to=_paid_with(d, order)
    )
    if decision.return_shipping_paid_by == "merchant" and d.draft.method is not None:
        text += " " + d.plain_text("summary_free_shipping")
    return text


def _paid_with(d: Dialogue, order: Order) -> str:
    """Where the money goes: the way it was paid."""
    names = []
    for method in order.payment_methods:
        if method.type is PaymentType.CARD and method.last4:
            names.append(d.plain_text("paid_card_last4", last4=method.last4))
        else:
            names.append(d.plain_text(f"paid_{method.type}"))
    return d.join(list(dict.fromkeys(names))) or d.plain_text("paid_other")


async def create(d: Dialogue, order: Order) -> bool:
    """Creates the return, once, and hands over the label."""
    draft = d.draft
    assert d.memory.order_id is not None and draft.resolution is not None
    plan = Plan(
        key=f"{d.conversation.id}:{draft.key}",
        order_id=d.memory.order_id,
        lines=tuple(
            PlannedLine(
                id=item.id,
                quantity=item.quantity or 1,
                reason=item.reason or Reason.OTHER,
                condition=item.condition or Condition.UNOPENED,
                photo=item.photo,
                exchange_for=item.exchange_for,
            )
            for item in draft.items
        ),
        resolution=draft.resolution,
        language=d.conversation.language,
        method=draft.method,
        conversation=d.conversation.id,
    )
    withdrawal = await withdrawing.recorded(d, order)
    try:
        rma = await d.container.returns.create(plan)
    except (Conflict, Declined):
        # Another tab, or another person with the same order, was faster: look at what is left and say it.
        d.history_changed()
        draft.agreed = None
        d.say("changed_meanwhile")
        await withdrawing.acknowledge(d, order, withdrawal, None)
        d.memory.clear_task()
        return False
    d.memory.last_return = rma.number
    place = len(d.said)
    await tell_created(d, order, rma)
    posted = await _tell_posted(d, rma, place)
    await withdrawing.acknowledge(d, order, withdrawal, rma)
    d.memory.clear_task()
    await sending.after_created(d, rma, draft.send_to, posted)
    return False


async def _tell_posted(d: Dialogue, rma: Return, place: int) -> list[str]:
    """Says in the message at `place` where else it goes, if it does; the addresses."""
    async with d.container.transactions() as uow:
        posted = await d.container.notices.announced(uow, rma.number)
    for message in posted:
        told = d.said[place]
        also = d.plain_text(f"also_by_{message.medium}", address=sending.shown(d, message.recipient))
        d.said[place] = told.model_copy(update={"text": f"{told.text} {also}"})
    return [message.recipient for message in posted]


async def tell_created(d: Dialogue, order: Order, rma: Return) -> None:
    """The number, the label and what happens next. Also for a second yes: the same return, told again."""
    if rma.status is ReturnStatus.REVIEW:
        times = deadlines(order, d.now, d.container.policy)
        d.say(
            "created_review",
            number=rma.number,
            delay=working_days(times.review_working_days, d.language, d.container.policy.texts),
        )
        d.ticket("review", number=rma.number, decision=rma.decision)
    elif rma.method is None and needs_sending([line.id for line in rma.lines], order, bool(rma.decision["returnless"])):
        d.say("created_person_arranges", number=rma.number, when=d.container.promises.by_when(d.now, d.language))
        d.ticket("no_carrier", number=rma.number)
    elif rma.method is None:
        d.say("created_nothing_to_send", number=rma.number)
        await _tell_money(d, order, rma)
    elif rma.label is None:
        d.say("created_label_later", number=rma.number)
    else:
        d.say(
            f"created_{rma.method}",
            attachments=label_attachments(rma),
            number=rma.number,
            date=d.day(rma.send_by),
            tracking=rma.label.tracking_number,
        )
        tell_customs(d, rma)
        await _tell_money(d, order, rma)


async def _tell_money(d: Dialogue, order: Order, rma: Return) -> None:
    days = deadlines(order, d.now, d.container.policy).refund_days
    by = day_of_withdrawal(rma, order) if rma.method is not None and rma.resolution is Resolution.REFUND else None
    if by is not None:
        d.say("next_refund_withdrawal", total=d.money(Decimal(rma.refund["total"]), order.currency), date=d.day(by))
    elif rma.resolution in (Resolution.REFUND, Resolution.STORE_CREDIT):
        key = f"next_{rma.resolution}" if rma.method is not None else f"next_{rma.resolution}_now"
        d.say(key, total=d.money(Decimal(rma.refund["total"]), order.currency), days=days)
    elif rma.resolution is Resolution.EXCHANGE and (difference := await _difference(d, order, rma)):
        d.say("next_exchange_difference", amount=d.money(difference, order.currency))
    else:
        d.say(f"next_{rma.resolution}")


async def _difference(d: Dialogue, order: Order, rma: Return) -> Decimal:
    """What the items wanted instead cost more or less in all, without sign."""
    total = Decimal(0)
    for item in rma.lines:
        line = order.line(item.id)
        offered = await available_variants(d, line) if line is not None else []
        wanted = next((variant for variant in offered if variant.sku == item.exchange_for), None)
        if line is not None and wanted is not None:
            total += price_difference(wanted, line) * item.quantity
    return abs(total)

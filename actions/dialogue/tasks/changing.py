""" "Actually I'd rather have store credit": another outcome for a return that stands, shown with its amounts and done after a yes."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from actions.dialogue import which_return
from actions.dialogue.context import Dialogue
from actions.dialogue.memory import Draft, Goal
from actions.dialogue.outcome_words import marked, outcome_wished
from actions.dialogue.questions import QUESTIONS, confirm
from actions.dialogue.tasks import progress, talking
from rma.model.codes import Resolution
from rma.model.errors import Conflict
from rma.model.orders import Order
from rma.model.returns import CANCELLABLE, RELEASED, Return
from rma.model.support import Cause
from rma.service.changing import Prospect, WhyNot
from rma.service.refunds.due import PAID_OUT

_SHORT = 6
"""Words up to which a message right after a return was made is about that return."""


async def heard(d: Dialogue) -> bool:
    """Begins the change where a return stands that it can be of. False for anything else, such as another return to be made."""
    m = d.memory
    if d.reading.choice is not None or m.order_id is None or d.reading.values("order_number"):
        return False
    asks = d.reading.is_sure("check_refund_status", "check_return_status") and not marked(d.reading.plain)
    if asks or d.reading.is_sure("talk_to_human", "cancel_return", "resend_label"):
        return False
    wanted = outcome_wished(d.reading.plain)
    if wanted is None:
        return False
    standing = [rma for rma in await d.returns() if rma.status not in RELEASED]
    if not standing or not await _of_these(d, standing, wanted):
        return False
    m.goal, m.misses, m.draft = Goal.CHANGE_OUTCOME, 0, Draft(outcome=wanted)
    which_return.note(d)
    if not await which_return.named_lines(d) and any(rma.number == m.last_return for rma in standing):
        m.return_number = m.last_return
    if number := d.reading.value("return_number"):
        m.return_number = str(number)
    order = await d.order()
    assert order is not None
    if await advance(d, order):
        m.clear_task()
    return True


async def _of_these(d: Dialogue, standing: list[Return], wanted: Resolution) -> bool:
    """Whether it is of a return that stands: its words say that it changes something, or it is short and was made just here. What
    names an item of no return is a return to be made."""
    named = set((await d.matcher()).named(d.reading.text).lines)
    if named and not any(line.id in named for rma in standing for line in rma.lines):
        return False
    if d.reading.values("product") and not named:
        return False
    if marked(d.reading.plain):
        return True
    made_here = next((rma for rma in standing if rma.number == d.memory.last_return), None)
    if made_here is None or d.reading.reason is not None or len(d.reading.plain.split()) > _SHORT:
        return False
    return made_here.resolution is not wanted and wanted in PAID_OUT and made_here.resolution in PAID_OUT


async def advance(d: Dialogue, order: Order) -> bool:
    """True once it is over."""
    wanted, found = d.draft.outcome, await which_return.meant(d, order)
    assert wanted is not None
    if await which_return.told_of_none(d, order, found):
        return True
    standing = [rma for rma in found.returns if rma.status not in RELEASED]
    able = [rma for rma in standing if rma.resolution in PAID_OUT and rma.resolution is not wanted] or standing
    if not able:
        await progress.tell_return(d, order, list(found.gone) or found.returns)
        return True
    if len(able) > 1:
        await QUESTIONS["return_number"].ask(d)
        return False
    return await _of(d, order, able[0], wanted)


async def _of(d: Dialogue, order: Order, rma: Return, wanted: Resolution) -> bool:
    d.memory.return_number = rma.number
    if d.confirmed is False:
        d.say("return_kept", number=rma.number)
        return True
    if d.confirmed and d.draft.shown_total is not None:
        try:
            # Not in the shopper's words: events go out to other programs.
            why, total = "asked in the conversation", d.draft.shown_total
            await d.container.changes.change(rma.number, wanted, "shopper", total, why)
        except Conflict:  # Money moved meanwhile, or it comes to something else: what is possible now is shown afresh.
            d.confirmed, d.draft.shown_total = None, None
            return await _of(d, order, await d.container.returns.get(rma.number), wanted)
        d.history_changed()
        d.say(f"outcome_changed_{wanted}", number=rma.number, total=d.money(total, order.currency))
        return True
    prospect = await d.container.changes.prospect(rma.number, wanted)
    if prospect.refund is None:
        await _not_possible(d, order, rma, wanted, prospect)
        return True
    d.draft.shown_total = prospect.refund["total"]
    values = {"number": rma.number, "total": d.money(prospect.refund["total"], order.currency), "sums": _sums(d, order, prospect.refund)}
    confirm.put(d, d.text(f"ask_outcome_{wanted}", before=d.money(prospect.before["total"], order.currency), **values))
    return False


def _sums(d: Dialogue, order: Order, refund: Mapping[str, Any]) -> str:
    """What is taken off, or added, in brackets; empty where nothing is."""
    parts = [
        d.plain_text(f"sum_{name}", amount=d.money(refund[name], order.currency))
        for name in ("outbound_shipping", "return_shipping", "fees")
        if Decimal(refund[name])
    ]
    if not parts:
        return ""
    return f" ({', '.join([d.plain_text('sum_items', amount=d.money(refund['items'], order.currency)), *parts])})"


async def _not_possible(d: Dialogue, order: Order, rma: Return, wanted: Resolution, prospect: Prospect) -> None:
    """Says why; what only a person can change goes to one."""
    why_not = prospect.why_not
    if why_not is WhyNot.SAME:
        key = f"outcome_same_{wanted}"
        d.say(key, number=rma.number, total=d.money(prospect.before["total"], order.currency))
    elif why_not is WhyNot.PAID:
        d.say("outcome_paid", number=rma.number)
        await progress.tell_money(d, order, [rma])
    elif why_not is WhyNot.OVER:
        await progress.tell_return(d, order, [rma])
    elif why_not is WhyNot.NO_MONEY and rma.status in CANCELLABLE:
        d.say("after_change", number=rma.number)
    else:
        d.say("outcome_person", number=rma.number, resolution=d.plain_text(f"resolution_{wanted}").lower())
        await talking.fetch_person(d, Cause.ASKED)

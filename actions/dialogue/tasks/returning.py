"""A return, from the chosen lines to the label. Each step looks whether it is settled, and asks when it is not; so whatever the
shopper says in whatever order, the next step is always the first that is open."""

import re
from collections.abc import Awaitable, Callable

from actions.dialogue.context import Dialogue
from actions.dialogue.matching import match_variants, split_parts
from actions.dialogue.memory import Goal, Item
from actions.dialogue.questions import QUESTIONS
from actions.dialogue.questions.outcome import available_variants, sold_out, ways_back
from actions.dialogue.tasks import closing
from actions.dialogue.tasks.identify import identified
from actions.dialogue.tasks.refusing import drop_declined, drop_hopeless
from rma.model.codes import Reason, Resolution
from rma.model.orders import Order
from rma.policy import RequestedLine, depends_on
from rma.service.returns import needs_sending

Step = Callable[[Dialogue, Order], Awaitable[bool]]
"""True: settled, go on. False: something was asked, or it is over."""


async def advance(d: Dialogue) -> None:
    """Goes as far as it can and asks the next question."""
    order = await identified(d)
    if order is None:
        return
    for step in STEPS:
        if not await step(d, order):
            return


async def lines_chosen(d: Dialogue, order: Order) -> bool:
    draft = d.draft
    if not draft.items and not draft.candidates:
        open_lines = [line for line in order.lines if await d.left(line) > 0]
        if not open_lines:
            numbers = [rma.number for rma in await d.returns()]
            d.say("nothing_left", returns=d.join(numbers))
            d.memory.clear_task()
            return False
        if len(order.lines) == 1:
            draft.items = [Item(id=order.lines[0].id)]
        elif d.memory.goal is Goal.WITHDRAW:
            # Who withdraws from an order means all of it, unless they name a part.
            draft.items = [Item(id=line.id) for line in open_lines]
    if draft.candidates or not draft.items:
        if not draft.candidates and await drop_hopeless(d, order, [Item(id=line.id) for line in order.lines]):
            return False
        await QUESTIONS["lines"].ask(d)
        return False
    return not await drop_hopeless(d, order, draft.items)


async def details_known(d: Dialogue, order: Order) -> bool:
    for item in d.draft.items:
        line = order.line(item.id)
        assert line is not None
        if d.memory.goal is Goal.WITHDRAW:
            item.reason = item.reason or Reason.CHANGED_MIND
            item.quantity = item.quantity or await d.left(line)
        if item.quantity is None and await d.left(line) == 1:
            item.quantity = 1
        for slot, is_open in (("quantity", item.quantity is None), ("reason", item.reason is None)):
            if is_open:
                await QUESTIONS[slot].ask(d, item.id)
                return False
        matters = await _matters(d, order, item)
        if item.condition is None and "condition" in matters:
            await QUESTIONS["condition"].ask(d, item.id)
            return False
        if item.photo is None and "photo" in matters and d.draft.spare_photo is not None:
            item.photo, d.draft.spare_photo = d.draft.spare_photo, None
            matters = matters - {"photo"}
        if item.photo is None and not item.photo_refused and "photo" in matters:
            await QUESTIONS["photo"].ask(d, item.id)
            return False
    return True


async def _matters(d: Dialogue, order: Order, item: Item) -> frozenset[str]:
    """Which of "condition" and "photo" the decision on the item depends on."""
    asked = RequestedLine(
        id=item.id,
        quantity=item.quantity or 1,
        reason=item.reason,
        condition=item.condition,
        photo=item.photo is not None,
    )
    return depends_on(order, asked, d.draft.wished or Resolution.REFUND, d.now, d.container.policy, await d.history())


async def resolution_chosen(d: Dialogue, order: Order) -> bool:
    draft = d.draft
    decision = await d.decide(draft.items, draft.wished)
    offered = set.intersection(*({*line.resolutions} for line in decision.lines))
    if d.memory.goal is Goal.WITHDRAW:
        draft.wished = draft.wished or Resolution.REFUND
    elif d.memory.goal is Goal.EXCHANGE:
        draft.wished = draft.wished or Resolution.EXCHANGE
    if draft.wished is Resolution.EXCHANGE and not await _all_exchangeable(d, order):
        d.say("nothing_to_exchange")
        draft.wished = draft.resolution = None
    if draft.wished in offered | {Resolution.REFUND}:
        draft.resolution = draft.wished
    elif draft.wished is not None:
        d.say("resolution_not_offered", resolution=d.plain_text(f"resolution_{draft.wished}"))
        draft.wished = draft.resolution = None
    if draft.wished is None and offered | {Resolution.REFUND} == {Resolution.REFUND}:
        draft.wished = draft.resolution = Resolution.REFUND
    if draft.resolution is not None:
        return True
    await QUESTIONS["resolution"].ask(d)
    return False


async def _all_exchangeable(d: Dialogue, order: Order) -> bool:
    return all(
        [await available_variants(d, line) for item in d.draft.items if (line := order.line(item.id)) is not None]
    )


async def variants_chosen(d: Dialogue, order: Order) -> bool:
    if d.draft.resolution is not Resolution.EXCHANGE:
        return True
    for item in d.draft.items:
        line = order.line(item.id)
        assert line is not None
        offered = await available_variants(d, line)
        if item.exchange_for is None and (wanted := await _wanted_instead(d, item)):
            fitting = match_variants(wanted, [], line.variant, offered, d.lexicon)
            item.exchange_for = fitting[0].sku if len(fitting) == 1 else None
            if not fitting:
                await sold_out(d, line, wanted)
        if item.exchange_for not in {variant.sku for variant in offered}:
            item.exchange_for = None
            await QUESTIONS["exchange_for"].ask(d, item.id)
            return False
    return True


async def _wanted_instead(d: Dialogue, item: Item) -> str:
    """What was said of the item wanted instead of this one; of several items, what the part that names this one says."""
    text = d.draft.exchange_words or ""
    if len(d.draft.items) > 1:
        matcher = await d.matcher()
        own = [part for part in split_parts(text) if matcher.find(part, by_position=False).lines == [item.id]]
        text = own[0] if len(own) == 1 else ""
    return _wanted_part(text)


def _wanted_part(text: str) -> str:
    """What follows "for", "to", "in", "pour", "contre": in "swap the blue M for an L" only the L is wanted."""
    parts = re.split(r"\b(?:for|to|into|in|with|instead|pour|contre|par|en)\b", text, flags=re.IGNORECASE)
    return parts[-1] if len(parts) > 1 else ""


async def method_chosen(d: Dialogue, order: Order) -> bool:
    draft = d.draft
    decision = await d.decide(draft.items, draft.resolution)
    if not needs_sending([item.id for item in draft.items], order, decision.returnless):
        draft.method = None
        return True
    methods = ways_back(d, order)
    if not methods:
        draft.method = None
        return True
    if draft.method not in methods:
        draft.method = methods[0] if len(methods) == 1 else None
    if draft.method is None:
        await QUESTIONS["method"].ask(d)
        return False
    return True


STEPS: tuple[Step, ...] = (
    lines_chosen,
    details_known,
    drop_declined,
    resolution_chosen,
    variants_chosen,
    method_chosen,
    closing.agreed,
    closing.create,
)

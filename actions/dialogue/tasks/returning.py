"""A return, from the chosen lines to the label. Each step looks whether it is settled, and asks when it is not; so whatever the
shopper says in whatever order, the next step is always the first that is open."""

from collections.abc import Awaitable, Callable

from actions.dialogue import instead
from actions.dialogue.context import Dialogue
from actions.dialogue.memory import Goal, Item
from actions.dialogue.offers import available_variants
from actions.dialogue.questions import QUESTIONS, exchange
from actions.dialogue.questions.outcome import ways_back
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
        if len(open_lines) == 1 and (len(order.lines) == 1 or not d.reading.values("product")):
            draft.items = [Item(id=open_lines[0].id)]
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
    if draft.wished in (None, Resolution.REPLACEMENT) and await _means_exchange(d):
        draft.wished = Resolution.EXCHANGE
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


_OTHER_ONE = (Reason.SIZE_TOO_SMALL, Reason.SIZE_TOO_LARGE, Reason.WRONG_SIZE, Reason.COLOR)


async def _means_exchange(d: Dialogue) -> bool:
    """ "Replace it with an L", "it's too small, I'd like an L": another variant is wished for. Of what does not fit or has the
    wrong colour no word of an exchange is needed."""
    spoken = any(said.wishing for said in d.memory.instead) or all(item.reason in _OTHER_ONE for item in d.draft.items)
    return spoken and not d.draft.undecided and await instead.plainly_wanted(d, d.draft.items)


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
        offered = {variant.sku: variant for variant in await available_variants(d, line)}
        if item.exchange_for in offered:
            continue
        item.exchange_for = None
        found = await instead.find(d, item, line)
        if found.sku not in offered:
            if found.lead is not None and d.draft.otherwise is not None:
                return await _otherwise(d, found.lead)
            await exchange.put(d, line, found)
            return False
        if found.lead is not None:
            d.say_text(found.lead)
        exchange.chose(d, item, offered[found.sku])
    return True


async def _otherwise(d: Dialogue, lead: str) -> bool:
    """What is wanted is not to be had: what the shopper wants in that case is proposed."""
    draft = d.draft
    assert draft.otherwise is not None
    d.say_text(f"{lead} {d.plain_text(f'otherwise_{draft.otherwise}')}")
    draft.wished, draft.resolution, draft.otherwise = draft.otherwise, None, None
    await advance(d)
    return False


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

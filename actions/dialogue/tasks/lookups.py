"""Questions about what is there already: where is my return, my money, my label, my parcel; and calling things off."""

from decimal import Decimal

from actions.dialogue import afterwards, which_return
from actions.dialogue.context import Dialogue
from actions.dialogue.memory import Goal, Item
from actions.dialogue.papers import TO_SEND, tell_customs, tell_label_again
from actions.dialogue.questions import QUESTIONS, confirm
from actions.dialogue.tasks import changing, more_time, progress, returning, sending, talking
from actions.dialogue.tasks.identify import identified
from rma.model.codes import OrderStatus, ReturnStatus
from rma.model.conversations import Utterance
from rma.model.errors import Conflict
from rma.model.orders import Order, OrderLine
from rma.model.returns import CANCELLABLE, RELEASED, Return
from rma.model.support import Cause
from rma.policy import Code, Verdict, outlook
from rma.service.first_delivery import FIRST_DELIVERY

_NOT_SENT = (ReturnStatus.REQUESTED, ReturnStatus.REVIEW, ReturnStatus.APPROVED, *RELEASED)


async def advance(d: Dialogue) -> None:
    """Identifies the order, then answers the goal."""
    order = await identified(d)
    if order is None:
        return
    goal = d.memory.goal
    assert goal is not None
    if goal is Goal.RESEND_LABEL and d.draft.send_to is not None:
        await sending.of_goal(d, order)
        return
    finished = await _ANSWERS[goal](d, order)
    if finished:
        d.memory.clear_task()


async def _meant(d: Dialogue, order: Order) -> list[Return] | None:
    """The returns that are asked about. None when an item was named that none of them is of, which is said."""
    found = await which_return.meant(d, order)
    if await which_return.told_of_none(d, order, found):
        return None
    return found.returns or list(found.gone)


async def _sent_unannounced(d: Dialogue, order: Order) -> None:
    """Goods that left without a return: nobody knows of them, and another label would be of no use. A person looks for them."""
    d.say("sent_unannounced", number=order.number)
    await talking.fetch_person(d, Cause.PARCEL)


async def return_status(d: Dialogue, order: Order) -> bool:
    returns = await _meant(d, order)
    if returns is None:
        return True
    if not returns and d.draft.objection:
        await _sent_unannounced(d, order)
        return True
    if not returns:
        d.say("refund_order_cancelled" if order.status is OrderStatus.CANCELLED else "no_returns", number=order.number)
    await progress.tell_return(d, order, returns)
    return True


async def refund_status(d: Dialogue, order: Order) -> bool:
    returns = await _meant(d, order)
    if returns is None:
        return True
    if not returns:
        if order.status is OrderStatus.CANCELLED:
            d.say("refund_order_cancelled", number=order.number)
        else:
            d.said.append(Utterance(text=d.text("no_refund_known", number=order.number), choices=[d.person_choice()]))
    await progress.tell_money(d, order, returns)
    return True


async def resend_label(d: Dialogue, order: Order) -> bool:
    """The label while it is to be sent; later where its parcel is."""
    meant = await _meant(d, order)
    if meant is None:
        return True
    returns = [rma for rma in meant if rma.status not in RELEASED]
    labelled = [rma for rma in returns if rma.label is not None]
    to_send = [rma for rma in labelled if rma.status in TO_SEND]
    for rma in to_send[:3]:
        tell_label_again(d, order, rma)
        tell_customs(d, rma)
    if to_send:
        return True
    if not returns and meant:
        await progress.tell_return(d, order, meant)
        return True
    for rma in returns[:3]:
        if rma in labelled:
            await progress.tell_return(d, order, [rma])
            continue
        fresh = await d.container.returns.ensure_label(rma, d.conversation.id)
        if fresh.label is not None:
            tell_label_again(d, order, fresh)
        else:
            d.say(
                "label_not_yet" if rma.status is ReturnStatus.REVIEW or rma.method else "label_not_needed",
                number=rma.number,
            )
    if not returns:
        d.say("no_returns", number=order.number)
    return True


async def cancel_return(d: Dialogue, order: Order) -> bool:
    found = await which_return.meant(d, order)
    if await which_return.told_of_none(d, order, found):
        return True
    if found.gone:
        await progress.tell_return(d, order, list(found.gone[:1]))
        return True
    returns = found.returns
    open_ones = [rma for rma in returns if rma.status in CANCELLABLE]
    if not open_ones:
        d.say(
            "cancel_return_too_late" if any(rma.status not in RELEASED for rma in returns) else "no_returns",
            number=order.number,
        )
        return True
    if len(open_ones) > 1:
        await QUESTIONS["return_number"].ask(d)
        return False
    rma = open_ones[0]
    if d.confirmed is None:
        d.memory.return_number = rma.number
        others = [line.name for line in rma.lines if found.lines and line.id not in found.lines]
        if others:
            d.say("cancel_return_whole", number=rma.number, items=d.join(others))
        confirm.put(d, d.text("ask_cancel_return", number=rma.number, items=d.join([line.name for line in rma.lines])))
        return False
    if not d.confirmed:
        d.say("return_kept", number=rma.number)
        return True
    try:
        await d.container.returns.cancel(rma.number, "shopper")
    except Conflict:
        d.say("cancel_return_too_late", number=rma.number)
        return True
    d.history_changed()
    d.say("return_cancelled", number=rma.number)
    for other in await d.returns():  # What it comes to was said when it was made: it changed with the one called off.
        last = next((event.detail for event in reversed(other.events) if event.kind == FIRST_DELIVERY), None)
        if last is not None and "was" in last and last["because"] == rma.number and last["total"] == other.refund["total"]:
            fee, total = (d.money(last[name], order.currency) for name in ("was", "total"))
            d.say("first_delivery_kept", number=other.number, amount=fee, total=total)
    return True


async def cancel_order(d: Dialogue, order: Order) -> bool:
    if order.status is OrderStatus.DELIVERED and (lines := await _by_right(d, order)):
        # To call off what has arrived, within the days that the law gives, is to withdraw from it: all that can still go back.
        d.memory.goal = Goal.WITHDRAW
        d.draft.items = [Item(id=line.id, quantity=line.quantity) for line in lines]
        await returning.advance(d)
        return False
    if order.status is not OrderStatus.PENDING:
        d.say(f"cancel_order_{order.status}", number=order.number)
        if order.status is OrderStatus.SHIPPED and await _can_withdraw(d, order):
            d.say("cancel_order_withdraw")
        return True
    if d.confirmed is None:
        confirm.put(
            d, d.text("ask_cancel_order", number=order.number, items=d.join([line.name for line in order.lines]))
        )
        return False
    if not d.confirmed:
        d.say("order_kept", number=order.number)
        return True
    try:
        assert d.memory.order_id is not None
        await d.container.shop.cancel_order(d.memory.order_id)
    except Conflict:
        d.say("cancel_order_shipped", number=order.number)
        return True
    d.ticket("order_cancelled", number=order.number)
    d.reload_order()
    d.say(
        "order_cancelled",
        number=order.number,
        total=d.money(sum((m.amount for m in order.payment_methods), Decimal(0)), order.currency),
    )
    return True


async def _can_withdraw(d: Dialogue, order: Order) -> bool:
    prospects = [outlook(order, line.id, d.now, d.container.policy, await d.history()).unopened for line in order.lines]
    return any(prospect.decision is Verdict.APPROVE for prospect in prospects)


async def _by_right(d: Dialogue, order: Order) -> list[OrderLine]:
    """The lines that the law lets the shopper withdraw from today, in full."""
    history = await d.history()
    lines = [line for line in order.lines if not history.returned.get(line.id, 0)]
    views = {line.id: outlook(order, line.id, d.now, d.container.policy, history).unopened for line in lines}
    return [line for line in lines if any(basis.code is Code.WITHDRAWAL_RIGHT for basis in views[line.id].basis)]


async def _came_back(d: Dialogue, order: Order) -> bool:
    """Whether "my parcel" can only be that of a return: all of the order came, and a return of it is under way or was."""
    if d.draft.of_order or any(line.delivered_at is None or line.delivered_at > d.now for line in order.lines):
        return False
    return any(rma.status not in _NOT_SENT for rma in await d.returns())


async def track_order(d: Dialogue, order: Order) -> bool:
    if await _came_back(d, order):
        return await return_status(d, order)
    arrived = [
        line.delivered_at for line in order.lines if line.delivered_at is not None and line.delivered_at <= d.now
    ]
    if order.status in (OrderStatus.SHIPPED, OrderStatus.DELIVERED) and arrived and len(arrived) < len(order.lines):
        missing = [line.name for line in order.lines if line.delivered_at is None or line.delivered_at > d.now]
        d.say("track_partly", number=order.number, items=d.join(missing))
        return True
    last = max(arrived, default=None)
    d.say(
        f"track_{order.status}",
        number=order.number,
        date=d.day(d.local_day(order, last)) if last else "",
        placed=d.day(d.local_day(order, order.placed_at)),
    )
    return True


async def not_received(d: Dialogue, order: Order) -> bool:
    """Lost or late: what the order's record says, and a person for what the record cannot settle."""
    if d.draft.unwanted and (over := await _unwanted(d, order)) is not None:
        return over
    if order.status in (OrderStatus.PENDING, OrderStatus.CANCELLED) or await _came_back(d, order):
        return await track_order(d, order)
    if await afterwards.answered_before(d, Cause.NOT_RECEIVED, order.number):
        return True
    key = "not_received_delivered" if order.status is OrderStatus.DELIVERED else "not_received_shipped"
    d.say(key, number=order.number, when=d.container.promises.by_when(d.now, d.language))
    if d.draft.unwanted:
        d.say("not_received_unwanted")
    d.ticket(Cause.NOT_RECEIVED, number=order.number, status=order.status, unwanted=d.draft.unwanted)
    return True


async def _unwanted(d: Dialogue, order: Order) -> bool | None:
    """What did not come and is not wanted any more: called off before it is sent, withdrawn from on its way. None where neither
    is possible, such as for what the record says was delivered."""
    history = await d.history()
    coming = [line for line in order.lines if line.delivered_at is None or line.delivered_at > d.now]
    coming = [line for line in coming if not history.returned.get(line.id, 0)]
    named = await which_return.named_lines(d)
    meant = [line for line in coming if line.id in named]
    if named and not meant:
        return None
    if order.status is OrderStatus.PENDING and (not meant or len(meant) == len(order.lines)):
        d.memory.goal = Goal.CANCEL_ORDER
        return await cancel_order(d, order)
    views = {line.id: outlook(order, line.id, d.now, d.container.policy, history).unopened for line in meant or coming}
    open_to = [line for line in meant or coming if any(basis.code is Code.WITHDRAWAL_RIGHT for basis in views[line.id].basis)]
    if not open_to or order.status is OrderStatus.CANCELLED:
        return None
    d.memory.goal = Goal.WITHDRAW
    d.draft.items = [Item(id=line.id, quantity=line.quantity) for line in open_to]
    await returning.advance(d)
    return False


async def _appeal(d: Dialogue, order: Order) -> bool:
    if d.confirmed is False:
        d.say("anything_else")
        return True
    await talking.appeal(d)
    return True


async def _more_time(d: Dialogue, order: Order) -> bool:
    meant = await _meant(d, order)
    return True if meant is None else await more_time.answer(d, order, meant)


_ANSWERS = {
    Goal.RETURN_STATUS: return_status,
    Goal.REFUND_STATUS: refund_status,
    Goal.RESEND_LABEL: resend_label,
    Goal.CANCEL_RETURN: cancel_return,
    Goal.CANCEL_ORDER: cancel_order,
    Goal.TRACK_ORDER: track_order,
    Goal.NOT_RECEIVED: not_received,
    Goal.MORE_TIME: _more_time,
    Goal.CHANGE_OUTCOME: changing.advance,
    Goal.APPEAL: _appeal,
}

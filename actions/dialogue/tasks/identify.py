"""Finding the shopper's order, and making sure that it is theirs."""

from actions.dialogue.context import Dialogue
from actions.dialogue.facts import recall
from actions.dialogue.memory import Asked, Goal
from actions.dialogue.questions import QUESTIONS
from rma.model.conversations import Channel
from rma.model.errors import NotFound, TooManyAttempts
from rma.model.numbers import MistypedNumber
from rma.model.orders import Order


async def identified(d: Dialogue) -> Order | None:
    """The proven order; None when something had to be asked first, which is done then."""
    if (order := await d.order()) is not None:
        await recall(d)
        return order
    m = d.memory
    if m.return_number and not m.order_number and not await _order_of_return(d, m.return_number):
        return None
    if not m.order_number:
        await QUESTIONS["order_number"].ask(d)
        return None
    by_sender = d.conversation.channel == Channel.SMS and not m.contact and "by_sender" not in m.told
    if by_sender:
        m.told["by_sender"] = 1
        m.contact = d.conversation.address
    if not m.contact:
        await QUESTIONS["contact"].ask(d)
        return None
    contact, m.contact = m.contact, None
    try:
        found = await d.container.identity.prove(d.conversation, m.order_number, contact)
    except TooManyAttempts as error:
        d.say("too_many_attempts", minutes=-(-error.retry_after // 60))
        m.asked = None
        return None
    if found is None:
        if m.goal is Goal.WITHDRAW and "withdraw_page" not in m.told:
            # A withdrawal is valid also when its sender cannot be proven: there it can be declared all the same.
            d.say("withdraw_page", url=f"{d.container.settings.address}/withdraw?lang={d.language}")
        if by_sender:
            await QUESTIONS["contact"].ask(d)
        else:
            d.ask(Asked(slot="contact", kind="email"), d.text("order_not_found", number=m.order_number[:40]))
        return None
    m.order_id, order = found
    m.order_number, m.contact = order.number, contact
    d.say(
        "order_found",
        name=order.customer.name.split()[0] if order.customer.name.strip() else "",
        number=order.number,
        date=d.day(d.local_day(order, order.placed_at)),
    )
    await recall(d)
    return order


async def _order_of_return(d: Dialogue, number: str) -> bool:
    """Takes the order from a return number. An unknown one goes on as an order number that nothing will prove, so that it
    is answered like any other. False when it was mistyped, which is said."""
    try:
        d.memory.order_number = (await d.container.returns.get(number)).order
    except MistypedNumber:
        d.memory.return_number = None
        d.ask(Asked(slot="order_number", kind="text"), d.text("return_number_mistyped", number=number[:20]))
        return False
    except NotFound:
        d.memory.order_number = number
    return True

"""Finding the shopper's order, and making sure that it is theirs."""

from actions.dialogue.context import Dialogue
from actions.dialogue.items import recall
from actions.dialogue.memory import Asked, Goal
from actions.dialogue.questions import QUESTIONS
from actions.dialogue.tasks import by_sender
from rma.model.errors import NotFound, TooManyAttempts
from rma.model.numbers import MistypedNumber
from rma.model.orders import Order, same_number
from rma.model.phones import number_of


async def identified(d: Dialogue) -> Order | None:
    """The proven order; None when something had to be asked first, which is done then."""
    if (order := await d.order()) is not None:
        await recall(d)
        return order
    m = d.memory
    number = m.order_number or (await _order_of_return(d, m.return_number) if m.return_number else None)
    if m.return_number and not number:
        return None
    try:
        if (not m.contact or not number) and (mine := await by_sender.orders(d)):
            if not number:
                if not await by_sender.settle(d, mine):
                    return None
                number = m.order_number
            if any(same_number(order.number, number) for _, order in mine):
                m.contact = number_of(d.conversation.address or "")
    except TooManyAttempts as error:
        _refuse(d, error)
        return None
    if not number:
        if m.contact and "order_number_besides" not in m.told:
            # The same whether or not anybody has ordered with that address.
            d.ask(Asked(slot="order_number", kind="text"), d.text("order_number_besides"))
            return None
        await QUESTIONS["order_number"].ask(d)
        return None
    if not m.contact:
        await QUESTIONS["contact"].ask(d)
        return None
    contact, m.contact = m.contact, None
    try:
        found = await d.container.identity.prove(d.conversation, number, contact)
    except TooManyAttempts as error:
        _refuse(d, error)
        return None
    if found is None:
        if m.goal is Goal.WITHDRAW and "withdraw_page" not in m.told:
            # A withdrawal is valid also when its sender cannot be proven: there it can be declared all the same.
            d.say("withdraw_page", url=f"{d.container.settings.address}/withdraw?lang={d.language}")
        d.ask(Asked(slot="contact", kind="email"), _not_found(d))
        return None
    order_id, order = found
    d.proven(order_id, order)
    m.order_number, m.contact = order.number, contact
    d.say(
        "order_by_number" if m.guessed else "order_found",
        name=order.customer.name.split()[0] if order.customer.name.strip() else "",
        number=order.number,
        date=d.day(d.local_day(order, order.placed_at)),
        items=by_sender.items(d, order),
    )
    await recall(d)
    return order


def _refuse(d: Dialogue, error: TooManyAttempts) -> None:
    d.say("too_many_attempts", minutes=-(-error.retry_after // 60))
    d.memory.asked = None


def _not_found(d: Dialogue) -> str:
    """Names only what the shopper typed: who knows a return number does not learn the order's from it."""
    m = d.memory
    if m.order_number:
        return d.text("order_not_found", number=m.order_number[:40])
    return d.text("return_not_found", number=(m.return_number or "")[:40])


async def _order_of_return(d: Dialogue, number: str) -> str | None:
    """The number of the order that a return number is of, which stays unsaid until it is proven. An unknown one goes on as an order
    number that nothing will prove, so that it is answered like any other. None when it was mistyped, which is said."""
    try:
        return (await d.container.returns.get(number)).order
    except MistypedNumber:
        d.memory.return_number = None
        d.ask(Asked(slot="order_number", kind="text"), d.text("return_number_mistyped", number=number[:20]))
        return None
    except NotFound:
        return number

"""A label on its way elsewhere: to the number or address of the order at once, to any other only after a code sent there."""

from functools import partial

from actions.dialogue.context import Dialogue
from actions.dialogue.memory import Asked, SendTo
from actions.dialogue.papers import tell_label_again
from rma.model.errors import TooManyAttempts
from rma.model.onetime import Answer
from rma.model.orders import Order
from rma.model.outgoing import Medium
from rma.model.reach import is_email, masked, mobile, reach, same_address
from rma.model.returns import Return
from rma.service.codes import VALID


async def after_created(d: Dialogue, rma: Return, to: SendTo | None, told: list[str]) -> None:
    """What was asked for while the return was being made. `told`: addresses that it went to anyway."""
    order = await d.order()
    if to is None or rma.label is None or order is None:
        return
    address = to.address or reach(order, to.medium) or ""
    if not any(same_address(address, other) for other in told):
        await go(d, to.model_copy(update={"numbers": [rma.number]}))


async def go(d: Dialogue, to: SendTo) -> None:
    """Sends to an address that is known to be the shopper's; asks for an address, or for the code that proves one, otherwise."""
    order = await d.order()
    assert order is not None
    d.memory.asked, d.memory.sending = None, to
    address = _written(order, to)
    if address is None:
        d.say(f"sending_{'needs' if to.address is None else 'not'}_{to.medium}")
        d.memory.sending = to.model_copy(update={"address": None})
        return
    to = to.model_copy(update={"address": address, "code_sent": False})
    if await _opted_out(d, to):
        d.memory.sending = None
        d.say("sending_opted_out", address=shown(d, address))
    elif await _known(d, order, address):
        await send(d, to)
    else:
        await send_code(d, to)


def _written(order: Order, to: SendTo) -> str | None:
    """The address in its one form; None for one that cannot work, and where the order has none."""
    if to.address is None:
        return reach(order, to.medium)
    if to.medium is Medium.SMS:
        return mobile(to.address, order.shipping_address.country)
    return to.address if is_email(to.address) else None


async def _known(d: Dialogue, order: Order, address: str) -> bool:
    """The order's own, the number that the shopper texts from, or one that was proven in this conversation."""
    own = [reach(order, medium) for medium in Medium] + ([d.conversation.address] if d.by_sms else [])
    if any(same_address(address, one) for one in own if one):
        return True
    return await d.container.codes.proven(d.conversation.id, address)


async def _opted_out(d: Dialogue, to: SendTo) -> bool:
    if to.medium is not Medium.SMS or to.address is None:
        return False
    async with d.container.transactions() as uow:
        return await uow.consents.opted_out(to.address)


async def send_code(d: Dialogue, to: SendTo, again: bool = False) -> None:
    """Sends a code, and asks for it; says when there have been too many."""
    assert to.address is not None and d.memory.order_id is not None
    try:
        await d.container.codes.check_room(d.conversation, d.memory.order_id, to.address)
    except TooManyAttempts as error:
        minutes = -(-error.retry_after // 60)
        if again and to.code_sent:  # The code that was sent may still count.
            d.ask(Asked(slot="code", kind="text"), d.text("code_limit", minutes=minutes))
        else:
            d.memory.asked = d.memory.sending = None
            d.say("code_limit", minutes=minutes)
        return
    key = f"{d.conversation.id}:{d.conversation.version}"
    target = (to.medium, to.address)
    d.also(partial(d.container.codes.send, conversation=d.conversation, order_id=d.memory.order_id, to=target, key=key))
    d.memory.sending = to.model_copy(update={"code_sent": True})
    text = d.text("code_new" if again else "ask_code", address=shown(d, to.address))
    d.ask(Asked(slot="code", kind="text"), text)


def code_refused(d: Dialogue, answer: Answer, left: int) -> None:
    match answer:
        case Answer.WRONG:
            d.say("code_wrong", left=left)
        case Answer.USED_UP:
            d.say("code_used_up")
        case _:
            d.say("code_expired", minutes=int(VALID.total_seconds() // 60))


async def send(d: Dialogue, to: SendTo) -> None:
    """To an address that is the shopper's. Who reads the conversation there already gets it in the answer."""
    order = await d.order()
    assert order is not None and to.address is not None
    d.memory.sending = to.model_copy(update={"code_sent": False, "turn": d.memory.turns})
    returns = [await d.container.returns.get(number) for number in to.numbers]
    returns = [rma for rma in returns if rma.label is not None and rma.order_id == d.memory.order_id]
    if not returns:
        d.say("no_returns", number=order.number)
        return
    here = d.by_sms and to.medium is Medium.SMS and same_address(d.conversation.address or "", to.address)
    often = not here and not await d.container.notices.may_send(order_id=returns[0].order_id)
    if here or often:
        if often:
            d.say("sent_enough")
        for rma in returns:
            tell_label_again(d, order, rma)
        return
    for rma in returns:
        key = f"{d.conversation.id}:{d.conversation.version}:{rma.number}:{to.medium}"
        target = (to.medium, to.address)
        send_it = d.container.notices.send_label
        d.also(partial(send_it, rma=rma, order=order, to=target, conversation=d.conversation, key=key))
    numbers = d.join([rma.number for rma in returns])
    d.say(f"sent_by_{to.medium}", number=numbers, address=shown(d, to.address))


def shown(d: Dialogue, address: str) -> str:
    """An address as it is said: masked, in signs that a text message has."""
    return masked(address, "*" if d.by_sms else "•")

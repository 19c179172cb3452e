"""The wish to have a label sent elsewhere: heard wherever the conversation is, and kept until there is a label."""

from actions.dialogue import sending, which_return
from actions.dialogue.context import Dialogue
from actions.dialogue.facts import take_identity
from actions.dialogue.memory import Draft, Goal, SendTo
from actions.dialogue.papers import TO_SEND
from actions.dialogue.questions import QUESTIONS
from actions.dialogue.sending_words import address_in, not_arrived, wish_of
from actions.dialogue.tasks import progress
from actions.dialogue.tasks.identify import identified
from rma.model.codes import ReturnStatus
from rma.model.errors import TooManyAttempts
from rma.model.orders import Order
from rma.model.returns import RELEASED, Return

_JUST_NOW = 2
"""Turns after a label left in which "it" is the message with it."""
_ANSWERED_BY_IT = ("order_number", "contact", "method", "confirm")
"""Questions that the same words may answer: "label, to my phone", "to noah@example.com"."""
_MOST = 3
"""Labels sent for one wish."""


async def heard(d: Dialogue) -> bool:
    """Takes the wish to have a label sent somewhere. True when that answered the message; False also when it is kept until there is
    a label, and the rest of the message is still to be read."""
    m = d.memory
    if d.reading.choice is not None or (m.asked is not None and m.asked.slot == "code"):
        return False
    free = m.goal is None and m.asked is None
    to = wish_of(d.reading, bare=free and m.order_id is not None)
    if to is None and free and m.sending is not None:
        to = _about_the_last(d, m.sending)
    if to is None:
        return False
    if m.goal is not None and m.goal.makes_return:
        m.draft.send_to = to
        if m.asked is None or m.asked.slot in _ANSWERED_BY_IT or len(d.reading.plain.split()) > 9:
            return False
        d.say("sending_once_made")
        return await _again(d)
    if m.goal is Goal.RESEND_LABEL and m.asked is not None and m.order_id is None:
        m.draft.send_to = to
        return False
    m.goal, m.asked, m.misses, m.draft = Goal.RESEND_LABEL, None, 0, Draft(send_to=to)
    which_return.note(d)
    if m.order_id is None:
        take_identity(d)
        await _spare_proof(d, to)
    elif number := d.reading.value("return_number"):
        m.return_number = str(number)
    order = await identified(d)
    if order is not None:
        await of_goal(d, order)
    return True


def _about_the_last(d: Dialogue, last: SendTo) -> SendTo | None:
    """The address that was asked for, or another one right after; the same again for what did not arrive."""
    just_now = last.turn is None or d.memory.turns - last.turn <= _JUST_NOW
    if just_now and (to := address_in(d.reading)):
        return to.model_copy(update={"numbers": last.numbers})
    return last if just_now and last.turn is not None and not_arrived(d.reading) else None


async def _spare_proof(d: Dialogue, to: SendTo) -> None:
    """Whom it is for need not be who ordered: an address that proves nothing is not held against the shopper who gave it."""
    m = d.memory
    if to.address is None or m.contact is None:
        return
    try:
        proven = m.order_number and await d.container.identity.prove(d.conversation, m.order_number, m.contact)
    except TooManyAttempts:
        proven = None
    m.contact = m.contact if proven else None


async def _again(d: Dialogue) -> bool:
    asked = d.memory.asked
    assert asked is not None
    await QUESTIONS[asked.slot].ask(d, asked.line)
    return True


def noted(d: Dialogue) -> bool:
    """Whether the message asked for it beside a question of a return that is being made."""
    m = d.memory
    makes = m.goal is not None and m.goal.makes_return and m.draft.send_to is not None
    return makes and wish_of(d.reading) is not None


async def of_goal(d: Dialogue, order: Order) -> None:
    """Which label it is, and then on its way."""
    to = d.memory.draft.send_to
    assert to is not None
    if not to.numbers and await which_return.told_of_none(d, order, await which_return.meant(d, order)):
        d.memory.clear_task()
        return
    numbers = to.numbers or [rma.number for rma in await _at_hand(d)]
    returns = await d.returns()
    d.memory.clear_task()
    if numbers:
        await sending.go(d, to.model_copy(update={"numbers": numbers}))
    elif sent := [rma for rma in returns if rma.label is not None and rma.status not in TO_SEND]:
        await progress.tell_return(d, order, sent)
    elif standing := [rma for rma in returns if rma.status not in RELEASED]:
        waits = standing[0].status is ReturnStatus.REVIEW or standing[0].method is not None
        d.say("label_not_yet" if waits else "label_not_needed", number=standing[0].number)
    else:
        d.say("no_returns", number=order.number)


async def _at_hand(d: Dialogue) -> list[Return]:
    """The labelled return that waits for its parcel and is spoken of: the one named, the one made here, else all."""
    order = await d.order()
    assert order is not None
    found = await which_return.meant(d, order)
    standing = [rma for rma in found.returns if rma.status not in RELEASED]
    fresh = [await d.container.returns.ensure_label(rma, d.conversation.id) for rma in standing]
    labelled = [rma for rma in fresh if rma.label is not None and rma.status in TO_SEND]
    for number in (d.memory.return_number, d.memory.last_return):
        if one := [rma for rma in labelled if rma.number == number]:
            return one
    return labelled[:_MOST]

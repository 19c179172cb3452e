"""Orders found by the number that a text message came from. One that fits is taken at once and said by name; of several the shopper
picks one; and a no leads on to the order's number."""

import re
from collections.abc import Sequence

from actions.dialogue.context import Dialogue
from actions.dialogue.memory import Asked, Goal
from actions.dialogue.questions.identity import OTHER_ORDER, with_item
from actions.dialogue.words import NO, WRONG_ORDER
from rma.model.codes import OrderStatus
from rma.model.conversations import ChoiceOption
from rma.model.orders import Order, order_key

SHOWN = 4
Mine = Sequence[tuple[int, Order]]

_NAMES = 2
_NOT_THAT = re.compile(
    r"(?:no[\s,.!]*|non[\s,.!]*)?(?:not (?:that|this)(?: one| order)?|(?:the |an)?other(?: one| order)?|it'?s another(?: one)?|"
    r"pas cell?e?-?(?: ?la| ?ci)?|(?:une |l'|c'est une )autre(?: commande)?|pas la bonne|c'est pas celle-?(?: ?la| ?ci)?)[\s,.!]*"
)
_TAKES_NO = ("photo", "condition", "confirm")
_ABOUT_RETURNS = (Goal.RETURN_STATUS, Goal.REFUND_STATUS, Goal.RESEND_LABEL, Goal.CANCEL_RETURN)


async def orders(d: Dialogue) -> Mine:
    """The latest orders of the sender's number, without those that the shopper said no to. Raises TooManyAttempts."""
    if not d.by_sms:
        return ()
    refused = set(d.memory.other_orders)
    return [(number, order) for number, order in await d.container.identity.of_sender(d.conversation) if order.key not in refused]


async def settle(d: Dialogue, mine: Mine) -> bool:
    """Takes the one order that can be meant; False when the shopper has to say which, and was asked."""
    likely = await _likely(d, mine)
    if len(likely) == 1 and not d.memory.other_orders:
        d.memory.order_number, d.memory.guessed = likely[0].number, True
        return True
    ask(d, likely)
    return False


def ask(d: Dialogue, likely: Sequence[Order]) -> None:
    options = [ChoiceOption(label=f"{order.number}: {items(d, order)}", value=order.number) for order in likely[:SHOWN]]
    options.append(ChoiceOption(label=d.plain_text("choice_other_order"), value=OTHER_ORDER))
    d.ask(Asked(slot="order_number", kind="choice", options=options), d.text("ask_order_mine"))


def items(d: Dialogue, order: Order) -> str:
    """What was ordered, short: "Mug, T-shirt +3"."""
    names = list(dict.fromkeys(line.name for line in order.lines))
    more = f" +{len(names) - _NAMES}" if len(names) > _NAMES else ""
    return ", ".join(names[:_NAMES]) + more


def refused(d: Dialogue) -> bool:
    """Whether the shopper says that the order which was taken for theirs is not the one; it is forgotten then."""
    m, bare = d.memory, d.reading.bare
    plain_no = NO.fullmatch(bare) and (m.asked is None or m.asked.slot not in _TAKES_NO)
    said = plain_no or _NOT_THAT.fullmatch(bare) or WRONG_ORDER.search(d.reading.plain)
    if d.reading.choice is not None or d.reading.values("order_number") or m.order_number is None or not said:
        return False
    m.other_orders.append(order_key(m.order_number))
    d.forget_order()
    m.order_number, m.contact, m.asked = None, None, None
    return True


async def _likely(d: Dialogue, mine: Mine) -> list[Order]:
    """The orders that the errand can be about, as far as that can be told; all of them where it cannot."""
    goal, every = d.memory.goal, [order for _, order in mine]
    ids = {order.key: order_id for order_id, order in mine}
    if goal in _ABOUT_RETURNS:
        fitting = [order for order in every if await d.container.returns.of_order(ids[order.key])]
    elif goal is Goal.CANCEL_ORDER:
        fitting = [order for order in every if order.status is OrderStatus.PENDING]
    elif goal in (Goal.TRACK_ORDER, Goal.NOT_RECEIVED):
        fitting = [order for order in every if order.status in (OrderStatus.PENDING, OrderStatus.SHIPPED)]
    else:
        fitting = [order for order in every if order.status is not OrderStatus.CANCELLED]
    fitting = fitting or every
    return with_item(d, fitting, [said.text for said in d.memory.said] + [d.reading.text]) or fitting

"""Which return of the order an errand is about: the one whose number was said, or those of the item that was named.

"Cancel the return of the bottle" is of the bottle's return and of no other; where none is of it, that is said and nothing is done.
"""

import re
from dataclasses import dataclass

from actions.dialogue.context import Dialogue
from actions.dialogue.memory import Goal
from actions.dialogue.particulars import without_numbers
from actions.dialogue.words import fold
from rma.model.numbers import MistypedNumber, parse_return_number
from rma.model.orders import Order
from rma.model.returns import CANCELLABLE, RELEASED, Return

ERRANDS = (
    Goal.RETURN_STATUS, Goal.REFUND_STATUS, Goal.RESEND_LABEL, Goal.CANCEL_RETURN, Goal.MORE_TIME, Goal.CHANGE_OUTCOME,
)  # fmt: skip

_THING = r"(?:the|this|that|my|our|those|these|la|le|les|l'|ma|mon|mes|cette|cet|ce|ces|du|des|de la|de l'|de ma|de mon|de mes)"
_OF = re.compile(
    rf"\b(?:returns?|refunds?|labels?|money|credit|retours?|etiquettes?|remboursements?|argent|avoir|bon)\b(?: label)? (?:of|for|from|on|pour)\b(?: {_THING})? ?(?P<en>.+)"
    rf"|\b(?:retours?|etiquettes?|remboursements?|argent|avoir)\b (?:pour )?{_THING} ?(?P<fr>.+)"
    rf"|\b(?:where|when|ou|quand)\b.*?\b(?:my|the|mon|ma|mes|le|la|les) (?P<mid>.+?) (?:returns?|refunds?|labels?)\b"
)
"""Where the words of the item stand that a return, a label or a refund is of."""
_NO_ITEM = re.compile(r"\b(?:printer|phone|mobile|computer|laptop|imprimante|telephone|portable|ordinateur|box|carton|card|carte)\b")
"""Things in which a label arrives, and the way that was paid by."""


@dataclass(frozen=True)
class Meant:
    """`returns`: those that can be meant, the newest first. `named`: an item was named. `gone`: those of it that are over, where
    none that stands is of it. `lines`: what was named of the order."""

    returns: list[Return]
    named: bool = False
    gone: tuple[Return, ...] = ()
    lines: tuple[str, ...] = ()


async def meant(d: Dialogue, order: Order) -> Meant:
    """Of the proven order. Without a word about which, all that stand; all that ever were where none does."""
    returns = await d.returns()
    if d.memory.return_number:
        try:
            number = parse_return_number(d.memory.return_number)
        except MistypedNumber:
            return Meant(returns)
        return Meant([rma for rma in returns if rma.number == number] or returns)
    lines = await named_lines(d)
    if not lines:
        return Meant([], named=True) if returns and names_a_stranger(d) else Meant(returns)
    of_them = _with(returns, lines)
    standing = [rma for rma in of_them if rma.status not in RELEASED]
    if standing or not returns:
        return Meant(standing, named=bool(returns), lines=lines)
    every = list(reversed(await d.container.returns.of_order(order_id_of(d))))
    return Meant([], named=True, gone=tuple(_with(every, lines)), lines=lines)


def order_id_of(d: Dialogue) -> int:
    assert d.memory.order_id is not None
    return d.memory.order_id


def _with(returns: list[Return], lines: tuple[str, ...]) -> list[Return]:
    return [rma for rma in returns if any(line.id in lines for line in rma.lines)]


async def named_lines(d: Dialogue) -> tuple[str, ...]:
    """The lines of the order that the words of the errand name, or may name."""
    matcher = await d.matcher()
    found = matcher.named(d.draft.about or "")
    return tuple(dict.fromkeys([*found.lines, *found.unclear]))


def names_a_stranger(d: Dialogue) -> bool:
    """Whether the errand is of an item that the order does not have: "the return of the kettle" of an order without one."""
    found = _OF.search(fold(d.draft.about or ""))
    if found is None:
        return False
    words = next(group for group in found.groups() if group is not None)
    return not _NO_ITEM.search(words) and bool(d.lexicon.products.named(words))


def note(d: Dialogue) -> None:
    """Keeps the words of an errand: once the order is proven they tell which of its returns is meant."""
    m = d.memory
    if m.goal not in ERRANDS or d.reading.choice is not None:
        return
    m.draft.about = without_numbers(d.reading)[:500]
    if m.order_id is not None and not d.reading.values("return_number") and d.reading.values("product"):
        m.return_number = None  # Another one than was spoken of.


async def at_choice(d: Dialogue) -> list[Return]:
    """Those among which the shopper is asked to choose."""
    order = await d.order()
    assert order is not None
    returns = (await meant(d, order)).returns or await d.returns()
    if d.memory.goal is Goal.CANCEL_RETURN:
        return [rma for rma in returns if rma.status in CANCELLABLE] or returns
    return returns


async def told_of_none(d: Dialogue, order: Order, found: Meant) -> bool:
    """Says that no return is of what was named, and which there are. False where there is one, or nothing was named."""
    if not found.named or found.returns or found.gone:
        return False
    standing = [rma for rma in await d.returns() if rma.status not in RELEASED]
    named = "; ".join(f"{rma.number} ({d.join([line.name for line in rma.lines])})" for rma in standing[:4])
    if found.lines:
        items = d.join([d.title(order, line) for line in found.lines])
        d.say("return_not_of_item" if named else "return_not_of_item_none", items=items, number=order.number, returns=named)
    else:
        d.say("return_not_of_that" if named else "no_returns", number=order.number, returns=named)
    return True

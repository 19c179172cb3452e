"""Two wishes in one message: the second is kept, and taken up once the first is done.

It is of another order ("return the shirt from W1, and where is W2?"), or another errand with the same one ("the shirt is too big and
the backpack never came").
"""

import re

from actions.dialogue.context import Dialogue
from actions.dialogue.goals import goal_of, wish_of
from actions.dialogue.memory import Goal, SaidOfInstead
from actions.dialogue.reading import Clause
from actions.dialogue.tasks import advising
from actions.dialogue.thread import go_on
from actions.dialogue.words import fold
from rma.model.conversations import Owner

_ERRANDS = (Goal.TRACK_ORDER, Goal.NOT_RECEIVED, Goal.REFUND_STATUS, Goal.RETURN_STATUS, Goal.CANCEL_ORDER)
_ASKED = re.compile(
    r"\?|\b(?:where|wheres|when|whens|track|any news|status|cancel|ou (?:est|en est|sont)|quand|suivre|suivi|nouvelles|annul\w+)\b"
    r"|\b(?:never|not|still|jamais|pas|toujours)\b|n'?t\b"
)
"""Without it "my order came last week" is a story and no errand."""


def note(d: Dialogue) -> None:
    """Looks at the message that begins a task for what else it wishes."""
    m = d.memory
    if m.goal is None or d.reading.choice is not None:
        return
    if m.later is not None and m.later.goal is m.goal and m.later.order in (None, m.order_number):
        m.later = None  # The shopper took it up.
    if m.later is not None or len(d.reading.clauses) < 2:
        return
    other = next((part for part in d.reading.clauses if _is_other(m.goal, part)), None)
    if other is not None and (goal := goal_of(other)) is not None:
        m.later = wish_of(d.reading, other, goal)


def _is_other(goal: Goal, part: Clause) -> bool:
    wished = goal_of(part)
    if wished is None or part.aside:
        return False
    plain = fold(part.text)
    if goal.makes_return:
        return wished in _ERRANDS and bool(_ASKED.search(plain)) and not advising.HOW_SOON.search(plain)
    return goal in _ERRANDS and wished.makes_return and part.reason is not None


async def take_up(d: Dialogue) -> None:
    """Begins what was wished besides, when nothing else is going on: not with a person, not after all was given up."""
    m = d.memory
    if m.later is None or m.goal is not None or m.asked is not None or d.conversation.owner is Owner.PERSON:
        return
    later, m.later = m.later, None
    if m.dropped is not None and m.dropped_at == m.turns:
        return
    contact = m.contact
    if later.order is not None:
        d.forget_order()
        m.order_number, m.contact = later.order, contact
        d.say("now_the_other_order", number=later.order[:40])
    else:
        d.say("now_the_other")
    m.goal, m.draft.of_order = later.goal, True
    if later.goal.makes_return:
        m.said = [later.said]
        m.instead = [SaidOfInstead(text=later.said.text, parse=later.said.parse, turn=m.turns, wishing=later.goal is Goal.EXCHANGE)]
    await go_on(d)

"""Which task an intent asks for, of a message and of its clauses."""

import re

from actions.dialogue.claiming import never_came
from actions.dialogue.memory import Goal, Later, Said
from actions.dialogue.reading import Clause, Reading
from actions.dialogue.words import fold
from rma.model.codes import Resolution

GOALS = {
    "request_return": Goal.RETURN,
    "report_problem": Goal.RETURN,
    "request_exchange": Goal.EXCHANGE,
    "withdraw_contract": Goal.WITHDRAW,
    "check_return_status": Goal.RETURN_STATUS,
    "check_refund_status": Goal.REFUND_STATUS,
    "resend_label": Goal.RESEND_LABEL,
    "cancel_return": Goal.CANCEL_RETURN,
    "cancel_order": Goal.CANCEL_ORDER,
    "track_order": Goal.TRACK_ORDER,
    "report_not_received": Goal.NOT_RECEIVED,
}
_SURE = 0.6
"""From this confidence on a clause has a wish of its own."""


_WHERE = re.compile(
    r"\b(?:where(?:'?s| is| are)|when (?:will|does|is|do)|track(?:ing)?|any news (?:of|on)|ou (?:est|en est|sont)|quand|des nouvelles de)\b.*"
    r"\b(?:orders?|parcels?|packages?|delivery|purchase|commandes?|colis|livraison|achat)\b"
)
"""Beside a return the model hears a return in it, too."""


def goal_of(part: Clause) -> Goal | None:
    """None where the clause has no wish of its own, or it is not sure."""
    if _WHERE.search(fold(part.text)):
        return Goal.TRACK_ORDER
    if never_came(part.text):
        return Goal.NOT_RECEIVED
    return GOALS.get(part.intent or "") if part.confidence >= _SURE else None


def clause_with(reading: Reading, order: str) -> Clause | None:
    """The clause in which the number of an order stands."""
    named = next((entity for entity in reading.entities if entity.kind == "order_number" and str(entity.value) == order), None)
    return next((part for part in reading.clauses if named and part.start <= named.start < part.end), None)


def wish_of(reading: Reading, part: Clause | None, goal: Goal, order: str | None = None) -> Later:
    """A wish to be taken up later: what the clause says of it, and the other order."""
    part = part or reading.parts[-1]
    inside = [entity for entity in reading.entities if part.start <= entity.start and entity.end <= part.end]
    parse = {
        "intent": {"name": part.intent, "confidence": part.confidence},
        "reason": part.reason, "reason_confidence": 1.0 if part.reason else 0.0,
        "entities": [
            {"entity": one.kind, "value": one.value, "start": one.start - part.start, "end": one.end - part.start} for one in inside
        ],
    }  # fmt: skip
    return Later(goal=goal, order=order, said=Said(text=part.text, parse=parse))


def speaks_of_exchange(reading: Reading) -> bool:
    """Whether a message wishes another one instead, as a whole or in a part."""
    named = {str(value) for value in reading.values("resolution")} & {Resolution.EXCHANGE, Resolution.REPLACEMENT}
    parts = any(GOALS.get(part.intent or "") is Goal.EXCHANGE and part.confidence >= 0.6 for part in reading.clauses)
    return bool(named) or parts or reading.is_sure("request_exchange")

"""Which messages of a turn a person should look at, so that the model understands the next shopper better.

Seen from what the turn did, not from where it went: a misunderstanding was counted, a person has the conversation now, or the
model was unsure of what the dialogue then went by.
"""

from dataclasses import dataclass

from actions.dialogue.context import Dialogue
from actions.dialogue.memory import Asked, Heard, Memory
from actions.dialogue.reading import SURE, SURE_REASON
from rma.model.codes import Language, as_code
from rma.model.conversations import Owner
from rma.model.review import Cause, Puzzle, Understood

_SURE_LANGUAGE = 0.6


@dataclass(frozen=True)
class Before:
    """What a turn began with."""

    misses: int
    asked: Asked | None
    heard: Heard | None

    @classmethod
    def of(cls, memory: Memory) -> "Before":
        return cls(memory.misses, memory.asked, memory.heard)


def puzzles(d: Dialogue, message_id: int, before: Before) -> list[Puzzle]:
    """The puzzles of a turn that is over, oldest message first; remembers what was understood for the turn to come.

    A person who was fetched or asked for is put down to the message before too, if it was typed: it is what led there.
    """
    typed = d.reading.choice is None and any(c.isalnum() for c in d.reading.text)
    understood = _understood(d)
    handed_over = d.conversation.owner is Owner.PERSON
    found = []
    if handed_over and before.heard is not None and before.heard.turn == d.memory.turns - 1:
        found.append(Puzzle(message_id=before.heard.message_id, cause=Cause.PERSON, understood=before.heard.understood))
    if typed:
        if d.memory.misses > before.misses:
            found.append(Puzzle(message_id=message_id, cause=Cause.NOT_UNDERSTOOD, understood=understood))
        elif handed_over:
            found.append(Puzzle(message_id=message_id, cause=Cause.PERSON, understood=understood))
        elif _unsure(d, before):
            found.append(Puzzle(message_id=message_id, cause=Cause.UNSURE, understood=understood))
    d.memory.heard = (
        Heard(message_id=message_id, turn=d.memory.turns, understood=understood) if typed and not handed_over else None
    )
    return found


def _understood(d: Dialogue) -> Understood:
    shown = as_code(Language, d.reading.language) if d.reading.language_confidence >= _SURE_LANGUAGE else None
    return Understood(
        intent=d.reading.intent,
        confidence=round(d.reading.confidence, 4),
        reason=d.reading.faint_reason,
        language=shown or d.conversation.language,
    )


def _unsure(d: Dialogue, before: Before) -> bool:
    """An answer to what was asked needs no intent: "the blue one" is understood by the question. A reason does."""
    if before.asked is None or d.memory.answered is not before.asked:
        return d.reading.confidence < SURE
    return before.asked.slot == "reason" and d.reading.reason_confidence < SURE_REASON

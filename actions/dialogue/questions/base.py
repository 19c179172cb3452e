"""What a question is: how it is asked, and how an answer to it is read."""

from typing import Protocol

from actions.dialogue.context import Dialogue
from actions.dialogue.matching import match_option


class Question(Protocol):
    slot: str

    async def ask(self, d: Dialogue, line: str | None = None) -> None:
        """Puts the question; `line` is the order line it is about."""

    async def read(self, d: Dialogue) -> bool:
        """Takes the message as the answer; False when it is none, and then nothing is changed."""


def picked(d: Dialogue) -> str | None:
    """The option that the message picks: by button, number, label or code."""
    asked = d.memory.asked
    if asked is None:
        return None
    if d.reading.choice is not None:
        return d.reading.choice[0] if len(d.reading.choice) == 1 else None
    return match_option(d.reading.text, asked.options)

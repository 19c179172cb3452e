"""The yes before anything is created or called off."""

from actions.dialogue.context import Dialogue
from actions.dialogue.memory import Asked
from actions.dialogue.questions.base import picked
from actions.dialogue.questions.outcome import confirm_options, yes_or_no
from rma.model.conversations import ChoiceOption


class Confirm:
    """The task puts the question, since only it knows what is confirmed; see `put`."""

    slot = "confirm"

    async def ask(self, d: Dialogue, line: str | None = None) -> None:
        put(d, d.text("confirm_again"))

    async def read(self, d: Dialogue) -> bool:
        answer = yes_or_no(d)
        if answer is None:
            return False
        d.confirmed = answer
        return True


def put(d: Dialogue, text: str) -> None:
    """Asks `text` with yes and no; the answer is in `d.confirmed` on the next turn."""
    d.ask(Asked(slot=Confirm.slot, kind="confirm", options=confirm_options(d)), text)


class WhichReturn:
    """One of several returns of an order."""

    slot = "return_number"

    async def ask(self, d: Dialogue, line: str | None = None) -> None:
        options = [
            ChoiceOption(label=f"{rma.number}: {', '.join(item.name for item in rma.lines)}", value=rma.number)
            for rma in await d.returns()
        ]
        d.ask(Asked(slot=self.slot, kind="choice", options=options), d.text("ask_which_return"))

    async def read(self, d: Dialogue) -> bool:
        value = picked(d) or d.reading.value("return_number")
        if value is None:
            return False
        d.memory.return_number = str(value)
        return True

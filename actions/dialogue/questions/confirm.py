"""The yes before anything is created or called off."""

from actions.dialogue import which_return
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
            for rma in await which_return.at_choice(d)
        ]
        d.ask(Asked(slot=self.slot, kind="choice", options=options), d.text("ask_which_return"))

    async def read(self, d: Dialogue) -> bool:
        value = picked(d) or d.reading.value("return_number")
        if value is not None:
            d.memory.return_number = str(value)
            return True
        return d.reading.choice is None and await self._by_item(d)

    @staticmethod
    async def _by_item(d: Dialogue) -> bool:
        """ "The jacket": the return that has it; False where that leaves as many as before."""
        asked, before = d.memory.asked, d.draft.about
        assert asked is not None
        d.draft.about = d.reading.text[:500]
        lines = await which_return.named_lines(d)
        numbers = {rma.number for rma in await which_return.at_choice(d)} & {option.value for option in asked.options}
        if not lines or not numbers or len(numbers) == len(asked.options):
            d.draft.about = before
            return False
        return True

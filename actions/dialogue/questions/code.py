"""The one-time code that shows a number or address to be the shopper's, before anything is sent there."""

import re
import unicodedata

from actions.dialogue import sending
from actions.dialogue.context import Dialogue
from actions.dialogue.memory import Asked
from actions.dialogue.sending_words import address_in, not_arrived, wish_of
from actions.dialogue.words import CANCEL, NO
from rma.model.onetime import DIGITS, Answer

_DIGIT = re.compile(r"\d")


class Code:
    slot = "code"

    async def ask(self, d: Dialogue, line: str | None = None) -> None:
        to = d.memory.sending
        if to is None or to.address is None:  # Given up meanwhile; there is nothing left to prove.
            d.memory.asked = None
            d.say("how_can_i_help")
            return
        d.ask(Asked(slot=self.slot, kind="text"), d.text("ask_code_again", address=sending.shown(d, to.address)))

    async def read(self, d: Dialogue) -> bool:
        to = d.memory.sending
        if to is None or to.address is None:
            return False
        text = d.reading.choice[0] if d.reading.choice else d.reading.text
        plain = d.reading.bare
        if d.reading.choice is None and (CANCEL.fullmatch(plain) or NO.fullmatch(plain)):
            d.memory.sending = None
            d.say("sending_dropped")
            return True
        typed = typed_code(text)
        if typed is not None:
            await self._check(d, typed)
            return True
        if d.reading.choice is not None:
            return False
        other = wish_of(d.reading, bare=True) or address_in(d.reading)
        if other is not None and (other.address or other.medium is not to.medium):
            await sending.go(d, other.model_copy(update={"numbers": to.numbers}))
            return True
        if other is not None or not_arrived(d.reading):
            await sending.send_code(d, to, again=True)
            return True
        if 3 <= len(_DIGIT.findall(text)) <= 8 and len(plain.split()) <= 6:
            d.say("code_digits")
            await self.ask(d)
            return True
        return False

    async def _check(self, d: Dialogue, typed: str) -> None:
        to = d.memory.sending
        assert to is not None and to.address is not None
        answer, left = await d.container.codes.check(d.conversation.id, to.address, typed)
        if answer is Answer.RIGHT:
            await sending.send(d, to)
            return
        sending.code_refused(d, answer, left)
        d.ask(Asked(slot=self.slot, kind="text"), d.said.pop().text)


def typed_code(text: str) -> str | None:
    """The six digits in a message that has no others: "123456", "123 456", "my code is 123-456"."""
    digits = "".join(str(unicodedata.digit(sign)) for sign in _DIGIT.findall(unicodedata.normalize("NFKC", text)))
    words = re.findall(r"[^\W\d]+", text)
    return digits if len(digits) == DIGITS and len(words) <= 8 else None

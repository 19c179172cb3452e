"""Which language the conversation is in: from the first words, kept, changed when the shopper changes or asks."""

from actions.dialogue.context import Dialogue
from actions.dialogue.foreign import foreign
from actions.dialogue.words import ENGLISH, FRENCH
from rma.model.codes import Language, as_code


def settle_language(d: Dialogue) -> bool:
    """Follows the shopper's language. True when the message was nothing but the wish to change it, which is answered."""
    plain = d.reading.plain
    for pattern, language in ((ENGLISH, Language.EN), (FRENCH, Language.FR)):
        if d.reading.choice is None and pattern.search(plain):
            d.switch(language)
            if len(plain.split()) <= 6:
                d.say("language_switched")
                return True
            return False
    spoken = as_code(Language, d.reading.language)
    if d.reading.choice is None and spoken is not None and foreign(d.reading.text) is None:
        words = len(plain.split())
        needed = 0.55 if d.memory.turns <= 1 else 0.8
        if d.reading.language_confidence >= needed and (
            words >= 3 or d.memory.turns <= 1 or d.reading.language_confidence >= 0.95
        ):
            d.switch(spoken)
    return False

"""A message in a language that the assistant does not speak: said so in both of its own and in theirs, once; then a person."""

from actions.dialogue import foreign
from actions.dialogue.context import Dialogue
from actions.dialogue.facts import contact_in
from actions.dialogue.tasks import talking
from rma.model.codes import Language
from rma.model.conversations import Utterance
from rma.model.support import Cause


async def heard(d: Dialogue) -> bool:
    """False where it is English or French, or names what was asked for: an order's number or an address needs no language."""
    code = foreign.foreign(d.reading.text) if d.reading.choice is None and d.reading.photo is None else None
    if code is None:
        return False
    if foreign.tells_danger(d.reading.text):
        await talking.fetch_person(d, Cause.SAFETY)
        return True
    if foreign.wants_person(d.reading.text):
        await talking.fetch_person(d, Cause.ASKED)
        return True
    asked = d.memory.asked
    given = bool(d.reading.values("order_number") or d.reading.values("return_number") or contact_in(d.reading))
    if asked is not None and given:
        return False
    if d.memory.told.get("only_two_languages"):
        d.memory.misses = max(d.memory.misses, talking.MOST_MISSES - 1)
        await talking.unknown(d)
        return True
    texts, channel = d.container.texts, d.conversation.channel
    d.memory.told["only_two_languages"] = 1
    theirs = texts.get(f"other_language_{code}", Language.EN, channel)
    ours = [texts.get("only_two_languages", language, channel) for language in (Language.EN, Language.FR)]
    d.said.append(Utterance(text="\n".join([theirs, *ours]), choices=[d.person_choice()]))
    return True

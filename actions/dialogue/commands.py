"""What is obeyed wherever the conversation is: danger and anger, a person, back, never mind."""

from actions.dialogue import afterwards, alarms, giving_up
from actions.dialogue.context import PERSON, Dialogue
from actions.dialogue.correcting import says_what
from actions.dialogue.goals import GOALS
from actions.dialogue.tasks import after_refusal, talking
from actions.dialogue.thread import again
from actions.dialogue.words import AFRESH, BACK, HESITATING, NO, OFTEN_SAID, WHO_ARE_YOU
from rma.model.support import Cause

_TAKES_NO = ("confirm", "photo", "condition", "code", "order_number")
GIVEN_BACK = "assistant"
"""What a shopper writes to have the assistant again after a person."""


async def alarmed(d: Dialogue, topic: str) -> bool:
    """What a machine must not answer goes to a person: danger and threats at once, anger when there is nothing in it that could be
    answered, or the second time. What a person has dealt with already is not brought to them again."""
    m = d.memory
    cause = alarms.danger_or_threat(d.reading)
    if cause is not None and (await d.settled()).was_answered(cause) is None:
        await talking.fetch_person(d, cause)
        return True
    anger = alarms.anger(d.reading)
    if not anger or topic == "talk_to_human":
        return False
    useful = _says_something(d, topic)
    m.anger += 1 if useful else anger
    if m.anger >= 2:
        await talking.fetch_person(d, Cause.ANGER)
        return True
    if not useful:
        await talking.calm(d)
        await again(d) if m.asked else None
    return not useful


def _says_something(d: Dialogue, topic: str) -> bool:
    known = topic in GOALS or topic in ("ask_return_policy", "appeal_decision")
    return (known and d.reading.is_sure(topic)) or bool(d.reading.entities) or d.reading.reason is not None


async def commands(d: Dialogue, topic: str) -> bool:
    """Person, back, never mind: obeyed wherever the conversation is."""
    m, plain = d.memory, d.reading.bare
    if d.reading.choice == [PERSON] or _beside(d) == PERSON or _wants_person(d, topic):
        await talking.fetch_person(d)
        return True
    if d.reading.choice is not None:
        return False
    if plain == GIVEN_BACK and d.reading.photo is None:
        done = await afterwards.summary(d) if m.back else ""
        m.back = False
        d.say("back_after_person", settled=done) if done else d.say("handed_back")
        if m.goal is not None:
            await again(d)
        return True
    if _hesitates(d):
        d.say("no_hurry")
        return True
    if await giving_up.taken_up_again(d):
        return True
    if AFRESH.fullmatch(plain):
        m.clear_task()
        d.say("how_can_i_help")
        return True
    if WHO_ARE_YOU.search(d.reading.plain):
        d.say("who_i_am")
        if m.goal is not None:
            await again(d)
        return True
    if BACK.fullmatch(plain) and (m.asked is not None or m.trail):
        if not m.step_back():
            d.say("back_at_start")
        await again(d)
        return True
    if _refuses_person(d):
        m.misses = talking.MOST_MISSES - 1
        await again(d)
        return True
    if await giving_up.gives_up(d):
        giving_up.give_up(d)
        return True
    return await giving_up.none_of_these(d)


def _wants_person(d: Dialogue, topic: str) -> bool:
    """A plea for kindness is none for a person."""
    return topic == "talk_to_human" and d.reading.is_sure("talk_to_human") and not after_refusal.pleads(d)


def _hesitates(d: Dialogue) -> bool:
    """ "Hmm", "wait": with more behind it that is what counts."""
    asked = d.memory.asked
    if asked is None or d.memory.goal is None or not d.memory.goal.makes_return:
        return False
    pattern = OFTEN_SAID if asked.slot == "confirm" else HESITATING
    return bool(pattern.fullmatch(d.reading.bare)) and not says_what(d)


def _refuses_person(d: Dialogue) -> bool:
    """A no right after a person was offered beside the question is said to that."""
    m = d.memory
    offered = m.asked is not None and m.misses == talking.MOST_MISSES and any(one.value == PERSON for one in m.asked.beside)
    return offered and m.asked is not None and m.asked.slot not in _TAKES_NO and bool(NO.fullmatch(d.reading.bare))


def _beside(d: Dialogue) -> str | None:
    """The option beside those of the question that is named by its number: where choices are a numbered list, it has one too."""
    asked, digits = d.memory.asked, d.reading.bare
    if asked is None or d.reading.choice is not None or not digits.isdecimal() or len(digits) > 3:
        return None
    place = int(digits) - len(asked.options)
    return asked.beside[place - 1].value if 1 <= place <= len(asked.beside) else None

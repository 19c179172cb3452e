"""The thread of a task: on to its next question, or the standing one put again."""

from actions.dialogue.context import Dialogue
from actions.dialogue.questions import QUESTIONS
from actions.dialogue.tasks import lookups, returning, talking
from rma.model.conversations import Utterance
from rma.model.support import Cause


async def go_on(d: Dialogue) -> None:
    """Takes the task to its next question or its end."""
    goal = d.memory.goal
    if goal is None:
        if not d.said:
            d.say("how_can_i_help")
    elif goal.makes_return:
        await returning.advance(d)
    else:
        await lookups.advance(d)


async def again(d: Dialogue) -> None:
    """Puts the standing question again, worded anew; the summary is made afresh."""
    asked = d.memory.asked
    if asked is None:
        await go_on(d)
    elif asked.slot == "confirm":
        d.memory.asked = None
        await go_on(d)
    else:
        await QUESTIONS[asked.slot].ask(d, asked.line)


async def misunderstood(d: Dialogue) -> None:
    """Asks again in other words; the second time in a row a person is offered beside the question, the third one is fetched."""
    m = d.memory
    m.misses += 1
    if m.misses > talking.MOST_MISSES:
        await talking.fetch_person(d, Cause.NOT_UNDERSTOOD)
        return
    offered = m.misses == talking.MOST_MISSES
    lead = d.text("offer_person_beside" if offered else "not_understood")
    mark = len(d.said)
    await again(d)
    if len(d.said) > mark:
        question = d.said[mark]
        extra = [d.person_choice()] if offered else []
        if m.asked is not None:
            m.asked.beside = extra
        d.said[mark] = Utterance(
            text=f"{lead} {question.text}", choices=[*question.choices, *extra], attachments=question.attachments
        )
    else:
        d.say_text(lead)

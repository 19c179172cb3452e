"""A turn: what stands is tried as the question's answer, then as a correction, then as a new topic; then the thread goes on.

The order matters. "No, the black one" is an answer where lines were asked, a correction where the resolution was, and only what
is neither may turn the conversation: a misread intent never throws a shopper out of a return. Two things come before the answer,
since they look like one: a question about a choice, and a number of units where something else was asked.
"""

from actions.dialogue import about_returns, afterwards, beyond, correcting, explaining, instead, objecting, second_wish
from actions.dialogue.commands import alarmed, commands
from actions.dialogue.context import Dialogue
from actions.dialogue.counting import recounted
from actions.dialogue.language import settle_language
from actions.dialogue.questions import QUESTIONS
from actions.dialogue.questions.outcome import yes_or_no
from actions.dialogue.starting import aside, new_topic, second_topic
from actions.dialogue.tasks import (
    after_refusal,
    aftercare,
    by_post,
    by_sender,
    changing,
    closing,
    other_language,
    sending,
    talking,
)
from actions.dialogue.thread import again, go_on
from rma.model.support import Cause

_PROVING = ("order_number", "contact", "code")


async def respond(d: Dialogue, topic: str) -> None:
    """Answers the message; `topic` is the intent that Rasa's rules chose for it. What it wished besides is taken up when that ends."""
    instead.hear(d)
    await _respond(d, topic)
    await second_wish.take_up(d)


async def _respond(d: Dialogue, topic: str) -> None:
    m = d.memory
    m.turns += 1
    await afterwards.take_note(d)
    if settle_language(d):
        await again(d)
        return
    if await alarmed(d, topic) or await other_language.heard(d) or await by_post.heard(d) or await commands(d, topic):
        return
    m.back = False
    if await afterwards.told(d):
        if m.asked:
            await again(d)
        return
    guessed, m.guessed = m.guessed, False
    if guessed:
        if by_sender.refused(d):
            await go_on(d)
            return
        m.said = []
    offered, m.offered_person = m.offered_person, False
    if offered and m.asked is None and (yes_or_no(d) or beyond.leaves_address(d)):
        await talking.fetch_person(d, Cause.NOT_UNDERSTOOD if m.misses else Cause.ANGER if m.anger else Cause.ASKED)
        return
    if d.reading.photo is not None and (m.asked is None or m.asked.slot != "photo"):
        await _early_photo(d)
        return
    if await sending.heard(d):
        return
    if await after_refusal.heard(d) or await objecting.heard(d) or await beyond.heard(d):
        return
    before, asked = m.snapshot(), m.asked
    making = asked is not None and m.goal is not None and m.goal.makes_return and asked.slot not in _PROVING
    if making and (goal := about_returns.asks_for_status(d)) and await aside(d, goal):
        return
    if making and await explaining.explained(d):
        m.misses = 0
        await again(d)
        return
    if making and (await recounted(d) or correcting.ahead(d) or await correcting.renewed(d)):
        m.misses = 0
        m.remember(before)
        m.asked = None
        await go_on(d)
        return
    if asked is not None:
        if await QUESTIONS[asked.slot].read(d):
            m.misses, m.answered = 0, asked
            m.remember(before)
            await second_topic(d, topic)
            # A question that put itself again while reading (too many units, a photo announced) waits for its answer.
            if m.asked is asked:
                m.asked = None
                await go_on(d)
            return
        if d.reading.choice is not None:
            await _second_click(d)
            return
        if await correcting.correct(d):
            m.misses = 0
            m.remember(before)
            m.asked = None
            await go_on(d)
            return
    elif d.reading.choice is not None:
        await _second_click(d)
        return
    elif m.goal is not None and m.goal.makes_return and await correcting.correct(d):
        await go_on(d)
        return
    if asked is None and m.goal is None and await _of_what_stands(d):
        return
    if sending.noted(d):
        d.say("sending_once_made")
        await again(d)
        return
    await new_topic(d, topic)


async def _of_what_stands(d: Dialogue) -> bool:
    """What is about a return or an order that is known, with no task under way."""
    if await changing.heard(d) or await about_returns.route(d):
        return True
    return await about_returns.and_the_other(d) or await aftercare.answer(d)


async def _early_photo(d: Dialogue) -> None:
    """A picture that nobody asked for: kept for the item whose fault it shows."""
    item = next((one for one in d.draft.items if one.photo is None and one.reason and one.reason.is_fault), None)
    if item is not None:
        item.photo, item.photo_refused = d.reading.photo, False
    else:
        d.draft.spare_photo = d.reading.photo
    d.draft.agreed = None
    d.say("photo_kept")
    await again(d)


async def _second_click(d: Dialogue) -> None:
    """A button of a question that is answered already (a double click, another tab): what it did is told again, nothing is
    done again."""
    m = d.memory
    if d.reading.choice == ["yes"] and m.goal is None and m.last_return and (order := await d.order()) is not None:
        await closing.tell_created(d, order, await d.container.returns.get(m.last_return))
    elif m.goal is None:
        d.say("how_can_i_help")
    else:
        d.say("choice_past")
        await again(d)

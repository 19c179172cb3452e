"""A turn: what stands is tried as the question's answer, then as a correction, then as a new topic; then the thread goes on.

The order matters. "No, the black one" is an answer where lines were asked, a correction where the resolution was, and only what
is neither may turn the conversation: a misread intent never throws a shopper out of a return.
"""

from collections.abc import Awaitable, Callable

from actions.dialogue import correcting
from actions.dialogue.context import PERSON, Dialogue
from actions.dialogue.facts import keep_for_later, take_identity, take_items, take_wishes
from actions.dialogue.language import settle_language
from actions.dialogue.memory import Draft, Goal
from actions.dialogue.questions import QUESTIONS
from actions.dialogue.tasks import advising, closing, lookups, returning, talking
from actions.dialogue.words import BACK, CANCEL
from rma.model.conversations import Utterance

GOALS = {
    "request_return": Goal.RETURN,
    "report_problem": Goal.RETURN,
    "request_exchange": Goal.EXCHANGE,
    "withdraw_contract": Goal.WITHDRAW,
    "check_return_status": Goal.RETURN_STATUS,
    "check_refund_status": Goal.REFUND_STATUS,
    "resend_label": Goal.RESEND_LABEL,
    "cancel_return": Goal.CANCEL_RETURN,
    "cancel_order": Goal.CANCEL_ORDER,
    "track_order": Goal.TRACK_ORDER,
    "report_not_received": Goal.NOT_RECEIVED,
}
SIDE_REMARKS: dict[str, Callable[[Dialogue], Awaitable[None]]] = {
    "ask_return_policy": advising.answer,
    "greet": talking.greet,
    "thank": talking.thank,
    "goodbye": talking.goodbye,
}


async def respond(d: Dialogue, topic: str) -> None:
    """Answers the message; `topic` is the intent that Rasa's rules chose for it."""
    m = d.memory
    m.turns += 1
    if settle_language(d):
        await again(d)
        return
    if await _commands(d, topic):
        return
    before, asked = m.snapshot(), m.asked
    if asked is not None:
        if await QUESTIONS[asked.slot].read(d):
            m.misses, m.answered = 0, asked
            m.remember(before)
            await _second_topic(d, topic)
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
    await _new_topic(d, topic)


async def _commands(d: Dialogue, topic: str) -> bool:
    """Person, back, never mind: obeyed wherever the conversation is."""
    m, plain = d.memory, d.reading.bare
    if d.reading.choice == [PERSON] or (topic == "talk_to_human" and d.reading.is_sure("talk_to_human")):
        await talking.fetch_person(d)
        return True
    if d.reading.choice is not None:
        return False
    if BACK.fullmatch(plain) and (m.asked is not None or m.trail):
        if not m.step_back():
            d.say("back_at_start")
        await again(d)
        return True
    # "I changed my mind" is a reason where the reason is asked, and the end of it anywhere else.
    calls_off = (
        m.asked is not None
        and m.asked.slot != "reason"
        and d.reading.is_sure("cancel_return")
        and d.reading.confidence >= 0.8
    )
    if m.goal is not None and (CANCEL.fullmatch(plain) or (m.goal.makes_return and calls_off)):
        m.clear_task()
        d.say("given_up")
        return True
    return False


async def _second_click(d: Dialogue) -> None:
    """A button of a question that is answered already (a double click, another tab): what it did is told again, nothing is
    done again."""
    m = d.memory
    if d.reading.choice == ["yes"] and m.goal is None and m.last_return and (order := await d.order()) is not None:
        closing.tell_created(d, order, await d.container.returns.get(m.last_return))
    elif m.goal is None:
        d.say("how_can_i_help")
    else:
        d.say("choice_past")
        await again(d)


async def _second_topic(d: Dialogue, topic: str) -> None:
    """An answer may carry a question: "M12, and who pays the postage?" """
    policy = [part for part in d.reading.parts if part.intent == "ask_return_policy" and part.confidence >= 0.7]
    if len(d.reading.parts) > 1 and policy and "?" in d.reading.text:
        await advising.answer(d)


async def _new_topic(d: Dialogue, topic: str) -> None:
    m, standing = d.memory, d.memory.asked
    if topic == "appeal_decision" and (m.declined or m.last_return or d.reading.is_sure("appeal_decision")):
        await talking.appeal(d)
        return await again(d) if standing else None
    if topic in SIDE_REMARKS and d.reading.is_sure(topic):
        m.misses = 0
        await SIDE_REMARKS[topic](d)
        return await again(d) if standing else None
    if topic in GOALS and (standing is None or d.reading.is_sure(topic)) and (goal := _goal_of(d, topic)) is not None:
        return await _start(d, goal)
    if standing is None and m.goal is None and await _start_from_facts(d):
        return None
    if standing is not None or m.goal is not None:
        return await misunderstood(d)
    if topic in ("affirm", "deny"):
        return await talking.idle_yes_or_no(d)
    return await talking.unknown(d)


def _goal_of(d: Dialogue, topic: str) -> Goal | None:
    """The task that the intent asks for. A faint guess only begins what can be corrected on the way: a plain return."""
    goal = GOALS[topic]
    if d.reading.is_sure(topic):
        return goal
    if goal.makes_return:
        return Goal.RETURN
    return goal if d.reading.confidence >= 0.4 else None


async def _start_from_facts(d: Dialogue) -> bool:
    """A bare order number, address or reason without a task: most likely somebody who wants to send something back."""
    if d.reading.reason is not None or take_identity(d):
        await _start(d, Goal.RETURN)
        return True
    return False


async def _start(d: Dialogue, goal: Goal) -> None:
    """Begins a task with all that the message says, or goes on with the one that is the same."""
    m = d.memory
    same = m.goal is goal or (m.goal is not None and m.goal.makes_return and goal.makes_return)
    if not same and m.goal is not None and m.goal.makes_return and m.asked is not None and not goal.makes_return:
        await _aside(d, goal)
        return
    if not same:
        m.draft, m.said, m.trail = Draft(), [], []
    m.goal, m.asked = goal, None
    m.misses = 0
    news = take_identity(d)
    take_wishes(d)
    if goal.makes_return:
        if m.order_id is None:
            keep_for_later(d)
        else:
            news = await take_items(d, d.reading, by_position=False, strict=True) or news
            if not news and d.reading.reason is not None and len(m.draft.items) == 1:
                m.draft.items[0].reason = d.reading.reason
    await _second_topic(d, "")
    await go_on(d)


async def _aside(d: Dialogue, goal: Goal) -> None:
    """Another errand in the middle of a return. What needs only the proven order is answered at once and the return goes on;
    anything else replaces it."""
    m = d.memory
    quick = goal in (Goal.RETURN_STATUS, Goal.REFUND_STATUS, Goal.RESEND_LABEL, Goal.TRACK_ORDER)
    if (
        quick
        and m.order_id is not None
        and not d.reading.values("order_number")
        and not d.reading.values("return_number")
    ):
        kept = m.model_copy(deep=True)
        m.goal = goal
        await lookups.advance(d)
        kept.told, kept.turns = m.told, m.turns
        for name in type(m).model_fields:
            setattr(m, name, getattr(kept, name))
        await again(d)
        return
    m.clear_task()
    m.goal = goal
    take_identity(d)
    await go_on(d)


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
    """Asks again in other words; the second time in a row a person is offered beside the question."""
    m = d.memory
    m.misses += 1
    offered = m.misses >= 2
    lead = d.text("offer_person_beside" if offered else "not_understood")
    mark = len(d.said)
    await again(d)
    if len(d.said) > mark:
        question = d.said[mark]
        extra = [d.person_choice()] if offered else []
        d.said[mark] = Utterance(
            text=f"{lead} {question.text}", choices=[*question.choices, *extra], attachments=question.attachments
        )
    else:
        d.say_text(lead)

"""A turn: what stands is tried as the question's answer, then as a correction, then as a new topic; then the thread goes on.

The order matters. "No, the black one" is an answer where lines were asked, a correction where the resolution was, and only what
is neither may turn the conversation: a misread intent never throws a shopper out of a return.
"""

import re
from collections.abc import Awaitable, Callable

from actions.dialogue import afterwards, alarms, correcting
from actions.dialogue.context import PERSON, Dialogue
from actions.dialogue.facts import keep_for_later, take_identity, take_items, take_wishes
from actions.dialogue.language import settle_language
from actions.dialogue.memory import Draft, Goal, Item
from actions.dialogue.questions import QUESTIONS
from actions.dialogue.questions.outcome import yes_or_no
from actions.dialogue.tasks import advising, aftercare, by_sender, closing, lookups, returning, sending, talking
from actions.dialogue.words import BACK, CANCEL, OFTEN_SAID, WHO_ARE_YOU
from rma.model.conversations import Utterance
from rma.model.support import Cause

GIVEN_BACK = "assistant"
"""What a shopper writes to have the assistant again after a person."""
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
    await afterwards.take_note(d)
    if settle_language(d):
        await again(d)
        return
    if await _alarmed(d, topic) or await _commands(d, topic):
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
    if offered and m.asked is None and yes_or_no(d):
        await talking.fetch_person(d, Cause.NOT_UNDERSTOOD if m.misses else Cause.ANGER)
        return
    if d.reading.photo is not None and (m.asked is None or m.asked.slot != "photo"):
        await _early_photo(d)
        return
    if await sending.heard(d):
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
    if asked is None and m.goal is None and await aftercare.answer(d):
        return
    if sending.noted(d):
        d.say("sending_once_made")
        await again(d)
        return
    await _new_topic(d, topic)


async def _alarmed(d: Dialogue, topic: str) -> bool:
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


async def _commands(d: Dialogue, topic: str) -> bool:
    """Person, back, never mind: obeyed wherever the conversation is."""
    m, plain = d.memory, d.reading.bare
    if d.reading.choice == [PERSON] or _beside(d) == PERSON or (topic == "talk_to_human" and d.reading.is_sure("talk_to_human")):
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
    says_more = d.reading.values("resolution") or d.reading.values("quantity") or d.reading.values("size")
    if OFTEN_SAID.fullmatch(plain) and not says_more and m.asked is not None and m.asked.slot == "confirm":
        d.say("no_hurry")
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


def _beside(d: Dialogue) -> str | None:
    """The option beside those of the question that is named by its number: where choices are a numbered list, it has one too."""
    asked, digits = d.memory.asked, d.reading.bare
    if asked is None or d.reading.choice is not None or not digits.isdecimal() or len(digits) > 3:
        return None
    place = int(digits) - len(asked.options)
    return asked.beside[place - 1].value if 1 <= place <= len(asked.beside) else None


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
    if topic in GOALS and m.goal is None and _asks_in_general(d, GOALS[topic]):
        m.misses = 0
        return await advising.answer(d)
    if topic in GOALS and (standing is None or d.reading.is_sure(topic)) and (goal := _goal_of(d, topic)) is not None:
        return await _start(d, goal)
    if standing is None and m.goal is None and await _start_from_facts(d):
        return None
    if standing is not None or m.goal is not None:
        return await misunderstood(d)
    if topic in ("affirm", "deny"):
        return await talking.idle_yes_or_no(d)
    if d.reading.bare in ("exchange", "echange", "swap", "un echange", "an exchange"):
        return await _start(d, Goal.EXCHANGE)
    if d.reading.bare in (
        "help",
        "aide",
        "order",
        "commande",
        "menu",
        "?",
        "j'ai un probleme",
        "i have a problem",
        "cancel",
        "annuler",
    ):
        d.say("how_can_i_help")
        return None
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


_ASKING = re.compile(
    r"^(?:and |et |but |mais )?(?:how|what|what's|can i|can you|could i|may i|do i|does|is|are|will|when|where|who|"
    r"comment|quels?|quelles?|combien|est[- ]ce|puis[- ]je|peut[- ]on|on peut|je peux|jusqu|c'est quoi|il faut|faut[- ]il|qui|ou)\b"
    r"|\b(?:combien de (?:jours|temps)|quel (?:est le )?delai)\b"
)


def _asks_in_general(d: Dialogue, goal: Goal) -> bool:
    """A question about how something goes, not the wish to do it: nothing is named that it would be done to."""
    named = {entity.kind for entity in d.reading.entities} & {"order_number", "return_number", "email", "phone"}
    about = goal.makes_return or goal is Goal.RESEND_LABEL
    return about and not named and d.reading.reason is None and bool(_ASKING.search(d.reading.plain))


async def _start(d: Dialogue, goal: Goal) -> None:
    """Begins a task with all that the message says, or goes on with the one that is the same."""
    m = d.memory
    same = m.goal is goal or (m.goal is not None and m.goal.makes_return and goal.makes_return)
    if not same and m.goal is not None and m.goal.makes_return and m.asked is not None and not goal.makes_return:
        await _aside(d, goal)
        return
    if not same:
        m.draft, m.said, m.trail = Draft(spare_photo=m.draft.spare_photo), [], []
    m.goal, m.asked = goal, None
    m.misses = 0
    news = take_identity(d)
    take_wishes(d)
    if goal.makes_return:
        if m.order_id is None:
            keep_for_later(d)
        else:
            news = await take_items(d, d.reading, by_position=False, strict=True) or news
            if not news and d.reading.reason is not None:
                await _reason_of_one(d)
    await _second_topic(d, "")
    await go_on(d)


async def _reason_of_one(d: Dialogue) -> None:
    """A reason that names no line is about the only one there is, or about the one that was just refused."""
    m, order = d.memory, await d.order()
    refused = m.declined["line"] if m.declined and order and m.declined["order"] == order.number else None
    if not m.draft.items and order is not None and (refused or len(order.lines) == 1):
        m.draft.items = [Item(id=refused or order.lines[0].id)]
    if len(m.draft.items) == 1 and m.draft.items[0].reason is None:
        m.draft.items[0].reason, m.draft.items[0].words = d.reading.reason, d.reading.text[:500]


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

"""A message that answers nothing: which task it begins, or what is said beside the one that stands."""

import re
from collections.abc import Awaitable, Callable

from actions.dialogue import claims, second_wish, undelivered, which_return
from actions.dialogue.context import REFUSALS, Dialogue
from actions.dialogue.facts import contact_in, otherwise, take_identity, take_wishes
from actions.dialogue.goals import GOALS
from actions.dialogue.items import keep_for_later, take_items
from actions.dialogue.memory import Draft, Goal, Item
from actions.dialogue.tasks import advising, after_refusal, lookups, more_time, talking
from actions.dialogue.thread import again, go_on, misunderstood

SIDE_REMARKS: dict[str, Callable[[Dialogue], Awaitable[None]]] = {
    "ask_return_policy": advising.answer,
    "greet": talking.greet,
    "thank": talking.thank,
    "goodbye": talking.goodbye,
}

_OF_SENT = (Goal.RETURN, Goal.RETURN_STATUS, Goal.REFUND_STATUS, Goal.TRACK_ORDER, Goal.NOT_RECEIVED)
_ELSEWHERE = ("track_order", "check_return_status", "check_refund_status", "report_not_received", "talk_to_human", "cancel_return")


async def new_topic(d: Dialogue, topic: str) -> None:
    m, standing = d.memory, d.memory.asked
    if (m.goal is None or not m.goal.makes_return) and undelivered.unwanted(d.reading.text, d.lexicon):
        return await start(d, Goal.NOT_RECEIVED)
    if topic == "appeal_decision" and _rejects_goods(d):
        return await start(d, Goal.RETURN)
    if topic == "appeal_decision" and (m.declined or m.last_return or d.reading.is_sure("appeal_decision")):
        return await object_to(d)
    if more_time.WANTED.search(d.reading.plain) and (m.goal is None or not m.goal.makes_return):
        return await start(d, Goal.MORE_TIME)
    if topic == "ask_return_policy" and m.goal is None and standing is None and _proves_order(d):
        if not _asks_beside(d):
            await advising.answer(d)
        return await start(d, Goal.RETURN)
    if advising.asked_of_the_way(d) is not None and topic not in _ELSEWHERE:
        m.misses = 0
        await advising.answer(d)
        return await again(d) if standing else None
    if after_refusal.pleads(d):
        d.say("plea_heard")
        return await again(d) if standing else None
    if topic == "ask_return_policy" and m.goal is None and _asks_of_an_order(d):
        return await start(d, Goal.RETURN)
    if m.goal is None and topic == "ask_return_policy" and "?" not in d.reading.text and otherwise(d.reading) is not None:
        return await start(d, Goal.EXCHANGE)
    if topic in SIDE_REMARKS and d.reading.is_sure(topic):
        m.misses = 0
        if m.goal is None and len(d.reading.values("order_number")) < 2:
            take_identity(d)
        await SIDE_REMARKS[topic](d)
        return await again(d) if standing else None
    if topic in GOALS and m.goal is None and _asks_in_general(d, GOALS[topic]):
        m.misses = 0
        return await advising.answer(d)
    if topic in GOALS and (standing is None or d.reading.is_sure(topic)) and (goal := _goal_of(d, topic)) is not None:
        return await start(d, goal)
    if standing is None and m.goal is None and await _start_from_facts(d):
        return None
    if standing is not None and _is_known(d):
        return await again(d)
    if standing is not None or m.goal is not None:
        return await misunderstood(d)
    if topic in ("affirm", "deny"):
        return await talking.idle_yes_or_no(d)
    if d.reading.bare in _LABEL and m.order_id is not None:
        return await start(d, Goal.RESEND_LABEL)
    if d.reading.bare in ("exchange", "echange", "swap", "un echange", "an exchange"):
        return await start(d, Goal.EXCHANGE)
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


def _is_known(d: Dialogue) -> bool:
    """The address or the number of the order that is proven already, and nothing else: a second time is no misunderstanding."""
    given = contact_in(d.reading) or d.reading.value("order_number")
    return d.memory.order_id is not None and given is not None and len(d.reading.plain.split()) <= 3


def _goal_of(d: Dialogue, topic: str) -> Goal | None:
    """The task that the intent asks for. A faint guess only begins what can be corrected on the way: a plain return."""
    goal = Goal.RETURN_STATUS if topic == "track_order" and _EXCHANGED.search(d.reading.plain) else GOALS[topic]
    if goal is Goal.CANCEL_RETURN and _KEEPS_ONE.search(d.reading.plain) and not d.reading.values("return_number"):
        return Goal.RETURN
    if d.reading.is_sure(topic):
        return goal
    if goal.makes_return:
        return Goal.RETURN
    return goal if d.reading.confidence >= 0.4 else None


_LABEL = ("label", "the label", "my label", "labels", "etiquette", "l'etiquette", "mon etiquette", "qr", "qr code", "code qr", "le code")


async def _start_from_facts(d: Dialogue) -> bool:
    """A bare order number, address or reason without a task: most likely somebody who wants to send something back."""
    if d.reading.reason is not None or take_identity(d):
        await start(d, Goal.RETURN)
        return True
    return False


_EXCHANGED = re.compile(r"\b(?:exchange|replacement|swap|echange|remplacement)\b")
"""Of an article that comes in place of another: the return tells where it is."""
_KEEPS_ONE = re.compile(
    r"^(?!.*\b(?:cancel|annul|call off|stop))(?=.*\b(?:send|return|give|renvoyer|renvoie|retourner?|rendre|rends)\b).*\b(?:keep|keeping|garder?)\b"
)
""" "Can I send the jacket back and keep the bottle?" calls nothing off."""
_ORDER = re.compile(r"\b(?:orders?|commandes?|purchase|achat)\b(?<!d'achat)")
_ASKING = re.compile(
    r"^(?:and |et |but |mais )?(?:how|what|what's|can i|can you|could i|may i|do i|does|is|are|will|when|where|who|"
    r"comment|quels?|quelles?|combien|est[- ]ce|puis[- ]je|peut[- ]on|on peut|je peux|jusqu|c'est quoi|il faut|faut[- ]il|qui|ou)\b"
    r"|\b(?:combien de (?:jours|temps)|quel (?:est le )?delai)\b"
)


def _rejects_goods(d: Dialogue) -> bool:
    """ "I'm entitled to reject this bottle, it leaks": of goods, by right, where nothing was refused yet. A return begins."""
    plain = d.reading.plain
    refused = d.memory.declined is not None or d.told_last(*REFUSALS) or claims.CONTESTS.search(plain)
    making = d.memory.goal is not None and d.memory.goal.makes_return
    return not refused and not making and (d.reading.reason is not None or bool(claims.REJECTS.search(plain)))


def _proves_order(d: Dialogue) -> bool:
    """Who asks with an order's number and its address wants that order looked at."""
    return len(d.reading.values("order_number")) == 1 and contact_in(d.reading) is not None


def _asks_of_an_order(d: Dialogue) -> bool:
    """ "Can I still return the jacket of W2611344?": only that order can tell."""
    return bool(d.reading.values("order_number")) and bool(_MAY_I.search(d.reading.plain))


_MAY_I = re.compile(
    r"\b(?:can|could|may|am|would|is) (?:i|we|it|this|that|there)\b.*\b(?:return|send|exchange|swap|give|take|bring|refund)\w*"
    r"|\b(?:puis[- ]je|peut[- ]on|on peut|je peux|pouvons[- ]nous|pourrais[- ]je|est[- ]il|est[- ]ce|c'est|serait[- ]il) .*\b(?:r?envo|retour|rend|echang|rembours|repren|repri)\w*"
)


def _asks_in_general(d: Dialogue, goal: Goal) -> bool:
    """A question about how something goes, not the wish to do it: nothing is named that it would be done to."""
    named = {entity.kind for entity in d.reading.entities} & {"order_number", "return_number", "email", "phone"}
    about = goal.makes_return or goal is Goal.RESEND_LABEL
    wish = claims.CLAIMS.search(d.reading.plain)
    return about and not named and not wish and d.reading.reason is None and bool(_ASKING.search(d.reading.plain))


async def start(d: Dialogue, goal: Goal) -> None:
    """Begins a task with all that the message says, or goes on with the one that is the same."""
    m = d.memory
    if (m.goal is None or m.goal is goal) and goal in _OF_SENT and claims.SENT_BACK.search(d.reading.plain):
        goal, m.draft.objection = Goal.RETURN_STATUS, d.reading.text[:2000]
    same = m.goal is goal or (m.goal is not None and m.goal.makes_return and goal.makes_return)
    if not same and m.goal is not None and m.goal.makes_return and m.asked is not None and not goal.makes_return:
        if not await aside(d, goal):
            await _instead(d, goal)
        return
    if not same:
        sent = m.draft.objection if goal is Goal.RETURN_STATUS else None
        m.draft, m.said, m.trail = Draft(spare_photo=m.draft.spare_photo, objection=sent), [], []
        m.instead = [said for said in m.instead if said.turn == m.turns]
    m.goal, m.asked = goal, None
    m.misses = 0
    m.draft.of_order = _names_order(d)
    which_return.note(d)
    if goal is Goal.NOT_RECEIVED and undelivered.unwanted(d.reading.text, d.lexicon):
        m.draft.unwanted, m.draft.about = True, d.reading.text[:500]
    if goal is Goal.APPEAL:
        m.draft.objection = d.reading.text[:2000]
    news = take_identity(d)
    second_wish.note(d)
    take_wishes(d)
    if goal.makes_return:
        if m.order_id is None:
            keep_for_later(d)
        else:
            news = await take_items(d, d.reading, by_position=False, strict=True) or news
            if not news and d.reading.reason is not None:
                await _reason_of_one(d)
    await second_topic(d, "")
    await go_on(d)


async def _reason_of_one(d: Dialogue) -> None:
    """A reason that names no line is about the only one there is, or about the one that was just refused."""
    m, order = d.memory, await d.order()
    refused = m.declined["line"] if m.declined and order and m.declined["order"] == order.number else None
    if not m.draft.items and order is not None and (refused or len(order.lines) == 1):
        m.draft.items = [Item(id=refused or order.lines[0].id)]
    if len(m.draft.items) == 1 and m.draft.items[0].reason is None:
        m.draft.items[0].reason, m.draft.items[0].words = d.reading.reason, d.reading.text[:500]


def _names_order(d: Dialogue) -> bool:
    return bool(d.reading.values("order_number") or _ORDER.search(d.reading.plain))


async def object_to(d: Dialogue) -> None:
    """Takes an appeal, once it is known which order it is about."""
    m = d.memory
    if m.order_id is not None:
        standing, m.misses = m.asked is not None, 0
        await talking.appeal(d)
        return await again(d) if standing else None
    if m.goal is None:
        return await start(d, Goal.APPEAL)
    return await misunderstood(d)


async def aside(d: Dialogue, goal: Goal) -> bool:
    """Another errand in the middle of a return: what needs only the proven order is answered at once and the return goes on. False
    for what needs more."""
    m = d.memory
    if goal is Goal.REFUND_STATUS and advising.HOW_SOON.search(d.reading.plain) and not d.reading.values("return_number"):
        # Of the return in the making: no other one is asked about by "when do I get the money?".
        await advising.tell_refund_time(d)
        await again(d)
        return True
    quick = goal in (Goal.RETURN_STATUS, Goal.REFUND_STATUS, Goal.RESEND_LABEL, Goal.TRACK_ORDER)
    if (
        quick
        and m.order_id is not None
        and not d.reading.values("order_number")
        and not d.reading.values("return_number")
    ):
        kept = m.model_copy(deep=True)
        m.goal, m.draft.of_order = goal, _names_order(d)
        which_return.note(d)
        await lookups.advance(d)
        kept.told, kept.told_at, kept.turns = m.told, m.told_at, m.turns
        for name in type(m).model_fields:
            setattr(m, name, getattr(kept, name))
        await again(d)
        return True
    return False


async def _instead(d: Dialogue, goal: Goal) -> None:
    """Another errand in the place of a return in the making."""
    d.memory.clear_task()
    d.memory.goal, d.memory.draft.of_order = goal, _names_order(d)
    which_return.note(d)
    take_identity(d)
    await go_on(d)


async def second_topic(d: Dialogue, topic: str) -> None:
    """An answer may carry a question: "M12, and who pays the postage?" """
    if _asks_beside(d):
        await advising.answer(d)


def _asks_beside(d: Dialogue) -> bool:
    policy = [part for part in d.reading.parts if part.intent == "ask_return_policy" and part.confidence >= 0.7]
    return len(d.reading.parts) > 1 and bool(policy) and "?" in d.reading.text

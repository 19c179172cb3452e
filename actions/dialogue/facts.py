"""Who and which order a message is about, and what is wished for: taken in whatever was asked, so that nothing is asked twice."""

import re

from actions.dialogue.context import Dialogue
from actions.dialogue.goals import clause_with, goal_of, wish_of
from actions.dialogue.memory import Goal
from actions.dialogue.reading import Clause, Reading
from actions.dialogue.words import aligned, fold
from rma.model.codes import Resolution
from rma.model.orders import order_key

_POSTAL = re.compile(r"\b(?:zip(?: ?code)?|post ?code|postal(?: code)?|code postal)\b\D{0,12}(\d{4,6})\b")


def contact_in(reading: Reading) -> str | None:
    """An e-mail address, phone number or postal code in the message, in this order."""
    for kind in ("email", "phone", "postal_code"):
        if (value := reading.value(kind)) is not None:
            return str(value)
    if named := _POSTAL.search(reading.plain):
        return named[1]
    # "W2611343, 69003": the second of two numbers is no second order.
    numbers = [str(value) for value in reading.values("order_number")]
    return numbers[-1] if len(numbers) > 1 and numbers[-1].isdigit() and 4 <= len(numbers[-1]) <= 6 else None


def take_identity(d: Dialogue) -> bool:
    """Takes order number, return number and contact from the message; True when one of them is news."""
    m, news = d.memory, False
    if number := d.reading.value("return_number"):
        news = m.return_number != str(number)
        m.return_number = str(number)
    numbers = order_numbers(d.reading, m.goal)
    if len(numbers) > 1:
        d.say("one_order_at_a_time", number=numbers[0][:40])
        part = clause_with(d.reading, numbers[1])
        goal = (goal_of(part) if part else None) or m.goal or Goal.RETURN
        m.later = wish_of(d.reading, part, goal, numbers[1])
    if numbers:
        number = numbers[0]
        if m.order_number is None or order_key(number) != order_key(m.order_number):
            if m.order_id is not None:
                d.forget_order()
            m.order_number, news = number, True
    contact = contact_in(d.reading)
    if contact and m.order_id is None and contact != m.contact:
        m.contact, news = contact, True
    return news


def order_numbers(reading: Reading, goal: Goal | None) -> list[str]:
    """The order numbers that are named, without those that are a postal code or a phone number at a second look; the one that is
    named with what `goal` is about first."""
    contact = contact_in(reading)
    others = {str(value) for kind in ("postal_code", "phone", "return_number") for value in reading.values(kind)}
    numbers = [str(value) for value in reading.values("order_number")]
    numbers = list(dict.fromkeys(number for number in numbers if number not in others and number != contact))
    if len(numbers) > 1 and _mended(reading):
        return numbers[-1:]
    return sorted(numbers, key=lambda number: not _is_about(clause_with(reading, number), goal))


def _is_about(part: Clause | None, goal: Goal | None) -> bool:
    wished = goal_of(part) if part is not None else None
    return wished is None or goal is None or wished is goal or (wished.makes_return and goal.makes_return)


_NOT_BUT = re.compile(r"\b(?:no|non|sorry|pardon|i mean|i meant|actually|en fait|plutot|rather|oops|oups|wait|correction|je voulais dire|enfin)\b")
_BUT_NOT = re.compile(r"\b(?:not|pas)(?: (?:the|order|la|le|commande|number|numero))*\W*$")


def _mended(reading: Reading) -> bool:
    """ "It's W1, no sorry, W2": the last one is meant."""
    named = [entity for entity in reading.entities if entity.kind == "order_number"]
    before, between = fold(reading.text[: named[0].start]), fold(reading.text[named[-2].end : named[-1].start])
    if _BUT_NOT.search(between):
        return False
    return bool(_NOT_BUT.search(between) or _BUT_NOT.search(before))


def take_wishes(d: Dialogue) -> bool:
    """Takes the resolution and the way of sending that the message names."""
    draft, news = d.draft, False
    wishes = [Resolution(value) for value in d.reading.values("resolution") if value in Resolution.__members__.values()]
    if (instead := otherwise(d.reading)) is not None:
        draft.otherwise, wishes = instead, [Resolution.EXCHANGE]
    if d.reading.is_sure("request_exchange") and not wishes:
        wishes = [Resolution.EXCHANGE]
    if len(set(wishes)) > 1 and {Resolution.EXCHANGE, Resolution.REFUND} <= set(wishes) and d.reading.choice is None:
        draft.undecided = _either(d.reading)
        if not draft.undecided:
            d.say("one_outcome")
        elif d.memory.goal is Goal.EXCHANGE:
            d.memory.goal = Goal.RETURN
        return False
    if wishes and draft.wished != wishes[0]:
        draft.wished, news = wishes[0], True
    return news


_OR_ELSE = re.compile(r"\b(?:or else|otherwise|if not|failing (?:that|which)|sinon|a defaut|au pire|else|or|ou)\b")
_NOT_TO_BE_HAD = re.compile(
    r"\b(?:if|unless|in case|should|si|s'|sauf si|au cas ou)\b[^.;!?]*?\b(?:(?:sold|run|out) out|out of stock|unavailable|gone|epuise\w*|(?:en )?rupture"
    r"|(?:not|isn'?t|aren'?t|don'?t|doesn'?t|can'?t|no longer|no)(?: \w+){0,4}|(?:pas|plus|aucun)(?: \w+){0,3})"
)
_AND = re.compile(r"\b(?:and|et|aussi|also|plus)\b")


def _either(reading: Reading) -> bool:
    """ "A refund or an exchange": it is asked which."""
    places = [(one.start, one.end) for one in reading.entities if one.kind == "resolution"]
    between = aligned(reading.text)[places[0][1] : places[-1][0]]
    return bool(re.search(r"\b(?:or|ou)\b", between)) and not _AND.search(between)


def otherwise(reading: Reading) -> Resolution | None:
    """What is wanted where the variant is not to be had: "for a 40, or else my money back", "if the L is sold out, refund me"."""
    plain = aligned(reading.text)
    ends = [one for one in reading.entities if one.kind == "resolution" and one.value in (Resolution.REFUND, Resolution.STORE_CREDIT)]
    if not ends:
        return None
    end = ends[-1]
    spoken = [one.start for one in reading.entities if one.kind == "resolution" and one.value in (Resolution.EXCHANGE, Resolution.REPLACEMENT)]
    wished = [one.start for one in reading.entities if one.kind in ("size", "color")]
    goal = any(goal_of(part) is Goal.EXCHANGE for part in reading.clauses) or reading.is_sure("request_exchange")
    if not (spoken or wished or goal):
        return None
    if _NOT_TO_BE_HAD.search(plain):
        return Resolution(end.value)
    first = min([*spoken, *wished], default=0)
    between = plain[first : end.start] if first < end.start else ""
    marks = list(_OR_ELSE.finditer(between))
    if not marks or _AND.search(between[marks[-1].end() :]):
        return None
    plain_or = marks[-1][0] in ("or", "ou")
    named = bool(wished) or bool(re.search(r"\d|\b(?:bigger|smaller|size|taille|plus (?:grand|petit)|same|meme)", between))
    return Resolution(end.value) if named or not plain_or else None

"""Corrections at any point: "actually both", "no, the black one", "it was two", "wrong order number", "refund instead"."""

import re

from actions.dialogue import instead
from actions.dialogue.context import Dialogue
from actions.dialogue.counting import says_count
from actions.dialogue.facts import take_identity, take_wishes
from actions.dialogue.items import take_items
from actions.dialogue.particulars import method_in, size_reason
from actions.dialogue.quantities import take_quantities
from actions.dialogue.questions.outcome import bare_outcome
from actions.dialogue.words import ADDING, ALL, BOTH, CALLS_OFF, CORRECTING, ONLY, REMOVING, WRONG_ORDER
from rma.model.codes import Reason, Resolution

SURE_REASON_GIVEN, SURE_REASON_PLAIN = 0.75, 0.5
"""How sure another reason must be; the second where the message says that it gives one."""

_REASON_IS = re.compile(
    r"\b(?:reason|because|cause|raison|motif|parce qu|c'est qu|vu qu|puisqu|car (?:il|elle|ils|elles|ca|c'est))"
)


def says_what(d: Dialogue) -> bool:
    """Whether the message names anything that could be changed: "wait" alone does not."""
    named = any(d.reading.values(kind) for kind in ("resolution", "quantity", "size", "color", "product"))
    change = any(re.search(_CHANGE.format(names), d.reading.plain) for names in _FIELDS.values())
    reason = d.reading.reason is not None and d.reading.reason_confidence >= 0.6
    return named or change or reason or method_in(d.reading) is not None or says_count(d)


async def correct(d: Dialogue) -> bool:
    """Changes what the message corrects of what was said before. False when it corrects nothing."""
    if d.reading.choice is not None:
        return False
    identity = _order(d)
    if identity is not None:
        return identity
    if d.memory.order_id is None or d.memory.goal is None or not d.memory.goal.makes_return:
        return False
    plain = d.reading.plain
    standing = d.memory.asked is not None and d.memory.asked.slot in ("confirm", "method")
    if standing and await _method(d, True):
        d.draft.agreed = None
        return True
    marked = bool(
        CORRECTING.search(plain)
        or ADDING.search(plain)
        or REMOVING.search(plain)
        or ONLY.search(plain)
        or ALL.search(plain)
    )
    # Where all is told, a size, a colour or another outcome can only be meant to change it.
    told = d.memory.asked is not None and d.memory.asked.slot == "confirm"
    marked = marked or (told and any(d.reading.values(kind) for kind in ("resolution", "size", "color")))
    marked = marked or (d.draft.wished is Resolution.EXCHANGE and any(d.reading.values(kind) for kind in ("size", "color")))
    asking = (
        d.reading.is_sure("ask_return_policy", "check_refund_status", "check_return_status", "track_order")
        and "?" in d.reading.text
    )
    if asking or not (marked or d.reading.is_sure("inform", "request_return", "report_problem", "request_exchange")):
        return False
    for change in (_variant, _method, _wish, _items, _quantity, _again, _reason):
        if await change(d, marked):
            d.draft.agreed = None
            return True
    return False


def ahead(d: Dialogue) -> bool:
    """ "Refund", "the label": an answer to what will be asked later is kept for then, whatever the model makes of a word alone."""
    asked = d.memory.asked
    if asked is None or asked.slot not in ("lines", "quantity", "reason", "condition", "photo"):
        return False
    words, wishes, method = d.reading.plain.split(), d.reading.values("resolution"), method_in(d.reading)
    if d.reading.choice is not None or "?" in d.reading.text or len(words) > 4 or d.reading.reason is not None:
        return False
    if d.reading.is_sure("report_problem", "cancel_return", "deny") or (method is None and d.reading.values("product")):
        return False
    if len(wishes) == 1 and take_wishes(d):
        d.draft.resolution = None
    elif not wishes and (outcome := bare_outcome(d.reading.bare)) is not None and d.draft.wished is not outcome:
        d.draft.wished, d.draft.resolution = outcome, None
    elif method is not None and d.draft.method is not method and not wishes:
        d.draft.method = method
    else:
        return False
    d.say("noted_for_later")
    return True


def _order(d: Dialogue) -> bool | None:
    """Another order; None when the message says nothing about that."""
    before = d.memory.order_id
    if WRONG_ORDER.search(d.reading.plain) or d.reading.values("order_number"):
        named = take_identity(d)
        if not named and WRONG_ORDER.search(d.reading.plain):
            d.forget_order()
            d.memory.order_number = None
            named = True
        return named or None
    if before is None and take_identity(d):
        return True
    return None


_FIELDS = {
    "reason": r"reason|raison|motif",
    "quantity": r"quantity|quantite|nombre|how many|combien",
    "lines": r"items?|articles?|products?|produits?",
    "resolution": r"resolution|outcome|solution",
    "method": r"method|way of sending|mode d'envoi|envoi|transport",
}
_CHANGE = (
    r"\b(?:change|correct|edit|modify|fix|wrong|incorrect|changer|modifier|corriger|rectifier|mauvais\w*|fausse?)\b.*\b(?:{0})\b"
    r"|\b(?:{0})\b (?:you have |there |above |given )?(?:is|are|was|isn'?t|aren'?t|needs?|est|sont|n'est|c'est|est pas)\b (?:\w+ )?"
    r"(?:wrong|incorrect|not (?:right|correct|good|true)|right|correct|false|mistaken|to (?:be )?chang\w+|faux|fausse?s?|mauvais\w*|incorrecte?s?|pas (?:la |le |les )?(?:bonn?e?s?|juste|correct\w*|ca)|erronee?s?|a (?:changer|corriger|modifier))\b"
)
_RIGHT = re.compile(r"\b(?:is|are|was|est|sont) (?:all |quite |tout a fait )?(?:right|correct|juste|correcte?s?)$")


async def renewed(d: Dialogue) -> bool:
    """ "The reason is wrong", when that is all that is said: it is asked anew."""
    if d.reading.choice is not None or len(d.reading.plain.split()) > 8 or d.reading.reason_confidence >= SURE_REASON_GIVEN:
        return False
    asked = d.memory.asked
    if asked is None or asked.slot not in ("resolution", "method", "exchange_for", "confirm") or "?" in d.reading.text:
        return False
    done = not d.reading.entities and await _again(d, True)
    if done:
        d.draft.agreed = None
    return done


async def _again(d: Dialogue, marked: bool) -> bool:
    """ "Change the reason": it is asked anew."""
    for field, names in _FIELDS.items():
        if not re.search(_CHANGE.format(names), d.reading.plain) or _RIGHT.search(d.reading.bare):
            continue
        if field == "lines":
            d.draft.items, d.draft.candidates = [], []
        elif field == "resolution":
            d.draft.wished = d.draft.resolution = None
        elif field == "method":
            d.draft.method = None
        else:
            for item in d.draft.items:
                setattr(item, field, None)
        return True
    return False


async def _items(d: Dialogue, marked: bool) -> bool:
    if not marked and not d.reading.is_sure("request_return", "report_problem"):
        return False
    if CALLS_OFF.search(d.reading.plain) and ALL.search(d.reading.plain):
        return False  # "Stop all this" chooses nothing.
    order = await d.order()
    if order is not None and len(order.lines) != 2 and BOTH.search(d.reading.plain) and says_count(d, named=False):
        return False  # "Both" of what is on no list of two.
    before = [item.model_dump() for item in d.draft.items]
    # "The second" points at a list; a bare number may be anything.
    by_position = marked and not d.reading.bare.isdigit()
    taken = await take_items(d, d.reading, by_position=by_position, strict=True)
    changed = taken and [item.model_dump() for item in d.draft.items] != before
    return changed or bool(taken and d.draft.candidates)


async def _quantity(d: Dialogue, marked: bool) -> bool:
    lines = [item.id for item in d.draft.items]
    before = [item.quantity for item in d.draft.items]
    if len(lines) == 1:
        d.draft.items[0].quantity = None
    taken = await take_quantities(d, d.reading, lines)
    if not taken:
        for item, quantity in zip(d.draft.items, before, strict=True):
            item.quantity = quantity
    return taken and before != [item.quantity for item in d.draft.items]


async def _reason(d: Dialogue, marked: bool) -> bool:
    plainly = _REASON_IS.search(d.reading.plain) or (
        d.reading.is_sure("report_problem") and CORRECTING.search(d.reading.plain)
    )
    needed = SURE_REASON_PLAIN if plainly else SURE_REASON_GIVEN
    reason = size_reason(d.reading.plain) or (d.reading.reason if d.reading.reason_confidence >= needed else None)
    if reason is not None and await _reason_too_early(d, reason):
        return True
    if reason is Reason.CHANGED_MIND:
        return False  # "I was mistaken" is said of the conversation as often as of the purchase.
    if reason is Reason.COLOR and d.reading.values("color"):
        return False  # "Not the blue, the black": a colour that picks an item is no complaint about it.
    standing = d.draft.item(d.memory.asked.line) if d.memory.asked else None
    told = [standing] if standing else [item for item in d.draft.items if item.reason is not None]
    if reason is None or not told or not (marked or plainly or d.reading.is_sure("report_problem")):
        return False
    item = told[-1]
    if item.reason is reason:
        return False
    item.reason, item.words = reason, d.reading.text[:500]
    item.photo_refused = False
    return True


async def _reason_too_early(d: Dialogue, reason: Reason) -> bool:
    """ "Changed my mind", where it was asked how many: kept for when the reason is asked."""
    asked = d.memory.asked
    item = d.draft.item(asked.line) if asked is not None and asked.slot == "quantity" else None
    if item is None or item.reason is not None:
        return False
    item.reason, item.words = reason, d.reading.text[:500]
    d.say("noted_for_later")
    return True


async def _wish(d: Dialogue, marked: bool) -> bool:
    before = d.draft.wished
    if not take_wishes(d):
        return False
    d.draft.resolution = None
    for item in d.draft.items:
        if d.draft.wished is not Resolution.EXCHANGE:
            item.exchange_for = None
    return before is not d.draft.wished


async def _variant(d: Dialogue, marked: bool) -> bool:
    """Another size or colour of what is wanted instead; before one was chosen it is kept for then."""
    order = await d.order()
    if order is None or Resolution.EXCHANGE not in (d.draft.resolution, d.draft.wished):
        return False
    chosen = [item for item in d.draft.items if item.exchange_for is not None]
    for item in reversed(chosen or d.draft.items):
        line = order.line(item.id)
        assert line is not None
        if not await instead.says_another(d, item, line) or ((not chosen or _THAT_ONE.search(d.reading.bare)) and await instead.names_other_line(d)):
            continue
        item.exchange_for = None
        return True
    return False


_THAT_ONE = re.compile(r"\b(?:the|le|la) \w+(?: ones?)?$")
""" "No, the blue one": where there is one in the order it is that one and no other colour of the one chosen."""
_WISHED = re.compile(r"\b(?:instead|want|like|have|get|make it|prefer|veux|voudrais|prefere|avoir|plutot)\b")


async def _method(d: Dialogue, marked: bool) -> bool:
    method = method_in(d.reading)
    if method is not None and method is d.draft.method and (
        _WISHED.search(d.reading.plain) or len(d.reading.plain.split()) <= 5
    ):
        return True  # It is so already: the summary shows it.
    if method is None or method is d.draft.method or (d.draft.method is None and len(d.reading.plain.split()) > 3):
        return False
    d.draft.method = method
    return True

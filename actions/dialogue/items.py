"""Which items a message means, each with its reason; also when it was said before the order was known."""

import re
from dataclasses import replace

from actions.dialogue.context import Dialogue
from actions.dialogue.goals import goal_of, speaks_of_exchange
from actions.dialogue.memory import Goal, Item, Said
from actions.dialogue.particulars import (
    LABEL_SAID,
    QR_SAID,
    condition_in,
    size_reason,
    without_numbers,
    without_unwanted,
)
from actions.dialogue.prices import names_price
from actions.dialogue.quantities import take_quantities
from actions.dialogue.reading import Clause, Reading
from actions.dialogue.telling_apart import of_their_own, without_kept
from actions.dialogue.words import (
    ADDING,
    CORRECTING,
    ONLY,
    fold,
)
from rma.model.codes import FAULTS, LineTag, Method, Reason
from rma.model.orders import Order

ITEM_INTENTS = (
    "request_return",
    "report_problem",
    "request_exchange",
    "withdraw_contract",
    "inform",
    "appeal_decision",
)


def keep_for_later(d: Dialogue) -> None:
    """The order is not known yet: the message is read again for items once it is."""
    # "Send the jacket back and keep the bottle" is heard as the end of a return, too.
    if d.reading.intent in (*ITEM_INTENTS, "cancel_return") and d.reading.choice is None and len(d.memory.said) < 6:
        d.memory.said.append(Said(text=d.reading.text, parse=d.reading.parse))


async def recall(d: Dialogue) -> None:
    """Reads again, now that the order is known, what was said about items before."""
    said = d.memory.said
    if not d.memory.guessed:  # Of another order it may have to be read once more.
        d.memory.said = []
    for message in said:
        await take_items(d, Reading.of(message.text, message.parse), by_position=False)


async def take_items(d: Dialogue, reading: Reading, *, by_position: bool, strict: bool = False) -> bool:
    """Takes the lines that the message names, each with its quantity and reason. True when something was taken.

    `by_position`: "the second" counts, because a list was shown. `strict`: lines are taken only when named, so that an answer to
    another question is not mistaken for one about lines.
    """
    order = await d.order()
    if order is None:
        return False
    matcher, draft = await d.matcher(), d.draft
    reading = _without_price_as_reason(reading)
    text = without_unwanted(reading) if speaks_of_exchange(reading) else without_numbers(reading)
    if draft.items and (_REMOVE.search(reading.plain) or _STAYS.search(reading.plain)):
        out = matcher.find(_REMOVE.sub(" ", _STAYS.sub(" ", reading.plain)), by_position=False).lines
        if out and set(out) < {item.id for item in draft.items}:
            draft.items = [item for item in draft.items if item.id not in out]
            return True
    text = without_kept(text, matcher)
    found = matcher.find(_without_asides(reading, text), by_position=by_position)
    found = found or matcher.find(text, by_position=by_position)
    if not found and len(order.lines) == 1 and not strict:
        found.lines = [order.lines[0].id]
    spared = {line for part in _never_came(reading) for line in matcher.find(text[part.start : part.end], by_position=False).lines}
    if spared and set(found.lines) - spared:
        found.lines = [line for line in found.lines if line not in spared]
        draft.items = [item for item in draft.items if item.id not in spared or item.id in found.lines]
    if not found.lines and not found.unclear:
        return False
    keep = bool(draft.items) and _adds(reading, found.lines, draft.items, strict)
    if found.lines or not keep:
        known = {item.id: item for item in draft.items}
        chosen = [*known, *[line for line in found.lines if line not in known]] if keep else found.lines
        replaced = draft.items[0] if len(draft.items) == len(chosen) == 1 else None
        draft.items = [known.get(line) or Item(id=line) for line in chosen]
        if replaced is not None and replaced.id not in chosen:
            _inherit(order, replaced, draft.items[0])
    draft.candidates = found.unclear
    await _take_details(d, reading, found.lines)
    return True


def _without_price_as_reason(reading: Reading) -> Reading:
    """ "The cheapest one" says which, not that it was too dear or too poor."""
    if not names_price(reading.text):
        return reading
    clauses = tuple(replace(part, reason=None) if part.reason in _OF_PRICE else part for part in reading.clauses)
    return replace(reading, clauses=clauses, reason=None if reading.reason in _OF_PRICE else reading.reason)


_OF_PRICE = (Reason.BETTER_PRICE, Reason.QUALITY)


def _inherit(order: Order, replaced: Item, item: Item) -> None:
    """ "No, the black one": what was said of the blue one was meant of it."""
    before, after = order.line(replaced.id), order.line(item.id)
    if before is not None and after is not None and before.name == after.name:
        item.reason, item.words, item.condition = replaced.reason, replaced.words, replaced.condition


def _adds(reading: Reading, lines: list[str], items: list[Item], strict: bool) -> bool:
    """Whether lines that are named join those chosen before, or take their place. A word about a chosen line ("the backpack has
    a broken zip") leaves the others alone; "only the backpack" and "no, the backpack" do not."""
    if ADDING.search(reading.plain):
        return True
    if ONLY.search(reading.plain) or CORRECTING.search(reading.plain):
        return False
    return set(lines) < {item.id for item in items} or (
        not strict and reading.is_sure("request_return", "report_problem")
    )


# "Not the kettle" takes it away; "it does not work" and "no, the kettle" do not.
_REMOVE = re.compile(
    r"^(?:\w+[\s,]+){0,2}?(?:without|except(?: for)?|not(?= (?:the|my|that|those)\b)|remove|drop|leave out|i(?:'ll| will)? keep|keep|"
    r"sans|sauf|retire[rz]?|enleve[rz]?|je garde|garde[rz]?|pas(?= (?:le|la|les|mon|ma|mes|l')))\b(?!.*[,;])"
)


_STAYS = re.compile(r"\b(?:stays?|staying|rest(?:e|ent|era|eront))(?: (?:here|home|at home|with me|chez moi|ici|a la maison))?[\s.!]*$")
""" "The cushion stays": it goes back no more."""


def _never_came(reading: Reading) -> list[Clause]:
    return [part for part in reading.clauses if goal_of(part) is Goal.NOT_RECEIVED]


def _without_asides(reading: Reading, text: str) -> str:
    """ "The mug is great. The lamp flickers": the lamp is meant. A thing that only an aside names ("the shirt is lovely but it is
    too small") is found in the whole text."""
    for clause in reading.clauses:
        if clause.aside:
            text = text[: clause.start] + " " * (clause.end - clause.start) + text[clause.end :]
    return text


async def _take_details(d: Dialogue, reading: Reading, lines: list[str]) -> None:
    """Reasons, quantities and conditions, clause by clause: each item gets what its own clause says."""
    matcher, order = await d.matcher(), await d.order()
    assert order is not None
    current = lines
    with_reason: set[str] = set()
    apart: set[str] = set()  # Each of these was told of in words of its own; what they say is asked where it is not plain.
    text = without_kept(without_numbers(reading), matcher)
    for part in reading.parts:
        named = [line for line in matcher.find(text[part.start : part.end], by_position=False).lines if line in lines]
        current = named or current
        own = of_their_own(text[part.start : part.end], matcher)
        for line, words in own:
            item, why = d.draft.item(line), size_reason(fold(words))
            if item is not None and line in lines:
                apart.add(line)
                if why is not None:
                    item.reason, item.words = why, words.strip()[:500]
                    with_reason.add(line)
        if own:
            continue
        said = size_reason(fold(part.text))
        reason = said or part.reason
        if reason is None or (reason is Reason.COLOR and d.memory.asked is not None and reading.values("color")):
            continue  # "Not the blue, the black": a colour that picks an item is no complaint about it.
        for line in current:
            item = d.draft.item(line)
            if item is not None and (line not in with_reason or named or (said and item.reason not in FAULTS)):
                if item.reason is not reason:
                    item.photo_refused = False
                item.reason, item.words = reason, part.text.strip()[:500]
                with_reason.add(line)
    missing = [line for line in lines if line not in with_reason and line not in apart]
    if missing and not with_reason and reading.reason is not None and not reading.one_denies:
        for line in missing:
            item = d.draft.item(line)
            if item is not None and item.reason is None:
                item.reason, item.words = reading.reason, reading.text.strip()[:500]
    await take_quantities(d, reading, lines)
    if d.draft.method is None and reading.intent != "resend_label":
        d.draft.method = (
            Method.QR if QR_SAID.search(reading.plain) else Method.LABEL if LABEL_SAID.search(reading.plain) else None
        )
    for line in lines:
        item, bought = d.draft.item(line), order.line(line)
        if item is not None and bought is not None and LineTag.HYGIENE_SEALED in bought.tags:
            item.condition = condition_in(reading) or item.condition

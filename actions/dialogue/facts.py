"""Taking in what a message says about the order and its items, whatever was asked: so that nothing is asked twice."""

import re

from actions.dialogue.context import Dialogue
from actions.dialogue.memory import Item, Said
from actions.dialogue.reading import Reading
from actions.dialogue.words import ADDING, BOTH, CORRECTING, NEVER_OPENED, ONLY, OPENED, PRINT, QR, REMOVING, USED
from rma.model.codes import Condition, LineTag, Method, Resolution
from rma.model.orders import order_key

ITEM_INTENTS = (
    "request_return",
    "report_problem",
    "request_exchange",
    "withdraw_contract",
    "inform",
    "appeal_decision",
)


def contact_in(reading: Reading) -> str | None:
    """An e-mail address, phone number or postal code in the message, in this order."""
    for kind in ("email", "phone", "postal_code"):
        if (value := reading.value(kind)) is not None:
            return str(value)
    # "W2611343, 69003": the second of two numbers is no second order.
    numbers = [str(value) for value in reading.values("order_number")]
    return numbers[-1] if len(numbers) > 1 and numbers[-1].isdigit() and 4 <= len(numbers[-1]) <= 6 else None


def take_identity(d: Dialogue) -> bool:
    """Takes order number, return number and contact from the message; True when one of them is news."""
    m, news = d.memory, False
    if number := d.reading.value("return_number"):
        news = m.return_number != str(number)
        m.return_number = str(number)
    if number := d.reading.value("order_number"):
        number = str(number)
        if m.order_number is None or order_key(number) != order_key(m.order_number):
            if m.order_id is not None:
                d.forget_order()
            m.order_number, news = number, True
    contact = contact_in(d.reading)
    if contact and m.order_id is None and contact != m.contact:
        m.contact, news = contact, True
    return news


def take_wishes(d: Dialogue) -> bool:
    """Takes the resolution and the way of sending that the message names."""
    draft, news = d.draft, False
    wishes = [Resolution(value) for value in d.reading.values("resolution") if value in Resolution.__members__.values()]
    if d.reading.is_sure("request_exchange") and not wishes:
        wishes = [Resolution.EXCHANGE]
    if Resolution.EXCHANGE in wishes or Resolution.REPLACEMENT in wishes:
        draft.exchange_words = d.reading.text[:500]
    if wishes and draft.wished != wishes[0]:
        draft.wished, news = wishes[0], True
    return news


def keep_for_later(d: Dialogue) -> None:
    """The order is not known yet: the message is read again for items once it is."""
    if d.reading.intent in ITEM_INTENTS and d.reading.choice is None and len(d.memory.said) < 6:
        d.memory.said.append(Said(text=d.reading.text, parse=d.reading.parse))


async def recall(d: Dialogue) -> None:
    """Reads again, now that the order is known, what was said about items before."""
    said, d.memory.said = d.memory.said, []
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
    found = matcher.find(_without_numbers(reading), by_position=by_position)
    if not found and len(order.lines) == 1 and not strict:
        found.lines = [order.lines[0].id]
    if not found.lines and not found.unclear:
        return False
    keep = bool(draft.items) and _adds(reading, found.lines, draft.items, strict)
    removing = (
        bool(draft.items)
        and bool(REMOVING.search(reading.plain))
        and not found.unclear
        and _only_removes(reading, found.lines, draft.items)
    )
    if removing:
        draft.items = [item for item in draft.items if item.id not in found.lines]
        return True
    if found.lines or not keep:
        known = {item.id: item for item in draft.items}
        chosen = [*known, *[line for line in found.lines if line not in known]] if keep else found.lines
        draft.items = [known.get(line) or Item(id=line) for line in chosen]
    draft.candidates = found.unclear
    await _take_details(d, reading, found.lines)
    return True


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


def _only_removes(reading: Reading, lines: list[str], items: list[Item]) -> bool:
    """ "not the kettle" takes away; "no, the kettle" and "not the kettle, the lamp" choose."""
    pattern = r"\b(?:without|except|not|remove|drop|leave out|keep|keeping|sans|sauf|retire[rz]?|enleve[rz]?|garde[rz]?|pas)\b"
    return bool(re.search(pattern, reading.plain)) and set(lines) < {item.id for item in items}


def _without_numbers(reading: Reading) -> str:
    """The text with order numbers, addresses and the like blanked: "W2611340" names no line."""
    text = reading.text
    for entity in reading.entities:
        if entity.kind in ("order_number", "return_number", "tracking_number", "email", "phone", "postal_code", "date"):
            text = text[: entity.start] + " " * (entity.end - entity.start) + text[entity.end :]
    return text


async def _take_details(d: Dialogue, reading: Reading, lines: list[str]) -> None:
    """Reasons, quantities and conditions, clause by clause: each item gets what its own clause says."""
    matcher, order = await d.matcher(), await d.order()
    assert order is not None
    current = lines
    with_reason: set[str] = set()
    text = _without_numbers(reading)
    for part in reading.parts:
        named = [line for line in matcher.find(text[part.start : part.end], by_position=False).lines if line in lines]
        current = named or current
        if part.reason is None:
            continue
        for line in current:
            item = d.draft.item(line)
            if item is not None and (line not in with_reason or named):
                if item.reason is not part.reason:
                    item.photo_refused = False
                item.reason, item.words = part.reason, part.text.strip()[:500]
                with_reason.add(line)
    missing = [line for line in lines if line not in with_reason]
    if missing and reading.reason is not None:
        for line in missing:
            item = d.draft.item(line)
            if item is not None and item.reason is None:
                item.reason, item.words = reading.reason, reading.text.strip()[:500]
    await take_quantities(d, reading, lines)
    for line in lines:
        item, bought = d.draft.item(line), order.line(line)
        if item is not None and bought is not None and LineTag.HYGIENE_SEALED in bought.tags:
            item.condition = condition_in(reading) or item.condition


async def take_quantities(d: Dialogue, reading: Reading, lines: list[str]) -> bool:
    """How many of the lines that were bought more than once."""
    order, taken = await d.order(), False
    assert order is not None
    both = len(lines) > 1 and BOTH.search(reading.plain)  # "Both" counted the lines, not the units of each.
    for value in [] if both else reading.values("quantity"):
        for line_id in lines:
            item, line = d.draft.item(line_id), order.line(line_id)
            if item is None or line is None or line.quantity == 1:
                continue
            left = await d.left(line)
            wanted = left if value == "all" else int(value)
            if 1 <= wanted <= left and (item.quantity is None or len(lines) == 1):
                item.quantity, taken = wanted, True
    return taken


def condition_in(reading: Reading) -> Condition | None:
    if NEVER_OPENED.search(reading.plain):
        return Condition.UNOPENED
    if USED.search(reading.plain):
        return Condition.USED
    return Condition.OPENED if OPENED.search(reading.plain) else None


def method_in(reading: Reading) -> Method | None:
    if QR.search(reading.plain):
        return Method.QR
    return Method.LABEL if PRINT.search(reading.plain) else None

"""Taking in what a message says about the order and its items, whatever was asked: so that nothing is asked twice."""

import re

from actions.dialogue.claiming import keeps
from actions.dialogue.context import Dialogue
from actions.dialogue.matching import split_parts
from actions.dialogue.memory import Item, Said
from actions.dialogue.reading import SURE, Clause, Reading
from actions.dialogue.words import (
    ADDING,
    ALL,
    BOTH,
    CORRECTING,
    NEVER_OPENED,
    NUMBERS,
    ONLY,
    OPENED,
    PRINT,
    QR,
    USED,
    fold,
)
from rma.model.codes import FAULTS, Condition, LineTag, Method, Reason, Resolution
from rma.model.orders import Order, order_key

ITEM_INTENTS = (
    "request_return",
    "report_problem",
    "request_exchange",
    "withdraw_contract",
    "inform",
    "appeal_decision",
)


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
    numbers = _order_numbers(d.reading)
    if len(numbers) > 1:
        d.say("one_order_at_a_time", number=numbers[0][:40])
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


def _order_numbers(reading: Reading) -> list[str]:
    """The order numbers that are named, without those that are a postal code or a phone number at a second look."""
    contact = contact_in(reading)
    others = {str(value) for kind in ("postal_code", "phone", "return_number") for value in reading.values(kind)}
    numbers = [str(value) for value in reading.values("order_number")]
    numbers = list(dict.fromkeys(number for number in numbers if number not in others and number != contact))
    return numbers[-1:] if len(numbers) > 1 and _mended(reading) else numbers


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
    if d.reading.is_sure("request_exchange") and not wishes:
        wishes = [Resolution.EXCHANGE]
    if len(set(wishes)) > 1 and {Resolution.EXCHANGE, Resolution.REFUND} <= set(wishes) and d.reading.choice is None:
        d.say("one_outcome")
        return False
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
    text, others = _without_numbers(reading), _not_sent(reading)
    if draft.items and _REMOVE.search(reading.plain):
        out = matcher.find(_REMOVE.sub(" ", reading.plain), by_position=False).lines
        if out and set(out) < {item.id for item in draft.items}:
            draft.items = [item for item in draft.items if item.id not in out]
            return True
    found = matcher.find(_without_asides(reading, text), by_position=by_position) or matcher.find(text, by_position=by_position)
    if not found and len(order.lines) == 1 and not strict:
        found.lines = [order.lines[0].id]
    spared = {line for part in others for line in matcher.find(text[part.start : part.end], by_position=False).lines}
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


def _without_numbers(reading: Reading) -> str:
    """The text with order numbers, addresses and the like blanked: "W2611340" names no line."""
    text = reading.text
    for entity in reading.entities:
        if entity.kind in ("order_number", "return_number", "tracking_number", "email", "phone", "postal_code", "date"):
            text = text[: entity.start] + " " * (entity.end - entity.start) + text[entity.end :]
    return text


def _not_sent(reading: Reading) -> list[Clause]:
    """The clauses that name what stays with the shopper, or never came."""
    return [
        part for part in reading.clauses
        if keeps(part.text) or (part.intent == "report_not_received" and part.confidence >= SURE)
    ]  # fmt: skip


def _without_asides(reading: Reading, text: str) -> str:
    """ "The mug is great. The lamp flickers": the lamp is meant. A thing that only an aside names ("the shirt is lovely but it is
    too small") is found in the whole text."""
    for clause in reading.clauses:
        if clause.aside or keeps(clause.text):
            text = text[: clause.start] + " " * (clause.end - clause.start) + text[clause.end :]
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
    missing = [line for line in lines if line not in with_reason]
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


_COUNT = re.compile(
    r"\b(\d{1,4}|a|an|one|two|three|four|five|six|seven|eight|nine|ten|un|une|deux|trois|quatre|cinq|sept|huit|neuf|dix)\b"
)


_FOR_ANOTHER = re.compile(r"\b(?:for|to|into|with|against|contre|pour|par|en)\s+(?:an?|one|une?)\b.*")


async def _counted_by_part(d: Dialogue, reading: Reading, lines: list[str]) -> bool:
    """ "One of the mugs and the two cushions": each part counts the line that it names."""
    matcher, order, taken = await d.matcher(), await d.order(), False
    assert order is not None
    for text in split_parts(fold(_without_numbers(reading))):
        named = [line for line in matcher.find(text, by_position=False).lines if line in lines]
        line = order.line(named[0]) if len(named) == 1 else None
        item = d.draft.item(named[0]) if line is not None else None
        if line is None or item is None or line.quantity == 1:
            continue
        left = await d.left(line)
        if reading.intent == "request_exchange":
            text = _FOR_ANOTHER.sub(" ", text)  # In "the shirt for a bigger one" nothing is counted.
        count = _COUNT.search(text)
        if re.search(r"\b(?:half|la moitie)\b", text):
            wanted: int | None = left // 2
        elif ALL.search(text) and not BOTH.search(text):
            wanted = left
        else:
            word = count[1] if count else ""
            wanted = part_of(text) or (
                int(word) if word.isdigit() else NUMBERS.get(word) or (1 if word in ("a", "an") else None)
            )
        if wanted is not None and 1 <= wanted <= left:
            item.quantity, taken = wanted, True
    return taken


async def take_quantities(d: Dialogue, reading: Reading, lines: list[str]) -> bool:
    """How many of the lines that were bought more than once."""
    order, taken = await d.order(), False
    assert order is not None
    if await _counted_by_part(d, reading, lines):
        return True
    part = part_of(reading.plain)
    if part is not None and len(lines) == 1 and (item := d.draft.item(lines[0])) is not None:
        line = order.line(lines[0])
        if line is not None and line.quantity > 1 and part <= await d.left(line):
            item.quantity = part
            return True
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


_NUMBER = "|".join(sorted(NUMBERS, key=len, reverse=True))
_PART = re.compile(
    rf"(?<![\w-])(\d{{1,4}}|{_NUMBER})\s+(?:\w+\s+)?(?:of|out of|des|sur|parmi|d'entre)\s+(?:(?:the|my|these|les|mes|ces|nous)\s+)?"
    rf"(?:\d{{1,4}}|{_NUMBER}|[a-z]{{3,}})"
)
_MENDED = re.compile(rf"\b(?:it was|it's|make it|make that|c'etait|c'est|plutot|seulement|finalement|only|just)\s+(\d{{1,4}}|{_NUMBER})\b"
                     rf"|^(?:sorry|pardon|non|no|en fait|actually)?[\s,]*(\d{{1,4}}|{_NUMBER})[\s,]*(?:actually|instead|en fait|plutot|finalement)$")  # fmt: skip


def part_of(plain: str) -> int | None:
    """How many, in "two of the four mugs", "2 mugs sur les 4", "un des mugs", and in corrections: "it was two"."""
    match = _PART.search(plain) or _MENDED.search(plain)
    if match is None:
        return None
    word = next(group for group in match.groups() if group)
    number = int(word) if word.isdigit() else NUMBERS[word]
    return number if number >= 1 else None


_LARGE = re.compile(
    r"(?<!not )(?<!pas )\b(?:too|trop)\s+(?:big|large|long|wide|loose|grande?s?|larges?|longs?|longues?)\b"
)
_SMALL = re.compile(
    r"(?<!not )(?<!pas )\b(?:too|trop)\s+(?:small|tight|short|narrow|petite?s?|serree?s?|courte?s?|juste|etroite?s?)\b"
)


_INSTEAD = r"\b(?:for|to|into|with|contre|pour|par) (?:an? |the |one |une? |le |la )?(?:size |taille |one |qui est )?"
_FOR_BIGGER = re.compile(_INSTEAD + r"(?:bigger|larger|plus grande?|up\b|au[- ]dessus)")
_FOR_SMALLER = re.compile(_INSTEAD + r"(?:smaller|plus petite?|down\b|en[- ]dessous)")


def size_reason(plain: str) -> Reason | None:
    """ "Too big, not too small": what stands under a negation is not meant."""
    large = bool(_LARGE.search(plain) or _FOR_SMALLER.search(plain))
    small = bool(_SMALL.search(plain) or _FOR_BIGGER.search(plain))
    if large == small:
        return None
    return Reason.SIZE_TOO_LARGE if large else Reason.SIZE_TOO_SMALL


QR_SAID = re.compile(r"\b(?:qr|no printer|without a printer|don'?t have a printer|pas d'imprimante|sans imprim\w*)\b")
LABEL_SAID = re.compile(
    r"\b(?:print(?:ed|able)? label|label(?: to print)?|print it|i have a printer|etiquette|j'ai une imprimante|imprimer)\b"
)


def condition_in(reading: Reading) -> Condition | None:
    if NEVER_OPENED.search(reading.plain):
        return Condition.UNOPENED
    if USED.search(reading.plain):
        return Condition.USED
    return Condition.OPENED if OPENED.search(reading.plain) else None


_NEGATED = re.compile(
    r"\b(?:not|no longer|rather than|instead of|don'?t want|(?:ne )?veux pas|pas|plutot que|au lieu)\s+(?:of\s+|d'|de\s+)?(?:an?\s+|the\s+|le\s+|la\s+|l'|les\s+|une?\s+|du\s+)?"
    r"((?:q ?r(?:[- ]?code)?|code(?: qr)?)|(?:printed |paper )?label|etiquette|bordereau)\b"
)


def method_in(reading: Reading) -> Method | None:
    """ "A label, not a QR" is a label; "not the label" alone is the other."""
    refused = _NEGATED.search(reading.plain)
    plain = _NEGATED.sub(" ", reading.plain)
    if QR.search(plain):
        return Method.QR
    if PRINT.search(plain):
        return Method.LABEL
    if refused is None:
        return None
    return Method.LABEL if QR.search(refused[1]) else Method.QR

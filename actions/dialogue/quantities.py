"""How many of a line, as a message about items says it: "two of the four mugs", "all but one", "a couple"."""

import re

from actions.dialogue.context import Dialogue
from actions.dialogue.matching import split_parts
from actions.dialogue.particulars import without_numbers
from actions.dialogue.reading import Reading
from actions.dialogue.telling_apart import pieces
from actions.dialogue.words import (
    ALL,
    BOTH,
    NUMBERS,
    fold,
)

_COUNT = re.compile(
    r"\b(\d{1,4}|a|an|one|two|three|four|five|six|seven|eight|nine|ten|un|une|deux|trois|quatre|cinq|sept|huit|neuf|dix)\b"
)


_FOR_ANOTHER = re.compile(r"\b(?:for|to|into|with|against|contre|pour|par|en)\s+(?:an?|one|une?)\b.*")


async def _counted_by_part(d: Dialogue, reading: Reading, lines: list[str]) -> bool:
    """ "One of the mugs and the two cushions": each part counts the line that it names."""
    matcher, order, taken = await d.matcher(), await d.order(), False
    assert order is not None
    for text in split_parts(fold(without_numbers(reading))):
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
        elif spared := _ALL_BUT.search(text):
            wanted = left - _as_number(spared[1])
        elif ALL.search(text) and not BOTH.search(text):
            wanted = left
        elif _is_two(text, left, "size" in line.variant):
            wanted = 2
        else:
            word = count[1] if count else ""
            wanted = part_of(text) or (
                int(word) if word.isdigit() else NUMBERS.get(word) or (1 if word in ("a", "an") else None)
            )
        if wanted is not None and 1 <= wanted <= left:
            item.quantity, taken = wanted, True
    return taken


def _is_two(text: str, left: int, worn: bool) -> bool:
    if BOTH.search(text) and left == 2 and not _BOTH_OF_SEVERAL.search(text):
        return True
    return bool(_COUPLE.search(text) or (not worn and _PAIR.search(text)))


async def take_quantities(d: Dialogue, reading: Reading, lines: list[str]) -> bool:
    """How many of the lines that were bought more than once."""
    order, taken = await d.order(), False
    assert order is not None
    if await _kept_some(d, reading, lines) or await _counted_by_part(d, reading, lines):
        return True
    part = part_of(await _words_of(d, reading, lines[0])) if len(lines) == 1 else None
    if part is not None and (item := d.draft.item(lines[0])) is not None:
        line = order.line(lines[0])
        if line is not None and line.quantity > 1 and part <= await d.left(line):
            item.quantity = part
            return True
    if _EVERYTHING.search(reading.plain) and not (await d.matcher()).named(reading.text):
        for line_id in lines:
            item, line = d.draft.item(line_id), order.line(line_id)
            if item is not None and line is not None and item.quantity is None:
                item.quantity, taken = await d.left(line), True
        return taken
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


async def _words_of(d: Dialogue, reading: Reading, line: str) -> str:
    """The message, folded, without what it says of other lines."""
    matcher, text = await d.matcher(), without_numbers(reading)
    parts = [(text[a:b], matcher.find(text[a:b], by_position=False).lines) for a, b in pieces(text)]
    return fold(", ".join(words for words, named in parts if not named or line in named))


async def _kept_some(d: Dialogue, reading: Reading, lines: list[str]) -> bool:
    """ "I got two but wanted one, I'd return the second": the number that was bought is not the one that goes back."""
    order = await d.order()
    several = [line for line in (order.lines if order else []) if line.id in lines and line.quantity > 1]
    item = d.draft.item(several[0].id) if len(several) == 1 else None
    if item is None:
        return False
    left = await d.left(several[0])
    listed = d.memory.asked is not None and d.memory.asked.slot == "items"
    wanted = rest_of(await _words_of(d, reading, several[0].id), left, by_place=len(lines) == 1 and not listed)
    if wanted is None:
        return False
    item.quantity = wanted
    return True


_EVERYTHING = re.compile(
    r"\b(?:(?<!at )(?<!not )(?<!is )all(?: of (?:it|them|this))?|every ?thing|(?:the|my) (?:whole|entire|full) (?:order|lot|thing|parcel)|the lot"
    r"|(?<!pas du )tout(?! (?:a fait|de suite|neuf|petit|court|seul|sauf|ca))|toute la commande|la totalite|l'ensemble|l'integralite)\b(?! (?:but|except|sauf|too|that|good|fine|is|was|i|the))"
)
_NUMBER = "|".join(sorted(NUMBERS, key=len, reverse=True))
_JUST = r"(?:only |just |que |seulement |juste |qu')?"
_KEPT = re.compile(
    rf"\b(?:keep(?:ing)?|kept|garde(?:r|rai|rais|rons|ons|z)?|conserve(?:r|rai|rais|ons)?)\s+{_JUST}({_NUMBER}|\d{{1,4}})\b(?! (?:day|week|month|jour|semaine|mois))"
    rf"|\b(?:(?:only|just) (?:wanted|needed|ordered|meant to (?:order|buy))|(?:wanted|needed|meant to (?:order|buy)) (?:only |just )|(?:voulais|voulait|fallait|commande|commandais|avais besoin) (?:de )?(?:que |qu'))\s*({_NUMBER}|\d{{1,4}})\b"
)
_OTHERS = re.compile(rf"\b(?:the|les|my|mes)\s+(?:other|autres?)\s+({_NUMBER}|\d{{1,4}})\b|\b(?:the|les|my|mes)\s+({_NUMBER}|\d{{1,4}})\s+(?:others?|autres?)\b")
_ONE_MORE = re.compile(
    r"\b(?:(?:the|le|la|un|une|an?|my)\s+|l')(?:second|seconde|2nd|2eme|2e|deuxieme|other|autre|extra|spare|duplicate|doublon)\b(?: one)?(?! (?:order|time|thing|question|commande|fois|chose|colis|parcel|problem\w*|reason|raison|size|taille|colou?r|couleur|model\w*))"
    r"|\b(?:one|un|une) (?:too many|de trop|en trop)\b|\ben double\b"
)


def rest_of(plain: str, left: int, by_place: bool) -> int | None:
    """How many of `left` go back, where it is said how many stay, are others, or are one too many. `by_place`: "the second" is a
    unit, since no list was shown of which it could be a line."""
    kept, others = _KEPT.search(plain), _OTHERS.search(plain)
    number = next((group for group in (others.groups() if others else ()) if group), None)
    wanted = _as_number(number) if number else None
    if wanted is None and (some := _SOME_ARE.search(plain)) is not None:
        wanted = _as_number(some[1])
    if wanted is None and kept is not None:
        wanted = left - _as_number(next(group for group in kept.groups() if group))
    if wanted is None and by_place and _ONE_MORE.search(plain):
        wanted = 1
    return wanted if wanted is not None and 1 <= wanted < left else None


_PART = re.compile(
    rf"(?<![\w-])(\d{{1,4}}|{_NUMBER})\s+(?:\w+\s+)?(?:of|out of|des|sur|parmi|d'entre)\s+(?:(?:the|my|these|les|mes|ces|nous)\s+)?"
    rf"(?:\d{{1,4}}|{_NUMBER}|[a-z]{{3,}})"
)
_MENDED = re.compile(rf"\b(?:it was|it's|make it|make that|c'etait|c'est|plutot|seulement|finalement|only|just)\s+(\d{{1,4}}|{_NUMBER})\b"
                     rf"|^(?:sorry|pardon|non|no|en fait|actually)?[\s,]*(\d{{1,4}}|{_NUMBER})[\s,]*(?:actually|instead|en fait|plutot|finalement)$")  # fmt: skip
_SOME_ARE = re.compile(
    rf"(?<![\w-])(?<!this )(?<!that )(?<!the )(?<!which )(\d{{1,4}}|{_NUMBER})\s+(?:(?:of them|d'entre (?:eux|elles))\s+)?"
    r"(?:is|are|was|were|arrived|came|sont|est|etai(?:t|ent)|chipped|broken|cracked|cassee?s?|felee?s?|abimee?s?)\b"
    r"(?! (?:\w+ )?(?:fine|ok|okay|good|great|perfect|bien|bons?|bonnes?|parfait\w*|intacte?s?)\b)"
)
""" "Two are cracked", and not "three are fine"."""
_ALL_BUT = re.compile(rf"\b(?:all|every|tou[st]|toutes|les)\b.*?\b(?:but|except(?: for)?|sauf|moins)\s+(\d{{1,4}}|{_NUMBER})\b")
_COUPLE = re.compile(r"\bcouple\b")
_PAIR = re.compile(r"\b(?:pair|paire) (?:of|de)\b")
"""Of clothes it is one."""
_BOTH_OF_SEVERAL = re.compile(r"\bboth (?:the|my)\b")


def part_of(plain: str) -> int | None:
    """How many, in "two of the four mugs", "2 mugs sur les 4", "un des mugs", and in corrections: "it was two"."""
    match = _PART.search(plain) or _MENDED.search(plain) or _SOME_ARE.search(plain)
    if match is None:
        return None
    number = _as_number(next(group for group in match.groups() if group))
    return number if number >= 1 else None


def _as_number(word: str) -> int:
    return int(word) if word.isdigit() else NUMBERS[word]

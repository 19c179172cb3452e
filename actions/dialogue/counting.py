"""How many, said where something else was asked: "non, trois", "both t-shirts", "finalement 2 seulement".

Only a message that says nothing but a number (and which item) is one; "two are broken" is a reason and "2" alone an option.
"""

import re

from actions.dialogue.context import Dialogue
from actions.dialogue.lexicon import tokens
from actions.dialogue.memory import Item
from actions.dialogue.offers import every_variant
from actions.dialogue.words import NUMBERS
from rma.model.codes import Resolution
from rma.model.orders import Order, OrderLine

_NOT_HERE = ("quantity", "lines")
"""Where a number is the answer anyway."""



def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ALL = _words("all both everything tous toutes tout")
_YES = _words("yes yeah yep ok okay oui ouais")
_MENDING = _words(
    "no non nan nope sorry pardon desole desolee wait attends attendez oops oups euh hmm hm hum actually rather instead only just "
    "seulement juste uniquement finalement plutot enfin but mais fait change"
)
_BESIDE = _words(
    "in i mean meant it it's its was that that's make is should be the these those them of please pls plz thanks svp stp merci "
    "want to would like i'd i'm am return returning send sending back have got we're we "
    "en c'est c'etait cest je j'en n'en ne n' d' voulais dire veux voudrais renvoie renvoyer rends rendre retourne retourner que "
    "qu' il y a les ces mes my le la de des du pieces piece units unit articles items pcs x fois correction mistake"
)
_WORD = re.compile(r"[a-z]+'[a-z]+|[a-z]+'|[a-z0-9-]+")
_OF_TOTAL = re.compile(r"\b(?:of|out of|sur)\s+(?:the |les )?\d{1,4}\b")


async def recounted(d: Dialogue) -> bool:
    """Takes a number of units that is said where something else was asked."""
    asked, order = d.memory.asked, await d.order()
    if d.reading.choice is not None or order is None or not d.draft.items or (asked and asked.slot in _NOT_HERE):
        return False
    said = _said(d)
    if said is None:
        return False
    wanted, names, agrees = said
    if wanted is not None and d.draft.wished is Resolution.EXCHANGE and await _is_size(d, order, wanted):
        return False
    items = await _meant(d, order, names)
    if items is None:
        return False
    if len(items) != 1:  # "Both" of two items says which, not how many.
        return not names
    item, line = items[0], order.line(items[0].id)
    assert line is not None
    left = await d.left(line)
    count = left if wanted is None else wanted
    if not 1 <= count <= left:
        if len(order.lines) == count:
            return False
        d.say("quantity_too_many", left=left)
        return True
    if agrees and item.quantity == count:
        return False
    item.quantity, d.draft.agreed = count, None
    return True


async def _is_size(d: Dialogue, order: Order, number: int) -> bool:
    """ "No, 42" where shoes are exchanged."""
    lines = [line for item in d.draft.items if (line := order.line(item.id)) is not None and number > line.quantity]
    known = [variant for line in lines for variant in await every_variant(d, line)]
    return any(str(number) in variant.variant.values() for variant in known)


def says_count(d: Dialogue, named: bool = True) -> bool:
    """Whether the message is a number; `named`: also of an item that it names."""
    said = _said(d)
    return said is not None and (named or not said[1])


def _said(d: Dialogue) -> tuple[int | None, str, bool] | None:
    """The number (None: all of them), the words that are left to name an item, and whether a yes goes with it. None when the
    message says more, or when its number may be an option's."""
    words = _WORD.findall(_OF_TOTAL.sub(" ", d.reading.bare))
    counts = [word for word in words if word in NUMBERS or (word.isdecimal() and len(word) <= 4)]
    every = any(word in _ALL for word in words)
    numbers = {int(word) if word.isdecimal() else NUMBERS[word] for word in counts}
    if len(numbers) > 1 or not (numbers or every) or len(words) > 12:
        return None
    rest = [word for word in words if word not in counts and word not in _ALL | _MENDING | _BESIDE | _YES]
    mends = any(word in _MENDING for word in words)
    if not _is_count(d, words, counts, mends or every or bool(rest)):
        return None
    return (next(iter(numbers)) if numbers else None), " ".join(rest), bool(_YES & set(words))


def _is_count(d: Dialogue, words: list[str], counts: list[str], marked: bool) -> bool:
    at_confirm = d.memory.asked is not None and d.memory.asked.slot == "confirm"
    if not at_confirm and re.fullmatch(r"no[. ]*\d+", d.reading.bare):  # "No. 2" is an option.
        return False
    if marked or not counts:
        return True
    one = set(counts) <= {"one", "un", "une", "1"}
    plural = any(word in ("les", "the", "these", "those", "ces", "mes") for word in words)
    return not one and (plural or not counts[0].isdecimal())


async def _meant(d: Dialogue, order: Order, names: str) -> list[Item] | None:
    """Those of the chosen items that the number can be of; None when the message is about something else."""
    if names:
        found = (await d.matcher()).find(names, by_position=False)
        line = order.line(found.lines[0]) if len(found.lines) == 1 and not found.unclear else None
        if line is None or not all(_names(d, word, line) for word in names.split()):
            return None
        item = d.draft.item(found.lines[0])
        return [item] if item is not None and _several(order, item) else None
    standing = d.draft.item(d.memory.asked.line) if d.memory.asked else None
    if standing is not None and (_several(order, standing) or len(d.draft.items) == 1):
        return [standing] if _several(order, standing) else None
    several = [item for item in d.draft.items if _several(order, item)]
    return several if len(d.draft.items) > 1 or several else None


def _names(d: Dialogue, word: str, line: OrderLine) -> bool:
    """Whether a word is of an item's name: "two mugs are chipped" says more than a name."""
    known = d.lexicon.products.words | set(tokens(line.name)) | {one for value in line.variant.values() for one in tokens(value)}
    return set(tokens(word)) <= known or bool(d.lexicon.colors.named(word))


def _several(order: Order, item: Item) -> bool:
    line = order.line(item.id)
    return line is not None and line.quantity > 1

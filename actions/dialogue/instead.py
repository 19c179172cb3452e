"""What a shopper wants in place of an item, from all that was said of it, and what the shop has of that.

Said early or late, of one item or of several, it is looked for in the whole catalogue of the product: what is sold out or does not
exist is told and never another one taken for it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from actions.dialogue import variants
from actions.dialogue.context import Dialogue
from actions.dialogue.goals import speaks_of_exchange
from actions.dialogue.memory import Item, SaidOfInstead
from actions.dialogue.named_values import Named, Place, Value
from actions.dialogue.offers import every_variant, in_stock
from actions.dialogue.particulars import without_numbers
from actions.dialogue.reading import Entity
from actions.dialogue.telling_apart import pieces
from actions.dialogue.variants import Wanted
from actions.dialogue.words import ALL, BOTH, CORRECTING, SAME, aligned, fold
from rma.model.codes import FAULTS, Reason
from rma.model.orders import CatalogueItem, OrderLine

_MOST = 10
"""Messages that are kept: what was said of it is said in a few."""
_KINDS = ("size", "color", "product", "quantity")
_NOT_HERE = ("order_number", "contact", "quantity", "code", "photo")
"""Where a number is something else."""
_OTHERWISE = re.compile(r"\b(?:or else|otherwise|if not|failing that|else|sinon|a defaut|au pire|if (?:it|that|this|there|you)\b|s'il|si (?:ce|c'|il|elle|vous|tu|y))\b")
_OPEN = re.compile(r"\b(?:an?other|different|other|autres?|differente?s?|change[rz]? (?:the|de|la)|changer (?:la|de)|wrong|mauvaise) (sizes?|tailles?|pointures?|colou?rs?|couleurs?|coloris)\b")
_WHICH = re.compile(r"\b(?:which|what|quel(?:le)?s?)(?: \w+)? (sizes?|tailles?|pointures?|colou?rs?|couleurs?|coloris)\b")
_SOUND_ONE = re.compile(
    r"\b(?:new|working|unbroken|undamaged|intact|right|correct|proper|good|fresh|replacement) ?(?:ones?\b|$)|\b(?:(?:the|an?) )?(?:new|right|correct|proper) (?!size|colou?r|order|address|return|label|parcel)\w+"
    r"|\b(?:une? |des? |d'|le |la |les )?(?:neufs?|neuves?|nouveaux?|nouvel(?:les?)?|bons?|bonnes?)\b(?! (?:taille|couleur|pointure|commande|adresse|etiquette|d'achat|achat|modele))|\bqui (?:marche|fonctionne)\w*\b|\ben bon etat\b"
)
_NOT_SAME = re.compile(r"\b(?:other|another|different|autres?|sizes?|tailles?|colou?rs?|couleurs?|bigger|smaller|problem|probleme)\b")


@dataclass
class Found:
    """What there is of it: the one, or `options` to ask about; `lead` says what is not to be had."""

    sku: str | None = None
    options: list[CatalogueItem] = field(default_factory=list)
    lead: str | None = None
    fitting: bool = False
    """The options are those that fit what was named."""


def hear(d: Dialogue) -> None:
    """Keeps what was typed, for when it is asked what is wanted instead."""
    m, reading = d.memory, d.reading
    if reading.choice is not None or not reading.text.strip() or (m.goal is not None and not m.goal.makes_return):
        return
    asked = m.asked
    if reading.bare.isdigit() and asked is not None and asked.slot != "exchange_for":
        return
    if asked is not None and asked.slot in _NOT_HERE and not (set(_KINDS[:2]) & {one.kind for one in reading.entities} or len(reading.plain.split()) > 3):
        return
    parse = {"entities": [{"entity": one.kind, "value": one.value, "start": one.start, "end": one.end} for one in reading.entities if one.kind in _KINDS and one.end <= 500]}
    said = SaidOfInstead(
        text=without_numbers(reading)[:500], parse=parse, turn=m.turns + 1, line=asked.line if asked else None,
        wishing=speaks_of_exchange(reading), answering=asked is not None and asked.slot == "exchange_for",
    )  # fmt: skip
    m.instead = [*m.instead, said][-_MOST:]


async def wanted_of(d: Dialogue, item: Item, line: OrderLine, every: list[CatalogueItem], *, now: bool = False) -> tuple[Wanted, Wanted]:
    """What was said of the variant wanted instead of an item since one was chosen for it last, and what is wanted where that is not
    to be had. `now`: only by this message, read as a word on the one chosen."""
    base, total, otherwise = item.aimed or line.variant, Wanted(), Wanted()
    named = Named(every, d.lexicon)
    for said in d.memory.instead:
        if said.turn <= item.aimed_at or (now and said.turn != d.memory.turns):
            continue
        answering = said.answering or now
        values = named.read(said.text, _entities(said), answering=answering)
        values = await _of_item(d, said, item, values)
        first, second = _in_turn(said.text, values)
        told = variants.wanted(first, base, every, wishing=said.wishing or answering)
        total.update(told)
        if told:
            otherwise = variants.wanted(second, base, every, wishing=True)
    return total, otherwise


def _entities(said: SaidOfInstead) -> list[Entity]:
    return [Entity(e["entity"], e["value"], e["start"], e["end"]) for e in said.parse.get("entities") or []]


def _in_turn(text: str, values: list[Value]) -> tuple[list[Value], list[Value]]:
    """ "In L, or else in M": the L first."""
    if (cut := _OTHERWISE.search(aligned(text))) is None:
        return values, []
    first = [value for value in values if value.start < cut.start()]
    second = [value for value in values if value.start >= cut.start() and value.place is not Place.NOT]
    names = {value.attribute for value in first if value.place is not Place.NOT}
    if not names or not names & {value.attribute for value in second}:
        return values, []
    return first, second


async def _of_item(d: Dialogue, said: SaidOfInstead, item: Item, values: list[Value]) -> list[Value]:
    """The values that are said of this item, where a message speaks of several."""
    order = await d.order()
    if order is None or len(order.lines) == 1 or not values:
        return values
    matcher = await d.matcher()
    chosen = {one.id for one in d.draft.items}
    current: set[str] = set()
    mine: list[Value] = []
    text = said.text
    for value in values:
        if value.place is Place.WISHED:
            text = text[: value.start] + " " * (value.end - value.start) + text[value.end :]
    for start, end in pieces(said.text):
        lines = set(matcher.find(text[start:end], by_position=False).lines)
        current = lines if lines and lines != {line.id for line in order.lines} else current
        inside = [value for value in values if start <= value.start < end]
        if item.id in current or (not current and (said.line in (None, item.id) or said.line not in chosen)):
            mine += inside if current or len(chosen) < 2 or said.line == item.id else await _of_no_other(d, said, item, inside)
    return mine


async def _of_no_other(d: Dialogue, said: SaidOfInstead, item: Item, values: list[Value]) -> list[Value]:
    """Of several items and none named: what can only be said of this one, or is said of all."""
    plain = fold(said.text)
    if ALL.search(plain) or BOTH.search(plain):
        return values
    order, kept = await d.order(), [value for value in values if value.values]
    for other in d.draft.items:
        line = order.line(other.id) if order and other.id != item.id else None
        if line is not None:
            theirs = Named(await every_variant(d, line), d.lexicon).values
            kept = [value for value in kept if not any(_is_one_of(value, one) for one in theirs.get(value.attribute, []))]
    return kept


def _is_one_of(value: Value, other: str) -> bool:
    return fold(other) in {fold(one) for one in value.values}


async def find(d: Dialogue, item: Item, line: OrderLine) -> Found:
    """The variant that is wanted instead of an item."""
    every = await every_variant(d, line)
    wish, otherwise = await wanted_of(d, item, line, every)
    stock, base = in_stock(every, line), item.aimed or line.variant
    open_to = _open_attribute(d, item, Named(every, d.lexicon))
    if wish.differs(base) and open_to is not None and open_to not in wish.named | wish.missing:
        wish.named[open_to] = {value for one in every if (value := one.variant.get(open_to)) is not None}
        if not _WHICH.search(fold(d.reading.text)):
            wish.named[open_to] -= {base.get(open_to, "")}
    if wish.differs(base) or (wish and (wish.again or _answered(d, item))):
        found = _look(d, wish, base, line, every, stock)
        found.options = [one for one in found.options if not _refused(wish, one)] or found.options
        if found.lead is not None and otherwise:
            second = _look(d, otherwise, variants.target(wish, base), line, every, stock)
            if second.sku is not None:
                return Found(sku=second.sku, lead=found.lead)
        return found
    if wants_same(d, item):
        same = next((one for one in every if one.sku == line.sku), None)
        if same is not None and not same.available:
            return Found(options=stock, lead=_sold_out(d, d.variant(line.variant) or line.name))
        return Found(sku=line.sku if same else None)
    options = _other(d, item, line, stock)
    return Found(options=[one for one in options if not _refused(wish, one)] or options)


def _refused(wish: Wanted, variant: CatalogueItem) -> bool:
    return any(variant.variant.get(name) in values for name, values in wish.refused.items())


def _answered(d: Dialogue, item: Item) -> bool:
    """Whether it was said where it was asked: then also the one bought may be meant."""
    return any(said.answering and said.turn > item.aimed_at for said in d.memory.instead)


def wants_same(d: Dialogue, item: Item) -> bool:
    """ "The same again", and where it is faulty "a new one", "the right one": without a size or colour of its own."""
    last = d.memory.instead[-1] if d.memory.instead else None
    if last is None or last.turn <= item.aimed_at or not (last.wishing or last.answering):
        return False
    plain = fold(last.text)
    without_fault = item.reason in FAULTS or item.reason is Reason.WRONG_ITEM
    same = SAME.search(plain) or (without_fault and _SOUND_ONE.search(plain))
    return bool(same) and not _NOT_SAME.search(plain)


def _look(
    d: Dialogue, wish: Wanted, base: dict[str, str], line: OrderLine, every: list[CatalogueItem], stock: list[CatalogueItem]
) -> Found:
    near = variants.near(wish, base, line.sku, stock)
    if wish.missing:
        said = d.join([", ".join(words) for words in wish.missing.values()])
        there = [one for one in variants.fitting(wish, base, stock) if one.sku != line.sku] if wish.named else []
        return Found(options=there or near or stock, lead=d.text("variant_unknown", variant=said))
    if wish.beyond and not wish.named:
        return Found(options=near or stock, lead=d.text("variant_no_bigger" if wish.beyond > 0 else "variant_no_smaller"))
    fit = variants.fitting(wish, base, every)
    if not fit:
        loose = [one for one in stock if all(one.variant.get(name) in values for name, values in wish.named.items())]
        known = any(one.variant == base for one in every)
        lead = d.text("variant_unknown", variant=d.variant(variants.target(wish, base))) if known else None
        return Found(options=loose or near or stock, lead=lead)
    there = [one for one in fit if one.available]
    if len(fit) == len(there) == 1:
        return Found(sku=there[0].sku)
    if len(there) == len(fit):
        return Found(options=in_stock(there, line), fitting=True)
    gone = d.join([d.variant(one.variant) or one.name for one in fit if not one.available])
    return Found(options=there or near or stock, lead=_sold_out(d, gone))


def _sold_out(d: Dialogue, what: str) -> str:
    return d.text("variant_sold_out", variant=what[:1].upper() + what[1:])


def _other(d: Dialogue, item: Item, line: OrderLine, stock: list[CatalogueItem]) -> list[CatalogueItem]:
    """ "Another size": the others of the same colour, and the one bought at the end. All where nothing is said of it."""
    open_to = _open_attribute(d, item, Named(stock, d.lexicon))
    if open_to is None:
        return stock
    others = [
        one for one in stock
        if one.variant.get(open_to or "") != line.variant.get(open_to or "")
        and all(one.variant.get(name) == value for name, value in line.variant.items() if name != open_to)
    ]  # fmt: skip
    return [*others, *(one for one in stock if one.sku == line.sku)] if others else stock


def _open_attribute(d: Dialogue, item: Item, named: Named) -> str | None:
    """What shall be another one, whichever: "another colour"."""
    texts = [fold(one.text) for one in d.memory.instead if one.turn > item.aimed_at]
    said = [match for text in texts for match in _OPEN.finditer(text)]
    if (asked := _WHICH.search(fold(d.reading.text))) is not None:
        said = [asked]
    if not said:
        return None
    return named.size if said[-1][1][0] in "stp" else named.color


async def says_another(d: Dialogue, item: Item, line: OrderLine) -> bool:
    """Whether this message names another variant than the one chosen for the item."""
    every = await every_variant(d, line)
    wish, _ = await wanted_of(d, item, line, every, now=True)
    return bool(wish) and wish.differs(item.aimed or line.variant)


async def refuses(d: Dialogue, item: Item, line: OrderLine) -> bool:
    """Whether this message says which one is not wanted: "not in white"."""
    wish, _ = await wanted_of(d, item, line, await every_variant(d, line), now=True)
    return bool(wish.refused) and not wish


async def several_wanted(d: Dialogue, item: Item, line: OrderLine) -> bool:
    """Whether the units of a line are wanted as several variants: "one in L and one in M"."""
    if line.quantity == 1:
        return False
    wish, _ = await wanted_of(d, item, line, await every_variant(d, line))
    several = any(len(values) + len(wish.missing.get(name, [])) > 1 for name, values in wish.named.items())
    last = fold(d.memory.instead[-1].text) if d.memory.instead else ""
    return several and not re.search(r"\b(?:or|ou)\b", last)


async def plainly_wanted(d: Dialogue, items: Sequence[Item]) -> bool:
    """Whether another variant was wished for each of the items, where nobody said the word exchange."""
    order = await d.order()
    if order is None or not items:
        return False
    for item in items:
        line = order.line(item.id)
        if line is None:
            return False
        wish, _ = await wanted_of(d, item, line, await every_variant(d, line))
        if not (wish.plainly and wish.differs(line.variant)):
            return False
    return True


async def names_other_line(d: Dialogue) -> bool:
    """ "No, the black one" where the order has a black one, too: another item is meant."""
    found, chosen = (await d.matcher()).find(d.reading.text, by_position=False), {item.id for item in d.draft.items}
    return any(line not in chosen for line in [*found.lines, *found.unclear])


async def wished_now(d: Dialogue) -> bool:
    """Whether this message plainly wishes another variant of what goes back."""
    return not CORRECTING.search(d.reading.plain) and not await names_other_line(d) and await plainly_wanted(d, d.draft.items)

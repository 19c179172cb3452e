"""What is wanted instead: another variant of what was bought."""

from actions.dialogue import instead
from actions.dialogue.context import Dialogue
from actions.dialogue.matching import numbers_in
from actions.dialogue.memory import Asked, Item
from actions.dialogue.offers import available_variants, option
from actions.dialogue.questions.outcome import bare_outcome
from actions.dialogue.words import bare, fold
from rma.model.codes import Resolution, as_code
from rma.model.conversations import ChoiceOption
from rma.model.orders import CatalogueItem, OrderLine


class ExchangeFor:
    """The variant that is wanted instead of a line."""

    slot = "exchange_for"

    async def ask(self, d: Dialogue, line: str | None = None) -> None:
        """What there is of what was said; where that is a single one and stays unclear, all."""
        order = await d.order()
        assert order is not None and line is not None
        bought, item = order.line(line), d.draft.item(line)
        assert bought is not None
        found = await instead.find(d, item, bought) if item is not None else instead.Found()
        await put(d, bought, found if found.options else instead.Found(options=await available_variants(d, bought)))

    async def read(self, d: Dialogue) -> bool:
        asked, order = d.memory.asked, await d.order()
        assert asked is not None and order is not None
        item, line = d.draft.item(asked.line), order.line(asked.line or "")
        if item is None or line is None:
            return False
        offered = await available_variants(d, line)
        if (sku := await _picked(d, asked, offered)) is not None:
            chose(d, item, next(one for one in offered if one.sku == sku))
            return True
        if d.reading.choice is not None:
            return False
        if (other := _another_outcome(d)) is not None:
            d.draft.wished, d.draft.resolution, item.exchange_for = other, None, None
            return True
        found = await instead.find(d, item, line)
        if await instead.refuses(d, item, line):
            await put(d, line, found)
            return True
        if not await instead.says_another(d, item, line) and not instead.wants_same(d, item) and found.sku is None:
            return False
        if found.sku is None:
            await put(d, line, found)
            return True
        if found.lead is not None:
            d.say_text(found.lead)
        chose(d, item, next(one for one in offered if one.sku == found.sku))
        return True


async def _picked(d: Dialogue, asked: Asked, offered: list[CatalogueItem]) -> str | None:
    """By button, by its number or by exactly what is written on it. A number that is a size of it is a size, but in a text
    message, where the choices are numbered."""
    stock = {one.sku for one in offered}
    if d.reading.choice is not None:
        return d.reading.choice[0] if len(d.reading.choice) == 1 and d.reading.choice[0] in stock else None
    plain = d.reading.bare
    for shown in asked.options:
        if plain in (bare(shown.label), fold(shown.value)) and shown.value in stock:
            return shown.value
    a_size = any(plain == fold(value) for one in offered for value in one.variant.values())
    places = numbers_in(d.reading.text, len(asked.options)) if not a_size or d.by_sms else []
    return asked.options[places[0] - 1].value if len(places) == 1 and len(plain.split()) <= 4 else None


def _another_outcome(d: Dialogue) -> Resolution | None:
    """ "Then my money back"."""
    if (alone := bare_outcome(d.reading.bare)) is not None:
        return alone
    named = [code for value in d.reading.values("resolution") if (code := as_code(Resolution, value))]
    other = [code for code in named if code is not Resolution.EXCHANGE]
    return other[0] if other and Resolution.EXCHANGE not in named and not d.reading.values("size") else None


def chose(d: Dialogue, item: Item, variant: CatalogueItem) -> None:
    """Takes a variant for an item: what is said of it later is said of this one."""
    item.exchange_for, item.aimed, item.aimed_at = variant.sku, dict(variant.variant), d.memory.turns
    d.draft.agreed = None


async def put(d: Dialogue, line: OrderLine, found: instead.Found) -> None:
    """Asks for one of what was found, of all that is there the rest can be named too; says what is not to be had."""
    order = await d.order()
    assert order is not None
    offered = await available_variants(d, line)
    options: list[ChoiceOption] = [option(d, one, line, order.currency) for one in found.options]
    accepts = [one.sku for one in offered] if len(options) < len(offered) else []
    asked = Asked(slot=ExchangeFor.slot, kind="choice", line=line.id, options=options, accepts=accepts)
    item = d.draft.item(line.id)
    if item is not None and await instead.several_wanted(d, item, line):
        # Which one first; how many of them is asked then, and the others are exchanged after.
        d.say("one_variant_each")
        item.quantity = None
    if found.lead is not None:
        text = f"{found.lead} {d.text('ask_exchange_else')}"
    elif found.fitting:
        text = d.text("ask_exchange_which")
    else:
        text = d.text("ask_exchange_for", item=d.full_title(line))
    d.ask(asked, text)

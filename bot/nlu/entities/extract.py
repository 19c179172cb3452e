"""All entities of a text: which kinds are looked for, and which is believed where two claim the same characters."""

import datetime as dt
import re

from bot.nlu.entities import amounts, contact, numbers
from bot.nlu.entities.dates import dates
from bot.nlu.entities.found import Entity, without_overlaps
from bot.nlu.entities.law import without_citations
from bot.nlu.entities.lookups import NOTHING, Lookups, lookups
from bot.nlu.text import printable

_FIVE_DIGITS_ALONE = re.compile(r"\s*(\d{5})\s*[.!]?\s*")


def extract(text: str, language: str, today: dt.date, words: Lookups | None = None) -> list[Entity]:
    """Entities sorted by place, none overlapping, but for five digits alone: a postal code and an order number both.

    `language` is "en" or "fr"; it decides how dates and phone numbers are read. `today` is the shopper's. `words` look up
    products, colours and resolutions; without them spaCy's blank pipeline of the language does.
    """
    text = printable(text)
    if match := _FIVE_DIGITS_ALONE.fullmatch(text):
        return [Entity(name, match[1], match.start(1), match.end(1)) for name in ("order_number", "postal_code")]
    looked_up = list((words or lookups(language)).find(text))
    found: list[Entity] = [*contact.emails(text), *numbers.return_numbers(text)]
    if any(c.isdigit() for c in text):
        found += numbers.tracking_numbers(text)
        found += dates(text, language, today)
        found += numbers.named_order_numbers(text)
        found += contact.phones(text, language)
        found += contact.postal_codes(text)
        found += amounts.sizes(text)
        found += numbers.order_numbers(text)
    else:
        found += dates(text, language, today)
        found += amounts.sizes(text)
        found += numbers.order_numbers(text)
    firm = without_overlaps(without_citations(text, found))
    products = [e for e in looked_up if e.name == "product"]
    everything = without_overlaps([*firm, *without_citations(text, amounts.quantities(text, products)), *looked_up])
    return [e for e in everything if e.value != NOTHING]

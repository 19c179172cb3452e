"""Text made plain before anything is learnt from it or looked up in it."""

import re
import unicodedata
from collections.abc import Iterable

from bot.nlu.entities.found import Entity

# Rasa's own limit is elsewhere (the gateway); this one keeps `retour parse` and tests safe from an endless line.
MAX_CHARACTERS = 1600

_QUOTES = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u00b4": "'", "`": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " "}
)
_REPEATED = re.compile(r"(.)\1{2,}", re.DOTALL)
_SPACES = re.compile(r"\s+")

# What the shopper filled in says which kind of fact was given, not which words were used.
MASKS = {
    "order_number": "xordernumber",
    "return_number": "xreturnnumber",
    "tracking_number": "xtrackingnumber",
    "email": "xemail",
    "phone": "xphone",
    "postal_code": "xpostcode",
    "date": "xdate",
}


def printable(text: str) -> str:
    """The text with every control or invisible character replaced by one space: offsets stay those of the original."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text).translate(_QUOTES)


def fold(text: str) -> str:
    """Lower case without accents: `Échangé` and `echange` are the same word to a hurried thumb."""
    lowered = text.lower().translate(_QUOTES)
    if lowered.isascii():
        return lowered
    decomposed = unicodedata.normalize("NFKD", lowered.replace("œ", "oe").replace("æ", "ae"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def plain(text: str) -> str:
    """Folded, spaces collapsed, drawn-out letters shortened to two (`soooo` is `soo`)."""
    return _SPACES.sub(" ", _REPEATED.sub(r"\1\1", fold(printable(text)))).strip()


def masked(text: str, entities: Iterable[Entity], start: int = 0) -> str:
    """`text` with the entities of `MASKS` replaced by their kind. `start` is where `text` begins in what they count in."""
    parts, position = [], 0
    for entity in sorted(entities, key=lambda e: e.start):
        begin, end = entity.start - start, entity.end - start
        mask = MASKS.get(entity.name)
        if mask is None or begin < position or end > len(text):
            continue
        parts += [text[position:begin], f" {mask} "]
        position = end
    return "".join([*parts, text[position:]])

"""Which units of an order a few words mean, when there can be no doubt about it.

A withdrawal is valid as it was declared, so nothing is guessed: a part that names no line, or several, or leaves words over
("everything but the mug") makes the whole unclear, and a person reads it.
"""

import re
import unicodedata
from collections.abc import Mapping

from rma.model.orders import Order, OrderLine

_PARTS = re.compile(r"[,;\n+&]|\band\b|\bet\b", re.IGNORECASE)
_WORDS = re.compile(r"\w+")
_COUNT = re.compile(r"\s*[-•*]?\s*(?:the|my|les|mes)?\s*(\d{1,4})(?:\s*[x×]\s*|\s+)", re.IGNORECASE)
# As `_words` writes them: without a final s.
_ARTICLES = frozenset(
    _WORDS.findall("the a an my this these of one item un une le la les l mon ma mes ce cet cette ces du de d article")
)


def units_named(words: str, order: Order, left: Mapping[str, int]) -> dict[str, int] | None:
    """Units by line id, or None when it is not clear. `left`: units of each line that can still come back."""
    wanted: dict[str, int] = {}
    for part in filter(str.strip, _PARTS.split(words)):
        count, rest = _counted(part)
        fitting = [line for line in order.lines if left.get(line.id, 0) and _names(rest, line)]
        if len(fitting) != 1 or fitting[0].id in wanted:
            return None
        available = left[fitting[0].id]
        units = count if count is not None else available
        if not 1 <= units <= available or (count is None and available > 1):
            return None
        wanted[fitting[0].id] = units
    return wanted or None


def _counted(part: str) -> tuple[int | None, str]:
    found = _COUNT.match(part)
    if found is None:
        return None, part
    return int(found[1]), part[found.end() :]


def _names(part: str, line: OrderLine) -> bool:
    said = _words(part) - _ARTICLES
    return bool(said) and said <= _words(f"{line.name} {' '.join(line.variant.values())} {line.sku}")


def _words(text: str) -> frozenset[str]:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return frozenset(word[:-1] if len(word) > 3 and word.endswith("s") else word for word in _WORDS.findall(plain))

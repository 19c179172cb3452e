"""A shopper's sentence without the shopper: personal data replaced by invented data of the same shape.

What a model learns from must still read as people write ("order W1234567", not "order XXXX"), and must name nobody. The same
text always becomes the same, and what was invented stays as it is.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rma.model.invented import DATES, Inventor, folded
from rma.model.names import names, streets, towns


@dataclass(frozen=True, slots=True)
class Mention:
    """A fact that was found in a text; `kind` as the contract names entities."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Known:
    """A personal fact known from elsewhere (the order, an earlier message): `kind` is "name", "street", "town", or an entity's."""

    kind: str
    text: str


KEPT = frozenset({"product", "color", "size", "quantity", "resolution"})
"""What a shopper says of the goods: a name that is also a colour is left a colour there."""

_EMAIL = re.compile(r"[\w.+-]+\s?@\s?[\w-]+(?:\s?\.\s?[\w-]+)+")
_URL = re.compile(
    r"\b(?:https?://|www\.)[^\s<>\"]+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|fr|be|ch|ca|uk|io|eu|de|in)/[^\s<>\"]*", re.IGNORECASE
)
_HANDLE = re.compile(r"(?<![\w@.])@[\w.]{2,}\w")
_IP = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])")
_HIDDEN = re.compile(r"••••\s\w{4}\b")
# "1m80": read as a number's letters and digits.
_HEIGHT = re.compile(r"\d\s?m\s?\d\d", re.IGNORECASE)
# Digits that no rule claimed: more than a price, a year or a measure has.
_REST = re.compile(
    r"(?<![\w•])(?:[A-Z]{1,4}[ -]?)?\d(?:[ .\-/]?\d){4,}(?![\w•]|[.,]\d|\s?(?:[€$£%]|eur|usd|gbp|chf|mah|ml|km|kg|px))",
    re.IGNORECASE,
)
_MIXED = re.compile(
    r"(?<![\w•.-])(?=(?:[\w-]*\d){3})(?=[\w-]*[A-Za-z])(?!\d+[A-Za-z]{1,4}(?![\w-]))[A-Za-z0-9][A-Za-z0-9-]{4,}(?![\w•])"
)


def without_personal_data(
    text: str, mentions: Iterable[Mention] = (), known: Sequence[Known] = (), language: str = "en"
) -> str:
    """`text` with everything that says who wrote it replaced. `mentions` are entities found in it, `known` what else is known
    of its writer; `language` ("en", "fr") is that of invented streets and towns."""
    mentions = list(mentions)
    text = "".join(c if unicodedata.category(c) not in ("Cf", "Cc") or c in "\n\t" else " " for c in text)
    invent = Inventor(language)
    spans = _without_overlaps(_found(text, mentions, known), [m for m in mentions if m.kind in KEPT])
    parts, position = [], 0
    for span in spans:
        parts += [text[position : span.start], invent.instead_of(span.kind, text[span.start : span.end])]
        position = span.end
    return "".join([*parts, text[position:]])


def _found(text: str, mentions: list[Mention], known: Sequence[Known]) -> Iterator[Mention]:
    """The surest kinds first."""
    for kind, pattern in (("url", _URL), ("email", _EMAIL), ("hidden", _HIDDEN), ("ip", _IP)):
        yield from (Mention(kind, *match.span()) for match in pattern.finditer(text))
    yield from (mention for mention in mentions if mention.kind == "email")
    for fact in known:
        yield from _again(text, fact)
    places = [Mention("street", *span) for span in streets(text)]
    yield from places
    for pattern in DATES:
        yield from (Mention("date", *match.span()) for match in pattern.finditer(text))
    for kind in ("return_number", "tracking_number", "phone", "order_number", "postal_code"):
        yield from (m for m in mentions if m.kind == kind and not _HEIGHT.fullmatch(text, m.start, m.end))
    yield from (Mention(*span) for span in names(text))
    beside = [*places, *(mention for mention in mentions if mention.kind == "postal_code")]
    yield from (Mention("town", *span) for span in towns(text, [(place.start, place.end) for place in beside]))
    for kind, pattern in (("handle", _HANDLE), ("number", _REST), ("number", _MIXED)):
        yield from (Mention(kind, *match.span()) for match in pattern.finditer(text))


def _without_overlaps(found: Iterable[Mention], goods: list[Mention]) -> list[Mention]:
    kept: list[Mention] = []
    for mention in found:
        if not any(_overlap(mention, other) for other in kept) and not (mention.kind == "maybe" and _is_goods(mention, goods)):
            kept.append(mention)
    return sorted(kept, key=lambda mention: mention.start)


def _overlap(one: Mention, other: Mention) -> bool:
    return one.start < other.end and other.start < one.end


def _is_goods(mention: Mention, goods: list[Mention]) -> bool:
    """Whether what may be a name is what the shopper bought: "Electric Kettle", "Brown", but not "Noah Brown"."""
    inside = [other for other in goods if _overlap(mention, other)]
    covered = sum(min(mention.end, other.end) - max(mention.start, other.start) for other in inside)
    return any(other.kind == "product" for other in inside) or covered == mention.end - mention.start


def _again(text: str, fact: Known) -> Iterator[Mention]:
    """Where `text` repeats the fact: as a whole however it is spelled; a single word only as people write names."""
    words = re.findall(r"\w+", folded(fact.text))
    if not words or sum(map(len, words)) < 3:
        return
    plain, short = folded(text), len(text.split()) <= 3
    for length in range(len(words), 1, -1) if fact.kind == "name" else [len(words)] if len(words) > 1 else []:
        for first in range(len(words) - length + 1):
            run = words[first : first + length]
            for order in (run, run[::-1]) if fact.kind == "name" else (run,):
                for match in re.finditer(r"(?<!\w)" + r"\W{1,3}".join(map(re.escape, order)) + r"(?!\w)", plain):
                    yield Mention(fact.kind, *match.span())
    if len(words) > 1 and fact.kind != "name":
        return
    for word in words:
        for match in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", plain) if len(word) >= 3 else ():
            if short or fact.kind not in ("name", "town") or text[match.start()].isupper():
                yield Mention("maybe" if fact.kind == "name" else fact.kind, *match.span())

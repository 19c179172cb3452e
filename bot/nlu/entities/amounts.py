"""How many, and which size."""

import re
from collections.abc import Iterator

from bot.nlu.entities.found import Entity
from bot.nlu.text import fold

NUMBER_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9, "dix": 10, "onze": 11, "douze": 12,
}  # fmt: skip
_WORD = "|".join(sorted(NUMBER_WORDS, key=len, reverse=True))
_N = rf"(\d{{1,2}}|{_WORD})"
# "one" and "un" before a noun are articles; from two on a number before a noun counts.
_MANY = (
    rf"((?:[2-9]|[1-9]\d)|{'|'.join(w for w, n in sorted(NUMBER_WORDS.items(), key=lambda i: -len(i[0])) if n > 1)})"
)
_EDGE = r"(?![\w%€$£]|[.,:/]\d|\s?(?:days?|weeks?|months?|years?|hours?|minutes?|mins?|jours?|semaines?|mois|ans?|heures?|h\b|euros?|eur|dollars?|pounds?|percent|pour ?cent|times|fois|sizes?|tailles?|pointures?|stars?|etoiles?|am|pm|th|nd|rd|st|eme))"

_QUANTITY = (
    (re.compile(rf"(?<![\w#.,/+-])(?:qty|quantity|quantite|qte|nombre)\s*(?:of|de|is|est|:|=)?\s*{_N}{_EDGE}"), None),
    (re.compile(rf"(?<![\w#.,/+-])(?:x\s?{_N}|{_N}\s?x)(?![\w])"), None),
    (re.compile(r"\b(?:both(?: of them| of these| of those)?|the pair of them|the two of them|les deux|tous les deux|toutes les deux|ces deux(?:-la)?|a couple of them)\b"), 2),
    (re.compile(rf"\b(?:all|the|tous? les|toutes les|les)\s+{_MANY}(?:\s+of\s+(?:them|these|those))?{_EDGE}(?!\s+(?:last|first|other|premier|dernier|autre))"), None),
    (re.compile(r"\b(?:all of (?:them|it|these|those)|everything|the (?:whole|entire|complete) (?:lot|order|thing|package)|tout(?:e)? (?:la commande|le colis|le lot|l'ensemble)|la totalite|l'ensemble|tout ce que j'ai (?:commande|recu))\b"), "all"),
    (re.compile(rf"\b(?:only|just|seulement|juste|uniquement)\s+(?:the\s+)?{_N}(?:\s+(?:of|des|de)\b)?{_EDGE}"), None),
    (re.compile(rf"(?<![\w#.,/+-]){_N}\s+(?:of (?:them|these|those|the|my)|d'entre (?:eux|elles)|des (?:deux|trois|quatre|articles|produits))\b"), None),
    (re.compile(rf"(?<![\w#.,/+-])(?:{_MANY}|(1|one))\s+(?:pieces?|units?|unites?|items?|articles?|exemplaires?|copies)\b"), None),
    (re.compile(r"\b(?:un|une) seule?\b|\b(?:l'un|l'une) d(?:es|'entre)\b|\ba single\b|\bjust the one\b|\bn'en (?:rends|renvoie|retourne) qu'(?:un|une)\b"), 1),
)  # fmt: skip
_ALONE = re.compile(
    rf"\s*(?:it was|it's|c'est|c'etait|actually|en fait|finalement|make it|make that|mettez)?\s*{_N}\s*(?:please|pls|svp|s'il (?:vous|te) plait|only|seulement|actually|en fait)?\s*[.!]*\s*"
)
_COUNTED = re.compile(rf"(?<![\w#.,/+-]){_MANY}\s+(?:\w+\s+){{0,2}}?$")

_LETTER_SIZE = r"(?:[2-6]\s?x\s?l|x{1,4}l|x{1,3}s|[sml])"
_NUMBER_SIZE = r"(?:\d{1,3}(?:[.,]5| 1/2|½)?)"
_SIZE_WORD = r"(?:sizes?|taille|tailles|pointures?|sz)"
_SYSTEM = r"(?:uk|us|eu|fr|it)"
_NAMED_SIZE = {
    "small": "S",
    "medium": "M",
    "large": "L",
    "extra large": "XL",
    "extra-large": "XL",
    "extra small": "XS",
    "extra-small": "XS",
}
_NAMED = r"(?:extra[ -]?(?:large|small)|small|medium|large)"
_SIZE = (
    re.compile(rf"\b{_SIZE_WORD}\s*(?:is|est|of|en|du|was|:|=|a|an|the|to)?\s*((?:{_SYSTEM}\s?)?{_NUMBER_SIZE}|{_LETTER_SIZE}|{_NAMED})(?![\w%€$£]|\s?(?:days?|jours?))"),
    re.compile(rf"(?<![\w-])({_SYSTEM}\s?(?:size\s)?\d{{1,2}}(?:[.,]5)?)(?![\w/-])"),
    re.compile(r"(?<![\w-])([2-6]\s?xl|x{1,4}l|x{1,3}s)(?![\w-])"),
    re.compile(rf"\b(?:an?|in|in an?|the|to an?|for an?|into an?|en|du|de|le|un|au)\s+({_NAMED})\b(?!\s+(?:box|parcel|package|issue|problem|hole|crack|stain|tear|scratch|dent|question|amount|item|order|part|number|thing|mistake|detail|defect))"),
    re.compile(rf"\b({_NAMED})\s+size\b"),
    re.compile(r"\b(?:en|du|un|prends du|fais du|chausse du|mets du)\s+((?:3[2-9]|4[0-9]|5[0-4])(?:[.,]5)?)(?![\w%€$£.,/:-])(?!\s*(?:jours|euros|minutes))"),
    re.compile(r"\b(?:an?|in|in an?|the|to an?|for an?|i'm an?|wear an?|i take an?)\s+((?:3[2-9]|4[0-9])(?:[.,]5)?)(?![\w%€$£.,/:-])(?!\s*(?:days|euros|minutes|hours))"),
)  # fmt: skip
# Single letters count as a size in capitals only: "I'm", "c'est m..." are everywhere in lower case.
_CAPITAL_LETTER = re.compile(
    r"\b(?:[Aa]n?|[Ii]n|[Tt]he|[Tt]o|[Ff]or|[Ee]n|[Dd]u|[Uu]n|[Ll]e|[Aa]u|[Uu]ne|la)\s+([SML])(?![\w'’.-])|^\s*([SMLsml])\s*[.!]?\s*$|\b([SML])\s+(?:instead|please|plut[oô]t|svp|size)\b"
)
_STEP = (
    (re.compile(rf"\b(?:(?P<n>{_WORD}|\d)\s+|the\s+next\s+|next\s+|a\s+)?(?:full\s+)?sizes?\s+(?:up|bigger|larger|above)\b|\b(?:the\s+)?next\s+size\s+up\b|\b(?P<m>{_WORD}|\d)\s+tailles?\s+(?:au[- ]?dessus|plus\s+grande?s?|de\s+plus|superieure?s?)\b|\b(?:la\s+)?taille\s+(?:au[- ]?dessus|superieure)\b"), "+"),
    (re.compile(rf"\b(?:(?P<n>{_WORD}|\d)\s+|the\s+next\s+|next\s+|a\s+)?(?:full\s+)?sizes?\s+(?:down|smaller|below)\b|\b(?:the\s+)?next\s+size\s+down\b|\b(?P<m>{_WORD}|\d)\s+tailles?\s+(?:en[- ]?dessous|au[- ]?dessous|plus\s+petite?s?|de\s+moins|inferieure?s?)\b|\b(?:la\s+)?taille\s+(?:en[- ]?dessous|au[- ]?dessous|inferieure)\b"), "-"),
)  # fmt: skip


def _aligned(text: str) -> str:
    """Folded text of the same length, so that offsets stay true; a letter that unfolds into two stays as it is."""
    folded = fold(text)
    return (
        folded
        if len(folded) == len(text)
        else "".join(c if len(f := fold(c)) != 1 else f for c in text.lower())
        if len(text.lower()) == len(text)
        else text
    )


def _count(word: str) -> int:
    return int(word) if word.isdigit() else NUMBER_WORDS[word]


def quantities(text: str, products: list[Entity]) -> Iterator[Entity]:
    """`value` is a whole number, or "all". `products` are those found in the text: "two blue shirts" counts shirts."""
    plain = _aligned(text)
    if match := _ALONE.fullmatch(plain):
        yield Entity("quantity", _count(match[1]), match.start(1), match.end(1))
        return
    for pattern, fixed in _QUANTITY:
        for match in pattern.finditer(plain):
            if fixed is not None:
                yield Entity("quantity", fixed, match.start(), match.end())
                continue
            group = next(i for i in range(1, (pattern.groups or 0) + 1) if match[i])
            if _count(match[group]) > 0:
                yield Entity("quantity", _count(match[group]), match.start(group), match.end(group))
    for product in products:
        if match := _COUNTED.search(plain, max(0, product.start - 30), product.start):
            yield Entity("quantity", _count(match[1]), match.start(1), match.end(1))


def sizes(text: str) -> Iterator[Entity]:
    """`value` is a label ("XL", "42", "UK 9") or a step from the size bought ("+1", "-2")."""
    plain = _aligned(text)
    for pattern, sign in _STEP:
        for match in pattern.finditer(plain):
            steps = match["n"] or match["m"]
            yield Entity("size", f"{sign}{_count(steps) if steps else 1}", match.start(), match.end())
    for pattern in _SIZE:
        for match in pattern.finditer(plain):
            # "too small", "trop large": a complaint, not a size.
            if re.search(r"\b(?:too|so|very|trop|tres|bit|way|super)\s+$", plain[: match.start(1)]):
                continue
            yield Entity("size", _size_value(match[1]), match.start(1), match.end(1))
    for match in _CAPITAL_LETTER.finditer(text):
        group = next(i for i in (1, 2, 3) if match[i])
        yield Entity("size", match[group].upper(), match.start(group), match.end(group))


def _size_value(raw: str) -> str:
    if raw in _NAMED_SIZE:
        return _NAMED_SIZE[raw]
    system = re.match(_SYSTEM, raw)
    rest = raw[system.end() :] if system else raw
    rest = rest.replace("size", "").replace(",", ".").replace(" 1/2", ".5").replace("½", ".5").replace(" ", "").upper()
    return f"{system[0].upper()} {rest}" if system else rest

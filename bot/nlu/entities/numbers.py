"""Order, return and tracking numbers, in the shapes people write and dictate them."""

import re
from collections.abc import Iterator

from bot.nlu.entities.found import Entity

_DIGIT_WORDS = {
    "zero": 0, "oh": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "zéro": 0, "un": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9,
}  # fmt: skip
_SPOKEN = "|".join(sorted(_DIGIT_WORDS, key=len, reverse=True))

_RETURN = re.compile(r"(?<![\w-])R\s?T[\s\-–—_.:#]*((?:[0-9A-TV-Z][\s\-–—]?){7}[0-9A-TV-Z])(?![\w])", re.IGNORECASE)
_CROCKFORD = str.maketrans("OIL", "011")
_DASH = re.compile(r"[-–—_]")

_S10 = re.compile(r"(?<!\w)([A-Z]{2})[\s-]?(\d{2,3}(?:\s?\d{2,4}){1,3}|\d{9})[\s-]?([A-Z]{2})(?!\w)", re.IGNORECASE)
_UPS = re.compile(r"(?<!\w)1Z[\s]?(?:[0-9A-Z]\s?){15}[0-9A-Z](?!\w)", re.IGNORECASE)
_LONG_DIGITS = re.compile(r"(?<![\w#+.,-])(?:\d\s?){11,21}\d(?![\w.,-])")
_TRACKING_WORD = re.compile(
    r"\b(?:tracking|track|suivi|colissimo|chronopost|consignment)\b"
    r"\W*(?:(?:number|no|num|nr|id|code|numero|numéro|du colis|is|est|it'?s|c'?est|le|the|n[°º]?)\W*){0,4}"
    r"((?=\w*\d)[0-9A-Z][0-9A-Z-]{7,})(?!\w)",
    re.IGNORECASE,
)

_ORDER_NOUN = r"(?:orders?|purchase|commandes?|cmde?|comande|command|achat|facture|invoice|receipt)"
_NUMBER_NOUN = r"(?:number|numb|nbr|num|no|nr|nb|numero|numéro|reference|référence|ref|réf|id|code|n[°ºo]|№|n)"
_FILLER = r"(?:is|it'?s|was|est|c'?est|the|le|la|under|of|de|du|my|ma|mon|sous|avec|with|for|pour)"
# A token of a number: a digit somewhere, letters and dashes allowed, not the beginning of a date, price or decimal.
_TOKEN = r"((?=[\w-]*\d)[0-9A-Z][0-9A-Z-]*)(?![\w@]|[.,/]\d|\s?[€$£%])"
_AFTER_ORDER_NUMBER = re.compile(
    rf"\b(?:{_ORDER_NOUN}\W{{0,3}}(?:{_FILLER}\s+)?)?(?<!\w){_NUMBER_NOUN}\b[\s.:#=°-]*(?:{_ORDER_NOUN}[\s.:]{{1,3}})?(?:{_FILLER}\s+){{0,2}}#?\s?{_TOKEN}",
    re.IGNORECASE,
)
_NUMBER_OF_ORDER = re.compile(
    rf"\b{_NUMBER_NOUN}\s+(?:de\s+|of\s+)?(?:ma\s+|my\s+|la\s+|the\s+)?{_ORDER_NOUN}[\s:.#]{{1,3}}(?:{_FILLER}\s+){{0,2}}#?\s?{_TOKEN}",
    re.IGNORECASE,
)
_ORDER_HASH = re.compile(rf"\b{_ORDER_NOUN}\s?#\s?{_TOKEN}", re.IGNORECASE)
_AFTER_ORDER = re.compile(rf"\b{_ORDER_NOUN}\b(?!-)[\s:#=(-]*(?:{_FILLER}\s+){{0,2}}#?\s?{_TOKEN}", re.IGNORECASE)
# "I got the order wrong, it's N2", "je me suis trompé de commande, c'est la N2": short, and not beside the word.
_ORDER_MENDED = re.compile(
    rf"\b(?:wrong {_ORDER_NOUN}|{_ORDER_NOUN} (?:is )?wrong|(?:tromp\w+|erreur|mauvaise|pas la bonne) (?:de )?{_ORDER_NOUN})\b\W{{1,3}}"
    rf"(?:(?:en fait|plutôt|plutot|sorry|actually|désolée?|it'?s|it is|i meant|should be|c'?est|c'?etait|c'?était)\W+)*"
    rf"(?:{_FILLER}\s+){{0,2}}(?:{_ORDER_NOUN}\s+)?#?((?=[A-Z]{{1,3}}-?\d)[0-9A-Z-]+)(?![\w@])",
    re.IGNORECASE,
)
_HASH = re.compile(rf"(?<!\w)#\s?{_TOKEN}", re.IGNORECASE)
_MIXED = re.compile(
    r"(?<![\w@.#/-])(?=[0-9A-Z-]*[A-Z])(?=(?:[A-Z-]*\d){3})[0-9A-Z]+(?:-[0-9A-Z]+)*(?![\w@]|[.,/]\d)", re.IGNORECASE
)
_SPACED = re.compile(
    r"(?<![\w@])([A-Z]{1,3})[\s-]((?:\d{2,5}[\s-]){1,3}\d{2,5}|(?:\d\s){4,9}\d|\d{5,10})(?![\w@]|[.,/]\d)",
    re.IGNORECASE,
)
_PLAIN_DIGITS = re.compile(r"(?<![\w@.,/#+-])(\d{4,11})(?![\w@-]|[.,/]\d|\s?(?:[€$£%]|eur|usd))", re.IGNORECASE)
_SPACED_DIGITS = re.compile(r"(?<![\w@.,/+-])(\d(?:\s\d){4,10}|\d{2,4}(?:\s\d{2,4}){1,3})(?![\w@]|[.,/]\d|\s?[€$£%])")
_DICTATED = re.compile(
    rf"\b(?:((?:double\s?(?:u|vé|v)|[a-z])\s+))?((?:(?:{_SPOKEN}|\d)[\s,-]+){{3,11}}(?:{_SPOKEN}|\d))\b", re.IGNORECASE
)

# The first group of a number written with spaces: "W261 1340".
_BEGUN = re.compile(r"[A-Z]{0,3}\d{1,5}", re.IGNORECASE)

# "256gb", "1080p", "220v", "100ml", "10h30", "30days": a measure is no order number.
_MEASURE = re.compile(
    r"\d+(?:[.,]\d+)?(?:gb|go|tb|to|mb|mo|mah|ml|cl|l|g|kg|mg|mm|cm|m|km|in|inch|p|hz|fps|v|w|k|x\d+|h\d*|am|pm|min|mins|s|sec|st|nd|rd|th|er|e|eme|ème|"
    r"jours?|days?|ans?|years?|eur|euros?|usd|gbp|dollars?)|(?:iphone|galaxy|ps|xbox|usb|mp|covid|rtx|gtx|s|a)\d{1,2}",
    re.IGNORECASE,
)
# The last digits of a card, not an order.
_CARD = re.compile(
    r"(?:ending(?: in| with)?|ends (?:in|with)|last (?:4|four)(?: digits)?|(?:se )?termin\w+ par|card|carte|visa|mastercard|amex)\W*$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")


# Short words that happen to stand before a number.
_NO_PREFIX = frozenset(
    [
        "a",
        "y",
        "i",
        "me",
        "my",
        "no",
        "is",
        "de",
        "du",
        "le",
        "la",
        "en",
        "et",
        "ou",
        "or",
        "of",
        "to",
        "at",
        "in",
        "on",
        "it",
        "tel",
        "the",
        "and",
        "est",
        "cp",
        "zip",
        "les",
        "des",
        "un",
        "by",
        "for",
        "num",
        "nr",
        "n",
        "has",
        "was",
        "sur",
        "par",
        "son",
        "id",
        "ref",
        "ok",
        "mon",
        "ma",
        "go",
        "so",
        "se",
    ]
)


def _order(raw: str, start: int, end: int) -> Entity:
    return Entity("order_number", re.sub(r"[\s#]", "", raw).upper(), start, end)


def return_numbers(text: str) -> Iterator[Entity]:
    """`RT-` and eight characters of Crockford base 32; whether the last one checks is the lookup's to say."""
    for match in _RETURN.finditer(text):
        code = re.sub(r"[\s\-–—]", "", match[1]).upper()
        # One in twenty has no digit. "rt packaged" is eight letters too: without a dash, it must be all that was written.
        if any(c.isdigit() for c in code) or _DASH.search(match[0][:4]) or match[0] == text.strip(" .!?"):
            yield Entity("return_number", f"RT-{code.translate(_CROCKFORD)}", match.start(), match.end())


def tracking_numbers(text: str) -> Iterator[Entity]:
    for match in _S10.finditer(text):
        digits = re.sub(r"\s", "", match[2])
        if len(digits) == 9:
            yield Entity("tracking_number", f"{match[1]}{digits}{match[3]}".upper(), match.start(), match.end())
    for pattern in (_UPS, _TRACKING_WORD, _LONG_DIGITS):
        for match in pattern.finditer(text):
            group = match.lastindex or 0
            value = re.sub(r"[\s-]", "", match[group]).upper()
            yield Entity("tracking_number", value, match.start(group), match.end(group))


def named_order_numbers(text: str) -> Iterator[Entity]:
    """Numbers that a word before them ("order", "n°", "#") calls an order's: the surest ones."""
    for pattern, shortest in (
        (_NUMBER_OF_ORDER, 1),
        (_ORDER_HASH, 1),
        (_ORDER_MENDED, 2),
        (_AFTER_ORDER_NUMBER, 2),
        (_AFTER_ORDER, 3),
        (_HASH, 3),
    ):
        for match in pattern.finditer(text):
            token = match[1]
            if len(token) < shortest or _MEASURE.fullmatch(token):
                continue
            # "order W 261 1340": the rest of a spaced number belongs to it.
            groups = r"(?:\s\d{2,4}){1,3}" if token.isdigit() else r"(?:\s\d{2,7}){1,3}"
            rest = re.match(groups + r"(?![\w]|[.,/]\d)", text[match.end(1) :]) if _BEGUN.fullmatch(token) else None
            end = match.end(1) + (rest.end() if rest else 0)
            yield _order(text[match.start(1) : end], match.start(1), end)


def order_numbers(text: str) -> Iterator[Entity]:
    """Numbers that look like an order's by their shape alone."""
    for match in _SPACED.finditer(text):
        letters, digits = match[1], re.sub(r"[\s-]", "", match[2])
        if len(digits) >= 5 and letters.lower() not in _NO_PREFIX:
            yield _order(f"{letters}{digits}", match.start(), match.end())
    for match in _MIXED.finditer(text):
        if not _MEASURE.fullmatch(match[0]):
            yield _order(match[0], match.start(), match.end())
    for match in _DICTATED.finditer(text):
        if not re.search(r"[^\d\s,-]", match[2]) and not match[1]:
            continue
        words = re.split(r"[\s,-]+", match[2].lower())
        letter = "W" if (match[1] or "").lower().startswith("double") else (match[1] or "").strip().upper()
        # "a one two three" and "I two": an article or a pronoun is no part of the number.
        letter, start = ("", match.start(2)) if letter in {"A", "I", "Y", "À"} else (letter, match.start())
        digits = "".join(w if w.isdigit() else str(_DIGIT_WORDS[w]) for w in words)
        if len(digits) >= 4:
            yield _order(letter + digits, start, match.end())
    for pattern in (_SPACED_DIGITS, _PLAIN_DIGITS):
        for match in pattern.finditer(text):
            digits = re.sub(r"\s", "", match[1])
            if _CARD.search(text[: match.start(1)]):
                continue
            if len(digits) >= 6 or (len(digits) >= 4 and not _YEAR.fullmatch(digits) and match.re is _PLAIN_DIGITS):
                yield _order(digits, match.start(1), match.end(1))

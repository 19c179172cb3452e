"""Where a text holds a payment card, its security code or a bank account (IBAN), and how it is shown instead.

A card is a run of digits of a length that an issuer of its prefix gives out, with the right check digit (ISO/IEC 7812). One run
of digits in ten passes that by chance, so a number that the words beside it call an order's or a parcel's stays what it
is, unless an expiry date or a security code follows.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from stdnum import ean, iban, luhn

DOTS = "••••"


@dataclass(frozen=True, slots=True)
class Secret:
    """A span of a text, and what stands there afterwards."""

    start: int
    end: int
    shown: str


def digits_plain(text: str) -> str:
    """The text with the digits of every script as 0 to 9: offsets stay those of the original."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


# First and last prefix, and the lengths that are given out. Broad where issuers share a range (Maestro, UnionPay, RuPay).
_ISSUERS = (
    ("4", "4", (13, 16, 19)),
    ("51", "55", (16,)),
    ("2221", "2720", (16,)),
    ("34", "34", (15,)),
    ("37", "37", (15,)),
    ("6011", "6011", (16, 17, 18, 19)),
    ("644", "659", (16, 17, 18, 19)),
    ("300", "305", (14, 16, 19)),
    ("36", "36", (14, 16, 19)),
    ("38", "39", (14, 16, 19)),
    ("3528", "3589", (16, 17, 18, 19)),
    ("62", "62", (16, 17, 18, 19)),
    ("81", "82", (16, 17, 18, 19)),
    ("60", "60", (16,)),
    ("508", "508", (16,)),
    ("2200", "2204", (16, 17, 18, 19)),
    *((prefix, prefix, tuple(range(13, 20))) for prefix in ("5018", "5020", "5038", "5893", "6304", "6390", "67")),
)
# The usual length first: three digits behind it are then seen to be the security code.
_LENGTHS = (16, 15, 19, 18, 17, 14, 13)

_MOST_GROUPS = 24
# Invisible characters as well, or one of them in the middle would let a number pass.
_SEPARATOR = r"[ \t\u00a0\u2000-\u200f\u202f\u2060\ufeff\u00ad.\-\u2010-\u2015\u2212_]{1,3}"
_RUN = re.compile(rf"\d+(?:{_SEPARATOR}\d+)*")
_GROUP = re.compile(r"\d+")

_FILLER = (
    r"(?:numbers?|num|no|nr|nb|n|nos|numéros?|numeros?|n[°ºo]|id|code|ref|réf|reference|référence|is|was|are|being|under|it'?s|est|sont|"
    r"c'?\s?est|était|the|this|that|my|our|your|le|la|les|l|ma|mon|mes|notre|votre|of|de|du|des|d|sous|pour|for|debit|débit|credit|crédit)"
)
_GOODS_WORD = (
    r"(?:orders?|purchase|invoice|receipt|tracking|track|parcel|shipment|consignment|package|waybill|barcode|ean|upc|gtin|sku|"
    r"serial|imei|returns?|rma|refs?|references?|commandes?|cmde?|comande|achat|factures?|reçu|suivis?|colis|envoi|livraison|bordereau|"
    r"code[- ]?barres?|série|serie|retours?|réf|référence|colissimo|chronopost|mondial relay|dpd|ups|fedex|dhl|usps|gls)"
)
_CARD_WORD = (
    r"(?:cards?|visa|master\s?card|amex|american express|maestro|discover|diners|credit|debit|cc|"
    r"cartes?(?: bleue| bancaire| de crédit)?|cb|rupay|bancontact|pan)"
)
_CALLED_GOODS = re.compile(rf"(?:#|\b{_GOODS_WORD}\b(?:\W+{_FILLER}\b){{0,5}})[\W_]*$", re.IGNORECASE)
_CALLED_CARD = re.compile(rf"\b{_CARD_WORD}\b(?:\W+(?:{_FILLER}|ends?|numb\w*)\b){{0,6}}[\W_]*$", re.IGNORECASE)
_GLUED_CARD = re.compile(rf"(?<![^\W\d_]){_CARD_WORD}[°º:=]?$", re.IGNORECASE)
_IS_GOODS = re.compile(
    rf"\W{{0,3}}(?:(?:is|was|est|c'?\s?est|it'?s|being|=)\b|\()\W*(?:{_FILLER}\W+){{0,5}}{_GOODS_WORD}\b", re.IGNORECASE
)
_EXPIRY = r"(?:0?[1-9]|1[0-2])\s?[/\-.]\s?(?:20)?\d\d(?![\d/])"
_PROOF_OF_CARD = re.compile(
    rf"[\s,;:|()-]*(?:{_EXPIRY}|(?:exp\w*|valid\w*|cv[vcn]\d?|csc|crypto\w*)\b)|[^\d\n]{{0,40}}\b(?:cv[vcn]\d?|csc|cryptogramme)\b",
    re.IGNORECASE,
)
_CODE_BEHIND = re.compile(
    rf"(?:[\s,;:|/-]*(?:exp\w*|valid\w*|date|fin)?\W{{0,4}}{_EXPIRY})?[\s,;:|/-]{{1,4}}(\d{{3,4}})(?![\d/.-])", re.IGNORECASE
)

_CODE_NAME = (
    r"(?:cv[vc2][2c]?|cvn2?|cvd|csc|cid code|card (?:verification|security) (?:code|number)|security code|"
    r"cryptogrammes?(?: visuels?)?|crypto visuel|code de s[ée]curit[ée]|"
    r"(?:three|3|four|4|trois|quatre) (?:digits?|numbers?|chiffres|num[ée]ros)"
    r"(?=\W+(?:(?:on|at|in|of|au|sur|derri[èe]re|the|my|le|la|l|ma)\W+){1,3}(?:back|dos|verso|rear|arri[èe]re)))"
)
_CODE_FILLER = rf"(?:{_FILLER}|cvv|cvc|visuel|on|at|in|au|sur|derri[èe]re|back|dos|verso|rear|arri[èe]re|cards?|cartes?)"
_CODE = re.compile(
    rf"\b{_CODE_NAME}(?!\w)(?:[^\w•]+{_CODE_FILLER}\b){{0,8}}(?:[^\w•]|_){{0,6}}(?<!\d)(\d{{3,4}})(?![\d%€$£]|[/.,-]\d)",
    re.IGNORECASE,
)
_CODE_FIRST = re.compile(
    rf"(?<![\w/.,-])(\d{{3,4}})\W{{1,3}}(?:is|est|c'?\s?est|=|as|comme)\W+(?:{_FILLER}\W+){{0,3}}{_CODE_NAME}(?!\w)", re.IGNORECASE
)

_IBAN_START = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?=[ \-.\u00a0\u202f]{0,2}[A-Z0-9])", re.IGNORECASE)
_IBAN_PIECE = re.compile(r"[ \-.\u00a0\u202f]{0,2}([A-Z0-9])", re.IGNORECASE)


def ibans(text: str) -> Iterator[Secret]:
    """International bank account numbers (ISO 13616) whose country, length and check digits are right."""
    for match in _IBAN_START.finditer(text):
        written, position, last = match[0], match.end(), None
        while len(written) < 34 and (piece := _IBAN_PIECE.match(text, position)):
            written, position = written + piece[1], piece.end()
            whole = position == len(text) or not text[position].isalnum()
            if whole and len(written) >= 15 and iban.is_valid(written, check_country=False):
                last = Secret(match.start(), position, f"{written[:2].upper()}•• {DOTS} {written[-4:]}")
                break
        if last is not None:
            yield last


def cards(text: str) -> Iterator[Secret]:
    """Card numbers, however grouped, and the security code that stands right behind one. `text` has plain digits."""
    for run in _RUN.finditer(text):
        if run.end() - run.start() >= 13:
            yield from _cards_of(text, [(m.start(), m.end()) for m in _GROUP.finditer(text, run.start(), run.end())])


def _cards_of(text: str, groups: list[tuple[int, int]]) -> Iterator[Secret]:
    first = 0
    while first < len(groups):
        found = _card_at(text, groups, first)
        if found is None:
            first += 1
            continue
        last, secret = found
        yield secret
        behind = _CODE_BEHIND.match(text, secret.end)
        if behind:
            yield Secret(behind.start(1), behind.end(1), "•••")
        first = last + 1


def _card_at(text: str, groups: list[tuple[int, int]], first: int) -> tuple[int, Secret] | None:
    """The card whose first group is `groups[first]`, with the place of its last."""
    if text[groups[first][0]] not in "2345678":
        return None
    by_length, number = {}, ""
    for last in range(first, len(groups)):
        number += text[slice(*groups[last])]
        if len(number) > max(_LENGTHS):
            break
        by_length[len(number)] = (last, number)
    for length in _LENGTHS:
        if length not in by_length:
            continue
        last, number = by_length[length]
        if _issued(number) and luhn.is_valid(number) and _meant(text, groups, first, last):
            return last, Secret(groups[first][0], groups[last][1], f"{DOTS} {number[-4:]}")
    return None


def _issued(number: str) -> bool:
    return any(len(number) in lengths and low <= number[: len(low)] <= high for low, high, lengths in _ISSUERS)


def _meant(text: str, groups: list[tuple[int, int]], first: int, last: int) -> bool:
    """Whether the number that passes is a card by what stands around it."""
    start, end = groups[first][0], groups[last][1]
    before = text[max(0, start - 80) : start]
    if before[-1:] == "+" or (before[-1:].isalpha() and not _GLUED_CARD.search(before)):
        return False
    if _CALLED_CARD.search(before) or _GLUED_CARD.search(before) or _PROOF_OF_CARD.match(text, end):
        return True
    # Cards of 13 digits have not been given out for years; goods of 13 digits lie on every shelf.
    if ean.is_valid("".join(text[slice(*group)] for group in groups[first : last + 1])):
        return False
    lengths = [group[1] - group[0] for group in groups[first : last + 1]]
    # People group a card by fours or not at all; phone numbers side by side are grouped otherwise.
    if not (len(set(lengths)) == 1 or (lengths[0] >= 4 and min(lengths) >= 3)):
        return False
    # A word before a long number names all of it, and not only its first group.
    begins = max(0, last - _MOST_GROUPS)
    same = {group[1] - group[0] for group in groups[begins:last]}
    named = text[max(0, groups[begins][0] - 80) : groups[begins][0]] if len(same) == 1 else before
    return not (_CALLED_GOODS.search(named) or _IS_GOODS.match(text, end))


def security_codes(text: str) -> Iterator[Secret]:
    """The three or four digits that a word calls a card's security code. `text` has plain digits."""
    for pattern in (_CODE, _CODE_FIRST):
        for match in pattern.finditer(text):
            yield Secret(match.start(1), match.end(1), "•••")

"""What a message says of an item besides naming it: that its size is wrong, whether it was opened, how it is to be sent."""

import re

from actions.dialogue.reading import Reading
from actions.dialogue.words import (
    NEVER_OPENED,
    OPENED,
    PRINT,
    QR,
    USED,
    aligned,
)
from rma.model.codes import Condition, Method, Reason


def without_numbers(reading: Reading) -> str:
    """The text with order numbers, addresses and the like blanked: "W2611340" names no line."""
    text = reading.text
    for entity in reading.entities:
        if entity.kind in ("order_number", "return_number", "tracking_number", "email", "phone", "postal_code", "date"):
            text = text[: entity.start] + " " * (entity.end - entity.start) + text[entity.end :]
    return text


_UNWANTED = re.compile(
    r"\b(?:not|and not|et pas|pas|instead of|rather than|au lieu d[eu']|plutot qu[e'])\s*(?:(?:an?|the|le|la|du|de|une?|size|taille|en|in)\s+)*(?:\d{1,3}|x{0,3}[sl]|m)\b"
)


def without_unwanted(reading: Reading) -> str:
    """The text of a wish for another size without the one that is not wanted: "a 42, not a 41" excepts no item."""
    text = without_numbers(reading)
    for match in _UNWANTED.finditer(aligned(text)):
        text = text[: match.start()] + " " * (match.end() - match.start()) + text[match.end() :]
    return text


_LARGE = re.compile(
    r"(?<!not )(?<!pas )\b(?:too|trop)\s+(?:big|large|long|wide|loose|grande?s?|larges?|longs?|longues?)\b"
)
_SMALL = re.compile(
    r"(?<!not )(?<!pas )\b(?:too|trop)\s+(?:small|tight|short|narrow|petite?s?|serree?s?|courte?s?|juste|etroite?s?)\b"
)


_INSTEAD = r"\b(?:for|to|into|with|contre|pour|par) (?:an? |the |one |une? |le |la )?(?:size |taille |one |qui est )?"
_FOR_BIGGER = re.compile(_INSTEAD + r"(?:bigger|larger|plus grande?|up\b|au[- ]dessus)")
_FOR_SMALLER = re.compile(_INSTEAD + r"(?:smaller|plus petite?|down\b|en[- ]dessous)")


def size_reason(plain: str) -> Reason | None:
    """ "Too big, not too small": what stands under a negation is not meant."""
    large = bool(_LARGE.search(plain) or _FOR_SMALLER.search(plain))
    small = bool(_SMALL.search(plain) or _FOR_BIGGER.search(plain))
    if large == small:
        return None
    return Reason.SIZE_TOO_LARGE if large else Reason.SIZE_TOO_SMALL


QR_SAID = re.compile(r"\b(?:qr|no printer|without a printer|don'?t have a printer|pas d'imprimante|sans imprim\w*)\b")
LABEL_SAID = re.compile(
    r"\b(?:print(?:ed|able)? label|label(?: to print)?|print it|i have a printer|etiquette|j'ai une imprimante|imprimer)\b"
)


def condition_in(reading: Reading) -> Condition | None:
    if NEVER_OPENED.search(reading.plain):
        return Condition.UNOPENED
    if USED.search(reading.plain):
        return Condition.USED
    return Condition.OPENED if OPENED.search(reading.plain) else None


_NEGATED = re.compile(
    r"\b(?:not|no longer|rather than|instead of|don'?t want|(?:ne )?veux pas|pas|plutot que|au lieu)\s+(?:of\s+|d'|de\s+)?(?:an?\s+|the\s+|le\s+|la\s+|l'|les\s+|une?\s+|du\s+)?"
    r"((?:q ?r(?:[- ]?code)?|code(?: qr)?)|(?:printed |paper )?label|etiquette|bordereau)\b"
)


def method_in(reading: Reading) -> Method | None:
    """ "A label, not a QR" is a label; "not the label" alone is the other."""
    refused = _NEGATED.search(reading.plain)
    plain = _NEGATED.sub(" ", reading.plain)
    if QR.search(plain):
        return Method.QR
    if PRINT.search(plain):
        return Method.LABEL
    if refused is None:
        return None
    return Method.LABEL if QR.search(refused[1]) else Method.QR

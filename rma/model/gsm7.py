"""What a text message costs: the alphabet of GSM 03.38 (3GPP TS 23.038), folding into it, and segments.

A message whose every character is in the alphabet has 160 septets, or 153 a segment when it needs several; one other character
makes all of it UCS-2, with 70 units of 16 bits, or 67 a segment (TS 23.040, 9.2.3.24.1: the header that joins the segments).
"""

import re
import unicodedata
from typing import NamedTuple

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")
"""Two septets each: an escape and the character."""

GSM7, UCS2 = "GSM-7", "UCS-2"
_ROOM = {GSM7: (160, 153), UCS2: (70, 67)}

_SPACES = "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_TYPOGRAPHY = str.maketrans(
    dict.fromkeys(_SPACES, " ")
    | dict.fromkeys("\u200b\u200c\u2060\ufeff\u00ad", "")
    | dict.fromkeys("’‘‚‛′´`", "'")
    | dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys("•·‣◦●", "-")
    | dict.fromkeys("→➜➔⇒", ">")
    | {"…": "...", "×": "x", "œ": "oe", "Œ": "OE", "ﬁ": "fi", "ﬂ": "fl", "™": "TM", "½": "1/2", "¼": "1/4", "¾": "3/4"}
)
_QUOTED = re.compile(r"«\s*|\s*»")
_LONE_SURROGATES = re.compile("[\ud800-\udfff]")


class Cost(NamedTuple):
    """How a text is encoded, and in how many segments it is sent and paid."""

    encoding: str
    segments: int


def in_alphabet(text: str) -> bool:
    """Whether every character of `text` is in GSM 03.38, so that it is sent in 7 bits."""
    return all(character in BASIC or character in EXTENDED for character in text)


def folded(text: str) -> str:
    """`text` as it is sent: quotes, dashes, bullets, arrows, special spaces and ligatures in their plain form; and without the
    accents that the alphabet lacks (ê, ç, î, ...) where that alone keeps the whole message in it. A message that cannot be in it
    anyway, for an emoji or another script, keeps its accents.
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _LONE_SURROGATES.sub("", _QUOTED.sub('"', text).translate(_TYPOGRAPHY))
    plain = "".join(_plain(character) for character in text)
    return plain if in_alphabet(plain) else text


def _plain(character: str) -> str:
    if character in BASIC or character in EXTENDED:
        return character
    if character == "°":
        return "o"  # As in "n°".
    bare = "".join(part for part in unicodedata.normalize("NFD", character) if not unicodedata.combining(part))
    return bare or character


def cost(text: str) -> Cost:
    """How `text` is sent as it stands (not folded). An empty text is one segment."""
    encoding = GSM7 if in_alphabet(text) else UCS2
    widths = [1 + (character in EXTENDED if encoding == GSM7 else ord(character) > 0xFFFF) for character in text]
    alone, joined = _ROOM[encoding]
    if sum(widths) <= alone:
        return Cost(encoding, 1)
    segments, used = 1, 0
    for width in widths:
        # Neither an escape and its character nor the two halves of a surrogate pair are ever torn apart.
        if used + width > joined:
            segments, used = segments + 1, 0
        used += width
    return Cost(encoding, segments)


def split(text: str, longest: int) -> list[str]:
    """`text` in parts of at most `longest` units of 16 bits, cut at line ends, else at spaces, else anywhere."""
    parts: list[str] = []
    rest = text.strip()
    while _units(rest) > longest:
        head = _head(rest, longest)
        at = max(head.rfind("\n"), 0) or max(head.rfind(" "), 0) or len(head)
        parts.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [part for part in [*parts, rest] if part]


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def _head(text: str, longest: int) -> str:
    """As much of the beginning as fits, with the white space after it, so that a cut exactly at its end is seen."""
    room = longest
    for place, character in enumerate(text):
        room -= 2 if character > "\uffff" else 1
        if room < 0:
            return text[:place] + (character if character.isspace() else "")
    return text

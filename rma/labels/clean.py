"""Text from outside made fit for paper: one line, visible characters only."""

import re
import unicodedata

# Joiners change how Indic and Persian letters connect; every other format character (bidi overrides above all) can make a
# printed address read differently from what was typed.
_JOINERS = "\u200c\u200d"
_SPACES = re.compile(r"\s+")


def printable(text: str | None, limit: int = 200) -> str:
    """`text` in NFC without control, format, private and unassigned characters, white space collapsed, at most `limit` long."""
    if not text:
        return ""
    # Cut before normalising, so that a huge text costs nothing, and again after, as NFC may lengthen it.
    normal = unicodedata.normalize("NFC", text[: 4 * limit])
    kept = "".join(character if _visible(character) else " " for character in normal)
    return _SPACES.sub(" ", kept).strip()[:limit].rstrip()


def _visible(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character)[0] not in "CZ"

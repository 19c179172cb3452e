"""Numbers of trade items (GTIN), in the one form that is compared: 14 digits."""

import re

from stdnum import ean

_FILLERS = re.compile(r"[\s-]+")
LENGTHS = (8, 12, 13, 14)


def bare(text: str) -> str:
    """Without spaces and dashes."""
    return _FILLERS.sub("", text)


def gtin14(text: str | None) -> str | None:
    """A GTIN-8, -12, -13 or -14 as 14 digits; None where it is none or its check digit is wrong."""
    digits = bare(text or "")
    if not (digits.isascii() and digits.isdigit() and len(digits) in LENGTHS and ean.is_valid(digits)):
        return None
    return digits.zfill(14)

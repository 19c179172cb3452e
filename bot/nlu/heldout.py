"""Which sentences the encoder's adaptation never sees, so that confidences can be fitted to something unseen."""

import hashlib

_SHARE = 20
"""Of 256: one sentence in thirteen."""


def held_out(text: str) -> bool:
    """By the text alone, so that it stays so whatever else is added to the data."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[0] < _SHARE

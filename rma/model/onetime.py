"""A one-time code, as it is kept: what was typed is compared with its digest, nobody can read it back."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel

DIGITS = 6


class KeptCode(BaseModel):
    id: int
    digest: bytes
    tries: int
    sent_at: datetime
    expires_at: datetime
    proven_at: datetime | None


class Answer(StrEnum):
    """What a typed code was."""

    RIGHT = "right"
    WRONG = "wrong"
    EXPIRED = "expired"
    USED_UP = "used_up"
    """Too many were wrong: the right one does not count any more either."""
    NONE = "none"
    """No code was sent there."""

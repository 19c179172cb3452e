"""A text message that came in, as it is kept; and the conversation that its number is in."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel


class InboundStatus(StrEnum):
    WAITING = "waiting"
    TAKEN = "taken"
    """Being answered, together with every other message of its number that is taken: one turn."""
    DONE = "done"


class Media(BaseModel):
    """Something that came with a message: where the provider keeps it, and what it says it is."""

    url: str
    mime: str = ""


class Received(BaseModel):
    """As the provider gave it. `sid` is its name for the message, `token` that of the delivery, the same when it repeats it."""

    sid: str
    token: str | None = None
    sender: str
    recipient: str
    text: str
    media: list[Media] = []
    opt_out_type: str | None = None


class Inbound(Received):
    id: int
    status: InboundStatus
    attempts: int
    received_at: datetime


class Pending(BaseModel):
    """A number with messages that are not done. `not_before` is when nobody is busy with it any more."""

    sender: str
    first_at: datetime
    last_at: datetime
    resumed: bool
    """One of them is taken already: whoever was answering it stopped, or waits for another try."""
    not_before: datetime | None


class Thread(BaseModel):
    """The conversation of a number. `heard_at` is when it last wrote."""

    address: str
    conversation: str | None
    heard_at: datetime | None

"""A message on its way out of the house: an SMS or an e-mail, from the moment something caused it to its delivery."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pydantic import BaseModel

from rma.model.codes import Language


class Medium(StrEnum):
    SMS = "sms"
    """Also WhatsApp, whose addresses begin with `whatsapp:`."""
    EMAIL = "email"


class Kind(StrEnum):
    """Why it is sent. All but the first three are notices: unasked, switchable by the merchant, kept back in quiet hours."""

    REPLY = "reply"
    """What was said in a conversation: an answer of the assistant, a word of an agent."""
    SERVICE = "service"
    """What the carriers demand: the answer to HELP, the one confirmation of an opt-out."""
    CODE = "code"
    """A one-time code that somebody waits for."""
    LABEL = "label"
    CONFIRMATION = "confirmation"
    REMINDER = "reminder"
    RECEIVED = "received"
    CHECKED = "checked"
    """What of a return was not accepted, or is not there."""
    REFUNDED = "refunded"
    EXPIRED = "expired"
    """Nobody sent the parcel in time."""
    REVIEWED = "reviewed"
    """The decision of a review."""
    WITHDRAWAL = "withdrawal"
    """The acknowledgement of a withdrawal, on a durable medium: the law wants it, so it cannot be switched off."""

    @property
    def is_notice(self) -> bool:
        return self not in (Kind.REPLY, Kind.SERVICE, Kind.CODE)


class OutgoingStatus(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    """Claimed by a worker. One that stays so was interrupted, and whether it left is not known."""
    SENT = "sent"
    SUPPRESSED = "suppressed"
    """Not sent, because the number said STOP."""
    DEAD = "dead"
    """Refused for good, or tried too often: for a person to look at and to send again."""


class Paper(BaseModel):
    """What is attached, drawn when it is sent."""

    kind: str
    """'label', 'qr', 'customs' or 'withdrawal'."""
    ref: str
    """The return's number, or the withdrawal's reference."""


class Outgoing(BaseModel):
    """`key` names what caused it: the same key is never sent twice. Messages of one `lane` leave one after the other."""

    key: str
    medium: Medium
    kind: Kind
    recipient: str
    """E.164, `whatsapp:` and E.164, or an e-mail address."""
    language: Language
    text: str
    subject: str | None = None
    papers: list[Paper] = []
    lane: str | None = None
    conversation: str | None = None
    return_number: str | None = None
    not_before: datetime | None = None


class Kept(Outgoing):
    """As the outbox keeps it. `delivery` is the provider's own word for how far it came, `delivery_at` when it said so."""

    id: int
    status: OutgoingStatus
    attempts: int
    created_at: datetime
    claimed_at: datetime | None
    sent_at: datetime | None
    provider_id: str | None
    delivery: str | None
    delivery_at: datetime | None
    error_code: str | None
    error: str | None

    @property
    def message_id(self) -> str:
        """The same for every try: what an e-mail's Message-ID begins with, and what a receiver may know a repeat by."""
        return f"retour-{self.id}"


LOST = ("undelivered", "failed", "canceled")
"""The provider's words for: it will not arrive."""


class Receipt(BaseModel):
    """That a provider took a message. `provider_id` is the provider's name for it."""

    provider_id: str
    delivery: str = "sent"


class Attached(BaseModel):
    """A paper as it is drawn."""

    filename: str
    mime: str
    content: bytes


class SendingFailed(Exception):
    """A provider did not take a message. `code` is its own, where it gave one."""

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class TryLater(SendingFailed):
    """Surely not taken: 429, 5xx, no connection. `after` is in seconds, where the provider said so."""

    def __init__(self, message: str, code: str | None = None, after: float | None = None) -> None:
        super().__init__(message, code)
        self.after = after


class ChannelDown(TryLater):
    """Surely not taken, and nothing to do with this message: the provider cannot be reached, or refuses our credentials. The
    channel rests, and the message does not count it as a try."""


class Rejected(SendingFailed):
    """Never to be tried again as it is: 4xx."""


class OptedOut(Rejected):
    """The recipient said STOP to the provider (Twilio's error 21610)."""


class OutcomeUnknown(SendingFailed):
    """The connection ended before the answer: taken or not, nobody here knows. To be looked up before it is tried again."""


class CannotTell(SendingFailed):
    """The provider keeps no list of what it took, so a lost answer stays lost."""


class MessageChannel(Protocol):
    """One way out. Implementations pass tests/contract/test_channels.py."""

    name: str
    per_second: float
    """Messages that the sender may send in a second."""
    longest: float
    """Seconds that `send` takes at most, whatever the provider does. A message that is still open after twice as long was
    interrupted."""

    async def send(self, message: Kept, attached: list[Attached]) -> Receipt:
        """Raises TryLater, Rejected, OptedOut, OutcomeUnknown."""

    async def lookup(self, message: Kept, known: frozenset[str]) -> Receipt | None:
        """The receipt of a message whose outcome is unknown, None when it was not taken. `known` are the provider's ids
        of other messages. Raises CannotTell, TryLater."""

    async def close(self) -> None:
        """Ends its connections."""

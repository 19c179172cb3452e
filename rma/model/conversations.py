"""A conversation with one shopper: its messages as every client sees them, and what the assistant waits for."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, model_validator

from rma.model.codes import Language


class Channel(StrEnum):
    WEB = "web"
    SMS = "sms"
    CONSOLE = "console"
    FORM = "form"
    """The page of the withdrawal function: one statement, which nobody answers unless a person takes it up."""


class Owner(StrEnum):
    """Who answers from now on."""

    ASSISTANT = "assistant"
    PERSON = "person"


class Status(StrEnum):
    """Where a conversation stands with the support team. `owner` follows from it, and the table refuses any other pair."""

    PENDING = "pending"
    """The assistant has it."""
    OPEN = "open"
    SNOOZED = "snoozed"
    """A person has it, and looks at it again at a time or when the shopper writes."""
    RESOLVED = "resolved"
    """Nobody has anything to do; whatever the shopper writes next goes to the assistant."""

    @property
    def owner(self) -> Owner:
        return Owner.PERSON if self in (Status.OPEN, Status.SNOOZED) else Owner.ASSISTANT


class Sender(StrEnum):
    BOT = "bot"
    AGENT = "agent"
    SHOPPER = "shopper"
    SYSTEM = "system"


class ChoiceOption(BaseModel):
    label: str
    value: str


class Attachment(BaseModel):
    kind: str
    """'label', 'qr' or 'photo'; or 'withdrawal' or 'customs', whose address the gateway writes into the text."""
    ref: str
    """What it shows: a return number for 'label', 'qr' and 'customs', a photo's id for 'photo', a reference for 'withdrawal'. The
    gateway makes the signed address."""


class Expectation(BaseModel):
    """What the assistant waits for, so that a client can show the right input (contract section 5)."""

    slot: str
    kind: str
    line: str | None = None
    accepts: list[str] = []
    """Values a choice may have beyond the options shown. Not for clients. A text or an address is never checked against it."""


class Utterance(BaseModel):
    """A message on its way out, not numbered yet."""

    text: str
    choices: list[ChoiceOption] = []
    attachments: list[Attachment] = []
    sender: Sender = Sender.BOT


class Message(Utterance):
    id: int
    at: datetime
    reply_to: int | None = None
    """The shopper's message that it answers; None for what was said unasked."""


class Conversation(BaseModel):
    id: str
    channel: Channel
    language: Language
    owner: Owner
    expects: Expectation | None = None
    state: dict[str, Any] = {}
    """The dialogue's own memory, opaque to all but actions/."""
    address: str | None = None
    """Where the shopper comes from (an IP address or a phone number): tries at a proof are limited by it."""
    status: Status = Status.PENDING
    order_id: int | None = None
    """The order that was proven to be the shopper's, last."""
    version: int = 0
    created_at: datetime

    @model_validator(mode="after")
    def _aligned(self) -> Self:
        return self.align()

    def align(self) -> Self:
        """Brings the status into line with the owner."""
        if self.status.owner is not self.owner:
            self.status = Status.OPEN if self.owner is Owner.PERSON else Status.PENDING
        return self

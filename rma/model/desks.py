"""Where people of the team work: our own console, or another desk that conversations are carried to and from."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from pydantic import BaseModel

from rma.model.codes import Language
from rma.model.conversations import Channel, Sender, Status
from rma.model.support import Cause


class Line(BaseModel):
    """Something that was said, as another desk shows it."""

    id: int
    sender: Sender
    text: str
    at: datetime


class HandedOver(BaseModel):
    """A conversation that a person has to take up, with what they need to know."""

    conversation: str
    channel: Channel
    language: Language
    cause: Cause
    transcript: list[Line]
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    """E.164."""
    order: str | None = None
    returns: list[str] = []
    """Each with its status: "RT-7K3M9QXP (review)"."""
    console: str
    """Where our own console shows it: returns are decided there."""


class Thread(BaseModel):
    """The conversation as the desk numbers it; None where it does not yet."""

    conversation: str
    contact: int | None = None
    thread: int | None = None


class Said(BaseModel):
    """What somebody of the team said at the desk. `id` is the desk's own: the same message has the same."""

    id: int
    text: str


class Standing(BaseModel):
    """How a conversation stands at the desk: what its people said lately, oldest first, and in which state it is."""

    said: list[Said] = []
    status: Status
    snoozed_until: datetime | None = None


class Desk(Protocol):
    """A desk passes tests/contract/test_desks.py. What it is told comes in order for each conversation, and again after a failure:
    `repeated` says that it may have been taken before, and the desk finds out before it takes it twice.

    Raises what a rma.model.outgoing.MessageChannel raises: TryLater, ChannelDown, Rejected, OutcomeUnknown.
    """

    name: str
    shares_tables: bool
    """It reads our tables itself, so there is nothing to carry."""

    async def handed_over(self, thread: Thread, handed: HandedOver, event: int, repeated: bool) -> Thread:
        """A person has it from now on. `event` names the hand-over. The thread by the desk's numbers."""

    async def said(self, thread: Thread, line: Line, repeated: bool) -> None:
        """Said while a person has it, but not at this desk."""

    async def given_back(self, thread: Thread, language: Language, event: int, repeated: bool) -> None:
        """The assistant has it again, by something that did not happen at this desk."""

    async def standing(self, thread: Thread) -> Standing | None:
        """None where `shares_tables`, or for a thread that was deleted there."""

    async def close(self) -> None: ...


SaidAtDesk = Callable[[dict[str, Any]], Said | None]
"""What the document of a webhook says that somebody of the team said to the shopper."""


class EventKind(StrEnum):
    HANDED_OVER = "handed_over"
    SAID = "said"
    GIVEN_BACK = "given_back"


class EventStatus(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    DONE = "done"
    DEAD = "dead"
    """Refused for good, or tried too often; what came after it went on."""


class DeskEvent(BaseModel):
    """Something to be told to the desk."""

    id: int
    conversation: str
    kind: EventKind
    message: int | None
    detail: dict[str, Any]
    """Of a hand-over: 'after', the last message that the desk knew already."""
    attempts: int
    claimed_at: datetime | None

    @property
    def repeated(self) -> bool:
        return self.attempts > 1


class DeskQueue(Protocol):
    """What the desk still has to be told, kept in the database. Each call is one transaction."""

    async def collect(self, ours: str, now: datetime) -> int:
        """Posts what happened since the last look, each thing once: it is read from the conversations themselves, so nothing that
        was committed can be missed. `ours` begins the keys of messages that came from the desk. How many were posted."""

    async def claim(self, now: datetime, stale: datetime, limit: int) -> list[DeskEvent]:
        """Takes what is due, of each conversation the first that is open; also what was claimed before `stale` and never
        settled."""

    async def settle(
        self, event: DeskEvent, status: EventStatus, now: datetime, not_before: datetime | None, error: str | None, tried: bool
    ) -> None:
        """Writes what came of it; `tried` False takes the try back."""

    async def thread(self, conversation: str) -> Thread | None: ...

    async def by_thread(self, thread: int) -> Thread | None: ...

    async def keep(self, thread: Thread) -> None:
        """Raises Conflict when the desk's number is another conversation's."""

    async def stretch(self, conversation: str) -> int:
        """Names the present hand-over: another one has another."""

    async def pending(self, conversation: str) -> bool:
        """Whether the desk still has to be told something about it."""

    async def open_threads(self) -> list[Thread]:
        """Those that a person has, at the desk."""

    async def counts(self) -> dict[str, int]:
        """Events by status."""

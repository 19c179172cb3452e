"""The support team's side of a conversation: who has it, since when somebody waits, why, and what became of it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, Literal

from pydantic import BaseModel

from rma.model.codes import Language, as_code
from rma.model.conversations import Channel, Owner, Status
from rma.model.errors import Conflict


class Priority(IntEnum):
    URGENT = 1
    HIGH = 2
    NORMAL = 3
    LOW = 4

    @property
    def label(self) -> str:
        return self.name.lower()


class Cause(StrEnum):
    """Why a person has to look at a conversation."""

    ASKED = "asked_for"
    REVIEW = "review"
    APPEAL = "appeal"
    NOT_UNDERSTOOD = "not_understood"
    ANGER = "anger"
    THREAT = "threat"
    SAFETY = "safety"
    FAILURE = "failure"
    """A turn of ours failed twice."""
    WITHDRAWAL = "withdrawal"
    NOT_RECEIVED = "not_received"
    NO_CARRIER = "no_carrier"
    PARCEL = "parcel"
    """What came is not what was announced, or was not accepted."""
    REFUND = "refund"
    """A payment to the shopper failed."""
    ORDER_CANCELLED = "order_cancelled"
    AGENT = "agent"
    """An agent took it unasked."""
    OTHER = "other"

    @property
    def priority(self) -> Priority:
        return _PRIORITIES.get(self, Priority.NORMAL)


_PRIORITIES = {
    Cause.SAFETY: Priority.URGENT,
    Cause.THREAT: Priority.URGENT,
    Cause.ANGER: Priority.HIGH,
    Cause.APPEAL: Priority.HIGH,
    Cause.FAILURE: Priority.HIGH,
    Cause.REFUND: Priority.HIGH,
    Cause.WITHDRAWAL: Priority.HIGH,
    Cause.ORDER_CANCELLED: Priority.LOW,
}


def cause_of(word: str) -> Cause:
    """The cause that a ticket names; OTHER for one of another time."""
    return as_code(Cause, word) or Cause.OTHER


def weightiest(causes: Sequence[Cause]) -> Cause | None:
    """The most urgent, of several the first."""
    return min(causes, key=lambda cause: cause.priority, default=None)


class Action(StrEnum):
    """What an agent may do. The same predicate (rma.service.rights) shows the button and guards the server."""

    TAKE = "take"
    TAKE_OVER = "take_over"
    ASSIGN = "assign"
    UNASSIGN = "unassign"
    SNOOZE = "snooze"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    GIVE_BACK = "give_back"
    PRIORITY = "priority"
    NOTE = "note"
    SAY = "say"
    APPROVE = "approve"
    DECLINE = "decline"
    OVERRIDE = "override"
    CREATE_RETURN = "create_return"
    CANCEL_RETURN = "cancel_return"
    RESEND_LABEL = "resend_label"
    PAY = "pay"
    """What is due on a return, or what goes out instead."""
    GOODWILL = "goodwill"
    RETRY_REFUND = "retry_refund"
    MORE_TIME = "more_time"
    REPAIRED = "repaired"


class Support(BaseModel):
    """A conversation as the team sees it. Its methods are the only ways from one status to another; none looks at rights."""

    conversation: str
    channel: Channel
    language: Language
    owner: Owner
    status: Status
    assignee: str | None = None
    """The agent's login."""
    priority: Priority = Priority.NORMAL
    cause: Cause | None = None
    """The weightiest of what is open."""
    waiting_since: datetime | None = None
    """The oldest word of the shopper's that a person owes an answer to; for a review, when it came up."""
    handed_over_at: datetime | None = None
    first_response_at: datetime | None = None
    """Of the last hand-over."""
    resolved_at: datetime | None = None
    snoozed_until: datetime | None = None
    order_id: int | None = None
    contact: str | None = None
    """Where the shopper wants the answer too. Nothing is sent there unless `contact_proven`."""
    contact_proven: bool = False
    last_shopper_id: int = 0
    seen_id: int = 0
    version: int = 0
    created_at: datetime
    updated_at: datetime

    @property
    def unread(self) -> bool:
        return self.last_shopper_id > self.seen_id

    @property
    def is_persons(self) -> bool:
        return self.owner is Owner.PERSON

    def _to(self, status: Status, assignee: str | None) -> None:
        self.status, self.owner, self.assignee, self.snoozed_until = status, status.owner, assignee, None

    def take(self, login: str | None, at: datetime) -> None:
        """A person has it now. None: the team has, nobody in particular."""
        if not self.is_persons:
            self.handed_over_at, self.first_response_at, self.resolved_at = at, None, None
        self._to(Status.OPEN, login)

    def snooze(self, until: datetime, at: datetime) -> None:
        if not self.is_persons:
            raise Conflict("the assistant has this conversation; take it first")
        if until <= at:
            raise Conflict("snooze until a time that is still to come")
        self._to(Status.SNOOZED, self.assignee)
        self.snoozed_until = until

    def give_back(self, at: datetime, *, resolved: bool) -> None:
        """The assistant has it again; `resolved` when there is nothing left to do for anybody."""
        self._to(Status.RESOLVED if resolved else Status.PENDING, None)
        self.waiting_since = None
        self.resolved_at = at

    def answered(self, at: datetime) -> None:
        self.waiting_since = None
        self.first_response_at = self.first_response_at or at


class HandOver(BaseModel):
    """One cause for a person, from when it came up to how it ended."""

    id: int
    conversation: str
    cause: Cause
    context: dict[str, Any]
    opened_at: datetime
    took_over: bool = False
    """The person had the conversation from then on; otherwise the assistant stayed."""
    closed_at: datetime | None = None
    closed_by: str | None = None
    outcome: str | None = None


class SupportEvent(BaseModel):
    """A line of the audit trail: who did what, when, and why. Never changed."""

    id: int = 0
    conversation: str | None
    kind: str
    at: datetime
    by: str
    """An agent's login, or 'shopper', 'assistant', 'system'."""
    detail: dict[str, Any] = {}


BEGINS = frozenset({"handed_over", "taken", "reopened"})
ENDS = frozenset({"given_back", "resolved", "called_back"})
SETTLES = frozenset(
    {
        "approved", "declined", "overridden", "return_created", "return_cancelled", "label_resent",
        "refund_begun", "exchange_begun", "goodwill_begun", "refund_again", "refund_as_credit", "more_time", "repair_sent",
    }
)  # fmt: skip


class Stretch(BaseModel):
    """A time in which a person had the conversation; `ended` is None while it lasts."""

    began: datetime
    began_by: str
    cause: Cause | None = None
    ended: datetime | None = None
    ended_by: str | None = None
    settled: list[SupportEvent] = []


def stretches(events: Sequence[SupportEvent]) -> list[Stretch]:
    """The human stretches of one conversation, oldest first, from its events in order."""
    found: list[Stretch] = []
    for event in events:
        running = found[-1] if found and found[-1].ended is None else None
        if event.kind in BEGINS and running is None:
            word = event.detail.get("cause")
            cause = cause_of(word) if word else Cause.AGENT if event.kind == "taken" else None
            found.append(Stretch(began=event.at, began_by=event.by, cause=cause))
        elif event.kind in ENDS and running is not None:
            running.ended, running.ended_by = event.at, event.by
        elif event.kind in SETTLES and running is not None:
            running.settled.append(event)
    return found


Volumes = Callable[[datetime, datetime], Awaitable[dict[tuple[str, str], int]]]
"""Conversations that began from one instant to before another, by channel and language."""


class QueueFilter(BaseModel):
    """What of the queue is asked for. 'todo': what a person has, or has to look at."""

    view: Literal["todo", "all"] | Status = "todo"
    assignee: str | None = None
    unassigned: bool = False
    cause: Cause | None = None
    language: Language | None = None
    channel: Channel | None = None
    priority: Priority | None = None
    text: str | None = None
    """Part of an order or return number, a name, an e-mail address, a phone number."""
    sort: Literal["priority", "waiting", "newest"] = "priority"


class QueueRow(BaseModel):
    support: Support
    name: str | None
    order: str | None
    first: str
    preview: str
    """The shopper's first and last words, at most 160 characters each."""
    unread: int
    open_causes: list[Cause]
    return_numbers: list[str]


class Counts(BaseModel):
    todo: int = 0
    mine: int = 0
    unassigned: int = 0
    waiting: int = 0
    """Shoppers who wait for an answer of a person."""
    pending: int = 0
    open: int = 0
    snoozed: int = 0
    resolved: int = 0
    by_cause: dict[str, int] = {}
    by_language: dict[str, int] = {}
    by_channel: dict[str, int] = {}


class Around(BaseModel):
    """What belongs to a conversation without standing in it: ids of its photos, references of its withdrawals, numbers of the
    returns of its customer, newest first."""

    photos: list[int] = []
    withdrawals: list[str] = []
    customer_returns: list[str] = []
    conversation_returns: list[str] = []

"""What the assistant did not understand, kept for a person to say what was meant: the model learns from it at its next training."""

from datetime import datetime
from enum import StrEnum
from typing import Self, TypeVar

from pydantic import BaseModel

from rma.model.codes import Language, Reason
from rma.model.errors import Refused

E = TypeVar("E", bound=StrEnum)


class Intent(StrEnum):
    """What a shopper wants (contract section 2)."""

    REQUEST_RETURN = "request_return"
    REPORT_PROBLEM = "report_problem"
    REQUEST_EXCHANGE = "request_exchange"
    WITHDRAW_CONTRACT = "withdraw_contract"
    ASK_RETURN_POLICY = "ask_return_policy"
    CHECK_RETURN_STATUS = "check_return_status"
    CHECK_REFUND_STATUS = "check_refund_status"
    CANCEL_RETURN = "cancel_return"
    RESEND_LABEL = "resend_label"
    APPEAL_DECISION = "appeal_decision"
    REPORT_NOT_RECEIVED = "report_not_received"
    TRACK_ORDER = "track_order"
    CANCEL_ORDER = "cancel_order"
    TALK_TO_HUMAN = "talk_to_human"
    INFORM = "inform"
    GREET = "greet"
    GOODBYE = "goodbye"
    THANK = "thank"
    AFFIRM = "affirm"
    DENY = "deny"
    OUT_OF_SCOPE = "out_of_scope"

    @property
    def may_state_reason(self) -> bool:
        return self in WITH_REASON


WITH_REASON = frozenset(
    {
        Intent.REQUEST_RETURN,
        Intent.REPORT_PROBLEM,
        Intent.REQUEST_EXCHANGE,
        Intent.WITHDRAW_CONTRACT,
        Intent.APPEAL_DECISION,
        Intent.INFORM,
    }
)


class Cause(StrEnum):
    """Why a message is to be looked at. Of several the first."""

    NOT_UNDERSTOOD = "not_understood"
    """The assistant said that it did not understand, or that this is nothing it does."""
    PERSON = "person"
    """A person was fetched for it, or asked for in the next message."""
    UNSURE = "unsure"
    """It was answered, but the model's confidence was low."""


class Understood(BaseModel):
    """What the model made of a message. `language` is the conversation's where the message alone does not show one."""

    intent: str | None
    confidence: float
    reason: Reason | None
    language: Language


class Puzzle(BaseModel):
    """A shopper's message that a person should look at. A message is noted once, for the first cause."""

    message_id: int
    cause: Cause
    understood: Understood


class ReviewStatus(StrEnum):
    WAITING = "waiting"
    LABELLED = "labelled"
    SKIPPED = "skipped"
    EXPORTED = "exported"


class Label(BaseModel):
    """What was meant, as a training example: one line without personal data."""

    text: str
    intent: Intent
    reason: Reason | None = None
    language: Language

    @property
    def meaning(self) -> str:
        """"report_problem, defective"."""
        return f"{self.intent}, {self.reason}" if self.reason else self.intent

    @classmethod
    def of(cls, text: str, intent: str, reason: str | None, language: str) -> Self:
        """Raises Refused naming the codes there are, for one that is none and for a reason where none can be stated."""
        what, why = _code(Intent, intent, "intent"), _code(Reason, reason, "reason") if reason is not None else None
        if why is not None and not what.may_state_reason:
            raise Refused(f"{what} states no reason; one may be given with {', '.join(sorted(WITH_REASON))}")
        line = " ".join(text.split())
        if not line:
            raise Refused("nothing is left of the text; give one with --text, or skip the message")
        return cls(text=line, intent=what, reason=why, language=_code(Language, language, "language"))


class Review(BaseModel):
    """A puzzle with what became of it."""

    id: int
    conversation: str
    message_id: int
    cause: Cause
    understood: Understood
    noted_at: datetime
    status: ReviewStatus
    label: Label | None = None
    settled_by: str | None = None
    settled_at: datetime | None = None
    version: int = 0


def _code(kind: type[E], value: str, what: str) -> E:
    try:
        return kind(value.strip().lower())
    except ValueError:
        raise Refused(f"{value!r} is no {what}; expected one of {', '.join(kind)}") from None

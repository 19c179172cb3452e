"""A withdrawal from a contract (Directive 2011/83/EU art. 11a): what the shopper confirmed, when, and what came of it."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel

from rma.model.codes import Language
from rma.model.conversations import Channel
from rma.model.errors import RetourError
from rma.model.numbers import MistypedNumber, new_return_number, parse_return_number
from rma.model.orders import Frozen

PREFIX = "WD-"


class WithdrawalStatus(StrEnum):
    RECORDED = "recorded"
    """Valid, and nothing came of it yet: a moment, unless a process died."""
    WAITING = "waiting"
    """A person has to look at it, or at a part of it."""
    SETTLED = "settled"
    """All of it is in a return."""


class Statement(Frozen):
    """What the shopper declared, in their own words. Whom it binds: it is never changed afterwards."""

    name: str
    order: str
    """The order's number as typed, or what else identifies the contract."""
    contact: str
    """The electronic address that the acknowledgement is for."""
    items: str | None = None
    """What it is about; None for the whole order."""
    language: Language


class Withdrawal(BaseModel):
    reference: str
    """`WD-` and eight characters, the last one a check character, as in return numbers."""
    key: str
    """Names the confirmation: the same key never makes a second withdrawal."""
    channel: Channel
    statement: Statement
    submitted_at: datetime
    status: WithdrawalStatus = WithdrawalStatus.RECORDED
    order_id: int | None = None
    """The order, once it is proven or a person found it."""
    return_number: str | None = None
    why: list[str] = []
    """What a person has to look at, in the codes of rma.service.withdrawals."""
    conversation: str | None = None
    settled_at: datetime | None = None
    settled_by: str | None = None
    version: int = 0


class UnknownReference(RetourError):
    """This cannot be a withdrawal's reference: wrong form or a wrong character."""


def new_reference() -> str:
    """A reference drawn from 2^35. It may exist already: the database's unique key says."""
    return PREFIX + new_return_number().partition("-")[2]


def parse_reference(text: str) -> str:
    """The reference in its one written form, from what a person typed. Raises UnknownReference."""
    bare = text.strip().upper().removeprefix("WD").lstrip("- ")
    try:
        return PREFIX + parse_return_number(bare).partition("-")[2]
    except MistypedNumber as error:
        raise UnknownReference(
            f"not a withdrawal's reference: {text[:40]!r}; expected {PREFIX} and 8 letters and digits"
        ) from error

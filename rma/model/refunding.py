"""Money that goes back for a return: refunds in parts, who pays them, store credit, and articles that go out in exchange.

Implementations of RefundGateway and CreditLedger pass tests/contract/test_refunds.py.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from rma.model.errors import RetourError
from rma.model.orders import Currency, Frozen, Key, PaymentMethod


class WhenPaid(StrEnum):
    BY_HAND = "by_hand"
    AFTER_INSPECTION = "after_inspection"
    AFTER_RECEPTION = "after_reception"


class RefundRules(Frozen):
    """When what is due is paid: the key `refunds` of policy/shop.yml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    when: WhenPaid = WhenPaid.BY_HAND


class RefundKind(StrEnum):
    REFUND = "refund"
    STORE_CREDIT = "store_credit"
    GOODWILL = "goodwill"
    """More than was due when it was paid: before the goods came, or beside what the policy gives."""
    EXCHANGE_DIFFERENCE = "exchange_difference"
    """What is wanted instead is cheaper."""


class RefundStatus(StrEnum):
    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    """A part was refused, or nobody could say for long whether it was paid: a person looks at it."""


ATTEMPTS = 40
"""Tries of a part under one key after which a person has to look at it: more than a day of them."""


class PartStatus(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    """Handed to the gateway; until we know the answer it may have been paid, so it is looked up before it is tried again."""
    PAID = "paid"
    FAILED = "failed"


class RefundPart(BaseModel):
    """What goes back by one payment method of `order`; `method` is None for store credit. The order is the return's own, or for
    one that was sent in exchange the order that was paid for."""

    id: int | None = None
    order: str
    method: str | None
    amount: Decimal
    status: PartStatus = PartStatus.WAITING
    provider_id: str | None = None
    """The gateway's name of what it paid; of store credit its code."""
    attempts: int = 0
    round: int = 0
    """How often it was refused: each time it is asked under another key, since a provider repeats its answer to the same one."""
    error: str | None = None
    next_at: datetime | None = None
    """When it is tried again; of a paid one, when it is asked whether the bank took it."""
    claimed_at: datetime | None = None

    @property
    def in_doubt(self) -> bool:
        """Failed without an answer: it may have been paid. A refusal begins to count anew."""
        return self.status is PartStatus.FAILED and self.attempts >= ATTEMPTS


class Refund(BaseModel):
    """One payment for a return. The same `key` never makes a second one of that return."""

    id: int | None = None
    number: str
    """The return."""
    order_id: int
    key: str
    kind: RefundKind
    amount: Decimal
    covered: Decimal
    """What of the sum due is settled with it: more than `amount` where a person paid less and said why."""
    currency: str
    status: RefundStatus = RefundStatus.PENDING
    parts: list[RefundPart] = []
    units: dict[str, int] = {}
    """Units by line that are paid for with it and what came before it."""
    money: dict[str, Any] = {}
    """What the return's `refund` says once it is paid."""
    decided: dict[str, Any] = {}
    """The decision's amounts as they were before any money moved, and `announced` units by line."""
    asked: dict[str, Any] = {}
    """What was asked under this key, to tell a repetition from another wish."""
    reason: str | None = None
    by: str
    at: datetime
    paid_at: datetime | None = None
    told_at: datetime | None = None
    """When the shop's platform was told of it; None while it was not, or does not have to be."""

    @property
    def withheld(self) -> Decimal:
        """What of the sum due a person chose not to pay, for the `reason`."""
        chosen = self.reason and self.asked.get("amount") is not None
        return max(self.covered - self.amount, Decimal(0)) if chosen else Decimal(0)

    def key_of(self, part: RefundPart) -> str:
        """The key that a gateway is asked under."""
        key = f"{self.number}/{self.id}/{part.id}"
        return f"{key}/{part.round}" if part.round else key


class PayBack(Frozen):
    """One part, as a gateway is asked for it."""

    order: Key
    """The order's number."""
    number: str
    """The return's number, for people who look at the provider's list."""
    method: PaymentMethod
    """`method.id` is the provider's own name of the payment; `method.amount` what was paid by it."""
    amount: Decimal = Field(gt=0)
    currency: Currency
    at: AwareDatetime


class PaidBack(Frozen):
    """What the provider says of it."""

    id: str
    amount: Decimal
    on_its_way: bool = False
    """Taken, and not there yet: the bank still may send it back."""


class RefundUnavailable(RetourError):
    """No answer that settles it: it may have been paid. Look it up before it is tried again. `after` is in seconds, where the
    provider said so."""

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class RefundRefusal(StrEnum):
    UNKNOWN_PAYMENT = "unknown_payment"
    TOO_MUCH = "too_much"
    """More than is left of what was paid by that method."""
    AMOUNT = "amount"
    """Not an amount that this currency can have there."""
    KEY_REUSED = "key_reused"
    """The key was used for something else."""
    NOT_POSSIBLE = "not_possible"
    """The payment cannot be refunded: too old, disputed, the card is closed."""


class RefundRefused(RetourError):
    """It was not paid and will not be, asked like this."""

    def __init__(self, why: RefundRefusal, message: str) -> None:
        super().__init__(message)
        self.why = why


class RefundGateway(Protocol):
    """Who moves the money. The same key pays once, whoever asks how often; keys hold for as long as the provider remembers them,
    so an unknown outcome is looked up with `find` before it is tried again."""

    code: str

    def can(self, method: PaymentMethod) -> bool:
        """Whether that kind of payment goes back through it at all."""

    async def refund(self, request: PayBack, idempotency_key: str) -> PaidBack:
        """Raises RefundUnavailable, RefundRefused."""

    async def find(self, request: PayBack, idempotency_key: str) -> PaidBack | None:
        """What was paid under the key, if anything. Raises RefundUnavailable, RefundRefused when it was paid and came back."""

    async def close(self) -> None:
        """Ends its connections."""


class StoreCredit(Frozen):
    code: str
    """Whoever has it can spend it."""
    number: str
    """The return."""
    amount: Decimal
    balance: Decimal
    currency: Currency
    at: AwareDatetime


class CreditLedger(Protocol):
    """Codes with a balance. The same key gives the same code."""

    async def issue(self, key: str, number: str, amount: Decimal, currency: str, at: datetime) -> StoreCredit:
        """Raises RefundRefused when the key was used for another amount."""

    async def find(self, code: str) -> StoreCredit | None:
        """By its code as typed. Raises MistypedNumber."""

    async def of(self, number: str) -> list[StoreCredit]:
        """Those of a return."""

    async def spend(self, code: str, amount: Decimal, currency: str, key: str, at: datetime) -> StoreCredit:
        """Takes `amount` off, once for a key. Raises NotFound, Refused for more than is left or another currency."""


class ExchangeStatus(StrEnum):
    WANTED = "wanted"
    """Not reserved yet, or sold out when it was tried."""
    RESERVED = "reserved"
    PLACED = "placed"
    RELEASING = "releasing"
    """No longer wanted, though the return stands: to be given back."""
    RELEASED = "released"


class ExchangeItem(BaseModel):
    """Units of one article that go out for a line of a return."""

    id: int | None = None
    number: str
    """The return."""
    order_id: int
    line: str
    sku: str
    quantity: int
    difference: Decimal
    """What they cost more than those that come back, less than zero where they cost less; in all."""
    value: Decimal
    """What they count for in all, should they come back too."""
    currency: str
    key: str
    status: ExchangeStatus = ExchangeStatus.WANTED
    sold_out: bool = False
    reservation: str | None = None
    placed: str | None = None
    """The number of the order that it became."""
    error: str | None = None
    at: datetime

    @property
    def gone(self) -> bool:
        """Whether money goes back instead, since it is sold out."""
        return self.sold_out and not self.stands

    @property
    def stands(self) -> bool:
        """Whether it goes out, or did."""
        return self.status not in (ExchangeStatus.RELEASING, ExchangeStatus.RELEASED)

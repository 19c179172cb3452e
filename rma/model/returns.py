"""A return (RMA): its lines, its life, its events. The only place that knows which status may follow which."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel

from rma.model.codes import Condition, Disposition, Language, Method, Reason, Resolution, ReturnStatus
from rma.model.errors import Conflict

S = ReturnStatus

TRANSITIONS: dict[ReturnStatus, frozenset[ReturnStatus]] = {
    S.REQUESTED: frozenset({S.REVIEW, S.APPROVED, S.DECLINED, S.CANCELLED, S.EXPIRED}),
    S.REVIEW: frozenset({S.APPROVED, S.DECLINED, S.CANCELLED, S.EXPIRED}),
    S.APPROVED: frozenset(
        {S.LABEL_ISSUED, S.PARTIALLY_RECEIVED, S.RECEIVED, S.REFUNDED, S.EXCHANGED, S.CANCELLED, S.EXPIRED}
    ),
    S.LABEL_ISSUED: frozenset(
        {S.IN_TRANSIT, S.PARTIALLY_RECEIVED, S.RECEIVED, S.REFUNDED, S.EXCHANGED, S.CANCELLED, S.EXPIRED}
    ),
    S.IN_TRANSIT: frozenset({S.PARTIALLY_RECEIVED, S.RECEIVED, S.REFUNDED, S.EXCHANGED}),
    S.PARTIALLY_RECEIVED: frozenset({S.PARTIALLY_RECEIVED, S.RECEIVED, S.INSPECTED, S.REFUNDED, S.EXCHANGED}),
    S.RECEIVED: frozenset({S.INSPECTED, S.REFUNDED, S.EXCHANGED, S.CLOSED}),
    # Units that nobody announced may come after the others.
    S.INSPECTED: frozenset({S.RECEIVED, S.REFUNDED, S.EXCHANGED, S.CLOSED}),
    S.REFUNDED: frozenset({S.CLOSED}),
    S.EXCHANGED: frozenset({S.CLOSED}),
    # A parcel that was sent all the same, too late or after it was called off: the goods are here.
    S.EXPIRED: frozenset({S.PARTIALLY_RECEIVED, S.RECEIVED}),
    S.CANCELLED: frozenset({S.PARTIALLY_RECEIVED, S.RECEIVED}),
    S.DECLINED: frozenset(),
    S.CLOSED: frozenset(),
}

CANCELLABLE = frozenset({S.REQUESTED, S.REVIEW, S.APPROVED, S.LABEL_ISSUED})
"""Statuses from which a return can still be called off (contract section 5)."""

RELEASED = frozenset({S.DECLINED, S.CANCELLED, S.EXPIRED})
"""Statuses that give the units back to the order: they may be announced again, and count in no history."""

GIVEN_BACK = RELEASED | {S.CLOSED}
"""Statuses after which nothing goes out any more: what was kept aside for an exchange is given back."""

REVIVABLE = frozenset({S.CANCELLED, S.EXPIRED})
"""Statuses that a parcel which comes all the same ends: its units are announced again when it is counted."""

ACCEPTS_NOTHING = RELEASED | {S.REQUESTED, S.REVIEW}
"""Statuses in which what came is the shopper's still: nobody said yes to it, or it was called off. It is counted, or refused."""

COUNTABLE = frozenset(
    {S.APPROVED, S.LABEL_ISSUED, S.IN_TRANSIT, S.PARTIALLY_RECEIVED, S.RECEIVED, S.INSPECTED, *REVIVABLE}
)
"""Statuses that move when goods come. In the others what came is counted and the status stays: somebody decides on it first, or
the money moved before the goods did."""


class ReturnLine(BaseModel):
    """Units of one order line. Announced, received, accepted and refunded are four numbers, and any of them may be the larger:
    `quantity` is what was announced, 0 for a line that came without a word; `missing` is what was announced and will not come
    any more."""

    id: str
    sku: str
    name: str
    quantity: int
    received: int = 0
    accepted: int = 0
    rejected: int = 0
    missing: int = 0
    refunded: int = 0
    reason: Reason
    condition: Condition = Condition.UNOPENED
    photo: int | None = None
    disposition: Disposition | None = None
    exchange_for: str | None = None
    stays: bool = False
    """Nothing of it travels: the shopper never had it, keeps it, or got it as a download. What comes all the same is counted."""

    @property
    def outstanding(self) -> int:
        """Announced units that may still come."""
        return 0 if self.stays else max(self.quantity - self.received - self.missing, 0)

    @property
    def is_paid(self) -> bool:
        """Whether what came of it, or was accepted of what came, is settled, and so is what need not come."""
        if self.stays and not self.received:
            return self.refunded >= self.quantity
        looked_at = (self.accepted or self.rejected) and not self.uninspected
        return self.refunded >= (self.accepted if looked_at else min(self.received, self.quantity))

    @property
    def may_count(self) -> int:
        """Announced units that are accepted, or may be: here or still to come, and not refused; all that need not come."""
        return self.quantity if self.stays else min(self.accepted + self.uninspected + self.outstanding, self.quantity)

    @property
    def uninspected(self) -> int:
        """Units that came and that nobody looked at yet."""
        return max(self.received - self.accepted - self.rejected, 0)

    @property
    def surplus(self) -> int:
        """Units that came beyond those announced."""
        return max(self.received - self.quantity, 0)


class ReturnEvent(BaseModel):
    kind: str
    """What happened: a status, or 'label_resent', 'cancelled' and the like."""
    at: datetime
    by: str
    """'shopper', 'assistant', 'system' or the name of an API key or agent."""
    detail: dict[str, Any] = {}


class ReturnLabel(BaseModel):
    tracking_number: str
    carrier: str
    shipment: dict[str, Any]
    """What the label is drawn from, again and again the same (rma.model.shipping.Shipment)."""


class Return(BaseModel):
    number: str
    order: str
    """The order's number as the shop writes it."""
    order_id: int
    status: ReturnStatus
    resolution: Resolution
    method: Method | None = None
    """None when nothing is sent back: the shopper keeps the goods, or never had them."""
    language: Language
    lines: list[ReturnLine]
    refund: dict[str, Any]
    decision: dict[str, Any]
    trace: list[Any] = []
    case: dict[str, Any] | None = None
    """What was decided on, without who the shopper is (rma.policy.decision.Inputs)."""
    label: ReturnLabel | None = None
    send_by: date | None = None
    conversation: str | None = None
    idempotency_key: str
    created_at: datetime
    version: int = 0
    events: list[ReturnEvent] = []

    @property
    def has_come(self) -> bool:
        """Whether all that was announced came, or is known not to come."""
        return not any(line.outstanding for line in self.lines)

    @property
    def is_inspected(self) -> bool:
        return self.has_come and not any(line.uninspected for line in self.lines)

    def line(self, line_id: str) -> ReturnLine | None:
        return next((line for line in self.lines if line.id == line_id), None)

    def note(self, kind: str, at: datetime, by: str, **detail: Any) -> None:
        """Records something that happened without a change of status."""
        self.events.append(ReturnEvent(kind=kind, at=at, by=by, detail=detail))

    def move(self, status: ReturnStatus, at: datetime, by: str, **detail: Any) -> None:
        """Goes to `status` and records the event. Raises Conflict when it may not follow the present one."""
        if status not in TRANSITIONS[self.status]:
            raise Conflict(f"{self.number} is {self.status}; it cannot become {status}")
        self.status = status
        self.events.append(ReturnEvent(kind=status, at=at, by=by, detail=detail))

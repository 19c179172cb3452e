"""How far a return is, from what was counted, looked at and paid."""

from datetime import datetime

from rma.model.codes import ReturnStatus
from rma.model.returns import COUNTABLE, REVIVABLE, TRANSITIONS, Return

S = ReturnStatus


def catch_up(rma: Return, at: datetime, by: str) -> None:
    """Goods that came while a person decided: once approved the return is as far as they are."""
    if any(line.received or line.missing for line in rma.lines):
        go_on(rma, at, by)


def go_on(rma: Return, at: datetime, by: str, again: bool = False) -> None:
    """Moves it as far as its goods are. `again`: also says that another part came."""
    status, before = _as_far_as(rma), rma.status
    if status is None or (status is before and not (again and status is S.PARTIALLY_RECEIVED)):
        return
    if status is S.INSPECTED and S.INSPECTED not in TRANSITIONS[before]:
        rma.move(S.RECEIVED, at, by)
    rma.move(status, at, by)
    if rma.has_come and any(line.refunded for line in rma.lines) and all(line.is_paid for line in rma.lines):
        # What was outstanding will not come, or was not accepted, and the rest was paid before.
        sent = any(event.detail.get("orders") for event in rma.events)
        rma.move(S.EXCHANGED if sent else S.REFUNDED, at, by)


def _as_far_as(rma: Return) -> ReturnStatus | None:
    """None where its status waits for something else."""
    if rma.status not in COUNTABLE:
        return None
    if rma.has_come:
        return S.INSPECTED if rma.is_inspected else S.RECEIVED
    if any(line.received for line in rma.lines):
        return S.PARTIALLY_RECEIVED
    # Nothing of it came: an order's other line lay in the parcel, or nothing at all.
    return S.PARTIALLY_RECEIVED if rma.status in REVIVABLE else None

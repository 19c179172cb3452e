"""By which day money must be back.

The policy promises `times.refund_days` from the day on which the goods, or a proof that they were sent, came. For a legal
withdrawal it is 14 days from its notice (Directive 2011/83/EU art. 13(1); UK: Consumer Contracts Regulations 2013 reg. 34), but
not before the goods or the proof are there (art. 13(3)); where the shop promises less, that counts.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from rma.model.codes import ReturnStatus
from rma.model.orders import Order
from rma.model.returns import Return
from rma.policy import Code, Policy, deadlines
from rma.policy.case import local_day
from rma.policy.law import floor_of
from rma.policy.markets import market_of
from rma.service.refunds.due import comes_back

LEGAL_DAYS = 14
_CAME = (ReturnStatus.RECEIVED, ReturnStatus.PARTIALLY_RECEIVED)
_SENT = (ReturnStatus.IN_TRANSIT,)


@dataclass(frozen=True)
class Claim:
    """Money that is due: `amount` in `currency`, since `since`, to be back by `by`. `ground`: `came`, `sent` (a proof of sending is
    there, and the law asks for no more) or `nothing_comes`. `pending` is on its way or failed. `instead`: articles that are due to
    go out (SKUs)."""

    number: str
    order: str
    amount: Decimal
    currency: str
    since: date
    by: date
    overdue: bool
    ground: str
    legal: bool
    pending: Decimal = Decimal(0)
    instead: tuple[str, ...] = ()


@dataclass(frozen=True)
class Days:
    since: date
    by: date
    ground: str
    legal: bool


def is_withdrawal(rma: Return, order: Order) -> bool:
    """Whether the law's days count: a withdrawal by right, somewhere where there is one."""
    codes = {code for line in rma.decision.get("lines", []) if rma.line(line["id"]) for code in line.get("codes", ())}
    return Code.WITHDRAWAL_RIGHT in codes and floor_of(market_of(order.market)) is not None


def day_of_withdrawal(rma: Return, order: Order) -> date | None:
    """By when the law wants the money of a withdrawal back, once the goods or a proof of their sending are there. None where it is
    no withdrawal, or nothing has to come."""
    if not is_withdrawal(rma, order) or not any(comes_back(rma, order, line) for line in rma.lines):
        return None
    return local_day(_notice(rma), market_of(order.market).zone) + timedelta(days=LEGAL_DAYS)


def days_of(rma: Return, order: Order, policy: Policy) -> Days | None:
    """None while neither goods nor a proof of their sending are there, and they have to come."""
    zone = market_of(order.market).zone
    promised = timedelta(days=deadlines(order, rma.created_at, policy).refund_days)
    legal = is_withdrawal(rma, order)
    notice = local_day(_notice(rma), zone)
    came, sent = _came(rma), _first(rma, _SENT)
    travels = [comes_back(rma, order, line) for line in rma.lines]
    nothing_yet = came is None and (sent is None or not legal)
    if not any(travels) or (nothing_yet and not all(travels)):
        # What is due before anything came is due for what need not come.
        since, ground = notice, "nothing_comes"
    elif nothing_yet:
        return None
    else:
        ground = "sent" if came is None else "came"
        since = local_day(min(at for at in (came, sent if legal else None) if at is not None), zone)
    by = since + promised
    if legal:
        by = min(by, max(notice + timedelta(days=LEGAL_DAYS), since))
    return Days(since, by, ground, legal)


def _notice(rma: Return) -> datetime:
    """When it was declared, which may be before the return was made."""
    said = (rma.case or {}).get("now")
    return datetime.fromisoformat(said) if said else rma.created_at


def _first(rma: Return, kinds: tuple[ReturnStatus, ...]) -> datetime | None:
    return min((event.at for event in rma.events if event.kind in kinds), default=None)


def _came(rma: Return) -> datetime | None:
    """When the first of it was here: counted, which the status does not say while a person still decides."""
    counted = [event.at for event in rma.events if event.kind == "arrived" and any(event.detail["lines"].values())]
    return min(counted, default=None) or _first(rma, _CAME)

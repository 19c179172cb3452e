"""How much is paid when somebody asks: what is due, less, or more, and why not."""

from decimal import Decimal

from rma.model.codes import Resolution, ReturnStatus
from rma.model.errors import Conflict, Refused
from rma.model.money import quantum, written
from rma.model.returns import Return
from rma.service.refunds.due import Due


def check_amount(amount: Decimal, currency: str) -> None:
    if not amount.is_finite() or amount < 0:
        raise Refused("the amount must be zero or more")
    if amount != amount.quantize(quantum(currency)):
        raise Refused(f"the amount has more decimals than {currency}")


def amount_of(
    rma: Return, now: Due, chosen: Due, amount: Decimal | None, reason: str | None, goodwill: bool
) -> Decimal:
    """What is paid. Raises Conflict, Refused."""
    if rma.status is ReturnStatus.CLOSED and not goodwill:
        raise Conflict(f"{rma.number} is closed; only goodwill can be paid, with a reason")
    if goodwill:
        pay = chosen.owed if amount is None else amount
        if pay <= 0:
            raise Conflict(f"nothing of {rma.number} is left to be paid; say an amount and a reason for more")
        if not reason and (pay > now.owed or not now.final):
            raise Refused("goodwill needs a reason: it is kept with the refund")
        return pay
    _check_due(rma, now)
    if amount is None or amount == now.owed:
        return now.owed
    if amount > now.owed:
        raise Refused(f"{written(now.owed, now.currency)} {now.currency} are due: more is goodwill, and needs a reason")
    if not reason:
        raise Refused(f"{written(now.owed, now.currency)} {now.currency} are due: less needs a reason")
    return amount


def _check_due(rma: Return, due: Due) -> None:
    """Raises Conflict when there is nothing to pay now."""
    if due.owed > 0:
        return
    if rma.resolution is Resolution.REPAIR:
        raise Conflict(
            f"{rma.number} is a repair: no money is due; it is closed when the repaired goods were sent back"
        )
    if due.total > due.settled:
        raise Conflict(f"all that was paid for order {rma.order} went back already")
    if due.settled > 0 or rma.status in (ReturnStatus.REFUNDED, ReturnStatus.EXCHANGED):
        raise Conflict(f"everything that is due on {rma.number} was paid or is on its way")
    if not due.units:
        raise Conflict(
            f"{rma.number} is settled with {rma.resolution}: what goes out for it is on its way, or waits for the goods to come"
        )
    if not any(due.units.values()) and not due.final:
        raise Conflict(f"nothing of {rma.number} came yet: receive it first, or pay before with goodwill and a reason")
    if not due.whole and due.total <= 0 and due.final and not any(due.units.values()):
        raise Conflict(f"nothing is due on {rma.number}: nothing that came was accepted")
    if not due.final:
        raise Conflict(f"nothing is due yet on {rma.number}: what came so far is worth no more than what is taken off")

""" "Where is my return?", "where is my money?": what is true at this moment, and by when the rest."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from actions.dialogue.context import Dialogue
from actions.dialogue.papers import is_late, tell_more_time
from rma.model.codes import PaymentType, Resolution, ReturnStatus
from rma.model.goods import Unit
from rma.model.orders import Order
from rma.model.refunding import ExchangeStatus, PartStatus, RefundPart, RefundStatus
from rma.model.returns import RELEASED, Return, ReturnLine
from rma.model.support import Cause
from rma.policy import deadlines
from rma.service.letters import sentence
from rma.service.refunds.days import day_of_withdrawal
from rma.service.standing import Standing

S = ReturnStatus
_NOT_DECIDED = (S.REQUESTED, S.REVIEW, *RELEASED)
_MONEY = (Resolution.REFUND, Resolution.STORE_CREDIT)


async def tell_return(d: Dialogue, order: Order, returns: list[Return]) -> None:
    """Where the goods are."""
    for rma in returns[:3]:
        standing = await d.container.standing.of(rma.number)
        if rma.status is S.IN_TRANSIT and standing.delivered:
            d.say("status_delivered", number=rma.number, items=_items(d, order, rma.lines), date=_day(d, order, standing.delivered))
        elif rma.status is S.PARTIALLY_RECEIVED:
            items = _items(d, order, rma.lines)
            d.say("status_partially_received", number=rma.number, items=items, missing=_waited(d, order, rma))
        else:
            travelling = [line for line in rma.lines if not line.stays] or rma.lines
            d.say(_status(d, standing), number=rma.number, items=_items(d, order, travelling), date=d.day(rma.send_by))
        _declined(d, rma)
        tell_more_time(d, order, rma)
        _withheld(d, standing)
        _trouble(d, standing)
        _differences(d, standing)
        _new_articles(d, standing)


async def tell_differences(d: Dialogue, returns: list[Return]) -> None:
    """Why something was not accepted, or not paid."""
    for rma in returns[:3]:
        standing = await d.container.standing.of(rma.number)
        _declined(d, rma)
        _differences(d, standing)
        _withheld(d, standing)


async def tell_money(d: Dialogue, order: Order, returns: list[Return]) -> None:
    """Where the money is."""
    for rma in returns[:3]:
        standing = await d.container.standing.of(rma.number)
        if rma.status in _NOT_DECIDED:
            d.say(f"status_{rma.status}", number=rma.number, items=_items(d, order, rma.lines), date=d.day(rma.send_by))
            _declined(d, rma)
            continue
        before = len(d.said)
        _paid(d, standing)
        _withheld(d, standing)
        _under_way(d, standing)
        # Of an exchange too, money is due for what is not exchanged: sold out, beyond what goes out, refunded beside it.
        if rma.resolution in _MONEY or standing.due.owed or standing.to_come:
            _still_due(d, standing)
        elif not standing.parts(*PartStatus):
            _no_money(d, standing)
        if len(d.said) == before:
            key, values = _nothing_due(d, order, rma)
            d.say(key, number=rma.number, **values)
        _trouble(d, standing)
        _differences(d, standing)
        _new_articles(d, standing)


# -- money ------------------------------------------------------------------------------------------------------------


def _paid(d: Dialogue, standing: Standing) -> None:
    parts, order = standing.parts(PartStatus.PAID), standing.order
    credit = [part for part in parts if part.method is None]
    money = [part for part in parts if part.method is not None]
    if money and standing.paid_at:
        d.say("refund_done", number=standing.rma.number, amount=_sum(d, money, order), to=_to(d, money, order),
              date=_day(d, order, standing.paid_at))  # fmt: skip
    for part in credit:
        amount = d.money(part.amount, order.currency)
        d.say("refund_credited", number=standing.rma.number, amount=amount, code=part.provider_id or "")


def _under_way(d: Dialogue, standing: Standing) -> None:
    parts, number = standing.parts(PartStatus.WAITING, PartStatus.SENDING), standing.rma.number
    if parts:
        d.say("refund_leaving", number=number, amount=_sum(d, parts, standing.order), to=_to(d, parts, standing.order))
    if failed := standing.parts(PartStatus.FAILED):
        when = d.container.promises.by_when(d.now, d.language)
        d.say("refund_failed", number=number, amount=_sum(d, failed, standing.order), to=_to(d, failed, standing.order), when=when)
        d.ticket(Cause.REFUND, number=number)


def _still_due(d: Dialogue, standing: Standing) -> None:
    key, values = _owed(d, standing) if standing.due.owed else _to_come(d, standing)
    if key:
        d.say(key, number=standing.rma.number, **values)
    if "amount" in values and standing.rma.resolution is Resolution.STORE_CREDIT:
        d.say("refund_as_credit")


Said = tuple[str, dict[str, Any]]
_NOTHING: Said = ("", {})


def _owed(d: Dialogue, standing: Standing) -> Said:
    rma, order = standing.rma, standing.order
    by = standing.days.by if standing.days else d.local_day(order, d.now) + timedelta(days=_days(d, order))
    values = {"amount": d.money(standing.due.owed, order.currency), "date": d.day(by)}
    match rma.status:
        case S.PARTIALLY_RECEIVED:
            arrived = [_some(d, order, line, line.received) for line in rma.lines if line.received]
            return "refund_partly", values | {"items": d.join(arrived), "missing": _waited(d, order, rma)}
        case S.INSPECTED:
            return "refund_checked", values
        case S.RECEIVED:
            return "refund_being_checked", values
    return "refund_on_its_way", values


def _to_come(d: Dialogue, standing: Standing) -> Said:
    rma, order = standing.rma, standing.order
    if not standing.to_come or standing.due.final:
        return _NOTHING if standing.refunds else _nothing_due(d, order, rma)
    amount = d.money(standing.to_come, order.currency)
    if rma.status is S.PARTIALLY_RECEIVED:
        return "refund_rest", {"amount": amount, "missing": _waited(d, order, rma)}
    if standing.delivered:
        return "refund_delivered", {"amount": amount, "date": _day(d, order, standing.delivered), "by": _by(d, standing)}
    if rma.status is S.IN_TRANSIT and standing.handed_in:
        return "refund_in_transit", {"amount": amount, "date": _day(d, order, standing.handed_in), "by": _by(d, standing)}
    if by := day_of_withdrawal(rma, order):
        late = by < d.local_day(order, d.now)
        return "refund_waiting_proof" if late else "refund_waiting_withdrawal", {"amount": amount, "date": d.day(by)}
    return "refund_waiting", {"amount": amount, "days": _days(d, order)}


def _nothing_due(d: Dialogue, order: Order, rma: Return) -> Said:
    worth, shipping = Decimal(rma.refund["items"]), Decimal(rma.refund["return_shipping"])
    if Decimal(rma.refund["total"]) or not worth or not shipping:
        return "refund_nothing_due", {}
    return "refund_nothing_left", {"worth": d.money(worth, order.currency), "shipping": d.money(shipping, order.currency)}


def _declined(d: Dialogue, rma: Return) -> None:
    """Why somebody of the team said no."""
    said = next((event.detail.get("reason") for event in reversed(rma.events) if event.kind == S.DECLINED), None)
    if rma.status is S.DECLINED and said:
        d.say("declined_why", why=_why(d, str(said)))


def _withheld(d: Dialogue, standing: Standing) -> None:
    """That less than was due, or nothing, was paid, and why."""
    for refund in standing.refunds:
        if not refund.withheld or refund.status is not RefundStatus.PAID:
            continue
        key = "refund_unpaid_more" if any(other.amount for other in standing.refunds) else "refund_unpaid"
        less = d.money(refund.withheld, standing.order.currency)
        d.say("refund_less" if refund.amount else key, number=standing.rma.number, less=less, why=_why(d, refund.reason))


def _waited(d: Dialogue, order: Order, rma: Return) -> str:
    return d.join([_some(d, order, line, line.outstanding) for line in rma.lines if line.outstanding])


_NEXT = {
    S.RECEIVED: "exchange_after_check",
    S.PARTIALLY_RECEIVED: "exchange_after_check",
    S.INSPECTED: "exchange_leaves_next",
}


def _no_money(d: Dialogue, standing: Standing) -> None:
    rma = standing.rma
    d.say("refund_none_due", number=rma.number, resolution=d.plain_text(f"chosen_{rma.resolution}"))
    if any(item.status is ExchangeStatus.RESERVED for item in standing.exchanges):
        d.say(_NEXT.get(rma.status, "exchange_after_arrival"))


# -- goods ------------------------------------------------------------------------------------------------------------


def _differences(d: Dialogue, standing: Standing) -> None:
    """What was not accepted, and what was not in the parcel: said once, with how to object."""
    for unit in standing.rejected[:3]:
        d.say("goods_rejected", items=_unit(d, standing, unit), why=_why(d, unit.why))
    if missing := standing.missing:
        d.say("goods_missing", items=d.join([_unit(d, standing, unit) for unit in missing]))


def _trouble(d: Dialogue, standing: Standing) -> None:
    if standing.in_trouble and standing.rma.status is S.IN_TRANSIT:
        d.say("parcel_in_trouble", number=standing.rma.number, when=d.container.promises.by_when(d.now, d.language))
        d.ticket(Cause.PARCEL, number=standing.rma.number)


def _new_articles(d: Dialogue, standing: Standing) -> None:
    placed = {item.placed for item in standing.exchanges if item.status is ExchangeStatus.PLACED and item.placed}
    for number in sorted(placed):
        d.say("exchange_placed", number=number)
    if any(item.sold_out and item.status is ExchangeStatus.WANTED for item in standing.exchanges):
        d.say("exchange_sold_out", number=standing.rma.number)


# -- words ------------------------------------------------------------------------------------------------------------


def _status(d: Dialogue, standing: Standing) -> str:
    rma = standing.rma
    if rma.status is S.REFUNDED and not standing.parts(*PartStatus):
        return "status_refunded_nothing"
    return "status_label_late" if is_late(d, standing.order, rma) else f"status_{rma.status}"


def _why(d: Dialogue, said: str | None) -> str:
    """What the warehouse or the team wrote, to be put in quotes."""
    return sentence(said, 70 if d.by_sms else 500).rstrip(". ")


def _items(d: Dialogue, order: Order, lines: Iterable[ReturnLine]) -> str:
    """What is announced of what was bought."""
    named = []
    for line in lines:
        bought = order.line(line.id)
        named.append(d.some(_name(d, order, line), line.quantity or line.received, bought.quantity if bought else 0))
    return d.join(named)


def _some(d: Dialogue, order: Order, line: ReturnLine, count: int) -> str:
    """Units of what was announced, or came."""
    return d.some(_name(d, order, line), count, max(line.quantity, line.received))


def _name(d: Dialogue, order: Order, line: ReturnLine) -> str:
    return d.title(order, line.id) if order.line(line.id) else line.name


def _unit(d: Dialogue, standing: Standing, unit: Unit) -> str:
    line = standing.rma.line(unit.line)
    return _some(d, standing.order, line, unit.quantity) if line else unit.sku


def _sum(d: Dialogue, parts: Iterable[RefundPart], order: Order) -> str:
    return d.money(sum((part.amount for part in parts), Decimal(0)), order.currency)


def _to(d: Dialogue, parts: Iterable[RefundPart], order: Order) -> str:
    methods = {method.id: method for method in order.payment_methods}
    said = []
    for part in parts:
        method = methods.get(part.method or "")
        if part.method is None:
            said.append(d.plain_text("paid_store_credit"))
        elif method is not None and method.type is PaymentType.CARD and method.last4:
            said.append(d.plain_text("paid_card_last4", last4=method.last4))
        else:
            said.append(d.plain_text(f"paid_{method.type if method else PaymentType.OTHER}"))
    return d.join(list(dict.fromkeys(said)))


def _day(d: Dialogue, order: Order, instant: datetime) -> str:
    return d.day(d.local_day(order, instant))


def _by(d: Dialogue, standing: Standing) -> str:
    """By when the money is back, as a clause: a day where the law or a scan fixes one, else days from the arrival."""
    if standing.days is not None and standing.days.ground != "nothing_comes":
        return d.plain_text("money_by_day", date=d.day(standing.days.by))
    return d.plain_text("money_by_arrival", days=_days(d, standing.order))


def _days(d: Dialogue, order: Order) -> int:
    return deadlines(order, d.now, d.container.policy).refund_days

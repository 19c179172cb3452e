"""How the goods and the money of a return stand, in the agent's words: for the panel, from what was read in one go."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from gateway.console.panel import Permit, Permits
from gateway.console.refusals import note_in_words
from gateway.console.words import Words
from rma.bootstrap import Container
from rma.model.codes import Resolution, ReturnStatus
from rma.model.errors import NotFound
from rma.model.goods import Parcel, Unit
from rma.model.money import written
from rma.model.orders import Order
from rma.model.refunding import ExchangeItem, PartStatus, Refund, RefundPart, RefundRefusal, RefundStatus
from rma.model.returns import Return, ReturnLine
from rma.model.shipping import Shipment
from rma.policy import spoken_date
from rma.policy.amounts import ZERO
from rma.policy.case import local_day
from rma.policy.markets import market_of
from rma.service.exchanges import net
from rma.service.expiry import EXTENDED, ExpiryDesk
from rma.service.refunds.deciding import PAYABLE
from rma.service.settling import given, is_open
from rma.service.standing import Standing

CUSTOMS, LACKING = "customs", "lacking"
_UNEXPECTED = frozenset({ReturnStatus.REQUESTED, ReturnStatus.REVIEW, ReturnStatus.DECLINED})
LAST = 4
"""Characters of a store credit that an agent sees: the whole code is money."""


@dataclass(frozen=True)
class Scan:
    what: str
    at: datetime
    place: str | None
    trouble: bool
    said: str | None
    """The carrier's own words, where something is wrong."""


@dataclass(frozen=True)
class Lot:
    """Units that came out of inspection alike."""

    what: str
    state: str
    wrong: bool
    why: str | None
    photo: int | None
    apart: bool


@dataclass(frozen=True)
class Loose:
    """What lay in the parcel and belongs to nobody yet."""

    what: str
    note: str | None
    photo: int | None


@dataclass(frozen=True)
class Part:
    amount: str
    to: str
    state: str
    wrong: bool
    why: str | None


@dataclass(frozen=True)
class Payment:
    id: int
    what: str
    amount: str
    at: datetime
    by: str
    reason: str | None
    parts: tuple[Part, ...]
    failed: bool
    credit_possible: bool
    """Whether what failed surely was not paid, and may go another way."""


@dataclass(frozen=True)
class Sent:
    """What goes out instead."""

    what: str
    state: str
    wrong: bool


@dataclass(frozen=True)
class Acts:
    """What can be done now; None where a button makes no sense. Amounts are as in a form, `due` and `limit` in words."""

    pay: Permit | None
    due: str
    more: str | None
    """What goes out costs so much more than what comes back."""
    sold_out: bool
    sends: bool
    goodwill: Permit | None
    suggested: str
    limit: str | None
    retry: Permit
    more_time: Permit | None
    extended_to: str
    repaired: Permit | None


@dataclass(frozen=True)
class Goods:
    scan: Scan | None
    late: bool
    """The last day to send it is over."""
    extended: bool
    counts: dict[str, list[tuple[str, bool]]]
    """By line, what differs from what was announced; whether that is bad news."""
    lots: tuple[Lot, ...]
    loose: tuple[Loose, ...]
    payments: tuple[Payment, ...]
    sent: tuple[Sent, ...]
    due: str | None
    overdue: bool
    acts: Acts


def goods_of(standing: Standing, words: Words, can: Permits, container: Container) -> Goods:
    rma, order = standing.rma, standing.order
    today = local_day(words.now, market_of(order.market).zone)
    due, overdue = _due(standing, words)
    return Goods(
        scan=_scan(standing, words),
        late=rma.status is ReturnStatus.LABEL_ISSUED and rma.send_by is not None and rma.send_by < today,
        extended=any(event.kind == EXTENDED for event in rma.events),
        counts={line.id: found for line in rma.lines if (found := _counts(line, rma, words))},
        lots=tuple(_lot(unit, rma, words) for unit in standing.units),
        loose=tuple(_loose(parcel, words) for parcel in standing.parcels),
        payments=tuple(_payment(refund, order, words) for refund in standing.refunds),
        sent=tuple(_sent(item, words) for item in standing.exchanges if item.stands or item.error),
        due=due,
        overdue=overdue,
        acts=_acts(standing, words, can, container),
    )


async def customs_of(container: Container, rma: Return) -> str | None:
    """Whether the parcel has customs papers (`customs`), needs some that the shop cannot make yet (`lacking`), or needs none."""
    shipment = Shipment.model_validate(rma.label.shipment) if rma.label else None
    if shipment is None or not shipment.request.crosses_border:
        return None
    try:
        await container.customs.shipment(rma)
    except NotFound:
        return LACKING
    return CUSTOMS


# -- goods ------------------------------------------------------------------------------------------------------------


def _scan(standing: Standing, words: Words) -> Scan | None:
    if not standing.scans:
        return None
    last = standing.scans[-1]
    trouble = last.status.is_trouble
    return Scan(words.code("parcel", last.status), last.at, last.place, trouble, last.description if trouble else None)


def _counts(line: ReturnLine, rma: Return, words: Words) -> list[tuple[str, bool]]:
    """Nothing while all is as announced. That goods are here before somebody said yes, or after a no, is news."""
    if not line.received and not line.missing:
        return []
    looked = line.accepted or line.rejected
    shown = [
        ("received", line.received, line.received != line.quantity or rma.status in _UNEXPECTED, False),
        ("accepted", line.accepted, bool(looked) and line.accepted != line.quantity, False),
        ("rejected", line.rejected, line.rejected > 0, True),
        ("missing", line.missing, line.missing > 0, True),
        ("surplus", line.surplus, line.surplus > 0, True),
    ]
    return [
        (words.t(f"count_{name}", count=count, announced=line.quantity), bad) for name, count, differs, bad in shown if differs
    ]


def _lot(unit: Unit, rma: Return, words: Words) -> Lot:
    line = rma.line(unit.line)
    state = [words.code("grade", unit.grade)] if unit.grade else []
    if unit.disposition:
        state.append(words.code("way", unit.disposition))
    elif not unit.accepted:
        state.append(words.t("not_accepted"))
    what = f"{unit.quantity} × {line.name if line else unit.sku}"
    return Lot(what, " → ".join(state), not unit.accepted, unit.why, unit.photo, unit.apart)


def _loose(parcel: Parcel, words: Words) -> Loose:
    held = ", ".join(f"{one.get('quantity', 1)} × {one.get('name') or one.get('sku') or '?'}" for one in parcel.contents)
    return Loose(held or parcel.scanned or "?", note_in_words(parcel.note, words), parcel.photo)


# -- money ------------------------------------------------------------------------------------------------------------


def _payment(refund: Refund, order: Order, words: Words) -> Payment:
    failed = [part for part in refund.parts if part.status is PartStatus.FAILED]
    assert refund.id is not None
    return Payment(
        id=refund.id,
        what=words.code("refund_kind", refund.kind),
        amount=words.money(refund.amount, refund.currency),
        at=refund.paid_at or refund.at,
        by=refund.by,
        reason=refund.reason,
        parts=tuple(_part(part, refund, order, words) for part in refund.parts),
        failed=refund.status is RefundStatus.FAILED and bool(failed),
        credit_possible=not any(part.in_doubt for part in failed),
    )


def _part(part: RefundPart, refund: Refund, order: Order, words: Words) -> Part:
    wrong = part.status is PartStatus.FAILED
    tried = part.status is PartStatus.WAITING and bool(part.error)
    return Part(
        amount=words.money(part.amount, refund.currency),
        to=_to(part, order, words),
        state=words.t("part_tried" if tried else f"part_{part.status}"),
        wrong=wrong,
        why=_why(part.error, words) if wrong or tried else None,
    )


def _to(part: RefundPart, order: Order, words: Words) -> str:
    if part.method is None:
        code = words.t("to_credit")
        return f"{code} ••••{part.provider_id[-LAST:]}" if part.provider_id else code
    method = next((one for one in order.payment_methods if one.id == part.method), None)
    if method is None or part.order != order.number:
        return words.t("to_payment_of", order=part.order)
    return f"{words.code('payment', method.type)} ••{method.last4}" if method.last4 else words.code("payment", method.type)


def _why(error: str | None, words: Words) -> str | None:
    """The reason that gateways give in one of a few words, in the agent's; what else the provider said stays as it is."""
    code, colon, said = (error or "").partition(": ")
    return f"{words.code('refusal', code)} ({said})" if colon and code in set(RefundRefusal) else error


def _sent(item: ExchangeItem, words: Words) -> Sent:
    if item.placed:
        state = words.t("exchange_order", order=item.placed)
    elif item.sold_out:
        state = words.t("exchange_sold_out")
    else:
        state = words.code("exchange", item.status)
    if item.difference and item.stands:
        more = "exchange_more" if item.difference > 0 else "exchange_less"
        state += f" · {words.t(more, amount=words.money(abs(item.difference), item.currency))}"
    trouble = bool(item.error) and not item.placed
    return Sent(f"{item.quantity} × {item.sku}", f"{state} ({item.error})" if trouble else state, item.sold_out or trouble)


def _due(standing: Standing, words: Words) -> tuple[str | None, bool]:
    """What is still due and by which day, and whether that is over."""
    rma, order, days = standing.rma, standing.order, standing.days
    if rma.status not in PAYABLE or rma.status is ReturnStatus.CLOSED:
        return None, False
    sends = standing.sends
    amount = standing.due.owed + max(-net(sends), ZERO)
    if sends and not amount:
        what = words.t("due_exchange", what=", ".join(f"{item.quantity} × {item.sku}" for item in sends))
    elif amount or _to_come(standing):
        what = words.t("due_money", amount=words.money(amount or _to_come(standing), order.currency))
    else:
        return None, False
    if days is None:
        return f"{what} · {words.t('due_after_goods')}", False
    overdue = local_day(words.now, market_of(order.market).zone) > days.by
    by = spoken_date(days.by, words.language)
    return f"{what} · {words.t('due_overdue' if overdue else 'due_by', day=by)}", overdue


def _to_come(standing: Standing) -> Decimal:
    """What the goods that are still to come bring."""
    return ZERO if standing.due.final else standing.to_come


# -- what can be done -------------------------------------------------------------------------------------------------


def _acts(standing: Standing, words: Words, can: Permits, container: Container) -> Acts:
    rma, order, due = standing.rma, standing.order, standing.due
    sends, to_send = standing.sends, standing.to_send
    more = net(sends)
    owed = due.owed + max(-more, ZERO)
    payable = rma.status in PAYABLE
    payable_now = payable and rma.status is not ReturnStatus.CLOSED
    generous = payable and not to_send and due.owed <= 0 < due.left and not is_open(standing.refunds)
    highest = can.highest("goodwill", order.currency)
    left = None if highest is None else max(highest - given(standing.refunds), ZERO)
    extensible = ExpiryDesk.why_not(rma) is None
    repairing = rma.resolution is Resolution.REPAIR and rma.status in (ReturnStatus.RECEIVED, ReturnStatus.INSPECTED) and owed <= 0
    return Acts(
        pay=can("pay", rma, owed) if payable_now and (owed > 0 or sends) else None,
        due=words.money(owed, order.currency) if owed > 0 else "",
        more=written(more, order.currency) if more > 0 else None,
        sold_out=any(item.sold_out for item in sends),
        sends=bool(sends),
        goodwill=can("goodwill", rma) if generous else None,
        suggested=_suggested(standing, left),
        limit=None if left is None else words.money(left, order.currency),
        retry=can("retry_refund", rma),
        more_time=can("more_time", rma) if extensible else None,
        extended_to=words.day(container.expiry.extended_to(rma, order)) if extensible else "",
        repaired=can("repaired", rma) if repairing else None,
    )


def _suggested(standing: Standing, limit: Decimal | None) -> str:
    """What is paid once the goods are here, where that may be paid before."""
    amount = _to_come(standing)
    return written(amount, standing.order.currency) if amount and (limit is None or amount <= limit) else ""


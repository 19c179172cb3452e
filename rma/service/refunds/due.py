"""What is due on a return now: pure arithmetic over what was decided, what came back and what was paid.

The whole return is worth exactly what was decided. A part of it is worth its items, less return shipping (once) and fees in
proportion; where the decided total was limited or set by a person, its share of that total in proportion of the items. What was
paid before is taken off, so several payments add up to the whole, to the cent.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any

from rma.model.codes import PaymentType, Resolution
from rma.model.money import quantum, rounded, written
from rma.model.orders import Order
from rma.model.refunding import ExchangeItem, Refund, RefundPart
from rma.model.returns import Return, ReturnLine
from rma.policy.amounts import ZERO, items_amount, paid_for
from rma.service.goods import is_arranged, needs_sending

AMOUNTS = ("items", "outbound_shipping", "return_shipping", "fees")
PAID_OUT = (Resolution.REFUND, Resolution.STORE_CREDIT)


@dataclass(frozen=True)
class Due:
    """`total` is what the counted units come to in all, `paid` what was paid for the return or is on its way, `settled` what of the
    total is settled with that, `owed` what is due now: never more than `left`, what may still be paid back of the order. `units`
    are the counted ones by line. `whole`: all that was announced counts. `final`: nothing more may come. `decided`: what the whole
    return comes to."""

    currency: str
    resolution: Resolution
    """How money goes back: `refund` or `store_credit`; or that an article goes out instead."""
    units: Mapping[str, int]
    items: Decimal
    outbound_shipping: Decimal
    return_shipping: Decimal
    fees: Decimal
    total: Decimal
    decided: Decimal
    paid: Decimal
    settled: Decimal
    owed: Decimal
    left: Decimal
    whole: bool
    final: bool

    def money(self, paid: Decimal) -> dict[str, Any]:
        """As a return's `refund`, once `paid` is what was paid in all."""
        amounts = {name: written(getattr(self, name), self.currency) for name in AMOUNTS}
        return {"currency": self.currency, **amounts, "total": written(paid, self.currency)}


def paid_amounts(money: Mapping[str, Any], total: Decimal, limits: Collection[Decimal]) -> dict[str, Any]:
    """A return's `refund` once `total` was paid in all: the amounts of `money`, made to add up to it. What a person kept back is a
    fee, what they gave beyond is worth of the items. Where the total is one of `limits`, the most that may go back, or was not to
    fall below 0, they stay as they were before it was limited, as in a decision."""
    currency, amounts = str(money["currency"]), {name: Decimal(money[name]) for name in AMOUNTS}
    more = total - computed(amounts)
    if more < 0 and total not in limits:
        amounts["fees"] -= more
    elif more > 0 and total > 0:
        amounts["items"] += more
    return {"currency": currency} | {name: written(amount, currency) for name, amount in (amounts | {"total": total}).items()}


def computed(amounts: Mapping[str, Decimal]) -> Decimal:
    """What the amounts come to before the total is limited, or set by a person."""
    return amounts["items"] + amounts["outbound_shipping"] - amounts["return_shipping"] - amounts["fees"]


def comes_back(rma: Return, order: Order, line: ReturnLine) -> bool:
    """Whether units of the line travel: not what the shopper keeps, never had, or got as a download."""
    if rma.method is None and not is_arranged(rma, order) and not line.received:
        return False
    return line.received > 0 or (not line.stays and needs_sending([line.id], order, bool(rma.decision.get("returnless"))))


def counted(rma: Return, order: Order, line: ReturnLine) -> int:
    """Units that money is due for: those accepted once somebody looked at the line, else those that came, at most as many as were
    announced; all of them when they need not come."""
    if not comes_back(rma, order, line):
        return line.quantity
    if line.accepted or line.rejected:
        return min(line.accepted, line.quantity)
    return min(line.received, line.quantity)


def all_announced(_rma: Return, _order: Order, line: ReturnLine) -> int:
    """As if all that was announced had come."""
    return line.quantity


def possible(rma: Return, order: Order, line: ReturnLine) -> int:
    """Units that money may still be due for: not those that were refused, or are missing."""
    return line.may_count if comes_back(rma, order, line) else line.quantity


Count = Callable[[Return, Order, ReturnLine], int]


def is_final(rma: Return, order: Order) -> bool:
    """Whether nothing more may come, and nothing of a line that somebody began to inspect waits for it."""
    coming = [line for line in rma.lines if comes_back(rma, order, line)]
    return not any(line.outstanding or (line.uninspected and (line.accepted or line.rejected)) for line in coming)


def effective(rma: Return) -> Resolution:
    """How the money of the return goes back. What was asked but is not among a line's `resolutions` is decided as for a refund
    (contract section 4)."""
    if rma.resolution is not Resolution.STORE_CREDIT:
        return rma.resolution
    offered = [line.get("resolutions") or [rma.resolution] for line in rma.decision.get("lines", []) if rma.line(line["id"])]
    return rma.resolution if all(rma.resolution in one for one in offered) else Resolution.REFUND


def pays_out(rma: Return, line: ReturnLine, decided_items: Decimal) -> bool:
    """Whether the line is paid for, rather than exchanged or repaired."""
    if rma.resolution in PAID_OUT or (line.quantity and came_besides(rma, line)):
        return True
    found = next((one for one in rma.decision.get("lines", []) if one["id"] == line.id), None)
    return decided_items > 0 and found is not None and rma.resolution not in (found.get("resolutions") or [rma.resolution])


def came_besides(rma: Return, line: ReturnLine) -> bool:
    """Whether the line came without a word, so that nothing goes out for it but its money."""
    return all(one["id"] != line.id for one in rma.decision.get("lines", []))


def reserved(refunds: Sequence[Refund]) -> Decimal:
    """What was paid or is on its way, and what failed and waits for a person."""
    return sum((refund.amount for refund in refunds), ZERO)


def decided_of(
    rma: Return, order: Order, refunds: Sequence[Refund], instead: Mapping[str, int] | None = None
) -> dict[str, Decimal]:
    """The decision's amounts, as they were before money moved, with what was accepted beyond what was announced since, and with
    what `instead` units by line cost, for which money goes in place of another article."""
    first, source = _first(refunds), _source(rma, refunds)
    amounts = {name: Decimal(source[name]) for name in (*AMOUNTS, "total")}
    announced, items = {} if first is None else first["announced"], amounts["items"]
    for line in rma.lines:
        bought, before, more = order.line(line.id), announced.get(line.id) or 0, ZERO
        if bought is None:
            continue
        if instead and line.id in instead:
            more = items_amount(bought, instead[line.id], order.currency)
        elif first is not None and line.quantity > before and pays_out(rma, line, items):
            more = items_amount(bought, line.quantity, order.currency) - items_amount(bought, before, order.currency)
        amounts["items"] += more
        amounts["total"] += more
    return amounts


def _first(refunds: Sequence[Refund]) -> dict[str, Any] | None:
    return next((refund.decided for refund in refunds if refund.decided), None)


def _source(rma: Return, refunds: Sequence[Refund]) -> Mapping[str, Any]:
    """The decision's amounts before any money moved."""
    first = _first(refunds)
    return rma.refund if first is None else first["refund"]


def snapshot(rma: Return, refunds: Sequence[Refund]) -> dict[str, Any]:
    """The same to be kept with a refund."""
    first = _first(refunds)
    return first or {"refund": dict(rma.refund), "announced": {line.id: line.quantity for line in rma.lines}}


def due_of(
    rma: Return,
    order: Order,
    refunds: Sequence[Refund],
    others: Sequence[Refund] = (),
    exchanges: Sequence[ExchangeItem] = (),
    count: Count = counted,
) -> Due:
    """`refunds` are those of the return, `others` those of the order's other returns, `exchanges` all that go out for the order.
    `count` says which units of a line count: those that came, else what is due if others do."""
    instead = _instead(rma, order, refunds, [item for item in exchanges if item.number == rma.number])
    decided, decided_items = decided_of(rma, order, refunds, instead), Decimal(_source(rma, refunds)["items"])
    lines = [line for line in rma.lines if line.id in instead or pays_out(rma, line, decided_items)]
    whole_of = {line.id: instead.get(line.id, line.quantity) for line in lines}
    units = {line.id: min(count(rma, order, line), whole_of[line.id]) for line in lines}
    whole = bool(lines) and all(units[line.id] >= whole_of[line.id] for line in lines) and any(units.values())
    amounts = _amounts(order, decided, lines, units, whole)
    settled, paid = sum((refund.covered for refund in refunds), ZERO), reserved(refunds)
    kept = [item for item in exchanges if item.stands]
    carried = sum((item.value - max(item.difference, ZERO) for item in kept), ZERO)
    left = rounded_down(max(paid_for(order) - paid - reserved(others) - carried, ZERO), order.currency)
    owed = max(min(amounts["total"] - settled, left), ZERO)
    resolution = effective(rma)
    return Due(
        currency=order.currency,
        resolution=Resolution.REFUND if lines and resolution not in PAID_OUT else resolution,
        units=units,
        decided=decided["total"] if lines else ZERO,
        paid=paid,
        settled=settled,
        owed=owed,
        left=left,
        whole=whole,
        final=is_final(rma, order),
        **amounts,
    )


def _instead(
    rma: Return, order: Order, refunds: Sequence[Refund], items: Sequence[ExchangeItem]
) -> dict[str, int]:
    """Units by line for which money goes in place of another article: it is sold out, or more came back than go out for it.
    `items` are the return's."""
    decided_items, found = Decimal(_source(rma, refunds)["items"]), {}
    for line in rma.lines:
        mine = [item for item in items if item.line == line.id]
        if not mine or pays_out(rma, line, decided_items):
            continue
        going = sum(item.quantity for item in mine if item.stands)
        if not going and any(item.gone for item in mine):
            found[line.id] = line.quantity
        elif going and (besides := counted(rma, order, line) - going) > 0:
            found[line.id] = besides
    return found


def _amounts(
    order: Order, decided: Mapping[str, Decimal], lines: Sequence[ReturnLine], units: Mapping[str, int], whole: bool
) -> dict[str, Decimal]:
    if whole:
        return dict(decided)
    currency, items = order.currency, ZERO
    for line in lines:
        bought = order.line(line.id)
        if bought is not None and units[line.id]:
            items += items_amount(bought, units[line.id], currency)
    if not any(units.values()):
        return dict.fromkeys((*AMOUNTS, "total"), ZERO)
    items = min(items, decided["items"])
    share = _share(decided, lines, units, items)
    fees = rounded(decided["fees"] * share, currency)
    if decided["total"] == max(computed(decided), ZERO):
        total = max(items - decided["return_shipping"] - fees, ZERO)
    else:
        total = rounded(decided["total"] * share, currency)
    return {
        "items": items,
        "outbound_shipping": ZERO,
        "return_shipping": decided["return_shipping"],
        "fees": fees,
        "total": min(total, decided["total"]),
    }


def _share(
    decided: Mapping[str, Decimal], lines: Sequence[ReturnLine], units: Mapping[str, int], items: Decimal
) -> Decimal:
    """Of the items' worth; of their number where they are worth nothing."""
    if decided["items"] > 0:
        return items / decided["items"]
    announced = sum(line.quantity for line in lines)
    return Decimal(sum(units.values())) / announced if announced else ZERO


def split(order: Order, amount: Decimal, before: Sequence[RefundPart]) -> list[tuple[str | None, Decimal]]:
    """`amount` over the payment methods of `order`: in its sequence but gift cards last, each up to what is left of what was paid
    by it. `before` are all parts that went or go back by them. What none of them has left comes with None, to be paid as store
    credit."""
    back: dict[str | None, Decimal] = {}
    for part in before:
        back[part.method] = back.get(part.method, ZERO) + part.amount
    parts: list[tuple[str | None, Decimal]] = []
    for method in sorted(order.payment_methods, key=lambda method: method.type is PaymentType.GIFT_CARD):
        here = min(amount, max(rounded_down(method.amount, order.currency) - back.get(method.id, ZERO), ZERO))
        if here > 0:
            parts.append((method.id, here))
            amount -= here
    return [*parts, (None, amount)] if amount > 0 else parts


def rounded_down(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(quantum(currency), rounding=ROUND_DOWN)

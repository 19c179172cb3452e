"""What is due, over any order, decision and sequence of counting, looking and paying: parts add up to the whole to the cent, and no
more goes back than was paid."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rma.model.codes import Language, Method, Reason, Resolution, ReturnStatus
from rma.model.money import quantum, written
from rma.model.orders import Order
from rma.model.refunding import Refund, RefundKind, RefundPart
from rma.model.returns import Return, ReturnLine
from rma.policy.amounts import items_amount, paid_for
from rma.service.refunds.due import AMOUNTS, all_announced, computed, counted, due_of, paid_amounts, snapshot, split

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
ZERO = Decimal(0)
CURRENCIES = ("EUR", "JPY", "KWD")


def money(draw: st.DrawFn, currency: str, most: int) -> Decimal:
    return Decimal(draw(st.integers(0, most))) * quantum(currency)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Order, Return]:
    currency = draw(st.sampled_from(CURRENCIES))
    lines: list[dict[str, Any]] = []
    units: dict[str, int] = {}
    for number in range(draw(st.integers(1, 3))):
        quantity = draw(st.integers(1, 4))
        price = money(draw, currency, 20_000)
        discount = min(money(draw, currency, 5_000), price * quantity)
        units[str(number)] = draw(st.integers(1, quantity))
        lines.append(
            {"id": str(number), "sku": f"S{number}", "name": "Mug", "quantity": quantity, "unit_price": str(price),
             "discount": str(discount), "delivered_at": NOW.isoformat()}
        )  # fmt: skip
    shipping = money(draw, currency, 900)
    worth = sum((Decimal(one["unit_price"]) * one["quantity"] - Decimal(one["discount"]) for one in lines), shipping)
    paid = draw(st.sampled_from((worth, worth / 2))).quantize(quantum(currency))
    first = (paid * draw(st.integers(0, 100)) / 100).quantize(quantum(currency))
    methods = [
        {"id": "gift", "type": "gift_card", "amount": str(first)}, {"id": "card", "type": "card", "amount": str(paid - first)},
    ]  # fmt: skip
    order = Order.model_validate(
        {"number": "W1", "status": "delivered", "currency": currency, "market": "FR", "placed_at": NOW.isoformat(),
         "shipping_paid": str(shipping), "customer": {"name": "Noah"}, "payment_methods": methods, "lines": lines,
         "shipping_address": {"line1": "1 rue X", "city": "Lyon", "country": "FR"}}
    )  # fmt: skip
    items = sum((items_amount(line, units[line.id], currency) for line in order.lines), ZERO)
    amounts = {
        "items": items, "outbound_shipping": draw(st.sampled_from((ZERO, shipping))), "return_shipping": money(draw, currency, 600),
        "fees": (items * draw(st.integers(0, 40)) / 100).quantize(quantum(currency)),
    }  # fmt: skip
    total = amounts["items"] + amounts["outbound_shipping"] - amounts["return_shipping"] - amounts["fees"]
    total = max(min(total, paid_for(order)), ZERO)
    if draw(st.booleans()):
        total = min(money(draw, currency, 40_000), paid_for(order))  # a person set it
    refund = {"currency": currency, **{name: written(amounts[name], currency) for name in AMOUNTS}}
    refund["total"] = written(total, currency)
    kept = [ReturnLine(id=name, sku="S", name="Mug", quantity=count, reason=Reason.OTHER) for name, count in units.items()]
    return order, Return(
        number="RT-7K3M9QX4", order="W1", order_id=1, status=ReturnStatus.LABEL_ISSUED, resolution=Resolution.REFUND,
        method=Method.LABEL, language=Language.EN, lines=kept, refund=refund, decision={"returnless": False}, idempotency_key="k",
        created_at=NOW,
    )  # fmt: skip


class Till:
    """Pays what `due_of` says, as RefundDesk does."""

    def __init__(self, order: Order, rma: Return) -> None:
        self.order, self.rma = order, rma
        self.refunds: list[Refund] = []

    @property
    def parts(self) -> list[RefundPart]:
        return [part for refund in self.refunds for part in refund.parts]

    @property
    def paid(self) -> Decimal:
        return sum((refund.amount for refund in self.refunds), ZERO)

    def pay(self, amount: Decimal | None = None, ahead: bool = False) -> Decimal:
        now = due_of(self.rma, self.order, self.refunds)
        due = due_of(self.rma, self.order, self.refunds, count=all_announced if ahead else counted)
        amount = due.owed if amount is None else min(amount, due.left)
        shares = split(self.order, amount, self.parts)
        assert sum((share for _, share in shares), ZERO) == amount and all(share > 0 for _, share in shares)
        assert all(method is not None for method, _ in shares)
        self.refunds.append(
            Refund(
                number=self.rma.number, order_id=1, key=str(len(self.refunds)), kind=RefundKind.REFUND, amount=amount,
                covered=max(amount, now.total - now.settled, ZERO), currency=self.order.currency,
                decided=snapshot(self.rma, self.refunds), by="ana", at=NOW,
                parts=[RefundPart(order="W1", method=method, amount=share) for method, share in shares],
            )
        )
        after = due_of(self.rma, self.order, self.refunds)
        self.rma.refund = paid_amounts(due.money(amount), self.paid, {after.left + after.paid})
        self.check()
        return amount

    def check(self) -> None:
        parts = {name: Decimal(self.rma.refund[name]) for name in AMOUNTS}
        total = Decimal(self.rma.refund["total"])
        assert total == self.paid and all(part >= 0 for part in parts.values())
        limited = total == paid_for(self.order) < computed(parts) or total == 0 > computed(parts)
        assert total == computed(parts) or limited
        assert ZERO <= self.paid <= paid_for(self.order)
        for method in self.order.payment_methods:
            assert sum((part.amount for part in self.parts if part.method == method.id), ZERO) <= method.amount
        assert due_of(self.rma, self.order, self.refunds).owed >= 0


steps = st.lists(st.tuples(st.sampled_from(("come", "accept", "reject", "pay")), st.integers(0, 2), st.integers(1, 3)), max_size=14)


def act(rma: Return, what: str, place: int, units: int) -> None:
    line = rma.lines[place % len(rma.lines)]
    if what == "come":
        line.received += min(units, line.outstanding)
    elif what == "accept":
        line.accepted += min(units, line.uninspected)
    elif what == "reject":
        line.rejected += min(units, line.uninspected)


@settings(max_examples=300, deadline=None)
@given(cases(), steps)
def test_when_everything_came_exactly_what_was_decided_is_paid(
    case: tuple[Order, Return], acts: list[tuple[str, int, int]]
) -> None:
    order, rma = case
    decided, till = Decimal(rma.refund["total"]), Till(order, rma)
    for what, place, units in acts:
        if what == "pay":
            till.pay()
        elif what == "come":
            act(rma, what, place, units)
    before = till.paid
    assert before <= decided
    for line in rma.lines:
        line.received = line.quantity
    due = due_of(rma, order, till.refunds)
    assert due.whole and due.final and due.total == due.decided == decided
    assert till.pay() == decided - before and till.paid == decided
    assert due_of(rma, order, till.refunds).owed == 0 and till.pay() == 0


@settings(max_examples=300, deadline=None)
@given(cases(), steps, st.lists(st.integers(0, 50_000), max_size=3))
def test_whatever_happens_no_more_goes_back_than_was_paid(
    case: tuple[Order, Return], acts: list[tuple[str, int, int]], goodwill: list[int]
) -> None:
    order, rma = case
    decided, till = Decimal(rma.refund["total"]), Till(order, rma)
    for what, place, units in acts:
        if what == "pay":
            till.pay()
        else:
            act(rma, what, place, units)
    assert till.paid <= decided
    for amount in goodwill:
        till.pay(Decimal(amount) * quantum(order.currency))
    till.pay(ahead=True)
    assert till.paid <= max(decided, paid_for(order))
    # Once it was paid ahead, nothing that comes makes anything due.
    for line in rma.lines:
        line.received, line.accepted, line.rejected = line.quantity, 0, 0
    assert due_of(rma, order, till.refunds).owed == 0


@settings(max_examples=200, deadline=None)
@given(cases(), steps)
def test_more_units_never_make_less_due(case: tuple[Order, Return], acts: list[tuple[str, int, int]]) -> None:
    order, rma = case
    last = ZERO
    for what, place, units in acts:
        if what == "come":
            act(rma, what, place, units)
            total = due_of(rma, order, []).total
            assert last <= total <= Decimal(rma.refund["total"])
            last = total


def test_money_is_written_as_the_decision_was() -> None:
    def case(**changes: Any) -> dict[str, Any]:
        return {"currency": "EUR", "items": "59.70", "outbound_shipping": "0.00", "return_shipping": "4.90", "fees": "5.97",
                "total": "48.83"} | changes  # fmt: skip

    order = Order.model_validate(
        {"number": "W1", "status": "delivered", "currency": "EUR", "market": "FR", "placed_at": NOW.isoformat(),
         "customer": {"name": "Noah"}, "payment_methods": [{"id": "c", "type": "card", "amount": "59.70"}],
         "shipping_address": {"line1": "1 rue X", "city": "Lyon", "country": "FR"},
         "lines": [{"id": "1", "sku": "S", "name": "Mug", "quantity": 3, "unit_price": "19.90", "delivered_at": NOW.isoformat()}]}
    )  # fmt: skip
    line = ReturnLine(id="1", sku="S", name="Mug", quantity=3, received=1, reason=Reason.OTHER)
    rma = Return(
        number="RT-7K3M9QX4", order="W1", order_id=1, status=ReturnStatus.LABEL_ISSUED, resolution=Resolution.REFUND,
        method=Method.LABEL, language=Language.EN, lines=[line], refund=case(), decision={}, idempotency_key="k", created_at=NOW,
    )  # fmt: skip
    due = due_of(rma, order, [])
    assert due.money(due.total) == case(items="19.90", fees="1.99", total="13.01")

"""A decision: what was decided, why, and the money. `to_json` is the answer of `retour decide`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from rma.model.codes import Resolution
from rma.model.money import written
from rma.model.orders import Order
from rma.policy.codes import Code, Verdict
from rma.policy.request import History, ReturnRequest
from rma.policy.rules.base import Answer


@dataclass(frozen=True, slots=True)
class Basis:
    """One reason of a decision.

    `law` is None where it is the shop's own rule; `text` is for the shopper, by language; `brief` says it in a text message.
    """

    code: Code
    law: str | None
    text: Mapping[str, str]
    brief: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code.value, "law": self.law, "text": dict(self.text)}


Asked = tuple[Code, Answer]
"""A rule that was asked about a line, by its code, and what it answered."""


def _asked_json(asked: Asked) -> dict[str, Any]:
    rule, answer = asked
    facts = {key: value.isoformat() if isinstance(value, date) else value for key, value in answer.facts.items()}
    return {"rule": rule.value, "yes": answer.yes, "facts": facts}


@dataclass(frozen=True, slots=True)
class LineDecision:
    """What one line comes to.

    `resolutions`: what may be chosen. `resolution`: what the line was decided for, the one asked or else a refund.
    `items`: what the units are worth, also where nothing is paid out. `delivered`: whether there is something to send
    back.
    """

    id: str
    quantity: int
    decision: Verdict
    codes: tuple[Code, ...]
    basis: tuple[Basis, ...]
    closes_on: date | None
    resolutions: tuple[Resolution, ...]
    resolution: Resolution
    fault: bool
    delivered: bool
    items: Decimal
    restocking_fee: Decimal
    trace: tuple[Asked, ...]

    @property
    def approved(self) -> bool:
        return self.decision is Verdict.APPROVE

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "decision": self.decision.value,
            "codes": [code.value for code in self.codes],
            "basis": [basis.to_json() for basis in self.basis],
            "closes_on": self.closes_on.isoformat() if self.closes_on else None,
            "resolutions": [resolution.value for resolution in self.resolutions],
        }


@dataclass(frozen=True, slots=True)
class RefundBreakdown:
    """The money, in `currency`.

    `return_shipping` and `fees` are taken off; `total` is what is paid, limited to what is left.
    """

    currency: str
    items: Decimal
    outbound_shipping: Decimal
    return_shipping: Decimal
    fees: Decimal
    total: Decimal

    def to_json(self) -> dict[str, str]:
        amounts = {
            "items": self.items,
            "outbound_shipping": self.outbound_shipping,
            "return_shipping": self.return_shipping,
            "fees": self.fees,
            "total": self.total,
        }
        return {"currency": self.currency} | {name: written(amount, self.currency) for name, amount in amounts.items()}


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that a decision depends on but the policy, so that it can be made again under another one."""

    order: Order
    request: ReturnRequest
    history: History
    now: datetime

    def to_json(self) -> dict[str, Any]:
        """A line of `retour decide`'s input, without who the shopper is and where they live: no decision depends on it."""
        order = self.order.model_dump(mode="json", exclude={"customer", "shipping_address"})
        order["lines"] = [line | {"tags": sorted(line["tags"])} for line in order["lines"]]
        order["payment_methods"] = [method | {"last4": None} for method in order["payment_methods"]]
        order["customer"] = {"name": "", "group": self.order.customer.group}
        order["shipping_address"] = {"line1": "", "city": "", "country": self.order.shipping_address.country}
        return {
            "order": order,
            "request": self.request.model_dump(mode="json"),
            "history": self.history.model_dump(mode="json"),
            "now": self.now.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """`return_shipping_paid_by`: "merchant", "customer", or None when nothing is accepted.

    `returnless`: the goods are kept.
    """

    decision: Verdict
    lines: tuple[LineDecision, ...]
    refund: RefundBreakdown
    return_shipping_paid_by: str | None
    returnless: bool
    policy_version: str
    market: str
    inputs: Inputs = field(compare=False, repr=False)

    def line(self, line_id: str) -> LineDecision | None:
        return next((line for line in self.lines if line.id == line_id), None)

    @property
    def approved(self) -> Iterator[LineDecision]:
        return (line for line in self.lines if line.approved)

    def to_json(self) -> dict[str, Any]:
        """The answer of contract section 4."""
        return {
            "decision": self.decision.value,
            "lines": [line.to_json() for line in self.lines],
            "refund": self.refund.to_json(),
            "return_shipping_paid_by": self.return_shipping_paid_by,
            "returnless": self.returnless,
            "policy_version": self.policy_version,
            "market": self.market,
        }

    def trace_json(self) -> list[dict[str, Any]]:
        """Which rules were asked about each line, in order, and what each answered; to be kept with the return, beside
        `inputs`."""
        return [{"line": line.id, "asked": [_asked_json(asked) for asked in line.trace]} for line in self.lines]

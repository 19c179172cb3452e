"""Builds orders, requests and policies for the tests of the policy, so briefly that a test shows what matters."""

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from rma.model.orders import Order
from rma.policy import DEFAULT_POLICY, Decision, History, Policy, ReturnRequest, decide, load_policy

DELIVERED = "2027-03-08T11:30:00+00:00"


@cache
def default_policy() -> Policy:
    return load_policy()


def edited_policy(folder: Path, *edits: tuple[str, str]) -> Policy:
    """The default policy with texts replaced, as a merchant would edit it. Every text must be there exactly once."""
    return load_policy(edited_file(folder, *edits))


def edited_file(folder: Path, *edits: tuple[str, str]) -> Path:
    text = DEFAULT_POLICY.read_text(encoding="utf-8")
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = folder / "policy.yml"
    path.write_text(text, encoding="utf-8")
    return path


def line(
    line_id: str = "1", price: str = "20.00", delivered: str | None = DELIVERED, *tags: str, **more: Any
) -> dict[str, Any]:
    return {
        "id": line_id,
        "sku": f"SKU-{line_id}",
        "name": "Lamp",
        "quantity": 1,
        "unit_price": price,
        "delivered_at": delivered,
        "tags": list(tags),
        **more,
    }


def order(market: str, *lines: dict[str, Any], **more: Any) -> Order:
    return Order.model_validate(
        {
            "number": "W1",
            "status": "delivered",
            "currency": "EUR",
            "market": market,
            "placed_at": "2027-03-04T09:00:00+01:00",
            "customer": {"name": "Ada"},
            "shipping_address": {"line1": "1 High Street", "city": "Town", "country": market},
            "payment_methods": [{"id": "card_1", "type": "card", "amount": "9999.00"}],
            "lines": list(lines) or [line()],
            **more,
        }
    )


def ask(*lines: dict[str, Any], resolution: str | None = None) -> ReturnRequest:
    return ReturnRequest.model_validate({"lines": list(lines), "resolution": resolution})


def want(line_id: str = "1", reason: str | None = "changed_mind", quantity: int = 1, **more: Any) -> dict[str, Any]:
    return {"id": line_id, "quantity": quantity, "reason": reason, **more}


def decided(
    an_order: Order,
    now: str,
    *wanted: dict[str, Any],
    resolution: str | None = None,
    history: dict[str, Any] | None = None,
    policy: Policy | None = None,
) -> Decision:
    past = History.model_validate(history) if history else None
    instant = datetime.fromisoformat(now)
    return decide(
        an_order, ask(*(wanted or (want(),)), resolution=resolution), past, instant, policy or default_policy()
    )


def money(decision: Decision) -> tuple[str, str, str, str, str]:
    """items, outbound shipping, return shipping, fees, total"""
    amounts = decision.refund.to_json()
    return (
        amounts["items"],
        amounts["outbound_shipping"],
        amounts["return_shipping"],
        amounts["fees"],
        amounts["total"],
    )


def outcome(decision: Decision, line_id: str = "1") -> tuple[str, list[str], str | None]:
    """A line's decision, codes, last day."""
    found = decision.line(line_id)
    assert found is not None
    answer = found.to_json()
    return answer["decision"], answer["codes"], answer["closes_on"]

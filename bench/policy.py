"""Decisions a second on one core: `python -m bench.policy`. The goal is 10,000 on parsed input."""

import argparse
import io
import json
from collections.abc import Callable, Iterator
from itertools import product
from time import perf_counter, process_time
from typing import Any

from retour.decide import Case, decide_case, decide_stream
from rma.policy import Policy, load_policy

GOAL = 10_000
_MARKETS = ("FR", "DE", "GB", "US", "JP", "RE")
_REASONS = ("changed_mind", "defective", "damaged", "size_too_small", None)
_TAGS: tuple[list[str], ...] = ([], [], ["final_sale"], ["hygiene_sealed", "dangerous_goods"])
_NOWS = ("2027-03-12T12:00:00Z", "2027-03-30T12:00:00Z", "2027-06-01T12:00:00Z")


def cases() -> Iterator[dict[str, Any]]:
    """Inputs of `retour decide`: two-line orders over markets, reasons, tags and moments: half ask for both."""
    for number, (market, reason, tags, now) in enumerate(product(_MARKETS, _REASONS, _TAGS, _NOWS)):
        line = {"sku": "A", "name": "Lamp", "quantity": 2, "discount": "1.00", "delivered_at": "2027-03-08T10:00:00Z"}
        asked = {"quantity": 1, "reason": reason, "condition": "opened", "photo": bool(number % 3)}
        yield {
            "order": {
                "number": f"B{number}",
                "status": "delivered",
                "currency": "JPY" if market == "JP" else "EUR",
                "market": market,
                "placed_at": "2027-03-04T10:00:00Z",
                "shipping_paid": "5.00",
                "customer": {"name": "Ada"},
                "shipping_address": {"line1": "1 High Street", "city": "Town", "country": market},
                "payment_methods": [{"id": "1", "type": "card", "amount": "200.00"}],
                "lines": [
                    line | {"id": "1", "unit_price": "34.50", "tags": tags},
                    line | {"id": "2", "unit_price": "9.90"},
                ],
            },
            "request": {"lines": [asked | {"id": "1"}, asked | {"id": "2"}][: 1 + number % 2], "resolution": "refund"},
            "history": {"returns_90d": number % 7, "returned": {}},
            "now": now,
        }


def _per_second(once: Callable[[], object], decisions: int, seconds: float) -> float:
    """The rate of the best pass over all cases within `seconds`: the others were disturbed by the machine."""
    once()
    best, begun = float("inf"), perf_counter()
    while perf_counter() - begun < seconds:
        start = process_time()
        once()
        best = min(best, process_time() - start)
    return decisions / best


def measure(seconds: float = 3.0, policy: Policy | None = None) -> dict[str, float]:
    """Decisions a second of processor time on one core, by what is counted."""
    used = policy or load_policy()
    inputs = list(cases())
    parsed = [Case.model_validate(content) for content in inputs]
    lines = [json.dumps(content) for content in inputs]
    return {
        "decide, parsed input": _per_second(lambda: [decide_case(case, used) for case in parsed], len(parsed), seconds),
        "JSON line to JSON line": _per_second(lambda: decide_stream(lines, io.StringIO(), used), len(lines), seconds),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="time for each row")
    seconds = parser.parse_args().seconds
    print(f"{'policy':<26}{'decisions/s':>12}{'goal':>10}")
    for (name, rate), goal in zip(measure(seconds).items(), (f"{GOAL:,}", "-"), strict=True):
        print(f"{name:<26}{rate:>12,.0f}{goal:>10}")


if __name__ == "__main__":
    main()

"""`retour policy check` and `retour policy diff`: is a policy file lawful, and what would it have changed?"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retour.container import with_container
from retour.decide import Unreadable, decide_case, read_case
from rma.model.errors import ConfigurationError, RetourError
from rma.policy import Decision, LineDecision, Policy, load_policy

if TYPE_CHECKING:
    from rma.bootstrap import Container

# What the shopper would notice. A text or a policy version that differs is not a change of decision.
_OF_LINE = ("decision", "codes", "closes_on", "resolutions")
_OF_RETURN = ("return_shipping_paid_by", "returnless")


def check(path: Path) -> list[str]:
    """What is wrong with a policy file, one message a problem, each with file, line and key; empty when nothing is."""
    try:
        load_policy(path)
    except ConfigurationError as error:
        return str(error).splitlines()
    return []


@dataclass(frozen=True, slots=True)
class Change:
    """A past case that would be decided otherwise. `case` counts the lines of input from 1; `what` is readable."""

    case: int
    order: str
    what: tuple[str, ...]

    def __str__(self) -> str:
        return f"case {self.case}, order {self.order}: " + "; ".join(self.what)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What `diff` found: how many cases were read, which would change, and which could not be read and why."""

    cases: int
    changes: tuple[Change, ...]
    unreadable: tuple[str, ...]
    paid_before: dict[str, Decimal]
    paid_after: dict[str, Decimal]

    def report(self) -> Iterator[str]:
        """The lines to print."""
        yield from map(str, self.changes)
        yield from self.unreadable
        yield f"{len(self.changes)} of {self.cases} cases would be decided otherwise"
        for currency in sorted(self.paid_before):
            before, after = self.paid_before[currency], self.paid_after[currency]
            yield f"paid out in {currency}: {before} before, {after} after ({after - before:+})"


def past_cases() -> list[str]:
    """What the shop decided on so far, each as a line of `retour decide`'s input: returns first, then what was refused."""

    async def read(container: "Container") -> list[dict[str, Any]]:
        async with container.transactions() as uow:
            return await uow.returns.cases() + await uow.conversations.refused_cases()

    return [json.dumps(case) for case in with_container(read)]


def diff(old: Path, new: Path, lines: Iterable[str | bytes]) -> Comparison:
    """Replays past inputs of `retour decide`, one JSON object a line, with both policies.

    Raises ConfigurationError when one of the policies cannot be used.
    """
    before, after = load_policy(old), load_policy(new)
    changes: list[Change] = []
    unreadable: list[str] = []
    paid_before: dict[str, Decimal] = {}
    paid_after: dict[str, Decimal] = {}
    number = 0
    for number, line in enumerate(lines, 1):
        try:
            order, first, second = _decide_twice(line, before, after)
        except Unreadable as error:
            unreadable.append(f"case {number}: {error.message}")
            continue
        except RetourError as error:
            unreadable.append(f"case {number}: {error}")
            continue
        for paid, decision in ((paid_before, first), (paid_after, second)):
            currency = decision.refund.currency
            paid[currency] = paid.get(currency, Decimal(0)) + decision.refund.total
        what = tuple(_differences(first, second))
        if what:
            changes.append(Change(number, order, what))
    return Comparison(number, tuple(changes), tuple(unreadable), paid_before, paid_after)


def _decide_twice(line: str | bytes, before: Policy, after: Policy) -> tuple[str, Decision, Decision]:
    case = read_case(line)
    return case.order.number, decide_case(case, before), decide_case(case, after)


def _differences(first: Decision, second: Decision) -> Iterator[str]:
    for one, other in zip(first.lines, second.lines, strict=True):
        yield from _line_differences(one, other)
    old, new = first.to_json(), second.to_json()
    for name in _OF_RETURN:
        if old[name] != new[name]:
            yield f"{name} {_shown(old[name])} -> {_shown(new[name])}"
    for name, amount in old["refund"].items():
        if amount != new["refund"][name]:
            yield f"refund {name} {amount} -> {new['refund'][name]}"


def _line_differences(one: LineDecision, other: LineDecision) -> Iterator[str]:
    old, new = one.to_json(), other.to_json()
    for name in _OF_LINE:
        if old[name] != new[name]:
            yield f"line {one.id} {name} {_shown(old[name])} -> {_shown(new[name])}"


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "+".join(value) or "none"
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)

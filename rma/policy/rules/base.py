"""What a rule is: a question about one line, and an answer that says on which facts it rests."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple, Protocol

from rma.policy.case import Case
from rma.policy.codes import Code


class Answer(NamedTuple):
    """`yes`: the rule applies today. `facts` explain why, ready for JSON.

    Of a rule that grants something: `ever` says whether it could on some day, `last_day` until when (None: not known
    yet).
    """

    yes: bool
    facts: Mapping[str, Any]
    ever: bool = False
    last_day: date | None = None


class Rule(Protocol):
    """One sentence of the policy. `ask` has no side effect and depends on nothing but the case."""

    code: Code

    def ask(self, case: Case) -> Answer: ...


def until(case: Case, last_day: date, **facts: Any) -> Answer:
    """The answer of a rule that grants something up to `last_day`, that day included."""
    return Answer(case.today <= last_day, {"today": case.today, "last_day": last_day, **facts}, True, last_day)


def never(**facts: Any) -> Answer:
    """The answer of a rule that grants nothing in this case, on any day."""
    return Answer(False, facts)

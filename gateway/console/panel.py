"""What stands beside the thread: who this is, what they bought, what the policy said and why, and what can be done about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from gateway.console.refusals import in_words
from gateway.console.words import Words
from rma.model.agents import Agent
from rma.model.codes import ReturnStatus
from rma.model.errors import RetourError
from rma.model.orders import Order
from rma.model.reach import masked
from rma.model.returns import Return
from rma.model.support import Action, Support
from rma.policy import History, Policy, ReturnRequest, decide, granted, own_way, spoken_date
from rma.service.goods import came_unannounced
from rma.service.rights import Rights

AMOUNTS = ("items", "outbound_shipping", "return_shipping", "fees")
TAKEN_OFF = ("return_shipping", "fees")


@dataclass(frozen=True)
class Permit:
    """Whether a button works, and if not why, in a sentence."""

    allowed: bool
    why: str = ""


class Permits:
    """What this agent may do here: the predicate that guards the server, asked for the buttons."""

    def __init__(self, rights: Rights, agent: Agent, support: Support, words: Words) -> None:
        self._rights, self._agent, self._support, self._words = rights, agent, support, words

    def __call__(self, action: str, rma: Return | None = None, amount: Decimal | None = None) -> Permit:
        why = self._rights.why_not(self._agent, Action(action), self._support, rma, amount)
        return Permit(True) if why is None else Permit(False, in_words(why, self._words))

    def highest(self, action: str, currency: str) -> Decimal | None:
        """None for no limit."""
        return self._rights.limit(self._agent, Action(action), currency)

    def limit(self, action: str, currency: str) -> str | None:
        highest = self.highest(action, currency)
        return None if highest is None else self._words.money(highest, currency)


@dataclass(frozen=True)
class Reason:
    text: str
    law: str | None
    code: str


@dataclass(frozen=True)
class Ruling:
    """One line of a decision, in words."""

    name: str
    verdict: str
    reasons: tuple[Reason, ...]
    closes_on: str | None


def rulings(decision: Mapping[str, Any], titles: Mapping[str, str], words: Words) -> list[Ruling]:
    """`titles` are the lines' names by their id."""
    return [
        Ruling(
            name=titles.get(str(line.get("id")), str(line.get("id"))),
            verdict=str(line.get("decision")),
            reasons=tuple(
                Reason(basis["text"].get(words.language, ""), basis.get("law"), basis["code"])
                for basis in line.get("basis", ())
            ),
            closes_on=_day(line.get("closes_on"), words),
        )
        for line in decision.get("lines", ())
    ]


def _day(text: str | None, words: Words) -> str | None:
    return spoken_date(date.fromisoformat(text), words.language) if text else None


def money(refund: Mapping[str, Any], words: Words) -> list[tuple[str, str]]:
    """The parts of an amount that are not nothing, label and amount; the total last."""
    currency = refund["currency"]
    parts = []
    for name in AMOUNTS:
        if name in refund and any(digit in "123456789" for digit in str(refund[name])):
            sign = "−" if name in TAKEN_OFF else ""
            parts.append((words.t(f"money_{name}"), f"{sign}{words.money(refund[name], currency)}"))
    return [*parts, (words.t("money_total"), words.money(refund["total"], currency))]


def outlook(rma: Return, policy: Policy) -> tuple[Mapping[str, Any], Decimal | None]:
    """The refund of a return, and what its goods are worth. Of one that waits for a person, what it comes to when they say yes; of
    any other the worth is None: nobody is asked any more."""
    if rma.status is not ReturnStatus.REVIEW or rma.case is None:
        return rma.refund, None
    try:
        decision = decide(
            Order.model_validate(rma.case["order"]),
            ReturnRequest.model_validate(rma.case["request"]),
            History.model_validate(rma.case["history"]),
            datetime.fromisoformat(rma.case["now"]),
            policy,
        )
    except (ValueError, KeyError, RetourError):  # A case of another time, which nobody can decide any more.
        return rma.refund, None
    outcome = granted(decision, policy, {line.id for line in rma.lines})
    outcome = own_way(outcome) if came_unannounced(rma) else outcome
    return outcome.refund.to_json(), sum((line.items for line in outcome.approved), Decimal(0))


def asked(trace: Sequence[Any], titles: Mapping[str, str], words: Words) -> list[tuple[str, list[tuple[str, bool, str]]]]:
    """The rules that were asked about each line, in order: code, answer, facts."""
    return [
        (
            titles.get(str(line["line"]), str(line["line"])),
            [(one["rule"], bool(one["yes"]), _facts(one["facts"], words)) for one in line["asked"]],
        )
        for line in trace
        if isinstance(line, dict) and "asked" in line
    ]


def _facts(facts: Mapping[str, Any], words: Words) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {_fact(value, words)}" for name, value in facts.items())


def _fact(value: Any, words: Words) -> str:
    if isinstance(value, bool):
        return words.t("yes" if value else "no")
    return str(value)


def titles_of(order: Order | None, rma: Return | None = None) -> dict[str, str]:
    titles = {line.id: line.title for line in order.lines} if order else {}
    return titles | ({line.id: line.name for line in rma.lines} if rma else {})


def coming_back(returns: Sequence[Return], released: frozenset[Any]) -> dict[str, int]:
    """Units of each line in returns that stand."""
    units: dict[str, int] = {}
    for rma in returns:
        if rma.status not in released:
            for line in rma.lines:
                units[line.id] = units.get(line.id, 0) + line.quantity
    return units


def contacts(email: str | None, phone: str | None, left: str | None) -> list[tuple[str, str]]:
    """Masked: an agent has no need to write it down, and a screen has onlookers."""
    known = [(kind, masked(value)) for kind, value in (("email", email), ("phone", phone)) if value]
    return [*known, ("left", masked(left))] if left else known

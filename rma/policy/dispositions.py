"""What becomes of a unit that came back: the rules of policy/dispositions.yml, the first that fits, and what may not be done."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from rma.model.codes import Disposition, Reason
from rma.model.errors import ConfigurationError, Refused
from rma.model.goods import Grade
from rma.model.orders import Frozen, Order, OrderLine
from rma.policy.markets import market_of
from rma.policy.schema import Amounts
from rma.policy.terms import amount_in

BAN = "Regulation (EU) 2024/1781, article 25"


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


Words = Annotated[tuple[str, ...], BeforeValidator(_listed)]


def _places(order: Order) -> set[str]:
    return {order.market, *market_of(order.market).groups}


class Condition(Frozen, extra="forbid"):
    """Every key that is given must fit."""

    grade: Annotated[tuple[Grade, ...], BeforeValidator(_listed)] | None = None
    reason: Annotated[tuple[Reason, ...], BeforeValidator(_listed)] | None = None
    category: Words | None = None
    tag: Words | None = None
    market: Words | None = None
    worth_from: Amounts | None = None
    worth_below: Amounts | None = None

    def fits(self, order: Order, line: OrderLine, reason: Reason, grade: Grade) -> bool:
        worth = (line.unit_price * line.quantity - line.discount) / line.quantity
        return (
            (self.grade is None or grade in self.grade)
            and (self.reason is None or reason in self.reason)
            and (self.category is None or (line.category or "").casefold() in self.category)
            and (self.tag is None or bool(line.tags & set(self.tag)))
            and (self.market is None or bool(_places(order) & set(self.market)))
            and (self.worth_from is None or worth >= amount_in(self.worth_from, order.currency))
            and (self.worth_below is None or worth < amount_in(self.worth_below, order.currency))
        )


class Rule(Frozen, extra="forbid"):
    name: Annotated[str, Field(min_length=1, max_length=100)]
    when: Condition = Condition()
    then: Disposition


class DestructionBan(Frozen, extra="forbid"):
    applies: bool = True
    markets: Words = ("EEA",)
    categories: Words = ("clothing", "shoes", "footwear")
    unless: tuple[Grade, ...] = (Grade.DAMAGED,)


class Apart(Frozen, extra="forbid"):
    tag: str = "dangerous_goods"
    grades: tuple[Grade, ...] = (Grade.DAMAGED, Grade.INCOMPLETE)
    ways: tuple[Disposition, ...] = (Disposition.RECYCLE, Disposition.DESTROY, Disposition.RETURN_TO_VENDOR)


class Proposal(NamedTuple):
    """`forbidden`: what may not be chosen for this unit, and why; `needs_word`: what may be when a person says why."""

    disposition: Disposition
    rule: str
    apart: bool
    forbidden: dict[Disposition, str]
    needs_word: frozenset[Disposition]


_DESTROYING = (Disposition.DESTROY, Disposition.RECYCLE)
_ELSEWHERE = (Disposition.DONATE, Disposition.LIQUIDATE, Disposition.REFURBISH)


class Dispositions(Frozen, extra="forbid"):
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
    destruction_ban: DestructionBan = DestructionBan()
    apart: Apart = Apart()

    @model_validator(mode="after")
    def _always_an_answer(self) -> "Dispositions":
        if self.rules[-1].when != Condition():
            raise ValueError("the last rule needs to fit everything: leave out its `when`")
        if any(rule.then is Disposition.MISSING for rule in self.rules):
            raise ValueError("`missing` is counted, not proposed")
        return self

    def propose(self, order: Order, line: OrderLine, reason: Reason, grade: Grade) -> Proposal:
        """The first rule that fits and is allowed; where none is, what the law leaves."""
        apart = self.apart.tag in line.tags and grade in self.apart.grades
        forbidden = self._forbidden(order, line, grade, apart)
        for rule in self.rules:
            if rule.then not in forbidden and rule.when.fits(order, line, reason, grade):
                chosen, name = rule.then, rule.name
                break
        else:
            allowed = self.apart.ways if apart else _ELSEWHERE
            chosen, name = next(way for way in allowed if way not in forbidden), BAN
        word = frozenset(_DESTROYING) if self._banned(order, line) and not forbidden else frozenset()
        return Proposal(chosen, name, apart, forbidden, word)

    def _banned(self, order: Order, line: OrderLine) -> bool:
        ban = self.destruction_ban
        return (
            ban.applies
            and (line.category or "").casefold() in ban.categories
            and bool(_places(order) & set(ban.markets))
        )

    def _forbidden(self, order: Order, line: OrderLine, grade: Grade, apart: bool) -> dict[Disposition, str]:
        found: dict[Disposition, str] = {}
        if apart:
            kept = f"dangerous goods that are {grade} are kept apart"
            found |= {way: kept for way in Disposition if way not in (*self.apart.ways, Disposition.MISSING)}
        elif self._banned(order, line) and grade not in self.destruction_ban.unless:
            law = f"{BAN}: {line.category} that can be worn is not destroyed, and not recycled; donate, liquidate or refurbish it"
            found |= dict.fromkeys(_DESTROYING, law)
        return found

    def chosen(self, proposal: Proposal, wanted: Disposition | None, why: str | None) -> Disposition:
        """What a person wants in place of the proposal. Raises Refused for what may not be, or without a reason."""
        if wanted is None:
            return proposal.disposition
        if wanted in proposal.forbidden:
            raise Refused(f"{wanted}: {proposal.forbidden[wanted]}")
        if wanted is not proposal.disposition and not why:
            raise Refused(f"{wanted} is not what is proposed ({proposal.disposition}: {proposal.rule}); say why")
        if wanted in proposal.needs_word and not why:
            raise Refused(f"{wanted}: {BAN} leaves it open only with a reason; say why it cannot be used any more")
        return wanted


@lru_cache(maxsize=4)
def _rules(text: str) -> Dispositions:
    """Of what the file says, once."""
    document: Any = YAML(typ="safe", pure=True).load(text)
    return Dispositions.model_validate(document)


def load_dispositions(path: Path) -> Dispositions:
    """Raises ConfigurationError naming the file, the key and what was expected."""
    try:
        return _rules(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be read ({error.strerror}); set RETOUR_DISPOSITIONS to the file of your rules"
        ) from error
    except YAMLError as error:
        raise ConfigurationError(f"{path}: not readable as YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        known = first["type"] != "extra_forbidden"
        problem = first["msg"].removeprefix("Value error, ") if known else "there is no such key; take it out"
        raise ConfigurationError(f"{path}: {where}: {problem}" if where else f"{path}: {problem}") from error

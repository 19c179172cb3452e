"""When people of the shop answer, and how far an agent may go alone: `hours`, `holidays` and `agents` of policy/shop.yml."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from rma.model.agents import Role
from rma.model.money import rounded
from rma.model.orders import Country, Currency, Frozen, Money

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPAN = re.compile(r"(\d{1,2})[:.h](\d\d)\s*[-–]\s*(\d{1,2})[:.h](\d\d)")
Span = tuple[int, int]
"""From and until, in minutes after midnight; until may be 24:00."""


def _span(value: object) -> Span:
    if isinstance(value, list | tuple) and len(value) == 2 and all(isinstance(part, int) for part in value):
        return value[0], value[1]
    found = _SPAN.fullmatch(str(value).strip())
    if found is None:
        raise ValueError(f'expected spans such as "09:00-12:30", not {str(value)!r}')
    hours = [int(part) for part in found.groups()]
    since, until = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    if max(hours[1], hours[3]) > 59 or not since < until <= 24 * 60:
        raise ValueError(f"{value!r} is no span of one day: it ends before it begins, or after 24:00")
    return since, until


def _spans(value: object) -> object:
    entries = [] if value in (None, False) else [value] if isinstance(value, str) else value
    if not isinstance(entries, list | tuple):
        raise ValueError('expected a list of spans such as ["09:00-12:30", "13:30-18:00"]; [] for closed')
    spans = sorted(_span(entry) for entry in entries)
    if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
        raise ValueError("two spans of the same day overlap")
    return tuple(spans)


Spans = Annotated[tuple[Span, ...], BeforeValidator(_spans)]
_OFFICE: tuple[Span, ...] = ((9 * 60, 18 * 60),)


class Hours(Frozen):
    """Opening times of the team, on the clock of the market's capital."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    monday: Spans = _OFFICE
    tuesday: Spans = _OFFICE
    wednesday: Spans = _OFFICE
    thursday: Spans = _OFFICE
    friday: Spans = _OFFICE
    saturday: Spans = ()
    sunday: Spans = ()

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not any(self.on(day) for day in range(7)):
            raise ValueError("nobody would ever answer: give at least one day a span")
        return self

    def on(self, weekday: int) -> tuple[Span, ...]:
        """Of a day of the week, Monday 0."""
        spans: tuple[Span, ...] = getattr(self, DAYS[weekday])
        return spans


class Holidays(Frozen):
    """Days on which nobody answers: the public ones of a country, and those of the shop's own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    country: Country | None = None
    """None for the shop's market."""
    region: Annotated[str, Field(max_length=10)] | None = None
    """A subdivision as the package `holidays` names it (ISO 3166-2 without the country), such as '57' for Moselle."""
    public: bool = True
    closed: tuple[date, ...] = ()
    open: tuple[date, ...] = ()
    """Public holidays on which the team works."""


class Limits(Frozen):
    """Up to which amount, by currency; EUR counts for those not named. None: no limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    approve_up_to: Mapping[Currency, Money] | None = None
    override_up_to: Mapping[Currency, Money] | None = None

    @model_validator(mode="after")
    def _with_euro(self) -> Self:
        for name in ("approve_up_to", "override_up_to"):
            amounts: Mapping[str, Decimal] | None = getattr(self, name)
            if amounts is not None and "EUR" not in amounts:
                raise ValueError(f"{name}: give an amount in EUR, which counts for the currencies not named")
        return self

    @staticmethod
    def amount(amounts: Mapping[str, Decimal] | None, currency: str) -> Decimal | None:
        if amounts is None:
            return None
        return amounts[currency] if currency in amounts else rounded(amounts["EUR"], currency)


_ALONE: dict[str, Any] = {"EUR": Decimal(200), "USD": Decimal(200), "GBP": Decimal(200), "CHF": Decimal(200)}


class AgentLimits(Frozen):
    model_config = ConfigDict(frozen=True, extra="forbid")

    agent: Limits = Limits(override_up_to=_ALONE)
    admin: Limits = Limits()

    def of(self, role: Role) -> Limits:
        return self.admin if role is Role.ADMIN else self.agent

"""What a shopper asks, and what is known of earlier returns: contract section 4, validated."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StrictBool, StrictInt, model_validator

from rma.model.codes import Condition, Reason, Resolution
from rma.model.orders import Frozen, Key, Money


def _default_for_null(default: Any) -> BeforeValidator:
    return BeforeValidator(lambda value: default if value is None else value)


def _without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return {line_id: 0 if units is None else units for line_id, units in value.items()}
    return {} if value is None else value


_Units = Annotated[StrictInt, Field(ge=0, le=1_000_000)]


class RequestedLine(Frozen):
    """One line as it is asked back. A null option is its default; `quantity` has none."""

    id: Key
    quantity: Annotated[StrictInt, Field(ge=1, le=1_000_000)]
    reason: Annotated[Reason, _default_for_null(Reason.OTHER)] = Reason.OTHER
    condition: Annotated[Condition, _default_for_null(Condition.UNOPENED)] = Condition.UNOPENED
    photo: Annotated[StrictBool, _default_for_null(False)] = False


class ReturnRequest(Frozen):
    """Lines to return, each once, and what is wanted for them."""

    lines: Annotated[tuple[RequestedLine, ...], Field(min_length=1, max_length=1000)]
    resolution: Annotated[Resolution, _default_for_null(Resolution.REFUND)] = Resolution.REFUND

    @model_validator(mode="after")
    def _each_line_once(self) -> "ReturnRequest":
        seen: set[str] = set()
        for line in self.lines:
            if line.id in seen:
                raise ValueError(f"line {line.id!r} is asked twice; ask it once, with the whole quantity")
            seen.add(line.id)
        return self


class History(Frozen):
    """What came before this request, which it does not count, nor declined, cancelled or expired returns.

    `returns_90d`: returns of this shopper in the last 90 days. `returned`: units of each line of this order returned
    before. `refunded`: what was paid back of this order, in its currency; None means the `items` amount of what
    `returned` lists. `outbound_refunded`: the first delivery was paid back, so it is not once more.
    """

    returns_90d: Annotated[_Units, _default_for_null(0)] = 0
    returned: Annotated[dict[str, _Units], BeforeValidator(_without_nulls)] = Field(default={})
    refunded: Money | None = None
    outbound_refunded: Annotated[bool, _default_for_null(False)] = False


NO_HISTORY = History(refunded=Decimal(0))

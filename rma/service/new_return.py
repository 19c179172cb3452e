"""A return that an agent makes for a shopper, as the form says it."""

from typing import Any

from pydantic import BaseModel, Field

from rma.model.codes import Condition, Language, Method, Reason, Resolution
from rma.service.returns import Plan, PlannedLine


class NewLine(BaseModel):
    id: str
    quantity: int = Field(default=1, ge=1)
    reason: Reason
    condition: Condition = Condition.UNOPENED
    exchange_for: str | None = None


class NewReturn(BaseModel):
    """`key` is the form's own: sent twice it makes one return."""

    key: str = Field(min_length=8, max_length=60)
    order: str
    lines: list[NewLine] = Field(min_length=1, max_length=100)
    resolution: Resolution = Resolution.REFUND
    method: Method | None = Method.LABEL


class Quote(BaseModel):
    """`decision` and `trace` are the policy's; `granted` is the refund if a person says yes all the same."""

    decision: dict[str, Any]
    trace: list[Any]
    granted: dict[str, Any]
    payer: str | None
    needs_override: bool


def plan_of(new: NewReturn, order_id: int, conversation_id: str | None, language: Language) -> Plan:
    return Plan(
        key=f"agent:{new.key}",
        order_id=order_id,
        lines=tuple(
            PlannedLine(line.id, line.quantity, line.reason, line.condition, None, line.exchange_for)
            for line in new.lines
        ),
        resolution=new.resolution,
        language=language,
        method=new.method,
        conversation=conversation_id,
    )

"""`retour decide`: policy decisions of JSON lines (contract section 4)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Annotated, Any

from pydantic import BeforeValidator, ConfigDict, ValidationError

from rma.model.errors import RetourError
from rma.model.orders import Frozen, Instant, Order
from rma.policy import NO_HISTORY, Decision, History, Policy, ReturnRequest, decide

_LONGEST_MESSAGE = 500


class Case(Frozen):
    """One line of input: everything a decision depends on but the policy."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    order: Order
    request: ReturnRequest
    history: Annotated[History, BeforeValidator(lambda value: NO_HISTORY if value is None else value)] = NO_HISTORY
    now: Instant


@dataclass(frozen=True, slots=True)
class Unreadable(Exception):
    """A line of input that no decision can be made on; `message` says what to mend."""

    message: str


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def read_case(line: str | bytes) -> Case:
    """The case on one line of JSON. Raises Unreadable."""
    try:
        text = line.decode("utf-8-sig") if isinstance(line, bytes) else line
        content = json.loads(text, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise Unreadable("the line is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise Unreadable(f"the line is not JSON: {error.msg} at character {error.pos + 1}") from None
    except (ValueError, RecursionError):
        raise Unreadable(
            "the line holds what JSON does not: NaN, Infinity, or a number or depth beyond measure"
        ) from None
    if not isinstance(content, dict):
        raise Unreadable('expected an object with "order", "request" and "now"')
    try:
        return Case.model_validate(content)
    except ValidationError as error:
        raise Unreadable(_first_of(error)) from None


def _first_of(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg'].removeprefix('Value error, ')}"


def decide_case(case: Case, policy: Policy) -> Decision:
    """The decision on `case`. Raises rma.model.errors.Refused for one that makes no sense."""
    now: datetime = case.now
    return decide(case.order, case.request, case.history, now, policy)


def decide_line(line: str | bytes, policy: Policy) -> dict[str, Any]:
    """The answer to one line of input: a decision, or {"error": "..."}."""
    try:
        return decide_case(read_case(line), policy).to_json()
    except Unreadable as error:
        return {"error": error.message[:_LONGEST_MESSAGE]}
    except RetourError as error:
        return {"error": str(error)[:_LONGEST_MESSAGE]}


def decide_stream(lines: Iterable[str | bytes], out: IO[str], policy: Policy) -> None:
    """Writes one line of JSON for each of `lines`, in order; flushes at the end."""
    for line in lines:
        # ASCII on purpose: what a shop put in its order may hold characters that the output's encoding lacks.
        out.write(json.dumps(decide_line(line, policy)))
        out.write("\n")
    out.flush()

"""What a subscription may name is what can happen: read from the code that makes events."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from rma.model.codes import ReturnStatus
from rma.model.errors import Refused
from rma.model.hooks import KINDS, name_of_event, read_event_name, read_kinds

ROOT = Path(__file__).resolve().parents[2]


def made() -> Iterator[str]:
    """Kinds given to `ReturnEvent(kind=...)`, and to `note` of a return."""
    for path in (ROOT / "rma" / "service").rglob("*.py"):
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call):
                continue
            kind: ast.expr | None = None
            if isinstance(call.func, ast.Name) and call.func.id == "ReturnEvent":
                kind = next((word.value for word in call.keywords if word.arg == "kind"), None)
            elif isinstance(call.func, ast.Name) and call.func.id == "_once":
                kind = call.args[1]
            elif isinstance(call.func, ast.Attribute) and call.func.attr == "note" and isinstance(call.func.value, ast.Name):
                kind = call.args[0] if call.func.value.id in ("rma", "now", "fresh", "found") else None
            if isinstance(kind, ast.Constant):
                yield str(kind.value)
            elif isinstance(kind, ast.Name) and kind.id != "kind":
                yield str(getattr(module, kind.id))


def test_every_kind_that_is_made_can_be_subscribed_to() -> None:
    found = set(made())
    assert {"arrived", "inspected_units", "refund_paid", "reminded", "parcel_scanned", "label_refused"} <= found
    assert found <= KINDS
    assert found | set(ReturnStatus) >= KINDS, "a kind that nothing ever has"


def test_names_of_events_and_kinds_are_read_back() -> None:
    assert read_event_name(name_of_event("RT-7K3M9QX4", 12)) == 12
    for wrong in ("evt_1", "evt_7K3M9QX4_0", "evt_7K3M9QX4_012", "evt_7K3M9QX4_١", "evt_test_1", ""):
        with pytest.raises(Refused):
            read_event_name(wrong)
    assert read_kinds(["return.received", " received ", "arrived", ""]) == ["arrived", "received"]
    assert read_kinds([]) == read_kinds(["", "*"]) == []

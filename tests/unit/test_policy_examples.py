"""Decisions by example: every field that `expect` settles must agree. RETOUR_POLICY_EXAMPLES names another file of them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from retour.decide import decide_line
from tests.unit.policy_support import default_policy

_FILE = Path(os.environ.get("RETOUR_POLICY_EXAMPLES") or Path(__file__).with_name("policy_examples.jsonl"))


def _examples() -> list[Any]:
    cases = [json.loads(text) for text in _FILE.read_text(encoding="utf-8").splitlines()]
    return [pytest.param(case, id=case["id"]) for case in cases]


def _differences(expected: Any, found: Any, where: str) -> list[str]:
    if isinstance(expected, dict):
        assert isinstance(found, dict), where
        codes = set(found.get("codes", ()))
        wrong = [f"{where}: {code} is missing" for code in expected.get("codes_with", ()) if code not in codes]
        wrong += [f"{where}: {code} should not be there" for code in expected.get("codes_absent", ()) if code in codes]
        for key in expected.keys() - {"codes_with", "codes_absent"}:
            wrong += _differences(expected[key], found.get(key, "(nothing)"), f"{where}.{key}")
        return wrong
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        return [
            wrong
            for i, pair in enumerate(zip(expected, found, strict=True))
            for wrong in _differences(*pair, f"{where}[{i}]")
        ]
    return [] if expected == found else [f"{where}: expected {expected!r}, found {found!r}"]


@pytest.mark.parametrize("case", _examples())
def test_example(case: dict[str, Any]) -> None:
    answer = decide_line(json.dumps(case["input"]), default_policy())
    if case["expect"].get("error"):
        assert isinstance(answer.get("error"), str)
        return
    assert _differences(case["expect"], answer, "answer") == []

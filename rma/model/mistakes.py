"""What is wrong with a document that somebody sent or wrote, in plain words: pydantic's own speak of its types and patterns."""

from collections.abc import Mapping
from typing import Any

_EXPECTED = {
    "string": "a text", "bytes": "a text", "int": "a whole number", "float": "a number", "decimal": "a number",
    "bool": "true or false", "list": "a list", "tuple": "a list", "set": "a list", "dict": "an object", "model": "an object",
    "date": "a day such as 2026-11-30", "datetime": "an instant such as 2026-11-30T12:00:00+01:00", "url": "an address",
}  # fmt: skip
_LIMITS = {
    "greater_than": ("gt", "expected more than {}"),
    "greater_than_equal": ("ge", "expected {} or more"),
    "less_than": ("lt", "expected less than {}"),
    "less_than_equal": ("le", "expected {} or less"),
    "string_too_long": ("max_length", "expected at most {} characters"),
}


def plainly(mistake: Mapping[str, Any], patterns: Mapping[str, str]) -> str:
    """One of `ValidationError.errors()`, with its context, as a phrase without a full stop. `patterns` says what each regular
    expression of the document means: "expected an amount such as 19.90"."""
    kind, said = str(mistake["type"]), dict(mistake.get("ctx") or {})
    if kind in ("value_error", "assertion_error"):
        return str(mistake["msg"]).partition(", ")[2]
    if kind in _LIMITS:
        name, words = _LIMITS[kind]
        return words.format(said[name])
    match kind:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is not known"
        case "string_too_short":
            return "may not be empty" if said["min_length"] == 1 else f"expected at least {said['min_length']} characters"
        case "too_long":
            return f"expected at most {_entries(said['max_length'])}"
        case "too_short":
            return f"expected at least {_entries(said['min_length'])}"
        case "string_pattern_mismatch":
            return patterns.get(said["pattern"], "is not written as expected")
        case "enum" | "literal_error":
            return f"expected {_bare(said['expected'])}"
        case "union_tag_invalid":
            return f"{_bare(said['discriminator'])}: expected one of {_bare(said['expected_tags'])}"
        case "union_tag_not_found":
            return f"'{_bare(said['discriminator'])}' is missing"
    expected = _EXPECTED.get(kind.partition("_")[0])
    return f"expected {expected}" if expected else "makes no sense here"


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"


def _bare(names: str) -> str:
    return names.replace("'", "")

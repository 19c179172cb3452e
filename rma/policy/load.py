"""Reads a policy file.

Every error names the file, the line, the key and what was expected; all of them are told at once.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from rma.model.errors import ConfigurationError
from rma.policy.lawful import narrowings
from rma.policy.policy import Policy
from rma.policy.schema import WHOLE_RETURN_SECTIONS, PolicyFile
from rma.texts import Texts
from rma.texts import load_texts as _load_texts

_ROOT = Path(__file__).parents[2]
DEFAULT_POLICY = _ROOT / "policy" / "default.yml"
_LARGEST_FILE = 1_000_000

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a policy file. `line` counts from 1."""

    file: str
    line: int
    key: str
    expected: str

    def __str__(self) -> str:
        return (
            f"{self.file}:{self.line}: {self.key}: {self.expected}"
            if self.key
            else f"{self.file}:{self.line}: {self.expected}"
        )


class PolicyError(ConfigurationError):
    """A policy file that cannot be used; `problems` says why, one by one."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def load_policy(path: Path = DEFAULT_POLICY, texts: Texts | None = None) -> Policy:
    """The policy of the YAML file `path`; `texts` are those of data/responses unless given.

    Raises PolicyError (a ConfigurationError) for a file that is not readable, not understood, or narrower than the law.
    """
    return _policy(path, _content(path), texts or _load_texts(_ROOT / "data" / "responses"))


@lru_cache(maxsize=4)
def _policy(path: Path, content: bytes, texts: Texts) -> Policy:
    """Of what the file says, once."""
    document = _parsed(path, content)
    try:
        file = PolicyFile.model_validate(_plain(document))
    except ValidationError as error:
        details = _without_echoes(error.errors())
        raise PolicyError([_problem(path, document, detail) for detail in details]) from None
    problems = [*_misplaced(path, document, file)]
    for narrowing in narrowings(file):
        problems.append(
            Problem(str(path), _line_of(document, narrowing.key), _dotted(narrowing.key), narrowing.message)
        )
    if problems:
        raise PolicyError(problems)
    return Policy(file, version_of(file), texts)


def version_of(file: PolicyFile) -> str:
    """The file's own version and a hash of what it says: every value matters, comments and the order of keys do not."""
    content = json.dumps(file.model_dump(mode="json"), sort_keys=True)
    return f"{file.version}+{hashlib.sha256(content.encode()).hexdigest()[:8]}"


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}; check RETOUR_POLICY") from error


def _parsed(path: Path, content: bytes) -> CommentedMap:
    def broken(line: int, expected: str) -> PolicyError:
        return PolicyError([Problem(str(path), line, "", expected)])

    try:
        if len(content) > _LARGEST_FILE:
            raise broken(1, f"expected a policy of less than {_LARGEST_FILE:,} bytes")
        document = YAML(typ="rt").load(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise broken(content[: error.start].count(b"\n") + 1, "expected text in UTF-8") from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise broken(mark.line + 1 if mark else 1, f"not readable as YAML: {error.problem or error.context}") from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise broken(1, f"not readable as YAML: {error}") from error
    if not isinstance(document, CommentedMap):
        raise broken(1, "expected the keys of a policy, such as 'version' and 'change_of_mind'")
    return document


def _plain(node: Any) -> Any:
    """The node in Python's own types; ruamel's keep line numbers and comments, which pydantic does not expect."""
    if isinstance(node, CommentedMap):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [_plain(item) for item in node]
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node


def _line_of(document: Any, key: KeyPath) -> int:
    """The line of `key`, or of the innermost part of it that the file has."""
    line, node = 1, document
    for part in key:
        try:
            place = node.lc.key(part) if isinstance(node, CommentedMap) else node.lc.item(part)
            line, node = place[0] + 1, node[part]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return line


def _dotted(key: KeyPath) -> str:
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in key).lstrip(".")


def _without_echoes(details: list[ErrorDetails]) -> list[ErrorDetails]:
    """Leaves out the keys that are missing only because they are misspelt, which is told already."""
    meant = {(*detail["loc"][:-1], _near(detail["loc"])) for detail in details if detail["type"] == "extra_forbidden"}
    return [detail for detail in details if detail["type"] != "missing" or detail["loc"] not in meant]


def _problem(path: Path, document: CommentedMap, detail: ErrorDetails) -> Problem:
    key = tuple(part for part in detail["loc"] if part != "[key]")
    return Problem(str(path), _line_of(document, key), _dotted(key), _expected(detail, document, key))


def _expected(detail: ErrorDetails, document: CommentedMap, key: KeyPath) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "missing":
        return "expected this key, which every policy has"
    if kind == "extra_forbidden":
        near = _near(key)
        return (
            f"unknown key; did you mean {near}?"
            if near
            else f"unknown key; expected one of {', '.join(_keys_at(key[:-1]))}"
        )
    found = f", found {_shown(detail['input'])}"
    if kind == "value_error":
        return f"{context['error']}{found}"
    if kind in ("int_type", "int_parsing", "int_from_float"):
        return f"expected a whole number{found}"
    if kind == "bool_type":
        return f"expected true or false{found}"
    if kind == "string_type":
        return f"expected a text in quotes{found}"
    if kind in ("enum", "literal_error"):
        return f"expected {context['expected']}{found}"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return f"expected keys with values below it{found}"
    if kind == "list_type":
        return f"expected a list{found}"
    return f"{detail['msg'][0].lower()}{detail['msg'][1:]}{found}"


def _shown(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _near(key: KeyPath) -> str | None:
    """The key that was probably meant by the last part of `key`."""
    return next(iter(get_close_matches(str(key[-1]), _keys_at(key[:-1]), n=1)), None)


def _keys_at(key: KeyPath) -> list[str]:
    model: Any = PolicyFile
    for part in key:
        if isinstance(part, str) and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation)
    return list(model.model_fields)


def _model_in(annotation: Any) -> Any:
    """The model that a field holds, bare, in a list, or optional."""
    candidates = [annotation, *getattr(annotation, "__args__", ())]
    return next(candidate for candidate in candidates if hasattr(candidate, "model_fields"))


def _misplaced(path: Path, document: CommentedMap, file: PolicyFile) -> list[Problem]:
    problems = []
    for number, override in enumerate(file.overrides):
        for section in WHOLE_RETURN_SECTIONS:
            if getattr(override, section) and (override.when.category or override.when.tag):
                key = ("overrides", number, section)
                expected = "counts for a whole return: expected no category and no tag under 'when'"
                problems.append(Problem(str(path), _line_of(document, key), _dotted(key), expected))
    return problems

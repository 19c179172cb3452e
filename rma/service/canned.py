"""Answers that the team gives often: policy/canned.yml, filled in for a conversation."""

import re
from collections.abc import Mapping
from pathlib import Path
from string import Formatter
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from rma.model.codes import Language
from rma.model.errors import ConfigurationError
from rma.model.orders import Frozen

VARIABLES = frozenset({"name", "order", "return", "agent", "shop"})
_NEEDED = frozenset({"order", "return"})
"""Without them the answer makes no sense; the others may be empty."""
_Words = Annotated[str, Field(min_length=1, max_length=2000)]


class Canned(BaseModel):
    """An answer as it can be sent, in the conversation's language."""

    key: str
    title: str
    text: str


class Template(Frozen):
    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Mapping[Language, Annotated[str, Field(min_length=1, max_length=60)]]
    en: _Words
    fr: _Words

    @model_validator(mode="after")
    def _known_variables(self) -> "Template":
        if set(self.title) != set(Language):
            raise ValueError("title: give one in en and one in fr")
        for text in (self.en, self.fr):
            if unknown := variables(text) - VARIABLES:
                raise ValueError(f"{{{min(unknown)}}} is no variable; those are {', '.join(sorted(VARIABLES))}")
        return self

    def text(self, language: Language) -> str:
        return self.fr if language is Language.FR else self.en


def variables(text: str) -> set[str]:
    """The names in braces. Raises ValueError for braces that are not closed, or that hold more than a name."""
    names = set()
    for _, name, spec, conversion in Formatter().parse(text):
        if name is None:
            continue
        if spec or conversion or not name.isidentifier():
            raise ValueError(f"{{{name}}} is no variable; those are {', '.join(sorted(VARIABLES))}")
        names.add(name)
    return names


def load_canned(path: Path) -> dict[str, Template]:
    """Raises ConfigurationError naming the file, the key and what was expected. No file: no answers."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        if not isinstance(content, dict):
            raise ConfigurationError(f"{path}: expected answers by name, as in policy/canned.yml")
        return {str(key): Template.model_validate(value) for key, value in content.items()}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror})") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path}: not readable as YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        first = error.errors()[0]
        problem = first["msg"].removeprefix("Value error, ")
        raise ConfigurationError(f"{path}: {'.'.join(str(part) for part in first['loc'])}: {problem}") from error


def filled(templates: Mapping[str, Template], language: Language, values: Mapping[str, Any]) -> list[Canned]:
    """Those that make sense with `values`, by name of variable; an empty name leaves no gap behind."""
    found = []
    for key, template in templates.items():
        text = template.text(language)
        if any(not values.get(name) for name in variables(text) & _NEEDED):
            continue
        # In one go over the template: a brace in a name or a number is not read again.
        shown = Formatter().vformat(text, (), {name: values.get(name) or "" for name in VARIABLES})
        shown = re.sub(r"[ \u00a0]+(?=[,.])", "", re.sub(r"(?<! ) {2,}", " ", shown)) if not values.get("name") else shown
        found.append(Canned(key=key, title=template.title[language], text=shown.strip()))
    return found

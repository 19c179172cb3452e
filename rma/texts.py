"""Every text a person reads, from data/responses/*.yml: English and French, and SMS variants, side by side.

    ask_reason:
      en: ["What's wrong with the {item}?", "And the {item}: what is the matter with it?"]
      fr: [...]
      sms: {en: ..., fr: ...}

A key has one text or several wordings a language; `turn` picks among them so that a repeated question is worded anew.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from rma.model.errors import ConfigurationError

LANGUAGES = ("en", "fr")
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Ten times as fast where PyYAML was built with libyaml."""


class Texts:
    """The texts by key. `get` raises KeyError for an unknown key and for a missing variable: both are faults of ours."""

    def __init__(self, entries: Mapping[str, Mapping[str, Any]]) -> None:
        self._entries = entries

    def get(self, key: str, language: str, /, channel: str = "web", turn: int = 0, **values: Any) -> str:
        """The text of `key` in `language` ('en', 'fr') for `channel` ('web', 'sms'), its `turn`-th wording, filled in."""
        wordings = self.wordings(key, language, channel)
        return wordings[turn % len(wordings)].format(**values)

    def wordings(self, key: str, language: str, channel: str = "web") -> list[str]:
        """All that may be said for `key`, not filled in."""
        entry = self._entries[key]
        found: list[str] = entry.get(channel, {}).get(language) or entry[language]
        return found

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def keys(self) -> list[str]:
        return sorted(self._entries)


def _wordings(value: Any, where: str) -> list[str]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        raise ConfigurationError(f"{where}: expected a text or a list of texts")
    return [text.strip() for text in texts]


def load_texts(folder: Path) -> Texts:
    """Reads every *.yml of `folder`, once as long as they stay as they are. Raises ConfigurationError for a language that is
    missing or a key that stands twice."""
    files = ((path, path.stat()) for path in sorted(folder.glob("*.yml")))
    return _read(folder, tuple((path, file.st_mtime_ns, file.st_size, file.st_ino) for path, file in files))


@lru_cache(maxsize=4)
def _read(folder: Path, files: tuple[tuple[Path, int, int, int], ...]) -> Texts:
    entries: dict[str, dict[str, Any]] = {}
    for path, *_ in files:
        try:
            content = yaml.load(path.read_text(encoding="utf-8"), _Loader) or {}  # noqa: S506 — a safe one
        except yaml.YAMLError as error:
            raise ConfigurationError(f"{path}: not readable as YAML: {error}") from error
        for key, value in content.items():
            where = f"{path}: {key}"
            if key in entries:
                raise ConfigurationError(f"{where}: this key stands in another file already")
            if not isinstance(value, dict) or not set(LANGUAGES) <= set(value):
                raise ConfigurationError(f"{where}: expected a text for each of {', '.join(LANGUAGES)}")
            entry: dict[str, Any] = {language: _wordings(value[language], where) for language in LANGUAGES}
            for channel in set(value) - set(LANGUAGES):
                variants = value[channel]
                if not isinstance(variants, dict) or set(variants) != set(LANGUAGES):
                    raise ConfigurationError(f"{where}.{channel}: expected a text for each of {', '.join(LANGUAGES)}")
                entry[channel] = {language: _wordings(variants[language], where) for language in LANGUAGES}
            entries[key] = entry
    if not entries:
        raise ConfigurationError(f"{folder}: no texts found; it should hold the *.yml files of data/responses")
    return Texts(entries)

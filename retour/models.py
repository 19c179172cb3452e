"""The trained models of a folder: which one fits the training data, which are old."""

import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from retour.processes import ROOT
from rma.model.errors import ConfigurationError

KEPT = 2
_PREFIX = "retour-"
_SUFFIX = ".tar.gz"
# A model holds estimators of these as they were pickled: another version may not read them, or may read them wrongly.
_LIBRARIES = ("rasa", "scikit-learn", "numpy")


@dataclass(frozen=True)
class Sources:
    """What a model is made from, and the only things whose change asks for another training: neither texts nor
    actions."""

    root: Path = ROOT

    @property
    def config(self) -> Path:
        return self.root / "config.yml"

    @property
    def domain(self) -> Path:
        return self.root / "domain.yml"

    @property
    def data(self) -> list[Path]:
        """What Rasa is given to learn from: those that exist of data/nlu, data/rules.yml and data/stories.yml."""
        return [
            path
            for path in (self.root / "data" / name for name in ("nlu", "rules.yml", "stories.yml"))
            if path.exists()
        ]

    def check(self) -> None:
        """Raises ConfigurationError naming what is missing."""
        for path in (self.config, self.domain, self.root / "data" / "nlu"):
            if not path.exists():
                raise ConfigurationError(f"{path} is missing; the assistant cannot be trained without it")

    def files(self) -> Iterator[Path]:
        tables = self.root / "data" / "lookup"
        for path in (
            self.config,
            self.domain,
            *self.data,
            *([tables] if tables.exists() else []),
            self.root / "bot" / "nlu",
        ):
            inside = sorted(path.rglob("*")) if path.is_dir() else [path]
            yield from (file for file in inside if file.is_file() and "__pycache__" not in file.parts)

    def fingerprint(self) -> str:
        """Changes when a file changes, comes, goes or is renamed, or a library that models depend on is another
        version."""
        digest = hashlib.sha256()
        for file in self.files():
            content = file.read_bytes()
            digest.update(f"{file.relative_to(self.root).as_posix()}\0{len(content)}\0".encode() + content)
        for name in _LIBRARIES:
            digest.update(f"{name} {_version(name)}\0".encode())
        return digest.hexdigest()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


class Models:
    """The models in `folder`. A model is NAME.tar.gz with NAME.json beside it; without the latter it was put there by
    hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def newest(self) -> Path:
        """Raises ConfigurationError when there is none."""
        models = sorted(self.folder.glob(f"*{_SUFFIX}"), key=lambda path: (path.stat().st_mtime, path.name))
        if not models:
            raise ConfigurationError(f"{self.folder}: there is no trained model yet; run `retour train`")
        return models[-1]

    def fitting(self, fingerprint: str) -> Path | None:
        """The newest model trained from just these sources."""
        ours = [model for model in self._ours() if self._note(model).get("fingerprint") == fingerprint]
        return ours[-1] if ours else None

    def add(self, trained: Path, fingerprint: str, seconds: float) -> Path:
        """Moves a finished model in and removes older ones of ours. It cannot be found half moved."""
        model = self.folder / f"{_PREFIX}{time.strftime('%Y%m%d-%H%M%S')}{_SUFFIX}"
        note = {
            "fingerprint": fingerprint,
            "trained_at": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "seconds": round(seconds, 1),
        }
        part = trained.with_suffix(".json")
        part.write_text(json.dumps(note, indent=1), encoding="utf-8")
        os.replace(trained, model)
        os.replace(part, _note_path(model))
        for old in self._ours()[:-KEPT]:
            old.unlink(missing_ok=True)
            _note_path(old).unlink(missing_ok=True)
        return model

    def _ours(self) -> list[Path]:
        return sorted(self.folder.glob(f"{_PREFIX}*{_SUFFIX}"))

    @staticmethod
    def _note(model: Path) -> dict[str, object]:
        try:
            note = json.loads(_note_path(model).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return note if isinstance(note, dict) else {}


def _note_path(model: Path) -> Path:
    return model.with_name(model.name.removesuffix(_SUFFIX) + ".json")

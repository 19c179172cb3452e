"""Numbers for the heads: word and character TF-IDF, and beside it a sentence embedding, reduced."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.nlu.entities.found import Entity
from bot.nlu.text import masked, plain

_TERMS_FILE = "terms.json"
_AXES_FILE = "axes.npz"
# Principal axes kept of the embedding's 384: as good as all of them (docs/understanding.md), and less to compare.
_AXES = 160


class Encoder(Protocol):
    """Anything that turns a text, and spans of its characters, into vectors of length 1: shape (1 + spans, 384)."""

    def encode(self, text: str, spans: Sequence[tuple[int, int]] = ()) -> np.ndarray: ...


@dataclass(frozen=True, slots=True)
class Utterance:
    """A text to learn from or to understand, with the entities found in it (offsets in `text`)."""

    text: str
    entities: tuple[Entity, ...] = ()

    def part(self, start: int, end: int) -> "Utterance":
        inside = (e for e in self.entities if start <= e.start and e.end <= end)
        return Utterance(self.text[start:end], tuple(replace(e, start=e.start - start, end=e.end - start) for e in inside))


@dataclass(frozen=True, slots=True)
class Rows:
    """The features of some utterances: `text` (rows, terms) sparse, `meaning` (rows, axes), both float32."""

    text: csr_matrix
    meaning: np.ndarray

    def __getitem__(self, chosen: np.ndarray) -> "Rows":
        return Rows(self.text[chosen], self.meaning[chosen])


def _words() -> TfidfVectorizer:
    pattern = r"[^\W_]+|[?!]"
    return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=pattern, lowercase=False, dtype=np.float32)


def _characters() -> TfidfVectorizer:
    return TfidfVectorizer(
        analyzer="char", ngram_range=(2, 5), sublinear_tf=True, min_df=2, lowercase=False, dtype=np.float32
    )


class Features:
    """Fitted vectorisers, an encoder, and the axes its vectors are reduced to."""

    def __init__(self, encoder: Encoder, vectorisers: Sequence[TfidfVectorizer], mean: np.ndarray, axes: np.ndarray) -> None:
        """`mean` has shape (384,), `axes` (384, axes kept)."""
        self._encoder = encoder
        self._vectorisers = vectorisers
        self._mean = mean
        self._axes = axes

    @classmethod
    def fit_transform(cls, utterances: Sequence[Utterance], encoder: Encoder) -> tuple["Features", Rows]:
        texts = [_prepared(u) for u in utterances]
        vectorisers = [_words(), _characters()]
        text = hstack([vectoriser.fit_transform(texts) for vectoriser in vectorisers], format="csr")
        embeddings = np.concatenate([encoder.encode(u.text) for u in utterances])
        mean = embeddings.mean(axis=0)
        spread = (embeddings - mean).T @ (embeddings - mean)
        axes = np.ascontiguousarray(np.linalg.eigh(spread)[1][:, ::-1][:, :_AXES], dtype=np.float32)
        features = cls(encoder, vectorisers, mean, axes)
        return features, Rows(text, features._reduced(embeddings))

    def _reduced(self, embeddings: np.ndarray) -> np.ndarray:
        return (embeddings - self._mean) @ self._axes

    def transform(self, utterances: Sequence[Utterance]) -> Rows:
        """One row an utterance."""
        embeddings = np.concatenate([self._encoder.encode(u.text) for u in utterances])
        return Rows(self._text(utterances), self._reduced(embeddings))

    def transform_parts(self, whole: Utterance, spans: Sequence[tuple[int, int]]) -> Rows:
        """One row for the whole and one for each (start, end) of its characters."""
        parts = [whole.part(start, end) for start, end in spans]
        return Rows(self._text([whole, *parts]), self._reduced(self._encoder.encode(whole.text, spans)))

    def _text(self, utterances: Sequence[Utterance]) -> csr_matrix:
        texts = [_prepared(u) for u in utterances]
        return hstack([vectoriser.transform(texts) for vectoriser in self._vectorisers], format="csr")

    def save(self, directory: Path) -> None:
        """Vocabularies as JSON, numbers as plain arrays: nothing in a model file can run code."""
        content = [
            {"terms": sorted(v.vocabulary_, key=v.vocabulary_.__getitem__), "idf": [round(float(x), 6) for x in v.idf_]}
            for v in self._vectorisers
        ]
        (directory / _TERMS_FILE).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        np.savez_compressed(directory / _AXES_FILE, mean=self._mean, axes=self._axes)

    @classmethod
    def load(cls, directory: Path, encoder: Encoder) -> "Features":
        content = json.loads((directory / _TERMS_FILE).read_text(encoding="utf-8"))
        vectorisers = []
        for empty, saved in zip((_words(), _characters()), content, strict=True):
            empty.set_params(vocabulary={term: i for i, term in enumerate(saved["terms"])})
            empty.idf_ = np.array(saved["idf"], dtype=np.float32)
            vectorisers.append(empty)
        with np.load(directory / _AXES_FILE, allow_pickle=False) as saved:
            return cls(encoder, vectorisers, saved["mean"], saved["axes"])


def _prepared(utterance: Utterance) -> str:
    return plain(masked(utterance.text, utterance.entities))

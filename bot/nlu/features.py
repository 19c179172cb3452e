"""Numbers for the heads: word and character TF-IDF, and beside it a sentence embedding."""

import json
import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.nlu.entities.found import Entity
from bot.nlu.text import masked, plain

_TERMS_FILE = "terms.json"


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
    """The features of some utterances: `text` (rows, terms) sparse, `meaning` (rows, 384), both float32."""

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


class Terms:
    """A fitted TF-IDF, for one text at a time: scikit-learn's `transform` costs more in checks than in counting."""

    def __init__(self, vectoriser: TfidfVectorizer, terms: dict[str, int], weights: np.ndarray) -> None:
        self._analyse = vectoriser.build_analyzer()
        self.terms = terms
        self.weights = weights

    @classmethod
    def fit(cls, vectoriser: TfidfVectorizer, texts: Sequence[str]) -> "Terms":
        vectoriser.fit(texts)
        return cls(vectoriser, {str(t): int(i) for t, i in vectoriser.vocabulary_.items()}, vectoriser.idf_.astype(np.float32))

    def row(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """Places and values of a text's terms, of length 1 together: scikit-learn's sublinear TF-IDF."""
        counts = Counter([i for i in map(self.terms.get, self._analyse(text)) if i is not None])
        places = np.fromiter(counts, dtype=np.int32, count=len(counts))
        values = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))) * self.weights[places]
        return places, values / max(float(np.sqrt(values @ values)), 1e-9)


class Features:
    """Fitted terms and an encoder."""

    def __init__(self, encoder: Encoder, terms: Sequence[Terms]) -> None:
        self._encoder = encoder
        self._terms = terms

    @classmethod
    def fit_transform(cls, utterances: Sequence[Utterance], encoder: Encoder) -> tuple["Features", Rows]:
        texts = [_prepared(u) for u in utterances]
        terms = [Terms.fit(vectoriser, texts) for vectoriser in (_words(), _characters())]
        # onnxruntime lets go of Python's lock while it runs: training may use every core.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            embeddings = np.concatenate(list(pool.map(encoder.encode, (u.text for u in utterances))))
        features = cls(encoder, terms)
        return features, Rows(features._text(utterances), embeddings)

    def transform(self, utterances: Sequence[Utterance]) -> Rows:
        """One row an utterance."""
        return self.transform_parts([(utterance, ()) for utterance in utterances])

    def transform_parts(self, wholes: Sequence[tuple[Utterance, Sequence[tuple[int, int]]]]) -> Rows:
        """Of each utterance one row for the whole and one for each (start, end) of its characters, in order."""
        texts = [part for whole, spans in wholes for part in (whole, *(whole.part(a, b) for a, b in spans))]
        embeddings = np.concatenate([self._encoder.encode(whole.text, spans) for whole, spans in wholes])
        return Rows(self._text(texts), embeddings)

    def _text(self, utterances: Sequence[Utterance]) -> csr_matrix:
        places: list[np.ndarray] = []
        values: list[np.ndarray] = []
        ends = [0]
        for text in map(_prepared, utterances):
            first = 0
            for terms in self._terms:
                place, value = terms.row(text)
                places.append(place + first)
                values.append(value)
                first += len(terms.weights)
            ends.append(ends[-1] + sum(map(len, places[-len(self._terms) :])))
        width = sum(len(terms.weights) for terms in self._terms)
        return csr_matrix((np.concatenate(values), np.concatenate(places), ends), shape=(len(utterances), width))

    def save(self, directory: Path) -> None:
        """Vocabularies as JSON, numbers as plain arrays: nothing in a model file can run code."""
        content = [
            {"terms": sorted(t.terms, key=t.terms.__getitem__), "weights": [round(float(x), 6) for x in t.weights]}
            for t in self._terms
        ]
        (directory / _TERMS_FILE).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path, encoder: Encoder) -> "Features":
        content = json.loads((directory / _TERMS_FILE).read_text(encoding="utf-8"))
        terms = [
            Terms(vectoriser, {term: i for i, term in enumerate(saved["terms"])}, np.array(saved["weights"], dtype=np.float32))
            for vectoriser, saved in zip((_words(), _characters()), content, strict=True)
        ]
        return cls(encoder, terms)


def _prepared(utterance: Utterance) -> str:
    return plain(masked(utterance.text, utterance.entities))

"""Numbers for the heads: word and character TF-IDF, and beside it a sentence embedding."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.nlu.entities.found import Entity
from bot.nlu.text import masked, plain

_FILE = "features.json"


class Encoder(Protocol):
    """Anything that turns a text into a vector of length 1."""

    def encode(self, text: str) -> np.ndarray: ...


@dataclass(frozen=True, slots=True)
class Utterance:
    """A text to learn from or to understand, with the entities found in it (offsets in `text`)."""

    text: str
    entities: tuple[Entity, ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """The features of some utterances: `text` (rows, terms) sparse, `embedding` (rows, 384), both float32."""

    text: csr_matrix
    embedding: np.ndarray

    def __getitem__(self, chosen: np.ndarray) -> "Rows":
        return Rows(self.text[chosen], self.embedding[chosen])


def _words() -> TfidfVectorizer:
    pattern = r"[^\W_]+|[?!]"
    return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=pattern, lowercase=False, dtype=np.float32)


def _characters() -> TfidfVectorizer:
    return TfidfVectorizer(
        analyzer="char", ngram_range=(2, 5), sublinear_tf=True, min_df=2, lowercase=False, dtype=np.float32
    )


class Features:
    """Fitted vectorisers and an encoder."""

    def __init__(self, encoder: Encoder, words: TfidfVectorizer, characters: TfidfVectorizer) -> None:
        self._encoder = encoder
        self._vectorisers = (words, characters)

    @classmethod
    def fit(cls, utterances: Sequence[Utterance], encoder: Encoder) -> "Features":
        texts = [_prepared(u) for u in utterances]
        return cls(encoder, _words().fit(texts), _characters().fit(texts))

    def transform(self, utterances: Sequence[Utterance]) -> Rows:
        texts = [_prepared(u) for u in utterances]
        text = hstack([vectoriser.transform(texts) for vectoriser in self._vectorisers], format="csr")
        return Rows(text, np.stack([self._encoder.encode(u.text) for u in utterances]))

    def save(self, directory: Path) -> None:
        """Vocabularies and weights as JSON: nothing in a model file can run code."""
        content = [
            {"terms": sorted(v.vocabulary_, key=v.vocabulary_.__getitem__), "idf": [round(float(x), 6) for x in v.idf_]}
            for v in self._vectorisers
        ]
        (directory / _FILE).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path, encoder: Encoder) -> "Features":
        content = json.loads((directory / _FILE).read_text(encoding="utf-8"))
        vectorisers = []
        for empty, saved in zip((_words(), _characters()), content, strict=True):
            empty.set_params(vocabulary={term: i for i, term in enumerate(saved["terms"])})
            empty.idf_ = np.array(saved["idf"], dtype=np.float32)
            vectorisers.append(empty)
        return cls(encoder, *vectorisers)


def _prepared(utterance: Utterance) -> str:
    return plain(masked(utterance.text, utterance.entities))

"""A kernel ridge classifier with calibrated confidences, saved as plain arrays.

Two texts are alike by their words and letters (linear) and by what they mean (Gaussian, on the reduced embeddings). Against
linear heads on the same features this measured some four points better (docs/understanding.md), and training is one
Cholesky factorisation.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp, softmax
from sklearn.model_selection import StratifiedKFold

from bot.nlu.features import Rows

# Chosen by cross-validation on the training data; results change little around them.
_MEANING_WEIGHT = 2.0
_MEANING_SHARPNESS = 1.0
_RIDGE = 0.35
# 0 lets the many examples of one label drown the few of another, 1 makes every label weigh the same.
_BALANCE = 0.5
_FOLDS = 3
_SEED = 7


def similarity(rows: Rows, others: Rows) -> np.ndarray:
    """Shape (rows, others), float32."""
    alike = np.asarray((rows.text @ others.text.T).todense(), dtype=np.float32)
    alike += _Meanings(others.meaning).likeness(rows.meaning)
    return alike


class _Meanings:
    """Known meanings (examples, axes), made ready to be compared with again and again."""

    def __init__(self, known: np.ndarray) -> None:
        self.known = known
        self._toward = np.ascontiguousarray((2 * _MEANING_SHARPNESS * known).T, dtype=np.float32)
        self._offset = np.float32(-_MEANING_SHARPNESS) * (known**2).sum(axis=1)

    def likeness(self, rows: np.ndarray) -> np.ndarray:
        """Shape (rows, examples): at most `_MEANING_WEIGHT`, for the same meaning."""
        exponent = rows @ self._toward
        exponent += self._offset
        exponent -= np.float32(_MEANING_SHARPNESS) * (rows**2).sum(axis=1, keepdims=True)
        return np.exp(exponent, out=exponent) * np.float32(_MEANING_WEIGHT)


class Head:
    """Tells labels apart by text weights (terms, labels) and by likeness to `known` meanings, those fitted on."""

    def __init__(
        self,
        labels: Sequence[str],
        text_weights: np.ndarray,
        known: np.ndarray,
        known_weights: np.ndarray,
        bias: np.ndarray,
        temperature: float,
    ) -> None:
        self.labels = tuple(labels)
        self._text_weights = text_weights
        self._meanings = _Meanings(known)
        self._known_weights = known_weights
        self._bias = bias
        self._temperature = temperature

    @classmethod
    def fit(cls, rows: Rows, labels: Sequence[str]) -> "Head":
        """Confidences are fitted to examples that were *not* trained on, so they are not flattered.

        Raises ValueError with fewer than two labels. Needs memory of 8 bytes times the square of the examples.
        """
        names = sorted(set(labels))
        if len(names) < 2:
            raise ValueError("fewer than two labels to tell apart: add training examples")
        target = np.searchsorted(np.array(names), np.asarray(labels))
        alike = similarity(rows, rows)
        temperature = _temperature(_unseen_scores(alike, target, len(names)), target)
        weights, bias = _solve(alike, target, len(names))
        text_weights = np.asarray(rows.text.T @ weights, dtype=np.float32)
        return cls(names, text_weights, rows.meaning, weights, bias, temperature)

    def probabilities(self, rows: Rows) -> np.ndarray:
        """Shape (rows, labels), each row summing to 1."""
        scores = rows.text @ self._text_weights + self._bias
        scores += self._meanings.likeness(rows.meaning) @ self._known_weights
        return softmax(scores * self._temperature, axis=1)

    def save(self, path: Path) -> None:
        np.savez_compressed(
            path,
            labels=np.array(self.labels),
            text_weights=self._text_weights.astype(np.float16),
            known=self._meanings.known.astype(np.float16),
            known_weights=self._known_weights,
            bias=self._bias,
            temperature=self._temperature,
        )

    @classmethod
    def load(cls, path: Path) -> "Head":
        with np.load(path, allow_pickle=False) as saved:
            return cls(
                saved["labels"].tolist(),
                saved["text_weights"].astype(np.float32),
                saved["known"].astype(np.float32),
                saved["known_weights"],
                saved["bias"],
                float(saved["temperature"]),
            )


def _solve(alike: np.ndarray, target: np.ndarray, labels: int) -> tuple[np.ndarray, np.ndarray]:
    counts = np.bincount(target, minlength=labels)
    weight = ((counts.mean() / np.maximum(counts, 1)) ** _BALANCE)[target].astype(np.float32)
    wanted = np.where(np.arange(labels) == target[:, None], 1.0, -1.0).astype(np.float32)
    bias = (weight @ wanted) / weight.sum()
    ridged = alike.copy()
    ridged[np.diag_indices_from(ridged)] += np.float32(_RIDGE) / weight
    factor = cho_factor(ridged, lower=True, overwrite_a=True, check_finite=False)
    return cho_solve(factor, wanted - bias, check_finite=False), bias


def _unseen_scores(alike: np.ndarray, target: np.ndarray, labels: int) -> np.ndarray:
    scores = np.zeros((len(target), labels), dtype=np.float32)
    folds = min(_FOLDS, min(Counter(target.tolist()).values()))
    if folds < 2:
        return scores
    for seen, unseen in StratifiedKFold(folds, shuffle=True, random_state=_SEED).split(scores, target):
        weights, bias = _solve(alike[np.ix_(seen, seen)], target[seen], labels)
        scores[unseen] = alike[np.ix_(unseen, seen)] @ weights + bias
    return scores


def _temperature(scores: np.ndarray, target: np.ndarray) -> float:
    def loss(scale: float) -> float:
        scaled = scores * scale
        return float(np.mean(logsumexp(scaled, axis=1) - scaled[np.arange(len(target)), target]))

    return float(minimize_scalar(loss, bounds=(0.05, 50), method="bounded").x)

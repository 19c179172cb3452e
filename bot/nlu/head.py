"""A classifier of two opinions with calibrated confidences, saved as plain arrays.

One judges by words and letters (ridge regression), one by what the text means (multinomial logistic regression on its vector).
They err differently, so their scores are added, each weighed by what it is worth on texts that neither has seen. One head over
both kinds of features measured worse: the vectors of an adapted encoder fit what it was adapted to so well that the words were no
longer listened to (docs/understanding.md).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import logsumexp, softmax
from sklearn.linear_model import LogisticRegression

from bot.nlu.features import Rows

# Chosen by cross-validation on the training data; results change little around them.
_RIDGE = 0.35
# 0 lets the many examples of one label drown the few of another, 1 makes every label weigh the same.
_BALANCE = 0.5
# A vector has length 1; the regression's penalty is meant for longer ones.
_LENGTH = 8.0
_LENIENCE = 0.1
# What the opinions count with too few unseen sentences to fit it to.
_WEIGHTS_AT_FIRST = (3.0, 1.0)
_FEW = 100
# The ridge's equations are solved until what is left of them is this small: no answer differs from an exact solution's.
_EXACT = 1e-3
_MOST_STEPS = 400


class Head:
    """Tells labels apart by `words` (terms, labels), `meanings` (384, labels) and a bias, each scaled already."""

    def __init__(self, labels: Sequence[str], words: np.ndarray, meanings: np.ndarray, bias: np.ndarray) -> None:
        self.labels = tuple(labels)
        self._words = words
        self._meanings = meanings
        self._bias = bias

    @classmethod
    def fit(cls, rows: Rows, labels: Sequence[str], unseen: np.ndarray) -> "Head":
        """How much each opinion counts, and so the confidences, is fitted to the `unseen` rows (a mask) by heads that did not learn
        from them, as the encoder did not; what is kept learns from all.

        Raises ValueError with fewer than two labels.
        """
        names = sorted(set(labels))
        if len(names) < 2:
            raise ValueError("fewer than two labels to tell apart: add training examples")
        target = np.searchsorted(np.array(names), np.asarray(labels))
        by_words, by_meaning = _weights(rows, target, len(names), unseen)
        words, word_bias = _ridge(rows.text, target, len(names))
        meanings, meaning_bias = _logistic(rows.meaning, target, len(names))
        return cls(names, by_words * words, by_meaning * meanings, by_words * word_bias + by_meaning * meaning_bias)

    def probabilities(self, rows: Rows) -> np.ndarray:
        """Shape (rows, labels), each row summing to 1."""
        return softmax(rows.text @ self._words + rows.meaning @ self._meanings + self._bias, axis=1)

    def save(self, path: Path) -> None:
        np.savez_compressed(
            path,
            labels=np.array(self.labels),
            words=self._words.astype(np.float16),
            meanings=self._meanings.astype(np.float32),
            bias=self._bias.astype(np.float32),
        )

    @classmethod
    def load(cls, path: Path) -> "Head":
        with np.load(path, allow_pickle=False) as saved:
            return cls(saved["labels"].tolist(), saved["words"].astype(np.float32), saved["meanings"], saved["bias"])


def _ridge(text: csr_matrix, target: np.ndarray, labels: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights of the terms (terms, labels), and the bias.

    Solved by conjugate gradients, in memory of a few times the weights: a matrix of all examples by all would take gigabytes.
    """
    weight = _balance(target, labels)
    wanted = np.where(np.arange(labels) == target[:, None], 1.0, -1.0).astype(np.float32)
    bias = (weight @ wanted) / weight.sum()
    back = text.T.tocsr()
    ridge = (np.float32(_RIDGE) / weight)[:, None]
    # By its diagonal the system is made of one scale: rows have the same length, labels have not the same weight.
    scale = 1 / (np.asarray(text.multiply(text).sum(axis=1), dtype=np.float32) + ridge)
    left = wanted - bias
    duals = np.zeros_like(left)
    step = scaled = scale * left
    size = np.einsum("ij,ij->j", left, scaled)
    enough = _EXACT**2 * np.maximum(size, 1e-12)
    for _ in range(_MOST_STEPS):
        if (size <= enough).all():
            break
        moved = text @ (back @ step) + ridge * step
        along = size / np.maximum(np.einsum("ij,ij->j", step, moved), 1e-30)
        duals += along * step
        left = left - along * moved
        scaled = scale * left
        before, size = size, np.einsum("ij,ij->j", left, scaled)
        step = scaled + (size / np.maximum(before, 1e-30)) * step
    return np.asarray(back @ duals, dtype=np.float32), bias


def _logistic(meaning: np.ndarray, target: np.ndarray, labels: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights of the vectors (384, labels), and the bias. A label that no example here has is never chosen."""
    model = LogisticRegression(C=_LENIENCE, max_iter=300).fit(
        meaning * _LENGTH, target, sample_weight=_balance(target, labels)
    )
    weights, bias = np.zeros((meaning.shape[1], labels), np.float32), np.full(labels, -20.0, np.float32)
    # Two labels share one column, of the second against the first.
    if len(model.classes_) == 2:
        weights[:, model.classes_] = (np.stack([-model.coef_[0], model.coef_[0]], axis=1) * _LENGTH / 2).astype(
            np.float32
        )
        bias[model.classes_] = np.array([-model.intercept_[0], model.intercept_[0]]) / 2
    else:
        weights[:, model.classes_] = (model.coef_.T * _LENGTH).astype(np.float32)
        bias[model.classes_] = model.intercept_
    return weights, bias


def _balance(target: np.ndarray, labels: int) -> np.ndarray:
    counts = np.bincount(target, minlength=labels)
    return ((counts.mean() / np.maximum(counts, 1)) ** _BALANCE)[target].astype(np.float32)


def _weights(rows: Rows, target: np.ndarray, labels: int, unseen: np.ndarray) -> tuple[np.float32, np.float32]:
    """What the score of the words and of the meaning are to be multiplied by."""
    seen = ~unseen
    if unseen.sum() < _FEW or len(set(target[seen])) < 2:
        return np.float32(_WEIGHTS_AT_FIRST[0]), np.float32(_WEIGHTS_AT_FIRST[1])
    terms, bias = _ridge(rows.text[seen], target[seen], labels)
    words = rows.text[unseen] @ terms + bias
    meanings, meaning_bias = _logistic(rows.meaning[seen], target[seen], labels)
    meaning = rows.meaning[unseen] @ meanings + meaning_bias
    right = np.arange(len(words)), target[unseen]

    def loss(logarithms: np.ndarray) -> float:
        scores = np.exp(logarithms[0]) * words + np.exp(logarithms[1]) * meaning
        return float(np.mean(logsumexp(scores, axis=1) - scores[right]))

    best = minimize(loss, np.log(_WEIGHTS_AT_FIRST), method="Nelder-Mead")
    return np.float32(np.exp(best.x[0])), np.float32(np.exp(best.x[1]))

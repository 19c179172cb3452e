"""What a text means: its intent and its reason, learnt from examples. Knows nothing of Rasa."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.special import logit

from bot.nlu.features import Encoder, Features, Rows, Utterance
from bot.nlu.head import Head

NO_REASON = "none"
# The intents that may state a reason (contract, section 2); in others a word like "small" is about something else.
WITH_REASON = frozenset(
    {"request_return", "report_problem", "request_exchange", "withdraw_contract", "appeal_decision", "inform"}
)
# A reason is reported when it is at least this likely beside "none": a reason asked again annoys, one invented is
# corrected in the summary. Chosen on the training data's folds.
_ENOUGH = 0.55
# So sure must a fragment of a message be of a reason that the whole does not show. Chosen likewise.
_SURE = 0.7
_DOUBTFUL = 0.5
# Smoothing: as if each intent had been seen twice more, like the average.
_PRIOR_COUNT = 2.0


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled utterance; `reason` is None when none is stated."""

    utterance: Utterance
    intent: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Meaning:
    """`ranking` is every intent with its probability, best first; `reason_confidence` is that of `reason`, None included."""

    ranking: tuple[tuple[str, float], ...]
    reason: str | None
    reason_confidence: float

    @property
    def intent(self) -> str:
        return self.ranking[0][0]

    @property
    def confidence(self) -> float:
        return self.ranking[0][1]


class Understanding:
    """Two heads over shared features."""

    def __init__(self, features: Features, intents: Head, reasons: Head, silence: dict[str, float]) -> None:
        """`silence`: of each intent that may state a reason, the share of examples that states none; "" is all of them."""
        self._features = features
        self._intents = intents
        self._reasons = reasons
        self._silence = silence

    @classmethod
    def fit(cls, examples: Sequence[Example], encoder: Encoder) -> "Understanding":
        """Raises ValueError when there are fewer than two intents or reasons to tell apart."""
        utterances = [e.utterance for e in examples]
        features, rows = Features.fit_transform(utterances, encoder)
        intents = Head.fit(rows, [e.intent for e in examples])
        stated = np.array([i for i, e in enumerate(examples) if e.intent in WITH_REASON])
        reasons = Head.fit(rows[stated], [examples[i].reason or NO_REASON for i in stated])
        return cls(features, intents, reasons, _silence([examples[i] for i in stated]))

    def read(
        self, utterance: Utterance, spans: Sequence[tuple[int, int]] = (), fragments: Sequence[tuple[int, int]] = ()
    ) -> list[Meaning]:
        """The meaning of the whole, then of each (start, end) of its characters in `spans`.

        `fragments` lend the whole their reason when it states none by itself: two words among order number, address and
        thanks say why, and are lost in the sum.
        """
        pairs = self._pairs(self._features.transform_parts(utterance, [*spans, *fragments]))
        whole = self._meaning(*pairs[0])
        # A part has little to tell its intent from ("I changed my mind"), so a doubtful one does not silence its reason.
        parts = [self._meaning(*pair, doubtful=_DOUBTFUL) for pair in pairs[1:]]
        return [_with_reason_of(whole, parts[len(spans) :]), *parts[: len(spans)]]

    def read_all(self, utterances: Sequence[Utterance]) -> list[Meaning]:
        return self._meanings(self._features.transform(utterances)) if utterances else []

    def _meanings(self, rows: Rows) -> list[Meaning]:
        return [self._meaning(intents, reasons) for intents, reasons in self._pairs(rows)]

    def _pairs(self, rows: Rows) -> list[tuple[np.ndarray, np.ndarray]]:
        return list(zip(self._intents.probabilities(rows), self._reasons.probabilities(rows), strict=True))

    def _meaning(self, intents: np.ndarray, reasons: np.ndarray, doubtful: float = 0.0) -> Meaning:
        """`doubtful`: an intent under this confidence does not rule a reason out."""
        order = np.argsort(-intents)
        ranking = tuple((self._intents.labels[i], float(intents[i])) for i in order)
        none = self._reasons.labels.index(NO_REASON)
        reasons = self._with_prior(intents, reasons, none)
        if ranking[0][0] not in WITH_REASON and ranking[0][1] >= doubtful:
            return Meaning(ranking, None, float(reasons[none]))
        stated = reasons.copy()
        stated[none] *= _ENOUGH
        best = int(stated.argmax())
        return Meaning(ranking, None if best == none else self._reasons.labels[best], float(reasons[best]))

    def _with_prior(self, intents: np.ndarray, reasons: np.ndarray, none: int) -> np.ndarray:
        """A complaint nearly always has a reason, a contest seldom: the odds of "none" follow the intent."""
        weights = {label: float(p) for label, p in zip(self._intents.labels, intents, strict=True) if label in self._silence}
        total = sum(weights.values())
        if total < 1e-6:
            return reasons
        expected = sum(p * self._silence[label] for label, p in weights.items()) / total
        shifted = reasons.copy()
        shifted[none] *= np.exp(logit(expected) - logit(self._silence[""]))
        return shifted / shifted.sum()

    def save(self, directory: Path) -> None:
        self._features.save(directory)
        self._intents.save(directory / "intents.npz")
        self._reasons.save(directory / "reasons.npz")
        (directory / "silence.json").write_text(json.dumps(self._silence), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path, encoder: Encoder) -> "Understanding":
        return cls(
            Features.load(directory, encoder),
            Head.load(directory / "intents.npz"),
            Head.load(directory / "reasons.npz"),
            json.loads((directory / "silence.json").read_text(encoding="utf-8")),
        )


def _with_reason_of(whole: Meaning, fragments: Sequence[Meaning]) -> Meaning:
    sure = [f for f in fragments if f.reason is not None and f.reason_confidence >= _SURE]
    if whole.reason is not None or whole.intent not in WITH_REASON or not sure:
        return whole
    best = max(sure, key=lambda fragment: fragment.reason_confidence)
    return replace(whole, reason=best.reason, reason_confidence=best.reason_confidence)


def _silence(examples: Sequence[Example]) -> dict[str, float]:
    overall = (sum(e.reason is None for e in examples) + 1) / (len(examples) + 2)
    shares = {"": overall}
    for intent in sorted({e.intent for e in examples}):
        told = [e.reason is None for e in examples if e.intent == intent]
        shares[intent] = (sum(told) + _PRIOR_COUNT * overall) / (len(told) + _PRIOR_COUNT)
    return shares

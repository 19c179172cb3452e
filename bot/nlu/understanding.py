"""What a text means: its intent and its reason, learnt from examples. Knows nothing of Rasa."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
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

    def read(self, utterance: Utterance, spans: Sequence[tuple[int, int]] = ()) -> list[Meaning]:
        """The meaning of the whole, then of each (start, end) of its characters."""
        return self._meanings(self._features.transform_parts(utterance, spans))

    def read_all(self, utterances: Sequence[Utterance]) -> list[Meaning]:
        return self._meanings(self._features.transform(utterances)) if utterances else []

    def _meanings(self, rows: Rows) -> list[Meaning]:
        pairs = zip(self._intents.probabilities(rows), self._reasons.probabilities(rows), strict=True)
        return [self._meaning(intents, reasons) for intents, reasons in pairs]

    def _meaning(self, intents: np.ndarray, reasons: np.ndarray) -> Meaning:
        order = np.argsort(-intents)
        ranking = tuple((self._intents.labels[i], float(intents[i])) for i in order)
        none = self._reasons.labels.index(NO_REASON)
        reasons = self._with_prior(intents, reasons, none)
        if ranking[0][0] not in WITH_REASON:
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


def _silence(examples: Sequence[Example]) -> dict[str, float]:
    overall = (sum(e.reason is None for e in examples) + 1) / (len(examples) + 2)
    shares = {"": overall}
    for intent in sorted({e.intent for e in examples}):
        told = [e.reason is None for e in examples if e.intent == intent]
        shares[intent] = (sum(told) + _PRIOR_COUNT * overall) / (len(told) + _PRIOR_COUNT)
    return shares

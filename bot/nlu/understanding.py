"""What a text means: its intent and its reason, learnt from examples. Knows nothing of Rasa."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.special import logit

from bot.nlu.asides import is_aside
from bot.nlu.clauses import clauses, fragments
from bot.nlu.features import Encoder, Features, Rows, Utterance
from bot.nlu.head import Head
from bot.nlu.heldout import held_out

NO_REASON = "none"
# The intents that may state a reason (contract, section 2); in others a word like "small" is about something else.
WITH_REASON = frozenset(
    {"request_return", "report_problem", "request_exchange", "withdraw_contract", "appeal_decision", "inform"}
)
# A reason is reported when it is at least this likely beside "none": a reason asked again annoys, one invented is
# corrected in the summary. Chosen on bench/data/nlu_choose.jsonl, as the next two.
_ENOUGH = 0.35
# So sure must a fragment of a message be of a reason that the whole does not show. Chosen likewise.
_SURE = 0.35
_DOUBTFUL = 0.5
# How much the last clause counts beside the whole. Chosen on bench/data/nlu_choose.jsonl.
_LAST_WORD = 0.4
# Smoothing: as if each intent had been seen twice more, like the average.
_PRIOR_COUNT = 2.0


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled utterance; `reason` is None when none is stated."""

    utterance: Utterance
    intent: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Passage:
    """An utterance and the (start, end) of the parts of it that are read too.

    `spans` are read for themselves. `fragments` lend the whole their reason when it states none by itself: two words among
    order number, address and thanks say why, and are lost in the sum. `asides` are those of `spans` that are beside the point: what
    is wrong is read from the rest.
    """

    utterance: Utterance
    spans: Sequence[tuple[int, int]] = ()
    fragments: Sequence[tuple[int, int]] = ()
    asides: Sequence[tuple[int, int]] = ()

    @classmethod
    def of(cls, utterance: Utterance) -> "Passage":
        """With the utterance's clauses and fragments, when it has several."""
        spans, pieces = (cut(utterance.text, utterance.entities) for cut in (clauses, fragments))
        if len(spans) < 2:
            return cls(utterance, (), pieces if len(pieces) > 1 else ())
        asides = [span for span in spans if is_aside(utterance.text[slice(*span)])]
        if len(asides) == len(spans):
            asides = []
        told = [piece for piece in pieces if not any(a <= piece[0] and piece[1] <= b for a, b in asides)]
        return cls(utterance, spans, told if len(pieces) > 1 else (), asides)

    def rest(self) -> Utterance:
        """The utterance with spaces in place of its asides: offsets stay."""
        text = self.utterance.text
        for start, end in self.asides:
            text = text[:start] + " " * (end - start) + text[end:]
        kept = (e for e in self.utterance.entities if not any(a <= e.start and e.end <= b for a, b in self.asides))
        return Utterance(text, tuple(kept))


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
        unseen = np.array([held_out(u.text) for u in utterances])
        intents = Head.fit(rows, [e.intent for e in examples], unseen)
        stated = np.array([i for i, e in enumerate(examples) if e.intent in WITH_REASON])
        reasons = Head.fit(rows[stated], [examples[i].reason or NO_REASON for i in stated], unseen[stated])
        return cls(features, intents, reasons, _silence([examples[i] for i in stated]))

    def read(self, passage: Passage) -> list[Meaning]:
        """The meaning of the whole, then of each of its `spans`."""
        return self.read_all([passage])[0]

    def read_all(self, passages: Sequence[Passage]) -> list[list[Meaning]]:
        """As `read`, of each. Together they cost less: most of a head is one product with all it knows."""
        if not passages:
            return []
        rows = self._features.transform_parts([(p.utterance, [*p.spans, *p.fragments]) for p in passages])
        pairs = self._pairs(rows)
        read = [self._of(passage, pairs) for passage in passages]
        strayed = [place for place, passage in enumerate(passages) if passage.asides]
        if strayed:
            again = self.read_all([self._without_asides(passages[place]) for place in strayed])
            for place, rest in zip(strayed, again, strict=True):
                read[place] = _told_by(passages[place], read[place], rest)
        return read

    @staticmethod
    def _without_asides(passage: Passage) -> Passage:
        return Passage(
            passage.rest(), [span for span in passage.spans if span not in passage.asides], passage.fragments
        )

    def _of(self, passage: Passage, pairs: Iterator[tuple[np.ndarray, np.ndarray]]) -> list[Meaning]:
        intents, reasons = next(pairs)
        parts = [[next(pairs) for _ in cut] for cut in (passage.spans, passage.fragments)]
        if passage.spans:
            intents = _ending_with(intents, parts[0][-1][0])
        whole = self._meaning(intents, reasons)
        # A part has little to tell its intent from ("I changed my mind"), so a doubtful one does not silence its reason.
        spans, pieces = ([self._meaning(*pair, doubtful=_DOUBTFUL) for pair in part] for part in parts)
        return [_with_reason_of(whole, pieces), *spans]

    def _pairs(self, rows: Rows) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        return zip(self._intents.probabilities(rows), self._reasons.probabilities(rows), strict=True)

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
        weights = {
            label: float(p) for label, p in zip(self._intents.labels, intents, strict=True) if label in self._silence
        }
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


def _ending_with(whole: np.ndarray, last: np.ndarray) -> np.ndarray:
    """What a message means, its last clause heard once more: people tell the story first and say what they want at the end."""
    heard = whole * np.maximum(last, 1e-4) ** _LAST_WORD
    return heard / heard.sum()


def _told_by(passage: Passage, read: Sequence[Meaning], rest: Sequence[Meaning]) -> list[Meaning]:
    """What `read` means when only what is left without its asides says what is wrong; an aside has no reason."""
    whole = replace(read[0], reason=rest[0].reason, reason_confidence=rest[0].reason_confidence)
    others = iter(rest[1:])
    spans = [
        replace(meaning, reason=None, reason_confidence=0.0) if span in passage.asides else next(others)
        for span, meaning in zip(passage.spans, read[1:], strict=True)
    ]
    return [whole, *spans]


def _with_reason_of(whole: Meaning, fragments: Sequence[Meaning]) -> Meaning:
    sure = [f for f in fragments if f.reason is not None and f.reason_confidence >= _SURE]
    if whole.intent not in WITH_REASON or not sure:
        return whole
    best = max(sure, key=lambda fragment: fragment.reason_confidence)
    # Beside an order number and an address the whole may hear the same, and be less sure of it.
    heard = whole.reason == best.reason and whole.reason_confidence < best.reason_confidence
    return replace(whole, reason=best.reason, reason_confidence=best.reason_confidence) if whole.reason is None or heard else whole


def _silence(examples: Sequence[Example]) -> dict[str, float]:
    overall = (sum(e.reason is None for e in examples) + 1) / (len(examples) + 2)
    shares = {"": overall}
    for intent in sorted({e.intent for e in examples}):
        told = [e.reason is None for e in examples if e.intent == intent]
        shares[intent] = (sum(told) + _PRIOR_COUNT * overall) / (len(told) + _PRIOR_COUNT)
    return shares

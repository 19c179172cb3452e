"""The sentences to learn from, varied a little each time they are seen."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.nlu.heldout import held_out
from bot.nlu.understanding import NO_REASON, WITH_REASON

_BEFORE = {
    "en": ("Hi, ", "Hello. ", "Good morning, ", "Hey there ", "hi ", "Hello team, "),
    "fr": ("Bonjour, ", "Salut, ", "bonjour ", "Bonsoir. ", "Madame, Monsieur, ", "coucou "),
}
_AFTER = {
    "en": (" Thanks.", " thank you", " Thanks in advance!", " cheers", " Kind regards"),
    "fr": (" Merci.", " merci d'avance", " Merci beaucoup !", " Cordialement", " mrc"),
}
_SMALL_TALK = frozenset({"greet", "goodbye", "thank"})
_WISHES = frozenset({"request_return", "request_exchange"})
_LONG = 200


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    language: str
    intent: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Labels:
    """Names in the order of the heads' outputs."""

    intents: tuple[str, ...]
    reasons: tuple[str, ...]

    @classmethod
    def of(cls, sentences: Sequence[Sentence]) -> "Labels":
        reasons = {s.reason for s in sentences if s.reason}
        return cls(tuple(sorted({s.intent for s in sentences})), (NO_REASON, *sorted(reasons)))

    def numbers(self, sentence: Sentence) -> tuple[int, int, float]:
        """Intent, reason, and whether the reason counts: in most intents there is none to learn."""
        reason = self.reasons.index(sentence.reason or NO_REASON)
        return self.intents.index(sentence.intent), reason, float(sentence.intent in WITH_REASON)


class Examples:
    """Those that are not held out."""

    def __init__(self, sentences: Sequence[Sentence], chance: random.Random) -> None:
        self._sentences = [s for s in sentences if not held_out(s.text)]
        self._chance = chance
        self._complaints: dict[str, list[Sentence]] = defaultdict(list)
        for sentence in self._sentences:
            if sentence.intent == "report_problem" and len(sentence.text) < 140:
                self._complaints[sentence.language].append(sentence)

    def __len__(self) -> int:
        return len(self._sentences)

    def batches(self, characters: int = 5600, most: int = 64) -> Iterator[list[Sentence]]:
        """Each sentence once, varied; those of about one length together, since a batch is as long as its longest."""
        varied = sorted(map(self._varied, self._sentences), key=lambda s: len(s.text) + self._chance.uniform(0, 12))
        batches: list[list[Sentence]] = [[]]
        for sentence in varied:
            if len(batches[-1]) >= most or len(batches[-1]) * (len(sentence.text) + 16) > characters:
                batches.append([])
            batches[-1].append(sentence)
        self._chance.shuffle(batches)
        yield from filter(None, batches)

    def _varied(self, sentence: Sentence) -> Sentence:
        """A greeting before, thanks after, the complaint before the wish, a slip of the finger, no capitals: none of them
        changes what is meant."""
        text, reason, dice = sentence.text, sentence.reason, self._chance.random()
        if len(text) < _LONG and sentence.intent not in _SMALL_TALK:
            if dice < 0.06:
                text = self._chance.choice(_BEFORE[sentence.language]) + text
            elif dice < 0.12:
                text += self._chance.choice(_AFTER[sentence.language])
            elif dice < 0.20 and sentence.intent in _WISHES and reason is None and len(text) < 90:
                complaint = self._chance.choice(self._complaints[sentence.language])
                text, reason = f"{complaint.text.rstrip(' .')}. {text}", complaint.reason
        if self._chance.random() < 0.06 and len(text) > 8:
            text = self._mistyped(text)
        if self._chance.random() < 0.08:
            text = text.lower().replace(".", "").replace(",", "")
        return Sentence(text, sentence.language, sentence.intent, reason)

    def _mistyped(self, text: str) -> str:
        at = self._chance.randrange(1, len(text) - 2)
        left, one, other, right = text[:at], text[at], text[at + 1], text[at + 2 :]
        return self._chance.choice((left + other + right, left + other + one + right, left + one + one + other + right))

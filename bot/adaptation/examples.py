"""The sentences to learn from, varied a little each time they are seen."""

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.adaptation.noise import noisy
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
# Shorter ones are answers: a story before them would be made up.
_ALONE = 25
_AGAIN = 1.6
_FILE = Path(__file__).parent / "asides.yml"


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
    """Those that are not held out. Of the `known` ones each epoch sees others, `_AGAIN` times as many as there are sentences."""

    def __init__(self, sentences: Sequence[Sentence], chance: random.Random, known: Sequence[Sentence] = ()) -> None:
        self._sentences, self._known = ([s for s in some if not held_out(s.text)] for some in (sentences, known))
        self._chance = chance
        self._asides = Asides.load()
        self._complaints: dict[str, list[Sentence]] = defaultdict(list)
        for sentence in (*self._sentences, *self._known):
            if sentence.intent == "report_problem" and len(sentence.text) < 140:
                self._complaints[sentence.language].append(sentence)

    def __len__(self) -> int:
        return len(self._sentences)

    def batches(self, characters: int = 5600, most: int = 64) -> Iterator[list[Sentence]]:
        """An epoch: each sentence once, varied; those of about one length together, since a batch is as long as its longest."""
        again = self._chance.sample(self._known, min(len(self._known), int(_AGAIN * len(self._sentences))))
        varied = sorted(
            map(self._varied, [*self._sentences, *again]), key=lambda s: len(s.text) + self._chance.uniform(0, 12)
        )
        batches: list[list[Sentence]] = [[]]
        for sentence in varied:
            if len(batches[-1]) >= most or len(batches[-1]) * (len(sentence.text) + 16) > characters:
                batches.append([])
            batches[-1].append(sentence)
        self._chance.shuffle(batches)
        yield from filter(None, batches)

    def _varied(self, sentence: Sentence) -> Sentence:
        """A greeting before, thanks after, the complaint before the wish, another thing complained of, a remark beside the point,
        other spelling: none of them changes what is meant."""
        text, reason, language, dice = sentence.text, sentence.reason, sentence.language, self._chance.random()
        if reason is not None and self._chance.random() < 0.25:
            text = self._asides.of_another_thing(text, language, self._chance)
        if len(text) < _LONG and sentence.intent not in _SMALL_TALK:
            if dice < 0.06:
                text = self._chance.choice(_BEFORE[language]) + text
            elif dice < 0.12:
                text += self._chance.choice(_AFTER[language])
            elif dice < 0.20 and sentence.intent in _WISHES and reason is None and len(text) < 90:
                complaint = self._chance.choice(self._complaints[language])
                text, reason = f"{complaint.text.rstrip(' .')}. {text}", complaint.reason
            elif dice < 0.30 and sentence.intent in WITH_REASON and reason is not None and len(text) > _ALONE:
                text = self._asides.around(text, language, self._chance)
        return Sentence(noisy(text, language, self._chance), language, sentence.intent, reason)


@dataclass(frozen=True, slots=True)
class Asides:
    """What is said beside the point, and names of things, by language; of things by gender too."""

    remarks: dict[str, dict[str, list[str]]]
    things: dict[str, list[list[str]]]

    @classmethod
    def load(cls, file: Path = _FILE) -> "Asides":
        content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
        things = {language: [group.split(", ") for group in groups] for language, groups in content["things"].items()}
        return cls(content["remarks"], things)

    def around(self, text: str, language: str, chance: random.Random) -> str:
        """One remark before, or one or two, or one after."""
        remarks = self.remarks[language]
        if chance.random() < 0.2:
            return f"{text.rstrip(' .')}. {chance.choice(remarks['after'])}"
        before = chance.sample(remarks["before"], chance.choice((1, 1, 2)))
        return " ".join([*before, text[:1].upper() + text[1:]])

    def of_another_thing(self, text: str, language: str, chance: random.Random) -> str:
        """The text with one name of a thing changed to another; as it is when it has none."""
        for group in self.things[language]:
            found = [word for word in text.split() if word in group]
            if found:
                return re.sub(rf"\b{re.escape(found[0])}\b", chance.choice(group), text)
        return text

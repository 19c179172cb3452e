"""What the encoder's adaptation does to sentences: other spelling, never other labels, nothing lost."""

import random

import pytest

from bot.adaptation.examples import Asides, Examples, Sentence
from bot.adaptation.noise import KINDS, noisy

TEXTS = {
    "en": ["I've ordered the wrong kettle, please send it back because it doesn't work.", "2", "ok", "???"],
    "fr": ["J'ai reçu une bouilloire qui ne marche pas, je veux être remboursé.", "2", "d'accord", "!"],
}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_kind_changes_long_texts_and_survives_short_ones(language: str) -> None:
    long, *short = TEXTS[language]
    for _, kind in KINDS:
        changed = {kind(long, language, random.Random(seed)) for seed in range(20)}
        assert changed - {long} and all(len(text) > len(long) / 3 for text in changed), kind
    for text in short:
        for seed in range(60):
            assert noisy(text, language, random.Random(seed)).strip()


def test_most_sentences_stay_as_they_are() -> None:
    chance = random.Random(4)
    same = sum(noisy(TEXTS["en"][0], "en", chance) == TEXTS["en"][0] for _ in range(500))
    assert 250 < same < 400


def test_remarks_keep_the_complaint_and_things_stay_of_one_gender() -> None:
    asides, chance = Asides.load(), random.Random(1)
    for language, text in (("en", "the kettle leaks at the bottom"), ("fr", "la bouilloire fuit par le fond")):
        around = {asides.around(text, language, chance) for _ in range(30)}
        assert len(around) > 10 and all(text[1:] in one for one in around)
        others = {asides.of_another_thing(text, language, chance) for _ in range(30)}
        assert len(others) > 5 and all(one.split()[0] == text.split()[0] for one in others)
    assert asides.of_another_thing("it leaks", "en", chance) == "it leaks"


def test_an_epoch_sees_what_is_new_whole_and_some_of_what_is_known() -> None:
    new = [Sentence(f"brand new sentence number {n}", "en", "inform", None) for n in range(100)]
    known = [Sentence(f"well known phrase {n}", "en", "inform", None) for n in range(1000)]
    examples = Examples(new, random.Random(1), known)
    seen = [sentence for batch in examples.batches() for sentence in batch]
    assert len(examples) < len(seen) < 3 * len(examples) < len(known)

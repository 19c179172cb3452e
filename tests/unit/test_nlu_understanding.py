"""The learnt part: small models on few sentences, with the real embeddings."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bot.nlu import minilm
from bot.nlu.asides import is_aside
from bot.nlu.features import Utterance
from bot.nlu.minilm import WeightsError, shared_encoder
from bot.nlu.understanding import Example, Passage, Understanding

SENTENCES = {
    ("request_return", "size_too_small"): ["I want to return it, too small", "it goes back, too tight", "je renvoie, trop petit"],
    ("request_return", None): ["I want to return something", "can I send this back", "je veux renvoyer un article"],
    ("report_problem", "defective"): ["it does not work", "the kettle stopped working", "la bouilloire ne marche plus"],
    ("report_problem", "damaged"): ["it arrived broken", "the glass was cracked", "le verre est arrivé cassé"],
    ("check_refund_status", None): ["where is my refund", "I have not got my money yet", "où est mon remboursement"],
    ("greet", None): ["hello", "good morning", "bonjour"],
}  # fmt: skip


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    examples = [Example(Utterance(text), *labels) for labels, texts in SENTENCES.items() for text in texts]
    return Understanding.fit(examples, shared_encoder())


def _said(text: str, spans: Sequence[tuple[int, int]] = (), pieces: Sequence[tuple[int, int]] = ()) -> Passage:
    return Passage(Utterance(text), spans, pieces)


def test_meaning_counts_more_than_words(understanding: Understanding) -> None:
    (refund,) = understanding.read(_said("still waiting for the money you owe me"))
    assert refund.intent == "check_refund_status"
    assert refund.reason is None
    (broken,) = understanding.read(_said("the screen came smashed"))
    assert (broken.intent, broken.reason) == ("report_problem", "damaged")


def test_confidences_are_probabilities(understanding: Understanding) -> None:
    (meaning,) = understanding.read(_said("hello"))
    assert sum(p for _, p in meaning.ranking) == pytest.approx(1)
    assert [p for _, p in meaning.ranking] == sorted((p for _, p in meaning.ranking), reverse=True)
    assert 0 <= meaning.reason_confidence <= 1


def test_an_intent_without_reasons_never_states_one(understanding: Understanding) -> None:
    (meaning,) = understanding.read(_said("where is my refund, it was too small"))
    assert meaning.intent != "check_refund_status" or meaning.reason is None


def test_each_clause_is_read(understanding: Understanding) -> None:
    text = "the kettle stopped working and where is my refund"
    _, first, second = understanding.read(_said(text, [(0, 26), (31, len(text))]))
    assert (first.intent, second.intent) == ("report_problem", "check_refund_status")


def test_a_reason_among_other_facts_is_not_lost(understanding: Understanding) -> None:
    text = (
        "I want to return something please, my order is W2611340, too tight, my address is noah@example.com, thank you"
    )
    start = text.index("too tight")
    (meaning,) = understanding.read(_said(text, [], [(start, start + len("too tight"))]))
    assert (meaning.intent, meaning.reason) == ("request_return", "size_too_small")


def test_saved_and_loaded_it_says_the_same(understanding: Understanding, tmp_path: Path) -> None:
    understanding.save(tmp_path)
    again = Understanding.load(tmp_path, shared_encoder())
    said = Passage.of(Utterance("je voudrais renvoyer la bouilloire, elle est cassée"))
    before, after = understanding.read(said)[0], again.read(said)[0]
    assert [name for name, _ in before.ranking] == [name for name, _ in after.ranking]
    # Saved in half precision.
    assert [p for _, p in after.ranking] == pytest.approx([p for _, p in before.ranking], abs=5e-3)


def test_embeddings_are_near_for_like_meanings() -> None:
    encoder = shared_encoder()
    refund, money, kettle = (
        encoder.encode(t)[0] for t in ("I want a refund", "give me my money back", "the kettle is blue")
    )
    assert np.linalg.norm(refund) == pytest.approx(1, abs=1e-5)
    assert refund @ money > 0.5 > refund @ kettle


def test_other_weights_than_the_published_ones_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "SHA256", "0" * 64)
    with pytest.raises(WeightsError, match="reinstall"):
        minilm.SentenceEncoder.from_package()


ASIDES = [
    "the mugs are gorgeous", "I love them, great quality.", "The t-shirt is lovely and fits well", "my old shoes were too big",
    "J'adore la bouilloire", "elle est superbe.", "la taille est parfaite", "mes anciennes bottes étaient trop petites",
    "no complaints there",
]  # fmt: skip
TO_THE_POINT = [
    "the lamp flickers", "it is not great", "I thought it would be perfect", "it was perfect until it stopped working",
    "the shirt is lovely but too small", "I'd be happy with a refund", "my old order was wrong", "elle n'est pas superbe",
    "la veste est jolie mais trop grande", "my previous return never arrived", "these are too big",
]  # fmt: skip


def test_praise_and_remarks_about_earlier_things_are_beside_the_point() -> None:
    assert [text for text in ASIDES if not is_aside(text)] == []
    assert [text for text in TO_THE_POINT if is_aside(text)] == []


def test_an_aside_neither_has_a_reason_nor_hides_the_rest(understanding: Understanding) -> None:
    text = "The mug is great, I love it. The kettle stopped working."
    passage = Passage.of(Utterance(text))
    assert passage.asides and len(passage.rest().text) == len(text)
    whole, *parts = understanding.read(passage)
    assert whole.reason == "defective"
    assert [part.reason for span, part in zip(passage.spans, parts, strict=True) if span in passage.asides] == [
        None
    ] * len(passage.asides)
    only_praise = Passage.of(Utterance("The mug is great. I love it."))
    assert only_praise.asides == [] and len(understanding.read(only_praise)) == 3

"""The encoder's adapter: what is learnt is what is run."""

import random
from pathlib import Path

import numpy as np
import pytest

from bot.adaptation.__main__ import _padded
from bot.adaptation.examples import Examples, Labels, Sentence
from bot.nlu import adapter
from bot.nlu.heldout import held_out
from bot.nlu.minilm import SentenceEncoder, published_tokenizer, published_weights

SENTENCES = [
    Sentence("the shoes are too small", "en", "report_problem", "size_too_small"),
    Sentence("la bouilloire ne chauffe plus", "fr", "report_problem", "defective"),
    Sentence("i want to send it back", "en", "request_return", None),
    Sentence("bonjour", "fr", "greet", None),
    Sentence("where is my refund?", "en", "check_refund_status", None),
] * 4


def test_the_shipped_adapter_fits_the_published_weights() -> None:
    published = published_weights()
    changed = adapter.adapted(published)
    assert changed.keys() == published.keys()
    moved = [name for name in published if not np.allclose(published[name], changed[name], atol=1e-4)]
    assert "embeddings.word_embeddings.weight" in moved and len(moved) > 36


def test_an_adapter_of_another_model_is_refused(tmp_path: Path) -> None:
    adapter.save({"encoder.layer.9.output.dense.bias": np.zeros(384)}, tmp_path / "other.npz")
    with pytest.raises(ValueError, match=r"layer\.9"):
        adapter.adapted(published_weights(), tmp_path / "other.npz")


def test_what_was_learnt_is_what_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tf = pytest.importorskip("tensorflow")
    from bot.adaptation.model import Model

    labels, tokenizer = Labels.of(SENTENCES), published_tokenizer()
    model = Model(published_weights(), len(labels.intents), len(labels.reasons), rank=4, word_rank=4)
    model.rate.assign(3e-3)
    batch = next(Examples(SENTENCES, random.Random(1)).batches())
    numbers = [np.array(column) for column in zip(*map(labels.numbers, batch), strict=True)]
    losses = [float(model.step(*_padded(tokenizer, [s.text for s in batch]), *numbers)) for _ in range(8)]
    assert losses[-1] < losses[0]
    adapter.save(model.changes(), tmp_path / "learnt.npz")
    further = Model(published_weights(), len(labels.intents), len(labels.reasons), rank=4, word_rank=4)
    with np.load(tmp_path / "learnt.npz") as kept:
        further.resume(kept)
    changes = model.changes()
    assert all(np.allclose(values, changes[name], atol=2e-2) for name, values in further.changes().items())
    weights = adapter.adapted(published_weights(), tmp_path / "learnt.npz")
    monkeypatch.setattr("bot.nlu.minilm.adapted", lambda _: weights)
    encoder = SentenceEncoder.from_package()
    for text in ("the shoes are too small", "où est mon remboursement ?"):
        there = tf.math.l2_normalize(model._encode(*_padded(tokenizer, [text])), -1).numpy()[0]
        assert float(there @ encoder.encode(text)[0]) > 0.97


def test_what_is_held_out_is_never_learnt_from() -> None:
    texts = [f"sentence number {number}" for number in range(400)]
    learnt = Examples([Sentence(text, "en", "inform", None) for text in texts], random.Random(1))
    kept = [text for text in texts if held_out(text)]
    assert 10 < len(kept) < 60
    assert len(learnt) == len(texts) - len(kept)

"""`python -m bot.adaptation`: learns the encoder's adapter from data/nlu and writes bot/nlu/data/adapter.npz."""

import argparse
import os
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bot.adaptation.examples import Sentence

ROOT = Path(__file__).resolve().parents[2]
_SEED = 3
_RATE, _WARM_UP, _COOLEST = 2e-3, 150, 0.02
_TOKENS = 96


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--epochs", type=int, default=6)
    options.add_argument("--rank", type=int, default=24)
    options.add_argument("--word-rank", type=int, default=32)
    options.add_argument("--resume", type=Path, help="an adapter of the same ranks to go on from")
    options.add_argument("--rate", type=float, default=_RATE)
    options.add_argument("--new", default="*", help="with --resume: files with new sentences (a pattern of their names); of the "
                         "others every epoch sees a share, so that they are not forgotten")  # fmt: skip
    options.add_argument("--out", type=Path, help="instead of bot/nlu/data/adapter.npz")
    asked = options.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # TensorFlow greets and takes seconds to load: only now.
    import tensorflow as tf

    from bot.adaptation.examples import Examples, Labels
    from bot.adaptation.model import Model
    from bot.nlu import adapter
    from bot.nlu.minilm import published_tokenizer, published_weights

    tf.random.set_seed(_SEED)
    files = sorted((ROOT / "data" / "nlu").rglob("*.yml"))
    new, known = (_sentences([f for f in files if f.match(asked.new) is wanted]) for wanted in (True, False))
    sentences = [*new, *known]
    labels = Labels.of(sentences)
    examples = Examples(new, random.Random(_SEED), known)  # noqa: S311
    model = Model(published_weights(), len(labels.intents), len(labels.reasons), asked.rank, asked.word_rank)
    if asked.resume:
        with np.load(asked.resume, allow_pickle=False) as kept:
            model.resume(kept)
    tokenizer = published_tokenizer(_TOKENS)
    print(f"{len(examples)} of {len(sentences)} sentences; the others are held out to fit confidences to")
    done, total, began = 0, 0, time.monotonic()
    for epoch in range(asked.epochs):
        batches = list(examples.batches())
        total = total or len(batches) * asked.epochs
        losses = []
        for batch in batches:
            model.rate.assign(asked.rate * min(1, done / _WARM_UP) * max(_COOLEST, 1 - done / total))
            numbers = [np.array(column) for column in zip(*map(labels.numbers, batch), strict=True)]
            losses.append(float(model.step(*_padded(tokenizer, [s.text for s in batch]), *numbers)))
            done += 1
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.3f}, {time.monotonic() - began:.0f} s", flush=True)
    file = asked.out or adapter.FILE
    adapter.save(model.changes(), file)
    print(f"{file}: {file.stat().st_size / 1e6:.1f} MB; train the assistant anew now")


def _sentences(files: Sequence[Path]) -> list[Sentence]:
    from rasa.shared.nlu.training_data.loading import load_data

    from bot.nlu.components import labels_of

    found = []
    for file in files:
        for message in load_data(str(file)).intent_examples:
            text, language, intent, reason = labels_of(message)
            found.append(Sentence(text, language, intent, reason))
    return found


def _padded(tokenizer: Any, texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Token numbers and which of them count, both (texts, tokens)."""
    found = [tokenizer.encode(text).ids for text in texts]
    ids = np.zeros((len(found), max(map(len, found))), dtype=np.int32)
    mask = np.zeros(ids.shape, dtype=np.float32)
    for row, tokens in enumerate(found):
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
    return ids, mask


if __name__ == "__main__":
    main()

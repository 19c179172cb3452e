"""What the encoder learnt of our own messages: low-rank changes to the published weights (LoRA, Hu et al. 2021).

    W' = W + A @ B

for every matrix of the six layers, a low-rank change of the word embeddings, and new biases and normalisations. All of it is
kept in `data/adapter.npz`, in 16 bits; `python -m bot.adaptation` makes it anew.
"""

from pathlib import Path

import numpy as np

FILE = Path(__file__).parent / "data" / "adapter.npz"
EMBEDDINGS = "embeddings.word_embeddings"
_DOWN, _UP = ".down", ".up"


def adapted(weights: dict[str, np.ndarray], file: Path = FILE) -> dict[str, np.ndarray]:
    """The weights with the adapter's changes, float32. Raises ValueError for an adapter of another model."""
    changed = {name: values.astype(np.float32) for name, values in weights.items()}
    with np.load(file, allow_pickle=False) as kept:
        for name in kept.files:
            if name.endswith(_UP):
                continue
            values = kept[name].astype(np.float32)
            target = f"{name.removesuffix(_DOWN)}.weight" if name.endswith(_DOWN) else name
            if target not in changed:
                raise ValueError(f"{file} changes {target}, which the model does not have; run python -m bot.adaptation")
            if not name.endswith(_DOWN):
                changed[target] = values
                continue
            change = values @ kept[name.removesuffix(_DOWN) + _UP].astype(np.float32)
            # The published file keeps a layer's matrix as (out, in), the embeddings as (words, size).
            changed[target] += change if name == EMBEDDINGS + _DOWN else change.T
    return changed


def save(changes: dict[str, np.ndarray], file: Path = FILE) -> None:
    """`changes`: `<matrix>.down` (in, rank) and `<matrix>.up` (rank, out) in pairs, and whole vectors by their own names."""
    np.savez_compressed(file, **{name: values.astype(np.float16) for name, values in changes.items()})  # type: ignore[arg-type]

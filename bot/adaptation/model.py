"""all-MiniLM-L6-v2 in TensorFlow with low-rank changes that can be learnt, and two heads to learn them by."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from bot.nlu.adapter import EMBEDDINGS

_LAYERS, _HEADS, _SIZE, _WIDE = 6, 12, 384, 1536
_EPSILON = 1e-12
_MATRICES = {
    "attention.self.query": (_SIZE, _SIZE),
    "attention.self.key": (_SIZE, _SIZE),
    "attention.self.value": (_SIZE, _SIZE),
    "attention.output.dense": (_SIZE, _SIZE),
    "intermediate.dense": (_SIZE, _WIDE),
    "output.dense": (_WIDE, _SIZE),
}
# LoRA's alpha: the change counts alpha / rank times.
_STRENGTH = 16.0
_DROPOUT = 0.1
# A unit vector times this: long enough for the heads to be sure.
_LENGTH = 8.0
_SMOOTHING = 0.05
_REASONS_COUNT = 0.7


class Model:
    """`weights` as published; `rank` and `word_rank` of the changes to the layers and to the word embeddings."""

    def __init__(self, weights: dict[str, np.ndarray], intents: int, reasons: int, rank: int, word_rank: int) -> None:
        self._intents, self._reasons, self._rank = intents, reasons, rank
        chance = np.random.default_rng(0)
        self._fixed = {
            name: tf.constant(np.asarray(values.T if _is_matrix(name) else values, dtype=np.float32))
            for name, values in weights.items()
            if name.startswith(("embeddings.", "encoder."))
        }
        self._learnt: dict[str, tf.Variable] = {
            name: tf.Variable(values.astype(np.float32))
            for name, values in weights.items()
            if name.startswith("encoder.") and not _is_matrix(name)
        }
        for layer in range(_LAYERS):
            for part, (inputs, outputs) in _MATRICES.items():
                name = f"encoder.layer.{layer}.{part}"
                down = chance.normal(0, 1 / math.sqrt(inputs), (inputs, rank))
                self._learnt[f"{name}.down"] = tf.Variable(down.astype(np.float32))
                self._learnt[f"{name}.up"] = tf.Variable(np.zeros((rank, outputs), np.float32))
        words = len(weights[f"{EMBEDDINGS}.weight"])
        self._learnt[f"{EMBEDDINGS}.down"] = tf.Variable(chance.normal(0, 0.02, (words, word_rank)).astype(np.float32))
        self._learnt[f"{EMBEDDINGS}.up"] = tf.Variable(np.zeros((word_rank, _SIZE), np.float32))
        self._heads = {
            name: tf.Variable(chance.normal(0, 0.05, (_SIZE, size)).astype(np.float32))
            for name, size in (("intents", intents), ("reasons", reasons))
        }
        self._biases = {
            "intents": tf.Variable(np.zeros(intents, np.float32)),
            "reasons": tf.Variable(np.zeros(reasons, np.float32)),
        }
        self.rate = tf.Variable(0.0)
        self._optimiser = tf.keras.optimizers.legacy.Adam(self.rate)
        self._variables = [*self._learnt.values(), *self._heads.values(), *self._biases.values()]
        texts = [tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([None, None], tf.float32)]
        labels = [tf.TensorSpec([None], kind) for kind in (tf.int32, tf.int32, tf.float32)]
        self.step = tf.function(self._step, input_signature=[*texts, *labels], autograph=False)

    def changes(self) -> dict[str, np.ndarray]:
        """What `bot.nlu.adapter` keeps, the strength in it."""
        found = {}
        for name, variable in self._learnt.items():
            scale = 1.0
            if name.endswith(".up"):
                scale = self._word_scale if name.startswith("embeddings.") else _STRENGTH / self._rank
            found[name] = variable.numpy() * scale
        return found

    def resume(self, changes: Mapping[str, np.ndarray]) -> None:
        """Begins with what `changes` gave, in place of the published weights. Raises ValueError when they are of another shape."""
        for name, variable in self._learnt.items():
            scale = 1.0
            if name.endswith(".up"):
                scale = self._word_scale if name.startswith("embeddings.") else _STRENGTH / self._rank
            variable.assign(changes[name].astype(np.float32) / scale)

    _word_scale = 4.0

    def _step(self, ids: Any, mask: Any, intents: Any, reasons: Any, counts: Any) -> Any:
        """One batch: ids and mask (texts, tokens), labels (texts,); `counts` is 1 where the reason is to be learnt."""
        with tf.GradientTape() as tape:
            vectors = tf.nn.dropout(tf.math.l2_normalize(self._encode(ids, mask), -1) * _LENGTH, _DROPOUT)
            by_intent = _loss(vectors @ self._heads["intents"] + self._biases["intents"], intents, self._intents)
            by_reason = _loss(vectors @ self._heads["reasons"] + self._biases["reasons"], reasons, self._reasons)
            loss = tf.reduce_mean(by_intent) + _REASONS_COUNT * tf.reduce_sum(counts * by_reason) / tf.maximum(
                tf.reduce_sum(counts), 1.0
            )
        gradients = [tf.convert_to_tensor(one) for one in tape.gradient(loss, self._variables)]
        clipped, _ = tf.clip_by_global_norm(gradients, 1.0)
        self._optimiser.apply_gradients(zip(clipped, self._variables, strict=True))
        return loss

    def _dense(self, x: Any, name: str) -> Any:
        change = (tf.nn.dropout(x, _DROPOUT) @ self._learnt[f"{name}.down"]) @ self._learnt[f"{name}.up"]
        return x @ self._fixed[f"{name}.weight"] + self._learnt[f"{name}.bias"] + change * (_STRENGTH / self._rank)

    def _normal(self, x: Any, name: str) -> Any:
        mean, variance = tf.nn.moments(x, [-1], keepdims=True)
        scaled = (x - mean) * tf.math.rsqrt(variance + _EPSILON)
        known = self._learnt if f"{name}.weight" in self._learnt else self._fixed
        return scaled * known[f"{name}.weight"] + known[f"{name}.bias"]

    def _encode(self, ids: Any, mask: Any) -> Any:
        """The mean of the last layer over the tokens: shape (texts, 384)."""
        texts, tokens = tf.shape(ids)[0], tf.shape(ids)[1]
        words = tf.gather(self._fixed[f"{EMBEDDINGS}.weight"], ids)
        change = tf.gather(self._learnt[f"{EMBEDDINGS}.down"], ids) @ self._learnt[f"{EMBEDDINGS}.up"]
        x = words + change * self._word_scale + self._fixed["embeddings.position_embeddings.weight"][:tokens]
        x = self._normal(x + self._fixed["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        hidden = (1 - mask)[:, None, None, :] * -1e9

        def split(values: Any) -> Any:
            return tf.transpose(tf.reshape(values, [texts, tokens, _HEADS, _SIZE // _HEADS]), [0, 2, 1, 3])

        for layer in range(_LAYERS):
            prefix = f"encoder.layer.{layer}."
            query, key, value = (
                split(self._dense(x, f"{prefix}attention.self.{one}")) for one in ("query", "key", "value")
            )
            attention = tf.nn.softmax(query @ tf.transpose(key, [0, 1, 3, 2]) / math.sqrt(_SIZE / _HEADS) + hidden)
            mixed = tf.reshape(tf.transpose(attention @ value, [0, 2, 1, 3]), [texts, tokens, _SIZE])
            x = self._normal(
                x + self._dense(mixed, f"{prefix}attention.output.dense"), f"{prefix}attention.output.LayerNorm"
            )
            wide = tf.nn.gelu(self._dense(x, f"{prefix}intermediate.dense"))
            x = self._normal(x + self._dense(wide, f"{prefix}output.dense"), f"{prefix}output.LayerNorm")
        return tf.reduce_sum(x * mask[:, :, None], 1) / tf.reduce_sum(mask, 1)[:, None]


def _is_matrix(name: str) -> bool:
    return name.startswith("encoder.") and name.endswith("weight") and "LayerNorm" not in name


def _loss(scores: Any, labels: Any, size: int) -> Any:
    wanted = tf.one_hot(labels, size) * (1 - _SMOOTHING) + _SMOOTHING / size
    return tf.nn.softmax_cross_entropy_with_logits(wanted, scores)

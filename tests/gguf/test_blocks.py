"""Weights that are no numbers are found in every type of tensor, and only there."""

import struct
from pathlib import Path

import numpy as np
import pytest

from studio.gguf import blocks
from studio.gguf.blocks import bad_tensors
from studio.gguf.reader import Gguf
from studio.gguf.types import BY_NAME, TENSOR_TYPES, TensorType
from tests.gguf.test_reader import text

COUNT = 5
NUMBERS = {kind: number for number, kind in TENSOR_TYPES.items()}
HALF, BRAIN, SINGLE, DOUBLE = b"\x00\x7c", b"\x80\xff", struct.pack("<f", np.nan), struct.pack("<d", -np.inf)
PLACES: dict[str, list[tuple[int, bytes]]] = {
    **{name: [(at, HALF) for at in places] for name, places in {
        "F16": (0,), "Q4_0": (0,), "Q4_1": (0, 2), "Q5_0": (0,), "Q5_1": (0, 2), "Q8_0": (0,), "Q8_1": (0, 2),
        "Q2_K": (80, 82), "Q3_K": (108,), "Q4_K": (0, 2), "Q5_K": (0, 2), "Q6_K": (208,), "IQ2_XXS": (0,),
        "IQ2_XS": (0,), "IQ2_S": (0,), "IQ3_XXS": (0,), "IQ3_S": (0,), "IQ1_S": (0,), "IQ4_NL": (0,), "IQ4_XS": (0,),
        "TQ1_0": (52,), "TQ2_0": (64,), "Q1_0": (0,), "Q2_0": (0,),
    }.items()},
    "BF16": [(0, BRAIN)], "F32": [(0, SINGLE)], "Q8_K": [(0, SINGLE)], "F64": [(0, DOUBLE)], "MXFP4": [(0, b"\xff")],
    "IQ1_M": [(48, struct.pack("<4H", 0, 0, 0xC000, 0x7000))],
}  # fmt: skip
"""Where the scales of a block stand, by llama.cpp's own structures, and what is no number there."""


def one_tensor(path: Path, kind: TensorType, data: bytes) -> Path:
    """A file with one row of blocks."""
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 0) + text("a") + struct.pack("<IQ", 1, kind.block * COUNT)
    head += struct.pack("<IQ", NUMBERS[kind], 0)
    path.write_bytes(head + b"\0" * (-len(head) % 32) + data)
    return path


@pytest.mark.parametrize("name", BY_NAME)
def test_a_block_that_is_no_number_is_found(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = BY_NAME[name]
    monkeypatch.setattr(blocks, "_SLICE", 2 * kind.bytes)  # several slices, the last of one block
    clean = bytes(kind.bytes * COUNT)
    with Gguf(one_tensor(tmp_path / "m.gguf", kind, clean)) as gguf:
        assert list(bad_tensors(gguf)) == []
    for at, what in PLACES.get(name, []):
        for block in (1, 4):
            data = bytearray(clean)
            data[block * kind.bytes + at :][: len(what)] = what
            data[block * kind.bytes + at : block * kind.bytes + at + len(what)] = what
            with Gguf(one_tensor(tmp_path / "m.gguf", kind, bytes(data))) as gguf:
                found = list(bad_tensors(gguf))
            assert [(bad.tensor, bad.type, bad.blocks, bad.first) for bad in found] == [("a", name, 1, block)]


@pytest.mark.parametrize("name", [name for name in BY_NAME if BY_NAME[name].block > 1])
def test_the_packed_weights_themselves_can_be_anything(tmp_path: Path, name: str) -> None:
    """The twin: the same bits at every other place of a block are weights, not scales."""
    kind = BY_NAME[name]
    data = bytearray(b"\xff" * kind.bytes * COUNT)
    for at, what in PLACES.get(name, []):
        for block in range(COUNT):
            data[block * kind.bytes + at : block * kind.bytes + at + len(what)] = bytes(len(what))
    with Gguf(one_tensor(tmp_path / "m.gguf", kind, bytes(data))) as gguf:
        assert list(bad_tensors(gguf)) == []


def test_every_type_is_known() -> None:
    assert PLACES.keys() | {"I8", "I16", "I32", "I64", "NVFP4"} == BY_NAME.keys()

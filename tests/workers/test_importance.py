"""The importance matrix is what llama.cpp's products see, and the quantiser packs by it; a full disk is told."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from studio.errors import Cancelled, NotSaved
from studio.gguf.errors import NoImportance, NoRoom, QuantiserFailed
from studio.gguf.outline import outline_of
from studio.gguf.reader import Gguf
from studio.gguf.room import check_room, needed_bytes
from tests.gguf.shapes import build

pytestmark = pytest.mark.native
SHAPE = {"width": 256, "inner": 512, "layers": 2, "heads": 4, "groups": 2, "untied": True, "seed": 5}
TOKENS = [[(7 * n) % 320 for n in range(600)], [3] * 40, [1, 2]]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model with drawn weights."""
    return build(tmp_path_factory.mktemp("model") / "drawn.gguf", **SHAPE)  # type: ignore[arg-type]


def table(model: Path, name: str, kind: str) -> np.ndarray:  # type: ignore[type-arg]
    """A tensor of the model's as numbers."""
    with Gguf(model) as gguf:
        row = next(row for row in gguf.tensors if row.name == name)
        start = gguf.data_start + row.offset
    data = np.frombuffer(model.read_bytes()[start : start + row.size], kind)
    return data.reshape(tuple(reversed(row.shape))).astype(np.float64)


def test_the_sums_are_those_of_what_goes_into_each_matrix(tmp_path: Path, model: Path) -> None:
    from studio.workers._importance import importance_of

    told: list[float] = []
    found = importance_of(model, TOKENS, 1, told.append, lambda: None)
    assert (found.texts, found.tokens) == (3, 640), "two ids are too few to read"
    assert told[-1] == 1.0
    assert found.sums.keys() == {
        f"blk.{layer}.{part}.weight"
        for layer in range(2)
        for part in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_up", "ffn_gate", "ffn_down")
    }
    assert set(found.counts.values()) == {640}
    states = table(model, "token_embd.weight", "<f2")[[*TOKENS[0], *TOKENS[1]]]
    normed = (
        states / np.sqrt((states**2).mean(-1, keepdims=True) + 1e-5) * table(model, "blk.0.attn_norm.weight", "<f4")
    )
    ours = found.means()["blk.0.attn_q.weight"]
    assert np.allclose(ours, (normed**2).mean(0), rtol=1e-3)
    with Gguf(found.save(tmp_path / "matrix.gguf", "two texts")) as gguf:
        names = {row.name for row in gguf.tensors}
        assert "blk.1.ffn_down.weight.in_sum2" in names and "blk.1.ffn_down.weight.counts" in names
        assert gguf.text("general.type") == "imatrix"


def test_it_lets_the_smallest_be_made_and_changes_the_others(tmp_path: Path, model: Path) -> None:
    from studio.workers._converter import quantise
    from studio.workers._importance import importance_of

    matrix = importance_of(model, TOKENS, 1, lambda _share: None, lambda: None)
    made = {}
    for name, kind, used in (("with", "Q2_K", matrix), ("without", "Q2_K", None), ("least", "IQ2_XXS", matrix)):
        made[name] = tmp_path / f"{name}.gguf"
        quantise(model, made[name], kind, 1, lambda _share: None, lambda: None, used)
    assert made["with"].stat().st_size == made["without"].stat().st_size
    assert made["with"].read_bytes() != made["without"].read_bytes()
    with pytest.raises(QuantiserFailed):
        quantise(model, tmp_path / "noise.gguf", "IQ2_XXS", 1, lambda _share: None, lambda: None)


def test_experts_short_texts_and_a_stop_are_told(tmp_path: Path, model: Path) -> None:
    from studio.workers._importance import importance_of

    def stop() -> None:
        raise Cancelled

    experts = build(tmp_path / "experts.gguf", **{**SHAPE, "experts": 4})  # type: ignore[arg-type]
    with pytest.raises(NoImportance, match="experts"):
        importance_of(experts, TOKENS, 1, lambda _share: None, lambda: None)
    with pytest.raises(NoImportance, match="no text"):
        importance_of(model, [[1, 2, 3]], 1, lambda _share: None, lambda: None)
    with pytest.raises(Cancelled):
        importance_of(model, TOKENS, 1, lambda _share: None, stop)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place)], check=False).returncode:
        pytest.skip("no right to mount")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_fills_up_is_told_before_and_while(tmp_path: Path, small_disk: Path, model: Path) -> None:
    from studio.workers._converter import quantise

    outline = outline_of(model)
    with pytest.raises(NoRoom, match="Nothing was made"):
        check_room(small_disk, outline, ["Q4_K_M"], merged=1)
    check_room(tmp_path, outline, ["Q4_K_M"], merged=1)  # the twin: elsewhere there is room
    assert needed_bytes(outline, ["Q4_K_M"], merged=0, there=["F16"]) < needed_bytes(outline, ["Q4_K_M"], merged=1)
    two = needed_bytes(outline, ["Q4_K_M"], merged=2)  # a base in 4 bit: both merges lie there, and what is compared
    assert two >= needed_bytes(outline, ["Q4_K_M"], merged=1) + 2 * outline.weights
    with pytest.raises(NotSaved, match="No space left"):
        quantise(model, small_disk / "packed.gguf", "Q8_0", 1, lambda _share: None, lambda: None)
    quantise(model, tmp_path / "packed.gguf", "Q8_0", 1, lambda _share: None, lambda: None)

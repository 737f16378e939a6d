"""Merging tensor by tensor gives the weights that merging the whole model gives, with one matrix in memory."""

import contextlib
import json
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.native
ADAPTER = {
    "peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 4, "lora_alpha": 12, "lora_dropout": 0.0, "bias": "none",
    "target_modules": ["q_proj", "down_proj"], "layers_to_transform": [1],
}  # fmt: skip


@pytest.fixture(scope="module")
def adapter(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter for the second layer of the tiny base."""
    import torch
    from safetensors.torch import save_file

    folder = tmp_path_factory.mktemp("adapter")
    torch.manual_seed(1)
    shapes = {"self_attn.q_proj": (64, 64), "mlp.down_proj": (64, 128)}
    tensors = {}
    for name, (out, into) in shapes.items():
        stem = f"base_model.model.model.layers.1.{name}"
        tensors |= {f"{stem}.lora_A.weight": torch.randn(4, into), f"{stem}.lora_B.weight": torch.randn(out, 4)}
    save_file(tensors, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(json.dumps(ADAPTER), encoding="utf-8")
    return folder


def weights(folder: Path):  # type: ignore[no-untyped-def]  # torch is imported late
    """All tensors of a folder."""
    from safetensors.torch import load_file

    return {name: row for file in sorted(folder.glob("*.safetensors")) for name, row in load_file(file).items()}


def test_bit_by_bit_the_weights_of_the_whole_merge(tmp_path: Path, tiny_base: Path, adapter: Path) -> None:
    import torch

    from studio.workers._merge import _merge_whole
    from studio.workers._streamed import merge_streamed

    streamed, whole = tmp_path / "streamed", tmp_path / "whole"
    streamed.mkdir()
    assert merge_streamed(tiny_base, adapter, streamed, lambda: None)
    _merge_whole(tiny_base, adapter, whole, None)
    ours, theirs = weights(streamed), weights(whole)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    changed = {name for name, row in weights(tiny_base).items() if not torch.equal(row, ours[name])}
    assert changed == {"model.layers.1.self_attn.q_proj.weight", "model.layers.1.mlp.down_proj.weight"}
    halved = tmp_path / "halved"
    halved.mkdir()
    assert merge_streamed(tiny_base, adapter, halved, lambda: None, lambda _name, row: row / 2)
    one = "model.layers.1.mlp.down_proj.weight"
    assert not torch.equal(weights(halved)[one], ours[one])


@pytest.mark.parametrize("harm", [{"r": 8}, {"layers_to_transform": None}, {"target_modules": ["q_proj"]}])
def test_what_does_not_fit_is_left_to_the_whole_merge_which_says_why(
    tmp_path: Path, tiny_base: Path, adapter: Path, harm: dict[str, object]
) -> None:
    from studio.gguf.adapters import AdapterRefused
    from studio.workers._merge import _merge_whole
    from studio.workers._streamed import merge_streamed

    other = tmp_path / "other"
    other.mkdir()
    (other / "adapter_model.safetensors").write_bytes((adapter / "adapter_model.safetensors").read_bytes())
    (other / "adapter_config.json").write_text(json.dumps({**ADAPTER, **harm}), encoding="utf-8")
    assert not merge_streamed(tiny_base, other, tmp_path, lambda: None)
    with pytest.raises(AdapterRefused):
        _merge_whole(tiny_base, other, tmp_path / "whole", None)


def test_one_matrix_is_in_memory_and_not_the_model(tmp_path: Path) -> None:
    """Counted as torch allocates, on forty matrices: a few of one matrix's size at any time."""
    import torch
    from safetensors.torch import save_file

    from studio.workers._streamed import merge_streamed

    base, adapter, into = tmp_path / "base", tmp_path / "adapter", tmp_path / "into"
    for folder in (base, adapter, into):
        folder.mkdir()
    names = [f"model.layers.{n}.self_attn.q_proj" for n in range(40)]
    save_file({f"{name}.weight": torch.ones(64, 64) for name in names}, base / "model.safetensors")
    (base / "config.json").write_text("{}", encoding="utf-8")
    ends = {"lora_A": (4, 64), "lora_B": (64, 4)}
    rows = {f"base_model.model.{name}.{end}.weight": torch.ones(shape) for name in names for end, shape in ends.items()}
    save_file(rows, adapter / "adapter_model.safetensors")
    settings = {**ADAPTER, "target_modules": ["q_proj"], "layers_to_transform": None}
    (adapter / "adapter_config.json").write_text(json.dumps(settings), encoding="utf-8")
    with counting() as most:
        assert merge_streamed(base, adapter, into, lambda: None)
    assert 0 < max(most) <= 6 * 4 * 64 * 64
    assert all(bool((row == 13).all()) for row in weights(into).values()), "1 + 4 · 12 / 4"
    with counting() as most:  # the twin: matrices that are kept are seen
        kept = [torch.ones(64, 64).add(1) for _name in names]
    assert max(most) >= len(kept) * 4 * 64 * 64


@contextlib.contextmanager
def counting() -> Iterator[list[int]]:
    """Notes how many bytes of tensors live after every operation."""
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode

    live: dict[int, int] = {}
    most: list[int] = []

    class Counting(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            made = function(*args, **(kwargs or {}))
            if isinstance(made, torch.Tensor):
                storage = made.untyped_storage()
                if storage.data_ptr() not in live:
                    live[storage.data_ptr()] = storage.nbytes()
                    weakref.finalize(made, live.pop, storage.data_ptr(), None)
                most.append(sum(live.values()))
            return made

    with Counting():
        yield most

"""What is trained and how: layers by name, weights in 4 bit, 8-bit optimisers, and adapters held against their base."""

import json
import shutil
import struct
from pathlib import Path
from typing import Any

import pytest

from studio.gguf.adapters import AdapterRefused
from studio.gguf.base import open_base
from studio.gguf.errors import BaseIncomplete, BaseQuantised
from studio.gguf.identity import BASE, OtherBase, identity_of
from studio.gguf.soundness import BaseUnsound
from studio.training.config import read_config
from studio.training.errors import NoSuchLayers
from tests.workers.conftest import run_job

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.native
IDS = [(7 * i) % 200 for i in range(100)]
WEIGHTS = [0.0] * 20 + [1.0] * 80


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of two random layers that knows bytes alone."""
    from tests.workers.evil import sound

    folder = tmp_path_factory.mktemp("small") / "sound"
    sound(folder)
    return folder


def loaded(folder: Path, **more: Any) -> Any:
    """A model for training on a processor."""
    from studio.workers._base import load_model

    return load_model(folder, more.pop("dtype", torch.float32), for_training_on_cpu=True, **more)


def adapter_of(model: Any, folder: Path | None = None, **settings: object) -> Any:
    """An adapter in training."""
    from studio.workers._adapter import Adapter

    torch.manual_seed(3)
    config = read_config({"base": "b", "scenarios": ["s"], **settings})
    return Adapter(model, config, identity_of(folder, folder.name) if folder else None)


def step(adapter: Any) -> float:
    """One step; returns the loss before it."""
    from studio.workers._loss import example_loss

    loss = example_loss(adapter.model, IDS, WEIGHTS)
    torch.autograd.backward(loss)
    adapter.step(1e-2)
    return float(loss.detach())


def merged(folder: Path, adapter: Path | None, into: Path) -> Any:
    """A base with an adapter merged into it, loaded again."""
    from studio.workers._merge import Source, merged_folder

    into.mkdir(parents=True)
    return loaded(merged_folder(Source(folder, "trial", open_base(folder), adapter), into / "cache", into))


def test_layers_are_chosen_by_name_and_unknown_ones_named(small: Path) -> None:
    adapter = adapter_of(loaded(small), lora={"target_modules": ["q_proj", "v_proj"]})
    assert {name.split(".")[-3] for name in adapter.masters()} == {"q_proj", "v_proj"}
    everywhere = adapter_of(loaded(small), lora={"target_modules": "all-linear"})
    assert {name.split(".")[-3] for name in everywhere.masters()} > {"gate_proj", "o_proj", "q_proj"}
    with pytest.raises(NoSuchLayers, match=r"query, w1.*down_proj"):
        adapter_of(loaded(small), lora={"target_modules": ["w1", "q_proj", "query"]})


def test_dropout_trains_through_the_plain_layers(small: Path) -> None:
    from studio.workers._fused import fuse

    adapter = adapter_of(loaded(small), lora={"dropout": 0.5})
    assert fuse(adapter.model) == 2 * 2 + 1  # the norms alone
    adapter.model.train()
    first = step(adapter)
    assert step(adapter) < first + 50


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_nf4_trains_and_its_adapter_merges_into_the_whole_base(small: Path, tmp_path: Path, dtype: Any) -> None:
    adapter = adapter_of(loaded(small, dtype=dtype, nf4_on=torch.device("cpu")), small)
    layer = adapter.model.get_base_model().model.layers[0].self_attn.q_proj.get_base_layer()
    state = layer.weight.quant_state
    assert (layer.weight.dtype, state.quant_type, state.nested) == (torch.uint8, "nf4", True)
    kept = [adapter.model.get_input_embeddings().weight, *adapter._weights]
    assert {weight.dtype for weight in kept} == {dtype}  # nothing is raised to float32
    first = step(adapter)
    assert step(adapter) < first
    adapter.save(tmp_path / "adapter", {})
    whole = merged(small, tmp_path / "adapter", tmp_path / "merged")
    bare = loaded(small)
    changed = whole.model.layers[0].self_attn.q_proj.weight - bare.model.layers[0].self_attn.q_proj.weight
    assert float(changed.detach().norm()) > 0
    assert torch.allclose(whole.model.embed_tokens.weight, bare.model.embed_tokens.weight, atol=1e-3)


@pytest.mark.parametrize("defended", [True, False])
def test_answers_in_a_pause_do_not_cut_the_gradients_of_4_bit_layers(small: Path, defended: bool) -> None:
    """The twin, where the processor has the library's quick path: after one answer the gradients are others."""
    from bitsandbytes.functional import has_avx512bf16

    from studio.workers._loss import example_loss

    model = loaded(small, nf4_on=torch.device("cpu"))
    for part in model.modules():
        if not defended and hasattr(part, "support_avx512bf16_for_cpu"):
            part.support_avx512bf16_for_cpu = has_avx512bf16()
    adapter = adapter_of(model)
    step(adapter)  # from here on the upper matrices are not zero
    before = torch.autograd.grad(example_loss(adapter.model, IDS, WEIGHTS), adapter._weights)
    adapter.model.eval()
    with torch.inference_mode():
        adapter.model(input_ids=torch.tensor([IDS]))
    adapter.model.train()
    after = torch.autograd.grad(example_loss(adapter.model, IDS, WEIGHTS), adapter._weights)
    same = all(torch.equal(one, other) for one, other in zip(before, after, strict=True))
    assert same == (defended or not has_avx512bf16())


@pytest.fixture(scope="module")
def packed(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small model as it is given on when it is in 4 bit already."""
    folder = tmp_path_factory.mktemp("packed") / "packed"
    loaded(small, nf4_on=torch.device("cpu")).save_pretrained(str(folder))
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(small / name, folder / name)
    return folder


def test_a_base_in_4_bit_trains_as_it_is_and_is_unpacked_to_be_merged(packed: Path, tmp_path: Path) -> None:
    assert "quantization_config" in json.loads((packed / "config.json").read_text(encoding="utf-8"))
    for settings in ({}, {"nf4_on": torch.device("cpu")}):  # asked for again, it is not packed twice
        model = loaded(packed, dtype=torch.bfloat16, **settings)
        assert model.model.embed_tokens.weight.dtype is torch.bfloat16
    adapter = adapter_of(model, packed)
    first = step(adapter)
    assert step(adapter) < first
    adapter.save(tmp_path / "adapter", {})
    whole = merged(packed, tmp_path / "adapter", tmp_path / "merged")
    values = json.loads((tmp_path / "merged" / "config.json").read_text(encoding="utf-8"))
    assert "quantization_config" not in values
    adapter.model.eval()
    row = torch.tensor([IDS])
    with torch.inference_mode():
        ours, theirs = whole(input_ids=row).logits, adapter.model(input_ids=row).logits.float()
    assert float((ours - theirs).norm()) < 0.05 * float(theirs.norm())
    assert type(merged(packed, None, tmp_path / "bare").model.layers[0].mlp.up_proj) is torch.nn.Linear


def test_weights_packed_by_others_are_refused(small: Path, tmp_path: Path) -> None:
    folder = changed(small, tmp_path, "config.json", quantization_config={"quant_method": "gptq", "bits": 4})
    with pytest.raises(BaseQuantised, match="gptq"):
        loaded(folder)


@pytest.mark.parametrize("kind", ["adamw", "adamw-8bit", "adamw-paged-8bit"])
def test_an_optimiser_goes_on_from_what_it_remembered(kind: str, small: Path) -> None:
    from studio.training.errors import NotPaged

    one = adapter_of(loaded(small), optimiser=kind, lora={"rank": 128})
    assert [type(warning) for warning in one.optimiser.warnings] == [NotPaged] * (kind == "adamw-paged-8bit")
    for _step in range(2):
        step(one)
    tensors, numbers = one.optimiser.state()
    kept = {name: value.clone() for name, value in tensors.items()}
    if kind != "adamw":
        assert any(value.dtype is torch.uint8 for value in kept.values())
    other = adapter_of(loaded(small), optimiser=kind, lora={"rank": 128})
    other.take_up(one.masters())
    without = adapter_of(loaded(small), optimiser=kind, lora={"rank": 128})
    without.take_up(one.masters())
    other.optimiser.take_up(kept, numbers)
    for adapter in (one, other, without):
        step(adapter)
    weights = [torch.cat([one.flatten() for one in all_.masters().values()]) for all_ in (one, other, without)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])  # the twin: what it remembered forgotten


def changed(base: Path, place: Path, file: str, **values: object) -> Path:
    """A copy of a base with other values in one of its settings."""
    folder = Path(shutil.copytree(base, place / "changed"))
    found = json.loads((folder / file).read_text(encoding="utf-8"))
    (folder / file).write_text(json.dumps({**found, **values}), encoding="utf-8")
    return folder


def test_an_adapter_of_another_base_is_refused(small: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    adapter = adapter_of(loaded(small), small)
    step(adapter)
    adapter.save(tmp_path / "adapter", {})
    other = Path(shutil.copytree(small, tmp_path / "other"))
    weights = load_file(other / "model.safetensors")
    weights["model.layers.0.mlp.up_proj.weight"][0, 0] += 1
    save_file(weights, other / "model.safetensors", {"format": "pt"})
    with pytest.raises(OtherBase, match="belongs to another base"):
        merged(other, tmp_path / "adapter", tmp_path / "one")
    (tmp_path / "adapter" / BASE).unlink()
    merged(other, tmp_path / "adapter", tmp_path / "two")  # the twin: of one shape, nothing else would tell


def test_an_adapter_of_another_shape_is_refused_also_where_nothing_is_said(
    small: Path, tiny_base: Path, tmp_path: Path
) -> None:
    adapter = adapter_of(loaded(small))
    adapter.save(tmp_path / "adapter", {})
    assert not (tmp_path / "adapter" / BASE).exists()
    with pytest.raises(AdapterRefused, match="another shape"):
        merged(tiny_base, tmp_path / "adapter", tmp_path / "merged")


def test_an_adapter_that_holds_no_numbers_is_refused(small: Path, tmp_path: Path) -> None:
    adapter = adapter_of(loaded(small), small)
    next(iter(adapter.masters().values())).fill_(float("nan"))
    adapter.save(tmp_path / "adapter", {})
    with pytest.raises(AdapterRefused, match="no number"):
        merged(small, tmp_path / "adapter", tmp_path / "merged")


def test_a_base_with_another_models_tokeniser_is_refused(small: Path, tiny_base: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(small, tmp_path / "swapped"))
    shutil.copy(tiny_base / "tokenizer.json", folder)
    with pytest.raises(BaseUnsound, match="ids up to 49151, the model knows 260"):
        open_base(folder)
    shutil.copy(small / "tokenizer.json", folder)
    template = (small / "chat_template.jinja").read_text(encoding="utf-8")
    (folder / "chat_template.jinja").write_text(template.replace("<|im_end|>", "<|eot_id|>"), encoding="utf-8")
    with pytest.raises(BaseUnsound, match=r"<\|eot_id\|>, which its tokeniser does not have"):
        open_base(folder)


def test_a_base_without_a_shard_or_with_too_few_layers_is_refused(small: Path, tmp_path: Path) -> None:
    with pytest.raises(BaseUnsound, match="speaks of 3 layers and the weights have 2"):
        open_base(changed(small, tmp_path, "config.json", num_hidden_layers=3))
    folder = tmp_path / "changed"
    data = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    shards = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}), encoding="utf-8")
    with pytest.raises(BaseIncomplete, match="model-00002-of-00002"):
        open_base(folder)
    (folder / "model-00002-of-00002.safetensors").write_bytes(data[: struct.unpack("<Q", data[:8])[0] + 8])
    with pytest.raises(BaseIncomplete, match="model-00002-of-00002"):
        open_base(folder)


def test_a_base_whose_weights_are_no_numbers_is_refused(small: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    from studio.workers._base import check_numbers

    check_numbers(loaded(small), small)
    folder = Path(shutil.copytree(small, tmp_path / "holes"))
    weights = load_file(folder / "model.safetensors")
    weights["model.layers.1.self_attn.o_proj.weight"][3, 3] = float("nan")
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    model = loaded(folder)
    with pytest.raises(BaseUnsound, match=r"o_proj\.weight"):
        check_numbers(model, folder)


async def test_a_run_in_4_bit_with_an_8_bit_optimiser(tmp_path: Path, small: Path, scenarios: Path) -> None:
    config: dict[str, object] = {
        "base": str(small), "scenarios": [str(scenarios)], "steps": 3, "sample_tokens": 2, "max_length": 4096,
        "quantisation": "nf4", "optimiser": "adamw-paged-8bit", "lora": {"target_modules": ["q_proj", "up_proj"]},
    }  # fmt: skip
    ended = await run_job("train", tmp_path / "runs", {"config": config})
    assert ended.error is None, ended.error
    losses = [float(str(event["loss"])) for event in ended.named("step")]
    assert losses[-1] < losses[0]
    assert "NotPaged" in str(ended.named("warning"))
    values = json.loads((ended.run.adapter / "adapter_config.json").read_text(encoding="utf-8"))
    assert sorted(values["target_modules"]) == ["q_proj", "up_proj"]
    assert json.loads((ended.run.adapter / BASE).read_text(encoding="utf-8"))["name"] == "sound"


@pytest.mark.slow
async def test_a_run_in_4_bit_is_converted_with_its_whole_base(
    tmp_path: Path, tiny_base: Path, scenarios: Path
) -> None:
    config = {"base": str(tiny_base), "scenarios": [str(scenarios)], "steps": 2, "sample_tokens": 2}
    ended = await run_job("train", tmp_path / "runs", {"config": {**config, "quantisation": "nf4"}})
    assert ended.error is None, ended.error
    fields = {"source": str(ended.run.path), "out": str(tmp_path / "models"), "quantisations": ["Q8_0"]}
    done = await run_job("convert", tmp_path / "runs", fields)
    assert done.error is None, done.error

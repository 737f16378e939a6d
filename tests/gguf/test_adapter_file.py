"""An adapter as a GGUF: the official script's tensors, and a sentence for all that llama.cpp has no place for."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.errors import InputError
from studio.gguf import adapter_names
from studio.gguf.adapter_file import BaseIsNoGguf, NotPutOn, adapter_gguf, is_of, write_adapter
from studio.gguf.adapters import AdapterRefused
from studio.gguf.errors import NoAdapter
from studio.gguf.identity import BASE, Identity, OtherBase
from studio.gguf.reader import Gguf, is_adapter
from studio.setup.places import Places
from tests.gguf.adapters import HEADS, INNER, KEYS, WIDTH, adapter_folder, drawn, gguf_base, run_folder

Tensors = dict[str, np.ndarray[Any, Any]]


def tensors_in(path: Path) -> Tensors:
    """The tensors of a file of 32-bit floats by name."""
    with Gguf(path) as gguf:
        assert {tensor.type.name for tensor in gguf.tensors} == {"F32"}
        data, start = path.read_bytes(), gguf.data_start
        return {
            one.name: np.frombuffer(data, "<f4", one.elements, start + one.offset).reshape(one.shape[::-1])
            for one in gguf.tensors
        }


def test_every_pair_finds_its_place_and_the_turned_rows_are_turned(tmp_path: Path) -> None:
    drawn_ones = drawn()
    adapter, base = adapter_folder(tmp_path / "a", drawn_ones), gguf_base(tmp_path / "base.gguf")
    made = tensors_in(write_adapter(adapter, base, tmp_path / "out" / "a.gguf"))
    assert len(made) == len(drawn_ones) == 28
    stem = "base_model.model.model.layers.1"
    assert np.array_equal(made["blk.1.ffn_up.weight.lora_a"], drawn_ones[f"{stem}.mlp.up_proj.lora_A.weight"])
    assert np.array_equal(made["blk.1.attn_v.weight.lora_b"], drawn_ones[f"{stem}.self_attn.v_proj.lora_B.weight"])
    for part, name, heads in (("q", "attn_q", HEADS), ("k", "attn_k", KEYS)):
        rows = drawn_ones[f"{stem}.self_attn.{part}_proj.lora_B.weight"]
        half = len(rows) // heads // 2
        order = [h * 2 * half + side * half + i for h in range(heads) for i in range(half) for side in (0, 1)]
        assert np.array_equal(made[f"blk.1.{name}.weight.lora_b"], rows[order])
        assert not np.array_equal(rows[order], rows)


def test_rank_and_alpha_are_told_and_the_file_knows_its_weights(tmp_path: Path) -> None:
    adapter, base = adapter_folder(tmp_path / "a", drawn()), gguf_base(tmp_path / "base.gguf")
    made = write_adapter(adapter, base, tmp_path / "a.gguf")
    with Gguf(made) as gguf:
        assert gguf.metadata["adapter.lora.alpha"] == 12.0
        assert (gguf.text("general.type"), gguf.text("adapter.type")) == ("adapter", "lora")
        assert gguf.text("general.architecture") == "llama"
        assert gguf.text("general.base_model.0.name") == "Tiny"
        assert {tensor.shape[1] for tensor in gguf.tensors if tensor.name.endswith("lora_a")} == {4}
    assert is_of(made, adapter)
    assert is_adapter(made)
    assert not is_adapter(base)
    other = adapter_folder(tmp_path / "b", drawn(seed=1), use_rslora=True)
    assert not is_of(made, other)
    with Gguf(write_adapter(other, base, made)) as gguf:  # alpha / sqrt(rank), told as what alpha / rank comes to
        assert gguf.metadata["adapter.lora.alpha"] == 24.0


def test_half_precision_is_kept_exactly(tmp_path: Path) -> None:
    base, whole = gguf_base(tmp_path / "base.gguf"), drawn()
    cut = {name: (rows.view(np.uint32) & 0xFFFF0000).view(np.float32) for name, rows in whole.items()}
    for kind, tensors in (("F16", {n: rows.astype(np.float16) for n, rows in whole.items()}), ("BF16", cut)):
        made = tensors_in(write_adapter(adapter_folder(tmp_path / kind, tensors, kind), base, tmp_path / "a.gguf"))
        name = "base_model.model.model.layers.0.mlp.down_proj.lora_A.weight"
        assert np.array_equal(made["blk.0.ffn_down.weight.lora_a"], tensors[name].astype(np.float32))


def refusal(tmp_path: Path, tensors: Tensors, base: Path, **more: object) -> str:
    """The sentence that an adapter is refused with; nothing is left behind."""
    with pytest.raises((NotPutOn, AdapterRefused)) as caught:
        write_adapter(adapter_folder(tmp_path / "a", tensors, **more), base, tmp_path / "out" / "a.gguf")  # type: ignore[arg-type]  # settings
    assert not list(tmp_path.glob("out/*"))
    return str(caught.value)


HEAD = "base_model.model.lm_head.lora_{}.weight"
EXPERT = "base_model.model.model.layers.0.mlp.experts.gate_up_proj.lora_{}.weight"


def half_pair(stem: str, high: int = 32) -> Tensors:
    """Two matrices for a layer of 64 columns."""
    return {stem.format("A"): np.ones((4, WIDTH), np.float32), stem.format("B"): np.ones((high, 4), np.float32)}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows | half_pair(HEAD), "shares with its embeddings"),
        (lambda rows: rows | half_pair(EXPERT), "no place for its layer model.layers.0.mlp.experts.gate_up_proj"),
        (lambda rows: rows | {"base_model.model.model.norm.weight": np.ones(64, np.float32)}, "no part of a plain"),
        (lambda rows: rows | {k.replace("s.1.", "s.7."): v for k, v in rows.items()}, "the base has no blk.7."),
        (lambda rows: {k: v for k, v in rows.items() if "up_proj.lora_B" not in k}, "one is missing"),
        (lambda rows: {k: v[:, :32] if "q_proj.lora_A" in k else v for k, v in rows.items()}, "4×32 and 64×4"),
        (
            lambda rows: {k: v[:4] if k.endswith("B.weight") else v for k, v in rows.items()},
            "4×4, and the base's is 64×64",
        ),
        (lambda rows: {k: v * np.float32("nan") if "o_proj.lora_B" in k else v for k, v in rows.items()}, "no number"),
    ],
)
def test_what_llama_cpp_has_no_place_for_is_refused(tmp_path: Path, change: Any, said: str) -> None:
    told = refusal(tmp_path, change(drawn()), gguf_base(tmp_path / "base.gguf"))
    assert said in told
    assert "lorewright convert" in told


def test_an_output_layer_of_its_own_is_changed(tmp_path: Path) -> None:
    """The twin of the refusal above: it is the sharing that stands in the way, not the layer."""
    base = gguf_base(tmp_path / "base.gguf", tied=False)
    made = tensors_in(write_adapter(adapter_folder(tmp_path / "a", half_pair(HEAD)), base, tmp_path / "a.gguf"))
    assert made.keys() == {"output.weight.lora_a", "output.weight.lora_b"}


def test_strange_settings_families_and_bases_are_refused(tmp_path: Path) -> None:
    base = gguf_base(tmp_path / "base.gguf")
    assert "use_dora" in refusal(tmp_path / "1", drawn(), base, use_dora=True)
    assert "alpha_pattern" in refusal(tmp_path / "2", drawn(), base, alpha_pattern={"q_proj": 3})
    (tmp_path / "3").mkdir()
    assert "“mamba”" in refusal(tmp_path / "3", drawn(), gguf_base(tmp_path / "3" / "mamba.gguf", "mamba"))
    adapter = adapter_folder(tmp_path / "4", drawn())
    (adapter / BASE).write_text(Identity("0" * 64, "1×1", "Another").as_text(), encoding="utf-8")
    with pytest.raises(OtherBase):
        write_adapter(adapter, base, tmp_path / "a.gguf")


def test_a_run_is_written_for_its_own_base(tmp_path: Path) -> None:
    run = run_folder(tmp_path, gguf_base(tmp_path / "base.gguf"))
    with Gguf(adapter_gguf(run, run / "adapter.gguf")) as gguf:
        assert gguf.text("general.name") == run.name
    assert sorted(path.name for path in run.iterdir()) == ["adapter", "adapter.gguf", "config.yaml"]
    checkpoint = adapter_folder(run / "checkpoints" / "step-000002", drawn(seed=2))
    assert tensors_in(adapter_gguf(checkpoint, tmp_path / "b.gguf")).keys() == tensors_in(run / "adapter.gguf").keys()
    for nothing in (tmp_path / "none", run / "checkpoints"):
        with pytest.raises(NoAdapter):
            adapter_gguf(nothing, tmp_path / "c.gguf")


def test_a_run_on_a_folder_says_what_is_needed_instead(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    run = run_folder(tmp_path, tmp_path / "base")
    with pytest.raises(BaseIsNoGguf, match=r"which is no GGUF.*`lorewright convert .*-train`"):
        adapter_gguf(run, run / "adapter.gguf")
    assert not (run / "adapter.gguf").exists()


CONFIGS: dict[str, dict[str, Any]] = {
    "llama": {"architectures": ["LlamaForCausalLM"], "model_type": "llama"},
    "qwen2": {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2"},
    "phi3": {"architectures": ["Phi3ForCausalLM"], "model_type": "phi3", "sliding_window": 512},
    "gemma3": {"architectures": ["Gemma3ForCausalLM"], "model_type": "gemma3_text", "head_dim": 16},
    "granite": {"architectures": ["GraniteForCausalLM"], "model_type": "granite", "logits_scaling": 8.0},
    "smollm3": {"architectures": ["SmolLM3ForCausalLM"], "model_type": "smollm3"},
    "qwen3": {"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "head_dim": 16},
    "olmo2": {"architectures": ["Olmo2ForCausalLM"], "model_type": "olmo2"},
    "gemma2": {"architectures": ["Gemma2ForCausalLM"], "model_type": "gemma2", "head_dim": 16},
    "gemma": {"architectures": ["GemmaForCausalLM"], "model_type": "gemma", "head_dim": 16},
}
SHAPE = {
    "hidden_size": WIDTH, "intermediate_size": INNER, "num_hidden_layers": 2, "num_attention_heads": HEADS,
    "num_key_value_heads": KEYS, "vocab_size": 32, "rms_norm_eps": 1e-5, "tie_word_embeddings": True,
    "max_position_embeddings": 512, "original_max_position_embeddings": 512, "rope_theta": 1e4, "hidden_act": "silu",
}  # fmt: skip


def official(adapter: Path, config: dict[str, Any], place: Path) -> Tensors:
    """What llama.cpp's own script makes of an adapter."""
    (place / "config").mkdir(parents=True)
    (place / "config" / "config.json").write_text(json.dumps(config), encoding="utf-8")
    script = Places.here().converter / "convert_lora_to_gguf.py"
    words = [str(adapter), "--base", str(place / "config"), "--outfile", str(place / "official.gguf")]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, str(script), *words], env=environment, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return tensors_in(place / "official.gguf")


@pytest.mark.slow  # the official script takes four seconds and more a family, nearly all of it imports
@pytest.mark.parametrize("family", CONFIGS)
def test_every_tensor_is_the_official_scripts(tmp_path: Path, family: str) -> None:
    adapter = adapter_folder(tmp_path / "a", drawn(family))
    ours = tensors_in(write_adapter(adapter, gguf_base(tmp_path / "base.gguf", family), tmp_path / "ours.gguf"))
    theirs = official(adapter, {**SHAPE, **CONFIGS[family]}, tmp_path / "theirs")
    assert ours.keys() == theirs.keys()
    for name, rows in theirs.items():
        assert np.array_equal(ours[name], rows), name


@pytest.mark.slow  # as above
def test_without_the_turning_of_rows_it_would_be_another_adapter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter, base = adapter_folder(tmp_path / "a", drawn()), gguf_base(tmp_path / "base.gguf")
    monkeypatch.setattr(adapter_names, "_TURNED", frozenset())
    ours = tensors_in(write_adapter(adapter, base, tmp_path / "ours.gguf"))
    theirs = official(adapter, {**SHAPE, **CONFIGS["llama"]}, tmp_path / "theirs")
    odd = {name for name, rows in theirs.items() if not np.array_equal(ours[name], rows)}
    assert odd == {f"blk.{n}.attn_{part}.weight.lora_b" for n in (0, 1) for part in "qk"}


STARTER = {
    **SHAPE, **CONFIGS["llama"], "hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": 30,
    "num_attention_heads": 9, "num_key_value_heads": 3, "vocab_size": 49152,
}  # fmt: skip


@pytest.mark.slow  # as above
def test_the_starters_adapter_is_the_official_scripts_too(tmp_path: Path, starter: Path) -> None:
    rng, tensors = np.random.default_rng(0), {}
    parts = (("self_attn.q_proj", 576, 576), ("self_attn.k_proj", 192, 576), ("mlp.down_proj", 576, 1536))
    for n in range(15, 30):
        for module, high, wide in parts:
            stem = f"base_model.model.model.layers.{n}.{module}.lora_"
            tensors[f"{stem}A.weight"] = rng.standard_normal((32, wide), dtype=np.float32)
            tensors[f"{stem}B.weight"] = rng.standard_normal((high, 32), dtype=np.float32)
    adapter = adapter_folder(tmp_path / "a", tensors, r=32)
    ours = tensors_in(write_adapter(adapter, starter, tmp_path / "ours.gguf"))
    theirs = official(adapter, STARTER, tmp_path / "theirs")
    assert ours.keys() == theirs.keys()
    assert all(np.array_equal(ours[name], rows) for name, rows in theirs.items())


def test_every_refusal_is_an_error_of_ours() -> None:
    assert all(issubclass(kind, InputError) for kind in (NotPutOn, BaseIsNoGguf))

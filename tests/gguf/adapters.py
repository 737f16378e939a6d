"""Adapters and bases of a few rows for the tests of adapter files: nothing is trained, every weight is drawn."""

import hashlib
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

from studio.gguf.writer import Written, write_gguf

WIDTH, INNER, HEADS, KEYS = 64, 96, 4, 2
SETTINGS: dict[str, Any] = {
    "peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 4, "lora_alpha": 12, "lora_dropout": 0.0, "bias": "none",
    "target_modules": ["q_proj"], "base_model_name_or_path": "nobody/knows",
}  # fmt: skip
LAYERS = {
    "self_attn.q_proj": ("attn_q", WIDTH, WIDTH),
    "self_attn.k_proj": ("attn_k", WIDTH * KEYS // HEADS, WIDTH),
    "self_attn.v_proj": ("attn_v", WIDTH * KEYS // HEADS, WIDTH),
    "self_attn.o_proj": ("attn_output", WIDTH, WIDTH),
    "mlp.gate_proj": ("ffn_gate", INNER, WIDTH),
    "mlp.up_proj": ("ffn_up", INNER, WIDTH),
    "mlp.down_proj": ("ffn_down", WIDTH, INNER),
}
"""A layer's linear parts: llama.cpp's name, rows, width."""
JOINED = {
    "self_attn.qkv_proj": ("attn_qkv", WIDTH * (HEADS + 2 * KEYS) // HEADS, WIDTH),
    "self_attn.o_proj": ("attn_output", WIDTH, WIDTH),
    "mlp.gate_up_proj": ("ffn_up", 2 * INNER, WIDTH),
    "mlp.down_proj": ("ffn_down", WIDTH, INNER),
}


def gguf_base(path: Path, family: str = "llama", *, layers: int = 2, tied: bool = True) -> Path:
    """A base of that family: its table of tensors and heads, the weights zeros."""
    parts = JOINED if family == "phi3" else LAYERS
    shapes = {f"blk.{n}.{name}.weight": (high, wide) for n in range(layers) for name, high, wide in parts.values()}
    shapes |= {"token_embd.weight": (32, WIDTH)} | ({} if tied else {"output.weight": (32, WIDTH)})
    metadata = {
        "general.architecture": family,
        "general.name": "Tiny",
        f"{family}.attention.head_count": HEADS,
        f"{family}.attention.head_count_kv": KEYS,
    }
    zeros = [Written(name, shape, lambda shape=shape: np.zeros(shape, np.float32)) for name, shape in shapes.items()]
    return write_gguf(path, metadata, zeros)


def drawn(family: str = "llama", *, layers: int = 2, rank: int = 4, seed: int = 0) -> dict[str, np.ndarray[Any, Any]]:
    """An adapter's tensors by peft's names."""
    parts, rng = JOINED if family == "phi3" else LAYERS, np.random.default_rng(seed)
    rows: dict[str, np.ndarray[Any, Any]] = {}
    for n in range(layers):
        for module, (_name, high, wide) in parts.items():
            stem = f"base_model.model.model.layers.{n}.{module}"
            rows[f"{stem}.lora_A.weight"] = rng.standard_normal((rank, wide), dtype=np.float32)
            rows[f"{stem}.lora_B.weight"] = rng.standard_normal((high, rank), dtype=np.float32)
    return rows


def adapter_folder(folder: Path, tensors: dict[str, np.ndarray[Any, Any]], kind: str = "F32", **more: object) -> Path:
    """An adapter's folder as peft writes it; bfloat16 is told by `kind`, since numpy has none."""
    folder.mkdir(parents=True)
    header: dict[str, Any] = {}
    data = b""
    for name, tensor in tensors.items():
        raw = (tensor.view(np.uint32) >> 16).astype("<u2") if kind == "BF16" else tensor
        header[name] = {"dtype": kind, "shape": tensor.shape, "data_offsets": [len(data), len(data) + raw.nbytes]}
        data += raw.tobytes()
    text = json.dumps(header).encode()
    (folder / "adapter_model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
    (folder / "adapter_config.json").write_text(json.dumps({**SETTINGS, **more}), encoding="utf-8")
    return folder


def run_folder(runs: Path, base: Path) -> Path:
    """A finished run on a base, as far as its adapter goes."""
    run = runs / "2026-01-01-weir-train"
    adapter = adapter_folder(run / "adapter", drawn())
    (run / "config.yaml").write_text(json.dumps({"base": str(base)}), encoding="utf-8")
    digests = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in adapter.iterdir()}
    (adapter / "manifest.json").write_text(json.dumps(digests), encoding="utf-8")
    return run

"""Models of many shapes, written in an instant: what llama.cpp makes of them depends on their shapes alone."""

from pathlib import Path
from typing import Any

import numpy as np

SHAPES: dict[str, dict[str, Any]] = {
    "wide, shared keys, untied": {"width": 512, "inner": 1280, "layers": 18, "heads": 8, "groups": 2, "untied": True},
    "wide, tied": {"width": 256, "inner": 768, "layers": 9, "heads": 4, "groups": 2, "untied": False},
    "one joined matrix": {
        "width": 256,
        "inner": 512,
        "layers": 8,
        "heads": 4,
        "groups": 4,
        "untied": True,
        "qkv": True,
    },
    "narrow": {"width": 96, "inner": 288, "layers": 4, "heads": 3, "groups": 3, "untied": True},
    "experts": {"width": 256, "inner": 512, "layers": 8, "heads": 8, "groups": 2, "untied": True, "experts": 8},
}


def build(path: Path, *, width: int, inner: int, layers: int, heads: int, groups: int, untied: bool,
          qkv: bool = False, experts: int = 0, seed: int | None = None) -> Path:  # fmt: skip
    """A GGUF of that shape, without a vocabulary; its weights are 0, or drawn by `seed`."""
    import gguf

    family = "phi3" if qkv else "llama"
    writer = gguf.GGUFWriter(path, family)
    writer.add_block_count(layers)
    writer.add_context_length(2048)
    writer.add_embedding_length(width)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    writer.add_head_count_kv(groups)
    writer.add_layer_norm_rms_eps(1e-5)
    if experts:
        writer.add_expert_count(experts)
        writer.add_expert_used_count(2)
    writer.add_tokenizer_model("no_vocab")
    writer.add_vocab_size(320)
    head = width // heads
    rows: dict[str, tuple[int, ...]] = {"token_embd.weight": (320, width), "output_norm.weight": (width,)}
    if untied:
        rows["output.weight"] = (320, width)
    for layer in range(layers):
        parts: dict[str, tuple[int, ...]] = {"attn_norm": (width,), "ffn_norm": (width,), "attn_output": (width, width)}
        if qkv:
            parts |= {"attn_qkv": (width + 2 * groups * head, width), "ffn_up": (2 * inner, width),
                      "ffn_down": (width, inner)}  # fmt: skip
        else:
            keys = groups * head
            parts |= {"attn_q": (width, width), "attn_k": (keys, width), "attn_v": (keys, width)}
            lead = (experts,) if experts else ()
            end = "_exps" if experts else ""
            parts |= {f"ffn_up{end}": (*lead, inner, width), f"ffn_gate{end}": (*lead, inner, width),
                      f"ffn_down{end}": (*lead, width, inner)}  # fmt: skip
            if experts:
                parts["ffn_gate_inp"] = (experts, width)
        rows |= {f"blk.{layer}.{name}.weight": shape for name, shape in parts.items()}
    dice = None if seed is None else np.random.default_rng(seed)
    for name, shape in rows.items():
        plain = len(shape) < 2 or "gate_inp" in name
        drawn = np.zeros(shape) if dice is None else dice.standard_normal(shape) / 8
        writer.add_tensor(name, drawn.astype(np.float32 if plain else np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path

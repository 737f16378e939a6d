"""Owns what llama.cpp calls the linear layers that an adapter changes, by the family of the model.

Follows llama.cpp's converter for the families here; a test holds it to files that the converter wrote.
"""

import re
from dataclasses import dataclass
from typing import Literal

_PARTS = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_JOINED = {
    "self_attn.qkv_proj": "attn_qkv",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_FAMILIES = {
    **dict.fromkeys(("llama", "smollm3", "granite", "qwen2", "qwen3", "gemma", "gemma2", "gemma3", "olmo2"), _PARTS),
    "phi3": _JOINED,
}
_TURNED = frozenset({"llama", "smollm3", "granite"})
"""Families whose query and key rows llama.cpp keeps in another order: the halves of a head interleaved."""
_LAYER = re.compile(r"(?:model\.)?(?:language_model\.)?(?:model\.)?layers\.(\d{1,5})\.(.+)\Z")

Turned = Literal["query", "key"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an adapter's pair belongs: the base's tensor, and whose heads its rows are turned by, if any."""

    tensor: str
    turned: Turned | None = None


def families() -> tuple[str, ...]:
    """The families whose layers are known, as llama.cpp spells them."""
    return tuple(sorted(_FAMILIES))


def place_of(family: str, module: str) -> Place | None:
    """The place of a linear layer by its name in the Hugging Face model; None where llama.cpp has none for it."""
    if module in ("lm_head", "model.lm_head"):
        return Place("output.weight")
    found = _LAYER.match(module)
    part = _FAMILIES.get(family, {}).get(found[2]) if found else None
    if found is None or part is None:
        return None
    turned: dict[str, Turned] = {"attn_q": "query", "attn_k": "key"} if family in _TURNED else {}
    return Place(f"blk.{int(found[1])}.{part}.weight", turned.get(part))

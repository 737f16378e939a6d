"""Owns the forecast of a quantisation: which type llama.cpp gives each tensor, and so size and true bits a weight.

Follows `llama_tensor_get_type` of llama.cpp for models without experts; a test holds it to files that llama.cpp
made. What cannot be told (other families) is off by a few percent, never in kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.gguf.reader import Gguf, Tensor
from studio.gguf.types import BY_NAME, TensorType
from studio.language import N_


@dataclass(frozen=True, slots=True)
class Quantisation:
    """One way to pack weights: `name` as llama.cpp spells it, `base` the type most tensors get, `about` for people."""

    name: str
    base: str
    about: str


QUANTISATIONS = (
    Quantisation("F16", "F16", N_("as trained, nothing lost")),
    Quantisation("Q8_0", "Q8_0", N_("hardly to be told from the original")),
    Quantisation("Q6_K", "Q6_K", N_("very close")),
    Quantisation("Q5_K_M", "Q5_K", N_("close, smaller")),
    Quantisation("Q4_K_M", "Q4_K", N_("the usual choice")),
    Quantisation("Q3_K_M", "Q3_K", N_("small, loses some sense")),
    Quantisation("Q2_K", "Q2_K", N_("smallest, tool calls suffer")),
)
"""What is offered, from the largest to the smallest."""

_NARROW = {"Q2_K": "Q4_0", "Q3_K": "Q4_0", "Q4_K": "Q5_0", "Q5_K": "Q5_1", "Q6_K": "Q8_0"}
"""What llama.cpp falls back to where a row's width does not divide by 256."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a quantisation will come to: bytes of the file, bits a weight, and how many tensors fall back."""

    quantisation: Quantisation
    size: int
    bits: float
    fallbacks: int
    quantised: int


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the choice of types depends on: number of layers, query heads a key head, and whether the output is tied."""

    layers: int
    groups: int
    tied: bool


def forecasts(path: Path) -> list[Forecast]:
    """The forecast of every quantisation for the model in a GGUF; raises what reading it raises."""
    with Gguf(path) as model:
        shape = _shape(model)
        overhead = max(0, model.data_start)
        return [_forecast(kind, model.tensors, shape, overhead) for kind in QUANTISATIONS]


def _shape(model: Gguf) -> _Shape:
    family = model.text("general.architecture") or ""
    heads = model.number(f"{family}.attention.head_count") or 1
    keys = model.number(f"{family}.attention.head_count_kv") or heads
    tied = all(tensor.name != "output.weight" for tensor in model.tensors)
    return _Shape(model.number(f"{family}.block_count") or 1, heads // max(1, keys), tied)


def _forecast(kind: Quantisation, tensors: Sequence[Tensor], shape: _Shape, overhead: int) -> Forecast:
    total = weights = fallbacks = quantised = 0
    for tensor in tensors:
        wanted = _wanted(tensor, kind, shape)
        given = _fitting(tensor.shape[0], wanted)
        if len(tensor.shape) > 1:
            quantised += 1
            fallbacks += given is not wanted or _output_fell_back(tensor, kind, shape)
        total += tensor.elements // given.block * given.bytes
        weights += tensor.elements
    return Forecast(kind, total + overhead, 8 * total / weights if weights else 0.0, fallbacks, quantised)


def _wanted(tensor: Tensor, kind: Quantisation, shape: _Shape) -> TensorType:
    """The type that the recipe gives a tensor; vectors stay as they are trained."""
    if len(tensor.shape) < 2 or not tensor.name.endswith("weight"):
        return BY_NAME["F32"]
    if kind.base in ("F16", "Q8_0"):
        return BY_NAME[kind.base]
    if tensor.name == "output.weight" or (shape.tied and tensor.name == "token_embd.weight"):
        return BY_NAME["Q8_0" if _output_fell_back(tensor, kind, shape) else "Q6_K"]
    part = tensor.name.split(".")[-2]
    layer = int(tensor.name.split(".")[1]) if tensor.name.startswith("blk.") else 0
    return BY_NAME[_RECIPES.get(part, _plain)(kind, layer, shape)]


def _output_fell_back(tensor: Tensor, kind: Quantisation, shape: _Shape) -> bool:
    """Whether the output is packed as Q8_0 only because its rows do not fit the type."""
    output = tensor.name == "output.weight" or (shape.tied and tensor.name == "token_embd.weight")
    return output and tensor.shape[0] % BY_NAME[kind.base].block != 0


def _fitting(width: int, wanted: TensorType) -> TensorType:
    """The wanted type, or what llama.cpp takes where rows of that width do not fit it."""
    if width % wanted.block == 0:
        return wanted
    other = BY_NAME[_NARROW.get(wanted.name, "F16")]
    return other if width % other.block == 0 else BY_NAME["F16"]


def _more_bits(layer: int, layers: int) -> bool:
    """The layers that llama.cpp's M recipes give more bits: the first and last eighth, and every third between."""
    return layer < layers // 8 or layer >= 7 * layers // 8 or (layer - layers // 8) % 3 == 2


def _plain(kind: Quantisation, _layer: int, _shape: _Shape) -> str:
    return kind.base


def _value(kind: Quantisation, layer: int, shape: _Shape) -> str:
    if kind.name == "Q2_K":
        return "Q4_K" if shape.groups >= 4 else "Q3_K"
    if kind.name == "Q3_K_M":
        return "Q5_K" if layer < 2 else "Q4_K"
    return "Q6_K" if kind.name.endswith("_M") and _more_bits(layer, shape.layers) else kind.base


def _down(kind: Quantisation, layer: int, shape: _Shape) -> str:
    if kind.name == "Q2_K":
        return "Q3_K"
    if kind.name == "Q3_K_M":
        return "Q5_K" if layer < shape.layers // 16 else "Q4_K"
    return "Q6_K" if kind.name.endswith("_M") and _more_bits(layer, shape.layers) else kind.base


def _attention_output(kind: Quantisation, _layer: int, _shape: _Shape) -> str:
    return {"Q2_K": "Q3_K", "Q3_K_M": "Q4_K"}.get(kind.name, kind.base)


def _joined(kind: Quantisation, _layer: int, _shape: _Shape) -> str:
    return {"Q3_K_M": "Q4_K", "Q4_K_M": "Q5_K", "Q5_K_M": "Q6_K"}.get(kind.name, kind.base)


_RECIPES = {"attn_v": _value, "ffn_down": _down, "attn_output": _attention_output, "attn_qkv": _joined}

"""Owns which type llama.cpp gives each tensor in a quantisation, and where it falls back.

Follows `llama_tensor_get_type_impl` and `tensor_type_fallback` of the llama.cpp that is installed; a test holds it to
files that this llama.cpp made, of every quantisation and of several shapes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from studio.gguf.outline import OUTPUT, Outline, Piece, stays_plain
from studio.gguf.quantisations import Quantisation
from studio.gguf.types import BY_NAME, TensorType

_NARROW = {
    "Q2_0": "Q4_0", "Q2_K": "Q4_0", "Q3_K": "Q4_0", "TQ1_0": "Q4_0", "TQ2_0": "Q4_0", "Q4_K": "Q5_0", "Q5_K": "Q5_1",
    "Q6_K": "Q8_0", "IQ1_S": "IQ4_NL", "IQ1_M": "IQ4_NL", "IQ2_XXS": "IQ4_NL", "IQ2_XS": "IQ4_NL", "IQ2_S": "IQ4_NL",
    "IQ3_XXS": "IQ4_NL", "IQ3_S": "IQ4_NL", "IQ4_XS": "IQ4_NL",
}  # fmt: skip
"""What llama.cpp falls back to where a row's width does not divide by the block of the type."""

_LOW = frozenset({"IQ3_XXS", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ1_M", "IQ1_S"})
"""Types that come out as noise without an importance matrix; llama.cpp refuses them."""

_TWO_BITS = ("IQ2_XXS", "IQ2_XS", "IQ1_S", "IQ2_S", "IQ2_M", "IQ1_M")
_PARTS = ("attn_qkv", "attn_kv_b", "attn_v", "attn_k", "attn_q", "attn_output")
_VALUES = ("attn_v", "attn_qkv", "attn_kv_b")


@dataclass(frozen=True, slots=True)
class Packed:
    """One tensor as a quantisation packs it; `wanted` is the recipe's type, `given` what its width allows."""

    piece: Piece
    wanted: TensorType
    given: TensorType
    fell_back: bool
    needs_importance: bool

    @property
    def size(self) -> int:
        """Bytes of its weights."""
        return self.piece.elements // self.given.block * self.given.bytes


@dataclass(slots=True)
class _State:
    """What llama.cpp counts while it goes through the tensors."""

    model: Outline
    kind: Quantisation
    importance: bool
    values: int
    at: dict[str, int] = field(default_factory=dict)

    def place(self, part: str) -> int:
        """The number of a part, counted from 0."""
        number = self.at.get(part, 0)
        self.at[part] = number + 1
        return number


class Impossible(ValueError):
    """llama.cpp has no type to fall back to for a width."""


def packed(model: Outline, kind: Quantisation, *, importance: bool = False) -> list[Packed]:
    """Every tensor with the type that it gets; raises Impossible where llama.cpp would refuse."""
    values = sum(_part(piece.name) in _VALUES for piece in model.pieces)
    state = _State(model, kind, importance, values)
    return [_packed(piece, state) for piece in _in_order(model)]


def _in_order(model: Outline) -> Iterator[Piece]:
    """The order of llama.cpp: what belongs to no layer first, then layer by layer."""
    yield from sorted(model.pieces, key=lambda piece: (_layer(piece.name), piece.name))


def _layer(name: str) -> int:
    words = name.split(".")
    return int(words[1]) if words[0] == "blk" and len(words) > 1 and words[1].isdecimal() else -1


def _part(name: str) -> str:
    """What a tensor is to the recipes: a part's name, output, token_embd, or other."""
    if name == OUTPUT:
        return "output"
    if name in ("token_embd.weight", "per_layer_token_embd.weight"):
        return "token_embd"
    for part in _PARTS:
        if f"{part}.weight" in name:
            return part
    return next((part for part in ("ffn_up", "ffn_gate", "ffn_down") if part in name), "other")


def _packed(piece: Piece, state: _State) -> Packed:
    if stays_plain(piece.name, piece.shape):
        plain = BY_NAME[piece.plain]
        return Packed(piece, plain, plain, fell_back=False, needs_importance=False)
    base = BY_NAME[state.kind.base]
    if base.block == 1:
        return Packed(piece, base, base, fell_back=False, needs_importance=False)
    part = _part(piece.name)
    wanted = BY_NAME[_wanted(piece, part, state)]
    given = _fitting(piece.shape[0], wanted)
    narrow = part == "output" or (part == "token_embd" and state.model.tied)
    fell_back = given is not wanted or (narrow and piece.shape[0] % base.block != 0)
    low = given.name in _LOW or (given.name == "Q2_K" and state.kind.name == "Q2_K_S")
    return Packed(piece, wanted, given, fell_back, low and part not in ("output", "token_embd"))


def _fitting(width: int, wanted: TensorType) -> TensorType:
    """The wanted type, or what llama.cpp takes where rows of that width do not fit it."""
    if width % wanted.block == 0:
        return wanted
    other = _NARROW.get(wanted.name)
    if other is None:
        if wanted.block > 32:
            raise Impossible(wanted.name)
        return BY_NAME["F16"]
    return BY_NAME[other] if width % BY_NAME[other].block == 0 else BY_NAME["F16"]


def _wanted(piece: Piece, part: str, state: _State) -> str:
    """The type by the recipe of the quantisation."""
    kind, model = state.kind, state.model
    if part == "output" or (part == "token_embd" and model.tied):
        return _output(piece, state)
    if kind.name == "MXFP4_MOE":
        return "MXFP4" if len(piece.shape) > 2 and piece.shape[2] > 1 else "Q8_0"
    if part == "token_embd":
        return _EMBEDDINGS.get(kind.name, kind.base)
    if kind.name in _TWO_BITS:
        return _two_bits(part, state)
    if part in _VALUES:
        return _value(state)
    if part == "attn_k" and model.experts == 8:
        return "Q8_0"
    if part in ("attn_k", "attn_q"):
        return {"IQ3_XS": "IQ3_XXS", "IQ3_XXS": "IQ2_S"}.get(kind.name, kind.base)
    if part == "ffn_down":
        return _down(piece, state)
    if part == "attn_output":
        return _attention_output(state)
    if part in ("ffn_gate", "ffn_up"):
        layer = _counted(piece, part, state)
        middle = model.layers // 8 <= layer < 7 * model.layers // 8
        return "IQ3_XXS" if kind.name == "IQ3_XS" and middle else kind.base
    return kind.base


_EMBEDDINGS = {
    "IQ2_XXS": "Q2_K", "IQ2_XS": "Q2_K", "IQ1_S": "Q2_K", "IQ1_M": "Q2_K", "IQ2_S": "IQ3_S", "IQ2_M": "IQ3_S",
    "IQ3_XXS": "IQ3_S", "TQ1_0": "Q4_K", "TQ2_0": "Q4_K", "Q2_0": "Q4_K",
}  # fmt: skip


def _output(piece: Piece, state: _State) -> str:
    base = BY_NAME[state.kind.base]
    if state.kind.name == "MXFP4_MOE" or state.model.family == "falcon" or piece.shape[0] % base.block:
        return "Q8_0"
    if state.kind.name in (*_TWO_BITS, "IQ3_XXS"):
        return "Q5_K"
    return "Q8_0" if base.name == "Q8_0" else "Q6_K"


def _counted(piece: Piece, part: str, state: _State) -> int:
    """The layer as llama.cpp sees it: by counting, or from the name where there are experts."""
    number = state.place(part)
    return _layer(piece.name) if state.model.experts > 1 else number


def _more_bits(number: int, of: int) -> bool:
    """What the M recipes give more bits: the first and last eighth, and every third between."""
    return number < of // 8 or number >= 7 * of // 8 or (number - of // 8) % 3 == 2


def _shared(model: Outline) -> bool:
    """Whether four or more query heads share one of keys and values."""
    return model.heads // max(1, model.groups) >= 4


def _two_bits(part: str, state: _State) -> str:
    kind, model = state.kind, state.model
    wider = kind.name in ("IQ2_S", "IQ2_M")
    if part in _VALUES:
        return "Q4_K" if _shared(model) or model.experts >= 4 else "IQ3_S" if wider else "Q2_K"
    if part == "attn_k" and model.experts == 8:
        return "Q4_K"
    if part == "ffn_down":
        first = state.place(part) < model.layers // 8
        return ("IQ3_S" if wider else "Q2_K") if first else kind.base
    if part == "attn_output":
        if model.experts == 8:
            return "Q5_K"
        return "IQ2_XXS" if kind.name in ("IQ1_S", "IQ1_M") else "IQ3_S" if wider else kind.base
    return kind.base


def _value(state: _State) -> str:
    model, number = state.model, state.place("values")
    found = _value_type(state, number)
    if model.family == "llama" and model.layers == 80 and model.heads != model.groups and found in ("Q3_K", "Q4_K"):
        found = "Q5_K"
    return "Q8_0" if model.experts == 8 else found


def _value_type(state: _State, number: int) -> str:
    name, base, shared = state.kind.name, state.kind.base, _shared(state.model)
    match name:
        case "Q2_K":
            return "Q4_K" if shared else "Q3_K"
        case "Q2_K_S" | "IQ3_XS" | "IQ3_S" if shared:
            return "Q4_K"
        case "IQ3_XXS":
            return "Q4_K" if shared else base if state.importance else "IQ3_S"
        case "IQ3_M":
            return "Q4_K"
        case "Q3_K_M":
            return "Q5_K" if number < 2 else "Q4_K"
        case "Q3_K_L":
            return "Q5_K"
        case "IQ4_NL" | "IQ4_XS" if shared:
            return "Q5_K"
        case "Q4_K_M" | "Q5_K_M" if _more_bits(number, state.values):
            return "Q6_K"
        case "Q4_K_S" if number < 4:
            return "Q5_K"
    return base


def _down(piece: Piece, state: _State) -> str:
    model, name, base = state.model, state.kind.name, state.kind.base
    layer, falcon = _counted(piece, "ffn_down", state), model.family == "falcon"
    first, more = layer < model.layers // 8, _more_bits(layer, model.layers)
    match name:
        case "Q2_K":
            return "Q3_K"
        case "Q2_K_S":
            return "Q4_K" if first else base
        case "IQ3_XXS" if not state.importance:
            return "Q4_K" if first else "Q3_K"
        case "Q3_K_M":
            return "Q5_K" if layer < model.layers // 16 else "Q4_K" if not falcon or more else "Q3_K"
        case "IQ3_M" if first or (model.experts == 8 and more):
            return "Q4_K"
        case "Q3_K_L":
            return "Q4_K" if falcon else "Q5_K"
        case "Q4_K_M" if falcon:
            return "Q6_K" if layer < model.layers // 16 else "Q5_K" if more else "Q4_K"
        case "Q4_K_M" | "Q5_K_M" if more:
            return "Q6_K"
        case "IQ4_NL" | "IQ4_XS" if first and not state.importance:
            return "Q5_K"
        case "Q4_K_S" if not falcon and first:
            return "Q5_K"
        case "Q4_0" | "Q5_0" if state.importance and first:
            return "Q4_1" if name == "Q4_0" else "Q5_1"
    return base


def _attention_output(state: _State) -> str:
    name, base = state.kind.name, state.kind.base
    if state.model.family == "falcon":
        return "Q4_K" if name == "Q3_K_L" else base
    if state.model.experts == 8:
        plain = ("Q2_K", "IQ3_XS", "IQ3_XXS", "Q3_K_S", "Q3_K_M", "IQ4_NL", "Q4_K_S", "Q4_K_M", "IQ3_S", "IQ3_M",
                 "IQ4_XS")  # fmt: skip
        return "Q5_K" if name in plain else base
    return {"Q2_K": "Q3_K", "IQ3_XXS": "IQ3_S", "Q3_K_M": "Q4_K", "Q3_K_L": "Q5_K", "IQ3_M": "Q4_K"}.get(name, base)

"""Owns what a conversion will find: a model's tensors by GGUF names, its sizes, and what stands before its weights.

It comes from a GGUF's header, from a Hugging Face folder's files, or from sizes alone; no weight is read.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from studio.errors import PathMissing
from studio.files import read_bytes
from studio.gguf.base import check_weights, json_file
from studio.gguf.errors import LacksMetadata
from studio.gguf.reader import Array, Gguf
from studio.gguf.soundness import tensors_of

OUTPUT, EMBEDDING = "output.weight", "token_embd.weight"
_KEYS = 4096
"""Bytes that the entries take which are neither vocabulary nor template, ours among them."""
_TOKENISER_LIMIT = 256 * 1024 * 1024
_TEMPLATE = "tokenizer.chat_template"


@dataclass(frozen=True, slots=True)
class Piece:
    """One tensor to be: its name in a GGUF and its shape, the row width first; `plain` as the converter writes it."""

    name: str
    shape: tuple[int, ...]
    plain: str

    @property
    def elements(self) -> int:
        """How many weights it holds."""
        count = 1
        for width in self.shape:
            count *= width
        return count


@dataclass(frozen=True, slots=True)
class Outline:
    """A model as it will stand in a GGUF.

    `heads` and `groups` (heads of keys) are those of the first layer, `key` and `value` the widths of one head's;
    `merges` counts the vocabulary's merges, and `head_bytes` is all that stands before the weights.
    """

    family: str
    layers: int
    width: int
    inner: int
    heads: int
    groups: int
    key: int
    value: int
    experts: int
    vocabulary: int
    merges: int
    context: int
    pieces: tuple[Piece, ...]
    head_bytes: int

    @property
    def tied(self) -> bool:
        """Whether the embedding serves as output too."""
        return all(piece.name != OUTPUT for piece in self.pieces)

    @property
    def weights(self) -> int:
        """How many weights there are."""
        return sum(piece.elements for piece in self.pieces)


class Sizes(Protocol):
    """What an outline can be made of where there are no files: the sizes of a dense decoder."""

    @property
    def family(self) -> str: ...  # noqa: D102
    @property
    def layers(self) -> int: ...  # noqa: D102
    @property
    def width(self) -> int: ...  # noqa: D102
    @property
    def inner(self) -> int: ...  # noqa: D102
    @property
    def heads(self) -> int: ...  # noqa: D102
    @property
    def groups(self) -> int: ...  # noqa: D102
    @property
    def head(self) -> int: ...  # noqa: D102
    @property
    def vocabulary(self) -> int: ...  # noqa: D102
    @property
    def tied(self) -> bool: ...  # noqa: D102


def outline_of(path: Path) -> Outline:
    """The outline of a GGUF or a Hugging Face folder; raises what reading it raises, or PathMissing."""
    if path.is_dir():
        return _of_folder(path)
    if path.is_file():
        with Gguf(path) as gguf:
            return _of_gguf(gguf)
    raise PathMissing(path=path)


def outline_of_sizes(sizes: Sizes) -> Outline:
    """The outline of a model that is not here, of which only the sizes are known."""
    pieces = tuple(_pieces_of(sizes))
    head = 36 * sizes.vocabulary + 60 * len(pieces) + _KEYS  # a token's text, kind and merge take about 36 bytes
    return Outline(
        sizes.family, sizes.layers, sizes.width, sizes.inner, sizes.heads, sizes.groups, sizes.head, sizes.head, 0,
        sizes.vocabulary, 2 * sizes.vocabulary, 1 << 17, pieces, head,
    )  # fmt: skip


def _pieces_of(sizes: Sizes) -> Iterator[Piece]:
    queries, keys = sizes.heads * sizes.head, sizes.groups * sizes.head
    yield Piece(EMBEDDING, (sizes.width, sizes.vocabulary), "F16")
    if not sizes.tied:
        yield Piece(OUTPUT, (sizes.width, sizes.vocabulary), "F16")
    yield Piece("output_norm.weight", (sizes.width,), "F32")
    rows = {
        "attn_q": (sizes.width, queries), "attn_k": (sizes.width, keys), "attn_v": (sizes.width, keys),
        "attn_output": (queries, sizes.width), "ffn_gate": (sizes.width, sizes.inner),
        "ffn_up": (sizes.width, sizes.inner), "ffn_down": (sizes.inner, sizes.width),
    }  # fmt: skip
    for layer in range(sizes.layers):
        for name, shape in rows.items():
            yield Piece(f"blk.{layer}.{name}.weight", shape, "F16")
        for name in ("attn_norm", "ffn_norm"):
            yield Piece(f"blk.{layer}.{name}.weight", (sizes.width,), "F32")


# -- from a GGUF


def _of_gguf(gguf: Gguf) -> Outline:
    family = gguf.text("general.architecture") or ""

    def number(key: str, otherwise: int | None = None) -> int:
        value = gguf.metadata.get(f"{family}.{key}")
        first = value.values[0] if isinstance(value, Array) and len(value) else value
        if isinstance(first, int) and not isinstance(first, bool) and first >= 0:
            return first
        if otherwise is None:
            raise LacksMetadata(path=gguf.path, key=f"{family}.{key}")
        return otherwise

    layers, width = number("block_count"), number("embedding_length")
    heads = number("attention.head_count", 1) or 1
    tokens, merges = (gguf.metadata.get(f"tokenizer.ggml.{key}") for key in ("tokens", "merges"))
    vocabulary = len(tokens) if isinstance(tokens, Array) else number("vocab_size", 0)
    head = width // heads
    pieces = tuple(Piece(row.name, row.shape, plain_type(row.name, row.shape, row.type.name)) for row in gguf.tensors)
    return Outline(
        family, layers, width, number("feed_forward_length", 0), heads, number("attention.head_count_kv", heads) or 1,
        number("attention.key_length", head), number("attention.value_length", head), number("expert_count", 0),
        vocabulary, len(merges) if isinstance(merges, Array) else 0, number("context_length", 4096), pieces,
        gguf.data_start,
    )  # fmt: skip


_STAY = (
    "_norm.weight", "ffn_gate_inp.weight", "altup", "laurel", "per_layer_model_proj", "ssm_conv1d",
    "shortconv.conv.weight", "time_mix_first.weight", "time_mix_w", "time_mix_v", "time_mix_a", "time_mix_g",
    "time_mix_decay_w", "time_mix_lerp_fused.weight", "attn_rel_b.weight", ".position_embd",
)  # fmt: skip


def stays_plain(name: str, shape: tuple[int, ...]) -> bool:
    """Whether llama.cpp leaves a tensor as the converter wrote it."""
    dimensions = sum(width > 1 for width in shape[1:]) + 1
    if dimensions < 2 or not name.endswith("weight"):
        return True
    return name in ("position_embd.weight", "token_types.weight") or any(part in name for part in _STAY)


def plain_type(name: str, shape: tuple[int, ...], now: str = "F16") -> str:
    """What the converter writes for a tensor in 16 bits; `now` is what it is in a GGUF that is converted again."""
    if len(shape) < 2 or "_norm.weight" in name or not name.endswith("weight"):
        return "F32"
    return "F32" if stays_plain(name, shape) and now in ("F32", "F16", "BF16") else "F16"


# -- from a Hugging Face folder

_NAMES = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "self_attn.qkv_proj": "attn_qkv", "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down", "mlp.gate_up_proj": "ffn_up", "mlp.gate": "ffn_gate_inp",
    "block_sparse_moe.gate": "ffn_gate_inp", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
}  # fmt: skip
_EXPERT = re.compile(r"(?:mlp|block_sparse_moe)\.experts\.(\d+)\.(gate_proj|up_proj|down_proj|w1|w2|w3)")
_EXPERTS = {"gate_proj": "ffn_gate_exps", "up_proj": "ffn_up_exps", "down_proj": "ffn_down_exps", "w1": "ffn_gate_exps",
            "w3": "ffn_up_exps", "w2": "ffn_down_exps"}  # fmt: skip
_LAYER = re.compile(r"(?:^|\.)layers\.(\d+)\.(.+)\.(weight|bias)$")
_ENDS = {"embed_tokens.weight": EMBEDDING, "lm_head.weight": OUTPUT, "model.norm.weight": "output_norm.weight"}


def _of_folder(path: Path) -> Outline:
    whole = json_file(path, "config.json")
    check_weights(path)
    text = whole.get("text_config")
    values: Mapping[str, Any] = {**whole, **text} if isinstance(text, dict) else whole

    def number(*keys: str, otherwise: int | None = None) -> int:
        for key in keys:
            found = values.get(key)
            if isinstance(found, int) and not isinstance(found, bool) and found >= 0:
                return found
        if otherwise is None:
            raise LacksMetadata(path=path / "config.json", key=keys[0])
        return otherwise

    layers, width = number("num_hidden_layers"), number("hidden_size")
    heads = number("num_attention_heads", otherwise=1) or 1
    head = number("head_dim", otherwise=width // heads)
    family = str(values.get("model_type") or "").removesuffix("_text")
    tied = bool(values.get("tie_word_embeddings", family.startswith("gemma")))
    pieces = _joined_experts({name: stored.shape for name, stored in tensors_of(path).items()}, tied)
    head_bytes, merges = _before_the_weights(path, pieces)
    return Outline(
        family, layers, width, number("intermediate_size", otherwise=4 * width), heads,
        number("num_key_value_heads", otherwise=heads) or heads, head, head,
        number("num_local_experts", "num_experts", otherwise=0), number("vocab_size", otherwise=0),
        merges, number("max_position_embeddings", otherwise=4096), pieces, head_bytes,
    )  # fmt: skip


def _joined_experts(shapes: Mapping[str, tuple[int, ...]], tied: bool) -> tuple[Piece, ...]:
    """The tensors as the converter names them, the experts of a layer in one."""
    found: dict[str, tuple[int, ...]] = {}
    for name, shape in shapes.items():
        ours = _named(name)
        if ours == OUTPUT and tied:
            continue
        turned = tuple(reversed(shape))
        if ours.endswith("_exps.weight"):
            count = found.get(ours, (0, 0, 0))[2] + 1
            turned = (*turned[:2], count)
        found[ours] = turned
    return tuple(Piece(name, shape, plain_type(name, shape)) for name, shape in found.items() if shape)


def _named(name: str) -> str:
    for end, ours in _ENDS.items():
        if name.endswith(end):
            return ours
    match = _LAYER.search(name)
    if match is None:
        return name
    layer, part, kind = match.groups()
    expert = _EXPERT.fullmatch(part)
    ours = _EXPERTS[expert[2]] if expert else _NAMES.get(part, part)
    return f"blk.{layer}.{ours}.{kind}"


def _before_the_weights(path: Path, pieces: tuple[Piece, ...]) -> tuple[int, int]:
    """What vocabulary, merges, template and the table of tensors will take, and how many merges there are.

    Other entries are a few thousand bytes.
    """
    table = sum(8 + len(piece.name.encode()) + 4 + 8 * len(piece.shape) + 12 for piece in pieces)
    template = path / "chat_template.jinja"
    size = template.stat().st_size if template.is_file() else 0
    tokens, merges = _tokeniser(path)
    return -(-(table + size + tokens + sum(merges) + _KEYS) // 32) * 32, len(merges)


def _tokeniser(path: Path) -> tuple[int, list[int]]:
    """The bytes that the tokens take in a GGUF, and those of each merge."""
    try:
        model = json.loads(read_bytes(path / "tokenizer.json", _TOKENISER_LIMIT)).get("model", {})
        words, merges = model.get("vocab", {}), model.get("merges", [])
        scored = isinstance(words, list)
        texts = [row[0] for row in words] if scored else list(words)
        tokens = sum(8 + len(text.encode()) for text in texts) + (8 if scored else 4) * len(texts)
        return tokens, [9 + len((row if isinstance(row, str) else "".join(row)).encode()) for row in merges]
    except (ValueError, AttributeError, TypeError, IndexError, RecursionError):
        return 0, []  # a folder whose tokeniser cannot be read is refused when it is opened as a base

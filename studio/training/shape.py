"""Owns how large a model is, read from its config.json or a GGUF's header; loads no weight and needs no torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from studio.errors import PathMissing
from studio.gguf.base import json_file
from studio.gguf.errors import BaseIncomplete, LacksMetadata
from studio.gguf.reader import Array, Gguf

BENDING = ("final_logit_softcapping", "logits_scaling", "logit_scale", "lm_head_multiplier")
"""Settings of families whose logits are more than the product with the head."""

_FUSED = ("phi3",)
"""Families that hold query, key and value in one matrix, and gate and up in another."""


@dataclass(frozen=True, slots=True)
class ModelShape:
    """A decoder's sizes. `width` of a state, `inner` of the feed-forward part, `head` of one of the `heads`; `groups`
    are the heads of keys and values. `packed`: in a GGUF, and unpacked before the first training; `four_bit`: its
    linear layers lie there in four bits already; `bent`: its logits are more than a product with the head."""

    name: str
    family: str
    layers: int
    width: int
    inner: int
    heads: int
    groups: int
    head: int
    vocabulary: int
    tied: bool
    packed: bool = False
    four_bit: bool = False
    bent: bool = False

    @classmethod
    def of(cls, path: Path) -> Self:
        """The shape of a GGUF or a Hugging Face folder; raises PathMissing, BaseIncomplete, or a GGUF's errors."""
        if path.is_dir():
            return cls._of_folder(path)
        if path.is_file():
            return cls._of_gguf(path)
        raise PathMissing(path=path)

    @classmethod
    def _of_folder(cls, path: Path) -> Self:
        whole = json_file(path, "config.json")
        text = whole.get("text_config")
        values: Mapping[str, Any] = {**whole, **text} if isinstance(text, dict) else whole
        quantised = whole.get("quantization_config")
        try:
            heads, width = int(values["num_attention_heads"]), int(values["hidden_size"])
            return cls(
                name=path.name,
                family=str(values["model_type"]).removesuffix("_text"),
                layers=int(values["num_hidden_layers"]),
                width=width,
                inner=int(values["intermediate_size"]),
                heads=heads,
                groups=int(values.get("num_key_value_heads") or heads),
                head=int(values.get("head_dim") or width // heads),
                vocabulary=int(values["vocab_size"]),
                tied=bool(values.get("tie_word_embeddings", str(values["model_type"]).startswith("gemma"))),
                four_bit=isinstance(quantised, dict) and bool(quantised.get("load_in_4bit")),
                bent=any(values.get(name) for name in BENDING),
            )
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise BaseIncomplete(path=path, missing=f"config.json ({error})") from error

    @classmethod
    def _of_gguf(cls, path: Path) -> Self:
        with Gguf(path) as gguf:
            family = gguf.text("general.architecture") or ""

            def number(key: str) -> int:
                found = gguf.number(f"{family}.{key}")
                if not found or found < 0:
                    raise LacksMetadata(path=path, key=f"{family}.{key}")
                return found

            heads, width = number("attention.head_count"), number("embedding_length")
            return cls(
                name=path.stem,
                family=family,
                layers=number("block_count"),
                width=width,
                inner=number("feed_forward_length"),
                heads=heads,
                groups=gguf.number(f"{family}.attention.head_count_kv") or heads,
                head=gguf.number(f"{family}.attention.key_length") or width // heads,
                vocabulary=_vocabulary(gguf),
                tied=not any(tensor.name == "output.weight" for tensor in gguf.tensors),
                packed=True,
                bent=bool(gguf.metadata.get(f"{family}.final_logit_softcapping")),
            )

    @property
    def linears(self) -> dict[str, tuple[int, int]]:
        """The linear layers of one block: input and output width by name."""
        queries, keys = self.heads * self.head, self.groups * self.head
        if self.family in _FUSED:
            return {
                "qkv_proj": (self.width, queries + 2 * keys),
                "o_proj": (queries, self.width),
                "gate_up_proj": (self.width, 2 * self.inner),
                "down_proj": (self.inner, self.width),
            }
        return {
            "q_proj": (self.width, queries),
            "k_proj": (self.width, keys),
            "v_proj": (self.width, keys),
            "o_proj": (queries, self.width),
            "gate_proj": (self.width, self.inner),
            "up_proj": (self.width, self.inner),
            "down_proj": (self.inner, self.width),
        }

    @property
    def linear_weights(self) -> int:
        """Weights of all blocks' linear layers."""
        return self.layers * sum(rows * columns for rows, columns in self.linears.values())

    @property
    def table_weights(self) -> int:
        """Weights of the embedding, and of the head where it has its own; and of the norms, which are few."""
        return self.vocabulary * self.width * (1 if self.tied else 2) + (2 * self.layers + 1) * self.width

    @property
    def weights(self) -> int:
        """All weights."""
        return self.linear_weights + self.table_weights


def _vocabulary(gguf: Gguf) -> int:
    """How many tokens there are; the texts themselves are not decoded."""
    tokens = gguf.metadata.get("tokenizer.ggml.tokens")
    if not isinstance(tokens, Array):
        raise LacksMetadata(path=gguf.path, key="vocabulary")
    return len(tokens)

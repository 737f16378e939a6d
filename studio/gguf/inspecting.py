"""Owns what a GGUF says of itself, as values to print or to hand on; reads no weights and judges nothing."""

import math
from collections import Counter
from pathlib import Path

from studio.gguf.reader import Array, Gguf, Scalar

_SHOWN = 8
_LICENCE = ("general.license.name", "general.license", "general.license.link")


def inspected(path: Path, *, whole: bool = False) -> dict[str, object]:
    """Header, metadata, tensors, true bits, template, size and licence of a GGUF; raises what reading one raises.

    Long lists are cut to their beginning, with their length beside it, and the template stands apart; with `whole`
    lists are complete.
    """
    with Gguf(path) as gguf:
        family = gguf.text("general.architecture") or ""
        return {
            "path": str(path),
            "size": gguf.bytes,
            "version": gguf.version,
            "type": gguf.text("general.type") or "model",
            "name": gguf.text("general.name"),
            "architecture": family or None,
            "licence": next((found for key in _LICENCE if (found := gguf.text(key))), None),
            "context": gguf.number(f"{family}.context_length"),
            "layers": gguf.number(f"{family}.block_count"),
            "parameters": sum(tensor.elements for tensor in gguf.tensors),
            "bits_per_weight": round(gguf.bits_per_weight, 4),
            "types": _types(gguf),
            "template": gguf.text("tokenizer.chat_template"),
            "metadata": {
                key: _shown(value, whole) for key, value in gguf.metadata.items() if key != "tokenizer.chat_template"
            },
            "tensors": [
                {
                    "name": tensor.name,
                    "shape": list(tensor.shape),
                    "type": tensor.type.name,
                    "offset": gguf.data_start + tensor.offset,
                    "size": tensor.size,
                }
                for tensor in gguf.tensors
            ],
        }


def _types(gguf: Gguf) -> list[dict[str, object]]:
    """How many tensors, weights and bytes there are of each type, the most bytes first."""
    tensors, weights, sizes = Counter[str](), Counter[str](), Counter[str]()
    for tensor in gguf.tensors:
        tensors[tensor.type.name] += 1
        weights[tensor.type.name] += tensor.elements
        sizes[tensor.type.name] += tensor.size
    return [
        {"type": name, "tensors": tensors[name], "weights": weights[name], "size": size}
        for name, size in sizes.most_common()
    ]


def _shown(value: Scalar | Array, whole: bool) -> object:
    if not isinstance(value, Array):
        return _plain(value)
    items = value.first(len(value) if whole else _SHOWN)
    return {"length": len(value), "items": [_plain(item) for item in items]}


def _plain(value: Scalar) -> object:
    """JSON has no word for what is no number."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value

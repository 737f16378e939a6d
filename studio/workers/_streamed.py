"""Owns merging an adapter into a base tensor by tensor: no model is ever in memory, only the matrix that is at hand.

What it cannot do so (a base whose tensors have other names than the layers that were trained, or an adapter that does
not fit) it leaves to the whole merge, which says what is wrong.
"""

import json
import math
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from studio.errors import NotSaved
from studio.gguf.adapters import WEIGHTS, AdapterRefused, AdapterSettings, adapter_settings, adapter_tensors
from studio.gguf.base import INDEX, json_file
from studio.gguf.weights import Stored, header
from studio.language import _
from studio.workers._quantised import bitsandbytes, in_4_bit

Check = Callable[[], None]
Through = Callable[[str, torch.Tensor], torch.Tensor]
"""What is done to weights before the adapter is added: their name and float32 weights to float32 weights."""

_PREFIX, _A, _B = "base_model.model.", ".lora_A.weight", ".lora_B.weight"
_FLOATS = ("F16", "BF16", "F32")
_STATE = ".quant_state."
_PARTS = (".absmax", ".quant_map", ".nested_absmax", ".nested_quant_map")


@dataclass(frozen=True, slots=True)
class _Shard:
    """One file of the base: its tensors, those of a packed one counted as one."""

    path: Path
    stored: Mapping[str, Stored]

    @property
    def names(self) -> list[str]:
        """The weights in it, by name."""
        return [name for name in self.stored if _STATE not in name and not name.endswith(_PARTS)]


def merge_streamed(
    folder: Path, adapter: Path | None, into: Path, check: Check, through: Through | None = None
) -> bool:
    """Writes `folder` with the adapter merged in as float16 under `into`; False where it cannot be done this way.

    Each weight is taken to float32, changed by `through` where that is given, given its share of the adapter, and
    written as float16. Raises NotSaved, AdapterRefused, or what `check` raises.
    """
    config = json_file(folder, "config.json")
    in_4_bit(folder, config)
    shards = [_Shard(file, header(file)) for file in sorted(folder.glob("*.safetensors"))]
    settings = adapter_settings(adapter) if adapter is not None else None
    pairs = _pairs(adapter, settings, shards) if adapter is not None and settings is not None else {}
    if pairs is None or not all(_readable(shard) for shard in shards):
        return False
    try:
        with ExitStack() as stack:
            lora = stack.enter_context(safe_open(adapter / WEIGHTS, "pt")) if adapter is not None else None
            scale = _scale(settings) if settings is not None else 0.0
            for shard in shards:
                add = _Addition(adapter, lora, pairs, scale, through)
                _write(shard, into / shard.path.name, add, check)
        _settle(folder, into, config)
    except OSError as error:
        raise NotSaved(path=into, reason=error.strerror or str(error)) from error
    return True


def _scale(settings: AdapterSettings) -> float:
    return settings.alpha / (math.sqrt(settings.rank) if settings.use_rslora else settings.rank)


# -- which layer gets what


def _pairs(adapter: Path, settings: AdapterSettings, shards: list[_Shard]) -> dict[str, tuple[str, str]] | None:
    """The adapter's two matrices for each weight; None where they are not exactly those that the base calls for."""
    found: dict[str, dict[str, str]] = {}
    stored = adapter_tensors(adapter)
    for name in stored:
        for end in (_A, _B):
            if name.startswith(_PREFIX) and name.endswith(end):
                found.setdefault(f"{name[len(_PREFIX) : -len(end)]}.weight", {})[end] = name
    if sum(map(len, found.values())) != len(stored) or found.keys() != _called_for(settings, shards):
        return None
    pairs = {name: (both.get(_A, ""), both.get(_B, "")) for name, both in found.items()}
    shapes = {name: stored_.shape for shard in shards for name, stored_ in shard.stored.items()}
    packed = {name.partition(_STATE)[0] for name in shapes if _STATE in name}
    fits = all(a and b and _fits(stored[a], stored[b], settings.rank, shapes[name], name in packed)
               for name, (a, b) in pairs.items())  # fmt: skip
    return pairs if fits else None


def _fits(a: Stored, b: Stored, rank: int, shape: tuple[int, ...], packed: bool) -> bool:
    """Whether the two matrices make one of the weight's shape; a packed weight tells only how many it holds."""
    if len(a.shape) != 2 or len(b.shape) != 2 or a.shape[0] != rank or b.shape[1] != rank:
        return False
    if packed:
        return (b.shape[0] * a.shape[1] + 1) // 2 == math.prod(shape)
    return shape == (b.shape[0], a.shape[1])


def _called_for(settings: AdapterSettings, shards: list[_Shard]) -> set[str]:
    """The weights that the adapter's settings speak of."""
    layers = settings.layers_to_transform
    return {
        name
        for shard in shards
        for name in shard.names
        if name.endswith(".weight")
        and any(name == f"{target}.weight" or name.endswith(f".{target}.weight") for target in settings.target_modules)
        and (layers is None or _layer(name) in layers)
    }


def _layer(name: str) -> int | None:
    return next((int(word) for word in name.split(".") if word.isdecimal()), None)


def _readable(shard: _Shard) -> bool:
    packed = {name.partition(_STATE)[0] for name in shard.stored if _STATE in name}
    return all(shard.stored[name].type in _FLOATS or name in packed for name in shard.names)


# -- weights, one by one


@dataclass(frozen=True, slots=True)
class _Addition:
    """What is added to the weights: the open adapter, the pairs by weight, and their scale."""

    adapter: Path | None
    lora: Any
    pairs: Mapping[str, tuple[str, str]]
    scale: float
    through: Through | None

    def to(self, name: str, weights: torch.Tensor) -> torch.Tensor:
        """The merged weights in float32; raises AdapterRefused where the adapter's are no numbers."""
        if self.through is not None:
            weights = self.through(name, weights)
        if name not in self.pairs:
            return weights
        a, b = (self.lora.get_tensor(one).float() for one in self.pairs[name])
        for matrix, called in zip((a, b), self.pairs[name], strict=True):
            if self.adapter is not None and not bool(torch.isfinite(matrix).all()):
                reason = _("{name} holds what is no number").format(name=called[:120])
                raise AdapterRefused(path=self.adapter, reason=reason)
        merged: torch.Tensor = weights + (b @ a) * self.scale
        return merged


def _write(shard: _Shard, target: Path, add: _Addition, check: Check) -> None:
    """Writes one file; the header is known before any weight is read."""
    with safe_open(shard.path, "pt") as weights:
        shapes = {name: _shape(shard, weights, name) for name in shard.names}
        with target.open("wb") as stream:
            stream.write(_header(shapes))
            for name in shapes:
                check()
                whole = add.to(name, _unpacked(shard, weights, name))
                stream.write(memoryview(whole.half().contiguous().numpy()).cast("B"))  # type: ignore[arg-type]


def _header(shapes: Mapping[str, tuple[int, ...]]) -> bytes:
    rows: dict[str, object] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name, shape in shapes.items():
        end = at + 2 * math.prod(shape)
        rows[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [at, end]}
        at = end
    text = json.dumps(rows, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def _shape(shard: _Shard, weights: Any, name: str) -> tuple[int, ...]:
    if not _state_names(shard, name):
        return shard.stored[name].shape
    return tuple(_state(shard, weights, name).shape)


def _unpacked(shard: _Shard, weights: Any, name: str) -> torch.Tensor:
    tensor: torch.Tensor = weights.get_tensor(name)
    if _state_names(shard, name):
        functional: Any = bitsandbytes().functional
        tensor = functional.dequantize_4bit(tensor, _state(shard, weights, name)).reshape(_shape(shard, weights, name))
    return tensor.float()


def _state_names(shard: _Shard, name: str) -> list[str]:
    """The tensors beside a packed one that say how to unpack it; none where it is not packed."""
    return [one for one in shard.stored if one.startswith(f"{name}{_STATE}")]


def _state(shard: _Shard, weights: Any, name: str) -> Any:
    beside = [*_state_names(shard, name), *(name + part for part in _PARTS if name + part in shard.stored)]
    values = {one: weights.get_tensor(one) for one in beside}
    return bitsandbytes().functional.QuantState.from_dict(values, device=torch.device("cpu"))


def _settle(folder: Path, into: Path, config: Mapping[str, object]) -> None:
    """The settings beside the weights: of plain float16 weights now."""
    values = {key: value for key, value in config.items() if key not in ("quantization_config", "torch_dtype")}
    (into / "config.json").write_text(json.dumps({**values, "dtype": "float16"}, indent=1), encoding="utf-8")
    if (folder / INDEX).is_file():
        if not _packed_index(folder):
            shutil.copyfile(folder / INDEX, into / INDEX)
        else:
            rows = {name: file.name for file in sorted(into.glob("*.safetensors")) for name in header(file)}
            (into / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": rows}), encoding="utf-8")


def _packed_index(folder: Path) -> bool:
    return any(_STATE in name for name in _index_names(folder))


def _index_names(folder: Path) -> Iterator[str]:
    rows = json_file(folder, INDEX).get("weight_map")
    yield from rows if isinstance(rows, dict) else ()

"""Owns the two ways to merge an adapter that was trained on a base in 4 bit, and which of them is kept.

The adapter has learnt beside weights that were rounded to 4 bit. Merged onto the base's own weights it meets others;
merged onto the rounded ones, unpacked, it meets what it knows. Which gives the nearer model is measured, not believed.
"""

import gc
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from studio.errors import PartMissing
from studio.evaluation.parity import ALL, Nearness
from studio.evaluation.parity_texts import talks_of, texts_of
from studio.gguf.base import json_file
from studio.jobs.runs import CONFIG, Run
from studio.training.checkpoints import run_of
from studio.workers._base import Model, base_folder, load_model
from studio.workers._merge import Source, merged_folder
from studio.workers._parity_scores import Check, Reference
from studio.workers._quantised import bitsandbytes, computing_in
from studio.workers._streamed import Through
from studio.workers._worn import put_on

ORIGINAL, UNPACKED = "original", "dequantised"
LEAST = 500
"""Positions on which the two ways are compared: the one is nearer by far, or it matters little which it is."""

TYPES = {"bf16": torch.bfloat16, "fp32": torch.float32}


@dataclass(frozen=True, slots=True)
class Merged:
    """The folder of the merged model, the way it was merged, and how near to the trained one each way came."""

    folder: Path
    way: str = ORIGINAL
    near: dict[str, dict[str, Nearness]] = field(default_factory=dict)

    def as_card(self) -> dict[str, object]:
        """What a model's card says of it; nothing where there was one way only."""
        rows = {way: {where: asdict(near) for where, near in found.items()} for way, found in self.near.items()}
        return {"merge": self.way, "merges": rows} if rows else {}


def settings_of(source: Source) -> Mapping[str, object]:
    """The settings of the run that a source comes from; none of a base."""
    run = run_of(source.path) or source.path
    return Run(run).config() if source.adapter is not None and (run / CONFIG).is_file() else {}


def in_four_bit(settings: Mapping[str, object]) -> bool:
    """Whether a run brought its base into 4 bit."""
    return settings.get("quantisation") == "nf4"


def ways_of(source: Source) -> int:
    """How many merged models lie on the disk at once: two of an adapter on a base that was brought into 4 bit, none of
    a base, but for one that comes in 4 bit and is unpacked."""
    if source.adapter is None:
        folder = source.base.path
        return 1 if folder.is_dir() and "quantization_config" in json_file(folder, "config.json") else 0
    return 2 if in_four_bit(settings_of(source)) else 1


def precision_of(settings: Mapping[str, object]) -> str:
    """In what a run computed, in the words of the settings."""
    resolved = settings.get("resolved")
    found = resolved.get("precision") if isinstance(resolved, Mapping) else None
    return "bf16" if found == "bf16" else "fp32"


def as_trained(source: Source, cache: Path, dtype: torch.dtype) -> Model:
    """The adapter on its base as it was trained, in 4 bit where it was then, computed in `dtype`.

    What is not in 4 bit is the base's own, rounded to `dtype`: in float32 only 4 bit itself makes a difference.
    """
    settings, folder = settings_of(source), base_folder(source.base, cache)
    assert source.adapter is not None
    if not in_four_bit(settings):
        return put_on(load_model(folder, dtype), source.adapter).eval()
    model = _base_as_trained(source, cache, settings)
    computing_in(model, dtype)
    _take_own(model, folder)
    return put_on(model, source.adapter).eval()


def _take_own(model: Model, folder: Path) -> None:
    """Gives what is not in 4 bit the values that stand in the base's folder."""
    plain = {name: weight for name, weight in model.named_parameters() if weight.is_floating_point()}
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, "pt") as tensors:
            for name in plain.keys() & set(tensors.keys()):
                plain[name].data.copy_(tensors.get_tensor(name))


def _base_as_trained(source: Source, cache: Path, settings: Mapping[str, object]) -> Model:
    """The base in 4 bit, rounded from the precision of the training."""
    folder = base_folder(source.base, cache)
    return load_model(folder, TYPES[precision_of(settings)], nf4_on=torch.device("cpu"))


def merged(source: Source, cache: Path, into: Path, check: Check, way: str = ORIGINAL) -> Path:
    """The merged model by one way; raises what merging raises."""
    if way != UNPACKED:
        return merged_folder(source, cache, into, check)
    model = _base_as_trained(source, cache, settings_of(source))
    try:
        return merged_folder(source, cache, into, check, unpacking(model))
    finally:
        del model
        gc.collect()


def unpacking(model: Model) -> Through:
    """Puts in place of a base's weights those that the model in 4 bit computes with; others stay."""
    layers: dict[str, Any] = {name: part for name, part in model.named_modules() if hasattr(part, "quant_state")}

    def through(name: str, weights: torch.Tensor) -> torch.Tensor:
        layer = layers.get(name.removesuffix(".weight"))
        if layer is None:
            return weights
        state = getattr(layer.weight, "quant_state", None) or layer.quant_state
        state.dtype = torch.float32  # else unpacked to the precision of the training
        found: torch.Tensor = bitsandbytes().functional.dequantize_4bit(layer.weight.data, state)
        return found.reshape(weights.shape).float()

    return through


def merged_the_nearer_way(source: Source, cache: Path, into: Path, check: Check, *, least: int = LEAST) -> Merged:
    """Merges a source; an adapter of a base in 4 bit both ways, of which the nearer to the trained model is kept.

    They are compared on at least that many positions of what a narrator says. Where 4 bit cannot be had on this
    machine, it is the base's own weights, and nothing is measured.
    """
    settings = settings_of(source)
    if not in_four_bit(settings):
        return Merged(merged_folder(source, cache, into, check))
    try:
        bitsandbytes()
    except PartMissing:
        return Merged(merged_folder(source, cache, into, check))
    folders = {way: merged(source, cache, _made(into / way), check, way) for way in (ORIGINAL, UNPACKED)}
    texts = texts_of(talks_of(settings), source.base.template, source.base.tokeniser, least)
    known = Reference(lambda: as_trained(source, cache, torch.float32), texts, into / "known", check)
    near = {way: known.near_model(lambda folder=folder: load_model(folder, torch.float32))  # type: ignore[misc]
            for way, folder in folders.items()}  # fmt: skip
    known.forget()
    best = min(near, key=lambda way: near[way][ALL].divergence)
    return Merged(folders[best], best, near)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder

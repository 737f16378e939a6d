"""Owns the forecast of every quantisation of a model before any is made: size, true bits a weight, memory in play.

Types are given tensor by tensor as `gguf.recipes` says; a test holds sizes to files that llama.cpp made.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from studio.gguf.memory import laid_out_anew
from studio.gguf.outline import Outline, outline_of
from studio.gguf.quantisations import QUANTISATIONS, Quantisation
from studio.gguf.recipes import Impossible, packed

__all__ = ["QUANTISATIONS", "Forecast", "Quantisation", "forecast_of", "forecasts"]

_ALIGNMENT = 32


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a quantisation will come to.

    `size` is that of the file and `weights` that of its tensors alone, in bytes; `bits` are the true bits a weight;
    `fallbacks` of the `quantised` matrices are packed wider than the recipe wants; `laid_out` bytes lie in memory a
    second time in play. `types` counts tensors by type.
    """

    quantisation: Quantisation
    size: int
    bits: float
    fallbacks: int
    quantised: int
    needs_importance: bool
    weights: int
    laid_out: int
    types: tuple[tuple[str, int], ...]


def forecasts(path: Path, *, importance: bool = False) -> list[Forecast]:
    """The forecast of every quantisation for a GGUF or a Hugging Face folder; raises what reading it raises.

    With `importance` those that an importance matrix changes are forecast with one.
    """
    return forecasts_of(outline_of(path), importance=importance)


def forecasts_of(model: Outline, *, importance: bool = False) -> list[Forecast]:
    """The same of an outline; what llama.cpp has no type for is left out."""
    rows = (forecast_of(model, kind, importance=importance) for kind in QUANTISATIONS)
    return [row for row in rows if row is not None]


def forecast_of(model: Outline, kind: Quantisation, *, importance: bool = False) -> Forecast | None:
    """The forecast of one quantisation; None where llama.cpp would refuse the widths of this model."""
    try:
        tensors = packed(model, kind, importance=importance)
    except Impossible:
        return None
    total = sum(tensor.size for tensor in tensors)
    lying = sum(-(-tensor.size // _ALIGNMENT) * _ALIGNMENT for tensor in tensors)
    matrices = [tensor for tensor in tensors if len(tensor.piece.shape) > 1]
    return Forecast(
        kind,
        lying + model.head_bytes,
        8 * total / model.weights if model.weights else 0.0,
        sum(tensor.fell_back for tensor in matrices),
        len(matrices),
        any(tensor.needs_importance for tensor in tensors),
        total,
        laid_out_anew(tensors),
        tuple(sorted(Counter(tensor.given.name for tensor in tensors).items())),
    )

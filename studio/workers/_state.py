"""Owns all that a run is between two steps, as one value, and its form on disk.

A checkpoint is the adapter's folder, `trainer.safetensors` (what the optimiser remembers, the state of the random
generators) and `state.json` (settings, footing, progress): safetensors and JSON, so that reading one runs nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from studio.files import read_text
from studio.training.checkpoints import STATE, TENSORS, Checkpoint, CheckpointDamaged
from studio.training.config import TrainingConfig
from studio.training.footing import Footing
from studio.training.progress import Progress

FORMAT = 1
_WEIGHTS = "adapter_model.safetensors"
_MOMENT, _GENERATOR = "optimiser.", "generator."

Tensors = Mapping[str, torch.Tensor]


@dataclass(slots=True)
class TrainState:
    """A run after `progress.step` steps; what it holds is nobody else's.

    `masters` are the adapter's float32 weights by the names in its file; `moments` and `numbers` what the optimiser
    remembers; `generators` the states of torch's random generators by device.
    """

    masters: Tensors
    moments: Tensors
    numbers: Mapping[str, float]
    generators: Tensors
    progress: Progress

    def tensors(self) -> dict[str, torch.Tensor]:
        """What `trainer.safetensors` holds; a part that several moments share, as 8-bit ones do, is there for each."""
        named = {f"{_MOMENT}{name}": value.detach().contiguous().cpu() for name, value in self.moments.items()}
        named.update({f"{_GENERATOR}{name}": value for name, value in self.generators.items()})
        apart: dict[int, str] = {}
        return {
            name: value if apart.setdefault(value.data_ptr(), name) == name else value.clone()
            for name, value in named.items()
        }


@dataclass(frozen=True, slots=True)
class Saved:
    """A checkpoint as it was read: the settings with the steps fixed, what the run stands on, and its state."""

    config: TrainingConfig
    resolved: dict[str, object]
    footing: Footing
    state: TrainState


def state_values(
    config: TrainingConfig, resolved: Mapping[str, object], footing: Footing, state: TrainState
) -> dict[str, object]:
    """What `state.json` says; `step`, `seed` and `base` stand at its head for people."""
    return {
        "format": FORMAT,
        "step": state.progress.step,
        "seed": config.seed,
        "base": str(config.base),
        "progress": state.progress.as_json(),
        "optimiser": dict(state.numbers),
        "footing": footing.as_json(),
        "config": config.model_dump(mode="json"),
        "resolved": dict(resolved),
    }


def read_saved(checkpoint: Checkpoint) -> Saved:
    """A checkpoint whose files are as they were written; raises CheckpointDamaged where they say nothing usable."""
    file = STATE
    try:
        values = json.loads(read_text(checkpoint.path / STATE, limit=1 << 30))
        if values["format"] != FORMAT or values["step"] != checkpoint.step:
            raise ValueError("another format or step")
        config = TrainingConfig.model_validate(values["config"])
        footing, progress = Footing.of(values["footing"]), Progress.of(values["progress"])
        numbers = {str(name): number for name, number in values["optimiser"].items()}
        resolved = {str(name): value for name, value in values["resolved"].items()}
        file = _WEIGHTS
        masters = load_file(str(checkpoint.path / _WEIGHTS))
        file = TENSORS
        tensors = load_file(str(checkpoint.path / TENSORS))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, SafetensorError) as error:
        raise CheckpointDamaged(path=checkpoint.path, file=file) from error
    state = TrainState(masters, _under(_MOMENT, tensors), numbers, _under(_GENERATOR, tensors), progress)
    return Saved(config, resolved, footing, state)


def _under(prefix: str, tensors: Tensors) -> dict[str, torch.Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def read_masters(folder: Path) -> Tensors:
    """The weights of an adapter's folder; raises CheckpointDamaged."""
    try:
        return load_file(str(folder / _WEIGHTS))
    except (OSError, SafetensorError) as error:
        raise CheckpointDamaged(path=folder, file=_WEIGHTS) from error


def generators(device: torch.device) -> dict[str, torch.Tensor]:
    """The states of the random generators that a step may draw from."""
    found = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        found["cuda"] = torch.cuda.get_rng_state(device)
    elif device.type == "mps":
        found["mps"] = torch.mps.get_rng_state()
    return found


def set_generators(states: Tensors, device: torch.device) -> None:
    """Puts the generators back; a state of another device is left out."""
    torch.set_rng_state(states["cpu"].cpu())
    if device.type == "cuda" and "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"].cpu(), device)
    elif device.type == "mps" and "mps" in states:
        torch.mps.set_rng_state(states["mps"].cpu())

"""Owns the optimiser of an adapter: AdamW, or its 8-bit form, and what it remembers as plain tensors and numbers."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from studio.training.config import TrainingConfig
from studio.training.errors import NotPaged

_BETAS = (0.9, 0.99)
_SEPARATOR = "."


class Optimiser:
    """AdamW over the float32 masters of an adapter; `warnings` are what a person should know of the choice.

    The 8-bit forms keep their two averages in one byte a weight instead of four. The paged one lets the graphics
    card's driver move them into main memory; without such a card it is the plain 8-bit form, and says so.
    """

    def __init__(self, masters: Sequence[torch.Tensor], config: TrainingConfig) -> None:
        self._masters = list(masters)
        self.warnings: list[NotPaged] = []
        kind = config.optimiser
        if kind == "adamw-paged-8bit" and (not masters or masters[0].device.type != "cuda"):
            self.warnings.append(NotPaged())
            kind = "adamw-8bit"
        self.kind = kind
        settings: dict[str, Any] = {
            "lr": config.learning_rate,
            "weight_decay": config.weight_decay,
            "betas": _BETAS,
        }
        self._inner: Any = _made(kind, self._masters, settings)

    def step(self, rate: float) -> None:
        """One step with the gradients that stand on the masters."""
        for group in self._inner.param_groups:
            group["lr"] = rate
        self._inner.step()

    def state(self) -> tuple[dict[str, torch.Tensor], dict[str, float]]:
        """All that it remembers: tensors and numbers, each by the master's place and the name of the part."""
        tensors: dict[str, torch.Tensor] = {}
        numbers: dict[str, float] = {}
        for place, master in enumerate(self._masters):
            for name, value in self._inner.state.get(master, {}).items():
                key = f"{place}{_SEPARATOR}{name}"
                if isinstance(value, torch.Tensor):
                    tensors[key] = value
                else:
                    numbers[key] = value
        return tensors, numbers

    def take_up(self, tensors: Mapping[str, torch.Tensor], numbers: Mapping[str, float]) -> None:
        """Goes on from what `state` gave, of this kind of optimiser over masters of these shapes."""
        states: dict[int, dict[str, Any]] = {}
        for key, value in (*tensors.items(), *numbers.items()):
            place, _dot, name = key.partition(_SEPARATOR)
            states.setdefault(int(place), {})[name] = value
        if self.kind != "adamw":
            self._prepare(states)
        for number, values in states.items():
            self._fill(self._masters[number], values)

    def _prepare(self, places: Mapping[int, object]) -> None:
        """Lets an 8-bit form lay out its memory, paged where it is, before what was kept is copied into it."""
        self._inner.check_overrides()
        self._inner.to_gpu()
        self._inner.initialized = True
        for place in places:
            self._inner.init_state(self._inner.param_groups[0], self._masters[place], 0, place)

    def _fill(self, master: torch.Tensor, values: Mapping[str, Any]) -> None:
        here: dict[str, Any] = self._inner.state[master]
        for name, value in values.items():
            if not isinstance(value, torch.Tensor):
                here[name] = value
            elif name in here:
                here[name].copy_(value)
            else:
                here[name] = value.clone() if name == "step" else value.to(master.device, copy=True)


def _made(kind: str, masters: Sequence[torch.Tensor], settings: Mapping[str, Any]) -> Any:
    if kind == "adamw":
        return torch.optim.AdamW(masters, **settings)
    from studio.workers._quantised import bitsandbytes

    library = bitsandbytes()
    classes = {"adamw-8bit": library.optim.AdamW8bit, "adamw-paged-8bit": library.optim.PagedAdamW8bit}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it says of processors is said by `warnings`
        return classes[kind](masters, **settings)

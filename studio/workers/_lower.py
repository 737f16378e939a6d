"""Owns the layers below the adapter: frozen, so each example passes them once and their output is kept.

An adapter on the upper half then costs half a step: no gradient goes below it, and from the second time on an example
starts in the middle of the model. Some families do more between the layers than this knows; a trial on one example
tells, and for those nothing is kept.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from studio.training.parts import KEPT_MOST
from studio.workers._base import Model
from studio.workers._loss import filled, fills

_NEAR = 0.05
"""How far, in norms, the trial's result may lie from the whole model's, for rounding."""


class _Reached(Exception):
    """The lower layers are done; what the next layer would get is with it."""

    def __init__(self, states: torch.Tensor) -> None:
        super().__init__()
        self.states = states


class Lower:
    """The first `count` layers of a model; `on` says whether their output is kept."""

    def __init__(self, model: Model, count: int, trial: Sequence[int]) -> None:
        self._inner: Any = model.get_base_model().base_model
        self._count, self._fills = count, fills(model)
        self._kept: dict[int, torch.Tensor] = {}
        self._bytes = 0
        self._a_token = int(self._inner.config.get_text_config().hidden_size) * model.dtype.itemsize
        self.on = count > 0 and hasattr(self._inner, "layers") and self._fits(trial)

    def _fits(self, trial: Sequence[int]) -> bool:
        row = torch.tensor([list(trial)], device=self._inner.device)
        with torch.inference_mode():
            whole = self._inner(input_ids=row, use_cache=False).last_hidden_state
            states = self._run(row)
            if states is None:
                return False
            with self.left_out():
                short = self._inner(inputs_embeds=states, use_cache=False).last_hidden_state
        return bool((whole - short).norm() <= _NEAR * whole.norm())

    def _run(self, row: torch.Tensor) -> torch.Tensor | None:
        def stop(_layer: object, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
            raise _Reached(arguments[0] if arguments else named["hidden_states"])

        hook = self._inner.layers[self._count].register_forward_pre_hook(stop, with_kwargs=True)
        try:
            self._inner(input_ids=row, use_cache=False)
        except _Reached as reached:
            return reached.states
        finally:
            hook.remove()
        return None

    def states(self, key: int, ids: Sequence[int]) -> torch.Tensor | None:
        """What the first trained layer gets for these ids, kept under `key` while there is room; None where it is off.

        What is not kept is worked out in the same way each time, for a resumed run keeps others than the one before
        and must come to the same numbers.
        """
        if not self.on or key in self._kept:
            return self._kept.get(key)
        row = torch.tensor([list(ids)], device=self._inner.device)
        with torch.no_grad():
            states = self._run(filled(row) if self._fills else row)
        states = None if states is None else states[:, : len(ids)].clone()
        if states is not None and self._bytes + len(ids) * self._a_token <= KEPT_MOST:
            self._bytes += states.numel() * states.element_size()
            self._kept[key] = states
        return states

    def row(self, keys: Sequence[int], documents: Sequence[Sequence[int]]) -> torch.Tensor | None:
        """The states of several documents end to end; None where it is off."""
        found = [self.states(key, ids) for key, ids in zip(keys, documents, strict=True)]
        whole = [states for states in found if states is not None]
        return torch.cat(whole, 1) if whole and len(whole) == len(found) else None

    def forget(self) -> None:
        """Drops what was kept."""
        self._kept.clear()
        self._bytes = 0

    @contextmanager
    def left_out(self) -> Iterator[None]:
        """The model without its lower layers, for kept states."""
        layers = self._inner.layers
        self._inner.layers = layers[self._count :]
        try:
            yield
        finally:
            self._inner.layers = layers

"""Owns one step's way through the model and back: examples in, gradients on the adapter and the mean loss out."""

import time
from collections.abc import Callable, Sequence

import torch

from studio.dataset import Example
from studio.training.config import TrainingConfig
from studio.workers._adapter import Adapter
from studio.workers._loss import example_loss, weights_of
from studio.workers._lower import Lower


class Passes:
    """The passes of one run over its examples; `check` raises where the run is to stop."""

    def __init__(
        self, adapter: Adapter, config: TrainingConfig, examples: Sequence[Example], check: Callable[[], None]
    ) -> None:
        self._adapter, self._check, self._call_weight = adapter, check, config.call_weight
        self._by_length = sorted(examples, key=lambda example: len(example.ids))
        self._lower = Lower(adapter.model, adapter.first_layer, self._middle.ids[:256])

    @property
    def _middle(self) -> Example:
        """The example of middle length."""
        return self._by_length[len(self._by_length) // 2]

    def prove(self) -> tuple[float, float]:
        """Seconds that one token takes in a step, and how many more when its example is seen for the first time.

        Measured on an example of middle length, once the longest has been seen to fit a graphics card's memory;
        nothing is learnt.
        """
        middle = self._middle
        cpu = self._adapter.model.device.type == "cpu"
        self.gradients([middle if cpu else self._by_length[-1]])
        self._lower.forget()
        new, known = (self._seconds([middle]) / len(middle.ids) for _again in range(2))
        self._adapter.forget_gradients()
        return known, max(0.0, new - known)

    def _seconds(self, examples: Sequence[Example]) -> float:
        started = time.monotonic()
        self.gradients(examples)
        if self._adapter.model.device.type == "cuda":
            torch.cuda.synchronize()
        return time.monotonic() - started

    def gradients(self, examples: Sequence[Example]) -> float:
        """Adds the gradients of the batch's mean loss; returns that loss."""
        weights = [weights_of(example, self._call_weight) for example in examples]
        whole = sum(map(sum, weights))
        total = 0.0
        for example, weight in zip(examples, weights, strict=True):
            self._check()
            loss = self.loss(example, weight) / whole
            torch.autograd.backward(loss)
            total += float(loss.detach())
        return total

    def loss(self, example: Example, weights: Sequence[float]) -> torch.Tensor:
        """The weighted sum of one example's loss over its trained tokens, in nats."""
        states = self._lower.states(id(example), example.ids)
        if states is None:
            return example_loss(self._adapter.model, example.ids, weights)
        with self._lower.left_out():
            return example_loss(self._adapter.model, example.ids, weights, states)

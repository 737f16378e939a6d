"""Owns one step's way through the model and back: examples in, gradients on the adapter and the mean loss out.

Examples go through in rows of `batch_size`, end to end, none seeing another. Where memory does not suffice for a row,
the step is made again from its beginning with smaller rows; what is learnt from stays the same.
"""

import time
from collections.abc import Callable, Sequence

import torch

from studio.dataset import Example
from studio.language import _
from studio.training.config import TrainingConfig
from studio.training.retreat import smaller
from studio.workers._adapter import Adapter
from studio.workers._attention import documents
from studio.workers._loss import hidden_states, row_loss, weights_of
from studio.workers._lower import Lower
from studio.workers._memory import Ceiling, out_of_memory, recompute, release
from studio.workers._ranks import Ranks

_NEAR = 0.02
"""How far, in norms, an example's states beside another may lie from its states alone, for rounding."""

_TRIAL = 64


class Passes:
    """The passes of one run over its examples. `check` raises where the run is to stop, `tell` is told what changed.

    `batch_size` is the number of examples in a row now; whoever keeps it may set it. `twice` says that layers are
    computed twice for want of memory. With `ranks` other processes take their shares of each step.
    """

    def __init__(
        self,
        adapter: Adapter,
        config: TrainingConfig,
        examples: Sequence[Example],
        check: Callable[[], None],
        tell: Callable[..., None] = lambda _event, **_fields: None,
    ) -> None:
        self._adapter, self._check, self._tell, self._call_weight = adapter, check, tell, config.call_weight
        self._by_length = sorted(examples, key=lambda example: len(example.ids))
        on_card = adapter.model.device.type == "cuda"
        self._config = config
        recompute(adapter.model, config, offload=on_card and config.offload_activations is True)
        self._lower = Lower(adapter.model, adapter.first_layer, self._middle.ids[:256])
        self._ceiling = Ceiling(config, adapter.model)
        self._may_recompute = adapter.model.device.type == "cpu" and config.gradient_checkpointing == "auto"
        self.ranks: Ranks | None = None
        self.twice = False
        self.batch_size = config.batch_size
        if self.batch_size > 1 and not self._rows_hold():
            self.batch_size = 1
            tell("memory", step=0, batch_size=1, reason=_("this model lets examples in one row see each other"))

    @property
    def _middle(self) -> Example:
        """The example of middle length."""
        return self._by_length[len(self._by_length) // 2]

    def _rows_hold(self) -> bool:
        """Whether examples in one row really leave each other alone in this model, told by a trial."""
        first, second = (example.ids[:_TRIAL] for example in (self._by_length[-1], self._middle))
        model = self._adapter.model
        training = model.training
        model.eval()
        with torch.inference_mode():
            alone = hidden_states(model, [second])
            with documents([len(first), len(second)]):
                beside = hidden_states(model, [first, second])[len(first) :]
        model.train(training)
        return bool((beside - alone).norm() <= _NEAR * alone.norm())

    def prove(self) -> tuple[float, float]:
        """Seconds that one token takes in a step, and how many more when its example is seen for the first time.

        Measured on an example of middle length, once the longest row has been seen to fit the memory of a card, or a
        CPU's kernels for that length have been made; nothing is learnt.
        """
        middle = self._middle
        cpu = self._adapter.model.device.type == "cpu"
        self.gradients([middle] if cpu else self._by_length[-self.batch_size :])
        self._lower.forget()
        parts = self._documents(middle)
        first = self._timed(lambda: self._lower.row([id(part) for part in parts], [part.ids for part in parts]))
        known = self._timed(lambda: self.gradients([middle]))
        self._adapter.forget_gradients()
        return known / len(middle.ids), first / len(middle.ids)

    def _documents(self, example: Example) -> Sequence[Example]:
        """What passes the model for one example."""
        return (example,)

    def _timed(self, work: Callable[[], object]) -> float:
        """The seconds that it takes."""
        started = time.monotonic()
        work()
        if self._adapter.model.device.type == "cuda":
            torch.cuda.synchronize()
        return time.monotonic() - started

    def gradients(self, examples: Sequence[Example], step: int = 0) -> float:
        """Adds the gradients of the examples' mean loss, whatever the size of rows that memory allows; returns it.

        Raises torch's own error where not even one example fits. `step` is only told.
        """
        before = torch.get_rng_state()
        attempts = [(size, False) for size in smaller(self.batch_size)]
        if self._may_recompute:  # no CPU is left to go to: this has its place among the attempts
            attempts.append((1, True))
        for (size, _twice), following in zip(attempts, (*attempts[1:], None), strict=True):
            try:
                return self._shared(examples, size)
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error) or following is None:
                    raise
                reason = str(error).partition("\n")[0]
            # behind the except: only now nothing holds what the rows' way up had left
            self._start_again(before)
            self.go_down(*following, step, reason)
        raise AssertionError("the last attempt either passed or raised")

    def _shared(self, examples: Sequence[Example], size: int) -> float:
        """The gradients of all examples, where there are other ranks with each passing its share; returns the loss."""
        whole = self._weight(examples)
        if self.ranks is None:
            with self._ceiling:
                return self._tried(examples, size, whole)
        places = self.ranks.share([len(example.ids) for example in examples])
        with self.ranks.agreed(), self._ceiling:
            loss = self._tried([examples[place] for place in places], size, whole)
        return self.ranks.sum_up(self._adapter, loss)

    def _weight(self, examples: Sequence[Example]) -> float:
        """What the losses of a step's examples are divided by."""
        return sum(sum(weights_of(example, self._call_weight)) for example in examples)

    def go_down(self, size: int, twice: bool, step: int, reason: str) -> None:
        """From now on rows of this size, and with `twice` layers computed twice instead of kept."""
        self.batch_size = size
        more = {"gradient_checkpointing": True} if twice else {}
        if twice:
            self._may_recompute, self.twice = False, True
            recompute(self._adapter.model, self._config.model_copy(update=more), offload=False)
        self._tell("memory", step=step, batch_size=size, reason=reason, **more)

    def _start_again(self, random_state: torch.Tensor) -> None:
        """As if the step had not been begun."""
        self._adapter.forget_gradients()
        torch.set_rng_state(random_state)
        release(self._adapter.model.device)

    def _tried(self, examples: Sequence[Example], size: int, whole: float) -> float:
        weights = [weights_of(example, self._call_weight) for example in examples]
        total = 0.0
        for start in range(0, len(examples), size):
            self._check()
            row = slice(start, start + size)
            with documents([len(example.ids) for example in examples[row]]):
                loss = self._row_loss(examples[row], weights[row]) / whole
                self._ceiling.check()
                torch.autograd.backward(loss)
            total += float(loss.detach())
        return total

    def measured(self, example: Example) -> float:
        """The mean loss of one example over its trained tokens, in nats, for watching."""
        weights = weights_of(example, 1.0)
        return float(self._row_loss([example], [weights])) / sum(weights)

    def _row_loss(self, examples: Sequence[Example], weights: Sequence[Sequence[float]]) -> torch.Tensor:
        ids = [example.ids for example in examples]
        states = self._lower.row([id(example) for example in examples], ids)
        if states is None:
            return row_loss(self._adapter.model, ids, weights)
        with self._lower.left_out():
            return row_loss(self._adapter.model, ids, weights, states)

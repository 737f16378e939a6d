"""Owns the model while it is trained: its data, one step at a time, and all that it is between two steps."""

import math
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from studio.dataset import Example
from studio.gguf.base import Base
from studio.gguf.identity import identity_of
from studio.training.config import TrainingConfig
from studio.training.errors import LossDiverged, NothingToValidate
from studio.training.footing import Footing, footing
from studio.training.material import in_rows, to_be_seen
from studio.training.pace import Pace
from studio.training.planning import passes
from studio.training.progress import Progress
from studio.training.report import mean
from studio.workers._adapter import Adapter
from studio.workers._base import base_folder, check_numbers, load_model
from studio.workers._device import Processor
from studio.workers._fit import Gauge, fit
from studio.workers._fused import fuse
from studio.workers._looks import Looks, looking
from studio.workers._material import material
from studio.workers._memory import release
from studio.workers._pairs import PairPasses
from studio.workers._passes import Passes
from studio.workers._serve import Request
from studio.workers._start import start_from
from studio.workers._state import TrainState, generators, set_generators


class Trainee:
    """Model, adapter and examples of one run; `progress` says how far it has come, and is true between two steps."""

    def __init__(
        self,
        request: Request,
        config: TrainingConfig,
        base: Base,
        processor: Processor,
        cache: Path,
        *,
        as_it_was: bool = False,
    ) -> None:
        config = config.model_copy(update={"processes": processor.processes})
        if config.objective == "dpo":  # a pair has a row of its own
            config = in_rows(config).model_copy(update={"max_length": config.max_length})
        self.base, self.request, self.processor = base, request, processor
        self.folder = base_folder(base, cache)
        request.check()
        request.emit("phase", name="data")
        self.gathered = material(request, config, base)
        self.config = config = self._fitted(config, as_it_was)
        self.looks = Looks(request, config, base, self.gathered)
        if config.early_stopping is not None and not self.looks.examples:
            raise NothingToValidate
        self.progress = Progress(seen=[0] * len(self.gathered.examples), batch_size=config.batch_size)
        torch.manual_seed(config.seed)
        cpu = processor.device.type == "cpu"
        packed = processor.device if config.quantisation == "nf4" else None
        model = load_model(self.folder, processor.dtype, for_training_on_cpu=cpu, nf4_on=packed).to(processor.device)
        request.check()
        check_numbers(model, self.folder)
        self.adapter = Adapter(model, config, identity_of(base.path, base.name))
        for warning in self.adapter.optimiser.warnings:
            request.emit("warning", **warning.as_event())
        if cpu:
            fuse(self.adapter.model)
        self._generators, self._pace = generators(processor.device), Pace()
        kind = PairPasses if config.objective == "dpo" else Passes
        self.passes = kind(self.adapter, config, self.gathered.examples, request.check, request.emit)

    def _fitted(self, config: TrainingConfig, as_it_was: bool) -> TrainingConfig:
        """The settings that fit into the memory there is; raises DoesNotFit before anything is loaded."""
        release(self.processor.device)
        lengths = [len(self.gathered.examples[place].ids) for place in to_be_seen(config, self.gathered)]
        if config.objective == "dpo":  # two answers stand in a row; a pair is not made shorter
            found = fit(self.request, in_rows(config), self.folder, self.processor, lengths, True)
            self.gauge = Gauge(found, self.processor.device)
            return found.config.model_copy(update={"max_length": config.max_length})
        found = fit(self.request, config, self.folder, self.processor, lengths, as_it_was)
        self.gauge = Gauge(found, self.processor.device)
        if found.config.max_length != config.max_length:
            self.gathered = material(self.request, found.config, self.base)
        return found.config

    def set_out(self) -> None:
        """Begins a new run: from the adapter that it starts from, and noting what it holds of pairs of answers."""
        if self.config.start_from is not None:
            start_from(self.config.start_from, self.adapter, self.base)
        if not isinstance(self.passes, PairPasses):
            return
        self.request.emit("phase", name="reference")
        with looking(self.adapter), torch.no_grad():
            self.progress.reference = [self.passes.likelihoods(pair) for pair in self._pairs]
        self.passes.refer(self._pairs, self.progress.reference)

    @property
    def _pairs(self) -> tuple[Example, ...]:
        return (*self.gathered.examples, *self.looks.examples)

    def footing(self) -> Footing:
        """What the run stands on as it is now."""
        examples = (*self.gathered.examples, *self.looks.examples)
        return footing(examples, self.folder, f"{self.processor.name}, {self.processor.precision}")

    def state(self) -> TrainState:
        """All that the run is after its last whole step; refers to what the next step changes."""
        self.progress.batch_size = self.passes.batch_size
        moments, numbers = self.adapter.optimiser.state()
        return TrainState(self.adapter.masters(), moments, numbers, self._generators, self.progress)

    def take_up(self, state: TrainState) -> None:
        """Goes on from a state of this very run; raises KeyError, ValueError or RuntimeError where it is another's."""
        if len(state.progress.seen) != len(self.gathered.examples):
            raise ValueError("another number of examples")
        if isinstance(self.passes, PairPasses):
            self.passes.refer(self._pairs, state.progress.reference)
        self.adapter.take_up(state.masters)
        self.adapter.optimiser.take_up(state.moments, state.numbers)
        self._generators, self.progress = dict(state.generators), state.progress
        self.passes.batch_size = state.progress.batch_size

    def begin(self) -> None:
        """Lets the random generators stand where the last whole step left them, whatever was drawn since."""
        set_generators(self._generators, self.processor.device)
        self.adapter.forget_gradients()
        self.adapter.model.train()

    def step(self, places: Sequence[int], rate: float) -> float:
        """One step on the examples at these places; returns its loss. Raises LossDiverged, with nothing changed."""
        started, progress = time.monotonic(), self.progress
        examples = [self.gathered.examples[place] for place in places]
        loss = self.passes.gradients(examples, progress.step + 1)
        if not math.isfinite(loss) or not self.adapter.step(rate):
            raise LossDiverged(step=progress.step + 1)
        progress.step += 1
        progress.losses.append(loss)
        if isinstance(self.passes, PairPasses):
            margins = [reward.margin for reward in self.passes.rewards]
            ahead = mean([float(margin > 0) for margin in margins])
            progress.rewards.append((mean(margins), ahead, mean([one.chosen for one in self.passes.rewards])))
        for place in places:
            progress.seen[place] += 1
        progress.tokens += sum(len(example.ids) for example in examples)
        progress.trained_tokens += sum(example.trained for example in examples)
        self._generators = generators(self.processor.device)
        took = time.monotonic() - started
        progress.seconds += took
        slower = self._pace.take(took, sum(len(example.ids) for example in examples))
        if slower is not None:
            self.request.emit("slow", step=progress.step, factor=slower)
        return loss

    def look(self, *, samples: bool = True, validation: bool = True, accuracy: bool = True) -> float:
        """Looks at the model as it is, and notes what was found when all is done; returns the seconds it took."""
        started, progress = time.monotonic(), self.progress
        if samples:
            self.looks.samples(self.adapter, progress.step)
        loss = self.looks.validation(self.adapter, self.passes, progress.step) if validation else None
        right = self.looks.accuracy(self.adapter, progress.step) if accuracy else None
        if loss is not None:
            progress.validated(progress.step, loss)
        if right is not None:
            progress.accuracy.append((progress.step, *right))
        progress.looked = progress.step
        return time.monotonic() - started

    @property
    def seen(self) -> dict[str, float]:
        """How often the examples of each source of a data set were seen."""
        return passes(self.gathered.sources, self.progress.seen) if self.gathered.sources else {}

"""Owns the model while it is trained: its data, its steps, and the pauses in which it is looked at."""

import sys
import time
from pathlib import Path

import psutil
import torch

from studio.chat import pieces, render
from studio.dataset import Example, Gathered, gather
from studio.dataset.builds import Build
from studio.dataset.examples import examples_of
from studio.gguf.base import Base
from studio.scenario import load
from studio.training.config import TrainingConfig
from studio.training.errors import LossDiverged
from studio.training.lines import lines_of_talks, sample_lines
from studio.training.planning import batches, learning_rate, passes
from studio.training.report import mean
from studio.workers._adapter import Adapter
from studio.workers._answers import Prompt, answers
from studio.workers._base import base_folder, load_model
from studio.workers._device import Processor
from studio.workers._fused import fuse
from studio.workers._loss import weights_of
from studio.workers._passes import Passes
from studio.workers._serve import Request
from studio.workspace.game import Games


class Trainee:
    """Model, adapter and examples of one run. `tokens` and `trained_tokens` count what steps have seen."""

    def __init__(self, request: Request, config: TrainingConfig, base: Base, processor: Processor, cache: Path) -> None:
        self.base, self.request, self.tokens, self.trained_tokens = base, request, 0, 0
        self.validation: list[tuple[int, float]] = []
        self.folder = base_folder(base, cache)
        request.check()
        request.emit("phase", name="data")
        self.gathered = self._gather(config)
        self._seen = [0] * len(self.gathered.examples)
        self._watched = self._held_out(config)
        self._prompts = self._sample_prompts(config)
        torch.manual_seed(config.seed)
        cpu = processor.device.type == "cpu"
        packed = processor.device if config.quantisation == "nf4" else None
        model = load_model(self.folder, processor.dtype, for_training_on_cpu=cpu, nf4_on=packed).to(processor.device)
        request.check()
        self._config = config
        self.adapter = Adapter(model, config)
        if cpu:
            fuse(self.adapter.model)
        self.passes = Passes(self.adapter, config, self.gathered.examples, request.check)

    def _gather(self, config: TrainingConfig) -> Gathered:
        template, tokeniser = self.base.template, self.base.tokeniser
        if config.dataset is None:
            return gather(config.scenarios, template, tokeniser, config.max_length)
        from studio.dataset.learning import gather_build  # needs Arrow, which scenarios do without

        build, anyway = Build.open(config.dataset), config.allow_errors
        return gather_build(build, template, tokeniser, config.max_length, allow_errors=anyway)

    def _held_out(self, config: TrainingConfig) -> list[Example]:
        """The first example of the first held-out scenarios, or the first of the build's validation side.

        Their loss is shown and decides nothing.
        """
        if config.dataset is not None:
            return list(self.gathered.validation[: config.validation_examples])
        found: list[Example] = []
        games = Games()
        for path in self.gathered.held_out[: config.validation_examples]:
            scenario = load(path, tools=games.of(path).tools).scenario
            made, _refused = examples_of(scenario, self.base.template, self.base.tokeniser, config.max_length)
            found.extend(made[:1])
        return found

    def _sample_prompts(self, config: TrainingConfig) -> list[Prompt]:
        trained = [example.path for example in self.gathered.examples if example.path is not None]
        if config.dataset is not None:
            lines = lines_of_talks(config.sample_lines, self.gathered.talks)
        else:
            lines = sample_lines(config.sample_lines, self.gathered.held_out or tuple(dict.fromkeys(trained)))
        template, tokeniser = self.base.template, self.base.tokeniser
        return [Prompt(row.line, render(pieces(template, row.messages, True), tokeniser).ids) for row in lines]

    @property
    def _ends(self) -> frozenset[int]:
        ids = (self.base.tokeniser.id_of(name) for name in self.base.template.ends)
        return frozenset(number for number in ids if number is not None)

    def run(self, config: TrainingConfig) -> tuple[list[float], float]:
        """Takes all steps; returns their losses and the seconds they took, pauses left out."""
        steps = config.steps or 1
        order = batches(len(self.gathered.examples), config.effective_batch, config.seed, self.gathered.weights)
        losses: list[float] = []
        spent, began = 0.0, time.monotonic()
        self.adapter.model.train()
        for step in range(1, steps + 1):
            started = time.monotonic()
            places = next(order)
            examples = [self.gathered.examples[i] for i in places]
            for place in places:
                self._seen[place] += 1
            rate = learning_rate(step - 1, steps, config.learning_rate, config.climb(steps))
            loss = self.passes.gradients(examples)
            if loss != loss:
                raise LossDiverged(step=step)
            self.adapter.step(rate)
            losses.append(loss)
            self.tokens += sum(len(example.ids) for example in examples)
            self.trained_tokens += sum(example.trained for example in examples)
            spent += time.monotonic() - started
            left = (time.monotonic() - began) / step * (steps - step)
            self._tell(step, steps, loss, rate, spent, left)
            self._between(step, steps, config)
        return losses, spent

    @property
    def seen(self) -> dict[str, float]:
        """How often the examples of each source of a data set were seen."""
        return passes(self.gathered.sources, self._seen) if self.gathered.sources else {}

    def _tell(self, step: int, steps: int, loss: float, rate: float, spent: float, left: float) -> None:
        self.request.emit(
            "step",
            step=step,
            of=steps,
            loss=round(loss, 5),
            learning_rate=rate,
            tokens_per_second=round(self.tokens / spent, 1),
            seconds_left=round(left, 1),
        )

    def _between(self, step: int, steps: int, config: TrainingConfig) -> None:
        if step % config.checkpoint_every == 0 and step < steps:
            path = Path(self.request.get("run", str)) / "checkpoints" / f"step-{step:06d}"
            self.save(path, step)
            self.request.emit("checkpoint", step=step, path=str(path))
        if step % config.sample_every == 0 or step == steps:
            self.pause(step)

    def pause(self, step: int) -> float:
        """Looks at the model as it is: sample answers and validation loss; returns the seconds it took."""
        started = time.monotonic()
        self.adapter.model.eval()
        if self._prompts:
            told = answers(
                self.adapter.model, self._prompts, self._config.sample_tokens, self._ends, self.request.check
            )
            texts = [self.base.tokeniser.decode(ids) for ids in told]
            replies = [{"line": prompt.line, "text": text} for prompt, text in zip(self._prompts, texts, strict=True)]
            self.request.emit("sample", step=step, replies=replies)
        if self._watched:
            loss = self._validation_loss()
            self.validation.append((step, loss))
            self.request.emit("validation", step=step, loss=loss)
        self.adapter.model.train()
        return time.monotonic() - started

    @torch.inference_mode()
    def _validation_loss(self) -> float:
        losses = []
        for example in self._watched:
            self.request.check()
            weights = weights_of(example, 1.0)
            losses.append(float(self.passes.loss(example, weights)) / sum(weights))
        return round(mean(losses), 5)

    def save(self, folder: Path, step: int) -> None:
        """Writes the adapter as it is."""
        self.adapter.save(folder, {"step": step, "seed": self._config.seed, "base": str(self.base.path)})


def peak_memory() -> int:
    """The most memory that this process has used, in bytes."""
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(most) if sys.platform == "darwin" else int(most) * 1024

"""Owns what a run learns from, as its settings say: examples or pairs of answers, and old examples replayed beside.

Needs no torch: a run is told of with it before it starts, and its worker gathers by it.
"""

from collections.abc import Sequence
from itertools import islice

from studio.dataset import Gathered, gather
from studio.dataset.builds import Build
from studio.gguf.base import Base
from studio.training.config import TrainingConfig
from studio.training.planning import batches
from studio.training.replay import Replay, Replayed, beside, examples_again


def gathered(config: TrainingConfig, base: Base, replay: Replay | None = None) -> Replayed:
    """All that a run learns from, with what `replay` has beside it; raises what gathering raises."""
    new = _new(config, base)
    if replay is None:
        return Replayed(new, 0, 0)
    old, refused = examples_again(replay, base.template, base.tokeniser, config.max_length)
    return beside(new, old, refused, config.replay, config.seed)


def _new(config: TrainingConfig, base: Base) -> Gathered:
    template, tokeniser, limit = base.template, base.tokeniser, config.max_length
    if config.objective == "dpo":
        from studio.dataset.preferences import (
            gather_build_preferences,
            gather_preferences,
        )  # reads play, with the rules

        if config.preferences is not None:
            return gather_preferences(config.preferences, template, tokeniser, limit)
        assert config.dataset is not None
        build = Build.open(config.dataset)
        return gather_build_preferences(build, template, tokeniser, limit, allow_errors=config.allow_errors)
    if config.dataset is None:
        return gather(config.scenarios, template, tokeniser, limit)
    from studio.dataset.learning import gather_build  # needs Arrow, which scenarios do without

    return gather_build(Build.open(config.dataset), template, tokeniser, limit, allow_errors=config.allow_errors)


def to_be_seen(config: TrainingConfig, found: Gathered) -> Sequence[int]:
    """The examples that steps will learn from: all of them, unless a number of steps is set that ends sooner."""
    count = len(found.examples)
    if config.steps is None or config.steps * config.effective_batch >= count:
        return range(count)
    order = batches(count, config.effective_batch, config.seed, found.weights)
    return sorted({place for places in islice(order, config.steps) for place in places})


def in_rows(config: TrainingConfig) -> TrainingConfig:
    """The settings as memory meets them: a pair of answers is a row of its own, twice as long as one may be."""
    if config.objective != "dpo":
        return config
    whole = config.effective_batch
    return config.model_copy(
        update={"batch_size": 1, "gradient_accumulation_steps": whole, "max_length": 2 * config.max_length}
    )

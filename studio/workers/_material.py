"""Owns what a run learns from, as its settings say: examples or pairs of answers, and old examples replayed beside.

What could change while a run goes on, or be gone when it is resumed, is kept in its folder when it begins.
"""

import shutil
from pathlib import Path

from studio.dataset import Gathered, gather
from studio.dataset.builds import Build
from studio.errors import NotSaved
from studio.gguf.base import Base
from studio.training.config import TrainingConfig
from studio.training.replay import beside, examples_again, read_replay, replay_of
from studio.training.starting import run_behind, with_start
from studio.workers._serve import Request

PREFERENCES = "preferences.jsonl"


def kept_in(run: Path, config: TrainingConfig) -> TrainingConfig:
    """The settings of a new run, with what it needs of others kept in its folder.

    Corrections are added to while people play, so the run learns from a copy. Raises NotSaved, NothingToReplay,
    NothingToStartFrom or AdapterRefused.
    """
    config = with_start(config)
    if config.preferences is not None:
        try:
            shutil.copyfile(config.preferences, run / PREFERENCES)
        except OSError as error:
            raise NotSaved(path=run / PREFERENCES, reason=error.strerror or str(error)) from error
        config = config.model_copy(update={"preferences": run / PREFERENCES})
    if config.replay and config.start_from is not None:
        replay_of(run_behind(config.start_from) or config.start_from).save(run)
    return config


def material(request: Request, config: TrainingConfig, base: Base) -> Gathered:
    """All that a run learns from; raises what gathering it raises."""
    new = _new(config, base)
    if not config.replay:
        return new
    replay = read_replay(Path(request.get("run", str)))
    old, refused = examples_again(replay, base.template, base.tokeniser, config.max_length)
    found = beside(new, old, refused, config.replay, config.seed)
    request.emit("replay", run=replay.run, examples=found.examples, of=found.of, missing=list(replay.missing))
    return found.gathered


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

"""Owns how a worker comes by what a run learns from, and what of it the run keeps.

What could change while a run goes on, or be gone when it is resumed, is kept in its folder when it begins.
"""

import shutil
from pathlib import Path

from studio.dataset import Gathered
from studio.errors import NotSaved
from studio.gguf.base import Base
from studio.training.config import TrainingConfig
from studio.training.material import gathered
from studio.training.replay import read_replay, replay_of
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
    replay = read_replay(Path(request.get("run", str))) if config.replay else None
    found = gathered(config, base, replay)
    if replay is not None:
        request.emit("replay", run=replay.run, examples=found.examples, of=found.of, missing=list(replay.missing))
    return found.gathered

"""Owns going on with a run: from its newest whole checkpoint, on what it began with, or not at all."""

from pathlib import Path

from studio.gguf.base import open_base
from studio.jobs.runs import CONFIG, Run
from studio.setup.lock import Lock
from studio.training.checkpoints import STATE, CheckpointDamaged, Found, newest_whole, whole_of
from studio.training.config import TrainingConfig, save_config
from studio.training.errors import AlreadyDone
from studio.workers._course import Course
from studio.workers._device import Processor, is_there
from studio.workers._keeping import Keeper, only_one
from studio.workers._places import cache_of
from studio.workers._retreat import Trouble, with_room
from studio.workers._serve import Request
from studio.workers._state import Saved, read_saved
from studio.workers._trainee import Trainee


def resumed(
    request: Request, folder: Path, started: float, *, on: str | None = None, lock: Lock | None = None
) -> Course:
    """The rest of a run, `on` another processor where one is named, under the lock that this process holds already.

    Raises AlreadyDone, NothingToResume, CheckpointDamaged, RunBusy, DataChanged, BaseChanged."""
    run = Run(folder)
    if run.state().status == "done":
        raise AlreadyDone(path=folder)
    step = request.fields.get("step")
    found = whole_of(folder, step) if isinstance(step, int) else newest_whole(folder)
    saved = read_saved(found.checkpoint)
    lock = lock or only_one(folder)
    request.journal_to(folder)
    if not (folder / CONFIG).is_file():
        save_config(saved.config, folder, saved.resolved)

    def ready(processor: Processor, instead_of: Trouble | None) -> Trainee:
        full = instead_of.told if instead_of is not None else {}
        request.emit("phase", name="base", processor=processor.name, precision=processor.precision, **full)
        return Trainee(request, config, open_base(config.base), processor, cache_of(request, folder), as_it_was=True)

    config = as_it_was(saved, request.fields.get("batch_size"))
    if on is not None:
        config = config.model_copy(update={"device": on, "processes": 1})
    trainee = with_room(config, ready, request.emit)
    footing = trainee.footing()
    changes = footing.holds(saved.footing, config.base)
    _take_up(found, saved, trainee)
    _say(request, found, saved)
    for change in changes:
        request.emit("warning", **change.as_event())
    keeper = Keeper(request, folder, saved.config, saved.resolved, footing, started, lock)
    keeper.kept = found.checkpoint.step
    return Course(request, trainee, keeper)


def _say(request: Request, found: Found, saved: Saved) -> None:
    passed_over = [{"checkpoint": one.path.name, "file": file} for one, file in found.passed_over]
    request.emit(
        "resumed",
        step=found.checkpoint.step,
        of=saved.config.steps,
        checkpoint=found.checkpoint.path.name,
        passed_over=passed_over,
    )


def as_it_was(saved: Saved, most: object) -> TrainingConfig:
    """The settings with what the machine decided then: precision, processor where it is still there, micro-batch.

    Of the last, at most `most` where somebody knows that memory holds no more.
    """
    progress = saved.state.progress
    if isinstance(most, int) and 1 <= most < progress.batch_size and saved.config.effective_batch % most == 0:
        progress.batch_size = most
    batch = progress.batch_size
    device = str(saved.resolved.get("device", "auto")).partition(":")[0]
    precision = str(saved.resolved.get("precision", saved.config.precision))
    return TrainingConfig.model_validate(
        {
            **saved.config.model_dump(),
            "batch_size": batch,
            "gradient_accumulation_steps": saved.config.effective_batch // batch,
            "precision": precision,
            "device": device if is_there(device) else saved.config.device,
            "processes": saved.config.processes if is_there(device) else 1,
        }
    )


def _take_up(found: Found, saved: Saved, trainee: Trainee) -> None:
    try:
        trainee.take_up(saved.state)
    except (KeyError, ValueError, RuntimeError) as error:
        raise CheckpointDamaged(path=found.checkpoint.path, file=STATE) from error

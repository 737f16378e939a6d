"""Owns taking a run to its end, and moving it to the CPU where a card gives up on the way: it goes on from its last
whole step, if the time that takes is allowed. Knows not what a step is.
"""

import contextlib
import time
from pathlib import Path

from studio.errors import NotSaved
from studio.training.errors import TooSlowWithoutGpu
from studio.training.planning import MOST_UNASKED_MINUTES
from studio.workers._course import Course
from studio.workers._resume import resumed
from studio.workers._retreat import Trouble, free, stand_in, trouble_with
from studio.workers._serve import Request


def to_the_end(request: Request, folder: Path, course: Course) -> Course:
    """Runs a course, or what takes its place; raises GpuTooSmall, CardFails, TooSlowWithoutGpu, or what it raises."""
    try:
        course.run()
        return course
    except (RuntimeError, MemoryError) as error:
        trouble = trouble_with(course.trainee.processor, error)
        if trouble is None:
            raise
        stand_in(course.config, trouble, error)
    _keep(course)
    processor, keeper = course.trainee.processor, course.keeper
    del course.trainee
    free(processor)
    if not trouble.full:
        request.emit("card_fails", card=trouble.card, reason=trouble.reason)
    course = resumed(request, folder, time.monotonic(), on="cpu", lock=keeper.lock)
    _in_time(course, trouble)
    request.emit("phase", name="train", **trouble.told)
    course.run()
    return course


def _keep(course: Course) -> None:
    """Keeps the last whole step, if the card still lets go of it; else the checkpoint before it is gone on from."""
    if course.keeper.kept != course.trainee.progress.step:
        with contextlib.suppress(RuntimeError, NotSaved):
            course.keeper.keep(course.trainee)


def _in_time(course: Course, trouble: Trouble) -> None:
    """Raises TooSlowWithoutGpu where the steps that are left take the CPU longer than is allowed."""
    config, trainee = course.config, course.trainee
    if config.gpu_fallback == "accept":
        return
    token, first = trainee.passes.prove()
    lengths = [len(example.ids) for example in trainee.gathered.examples]
    left = (config.steps or 1) - trainee.progress.step
    tokens = left * config.effective_batch * sum(lengths) / len(lengths)
    needed = (trainee.progress.whole + tokens * token + sum(lengths) * first) / 60
    allowed = config.max_minutes if config.max_minutes is not None else MOST_UNASKED_MINUTES
    if needed > allowed:
        raise TooSlowWithoutGpu(gpu=trouble.card, needed=f"{needed:.1f}", allowed=f"{allowed:g}")

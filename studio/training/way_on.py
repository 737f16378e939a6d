"""Owns how a run that ended early can go on: from which checkpoint, and which ones are passed over; starts nothing."""

from dataclasses import dataclass

from studio.jobs.runs import Run
from studio.language import _
from studio.training.checkpoints import NothingToResume, newest_whole


@dataclass(frozen=True, slots=True)
class WayOn:
    """From where a run goes on: the checkpoint's `step`, None where no checkpoint is whole; and that in a sentence."""

    step: int | None
    sentence: str


def way_on(run: Run) -> WayOn:
    """How a run can go on; reads its newest checkpoints whole."""
    try:
        found = newest_whole(run.path)
    except NothingToResume:
        return WayOn(None, _("None of its checkpoints is whole, so it can only be started anew."))
    sentence = _("It can go on from the checkpoint of step {step}.").format(step=found.checkpoint.step)
    over = _("{checkpoint} is passed over: {file} is missing or damaged.")
    told = [over.format(checkpoint=one.path.name, file=file) for one, file in found.passed_over]
    return WayOn(found.checkpoint.step, " ".join([sentence, *told]))

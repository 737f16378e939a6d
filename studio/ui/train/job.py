"""Owns how a training is asked for. Knows no Qt and nothing of what the job does."""

from studio.dataset import examples
from studio.gguf import base, errors
from studio.jobs.background import hand_over
from studio.jobs.protocol import Fields
from studio.jobs.runs import Run
from studio.training import config, planning
from studio.training.supervising import SupervisedJob
from studio.workspace import Workspace

SPEAKERS = (base, errors, examples, config, planning)
"""The modules in whose errors the worker speaks: an error is known by its class, so they must be imported here."""


async def start_training(workspace: Workspace, values: Fields) -> SupervisedJob:
    """Starts a training in a new run folder of the workspace."""
    return await SupervisedJob.start(workspace.runs, str(values.get("name") or "run"), {"config": values})


async def go_on_with_training(workspace: Workspace, run: Run, step: int | None) -> SupervisedJob:
    """Goes on with a run from its newest whole checkpoint, or from that of a step."""
    fields: Fields = {"cache": str(workspace.private / "bases")}
    return await SupervisedJob.go_on(run, fields if step is None else {**fields, "step": step})


def hand_training_over(workspace: Workspace, run: Run) -> None:
    """Lets a run that is paused go on in a process of its own; raises WorkerDied where that does not start."""
    hand_over(run.path, ["train", "--workspace", str(workspace.root), "--resume", str(run.path)])

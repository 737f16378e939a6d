"""Owns how conversions and parity measurements are asked for, and where the models go. Knows no Qt."""

from pathlib import Path

from studio.jobs.job import WorkerJob
from studio.jobs.protocol import Fields
from studio.workspace import Workspace


async def start_conversion(workspace: Workspace, values: Fields) -> WorkerJob:
    """Starts a conversion into `models/NAME`; values are those of `result.request_for`."""
    fields: Fields = {**values, "out": str(workspace.models), "cache": str(workspace.private / "bases")}
    return await WorkerJob.start("convert", workspace.runs, str(values["name"]), fields)


async def start_parity(workspace: Workspace, values: Fields) -> WorkerJob:
    """Starts the parity gate over a converted model's folder, `model`; other values are the worker's own."""
    from studio.publishing.usual_gates import parity_fields  # all of evaluating, which the window opens without

    folder = Path(str(values["model"]))
    return await WorkerJob.start("parity", workspace.runs, folder.name, {**parity_fields(folder, workspace), **values})

"""Owns how a conversion is asked for: a run, a quantisation, and where the model goes. Knows no Qt."""

from studio.jobs.protocol import Fields
from studio.ui.train.job import WorkerJob
from studio.workspace import Workspace


async def start_conversion(workspace: Workspace, values: Fields) -> WorkerJob:
    """Starts a conversion into `models/NAME`; values are run (a folder), name, quantisation."""
    name = str(values["name"])
    fields: Fields = {**values, "out": str(workspace.models / name), "cache": str(workspace.private / "bases")}
    return await WorkerJob.start("convert", workspace.runs, name, fields)

"""Owns how a conversion is asked for: a run, a quantisation, and where the model goes. Knows no Qt."""

from studio.jobs.job import WorkerJob
from studio.jobs.protocol import Fields
from studio.workspace import Workspace


async def start_conversion(workspace: Workspace, values: Fields) -> WorkerJob:
    """Starts a conversion into `models/NAME`; values are source (a run's folder), name and quantisations."""
    fields: Fields = {**values, "out": str(workspace.models)}
    return await WorkerJob.start("convert", workspace.runs, str(values["name"]), fields)

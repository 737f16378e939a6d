"""Toy workers: real processes over the real `serve`."""

import contextlib
import os
from pathlib import Path

import pytest

from studio.jobs.process import WorkerProcess

TOYS = Path(__file__).resolve().parent / "toys"
ROOT = TOYS.parents[2]
TOY_PATH = os.pathsep.join((str(ROOT), str(TOYS)))


@pytest.fixture
async def toy():
    """Starts toy workers, `without` a defence if asked, and ends them with the test."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(without: str = "", **options) -> WorkerProcess:
            environment = {"PYTHONPATH": TOY_PATH, "TOY_WITHOUT": without}
            worker = await WorkerProcess.start("toy", environment, program="toy", **options)
            stack.push_async_callback(worker.kill)
            return worker

        yield start

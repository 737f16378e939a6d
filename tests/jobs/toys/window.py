"""A studio that supervises a toy training, says the pids of its worker and of that one's child, and waits."""

import asyncio
import os
import sys
from pathlib import Path

from studio.jobs.process import WorkerProcess
from studio.jobs.runs import Run
from studio.training.supervising import SupervisedJob


async def main():
    run = Path(sys.argv[1])
    run.mkdir()
    launch = lambda: WorkerProcess.start("train", dict(os.environ), program="trainer")  # noqa: E731
    job = SupervisedJob(Run(run), {"config": {}}, launch=launch)
    async for event in job.events():
        if event["event"] == "child":
            print(job.job.worker.pid, event["pid"], flush=True)


asyncio.run(main())

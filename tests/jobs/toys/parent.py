"""A studio that starts a toy worker, says its pid and that of the worker's child, and waits to be killed."""

import asyncio
import os
import sys

from studio.jobs.process import WorkerProcess


async def main():
    worker = await WorkerProcess.start("toy", dict(os.environ), program="toy")
    child = (await worker.call("start_child", tied=sys.argv[1] == "tied"))["child"]
    events = aiter(await worker.request("stuck"))
    await anext(events)
    print(worker.pid, child, flush=True)
    await asyncio.sleep(60)


asyncio.run(main())

"""What a process has done is counted with those that it started; one that is gone has done nothing."""

import os
import subprocess
import sys

from studio.jobs.processes import memory_of, work_of

BUSY = "import sys, time\nwhile time.process_time() < 0.3: pass\nprint('done', flush=True)\nsys.stdin.read()"


def test_the_work_of_a_child_counts() -> None:
    before, _read = work_of(os.getpid())
    child = subprocess.Popen([sys.executable, "-c", BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None and child.stdout is not None
    child.stdout.readline()
    assert work_of(os.getpid())[0] - before >= 0.2
    assert memory_of(child.pid) > 0
    child.stdin.close()
    child.wait()
    child.stdout.close()
    assert work_of(child.pid) == (0.0, 0)
    assert memory_of(child.pid) == 0

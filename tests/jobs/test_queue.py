"""What waits survives a crash, keeps its order, and is worked on by one at a time."""

import subprocess
import sys
from pathlib import Path

import pytest

from studio.jobs.queue import JobRuns, NoSuchJob, Place, Queue, QueueDamaged

TAKES = """
import sys
from pathlib import Path
from studio.jobs.queue import Queue
queue = Queue(Path(sys.argv[1]))
job = queue.take()
if job is not None:
    queue.began(job.id, "2026-11-21-tavern-train")
print(job.name if job else "-", flush=True)
sys.stdin.read()
"""


def names(queue: Queue) -> list[str]:
    return [job.name for job in queue.line().jobs]


def taker(folder: Path) -> "subprocess.Popen[str]":
    """A process that takes a job and keeps it until it is killed."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-c", TAKES, str(folder)], text=True, **pipes)


def said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    queue = Queue(tmp_path)
    for name in ("tavern", "weir", "keep"):
        queue.add("train", name, {"config": {"name": name}})
    return queue


def test_jobs_are_moved_held_and_removed_and_stand_on_disk(queue: Queue) -> None:
    tavern, weir, keep = queue.line().jobs
    queue.move(keep.id, -1)
    assert names(Queue(queue.folder)) == ["tavern", "keep", "weir"]
    queue.move(tavern.id, 99)
    queue.hold(keep.id)
    assert names(queue) == ["keep", "weir", "tavern"] and queue.line().jobs[0].place is Place.HELD
    taken = queue.take()
    assert taken is not None and taken.name == "weir" and taken.fields == {"config": {"name": "weir"}}
    assert queue.take() is None, "one at a time"
    for change in (lambda: queue.remove(weir.id), lambda: queue.move(weir.id, 1), lambda: queue.hold(weir.id)):
        with pytest.raises(JobRuns):
            change()
    queue.ended(weir.id)
    queue.remove(tavern.id)
    assert names(queue) == ["keep"] and queue.take() is None
    queue.hold(keep.id, False)
    assert queue.find("keep").id == keep.id
    queue.pause()
    assert queue.take() is None
    queue.pause(False)
    assert queue.take() is not None
    with pytest.raises(NoSuchJob):
        queue.find("tavern")


def test_a_job_whose_process_was_killed_waits_again_with_its_run(queue: Queue) -> None:
    with taker(queue.folder) as other:
        assert said(other) == "tavern"
        assert queue.take() is None and queue.line().jobs[0].place is Place.RUNNING
        other.kill()
    again = queue.take()
    assert again is not None and (again.name, again.run) == ("tavern", "2026-11-21-tavern-train")
    queue.put_back(again.id, held=True)
    assert queue.line().jobs[0].place is Place.HELD and queue.line().jobs[0].run is not None


def test_the_twin_that_does_not_ask_who_lives_waits_for_ever(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.jobs.queue.lives", lambda _pid, _started: True)
    with taker(queue.folder) as other:
        assert said(other) == "tavern"
        other.kill()
    assert queue.take() is None


def test_many_at_once_lose_nothing_and_only_one_takes(tmp_path: Path) -> None:
    adds = "import sys; from pathlib import Path; from studio.jobs.queue import Queue\n"
    adds += "for n in range(10): Queue(Path(sys.argv[1])).add('train', sys.argv[2] + str(n), {})"
    writers = [subprocess.Popen([sys.executable, "-c", adds, str(tmp_path), letter]) for letter in "abc"]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert len(names(Queue(tmp_path))) == 30
    with taker(tmp_path) as one, taker(tmp_path) as other:
        told = {said(one), said(other)}
        one.kill()
        other.kill()
    assert "-" in told and len(told) == 2


def test_a_damaged_file_is_told_and_not_overwritten(queue: Queue) -> None:
    queue.path.write_text('{"jobs": [{"id": 3', encoding="utf-8")
    with pytest.raises(QueueDamaged, match=r"queue\.json is damaged"):
        queue.add("train", "other", {})
    assert queue.path.read_text(encoding="utf-8") == '{"jobs": [{"id": 3'

"""A run of another process is followed by its journal, spoken to by a file, and known by the process that holds it."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from studio.errors import Cancelled, LorewrightError
from studio.jobs.background import HOLDER, WISH, FollowedJob, heeding, held, wish
from studio.jobs.errors import OutOfMemory, Paused, WorkerDied
from studio.jobs.protocol import Fields
from studio.jobs.runs import EVENTS, Journal, Run


def journal_of(run: Path, *events: Fields) -> None:
    journal = Journal(run)
    for event in events:
        journal.add(event)
    journal.close()


async def heard(job: FollowedJob) -> tuple[list[Fields], LorewrightError | None]:
    """What was heard of a job, and what it ended in."""
    events: list[Fields] = []
    try:
        async for event in job.events():
            events.append(event)
    except LorewrightError as error:
        return events, error
    return events, None


async def test_what_comes_into_the_journal_is_heard_from_its_place_on(tmp_path: Path) -> None:
    journal_of(tmp_path, {"event": "step", "step": 1}, {"event": "cancelled", "paused": True, "step": 1})
    job = FollowedJob(Run(tmp_path), (tmp_path / EVENTS).stat().st_size, lambda _run: True)
    following = asyncio.create_task(heard(job))
    await asyncio.sleep(0)
    journal_of(tmp_path, {"event": "step", "step": 2})
    with (tmp_path / EVENTS).open("ab") as stream:  # a line comes in two pieces
        stream.write(b'{"event": "step", ')
    await asyncio.sleep(0.4)
    with (tmp_path / EVENTS).open("ab") as stream:
        stream.write(b'"step": 3}\n')
    journal_of(tmp_path, {"event": "done"})
    events, error = await asyncio.wait_for(following, 30)
    assert [event["step"] for event in events] == [2, 3] and error is None


@pytest.mark.parametrize(
    ("ending", "kind"),
    [
        ({"event": "cancelled", "paused": True, "step": 1, "run": "r"}, Paused),
        ({"event": "cancelled"}, Cancelled),
        ({"event": "failed", "code": "OutOfMemory", "fields": {"detail": "4 GB"}}, OutOfMemory),
        (None, WorkerDied),
    ],
    ids=["paused", "stopped", "failed", "vanished"],
)
async def test_a_run_whose_process_is_gone_ends_as_its_journal_says(
    tmp_path: Path, ending: Fields | None, kind: type[LorewrightError]
) -> None:
    journal_of(tmp_path, {"event": "step", "step": 1}, *([ending] if ending else []))
    events, error = await heard(FollowedJob(Run(tmp_path), 0, lambda _run: False))
    assert len(events) == 1 and type(error) is kind


class Asked:
    """A job that notes how it was asked to stop."""

    def __init__(self, run: Path) -> None:
        self.run = Run(run)
        self.pauses: asyncio.Queue[bool] = asyncio.Queue()

    async def cancel(self, *, pause: bool = False) -> None:
        self.pauses.put_nowait(pause)


async def test_a_wish_reaches_whoever_works_on_the_run(tmp_path: Path) -> None:
    wish(tmp_path, "stop")  # an old one, of before
    job = Asked(tmp_path)
    async with heeding(job):
        await asyncio.sleep(0)
        await FollowedJob(Run(tmp_path), 0, lambda _run: True).cancel(pause=True)
        assert await asyncio.wait_for(job.pauses.get(), 30) is True
        assert not (tmp_path / WISH).exists() and job.pauses.empty()


def test_a_run_is_held_by_the_process_that_was_started_and_by_no_other_of_its_number(tmp_path: Path) -> None:
    def holder(pid: int, started: float) -> None:
        (tmp_path / HOLDER).write_text(json.dumps({"pid": pid, "started": started}), "utf-8")

    assert not held(tmp_path)
    own = psutil.Process()
    holder(os.getpid(), own.create_time())
    assert held(tmp_path)
    holder(os.getpid(), own.create_time() - 60)
    assert not held(tmp_path)
    child = subprocess.Popen([sys.executable, "-c", ""])
    started = psutil.Process(child.pid).create_time()
    child.wait()
    holder(child.pid, started)
    assert not held(tmp_path)
    (tmp_path / HOLDER).write_text("[1]", "utf-8")
    assert not held(tmp_path)

"""The desk of jobs on data: how far, how long, and what keeps a window open."""

from pathlib import Path

import pytest

from studio.errors import Cancelled
from studio.ui.data.desk import DataDesk
from studio.workspace import Workspace


class Reply:
    """A job whose events were written down."""

    def __init__(self, clock: list[float]) -> None:
        self._clock = clock

    async def __aiter__(self):  # type: ignore[no-untyped-def]  # events as the protocol gives them
        for second, done, left in ((0.0, 100, None), (10.0, 150, None), (20.0, 200, 3.0)):
            self._clock[0] = second
            yield Event("progress", {"part": "audit", "done": done, "of": 300, "left": left})

    async def result(self) -> dict[str, object]:
        return {"rows": 300}


class Event:
    """One event."""

    def __init__(self, name: str, fields: dict[str, object]) -> None:
        self.name, self.fields = name, fields


class Worker:
    """A worker (a true boundary: a process) that gives one reply, or none."""

    def __init__(self, clock: list[float], broken: bool = False) -> None:
        self._clock, self._broken = clock, broken
        self.closed = False

    async def request(self, do: str, **fields: object) -> Reply:
        if self._broken:
            raise Cancelled
        return Reply(self._clock)

    async def close(self) -> None:
        self.closed = True


def desk_with(worker: Worker, clock: list[float], root: Path) -> DataDesk:
    async def start() -> Worker:
        return worker

    return DataDesk(lambda: Workspace(root), start, lambda: clock[0])  # type: ignore[arg-type]  # what of a worker is used


async def test_a_job_says_how_far_it_is_and_how_long_it_takes(tmp_path: Path) -> None:
    clock = [0.0]
    worker = Worker(clock)
    desk = desk_with(worker, clock, tmp_path)
    seen: list[tuple[str, float | None, float | None, bool]] = []
    desk.changed.append(lambda: seen.append((desk.words, desk.fraction, desk.seconds_left, desk.busy)))
    assert await desk.run("build", name="tavern") == {"rows": 300}
    assert seen[0] == ("Building", None, None, True)
    assert seen[1] == ("Checking", 100 / 300, None, True), "what was known before says nothing of the pace"
    assert seen[2] == ("Checking", 0.5, 30.0, True)
    assert seen[3] == ("Checking", 200 / 300, 3.0, True), "what the job says itself counts"
    assert seen[-1] == ("", 200 / 300, 3.0, False) and worker.closed


@pytest.mark.parametrize(("do", "busy"), [("build", True), ("judge", True), ("examine", False), ("compare", False)])
async def test_only_what_a_person_would_miss_keeps_the_window_open(tmp_path: Path, do: str, busy: bool) -> None:
    clock = [0.0]
    worker = Worker(clock, broken=True)
    desk = desk_with(worker, clock, tmp_path)
    seen: list[bool] = []
    desk.changed.append(lambda: seen.append(desk.busy))
    with pytest.raises(Cancelled):
        await desk.run(do)
    assert seen[0] is busy and seen[-1] is False and not desk.working and worker.closed

"""The window works on the queue: one job after the other, one that is paused is held back."""

import asyncio
import datetime
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.errors import LorewrightError
from studio.jobs.errors import OutOfMemory, Paused
from studio.jobs.protocol import Fields
from studio.jobs.queue import Line, Place
from studio.jobs.runs import CONFIG, Run, new_run_folder
from studio.ui.theme import Theme
from studio.ui.train.desk import Busy, Desk
from studio.ui.train.queue_desk import QueueDesk
from studio.ui.train.queue_view import QueueView
from studio.workspace import Workspace


class Short:
    """A job of one step, with a given end."""

    def __init__(self, folder: Path, end: LorewrightError | None) -> None:
        self.run, self._end = Run(folder), end

    async def events(self):  # type: ignore[no-untyped-def]  # an async generator, as the desk wants it
        yield {"event": "step", "step": 1, "of": 1, "loss": 2.0}
        if self._end is not None:
            raise self._end

    async def cancel(self, *, pause: bool = False) -> None:
        return None


@pytest.fixture
def ends() -> dict[str, LorewrightError]:
    """How jobs end, by name; the others end well."""
    return {}


@pytest.fixture
def queue(tmp_path: Path, ends: dict[str, LorewrightError]) -> QueueDesk:
    workspace = Workspace(tmp_path)
    workspace.private.mkdir(parents=True)

    async def start(workspace: Workspace, values: Fields) -> Short:
        folder = new_run_folder(workspace.runs, str(values["name"]), "train", datetime.date(2026, 11, 21))
        (folder / CONFIG).write_text("{}", "utf-8")
        return Short(folder, ends.get(str(values["name"])))

    return QueueDesk(lambda: workspace, Desk(lambda: workspace, "train", start))


async def test_jobs_are_worked_on_in_their_order_whatever_one_ends_in(
    queue: QueueDesk, ends: dict[str, LorewrightError]
) -> None:
    ends["b"] = OutOfMemory(detail="4 GB")
    lines: list[Line] = []
    queue.changed.append(lines.append)
    for name in ("a", "b", "c"):
        await queue.add({"name": name})
    await queue.change(lambda line: line.move(line.find("c").id, -1))
    await queue.turn()
    assert not queue.queue.line().jobs
    began = [line.running.name for line in lines if line.running is not None]
    assert list(dict.fromkeys(began)) == ["a", "c", "b"]
    assert {run.path.name[11:12] for run in [Run(path) for path in queue.workspace().runs.iterdir()]} == {"a", "b", "c"}


async def test_a_job_that_is_paused_waits_in_its_place_and_the_rest_with_it(
    queue: QueueDesk, ends: dict[str, LorewrightError]
) -> None:
    ends["a"] = Paused(paused=True, step=1, run="a")
    await queue.add({"name": "a"})
    await queue.add({"name": "b"})
    await queue.turn()
    line = queue.queue.line()
    assert [(job.name, job.place) for job in line.jobs] == [("a", Place.HELD), ("b", Place.WAITING)]
    assert line.jobs[0].run is not None and Path(line.jobs[0].run).is_dir()
    await queue.turn()
    assert len(queue.queue.line().jobs) == 2, "a pause frees the machine: nothing begins by itself"
    await asyncio.gather(*(queue.turn(after_a_pause=True) for _time in range(2)))  # twice at once works on it once
    assert [job.name for job in queue.queue.line().jobs] == ["a"]


async def test_where_a_person_was_quicker_the_job_waits_on(queue: QueueDesk) -> None:
    await queue.add({"name": "a"})
    desk = queue.desk

    def begin(line: Line) -> None:
        desk.starting = line.running is not None  # while the queue looked, somebody pressed the button

    queue.changed.append(begin)
    await queue.turn()
    assert [job.place for job in queue.queue.line().jobs] == [Place.WAITING] and not queue.workspace().runs.exists()
    desk.starting = True
    with pytest.raises(Busy):
        await desk.run({"name": "b"})
    assert not queue.workspace().runs.exists()
    desk.starting = False
    queue.changed.remove(begin)
    await queue.turn()
    assert not queue.queue.line().jobs


async def test_the_view_moves_holds_and_takes_out(queue: QueueDesk, theme: Theme, qtbot: QtBot) -> None:
    view = QueueView(theme)
    qtbot.addWidget(view)
    queue.changed.append(lambda line: view.show_line(line, busy=True))
    tasks: list[asyncio.Task[None]] = []
    view.deed_wanted.connect(lambda deed: tasks.append(asyncio.ensure_future(queue.change(deed))))

    async def press(button: str) -> None:
        getattr(view, button).click()
        await asyncio.gather(*tasks)

    for name in ("a", "b"):
        await queue.add({"name": name})
    assert view.names == ["a", "b"] and not view.up.isEnabled() and view.down.isEnabled()
    await press("down")
    assert view.names == ["b", "a"] and view.chosen() is not None and view.up.isEnabled()
    await press("hold")
    job = view.chosen()
    assert job is not None and job.name == "a" and job.held and view.hold.accessibleName() == "Release"
    await press("pause")
    assert queue.queue.line().paused and view.pause.accessibleName() == "Go on with the queue"
    await press("remove")
    assert view.names == ["b"]

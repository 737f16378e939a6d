"""`lorewright train --queue` and `lorewright queue`: what waits, its order, and working it off."""

import asyncio
import json
from collections.abc import Coroutine
from pathlib import Path

import pytest

from studio.cli import main, train
from studio.errors import LorewrightError
from studio.jobs.errors import Paused, WorkerDied
from studio.jobs.queue import Place, Queue
from studio.jobs.runs import EVENTS, Run
from studio.training.supervising import SupervisedJob

Ends = dict[str, LorewrightError | None]


@pytest.fixture
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Queue:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ws" / "scenarios").mkdir(parents=True)
    (tmp_path / "ws" / "scenarios" / "a.md").write_text("x", encoding="utf-8")
    for name in ("tavern", "weir", "keep"):
        assert main(["train", "--name", name, "--queue", "--workspace", "ws", "--set", "epochs=2"]) == 0
    return Queue(tmp_path / "ws" / ".lorewright")


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> Ends:
    """How each training ends, by its name; none is really started."""
    found: Ends = {}

    def followed(started: Coroutine[None, None, SupervisedJob], _told: object) -> Run:
        job = asyncio.run(started)
        name = job.run.name.removesuffix("-train").rpartition("-")[2]
        error = found.setdefault(name, None)
        if error is not None:
            raise error
        return job.run

    monkeypatch.setattr("studio.cli.queue.followed", followed)
    return found


def words(*more: str) -> int:
    return main(["queue", *more, "--workspace", "ws"])


def test_what_waits_is_listed_moved_and_removed(queue: Queue, capsys: pytest.CaptureFixture[str]) -> None:
    assert [words("first", "keep"), words("down", "tavern"), words("hold", "weir"), words("pause")] == [0] * 4
    capsys.readouterr()
    assert words("--format", "json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["paused"] and [(job["name"], job["place"]) for job in told["jobs"]] == [
        ("keep", "waiting"), ("weir", "held"), ("tavern", "waiting")
    ]  # fmt: skip
    assert words("remove", "weir") == 0 and [job.name for job in queue.line().jobs] == ["keep", "tavern"]
    config = queue.line().jobs[1].fields["config"]
    assert isinstance(config, dict) and config["epochs"] == 2


@pytest.mark.parametrize(
    ("more", "said"),
    [(["up"], "Name a job"), (["up", "inn"], "No job “inn” waits"), (["hodl", "weir"], "Did you mean “hold”")],
)
def test_wrong_use_is_told(queue: Queue, capsys: pytest.CaptureFixture[str], more: list[str], said: str) -> None:
    assert words(*more) == 2 and said in capsys.readouterr().err


def test_it_is_worked_off_and_a_failure_does_not_stop_the_others(
    queue: Queue, ends: Ends, capsys: pytest.CaptureFixture[str]
) -> None:
    ends["weir"] = WorkerDied(worker="train", reason="SIGSEGV", tail="-")
    assert words("run") == 5
    assert list(ends) == ["weir", "tavern", "keep"] and queue.line().jobs == ()
    assert "SIGSEGV" in capsys.readouterr().err


def test_one_that_is_paused_is_held_back_and_the_others_wait(queue: Queue, ends: Ends) -> None:
    ends["tavern"] = Paused(paused=True, step=3, run="tavern")
    assert words("run") == 130
    places = [(job.name, job.place) for job in queue.line().jobs]
    assert places == [("tavern", Place.HELD), ("weir", Place.WAITING), ("keep", Place.WAITING)]
    assert words("release", "tavern") == 0 and queue.line().jobs[0].run is not None


def test_one_that_was_done_when_its_process_died_is_not_trained_again(queue: Queue, ends: Ends, tmp_path: Path) -> None:
    run = tmp_path / "ws" / "runs" / "2026-11-21-tavern-train"
    run.mkdir(parents=True)
    (run / EVENTS).write_text('{"at": 1.0, "event": "done"}\n', encoding="utf-8")
    queue.began(queue.find("tavern").id, str(run))
    assert words("run") == 0 and list(ends) == ["weir", "keep"]


def test_what_is_done_about_trouble_is_told_on_the_way() -> None:
    memory = {"event": "restarted", "why": "memory", "attempt": 2, "of": 5, "batch_size": 4}
    told = [str(train.told(event)) for event in (memory, {"event": "stalled", "seconds": 31}, {"event": "waiting"})]
    for line, part in zip(told, ("4 examples at once", "31 s", "plugged in"), strict=True):
        assert part in line
    assert train.told({"event": "memory"}) is None or train.told({"event": "phase", "name": "train"})

"""A training is seen through, whatever its workers do; each fault has a twin without what stands against it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from studio.errors import Cancelled
from studio.jobs.errors import Paused, WorkerDied
from studio.jobs.ledger import ledger
from studio.jobs.process import WorkerProcess
from studio.jobs.protocol import Fields
from studio.jobs.runs import Run
from studio.training import supervising
from studio.training.errors import DiedAtStart, KilledForMemory
from studio.training.supervising import Patience, SupervisedJob
from tests.jobs.conftest import TOY_PATH, TOYS
from tests.jobs.test_process import gone

CONFIG: Fields = {"batch_size": 8, "gradient_accumulation_steps": 2, "name": "toy"}
QUICK = Patience(stalled=60.0, look=0.05, slept=600.0, heed=0.3)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")

Supervise = Callable[..., SupervisedJob]


@pytest.fixture
def supervise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Supervise:
    """A supervised toy whose attempts do what the words say."""
    monkeypatch.setattr(ledger, "folder", tmp_path / "ledger")
    run = tmp_path / "2026-11-21-toy-train"
    run.mkdir()

    def make(words: str, *, config: Fields = CONFIG, forgets: bool = False, pulse: float = 0.05, **options: Any):
        extra = {"PYTHONPATH": TOY_PATH, "TOY_TRAINS": words, "TOY_PULSE": str(pulse)}
        extra.update({"TOY_FORGETS": "1"} if forgets else {})

        def launch() -> Any:
            return WorkerProcess.start("train", extra, program="trainer")

        return SupervisedJob(Run(run), {"config": config}, **{"patience": QUICK, "launch": launch, **options})

    return make


async def heard(job: SupervisedJob, on: Callable[[Fields], object] = lambda _event: None) -> list[Fields]:
    """All its events; what it ends in comes last."""
    found: list[Fields] = []
    try:
        async with asyncio.timeout(60):
            async for event in job.events():
                found.append(event)
                on(event)
    except (Cancelled, WorkerDied, KilledForMemory) as error:
        found.append({"event": "raised", "error": error})
    return found


def asked(job: SupervisedJob) -> list[Fields]:
    return [json.loads(line) for line in (job.run.path / "asked.jsonl").read_text().splitlines()]


def told(events: list[Fields], name: str) -> list[Fields]:
    return [event for event in events if event["event"] == name]


async def test_one_that_dies_at_its_start_is_started_thrice(supervise: Supervise) -> None:
    job = supervise("die die go")
    events = await heard(job)
    assert [event["attempt"] for event in told(events, "restarted")] == [2, 3]
    state = job.run.state()
    assert state.status == "done" and state.step == 4 and len(state.restarted) == 2
    assert job.run.samples() is not None


async def test_one_that_never_starts_fails_with_its_last_words(supervise: Supervise) -> None:
    job = supervise("die")
    error = (await heard(job))[-1]["error"]
    assert isinstance(error, DiedAtStart) and "3 times" in str(error) and "no such library" in str(error)
    assert len(asked(job)) == 3
    state = job.run.state()
    assert state.status == "failed" and (state.failure or {})["code"] == "DiedAtStart"


async def test_killed_for_memory_it_goes_on_from_its_checkpoint_with_half_the_rows(supervise: Supervise) -> None:
    job = supervise("kill go")
    events = await heard(job)
    (again,) = told(events, "restarted")
    assert (again["why"], again["attempt"], again["of"], again["batch_size"]) == ("memory", 2, 5, 4)
    first, second = asked(job)
    assert "resume" not in first and (second["resume"], second["batch_size"]) == (True, 4)
    assert [event["step"] for event in told(events, "step")] == [1, 2, 3, 4]
    assert job.run.state().status == "done" and ledger.holders(others=False) == ()


async def test_the_twin_that_takes_a_kill_for_any_death_fails(
    supervise: Supervise, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "_NO_MEMORY", frozenset())
    job = supervise("kill go")
    assert "SIGKILL" in str((await heard(job))[-1]["error"]) and len(asked(job)) == 1
    assert job.run.state().status == "failed"


async def test_killed_before_its_first_checkpoint_it_begins_anew_and_learns_from_as_much_a_step(
    supervise: Supervise,
) -> None:
    job = supervise("kill kill go", forgets=True)
    await heard(job)
    sizes = [(one["config"]["batch_size"], one["config"]["gradient_accumulation_steps"]) for one in asked(job)]
    assert sizes == [(8, 2), (4, 4), (2, 8)] and not any("resume" in one for one in asked(job))
    assert job.run.state().status == "done"


async def test_it_is_tried_five_times_at_most(supervise: Supervise) -> None:
    job = supervise("kill", forgets=True, config={**CONFIG, "batch_size": 64})
    error = (await heard(job))[-1]["error"]
    assert isinstance(error, KilledForMemory) and "5 times, in the end with 4 examples at once" in str(error)
    assert len(asked(job)) == 5 and job.run.state().status == "failed"


async def test_one_row_alone_is_tried_again_only_while_that_leads_further(supervise: Supervise) -> None:
    job = supervise("kill", config={**CONFIG, "batch_size": 1})
    assert isinstance((await heard(job))[-1]["error"], KilledForMemory)
    assert len(asked(job)) == 3  # two steps, one more, none


async def test_what_is_asked_for_counts_what_others_were_promised(supervise: Supervise) -> None:
    ledger.enter(os.getpid(), "another training", promised=1 << 50)
    job = supervise("go")
    promised: list[int] = []

    def look(event: Fields) -> None:
        if event["event"] == "forecast":
            promised.extend(one.promised for one in ledger.holders(others=False) if one.pid != os.getpid())

    await heard(job, look)
    assert asked(job)[0]["held"] > 1 << 49 and promised == [1 << 40]


class Looks:
    """A clock that goes on with every look at the worker, so that a slow machine has no part in it."""

    def __init__(self, a_look: float) -> None:
        self.count, self._a_look = 0, a_look

    def __call__(self) -> float:
        self.count += 1
        return self.count * self._a_look


OFTEN = Patience(stalled=15.0, look=0.01, slept=10.0, heed=0.3)
"""With 0.1 a look, silence counts as a stall after 150 looks."""


async def stopped_when(job: SupervisedJob, true: Callable[[list[Fields]], bool]) -> list[Fields]:
    """Its events until they say enough; then it is asked to pause."""
    found: list[Fields] = []
    telling = asyncio.create_task(heard(job, found.append))
    for _try in range(6000):
        if true(found) or telling.done():
            break
        await asyncio.sleep(0.01)
    await job.cancel(pause=True)
    return await telling


async def test_a_frozen_worker_is_told_and_heard_again(supervise: Supervise) -> None:
    def thaw(event: Fields) -> None:
        if event["event"] == "stalled":
            stalled.append(job.run.state().stalled)
            assert job.job is not None
            os.kill(job.job.worker.pid, signal.SIGCONT)

    stalled: list[int | None] = []
    job = supervise("freeze", patience=OFTEN, clock=Looks(0.1))
    events = await heard(job, thaw)
    assert stalled and stalled[-1] == 15
    assert [event["event"] for event in events if event["event"] in ("stalled", "alive")][-2:] == ["stalled", "alive"]
    assert job.run.state().status == "done" and job.run.state().stalled is None


@pytest.mark.parametrize("alive", [True, False])
async def test_a_long_silence_with_signs_of_life_is_no_stall(supervise: Supervise, alive: bool) -> None:
    """The twin gives no sign of life."""
    clock = Looks(0.1)
    job = supervise("wait", pulse=0.05 if alive else 60.0, patience=OFTEN, clock=clock)
    events = await stopped_when(job, lambda found: bool(told(found, "step")) and clock.count > 400)
    assert bool(told(events, "stalled")) is not alive


@pytest.mark.parametrize("defended", [True, False])
async def test_the_computer_s_sleep_is_no_stall(supervise: Supervise, defended: bool) -> None:
    clock = Looks(600.0)  # ten minutes are gone at every look
    patience = Patience(stalled=30.0, look=0.01, slept=10.0 if defended else 1e9, heed=0.3)
    job = supervise("wait", pulse=60.0, patience=patience, clock=clock)

    def enough(found: list[Fields]) -> bool:
        seen.extend([clock.count] if told(found, "step") and not seen else [])
        return bool(seen) and clock.count > seen[0] + 50

    seen: list[int] = []
    assert bool(told(await stopped_when(job, enough), "stalled")) is not defended


async def test_a_worker_that_hangs_after_its_end_is_done(supervise: Supervise) -> None:
    job = supervise("linger")
    assert (await heard(job))[-1]["event"] != "raised"
    assert job.run.state().status == "done"
    assert not [child for child in psutil.Process().children() if "trainer" in " ".join(child.cmdline())]


async def test_the_twin_without_an_end_to_patience_waits_for_it(
    supervise: Supervise, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def for_ever(worker: WorkerProcess) -> None:
        closing.append(worker)
        await asyncio.shield(worker.ended)

    closing: list[WorkerProcess] = []
    monkeypatch.setattr(WorkerProcess, "close", for_ever)
    telling = asyncio.create_task(heard(supervise("linger")))
    while not closing:
        await asyncio.sleep(0.05)
    await asyncio.sleep(6.0)
    assert not telling.done()
    await closing[0].kill()
    await telling


async def test_a_frozen_worker_is_stopped_all_the_same_and_can_go_on(supervise: Supervise) -> None:
    job = supervise("freeze go", patience=OFTEN, clock=Looks(0.1))

    def stop(event: Fields) -> None:
        if event["event"] == "stalled":
            stopping.append(asyncio.ensure_future(job.cancel(pause=True)))

    stopping: list[asyncio.Future[None]] = []
    assert isinstance((await heard(job, stop))[-1]["error"], Paused)
    state = job.run.state()
    assert (state.status, state.paused) == ("cancelled", True)


async def test_on_battery_it_waits_and_goes_on_when_plugged_in(supervise: Supervise) -> None:
    on = [False, False, False]

    def battery() -> bool:
        return on.pop(0) if on else True

    def plug(event: Fields) -> None:
        if event["event"] == "waiting":
            waited.append(job.run.state().waiting)
            on.extend([True] + [False] * 1000)

    waited: list[str | None] = []
    job = supervise("wait go", config={**CONFIG, "pause_on_battery": True}, battery=battery)
    events = await heard(job, plug)
    assert waited == ["battery"] and len(told(events, "waiting")) == 1
    assert [one.get("resume") for one in asked(job)] == [None, True]
    assert job.run.state().status == "done" and job.run.state().waiting is None


async def test_while_it_waits_for_power_it_can_be_stopped(supervise: Supervise) -> None:
    job = supervise("go", config={**CONFIG, "pause_on_battery": True}, battery=lambda: True)
    events = await heard(job, lambda event: asyncio.ensure_future(job.cancel(pause=True)))
    assert isinstance(events[-1]["error"], Cancelled) and not (job.run.path / "asked.jsonl").exists()


async def test_the_twin_that_was_not_asked_to_trains_on_its_battery(supervise: Supervise) -> None:
    job = supervise("go", battery=lambda: True)
    assert not told(await heard(job), "waiting") and job.run.state().status == "done"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal")
def test_a_killed_window_leaves_no_worker_and_none_of_its_children(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": TOY_PATH, "TOY_TRAINS": "stuck", "XDG_CACHE_HOME": str(tmp_path)}
    command = [sys.executable, str(TOYS / "window.py"), str(tmp_path / "run")]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as window:
        assert window.stdout is not None
        family = [int(word) for word in window.stdout.readline().split()]
        family += [child.pid for child in psutil.Process(window.pid).children(recursive=True)]
        window.kill()
    assert len(set(family)) >= 2 and all(map(gone, family))

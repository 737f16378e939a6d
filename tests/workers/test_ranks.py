"""A training that several processes share: what comes out is what one would have learnt, and none is left behind."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy
import psutil
import pytest
from safetensors.numpy import load_file

from studio.jobs.runs import Run
from studio.training.checkpoints import checkpoints_of
from tests.workers.conftest import Forked, Outcome
from tests.workers.test_preferences import correction, written

EXACT: dict[str, object] = {"precision": "fp32", "lora": {"rank": 4, "alpha": 8, "dropout": 0.0}, "steps": 5}
SHARED = {"precision": "fp32", "steps": 5, "processes": 2}


def losses(run: Path) -> list[float]:
    """The loss of each step."""
    return [loss for _step, loss in Run(run).state().losses]


def adapter(run: Path) -> dict[str, numpy.ndarray]:
    """The weights that came out."""
    return load_file(run / "adapter" / "adapter_model.safetensors")


def test_two_processes_learn_what_one_does(forked: Forked) -> None:
    alone = forked.start("alone", EXACT, plain=True)
    shared = forked.start("shared", {**EXACT, "processes": 2}, plain=True, started=True)
    assert alone["ended"] == shared["ended"] == "done", shared
    one, two = forked.place / "alone", forked.place / "shared"
    assert losses(two) == pytest.approx(losses(one), abs=1e-4) and len(losses(two)) == 5
    ours, theirs = adapter(two), adapter(one)
    for name, weights in theirs.items():
        assert numpy.abs(ours[name] - weights).max() < 1e-3, name
    assert shared["report"]["processes"] == 2 and shared["report"]["tokens"] == alone["report"]["tokens"]


@pytest.fixture(scope="module")
def uncut(forked: Forked) -> Outcome:
    """What two processes come to in one go, with dropout."""
    assert forked.start("shared-whole", SHARED, plain=True)["ended"] == "done"
    return forked.outcome("shared-whole")


def gone(run: Path) -> bool:
    """Whether the processes beside the worker are gone, a moment after it."""
    beside = json.loads((run / "beside.json").read_text())
    until = time.monotonic() + 10
    while any(_lives(pid) for pid in beside) and time.monotonic() < until:
        time.sleep(0.05)
    return len(beside) == 1 and not any(_lives(pid) for pid in beside)


def _lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_a_process_that_is_killed_ends_the_run_which_can_go_on(forked: Forked, uncut: Outcome) -> None:
    ended = forked.start("beside-killed", SHARED, kill=3, whose="beside", plain=True)
    assert (ended["ended"], ended["exit"]) == ("RankDied", 5), ended
    assert "Process 2 of the 2" in ended["sentence"] and "SIGKILL" in ended["sentence"]
    assert "--resume beside-killed" in ended["sentence"]
    run = forked.place / "beside-killed"
    assert gone(run) and checkpoints_of(run)[0].step == 3
    assert forked.resume("beside-killed", plain=True)["ended"] == "done"
    assert forked.outcome("beside-killed") == uncut


def test_a_process_that_is_frozen_is_ended_and_the_run_with_it(forked: Forked) -> None:
    ended = forked.start("beside-frozen", SHARED, kill=2, whose="beside", frozen=True, plain=True)
    assert (ended["ended"], ended["exit"]) == ("RankDied", 5), ended
    assert "Process 2 of the 2" in ended["sentence"] and "nothing was heard of it" in ended["sentence"]
    assert gone(forked.place / "beside-frozen")


def test_without_the_word_of_one_the_other_learns_what_nobody_sees(forked: Forked, uncut: Outcome) -> None:
    """The twin: where gradients are not summed, another adapter comes out."""
    assert forked.start("unsummed", SHARED, plain=True, without=["sum"])["ended"] == "done"
    assert forked.outcome("unsummed")[0] != uncut[0]


def test_where_one_lacks_memory_both_take_smaller_rows(forked: Forked) -> None:
    rows = {"batch_size": 2, "lora": EXACT["lora"], "steps": 3, "processes": 2, "precision": "fp32"}
    ended = forked.start("shared-full", rows, plain=True, full=True)
    assert ended["ended"] == "done", ended
    told = [(event["step"], event["batch_size"]) for event in ended["events"] if event["event"] == "memory"]
    assert told == [(1, 1)]
    assert forked.start("shared-room", rows, plain=True)["ended"] == "done"
    assert losses(forked.place / "shared-full") == pytest.approx(losses(forked.place / "shared-room"), abs=1e-4)


def test_none_outlives_a_worker_that_is_killed(forked: Forked) -> None:
    assert forked.start("worker-killed", SHARED, kill=2, whose="own", plain=True)["ended"] == "SIGKILL"
    assert gone(forked.place / "worker-killed")


def test_what_a_killed_worker_left_is_swept_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crew = pytest.importorskip("studio.workers._crew")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    kept = [tmp_path / f"lorewright-ranks-{name}" for name in (f"{os.getpid()}-a", "someone-b")]
    left = [tmp_path / f"lorewright-ranks-{name}" for name in (f"{dead.pid}-a", f"{10**20}-b")]
    for folder in (*kept, *left):
        folder.mkdir()
        (folder / "store").write_bytes(b"a")
    crew.sweep()
    assert sorted(tmp_path.iterdir()) == sorted(kept)
    os.utime(kept[0], (1, 1))  # older than this process, so it is another's that had this number
    crew.sweep()
    assert list(tmp_path.iterdir()) == kept[1:]


def test_a_pause_of_two_processes_loses_nothing(forked: Forked, uncut: Outcome) -> None:
    ended = forked.start("shared-paused", SHARED, cancel=2, plain=True)
    assert (ended["ended"], ended["paused"], ended["step"]) == ("cancelled", True, 2)
    assert forked.resume("shared-paused", plain=True)["ended"] == "done"
    assert forked.outcome("shared-paused") == uncut


def test_two_processes_prefer_what_one_does(forked: Forked, tmp_path: Path) -> None:
    rows = [correction(n, f"The {n}. plank holds.", f"You slip on plank {n}.") for n in range(4)]
    given = written(tmp_path / "corrections.jsonl", rows)
    pairs: dict[str, object] = {**EXACT, "objective": "dpo", "preferences": str(given), "scenarios": [], "steps": 3}
    told = []
    for name, settings in (("prefers", pairs), ("prefers-shared", {**pairs, "processes": 2})):
        ended = forked.start(name, settings, plain=True)
        assert ended["ended"] == "done", ended
        told.append([event for event in ended["events"] if event["event"] == "preference"])
    assert len(told[0]) == 3 and told[0][-1]["margin"] > 0
    for one, two in zip(*told, strict=True):
        assert two == pytest.approx(one, abs=1e-3)


def _launched(words: list[str], root: Path) -> None:
    """Runs a launcher to its end; where that does not come, every process says where it stands, and is ended."""
    child = subprocess.Popen(words, cwd=root, env={**os.environ, "PYTHONFAULTHANDLER": "1"}, start_new_session=True)
    try:
        assert child.wait(300) == 0
    except subprocess.TimeoutExpired:
        ours = psutil.Process(child.pid).children(recursive=True)
        for process in ours:
            process.send_signal(signal.SIGABRT)  # upon which Python writes the stacks of all its threads
        psutil.wait_procs(ours, timeout=10)
        raise
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


@pytest.mark.slow
def test_the_same_settings_under_a_launcher(root: Path, tiny_base: Path, scenarios: Path, tmp_path: Path) -> None:
    words = "--multi_gpu --num_processes 2 --num_machines 1 --mixed_precision no --dynamo_backend no"
    launcher = ["-m", "accelerate.commands.launch", *words.split(), "--main_process_port", "0", "-m", "studio", "train"]
    wanted = {**SHARED, "processes": 1, "steps": 3, "gradient_accumulation_steps": 2, "use_gpu": "false", "threads": 1}
    sets = [word for name, value in wanted.items() for word in ("--set", f"{name}={value}")]
    given = [str(scenarios), "--workspace", str(tmp_path / "ws"), "--base", str(tiny_base), *sets]
    _launched([sys.executable, *launcher, *given], root)
    (run,) = (tmp_path / "ws" / "runs").iterdir()
    report = Run(run).report()
    assert report is not None and (report["processes"], report["steps"]) == (2, 3)

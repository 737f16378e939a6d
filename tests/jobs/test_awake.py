"""The computer stays awake while a job runs, and not a moment longer, however the job's process ends."""

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from studio.jobs.awake import awake
from tests.jobs.test_process import gone

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="each system has its own means")

HOLDS = "import sys, time; from studio.jobs.awake import awake\nwith awake('x'):\n    print('held', flush=True)\n"


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The boundary is systemd: its program, which writes down what it is asked and runs the command as the real one."""
    told = tmp_path / "asked"
    path = tmp_path / "systemd-inhibit"
    path.write_text(f'#!/bin/sh\necho "$$ $@" >> {told}\nwhile [ "${{1#--}}" != "$1" ]; do shift; done\nexec "$@"\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return told


def ended(count: int) -> bool:
    """Whether no more than so many are left, at once or soon."""
    for _try in range(500):
        if len(inhibitors()) <= count:
            return True
        time.sleep(0.01)
    return False


def inhibitors() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if child.name() in ("cat", "sh", "systemd-inhibit")]


def test_it_is_asked_for_once_and_given_back_with_the_last_job(asked: Path) -> None:
    before = len(inhibitors())
    with awake("training of tavern"):
        with awake("conversion"):
            pass
        assert len(inhibitors()) == before + 1
    assert ended(before)
    (line,) = asked.read_text(encoding="utf-8").splitlines()
    assert "--what=idle:sleep" in line and "--why=training of tavern" in line


@pytest.mark.parametrize("killed", [True, False])
def test_a_killed_job_does_not_keep_the_computer_awake(asked: Path, killed: bool) -> None:
    command = [sys.executable, "-c", f"{HOLDS}    sys.stdin.readline()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as job:
        assert job.stdin is not None and job.stdout is not None and job.stdout.readline() == "held\n"
        while not asked.is_file() or not asked.read_text(encoding="utf-8").endswith("\n"):
            time.sleep(0.01)
        if killed:
            job.kill()
        else:
            job.stdin.write("\n")
            job.stdin.flush()
    assert gone(int(asked.read_text(encoding="utf-8").split()[0]))


def test_where_no_means_is_at_hand_the_job_runs_all_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with awake("training"):
        assert os.getpid()
    broken = tmp_path / "systemd-inhibit"
    broken.write_text("no program", encoding="utf-8")
    broken.chmod(0o755)
    with awake("training"):
        assert os.getpid()

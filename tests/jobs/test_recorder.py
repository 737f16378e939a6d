"""What the machine does is kept from a thread of its own, whatever the disk does."""

import itertools
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.jobs.recorder import Recorder
from studio.jobs.runs import Run


def until(true: Callable[[Path], bool], run: Path) -> None:
    for _try in range(1000):
        if true(run):
            return
        time.sleep(0.01)
    raise AssertionError("it never came to be")


def test_moments_are_kept_until_it_is_stopped(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, 0.01)
    recorder.start()
    until(lambda run: len(Run(run).samples()) >= 3, tmp_path)
    recorder.stop()
    recorder.join(10)
    kept = Run(tmp_path).samples()
    assert len(kept) >= 3 and all(after.at >= before.at for before, after in itertools.pairwise(kept))


def test_a_disk_that_takes_nothing_ends_the_recording_and_not_the_job(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "run").write_text("", encoding="utf-8")
    recorder = Recorder(tmp_path / "run", 0.01)
    recorder.start()
    recorder.join(10)
    assert "not recorded any more" in caplog.text

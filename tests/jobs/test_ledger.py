"""One ledger for all processes of ours: who holds memory is seen, who is gone is not."""

import os
import subprocess
import sys

import psutil
import pytest

from studio.jobs.ledger import HeldElsewhere, Holder, Ledger, unload

HOG = "import sys, time; held = bytearray(96 << 20); print('held', flush=True); time.sleep(60)"


@pytest.fixture
def hog():
    """A process that holds 96 MB."""
    with subprocess.Popen([sys.executable, "-c", HOG], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        yield process
        process.kill()


def test_what_a_process_holds_is_seen_by_another_reader(tmp_path, hog):
    Ledger(tmp_path).enter(hog.pid, "Smol", promised=1 << 30)
    (found,) = Ledger(tmp_path).holders(others=False)
    assert (found.pid, found.what, found.ours) == (hog.pid, "Smol", True)
    assert 96 << 20 <= found.bytes < 400 << 20
    assert found.due == (1 << 30) - found.bytes
    assert Ledger(tmp_path).due() == found.due and Ledger(tmp_path).due(besides=hog.pid) == 0


def test_a_process_that_is_gone_is_struck_out(tmp_path, hog):
    ledger = Ledger(tmp_path)
    ledger.enter(hog.pid, "Smol")
    hog.kill()
    hog.wait()
    assert ledger.holders(others=False) == () and not list(tmp_path.iterdir())
    ledger.enter(hog.pid, "Smol")
    assert not list(tmp_path.iterdir())


def test_another_process_of_the_same_pid_is_not_the_one_that_was_entered(tmp_path, monkeypatch):
    ledger = Ledger(tmp_path)
    ledger.enter(os.getpid(), "Smol")
    (tmp_path / "1.json").write_text("half", encoding="utf-8")
    assert [one.pid for one in ledger.holders(others=False)] == [os.getpid()]
    began = psutil.Process().create_time()
    monkeypatch.setattr(psutil.Process, "create_time", lambda _process: began + 3600)
    assert ledger.holders(others=False) == ()


def test_the_twin_that_looks_at_pids_alone_takes_a_stranger_for_ours(tmp_path, monkeypatch):
    ledger = Ledger(tmp_path)
    ledger.enter(os.getpid(), "Smol")
    began = psutil.Process().create_time()
    monkeypatch.setattr(psutil.Process, "create_time", lambda _process: began + 3600)
    monkeypatch.setattr("studio.jobs.ledger.lives", lambda pid, _started: psutil.pid_exists(pid))
    assert len(ledger.holders(others=False)) == 1


async def test_what_this_process_holds_can_be_unloaded_and_the_rest_is_told(tmp_path, hog):
    async def let_go():
        ledger.leave(hog.pid)

    ledger = Ledger(tmp_path)
    ledger.enter(hog.pid, "Smol")
    with pytest.raises(HeldElsewhere, match=f"Smol .process {hog.pid}. holds the memory"):
        await unload(ledger.holders(others=False)[0])
    ledger.may_unload(hog.pid, let_go)
    (found,) = ledger.holders(others=False)
    assert found.advice == "Unload Smol to have its memory."
    await unload(found)
    assert ledger.holders(others=False) == ()


def test_large_programs_of_others_are_told_and_what_ours_started_is_not_another(tmp_path, hog, monkeypatch):
    monkeypatch.setattr("studio.jobs.ledger.LEAST", 90 << 20)
    monkeypatch.setattr("studio.jobs.ledger._MOST_OTHERS", 1000)
    assert hog.pid not in {one.pid for one in Ledger(tmp_path).holders()}  # a child of this very process
    monkeypatch.setattr("studio.jobs.ledger._children", lambda _pid: [])
    other = next(one for one in Ledger(tmp_path).holders() if one.pid == hog.pid)
    assert not other.ours and other.unload is None and isinstance(other, Holder)

"""The state file is whole at every moment, and the lock falls with its holder."""

import errno
import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from studio.setup.lock import Lock
from studio.setup.state import DONE, RUNNING, WAITING, Ledger, PartState, SetupState, read, write

PARTS = (PartState("one", "One", left=10.0), PartState("two", "Two", left=5.0))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    state = SetupState(PARTS, 42)
    write(tmp_path / "state.json", state)
    assert read(tmp_path / "state.json") == state


def test_a_damaged_or_foreign_file_counts_as_nothing(tmp_path: Path) -> None:
    for text in ("", "{", "[]", "null", '{"format": 99, "parts": []}', '{"format": 1, "parts": [{"nonsense": 1}]}'):
        (tmp_path / "state.json").write_text(text, encoding="utf-8")
        assert read(tmp_path / "state.json") == SetupState()
    assert read(tmp_path / "absent.json") == SetupState()


def test_a_change_of_status_is_saved_at_once_and_the_time_left_adds_up(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "state.json", PARTS)
    ledger.change("one", status=RUNNING, left=7.5)
    state = read(tmp_path / "state.json")
    assert [part.status for part in state.parts] == [RUNNING, WAITING]
    assert state.left == 12.5
    assert state.pid is not None
    ledger.change("one", status=DONE, left=0.0)
    ledger.close()
    assert read(tmp_path / "state.json").pid is None


def test_a_reader_never_sees_half_a_state(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    write(path, SetupState(PARTS))
    stop = threading.Event()
    broken: list[str] = []

    def look() -> None:
        while not stop.is_set():
            text = path.read_text(encoding="utf-8")
            try:
                json.loads(text)
            except ValueError:
                broken.append(text)

    reader = threading.Thread(target=look)
    reader.start()
    for number in range(300):
        write(path, SetupState(PARTS * (1 + number % 5)))
    stop.set()
    reader.join()
    assert broken == []


HOLD = """
import sys
from pathlib import Path
import pytest

from studio.setup.lock import Lock
lock = Lock(Path(sys.argv[1]))
print("held" if lock.acquire() else "refused", flush=True)
sys.stdin.read()
"""


def test_the_lock_keeps_a_second_one_out_and_falls_when_its_holder_is_killed(tmp_path: Path, root: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path / "lock"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "held"
        assert not Lock(tmp_path / "lock").acquire()
    finally:
        holder.kill()
        holder.communicate()
    with Lock(tmp_path / "lock") as lock:
        assert lock.acquire()


def test_a_full_disk_ends_no_set_up_and_leaves_the_old_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.json"
    ledger = Ledger(path, PARTS)
    ledger.change("one", status=RUNNING)
    before = path.read_bytes()

    def full(half: Path, *_text: object, **_how: object) -> int:
        half.write_bytes(b'{"form')
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", full)
        with pytest.raises(OSError, match="No space"):
            write(path, SetupState(PARTS))
        assert ledger.change("one", status=DONE).status == DONE
        assert [file.name for file in tmp_path.iterdir()] == ["state.json"]
        assert path.read_bytes() == before
    ledger.close()
    assert read(path).parts[0].status == DONE

"""A process is killed (SIGKILL) while somebody types in it without a pause: at most the last second is lost."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from studio.workspace import Document, Recovery, Workspace

TYPIST = Path(__file__).with_name("typist.py")
LIMIT_SECONDS = 1.0
TYPING_SECONDS = 3.0
KEYS = 60


def typed_until_killed(workspace: Workspace, scenario: Path, rule: str, diary: Path) -> list[tuple[float, int]]:
    """When which key was typed, in the child's own clock."""
    wanted = [sys.executable, str(TYPIST), str(workspace.root), str(scenario), rule, str(diary)]
    child = subprocess.Popen(wanted, env={**os.environ, "PYTHONPATH": str(TYPIST.parents[3])})
    try:
        until = time.monotonic() + 120
        while len(lines := written(diary)) < KEYS or lines[-1][0] - lines[0][0] < TYPING_SECONDS:
            assert child.poll() is None and time.monotonic() < until, "the typist came to nothing"
            time.sleep(0.02)
    finally:
        child.send_signal(signal.SIGKILL)
        assert child.wait(30) == -signal.SIGKILL
    return written(diary)


def written(diary: Path) -> list[tuple[float, int]]:
    if not diary.exists():
        return []
    pairs = [line.split() for line in diary.read_text().split("\n")[:-1]]
    return [(float(when), int(number)) for when, number in pairs]


def lost_seconds(workspace: Workspace, scenario: Path, keys: list[tuple[float, int]]) -> float:
    """How old the oldest key was that is in no kept text, when the last one was typed."""
    document = Document.read(scenario)
    kept = Recovery(workspace.recovery).kept(document)
    held = len(kept) - len(document.text) if kept is not None else 0
    words = "the wolf waits at the ford " * 400
    assert kept is None or kept == words[:held] + document.text, "what is kept is what was typed"
    lost = [when for when, number in keys if number > held]
    return keys[-1][0] - lost[0] if lost else 0.0


@pytest.mark.parametrize(("rule", "holds"), [("age", True), ("pause", False)])
def test_at_most_a_second_of_typing_is_lost(tmp_path: Path, workspace: Workspace, rule: str, holds: bool) -> None:
    """With `pause` the defence is taken away, a debounce alone: it loses all that was typed."""
    scenario = workspace.scenarios / "combat" / "toll-bridge.md"
    before = scenario.read_bytes()
    keys = typed_until_killed(workspace, scenario, rule, tmp_path / "diary")
    lost = lost_seconds(workspace, scenario, keys)
    assert (lost <= LIMIT_SECONDS) is holds, f"{lost:.2f} s of typing lost of {keys[-1][0] - keys[0][0]:.2f} s"
    assert scenario.read_bytes() == before, "the file itself is only written when it is saved"

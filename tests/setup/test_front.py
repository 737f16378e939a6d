"""`launch.py` from the outside: what it says, what it starts, what it leaves alone."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from studio.setup import front, machine
from studio.setup.machine import Machine

BARE = ("launch.py", "pyproject.toml", "constraints.txt", "README.md")


@pytest.fixture
def checkout(tmp_path: Path, root: Path) -> Path:
    """A checkout with nothing set up."""
    target = tmp_path / "checkout"
    target.mkdir()
    for name in BARE:
        shutil.copy2(root / name, target / name)
    shutil.copytree(root / "studio", target / "studio", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(root / "resources" / "setup", target / "resources" / "setup")
    return target


def launch(checkout: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return subprocess.run(
        [sys.executable, "launch.py", *words], cwd=checkout, env={**kept, **environment}, capture_output=True, text=True
    )


def nowhere() -> dict[str, str]:
    """pip settings that reach no index."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": f"http://127.0.0.1:{port}/simple",
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_FIND_LINKS": "",
        "PIP_RETRIES": "0",
        "PIP_NO_CACHE_DIR": "1",
    }


def test_no_network_during_set_up(checkout: Path) -> None:
    ended = launch(checkout, "demo", **nowhere())
    assert ended.returncode == 4
    assert "Check the connection" in ended.stdout
    assert "What was finished is kept" in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr
    assert not (checkout / "models").exists()
    assert not (checkout / ".lorewright-setup" / "tmp").exists()


def test_no_display_is_said_and_the_demo_is_what_starts(checkout: Path) -> None:
    ended = launch(checkout, **nowhere())
    assert "no display" in ended.stdout
    assert "demo" in ended.stdout


def test_what_cannot_work_is_said_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], checkout: Path
) -> None:
    musl = Machine("Linux", "x86_64", (3, 12), libc=("musl", (1, 2)))
    monkeypatch.setattr(machine, "read", lambda: musl)
    monkeypatch.setattr(front.Places, "here", lambda: front.Places(checkout, checkout / "cache"))
    assert front.main(["demo"]) == 4
    told = capsys.readouterr().out
    assert "musl" in told
    assert "Nothing was changed" in told
    assert not (checkout / ".venv").exists()


def test_the_doctor_waits_for_nothing(checkout: Path) -> None:
    ended = launch(checkout, "doctor")
    assert "Trains: " in ended.stdout
    assert not (checkout / ".venv").exists()


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_killed_at_several_points_a_fresh_checkout_still_gets_there(checkout: Path) -> None:
    """The real thing, with the real packages; minutes long. Killed with its children and without them, by turns."""
    for seconds, with_children in ((3, True), (12, False), (30, True), (50, False)):
        started = subprocess.Popen(
            [sys.executable, "launch.py", "--version"], cwd=checkout, stdout=subprocess.DEVNULL, start_new_session=True
        )
        try:
            started.wait(seconds)
        except subprocess.TimeoutExpired:
            if with_children:
                os.killpg(started.pid, 9)
            started.kill()
            started.wait()
    ended = launch(checkout, "--version")
    assert ended.returncode == 0, ended.stdout
    assert "Everything is there" in ended.stdout
    again = launch(checkout, "--version")
    assert again.stdout.strip().startswith("lorewright")

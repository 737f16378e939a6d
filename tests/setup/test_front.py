"""`launch.py` from the outside: what it says, what it starts, what it leaves alone."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from studio.cli import COMMANDS
from studio.setup import checks, fingerprints, front, machine
from studio.setup.installation import names
from studio.setup.lock import Lock
from studio.setup.machine import Machine
from studio.setup.places import Places
from studio.setup.state import DONE, PartState, SetupState, write

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


def test_a_folder_without_the_right_to_write_is_told_and_left_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], checkout: Path
) -> None:
    monkeypatch.setattr(front.Places, "here", lambda: front.Places(checkout, checkout / "cache"))
    monkeypatch.setattr(front.os, "access", lambda *_: False)  # root may write anywhere, so it is told what others are
    assert front.main(["check", "my.md"]) == 4
    assert "cannot be written to" in capsys.readouterr().out
    assert not (checkout / ".lorewright-setup").exists()


def test_the_doctor_waits_for_nothing(checkout: Path) -> None:
    ended = launch(checkout, "doctor")
    assert "Trains: " in ended.stdout
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize("word", ["--version", "--help", "chekc"])
def test_what_needs_no_part_is_answered_at_once(checkout: Path, word: str) -> None:
    ended = launch(checkout, word, **nowhere())
    assert "lorewright" in ended.stdout + ended.stderr
    assert ended.returncode == (2 if word == "chekc" else 0)
    assert not (checkout / ".venv").exists()


def test_every_word_says_what_it_needs() -> None:
    assert set(front.NEEDS) == {*COMMANDS, "test"}


ECHO = '#!/bin/sh\necho "ran: $*"\n'


@pytest.fixture
def ready(checkout: Path) -> Path:
    """A checkout on which set-up has finished; its interpreter only says what it is asked to run."""
    places = Places(checkout, checkout / "cache")
    places.python.parent.mkdir(parents=True)
    places.python.write_text(ECHO, encoding="utf-8")
    places.python.chmod(0o755)
    places.command.touch()
    places.converter.mkdir(parents=True)
    (places.converter / "VERSION").touch()
    with (places.models / "SmolLM2-135M-Instruct.Q4_1.gguf").open("wb") as stream:
        stream.truncate(98362432)
    marks = fingerprints.of(places, machine.read())
    write(places.state, SetupState(tuple(PartState(name, name, DONE, fingerprint=marks[name]) for name in marks)))
    return checkout


@pytest.mark.parametrize(
    ("words", "ran"),
    [
        (["play", "--seed", "3"], "-P -m studio play --seed 3"),
        (["check", "my.md"], "-P -m studio check my.md"),
        (["check", "--explain", "S001"], "-P -m studio check --explain S001"),
        (["test", "-k", "dice"], f"-m pytest {' '.join(checks.SHARED)} -m not slow -k dice"),
        (["test", "-m", "slow"], f"-m pytest {' '.join(checks.SHARED)} -m slow"),
        ([], "-P -m studio demo"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="the interpreter is a shell script")
def test_a_second_start_does_no_work_and_passes_the_words_on(ready: Path, words: list[str], ran: str) -> None:
    before = (ready / ".lorewright-setup" / "state.json").read_bytes()
    ended = launch(ready, *words, **nowhere())
    assert ended.stdout.splitlines()[-1] == f"ran: {ran}"
    assert "Set-up" not in ended.stdout
    assert ("no display" in ended.stdout) is (not words)
    assert (ready / ".lorewright-setup" / "state.json").read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="the interpreter is a shell script")
@pytest.mark.parametrize(("word", "light"), [("check", True), ("parse", True), ("runs", True), ("play", False)])
def test_a_light_word_runs_with_the_parts_of_the_window_alone(ready: Path, word: str, light: bool) -> None:
    places = Places(ready, ready / "cache")
    marks = fingerprints.of(places, machine.read())
    there = names(first=True)
    write(places.state, SetupState(tuple(PartState(name, name, DONE, fingerprint=marks[name]) for name in there)))
    ended = launch(ready, word, "it", **nowhere())
    assert (ended.stdout == f"ran: -P -m studio {word} it\n") is light


@pytest.mark.skipif(os.name == "nt", reason="the interpreter is a shell script")
def test_with_a_display_it_is_the_window_that_opens(ready: Path) -> None:
    assert launch(ready, QT_QPA_PLATFORM="offscreen").stdout.strip() == "ran: -P -m studio"


@pytest.mark.skipif(os.name == "nt", reason="the interpreter is a shell script")
def test_check_runs_every_step_and_fails_with_any(ready: Path) -> None:
    ended = launch(ready, "check")
    assert ended.returncode == 0
    assert ended.stdout.count(": ok") == len(checks.STEPS)
    python = Places(ready, ready).python
    python.write_text(ECHO + 'case "$*" in *mypy*) exit 1;; esac\n', encoding="utf-8")
    ended = launch(ready, "check")
    assert ended.returncode == 1
    assert "== types: FAILED" in ended.stdout
    assert ended.stdout.count(": ok") == len(checks.STEPS) - 1


@pytest.mark.skipif(os.name == "nt", reason="the interpreter is a shell script")
def test_a_set_up_at_work_is_waited_for(ready: Path) -> None:
    """While another holds the lock nothing is begun; when it lets go, everything is looked at anew."""
    (ready / "models" / "converter" / "VERSION").unlink()
    lock = Lock(ready / ".lorewright-setup" / "lock")
    assert lock.acquire()
    kept = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    waiting = subprocess.Popen(
        [sys.executable, "launch.py", "play"], cwd=ready, env=kept, stdout=subprocess.PIPE, text=True
    )
    assert waiting.stdout is not None
    told = [waiting.stdout.readline() for _ in range(2)]
    assert "at work" in told[-1]
    (ready / "models" / "converter" / "VERSION").touch()
    lock.release()
    assert waiting.communicate(timeout=60)[0].strip().endswith("ran: -P -m studio play")


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_killed_at_several_points_a_fresh_checkout_still_gets_there(checkout: Path) -> None:
    """The real thing, with the real packages; minutes long. Killed with its children and without them, by turns."""
    words = ("evaluate", "--help")
    told = checkout / "told.txt"  # with warm caches the last of these may get to the end before it is killed
    for seconds, with_children in ((3, True), (12, False), (30, True), (50, False)):
        with told.open("a", encoding="utf-8") as stream:
            started = subprocess.Popen(
                [sys.executable, "launch.py", *words], cwd=checkout, stdout=stream, start_new_session=True
            )
        try:
            started.wait(seconds)
        except subprocess.TimeoutExpired:
            if with_children:
                os.killpg(started.pid, 9)
            started.kill()
            started.wait()
    ended = launch(checkout, *words)
    assert ended.returncode == 0, ended.stdout
    assert "Everything is there" in told.read_text(encoding="utf-8") + ended.stdout
    again = launch(checkout, *words)
    assert again.stdout.strip().startswith("usage: lorewright evaluate")

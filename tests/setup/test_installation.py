"""Parts in order, side by side, once each; interrupted anywhere, the next run goes on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from studio.setup import leftovers
from studio.setup.failures import SetupFailed
from studio.setup.installation import Installation, look, names, undone
from studio.setup.machine import Machine
from studio.setup.places import Places
from studio.setup.state import DONE, FAILED, read
from studio.setup.work import Work

MACHINE = Machine("Linux", "x86_64", (3, 11))


@pytest.fixture
def places(tmp_path: Path, root: Path) -> Places:
    """A checkout with what set-up reads of one, and the places that finished parts are looked for."""
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for name in ("pyproject.toml", "constraints.txt"):
        (checkout / name).write_bytes((root / name).read_bytes())
    found = Places(checkout, tmp_path / "cache")
    found.python.parent.mkdir(parents=True)
    found.python.touch()
    found.command.touch()
    return found


def noting(done: list[str], failing: Mapping[str, Exception] | None = None) -> dict[str, object]:
    """Doers that only note their name, and leave the files that a finished part is known by."""

    def doer(work: Work) -> Mapping[str, object]:
        done.append(work.name)
        error = (failing or {}).get(work.name)
        if error is not None:
            raise error
        if work.name == "starter":
            target = work.places.models / "SmolLM2-135M-Instruct.Q4_1.gguf"
            target.parent.mkdir(exist_ok=True)
            with target.open("wb") as stream:
                stream.truncate(98362432)
        if work.name == "converter":
            work.places.converter.mkdir(parents=True)
            (work.places.converter / "VERSION").touch()
        return {"seen": work.name}

    return dict.fromkeys(names(tests=True), doer)


def install(places: Places, doers: dict[str, object], wanted: list[str]) -> tuple[bool, list[str]]:
    said: list[str] = []
    return Installation(places, MACHINE, wanted, said.append, doers).run(), said  # type: ignore[arg-type] # toys


def test_everything_is_done_once_and_a_second_run_does_nothing(places: Places) -> None:
    done: list[str] = []
    wanted = names(tests=True)
    assert install(places, noting(done), wanted)[0]
    assert sorted(done) == sorted(wanted)
    assert done.index("environment") == 0
    assert done.index("starter") < done.index("play")
    assert done.index("torch") < done.index("training")
    assert undone(look(places, MACHINE), wanted) == []
    done.clear()
    assert install(places, noting(done), wanted)[0]
    assert done == []


def test_a_part_that_fails_stops_only_what_needs_it_and_is_tried_again(places: Places) -> None:
    done: list[str] = []
    good, said = install(places, noting(done, {"torch": SetupFailed("no index answered")}), names())
    assert not good
    assert "play" in done
    assert "training" not in done
    state = read(places.state)
    assert state.part("torch").message == "no index answered"  # type: ignore[union-attr] # just written
    assert state.part("training").status == FAILED  # type: ignore[union-attr] # just written
    assert any("no index answered" in sentence for sentence in said)
    done.clear()
    assert install(places, noting(done), names())[0]
    assert done == ["torch", "training"]


def test_our_own_mistake_is_a_failed_part_and_not_a_dead_lane(places: Places) -> None:
    done: list[str] = []
    assert not install(places, noting(done, {"starter": ZeroDivisionError("oops")}), names())[0]
    assert "converter" in done
    assert "oops" in read(places.state).part("starter").message  # type: ignore[union-attr] # just written


def test_the_test_tools_are_only_told_of_where_they_are_wanted(places: Places) -> None:
    install(places, noting([]), names())
    assert read(places.state).part("tests") is None
    install(places, noting([]), names(tests=True))
    assert read(places.state).part("tests") is not None


def test_a_new_constraint_or_a_lost_file_is_noticed(places: Places) -> None:
    install(places, noting([]), names())
    (places.converter / "VERSION").unlink()
    assert undone(look(places, MACHINE), names()) == ["converter"]
    with (places.root / "constraints.txt").open("a", encoding="utf-8") as stream:
        stream.write("another==1.0\n")
    assert undone(look(places, MACHINE), names()) == names()


def test_a_new_card_asks_for_another_build_and_for_nothing_else(places: Places) -> None:
    from dataclasses import replace

    from studio.setup.cards import Card

    install(places, noting([]), names())
    with_card = replace(MACHINE, cards=(Card("nvidia", "RTX", 0, (13, 0)),))
    assert undone(look(places, with_card), names()) == ["play", "torch"]


CHILD = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from studio.setup.installation import Installation, names
from studio.setup.lock import Lock
from studio.setup.machine import Machine
from studio.setup.places import Places

def doer(work):
    with (work.places.root / "notes").open("a") as notes:
        notes.write(f"begin {work.name}\\n")
    time.sleep(0.15)
    with (work.places.root / "notes").open("a") as notes:
        notes.write(f"end {work.name}\\n")
    return {}

places = Places(Path(sys.argv[1]), Path(sys.argv[2]))
wanted = ["environment", "window", "torch", "training"]
with Lock(places.folder / "lock") as lock:
    assert lock.acquire()
    machine = Machine("Linux", "x86_64", (3, 11))
    Installation(places, machine, wanted, print, dict.fromkeys(names(tests=True), doer)).run()
"""


@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.25, 0.4, 0.55])
def test_killed_anywhere_the_next_run_goes_on(places: Places, root: Path, seconds: float) -> None:
    command = [sys.executable, "-c", CHILD, places.root, places.cache, root]
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while not places.state.exists() and first.poll() is None:
        time.sleep(0.01)
    time.sleep(seconds)
    first.kill()
    first.wait()
    finished = [part.name for part in read(places.state).parts if part.status == DONE]
    assert subprocess.run(command, stdout=subprocess.DEVNULL).returncode == 0
    notes = (places.root / "notes").read_text(encoding="utf-8").splitlines()
    for name in ("environment", "window", "torch", "training"):
        assert notes.count(f"begin {name}") == (1 if name in finished else notes.count(f"begin {name}"))
        assert f"end {name}" in notes
    assert undone(look(places, MACHINE), ["environment", "window", "torch", "training"]) == []


@pytest.mark.skipif(os.name == "nt", reason="names a process by exec -a")
def test_what_an_interrupted_set_up_left_running_is_ended(tmp_path: Path) -> None:
    ours = tmp_path / "tmp"
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", ours / "pip.log"])
    foreign = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", tmp_path / "tmp-of-another"])
    try:
        assert leftovers.end(ours) == 1
        assert left.wait(10) == -signal.SIGKILL
        assert foreign.poll() is None
    finally:
        for child in (left, foreign):
            child.kill()
            child.wait()

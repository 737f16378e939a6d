"""What cannot work is said before the first download."""

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from studio.setup import machine, preflight
from studio.setup.cards import Card
from studio.setup.machine import Machine

GOOD = Machine("Linux", "x86_64", (3, 12), libc=("glibc", (2, 36)), release=(6, 1))
ROOM = 50_000_000_000


def test_a_good_machine_has_no_problem() -> None:
    assert preflight.problems(GOOD, ROOM) == []


def test_this_machine_has_no_problem_but_perhaps_disk() -> None:
    assert preflight.problems(machine.read(), ROOM) == []


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (replace(GOOD, python=(3, 10)), "Python 3.10"),
        (replace(GOOD, python=(3, 15)), "3.11 to 3.14"),
        (replace(GOOD, bits=32), "32-bit"),
        (replace(GOOD, libc=("musl", (1, 2))), "musl"),
        (replace(GOOD, libc=("glibc", (2, 31))), "2.34"),
        (replace(GOOD, architecture="riscv64"), "riscv64"),
        (Machine("Darwin", "x86_64", (3, 12), release=(15, 0)), "Darwin"),
        (Machine("Darwin", "arm64", (3, 12), release=(12, 7)), "14.0"),
        (Machine("Windows", "arm64", (3, 12), release=(11, 0)), "arm64"),
    ],
)
def test_what_cannot_work_is_named(bad: Machine, words: str) -> None:
    found = preflight.problems(bad, ROOM)
    assert len(found) == 1
    assert words in found[0]


def test_too_little_disk_is_told_in_gigabytes_and_counts_what_is_already_there() -> None:
    (sentence,) = preflight.problems(GOOD, 1 << 30)
    assert "4.2 GB" in sentence
    assert "1.0 GB" in sentence
    assert preflight.problems(GOOD, 1_000_000_000, present=4_000_000_000) == []


def test_a_card_needs_more_room() -> None:
    assert preflight.needed_disk(replace(GOOD, cards=(Card("nvidia", "RTX"),))) > preflight.needed_disk(GOOD)


def test_launch_reads_under_an_old_python(root: Path, tmp_path: Path) -> None:
    """The grammar of launch.py is old enough to say what is wrong; here by the oldest grammar that ast knows."""
    ast.parse((root / "launch.py").read_text(encoding="utf-8"), feature_version=(3, 5))
    pretend = "import runpy, sys; sys.version_info = (3, 9); runpy.run_path(sys.argv[1], run_name='__main__')"
    told = subprocess.run(
        [sys.executable, "-c", pretend, root / "launch.py"], capture_output=True, text=True, cwd=tmp_path
    )
    assert told.returncode == 4
    assert "3.11 to 3.14" in told.stdout


def test_a_folder_that_cannot_be_written_is_told() -> None:
    (sentence,) = preflight.problems(GOOD, ROOM, writable=False)
    assert "Copy it to a place of your own" in sentence

"""Laying out and renaming cost as much as the text is long, shown by counting the lines of ours that run."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import studio
from studio.errors import LorewrightError
from studio.scenario import Parsed, parse
from studio.scenario.formatter import format_edits
from studio.scenario.model import plain_name
from studio.scenario.renaming import names_in, rename_edits

PACKAGE = str(Path(studio.__file__).parent)
SYSTEM = "<SYSTEM>\n# World\n{}\n# Party\n## Ann\n- Enemy\n{}\n</SYSTEM>\n<User>a</User>"
SHAPES: dict[str, Callable[[int], str]] = {
    "turns": lambda n: SYSTEM.format("", "") + "<User> Ann goes. </User> <DM>Ann [roll: stealth for ann]</DM>" * n,
    "places": lambda n: SYSTEM.format("Grey Weir and Long Dam. Ann. " * n, ""),
    "sheets": lambda n: SYSTEM.format(
        "", "".join(f"## Ann {i}\n* HP:1 / 2\n\n* Inventory:a,b x 2\n" for i in range(n))
    ),
    "bad lines": lambda n: SYSTEM.format("", "* HP: x\n* Skills: y\n" * n),
    "blank lines": lambda n: SYSTEM.format("\n" * n, "\n" * n + "- Level 3" + " \n" * n) + "\n" * n,
    "comments": lambda n: SYSTEM.format("", "") + "<!-- Ann --> " * n,
    "brackets": lambda n: SYSTEM.format("", "") + "<DM>" + "[" * n * 10 + "Ann " * n + "</DM>",
    "one line": lambda n: SYSTEM.format("", "") + "<DM>" + "Ann' a [damage: Ann 3] " * n + "</DM>",
    "front matter": lambda n: "---\n" + "".join(f"k{i}:   Ann\n" for i in range(n)) + "---\n" + SYSTEM.format("", ""),
}


def renamed(parsed: Parsed) -> None:
    names_in(parsed)
    for old in ("Ann", "Grey Weir", "Nobody"):
        try:
            rename_edits(parsed, old, "Bo")
        except LorewrightError:
            pass


def counted(run: Callable[[Parsed], object], text: str) -> int:
    parsed = parse(text)
    ran = 0

    def local(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal ran
        ran += event == "line"
        return local

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        return local if frame.f_code.co_filename.startswith(PACKAGE) else None

    plain_name.cache_clear()
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run(parsed)
    finally:
        sys.settrace(before)
    return ran


@pytest.mark.parametrize("run", [format_edits, renamed])
@pytest.mark.parametrize("shape", SHAPES)
def test_twice_the_text_costs_at_most_about_twice_as_much(shape: str, run: Callable[[Parsed], object]) -> None:
    make = SHAPES[shape]
    counted(run, make(5))
    small, large = counted(run, make(60)), counted(run, make(120))
    assert large <= small * 2.3

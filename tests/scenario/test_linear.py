"""The cost of parsing and checking grows with the text and not faster, shown by counting and not by a clock.

Counted are the lines of our code that run and the characters that slices and searches of the text pass over;
the patterns have bounded repeats only, so each of their attempts costs at most a constant.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest

import studio
from studio.lint import check
from studio.lint import habits as lint_habits
from studio.lint import rolls as lint_rolls
from studio.lint import sheets as lint_sheets
from studio.lint import telling as lint_telling
from studio.lint import tools as lint_tools
from studio.lint import writing as lint_writing
from studio.scenario import blocks, calls, parse, results
from studio.scenario.model import plain_name

PACKAGE = str(Path(studio.__file__).parent)
SYSTEM = "<SYSTEM>\n# Role\nx\n# Party\n{}\n</SYSTEM>\n<User>a</User>"
SHAPES: dict[str, Callable[[int], str]] = {
    "turns": lambda n: "<User>I go.</User>\n\n<DM>So be it. [roll: stealth]</DM>\n\n<TOOLCALL>x</TOOLCALL>\n" * n,
    "opening brackets": lambda n: "<DM>" + "[" * n * 20 + "</DM>",
    "calls": lambda n: "<DM>" + "[roll: stealth] " * n + "</DM>" + "<TOOLCALL>stealth: 1 = *1*</TOOLCALL>" * n,
    "angle brackets": lambda n: "<" * n * 20,
    "unclosed": lambda n: "<User>" * n,
    "nested": lambda n: "<DM>a<User>b</User>c</DM>" * n,
    "stray": lambda n: "</User>" * n,
    "unknown tags": lambda n: "<User>" + "<b>x</b>" * n + "</User>",
    "comments without end": lambda n: "<!-- x\n" * n,
    "comment ends": lambda n: "<!-- x " * n + "-->" * n,
    "blank": lambda n: " \n" * n * 10 + "<User>" + " " * n * 10,
    "blank before tags": lambda n: (" " * 40 + "<a>") * n,
    "characters": lambda n: SYSTEM.format("## A\n- Enemy\n- Level 3\n- Health: 1/2\n" * n),
    "items": lambda n: SYSTEM.format("## A\n- Inventory: " + "rope x2, " * n),
    "skills": lambda n: SYSTEM.format("## A\n- Skills: " + "".join(f"Stealth{i} +2, " for i in range(n))),
    "keys": lambda n: SYSTEM.format("## A\n" + "".join(f"- Key{i}: x\n" for i in range(n))),
    "list in list": lambda n: SYSTEM.format("- " * n + "x"),
    "breaks": lambda n: SYSTEM.format("- " * n),
    "paragraph": lambda n: SYSTEM.format("- a\n" + "b\n" * n),
    "front keys": lambda n: "---\n" + "".join(f"k{i}: 1\n" for i in range(min(n, 900))) + "---\n" + "x" * n,
    "doubled words": lambda n: "<DM>" + "the the " * n + "</DM>",
    "quotations": lambda n: "<DM>" + '"Go," you say. "\n' * n + "</DM>",
    "gaps": lambda n: "<DM>" + "a   b ,\n\n\n\n{x} !! **" * n + "</DM>",
    "silences": lambda n: SYSTEM.format("") + "<!-- lorewright: ignore S022 -->\n<User></User>\n" * n,
    "story": lambda n: SYSTEM.format("## A\n- Player\n- Health: 9/9\n- Skills: Stealth +1")
    + "".join(
        "<DM>Go.\n[roll: stealth]</DM><TOOLCALL>stealth: 2 + 1(skill) = *3*</TOOLCALL>"
        f"<DM>*FAILED* 8/9 health.\n[give: A rope {i}]\n[damage: A 1]</DM><User>I use stealth.</User>" for i in range(n)
    ),
    "sheets and calls": lambda n: SYSTEM.format("".join(f"## Name {i}\n- Level 1\n" for i in range(n)))
    + "<DM>" + "[damage: Name 3 4]" * n + "</DM>",
}  # fmt: skip


class Counted(str):
    """A text that counts the characters that slicing and searching pass over."""

    cost = 0

    def __getitem__(self, key: Any) -> str:
        found = super().__getitem__(key)
        Counted.cost += len(found)
        return found

    def find(self, sub: str, start: Any = 0, end: Any = None) -> int:
        found = super().find(sub, start, end)
        Counted.cost += (len(self) if found < 0 else found) - (start or 0)
        return found


def counted(text: str) -> int:
    """The lines of the studio that run while a text is read and checked, and the characters passed over."""
    ran = 0

    def local(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal ran
        ran += event == "line"
        return local

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        return local if frame.f_code.co_filename.startswith(PACKAGE) else None

    plain_name.cache_clear()
    Counted.cost = 0
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        check(parse(Counted(text)))
    finally:
        sys.settrace(before)
    return ran + Counted.cost


@pytest.mark.parametrize("shape", SHAPES)
def test_twice_the_text_costs_at_most_about_twice_as_much(shape: str) -> None:
    make = SHAPES[shape]
    counted(make(10))
    small, large = counted(make(150)), counted(make(300))
    assert large <= small * 2.3


def test_the_count_sees_a_square() -> None:
    """The twin: a loop that copies the rest of the text at each step is caught by the same count."""

    def square(text: str) -> int:
        Counted.cost = 0
        whole = Counted(text)
        for place in range(len(whole)):
            whole[place:]
        return Counted.cost

    assert square("x" * 300) > square("x" * 150) * 3.5


@pytest.mark.parametrize(
    "module", [blocks, calls, results, lint_tools, lint_rolls, lint_sheets, lint_telling, lint_writing, lint_habits]
)
def test_patterns_over_the_text_have_bounded_repeats_only(module: ModuleType) -> None:
    """An attempt at any place then costs at most a constant, so a whole search is linear."""
    patterns = {name: value.pattern for name, value in vars(module).items() if isinstance(value, re.Pattern)}
    assert patterns
    for name, pattern in patterns.items():
        bare = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]])*\]", "c", pattern)
        assert not re.search(r"[*+]|,\}", bare), name

"""The cost of the audit grows with the text and no faster, whatever the text.

The patterns' repeats are bounded, so an attempt at any place costs a constant at most; and the lines of our code that
run for twice a hostile text are about twice as many, shown by counting and not by a clock.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import studio
from studio.chat.messages import ASSISTANT, SYSTEM, USER
from studio.dataset.audit import damage, leaks, lengths, narrator, private, tone
from studio.dataset.audit.canon import numbers
from studio.dataset.audit.forms import LISTED, forms
from studio.dataset.audit.limits import Limits
from studio.dataset.audit.sight import Sight, Talk
from studio.dataset.audit.sketches import sketches
from studio.dataset.audit.variety import settle_text
from studio.dataset.audit.wordlists import patterns
from studio.dataset.description import AuditSettings
from studio.dataset.rows import Kind

OURS = str(Path(studio.__file__).parent)
HOSTILE: dict[str, Callable[[int], str]] = {
    "one letter": lambda n: "a" * n,
    "digits": lambda n: "1" * n,
    "digits and spaces": lambda n: "1 " * (n // 2),
    "brackets of numbers": lambda n: "(1(" * (n // 3),
    "at signs": lambda n: "a@" * (n // 2),
    "dots": lambda n: "a." * (n // 2) + "@",
    "mail that never ends": lambda n: "a" + "@a.a" * (n // 4),
    "quotes": lambda n: '"you say ' * (n // 9),
    "open quotes": lambda n: "“" * n,
    "open brackets": lambda n: "[" * n,
    "brackets": lambda n: "[a" * (n // 2),
    "angle brackets": lambda n: "<|" * (n // 2),
    "tags": lambda n: "<User" * (n // 5),
    "ampersands": lambda n: "&a" * (n // 2),
    "foreign": lambda n: "Ã©" * (n // 2),
    "lines": lambda n: "User\n" * (n // 5),
    "spaces": lambda n: " " * n,
    "passwords": lambda n: "password is " * (n // 12),
    "key": lambda n: "aB3" * (n // 3),
    "keys": lambda n: "sk-" * (n // 3),
    "you": lambda n: "you say you say " * (n // 16),
    "laughter": lambda n: "haha" * (n // 4),
    "backticks": lambda n: "`a" * (n // 2),
    "slashes": lambda n: "u/" * (n // 2),
    "streets": lambda n: "1 Elm Elm Elm " * (n // 14),
    "apostrophes": lambda n: "a'" * (n // 2),
    "regrets": lambda n: "sorry i " * (n // 8),
    "you and a colon": lambda n: "you lean in to it " * (n // 18) + ': "so"',
    "grey": lambda n: "grey, " * (n // 6),
}


def work(text: str) -> None:
    """All that the audit does with a row."""
    messages = ((SYSTEM, "You are the narrator.", False), (USER, "I go.", False), (ASSISTANT, text, True))
    seen = Sight(Talk(Kind.PAIR, messages))
    Limits.of(AuditSettings()).reasons(seen)
    sketches([seen], 5)
    list(numbers(text))
    settle_text(text, "american", ("Grey Hill",))


def ran(what: Callable[[], object]) -> int:
    """How many lines of the studio run."""
    lines = 0

    def local(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal lines
        lines += event == "line"
        return local

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        return local if frame.f_code.co_filename.startswith(OURS) else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        what()
    finally:
        sys.settrace(before)
    return lines


@pytest.mark.parametrize("shape", HOSTILE)
def test_twice_the_text_runs_at_most_about_twice_the_lines(shape: str) -> None:
    make = HOSTILE[shape]
    work(make(100))
    small, large = ran(lambda: work(make(2_000))), ran(lambda: work(make(4_000)))
    assert large <= small * 2.3


def test_the_count_sees_a_square() -> None:
    """The twin: what runs once for each pair of letters is caught by the same count."""

    def square(text: str) -> None:
        for _letter in text:
            list(numbers(text))

    assert ran(lambda: square("1 " * 100)) > ran(lambda: square("1 " * 50)) * 3.5


@pytest.mark.parametrize("family", ["contact", "secret", "template"])
def test_listed_patterns_have_bounded_repeats_only(family: str) -> None:
    for pattern in patterns(family):
        bare = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]])*\]", "c", pattern.regex.pattern)
        assert not re.search(r"[*+]|,\}", bare), pattern.what


@pytest.mark.parametrize(("name", "part"), LISTED)
def test_forms_have_bounded_repeats_only(name: str, part: str) -> None:
    for form in forms(name, part).every:
        bare = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]])*\]", "c", form.regex.pattern)
        assert not re.search(r"[*+]|,\}", bare), form.regex.pattern


@pytest.mark.parametrize("module", [damage, leaks, lengths, narrator, private, tone])
def test_patterns_in_the_code_have_bounded_repeats_only(module: object) -> None:
    for name, value in vars(module).items():
        if isinstance(value, re.Pattern):
            source = value.pattern if isinstance(value.pattern, str) else value.pattern.decode("latin-1")
            bare = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]])*\]", "c", source)
            assert not re.search(r"[*+]|,\}", bare), name

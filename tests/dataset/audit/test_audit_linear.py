"""The cost of the audit grows with the text and no faster, whatever the text.

The patterns' repeats are bounded, so an attempt at any place costs a constant at most; and eight times a hostile text
takes about eight times the processor's time, never the sixty-four times of a square (measured in one run, far apart).
"""

import re
import time
from collections.abc import Callable

import pytest

from studio.chat.messages import ASSISTANT, SYSTEM, USER
from studio.dataset.audit import damage, leaks, lengths, narrator, private, tone
from studio.dataset.audit.canon import numbers
from studio.dataset.audit.limits import Limits
from studio.dataset.audit.sight import Sight, Talk
from studio.dataset.audit.sketches import sketches
from studio.dataset.audit.variety import settle_text
from studio.dataset.audit.wordlists import patterns
from studio.dataset.description import AuditSettings
from studio.dataset.rows import Kind

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


def taken(text: str) -> float:
    best = float("inf")
    for _time in range(3):
        begin = time.process_time()
        work(text)
        best = min(best, time.process_time() - begin)
    return best


@pytest.mark.parametrize("shape", HOSTILE)
def test_eight_times_the_text_is_far_from_a_squares_cost(shape: str) -> None:
    work("Ready.")
    small, large = taken(HOSTILE[shape](4_000)), taken(HOSTILE[shape](32_000))
    assert large < 24 * small + 0.02


def test_the_measure_sees_a_square() -> None:
    """The twin: a pattern that tries again from each letter is far over the line."""
    slow = re.compile(r"a+b")

    def least(text: str) -> float:
        begin = time.process_time()
        slow.search(text)
        return time.process_time() - begin

    assert least("a" * 16_000) > 24 * min(least("a" * 2_000) for _time in range(3))


@pytest.mark.parametrize("family", ["contact", "secret", "template"])
def test_listed_patterns_have_bounded_repeats_only(family: str) -> None:
    for pattern in patterns(family):
        bare = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]])*\]", "c", pattern.regex.pattern)
        assert not re.search(r"[*+]|,\}", bare), pattern.what


@pytest.mark.parametrize("module", [damage, leaks, lengths, narrator, private, tone])
def test_patterns_in_the_code_have_bounded_repeats_only(module: object) -> None:
    for name, value in vars(module).items():
        if isinstance(value, re.Pattern):
            source = value.pattern if isinstance(value.pattern, str) else value.pattern.decode("latin-1")
            bare = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]])*\]", "c", source)
            assert not re.search(r"[*+]|,\}", bare), name

import itertools
from collections.abc import Sequence
from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.lint import Edit
from studio.workspace import differences
from studio.workspace.differences import Kind, change, count, edits, stretches, words

BUDGET = 2_000_000
TEXTS = st.text(alphabet=st.sampled_from("ab \n\U0001f3b2"), max_size=60)


def made(text: str, changes: tuple[Edit, ...]) -> str:
    for edit in reversed(changes):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


@given(TEXTS, TEXTS)
def test_the_edits_make_the_new_text_and_do_not_overlap(old: str, new: str) -> None:
    changes = edits(old, new)
    assert made(old, changes) == new
    ends = [0, *(edit.span.end for edit in changes)]
    assert all(end <= edit.span.start for end, edit in zip(ends, changes, strict=False))
    start, removed, inserted = change(old, new)
    assert old[:start] + inserted + old[start + removed :] == new


@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_stretches_cover_both_sides_in_order_and_the_same_is_the_same(old: list[str], new: list[str]) -> None:
    parts = stretches(old, new)
    assert [line for part in parts for line in old[slice(*part.old)]] == old
    assert [line for part in parts for line in new[slice(*part.new)]] == new
    for part in parts:
        assert (part.kind is Kind.SAME) == (old[slice(*part.old)] == new[slice(*part.new)])
    assert all(one.kind is not other.kind for one, other in itertools.pairwise(parts))


def test_a_moved_word_is_found_among_many_lines() -> None:
    old = [f"line {number}" for number in range(5000)]
    new = [*old[:10], "fresh", *old[10:4000], *old[4003:]]
    kinds = [part for part in stretches(old, new) if part.kind is not Kind.SAME]
    assert [(part.kind, part.old, part.new) for part in kinds] == [
        (Kind.NEW, (10, 10), (10, 11)),
        (Kind.GONE, (4000, 4003), (4001, 4001)),
    ]
    assert count("\n".join(old), "\n".join(new)) == (1, 3)


def test_the_words_that_differ_are_named() -> None:
    old, new = "The door is shut.", "The old door is open."
    gone, come = words(old, new)
    assert [old[a:b] for a, b in gone] == ["shut"]
    assert [new[a:b].strip() for a, b in come] == ["old", "open"]


class _TooMuch(Exception):
    """More was given to difflib than its budget."""


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pairs of items difflib was given each time, which is what its time grows with; stops past the budget."""
    told: list[int] = []

    class Counted(SequenceMatcher[str]):
        def __init__(self, isjunk: None, a: Sequence[str], b: Sequence[str], autojunk: bool) -> None:
            told.append(len(a) * len(b))
            if sum(told) > BUDGET:
                raise _TooMuch
            super().__init__(isjunk, a, b, autojunk)

    monkeypatch.setattr(differences, "SequenceMatcher", Counted)
    return told


LARGE = [["a", "b"] * 30_000, [str(n % 700) for n in range(60_000)]]
LINES = ("a b " * 50_000, "b c " * 50_000 + "d")


def changed(lines: list[str]) -> list[str]:
    return [line + "!" if number % 3 == 0 else line for number, line in enumerate(reversed(lines))]


@pytest.mark.parametrize("lines", [*LARGE, ["x" * 1_000_000]])
def test_large_texts_that_difflib_alone_would_take_minutes_for_are_answered(
    lines: list[str], handed: list[int]
) -> None:
    other = changed(lines)
    parts = stretches(lines, other)
    assert sum(part.old[1] - part.old[0] for part in parts) == len(lines)
    assert sum(part.new[1] - part.new[0] for part in parts) == len(other)
    words(lines[0], other[0])
    assert words(*LINES) == (((0, 200_000),), ((0, 200_001),))
    assert sum(handed) <= BUDGET


@pytest.mark.parametrize("lines", LARGE)
def test_without_the_budget_difflib_gets_more(
    lines: list[str], handed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: the same texts without the limits are past what is counted above."""
    for limit in ("_MOST_AT_ONCE", "_MOST_IN_ALL", "_MOST_WORDS"):
        monkeypatch.setattr(differences, limit, 10**12)
    with pytest.raises(_TooMuch):
        stretches(lines, changed(lines))
    handed.clear()
    with pytest.raises(_TooMuch):
        words(*LINES)

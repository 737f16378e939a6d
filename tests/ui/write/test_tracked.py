"""Stretches that move with edits are where a plain list of them would be."""

from hypothesis import given
from hypothesis import strategies as st

from studio.ui.write.tracked import Tracked

Stretches = list[tuple[int, int, int]]
PLACES = st.integers(0, 60)
STRETCHES = st.lists(st.tuples(PLACES, st.integers(0, 12)), max_size=12).map(
    lambda pairs: [(start, start + length, number) for number, (start, length) in enumerate(pairs)]
)
EDITS = st.lists(st.tuples(PLACES, st.integers(0, 20), st.integers(0, 9)), max_size=12)


def moved(one: tuple[int, int, int], at: int, removed: int, added: int) -> tuple[int, int, int]:
    start, end, item = one
    stop, by = at + removed, added - removed
    first = start if start < at else start + by if start >= stop else at + added
    last = end if end <= at else end + by if end >= stop else at
    return first, max(first, last), item


@given(STRETCHES, EDITS, st.sets(st.integers(0, 11)), STRETCHES)
def test_edits_move_as_each_stretch_alone_would(
    stretches: Stretches, edits: list[tuple[int, int, int]], gone: set[int], more: Stretches
) -> None:
    tracked, plain = Tracked(stretches), list(stretches)
    for number, (at, removed, added) in enumerate(edits):
        tracked.shift(at, removed, added)
        plain = [moved(one, at, removed, added) for one in plain]
        if number == 3:
            tracked.discard(lambda item: item in gone)
            tracked.add(more)
            plain = [one for one in plain if one[2] not in gone] + more
        assert sorted(tracked) == sorted(plain)
    for first in range(0, 80, 7):
        wanted = [one for one in plain if one[0] <= first + 5 and one[1] >= first]
        assert sorted(tracked.between(first, first + 5)) == sorted(wanted)


def test_what_is_typed_at_an_edge_is_not_taken_in() -> None:
    tracked = Tracked([(4, 7, "word")])
    tracked.shift(4, 0, 1)
    tracked.shift(8, 0, 1)
    assert list(tracked) == [(5, 8, "word")]
    tracked.shift(6, 0, 2)
    assert list(tracked) == [(5, 10, "word")]

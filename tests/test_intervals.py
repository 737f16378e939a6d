"""Counts and their intervals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.intervals import Share


def test_wilson_interval_of_a_known_count() -> None:
    low, high = Share(8, 10).interval or (0, 0)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)  # R: binom.confint(8, 10, methods="wilson")


def test_nothing_has_no_share() -> None:
    assert Share(0, 0).as_json() == {"count": 0, "of": 0, "share": None, "interval": None}


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_share_lies_in_its_interval(counts: tuple[int, int]) -> None:
    share = Share(*counts)
    low, high = share.interval or (1, 0)
    assert 0 <= low <= (share.share or 0) + 1e-12
    assert (share.share or 0) - 1e-12 <= high <= 1


@pytest.mark.parametrize("count", [0, 20])
def test_the_ends_are_kept_off_certainty(count: int) -> None:
    low, high = Share(count, 20).interval or (0, 0)
    assert high - low > 0.1

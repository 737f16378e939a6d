"""Intervals and tests, held against values worked out by hand or by counting every possibility."""

import itertools
import math

import pytest

from studio.evaluation.significance import clustered, difference, estimate, mcnemar


@pytest.mark.parametrize(
    ("one", "other", "p"),
    [
        (0, 0, 1.0),
        (5, 5, 1.0),
        (1, 0, 1.0),
        (0, 5, 2 / 2**5),
        (6, 0, 2 / 2**6),
        (1, 9, 2 * (1 + 10) / 2**10),  # 0.0215, the textbook's
        (8, 2, 2 * (1 + 10 + 45) / 2**10),
    ],
)
def test_mcnemar_is_the_two_sided_binomial(one: int, other: int, p: float) -> None:
    assert mcnemar(one, other) == pytest.approx(min(1.0, p))
    assert mcnemar(one, other) == mcnemar(other, one)


def test_mcnemar_of_many_pairs_stays_a_number() -> None:
    assert mcnemar(5000, 5000) == 1.0
    assert 0 <= mcnemar(0, 5000) < 1e-300


def test_a_ratio_is_of_sums_not_a_mean_of_ratios() -> None:
    found = estimate({"a": (1, 1), "b": (0, 9)})
    assert (found.value, found.of) == (0.1, 10)


def test_nothing_counted_has_no_value() -> None:
    assert estimate({}).value is None
    assert estimate({"a": (0, 0)}).value is None


def _percentiles(clusters: dict[str, tuple[float, float]]) -> tuple[float, float]:
    """The bounds when every possible draw is made once."""
    halves = list(clusters.values())
    drawn = sorted(
        sum(half[0] for half in draw) / sum(half[1] for half in draw)
        for draw in itertools.product(halves, repeat=len(halves))
    )
    return drawn[math.floor(0.025 * len(drawn))], drawn[math.ceil(0.975 * len(drawn)) - 1]


def test_the_interval_is_that_of_all_possible_draws() -> None:
    clusters = {"a": (1.0, 4.0), "b": (3.0, 4.0), "c": (2.0, 5.0), "d": (6.0, 6.0), "e": (1.0, 3.0), "f": (2.0, 2.0)}
    low, high = _percentiles(clusters)
    found = estimate(clusters, draws=20000)
    assert found.low == pytest.approx(low, abs=0.02)
    assert found.high == pytest.approx(high, abs=0.02)


def test_clusters_make_the_interval_wider_than_single_cases_do() -> None:
    cases = [(f"s{n // 10}", (float(n < 30), 1.0)) for n in range(60)]  # three scenarios all right, three all wrong
    together = estimate(clustered(cases))
    apart = estimate(clustered([(str(n), parts) for n, (_name, parts) in enumerate(cases)]))
    assert together.low is not None and apart.low is not None
    assert together.low < apart.low < 0.5


def test_two_clusters_that_agree_prove_little() -> None:
    found = estimate({"a": (3, 10), "b": (3, 10)})
    assert found.low is not None and found.high is not None
    assert found.low == pytest.approx(0.1455, abs=1e-4) and found.high == pytest.approx(0.5190, abs=1e-4)  # Wilson's
    many = estimate({str(n): (3, 10) for n in range(6)})
    assert many.low == pytest.approx(0.1990, abs=1e-4) and many.high == pytest.approx(0.4251, abs=1e-4)  # of 18 in 60


def test_where_all_is_right_the_interval_still_says_how_few_there_were() -> None:
    found = estimate({"a": (4, 4), "b": (6, 6)})
    assert found.high == 1.0
    assert found.low == pytest.approx(0.7225, abs=1e-4)  # Wilson's for 10 of 10


def test_clusters_that_are_all_alike_do_not_make_a_share_certain() -> None:
    found = estimate({str(n): (1.0, 2.0) for n in range(12)})
    assert found.value == 0.5
    assert found.low is not None and found.high is not None
    assert (round(found.low, 2), round(found.high, 2)) == (0.31, 0.69)


def test_a_number_that_was_measured_once_has_no_interval() -> None:
    once = estimate({"a": (51.0, 1.0)}, shares=False)
    assert (once.value, once.low, once.high) == (51.0, None, None)
    twice = estimate({"a": (51.0, 1.0), "b": (49.0, 1.0)}, shares=False)
    assert (twice.value, twice.low, twice.high) == (50.0, 49.0, 51.0)


def test_the_same_seed_gives_the_same_interval_and_another_does_not() -> None:
    clusters = {str(n): (float(n % 3), 3.0) for n in range(12)}
    assert estimate(clusters, seed=1) == estimate(clusters, seed=1)
    assert estimate(clusters, seed=1) != estimate(clusters, seed=2)


def test_a_difference_is_paired() -> None:
    """Scenarios differ much more among each other than the two do on any: only pairs can see that one is better."""
    one = {str(n): (float(n) + 1, 12.0) for n in range(10)}
    other = {str(n): (float(n), 12.0) for n in range(10)}
    found = difference(one, other)
    assert found is not None
    assert found.value == pytest.approx(1 / 12)
    assert found.sure and found.p < 0.01
    first, second = estimate(one), estimate(other)
    assert first.low is not None and second.high is not None
    assert first.low < second.high  # unpaired, the intervals overlap


def test_no_difference_is_not_sure_and_p_is_one() -> None:
    same = {str(n): (float(n % 2), 1.0) for n in range(8)}
    found = difference(same, same)
    assert found is not None
    assert (found.value, found.low, found.high, found.p, found.sure) == (0.0, 0.0, 0.0, 1.0, False)


@pytest.mark.parametrize(("clusters", "sure"), [(2, False), (5, False), (6, True)])
def test_of_few_scenarios_no_difference_is_sure(clusters: int, sure: bool) -> None:
    one = {str(n): (9, 10) for n in range(clusters)}
    other = {str(n): (1, 10) for n in range(clusters)}
    found = difference(one, other)
    assert found is not None
    assert found.low > 0, "the draws alone would say that it is"
    assert found.p >= 2 / 2**clusters and found.sure is sure


def test_only_clusters_that_both_have_are_compared() -> None:
    assert difference({"a": (1, 1)}, {"b": (1, 1)}) is None
    found = difference({"a": (1, 1), "b": (0, 1)}, {"a": (1, 1), "c": (0, 1)})
    assert found is not None and found.value == 0

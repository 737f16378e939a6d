"""How many steps fit, which rate each has, and that every example is seen once an epoch."""

import dataclasses
from collections import Counter
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.training import NoTimeToTrain
from studio.training.planning import RESERVE, Timing, batches, learning_rate, passes, plan

TIMING = Timing(spent=30, token=0.002, pause=5, ending=3)


def test_time_bounds_the_steps() -> None:
    found = plan([1000] * 50, batch=2, epochs=100, minutes=7, timing=TIMING, pause_every=20)
    assert found.steps == int((420 * (1 - RESERVE) - 30 - 5 - 3) / (4 + 5 / 20))
    assert 30 + found.seconds <= 420
    assert found.epochs == pytest.approx(found.steps / 25)


def test_the_first_look_at_each_example_takes_its_own_time() -> None:
    slow = dataclasses.replace(TIMING, first=0.001)
    found = plan([1000] * 50, batch=2, epochs=100, minutes=7, timing=slow, pause_every=20)
    assert found.steps == int((420 * (1 - RESERVE) - 30 - 5 - 3 - 50) / (4 + 5 / 20))  # each once
    within = plan([1000] * 500, batch=2, epochs=100, minutes=7, timing=slow, pause_every=20)
    assert within.steps == int((420 * (1 - RESERVE) - 30 - 5 - 3) / (4 + 2 + 5 / 20))


def test_checkpoints_take_their_part_of_the_time() -> None:
    kept = dataclasses.replace(TIMING, kept=0.5)
    found = plan([1000] * 50, batch=2, epochs=100, minutes=7, timing=kept, pause_every=20)
    assert found.steps == int((420 * (1 - RESERVE) - 30 - 5 - 3) / (4 + 0.5 + 5 / 20))


def test_epochs_bound_the_steps() -> None:
    assert plan([1000] * 50, batch=2, epochs=1.5, minutes=700, timing=TIMING, pause_every=20).steps == 38
    assert plan([1000] * 50, batch=2, epochs=3, minutes=None, timing=TIMING, pause_every=20).steps == 75


def test_too_little_time_is_an_error_that_says_how_much_is_needed() -> None:
    with pytest.raises(NoTimeToTrain, match=r"0\.8 minutes"):
        plan([1000], batch=2, epochs=1, minutes=0.5, timing=TIMING, pause_every=20)


def test_the_time_said_to_be_needed_is_more_than_the_time_refused() -> None:
    with pytest.raises(NoTimeToTrain) as refused:
        plan([1000], batch=2, epochs=1, minutes=0.75, timing=TIMING, pause_every=20)
    assert float(str(refused.value.fields["needed"])) > 0.75


@given(
    lengths=st.lists(st.integers(1, 4000), min_size=1, max_size=40),
    batch=st.integers(1, 16),
    minutes=st.floats(0.1, 100),
    token=st.floats(1e-5, 0.1),
    first=st.floats(0, 0.1),
)
def test_a_plan_never_passes_the_time_allowed(
    lengths: list[int], batch: int, minutes: float, token: float, first: float
) -> None:
    timing = Timing(spent=10, token=token, pause=2, ending=1, first=first)
    try:
        found = plan(lengths, batch=batch, epochs=50, minutes=minutes, timing=timing, pause_every=20)
    except NoTimeToTrain:
        return
    assert timing.spent + found.seconds <= 60 * minutes + timing.pause


def test_the_rate_climbs_and_falls() -> None:
    rates = [learning_rate(step, 100, 1e-3, 0.1) for step in range(100)]
    assert rates[0] == pytest.approx(1e-4)
    assert max(rates) == pytest.approx(1e-3)
    assert rates.index(max(rates)) in (9, 10)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] < 5e-5
    assert learning_rate(0, 1, 1e-3, 0.0) == pytest.approx(1e-3)


@given(count=st.integers(1, 30), size=st.integers(1, 7), seed=st.integers(0, 5))
def test_each_epoch_sees_every_example_once(count: int, size: int, seed: int) -> None:
    epochs = size  # so many epochs fill whole batches
    seen = [index for batch in islice(batches(count, size, seed), count) for index in batch]
    for epoch in range(epochs):
        assert Counter(seen[epoch * count : (epoch + 1) * count]) == Counter(range(count))
    assert list(islice(batches(count, size, seed), 9)) == list(islice(batches(count, size, seed), 9))


def test_examples_are_seen_by_their_weight() -> None:
    weights = (4.0, 1.0, 1.0, 2.0, 0.5, 3.5)
    seen = Counter(index for batch in islice(batches(6, 3, 7, weights), 400) for index in batch)
    for index, weight in enumerate(weights):
        assert seen[index] / 1200 == pytest.approx(weight / sum(weights), abs=0.01)
    assert list(islice(batches(6, 3, 7, weights), 9)) == list(islice(batches(6, 3, 7, weights), 9))
    assert list(islice(batches(6, 3, 7, (2.0,) * 6), 9)) == list(islice(batches(6, 3, 7), 9))


def test_passes_are_the_mean_of_how_often_the_examples_of_a_source_were_seen() -> None:
    assert passes(("a", "b", "a"), (3, 1, 2)) == {"a": 2.5, "b": 1.0}

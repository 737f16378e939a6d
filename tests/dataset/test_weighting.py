"""Weights: positive, mean 1, authority before balance, and draws that follow them."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.chat.messages import Message
from studio.dataset.description import SourceSettings
from studio.dataset.rows import Kind, Place, Row
from studio.dataset.weighting import MOST, balances, draws, weights

SOURCES = tuple(
    SourceSettings.model_validate({"name": name, "file": "x.jsonl", "weight": weight})
    for name, weight in (("gold", 5), ("silver", 1))
)


def row(text: str, source: str = "gold", **facts: tuple[str, ...]) -> Row:
    made = Row(Kind.PAIR, source, Place("x"), (Message("assistant", text, trained=True),), text)
    return replace(made, facts=facts)


@st.composite
def data_sets(draw: st.DrawFn) -> list[Row]:
    skills = st.lists(st.sampled_from(["stealth", "arcana", "nature"]), max_size=4).map(tuple)
    count = draw(st.integers(1, 30))
    return [row(f"text {n}", draw(st.sampled_from(["gold", "silver"])), skill=draw(skills)) for n in range(count)]


@given(data_sets())
@settings(max_examples=100, deadline=None)
def test_weights_are_positive_and_normalised(rows: list[Row]) -> None:
    found = weights(rows, SOURCES)
    assert all(weight > 0 for weight in found.by_key.values())
    assert sum(found.by_key.values()) == pytest.approx(len(rows))
    assert sum(found.shares.values()) == pytest.approx(1)
    assert all(1 / MOST <= one <= MOST for one in balances(rows))
    assert weights(list(reversed(rows)), SOURCES).by_key == pytest.approx(found.by_key)


def test_gold_is_drawn_five_times_as_often() -> None:
    found = weights([*(row(f"a{n}") for n in range(10)), *(row(f"b{n}", "silver") for n in range(90))], SOURCES)
    assert found.passes["gold"] == pytest.approx(5 * found.passes["silver"])
    assert found.shares["gold"] == pytest.approx(50 / 140)


def test_what_is_rare_weighs_more_but_not_without_bound() -> None:
    common = [row(f"c{n}", skill=("stealth",)) for n in range(400)]
    rare = row("r", skill=("arcana",))
    found = balances([*common, rare, row("prose")])
    assert found[-2] == MOST
    assert 1 / MOST <= found[0] < 1
    assert found[-1] == 1
    assert balances([*common, rare], temper=0) == [1.0] * 401


@given(st.lists(st.floats(0.01, 5), min_size=1, max_size=40), st.integers(0, 20), st.integers(1, 80))
@settings(max_examples=100, deadline=None)
def test_a_row_is_drawn_as_often_as_its_weight_says(wanted: list[float], seed: int, length: int) -> None:
    drawn = draws(wanted, seed, length)
    assert len(drawn) == length
    assert drawn == draws(wanted, seed, length)
    counted = Counter(drawn)
    for place, weight in enumerate(wanted):
        assert abs(counted[place] - weight * length / sum(wanted)) < 1 + 1e-6


def test_nothing_gives_nothing() -> None:
    assert weights([], SOURCES).by_key == {}
    assert draws([], 0) == []

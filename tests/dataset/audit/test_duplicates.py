"""Duplicates: found whatever the order, verified, bounded, and the better one kept."""

import random

import numpy as np
import pytest

from studio.chat.messages import ASSISTANT, USER
from studio.dataset.audit.duplicates import Likeness, Twin
from studio.dataset.audit.sight import Sight, Talk
from studio.dataset.audit.sketches import MOST, PERMUTATIONS, rows_in_band, share, sketches
from studio.dataset.rows import Kind

WORDS = [f"{a}{b}" for a in ("stone", "salt", "bell", "reed", "heron", "lamp", "frost", "wick") for b in "abcdefgh"]
LIMIT = 0.75


def talk(prompt: str, answer: str) -> Talk:
    return Talk(Kind.PAIR, ((USER, prompt, False), (ASSISTANT, answer, True)))


def text(seed: int, length: int = 60) -> list[str]:
    chance = random.Random(seed)
    return [chance.choice(WORDS) for _word in range(length)]


def changed(words: list[str], count: int) -> list[str]:
    return [
        f"x{at}" if at % (len(words) // count) == 1 and at // (len(words) // count) < count else word
        for at, word in enumerate(words)
    ]


def grouped(talks: dict[str, Talk], order: list[str], limit: float | None = LIMIT) -> set[frozenset[str]]:
    with Likeness(limit) as likeness:
        for sketch in sketches([Sight(talks[key]) for key in order], rows_in_band(LIMIT)):
            likeness.add(sketch)
        return {frozenset(order[row] for row in group) for group in likeness.groups(order, lambda: None)}


def test_groups_are_the_same_in_any_order() -> None:
    talks = {}
    for number in range(60):
        words = text(number)
        talks[f"a{number}"] = talk("What?", " ".join(words))
        if number % 3 == 0:
            talks[f"b{number}"] = talk("What!", " ".join(words).upper() + ".")
        if number % 5 == 0:
            talks[f"c{number}"] = talk("What?", " ".join(changed(words, 3)))
        if number % 7 == 0:
            talks[f"d{number}"] = talk("What?", " ".join(changed(words, 20)))
    expected = grouped(talks, list(talks))
    assert frozenset({"a0", "b0", "c0"}) in expected
    assert frozenset({"a3", "b3"}) in expected
    assert not any("d7" in group for group in expected)
    for seed in range(3):
        order = list(talks)
        random.Random(seed).shuffle(order)
        assert grouped(talks, order) == expected


def test_the_same_answer_to_another_long_question_is_no_twin() -> None:
    one, other = " ".join(text(1)), " ".join(text(2))
    assert grouped({"a": talk(one, "Use fire."), "b": talk(other, "Use fire.")}, ["a", "b"]) == set()
    assert grouped({"a": talk(one, other), "b": talk(one, "Use fire on the left knee.")}, ["a", "b"]) == set()


def test_without_a_limit_only_equal_rows_are_grouped() -> None:
    words = text(1)
    talks = {
        "a": talk("What?", " ".join(words)),
        "b": talk("what", " ".join(words)),
        "c": talk("What?", " ".join(changed(words, 2))),
    }
    assert grouped(talks, list(talks), None) == {frozenset({"a", "b"})}


def test_a_row_stays_unless_one_that_stays_is_near_to_it() -> None:
    """A chain: each is near to the next and the last is not near to the first."""
    words = text(1, 80)
    chain = [words, changed(words, 5), changed(changed(words, 5)[::1], 10)]
    with Likeness(LIMIT) as likeness:
        for sketch in sketches([Sight(talk("", " ".join(one))) for one in chain], rows_in_band(LIMIT)):
            likeness.add(sketch)
        kept = list(likeness.twins([0, 1, 2], lambda row: (row,)))
        for twin in kept:
            assert likeness.share(twin.row, twin.kept) == pytest.approx(twin.share)
            assert twin.share >= LIMIT
        assert likeness.share(0, 2) is None or len(kept) == 2
        assert Twin(1, 0, kept[0].share, exact=False) in kept


def test_a_band_of_thousands_that_are_all_alike_is_soon_done() -> None:
    base = text(3, 50)
    talks = {f"{number:05}": talk("What?", " ".join([*base, f"end{number}"])) for number in range(1500)}
    assert grouped(talks, list(talks)) == {frozenset(talks)}


def test_shares_of_short_rows_are_exact_and_of_long_ones_near() -> None:
    chance = np.random.default_rng(1)
    pool = np.unique(chance.integers(0, 2**32, 40_000, dtype=np.uint32))
    small, other = pool[:600], pool[200:800]
    assert share(small, other) == 400 / 800
    chance.shuffle(pool)
    long, longer = np.sort(pool[:20_000])[:MOST], np.sort(pool[4_000:24_000])[:MOST]
    assert share(long, longer) == pytest.approx(16_000 / 24_000, abs=0.03)
    empty = np.empty(0, np.uint32)
    assert (share(empty, empty), share(empty, small)) == (1.0, 0.0)


@pytest.mark.parametrize("limit", [0.3, 0.5, 0.75, 0.9, 1.0])
def test_bands_miss_hardly_any(limit: float) -> None:
    rows = rows_in_band(limit)
    assert 1 - (1 - limit**rows) ** (PERMUTATIONS // rows) >= 0.995 or rows == 1


def test_likeness_is_the_same_on_every_machine() -> None:
    sketch = next(iter(sketches([Sight(talk("What now?", "The bell rings twice."))], 5)))
    assert sketch.exact == 1197089458215946041
    assert int(sketch.bands[0]) == 6654596651577798688
    assert sketch.learnt.tolist() == [850233529, 1471377334, 2535629172, 3475745145, 3914831624]

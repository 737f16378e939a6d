"""How far verdicts agree: a table, kappa against a known value, what only one caught, samples, scores."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.dataset.audit.agreement import agreement, kappa_of, sample_of
from studio.dataset.verdicts import By, Decision, Reason, Verdict

KEEP, FLAG, BIN = Decision.KEEP, Decision.FLAG, Decision.BIN


def verdicts(by: By, decisions: dict[str, Decision]) -> dict[str, Verdict]:
    return {key: Verdict(key, by, said, (Reason("r", "because", said),)) for key, said in decisions.items()}


def rows(count: int, said: tuple[Decision, Decision], start: int) -> dict[str, tuple[Decision, Decision]]:
    return {f"r{start + n:04}": said for n in range(count)}


def both(*counted: tuple[int, Decision, Decision]) -> tuple[dict[str, Verdict], dict[str, Verdict]]:
    """Heuristics and judge with so many rows of each pair."""
    cells: dict[str, tuple[Decision, Decision]] = {}
    for count, one, other in counted:
        cells |= rows(count, (one, other), len(cells))
    heuristics = verdicts(By.HEURISTICS, {key: cell[0] for key, cell in cells.items()})
    return heuristics, verdicts(By.JUDGE, {key: cell[1] for key, cell in cells.items()})


def test_kappa_of_a_known_table() -> None:
    """Cohen's own way of counting: 20 and 15 of 50 alike, 5 and 10 not: 0.4."""
    kappa = kappa_of({(BIN, BIN): 20, (BIN, KEEP): 5, (KEEP, BIN): 10, (KEEP, KEEP): 15})
    assert kappa.value == pytest.approx(0.4)
    low, high = kappa.interval or (1, 0)
    assert 0.1 < low < 0.2 < 0.6 < high < 0.7  # asymptotically 0.15 to 0.65
    assert kappa.grade == "fair"


def test_kappa_where_both_say_one_thing_is_none_and_chance_is_nothing() -> None:
    assert kappa_of({(KEEP, KEEP): 30}).value is None
    assert kappa_of({}).value is None
    assert kappa_of({(BIN, KEEP): 10, (KEEP, KEEP): 30}).value == pytest.approx(0)
    assert kappa_of({(BIN, BIN): 1, (KEEP, KEEP): 1}).value == pytest.approx(1)


def test_the_table_and_what_only_one_caught() -> None:
    heuristics, judge = both((5, KEEP, KEEP), (2, BIN, KEEP), (3, KEEP, BIN), (1, BIN, BIN), (1, FLAG, KEEP))
    found = agreement(heuristics, judge, {})
    assert found.table[KEEP, BIN] == 3
    assert found.table[FLAG, KEEP] == 1
    assert (found.same.count, found.same.of) == (7, 12)
    assert found.only_heuristics == ("r0005", "r0006")
    assert found.only_judge == ("r0007", "r0008", "r0009")
    assert sum(found.table.values()) == found.rows == 12


def test_a_row_on_which_the_heuristics_found_nothing_counts_as_kept() -> None:
    _heuristics, judge = both((2, KEEP, BIN))
    assert agreement({}, judge, {}).table[KEEP, BIN] == 2


def test_the_sample_takes_of_each_way_to_differ_and_some_where_both_agree() -> None:
    heuristics, judge = both((500, KEEP, KEEP), (200, BIN, KEEP), (4, KEEP, BIN), (40, FLAG, BIN))
    found = agreement(heuristics, judge, {}, sample=20)
    cells = [(heuristics[key].decision, judge[key].decision) for key in found.sample]
    assert len(set(found.sample)) == 20
    assert cells.count((KEEP, KEEP)) == 5
    assert cells.count((KEEP, BIN)) == 4
    assert {cells.count((BIN, KEEP)), cells.count((FLAG, BIN))} == {5, 6}


def test_what_people_decided_is_not_asked_again_and_a_seed_draws_the_same() -> None:
    heuristics, judge = both((30, BIN, KEEP), (30, KEEP, KEEP))
    first = agreement(heuristics, judge, {}, sample=10)
    again = agreement(dict(reversed(heuristics.items())), dict(reversed(judge.items())), {}, sample=10)
    other = agreement(heuristics, judge, {}, sample=10, seed=1)
    assert first.sample == again.sample != other.sample
    people = verdicts(By.PERSON, dict.fromkeys(first.sample, KEEP))
    assert not set(agreement(heuristics, judge, people, sample=10).sample) & set(people)


@given(
    st.dictionaries(st.text("abc", min_size=1), st.tuples(*[st.sampled_from(list(Decision))] * 2)), st.integers(0, 12)
)
def test_a_sample_is_full_where_it_can_be(cells, size) -> None:
    drawn = sample_of(cells, size)
    assert len(drawn) == len(set(drawn)) == min(size, len(cells))
    assert set(drawn) <= set(cells)


def test_judge_and_heuristics_are_scored_against_people() -> None:
    heuristics, judge = both((6, BIN, BIN), (2, BIN, KEEP), (4, KEEP, KEEP))
    due = {key: BIN if key < "r0007" else KEEP for key in judge} | {"r0011": FLAG, "elsewhere": BIN}
    found = agreement(heuristics, judge, verdicts(By.PERSON, due))
    by_heuristics, by_judge = found.against_people
    assert (by_heuristics.right.count, by_heuristics.right.of) == (10, 11)
    assert (by_heuristics.precision.count, by_heuristics.precision.of) == (7, 8)
    assert (by_heuristics.recall.count, by_heuristics.recall.of) == (7, 7)
    assert (by_judge.precision.count, by_judge.precision.of) == (6, 6)
    assert (by_judge.recall.count, by_judge.recall.of) == (6, 7)
    low, high = by_judge.recall.interval or (1, 0)
    assert low < 6 / 7 < high
    assert found.undecided == 1

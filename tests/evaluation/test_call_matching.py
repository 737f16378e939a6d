"""What becomes of each call: right, misplaced, wrong in its arguments, missed, invented or malformed."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.evaluation.call_matching import judged
from studio.evaluation.multi_turn import Reply
from studio.evaluation.toolcalls import Calls

ROLL, OTHER = ("roll", ("stealth",)), ("roll", ("insight",))
HIT = ("damage", ("wren", "3"))


def _verdicts(expected: list[Calls], got: list[Calls], malformed: tuple[str, ...] = ()) -> list[tuple[int, str]]:
    replies = [Reply(step, "", calls, malformed, (), (), True) for step, calls in enumerate(got)]
    return [(one.turn, one.verdict) for one in judged(expected, replies)]


@pytest.mark.parametrize(
    ("expected", "got", "verdicts"),
    [
        ([(ROLL,)], [(ROLL,)], [(0, "right")]),
        ([(ROLL,)], [(OTHER,)], [(0, "arguments")]),
        ([(ROLL,)], [()], [(0, "missed")]),
        ([()], [(ROLL,)], [(0, "invented")]),
        ([(ROLL,)], [(HIT,)], [(0, "missed"), (0, "invented")]),
        ([(ROLL,), (HIT,)], [(ROLL, HIT), ()], [(0, "right"), (1, "misplaced")]),
        ([(ROLL, HIT)], [(HIT, ROLL)], [(0, "right"), (0, "misplaced")]),
        ([(ROLL,), ()], [(ROLL, ROLL), (ROLL,)], [(0, "right"), (0, "invented"), (1, "invented")]),
    ],
)
def test_each_call_gets_its_verdict(expected: list[Calls], got: list[Calls], verdicts: list[tuple[int, str]]) -> None:
    found = _verdicts(expected, got)
    assert Counter(found) == Counter(verdicts)


def test_a_malformed_call_is_told_by_its_text() -> None:
    found = judged([(HIT,)], [Reply(0, "", (), ("[damage: Wren]",), (), (), True)])
    assert [(one.verdict, one.text) for one in found] == [("missed", ""), ("malformed", "[damage: Wren]")]


def test_what_came_off_the_scenarios_way_is_held_against_nothing() -> None:
    astray = Reply(None, "", (OTHER,), (), (), (), True)
    assert [one.verdict for one in judged([(ROLL,)], [Reply(0, "", (ROLL,), (), (), (), True), astray])] == ["right"]


_CALLS = st.lists(st.sampled_from([ROLL, OTHER, HIT]), max_size=4).map(tuple)


@given(st.lists(st.tuples(_CALLS, _CALLS), max_size=4))
def test_every_call_is_counted_once(turns: list[tuple[Calls, Calls]]) -> None:
    replies = [Reply(step, "", got, (), (), (), True) for step, (_due, got) in enumerate(turns)]
    found = judged([due for due, _got in turns], replies)
    assert Counter(one.expected for one in found if one.expected) == Counter(c for due, _got in turns for c in due)
    assert Counter(one.got for one in found if one.got) == Counter(c for _due, got in turns for c in got)
    assert all(one.expected == one.got for one in found if one.verdict in ("right", "misplaced"))

"""A conversion's steps follow the worker's events."""

from studio.gguf.phases import PARTS
from studio.ui.convert.steps import Steps


def test_each_part_in_its_turn() -> None:
    steps = Steps()
    assert [step.status for step in steps.steps()] == ["waiting"] * (len(PARTS) - 1)  # one is not always done
    steps.take({"event": "begin"})
    steps.take({"event": "phase", "name": "merge"})
    steps.take({"event": "phase", "name": "quantise"})
    steps.take({"event": "progress", "part": "quantise", "fraction": 0.5})
    assert [step.status for step in steps.steps()] == ["done", "done", "running", "waiting"]
    assert steps.share == 2.5 / 4
    steps.take({"event": "done"})
    assert {step.status for step in steps.steps()} == {"done"} and steps.share == 1.0
    steps.take({"event": "begin"})
    assert steps.share is None


def test_the_importance_matrix_is_told_from_when_it_begins() -> None:
    steps = Steps()
    steps.take({"event": "phase", "name": "convert"})
    assert steps.share == 1 / 4
    steps.take({"event": "phase", "name": "importance"})
    assert [step.status for step in steps.steps()] == ["done", "done", "running", "waiting", "waiting"]


def test_a_part_that_is_not_known_is_shown_all_the_same() -> None:
    steps = Steps()
    steps.take({"event": "phase", "name": "publish"})
    assert steps.steps()[-1].title == "Publish"

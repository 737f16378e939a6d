"""What is said of a training comes from its journal alone."""

import json
from pathlib import Path

import pytest

from studio.jobs.runs import SILENCE, Run, RunState
from studio.ui.train.progress import answers, describe, row, run_title, smoothed

LINE = "I creep along the wall."
EVENTS = [
    {"at": 100.0, "event": "phase", "name": "base"},
    {"at": 101.0, "event": "phase", "name": "measure"},
    {"at": 103.0, "event": "sample", "step": 0, "replies": [{"line": LINE, "text": "The wall is a wall."}]},
    {"at": 104.0, "event": "validation", "step": 0, "loss": 3.2},
    {"at": 105.0, "event": "phase", "name": "train"},
    {
        "at": 108.0,
        "event": "step",
        "step": 1,
        "of": 40,
        "loss": 3.0,
        "tokens_per_second": 1412.4,
        "seconds_left": 117.0,
    },
    {
        "at": 111.0,
        "event": "step",
        "step": 2,
        "of": 40,
        "loss": 2.0,
        "tokens_per_second": 1409.9,
        "seconds_left": 114.0,
    },
    {"at": 112.0, "event": "sample", "step": 20, "replies": [{"line": LINE, "text": "Cold stone.\n\n[roll: stealth]"}]},
]


def state_of(*events: dict[str, object]) -> RunState:
    state = RunState()
    for event in events:
        state.apply(event)
    return state


def test_a_run_under_way_tells_figures_curves_and_answers() -> None:
    told = describe(state_of(*EVENTS), alive=True, now=113.0)
    figures = {figure.name: figure.value for figure in told.figures}
    assert told.running and told.share == 2 / 40 and "min left" in told.headline
    assert figures["Step"] == "2 / 40" and figures["Tokens a second"].replace("\u2009", "") == "1410"
    assert figures["Unseen turns"] == "3.20" and figures["Time"] == "13 s"
    assert told.train == ((1, 3.0), (2, 2.0)) and told.validation == ((0, 3.2),) and told.last_step == 40
    (answer,) = told.answers
    assert (answer.line, answer.untrained, answer.step) == (LINE, "The wall is a wall.", 20)
    assert answer.latest is not None and "[roll: stealth]" in answer.latest


def test_before_the_first_step_the_phase_is_told() -> None:
    told = describe(state_of(*EVENTS[:2]), alive=True, now=102.0)
    assert told.share is None and told.headline.endswith("…")


def test_only_the_untrained_answers_stand_until_there_are_newer_ones() -> None:
    (answer,) = answers(state_of(*EVENTS[:3]).samples)
    assert answer.untrained and answer.latest is None


@pytest.mark.parametrize(("later", "status"), [(5.0, "running"), (SILENCE + 1, "interrupted")])
def test_a_journal_that_just_ends_counts_as_broken_off_after_a_while(later: float, status: str) -> None:
    told = describe(state_of(*EVENTS), alive=False, now=111.0 + later)
    assert told.status == status
    assert (told.failure is not None) == (status == "interrupted")


def test_a_failure_is_told_in_its_own_words() -> None:
    failed = {"at": 120.0, "event": "failed", "code": "WorkerDied", "fields": {"worker": "train", "reason": "SIGKILL"}}
    told = describe(state_of(*EVENTS, failed), alive=False, now=121.0)
    assert told.status == "failed" and told.failure is not None and "SIGKILL" in told.failure


def test_the_smooth_curve_begins_where_the_loss_begins_and_stays_between() -> None:
    points = [(step, value) for step, value in enumerate([4.0, 2.0, 3.0, 1.0])]
    curve = smoothed(points)
    assert curve[0] == (0, 4.0)
    assert all(1.0 <= value <= 4.0 for _step, value in curve)
    assert smoothed([]) == ()


def test_a_folder_is_one_row_of_the_list(tmp_path: Path) -> None:
    folder = tmp_path / "2026-11-21-tavern-train"
    (folder / "adapter").mkdir(parents=True)
    done = {"at": 130.0, "event": "done"}
    (folder / "events.jsonl").write_text("\n".join(map(json.dumps, [*EVENTS, done])) + '\n{"torn', "utf-8")
    told = row(Run(folder), alive=False, now=1000.0)
    assert (told.name, told.day, told.status, told.steps, told.usable) == (
        "tavern",
        "21 Nov 2026",
        "done",
        "2 / 40",
        True,
    )


def test_titles_out_of_folder_names() -> None:
    assert run_title("2026-11-02-old-harbour-train-2") == ("2 Nov 2026", "old harbour 2")
    assert run_title("whatever") == ("", "whatever")

import datetime
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import NotSaved, NotText
from studio.jobs.runs import CONFIG, EVENTS, REPORT, Journal, NotARun, Run, new_run_folder, read_events, runs_in, slug

TODAY = datetime.date(2026, 11, 21)


def step(number: int, loss: float | None = 1.0) -> dict[str, object]:
    return {"event": "step", "step": number, "of": 9, "loss": loss}


@given(st.text())
def test_any_name_becomes_part_of_a_path(name):
    part = slug(name)
    assert 1 <= len(part) <= 60
    assert part == slug(part)
    assert set(part) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert part[0] != "-" != part[-1]


@pytest.mark.parametrize(
    ("name", "part"),
    [("Tavern Brawl!", "tavern-brawl"), ("Drachenhöhle", "drachenhohle"), ("龍", "run"), ("../../etc", "etc")],
)
def test_names_stay_readable(name, part):
    assert slug(name) == part


def test_each_run_gets_a_folder_of_its_own(tmp_path):
    made = [new_run_folder(tmp_path / "runs", "Tavern", "train", TODAY).name for _ in range(3)]
    assert made == ["2026-11-21-tavern-train", "2026-11-21-tavern-train-2", "2026-11-21-tavern-train-3"]


def test_no_folder_where_a_file_stands(tmp_path):
    (tmp_path / "runs").write_text("mine")
    with pytest.raises(NotSaved):
        new_run_folder(tmp_path / "runs", "Tavern", "train", TODAY)
    assert (tmp_path / "runs").read_text() == "mine"


@pytest.mark.parametrize("cut", [1, 5, 20, 31])
def test_a_torn_last_line_is_left_out_and_a_resumed_run_loses_nothing(tmp_path, cut):
    journal = Journal(tmp_path)
    journal.add(step(1))
    journal.add({"event": "sample", "text": "Der Wirt grüßt müde: ☂☂☂"})
    journal.close()
    whole = (tmp_path / EVENTS).read_bytes()
    (tmp_path / EVENTS).write_bytes(whole[:-cut])
    after = [event["event"] for event in read_events(tmp_path)]
    assert after == (["step", "sample"] if cut == 1 else ["step"])  # only the line's end was lost
    resumed = Journal(tmp_path)
    resumed.add(step(2))
    resumed.close()
    assert [event["event"] for event in read_events(tmp_path)] == [*after, "step"]


def test_a_line_torn_inside_a_character_would_make_the_file_unreadable_as_text(tmp_path):
    from studio.files import read_text

    (tmp_path / EVENTS).write_bytes(b'{"event": "phase", "name": "train"}\n{"event": "sample", "text": "\xe2\x98')
    with pytest.raises(NotText):
        read_text(tmp_path / EVENTS)
    assert Run(tmp_path).state().phase == "train"


@given(st.binary(max_size=300))
def test_any_journal_is_read(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("run")
    (folder / EVENTS).write_bytes(data)
    assert Run(folder).state().status in ("new", "running", "done", "failed", "cancelled")


def test_deeply_nested_lines_are_left_out(tmp_path):
    (tmp_path / EVENTS).write_text("[" * 200_000 + "\n" + json.dumps(step(3)) + "\n")
    assert Run(tmp_path).state().step == 3


def test_the_state_is_what_the_journal_says(tmp_path):
    journal = Journal(tmp_path)
    for event in (
        {"event": "phase", "name": "train"},
        step(1, 2.5),
        step(2, float("nan")),
        {"event": "validation", "step": 2, "loss": 2.0},
        {"event": "sample", "step": 2, "replies": []},
        {"event": "done"},
    ):
        journal.add(event)
    state = Run(tmp_path).state()
    assert (state.status, state.phase, state.step, state.of) == ("done", "train", 2, 9)
    assert state.losses == [(1, 2.5)]
    assert state.validation == [(2, 2.0)]
    assert len(state.samples) == 1
    assert state.started is not None
    assert state.ended is not None
    assert state.ended >= state.started


def test_a_run_taken_up_again_is_running_and_its_curve_goes_one_way(tmp_path):
    journal = Journal(tmp_path)
    for event in (step(1, 3.0), step(2, 2.9), step(3, 2.8), {"event": "failed", "code": "WorkerDied"}):
        journal.add(event)
    assert Run(tmp_path).state().failure is not None
    journal.add({"event": "phase", "name": "train"})
    journal.add(step(2, 2.7))
    state = Run(tmp_path).state()
    assert (state.status, state.failure, state.ended) == ("running", None, None)
    assert state.losses == [(1, 3.0), (2, 2.7)]


@pytest.mark.parametrize("config", [None, "[1, 2]", "a: [", "just words", "[" * 5000])
def test_a_run_without_a_usable_configuration_is_named(tmp_path, config):
    if config is not None:
        (tmp_path / CONFIG).write_text(config)
    with pytest.raises(NotARun, match="config"):
        Run(tmp_path).config()


def test_configuration_and_report_are_read(tmp_path):
    (tmp_path / CONFIG).write_text("rank: 16\n")
    assert Run(tmp_path).config() == {"rank": 16}
    assert Run(tmp_path).report() is None
    (tmp_path / REPORT).write_text('{"steps": 40')
    assert Run(tmp_path).report() is None
    (tmp_path / REPORT).write_text('{"steps": 40}')
    assert Run(tmp_path).report() == {"steps": 40}


def test_runs_are_the_folders_that_hold_one(tmp_path):
    assert runs_in(tmp_path / "runs") == []
    run = new_run_folder(tmp_path, "Tavern", "train", TODAY)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "empty").mkdir()
    assert runs_in(tmp_path) == []
    (run / EVENTS).write_text("")
    assert [found.name for found in runs_in(tmp_path)] == [run.name]


def test_a_stray_event_after_the_ending_revives_nothing(tmp_path):
    journal = Journal(tmp_path)
    for event in ({"event": "phase", "name": "quantise"}, step(1, 3.0), {"event": "cancelled"}):
        journal.add(event)
    ended = Run(tmp_path).state()
    journal.add({"event": "progress", "part": "quantise", "fraction": 0.5})
    journal.add(step(2, 9.0))
    state = Run(tmp_path).state()
    assert (state.status, state.ended, state.losses) == ("cancelled", ended.ended, [(1, 3.0)])


def test_a_resumed_run_makes_again_what_came_after_its_checkpoint(tmp_path):
    journal = Journal(tmp_path)
    for event in (
        {"event": "checkpoint", "step": 0, "gone": []},
        step(1, 3.0),
        {"event": "accuracy", "step": 1, "right": 1, "of": 2},
        {"event": "checkpoint", "step": 1, "gone": [0]},
        step(2, 2.9),
        {"event": "validation", "step": 2, "loss": 2.5},
        {"event": "accuracy", "step": 2, "right": 2, "of": 2},
        {"event": "sample", "step": 2, "replies": []},
        {"event": "checkpoint", "step": 2, "gone": []},
        {"event": "cancelled", "paused": True, "step": 2},
    ):
        journal.add(event)
    state = Run(tmp_path).state()
    assert (state.status, state.paused, state.checkpoints) == ("cancelled", True, [1, 2])
    told = {"event": "resumed", "step": 1, "passed_over": [{"checkpoint": "step-000002", "file": "state.json"}]}
    for event in (told, {"event": "warning", "code": "VersionsChanged", "fields": {}}, step(2, 2.8)):
        journal.add(event)
    state = Run(tmp_path).state()
    assert (state.status, state.paused, state.resumed, state.resumption["step"]) == ("running", False, 1, 1)
    assert state.losses == [(1, 3.0), (2, 2.8)]
    assert (state.validation, state.accuracy, state.samples, state.checkpoints) == ([], [(1, 1, 2)], [], [1])
    assert [warning["code"] for warning in state.warnings] == ["VersionsChanged"]

"""What ends a run before its time, what it refuses to go on with, and how it is watched."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from studio.files import sha256_of
from studio.jobs.runs import Run
from studio.setup.lock import Lock
from studio.training.checkpoints import Checkpoint, checkpoints_of, folder_of, newest_whole
from tests.workers.conftest import Forked, Outcome


def steps_of(run: Path) -> list[int]:
    """The checkpoints there are, each whole."""
    found = checkpoints_of(run)
    for checkpoint in found:
        checkpoint.verify()
    return [checkpoint.step for checkpoint in found]


def rewritten(checkpoint: Checkpoint, **values: object) -> None:
    """A checkpoint whose state says something else, whole all the same."""
    file, manifest = checkpoint.path / "state.json", checkpoint.path / "manifest.json"
    state = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**state, **values}), "utf-8")
    manifest.write_text(json.dumps({**json.loads(manifest.read_text("utf-8")), "state.json": sha256_of(file)}), "utf-8")


def test_what_is_no_number_is_not_learnt_from(forked: Forked) -> None:
    ended = forked.start("poisoned", poison=5)
    assert (ended["ended"], ended["exit"]) == ("LossDivergedAfter", 3)
    assert "step 5" in ended["sentence"] and "checkpoints/step-000004" in ended["sentence"]
    run = forked.place / "poisoned"
    assert steps_of(run)[0] == 4 and not (run / "adapter").exists()
    assert Run(run).state().step == 4
    assert forked.start("first", poison=1)["ended"] == "LossDiverged"
    unguarded = forked.start("unguarded", {"steps": 5}, poison=5, without=["finite"])  # the twin: it is learnt from
    assert unguarded["ended"] == "done"


def test_a_full_disk_leaves_the_older_checkpoint_whole(forked: Forked, whole: Outcome) -> None:
    ended = forked.start("full", limit=3, bytes=20_000)
    assert (ended["ended"], ended["exit"]) == ("NotSaved", 4)
    run = forked.place / "full"
    assert steps_of(run) == [2, 0]
    assert {path.name for path in (run / "checkpoints").iterdir()} == {".lock", "step-000000", "step-000002"}
    assert forked.resume("full")["ended"] == "done"
    assert forked.outcome("full") == whole
    assert forked.start("room", limit=3, bytes=10_000_000)["ended"] == "done"  # the twin: the limit was what bit


def test_without_gain_it_ends_early_with_the_best(forked: Forked) -> None:
    settings = {"steps": 40, "validation_every": 1, "early_stopping": 3, "learning_rate": 0.5, "sample_every": 100}
    assert forked.start("early", settings)["ended"] == "done"
    run = forked.place / "early"
    report = Run(run).report()
    assert report is not None and report["stopped_early"] is True
    losses = dict(report["validation"])
    best = min((loss, step) for step, loss in losses.items() if step)[1]
    assert report["adapter_step"] == best < report["steps"] == best + 3 < 40
    checkpoint = folder_of(run, best)
    assert (checkpoint / "pinned").exists() is False and best in steps_of(run)
    name = "adapter_model.safetensors"
    assert (run / "adapter" / name).read_bytes() == (checkpoint / name).read_bytes()
    patient = forked.start("patient", {**settings, "steps": 6, "early_stopping": None})
    assert patient["report"]["steps"] == 6 and patient["report"]["adapter_step"] == 6
    nothing = forked.start("unwatched", {"early_stopping": 3, "validation_examples": 0})
    assert nothing["ended"] == "NothingToValidate"


def test_held_out_calls_are_counted_and_the_best_checkpoint_stays(forked: Forked) -> None:
    settings = {"accuracy_cases": 2, "validation_examples": "all", "learning_rate": 1e-5, "checkpoint_every": 2,
                "keep_checkpoints": 1}  # fmt: skip
    ended = forked.start("counted", settings)
    told = [(event["step"], event["right"], event["of"]) for event in ended["events"] if event["event"] == "accuracy"]
    assert told == [(step, 1, 2) for step in (0, 2, 4, 6, 7)]  # a random model calls nothing, which is right for one
    state = Run(forked.place / "counted").state()
    assert state.accuracy == [tuple(row) for row in ended["report"]["accuracy"]] == told
    kept = [event for event in ended["events"] if event["event"] == "checkpoint"]
    best = kept[-1]["best"]
    assert steps_of(forked.place / "counted") == sorted({6, best}, reverse=True)
    assert state.checkpoints == sorted({6, best})


def copied(forked: Forked, name: str) -> Checkpoint:
    """A copy of the whole run as it was before its end, and its newest checkpoint."""
    run = shutil.copytree(forked.place / "whole", forked.place / name)
    (run / "events.jsonl").unlink()
    shutil.rmtree(run / "adapter")
    return newest_whole(run).checkpoint


def test_any_checkpoint_can_be_gone_on_from_and_merged(forked: Forked, whole: Outcome, tmp_path: Path) -> None:
    copied(forked, "earlier")
    run = forked.place / "earlier"
    Checkpoint(folder_of(run, 6), 6).pin()
    ended = forked.job({"run": str(run), "resume": True, "step": 4})
    assert ended["ended"] == "done" and forked.outcome("earlier") == whole
    assert Checkpoint(folder_of(run, 6), 6).pinned  # the mark outlived the new saving
    missing = forked.job({"run": str(shutil.copytree(run, forked.place / "none")), "resume": True, "step": 5})
    assert missing["ended"] == "AlreadyDone"
    (forked.place / "none" / "events.jsonl").unlink()
    missing = forked.job({"run": str(forked.place / "none"), "resume": True, "step": 5})
    assert missing["ended"] == "CheckpointDamaged" and "step-000005" in missing["sentence"]

    from studio.workers._merge import merged_folder, source_of

    source = source_of(folder_of(run, 6), None)
    assert (source.name, source.trained) == ("first-model-step-000006", "checkpoints/step-000006")
    (tmp_path / "merged").mkdir()
    merged = merged_folder(source, tmp_path, tmp_path / "merged")
    assert (merged / "model.safetensors").read_bytes() != (forked.base / "model.safetensors").read_bytes()


def test_a_finished_run_is_not_gone_on_with(forked: Forked) -> None:
    before = (forked.place / "whole" / "events.jsonl").read_bytes()
    ended = forked.resume("whole")
    assert (ended["ended"], ended["exit"]) == ("AlreadyDone", 3) and "new run" in ended["sentence"]
    assert (forked.place / "whole" / "events.jsonl").read_bytes() == before


def test_one_process_trains_a_run_and_none_begins_over_it(forked: Forked) -> None:
    run = copied(forked, "held").path.parent.parent
    with Lock(run / "checkpoints" / ".lock") as lock:
        assert lock.acquire()
        assert forked.resume("held")["ended"] == "RunBusy"
    config = {"base": str(forked.base), "scenarios": [str(forked.place / "scenarios")]}
    assert forked.job({"run": str(run), "config": config})["ended"] == "AlreadyBegun"
    assert not (run / "events.jsonl").exists()
    assert forked.resume("held")["ended"] == "done"


def test_watching_and_keeping_change_nothing(forked: Forked, whole: Outcome) -> None:
    rarely = {"sample_every": 100, "validation_examples": 0, "checkpoint_every": 100, "checkpoint_minutes": 0.0001}
    ended = forked.start("unlooked", rarely)
    kept = [event["step"] for event in ended["events"] if event["event"] == "checkpoint"]
    assert kept == [0, 1, 2, 3, 4, 5, 6]  # by the minutes
    assert forked.outcome("unlooked")[0] == whole[0]


def test_what_a_run_stood_on_must_still_be_there(forked: Forked, whole: Outcome) -> None:
    checkpoint = copied(forked, "moved")
    scenario = forked.place / "scenarios" / "s2.md"
    text = scenario.read_text("utf-8")
    try:
        scenario.write_text(text.replace("slick", "dry"), "utf-8")
        ended = forked.resume("moved")
    finally:
        scenario.write_text(text, "utf-8")
    assert (ended["ended"], ended["exit"]) == ("DataChanged", 3) and "s2.md" in ended["sentence"]
    footing = json.loads((checkpoint.path / "state.json").read_text("utf-8"))["footing"]
    rewritten(checkpoint, footing={**footing, "base": "0" * 64})
    assert forked.resume("moved")["ended"] == "BaseChanged"
    rewritten(checkpoint, footing={**footing, "versions": {**footing["versions"], "torch": "1.0"}})
    ended = forked.resume("moved")
    warnings = [event for event in ended["events"] if event["event"] == "warning"]
    assert [event["fields"]["then"] for event in warnings] == ["1.0"]
    assert ended["ended"] == "done" and forked.outcome("moved")[0] == whole[0]


@pytest.mark.parametrize("values", [{"format": 9}, {"progress": {}}, {"config": {}}, {"optimiser": 3}])
def test_a_state_that_says_nothing_usable_is_refused(values: dict[str, Any], forked: Forked) -> None:
    name = f"unusable-{next(iter(values))}"
    rewritten(copied(forked, name), **values)
    assert forked.resume(name)["ended"] == "CheckpointDamaged"

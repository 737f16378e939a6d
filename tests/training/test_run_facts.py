"""What there is to know of runs: changed settings, checkpoints, memory; runs side by side; deletion and what stays."""

import json
import time
from pathlib import Path

import pytest
import yaml

from studio.cli.run_tables import facts_lines
from studio.jobs.runs import CONFIG, REPORT, Run
from studio.jobs.samples import GpuSample, Moment, Sample, SampleFile
from studio.setup.lock import Lock
from studio.training.checkpoints import MANIFEST, NEEDED, folder_of
from studio.training.config import read_config
from studio.training.profiles import profiles
from studio.training.run_comparison import compare
from studio.training.run_deletion import RunGoesOn, delete
from studio.training.run_facts import CARD, facts_of, in_use, usual_settings
from studio.workspace.bin import Filing

RESOLVED = {
    "tokens_per_second": 400.0,
    "processor": "CPU",
    "memory": {
        "parts": {"weights": 1_500, "logits": 600},
        "total": 2_100,
        "room": 4_000,
        "changes": ["batch_size is 1."],
    },
}


def a_run(runs: Path, name: str, losses: list[float], *, ended: str = "done", **settings: object) -> Run:
    """A run folder as a training leaves it."""
    folder = runs / name
    folder.mkdir(parents=True)
    config = read_config({"base": "b", "scenarios": ["s"], "name": name, **settings})
    values = {**config.model_dump(mode="json"), "resolved": RESOLVED}
    (folder / CONFIG).write_text(yaml.safe_dump(values), encoding="utf-8")
    now = time.time()
    events = [{"event": "phase", "name": "train"}]
    events += [{"event": "step", "step": n, "of": len(losses), "loss": loss} for n, loss in enumerate(losses, 1)]
    events += [{"event": "validation", "step": n, "loss": loss + 1} for n, loss in enumerate(losses, 1) if n % 10 == 0]
    events += [{"event": ended}] if ended else []
    lines = [json.dumps({"at": now, **event}) for event in events]
    (folder / "events.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    if ended == "done":
        report = {
            "tokens_a_second": 410.0,
            "seconds": 60.0,
            "memory": {"forecast": 2_100, "measured": 2_000, "error": 0.05},
        }
        (folder / REPORT).write_text(json.dumps(report), encoding="utf-8")
    return Run(folder)


def a_checkpoint(run: Run, step: int) -> Path:
    """A checkpoint that is whole."""
    from studio.files import sha256_of

    folder = folder_of(run.path, step)
    folder.mkdir(parents=True)
    for name in NEEDED:
        (folder / name).write_text(f"{name} {step}", encoding="utf-8")
    manifest = {name: sha256_of(folder / name) for name in NEEDED}
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def test_a_run_says_what_is_not_the_profiles_and_what_its_checkpoints_are(tmp_path: Path) -> None:
    run = a_run(tmp_path / "runs", "tavern", [3.0 - n / 10 for n in range(20)], epochs=2, lora={"rank": 8})
    for step in (10, 20):
        a_checkpoint(run, step)
    (folder_of(run.path, 20) / NEEDED[0]).write_text("bent", encoding="utf-8")
    (folder_of(run.path, 10) / "pinned").write_text("", encoding="utf-8")
    facts = facts_of(run, tmp_path / "models")
    assert facts.status == "done" and (facts.step, facts.of) == (20, 20)
    assert facts.changed == {"epochs": (8, 2), "lora.rank": (32, 8)}
    newest, older = facts.checkpoints
    assert newest.damaged == NEEDED[0] and newest.best and not newest.pinned
    assert older.damaged is None and older.pinned and older.size > 0
    assert facts.memory.off == pytest.approx(0.05) and facts.memory.parts == {"weights": 1_500, "logits": 600}
    assert facts.memory.changes == ("batch_size is 1.",) and not facts.paused
    assert facts.tokens_a_second == 410.0 and facts.resolved["processor"] == "CPU"


@pytest.mark.parametrize("name", profiles())
def test_a_run_on_a_profile_as_it_is_differs_in_nothing(tmp_path: Path, name: str) -> None:
    run = a_run(tmp_path, "plain", [1.0], profile=name)
    assert facts_of(run, tmp_path).changed == {}
    assert usual_settings(name)["lora.rank"]


def test_runs_are_held_side_by_side_at_the_same_steps(tmp_path: Path) -> None:
    one = a_run(tmp_path, "one", [2.0] * 40, learning_rate=0.001)
    two = a_run(tmp_path, "two", [1.0] * 60)
    found = compare([facts_of(run, tmp_path) for run in (one, two)])
    assert found.settings == {"learning_rate": (0.001, 0.004)}
    assert found.losses[-1] == (40, (2.0, 1.0)) and len(found.losses) == 20
    assert dict(found.validation)[50] == (None, 2.0)
    assert found.figures["steps"] == (40.0, 60.0) and found.figures["peak_memory"] == (2000.0, 2000.0)


def test_a_run_that_is_running_stays_and_one_that_ended_can_be_taken_back(tmp_path: Path) -> None:
    filing = Filing(lambda _path: None, tmp_path / "bin")
    running = a_run(tmp_path / "runs", "running", [1.0], ended="")
    with pytest.raises(RunGoesOn):
        delete(running, filing)
    quiet = a_run(tmp_path / "runs", "quiet", [1.0])
    a_checkpoint(quiet, 1)
    lock = Lock(quiet.path / "checkpoints" / ".lock")
    assert lock.acquire() and in_use(quiet.path)
    with pytest.raises(RunGoesOn):
        delete(quiet, filing)
    lock.release()
    deed = delete(quiet, filing)
    assert not quiet.path.exists() and (deed.after / CONFIG).is_file()
    filing.undo(deed)
    assert (folder_of(quiet.path, 1) / MANIFEST).is_file()


def test_what_was_converted_from_a_run_is_told(tmp_path: Path) -> None:
    run = a_run(tmp_path / "runs", "tavern", [1.0])
    for name, source in (("tavern", str(run.path)), ("other", "/elsewhere"), ("odd", None)):
        (tmp_path / "models" / name).mkdir(parents=True)
        (tmp_path / "models" / name / CARD).write_text(json.dumps({"source": source}), encoding="utf-8")
    assert facts_of(run, tmp_path / "models").converted == (tmp_path / "models" / "tavern",)


def test_what_the_machine_did_is_told_in_a_few_figures(tmp_path: Path) -> None:
    run = a_run(tmp_path, "hot", [1.0])
    assert facts_of(run, tmp_path).machine is None
    kept = SampleFile(run.path)
    for at, load, heat in ((1.0, 80, 60), (2.0, 100, 71), (3.0, None, None)):
        card = GpuSample("RTX", load, 3_000, 4_000, heat, None)
        kept.add(Moment(at, Sample(50.0 + at, int(1_000 * at), 8_000, (card,))))
    kept.close()
    machine = facts_of(run, tmp_path).machine
    assert machine is not None and (machine.seconds, machine.cpu, machine.memory) == (2.0, 52.0, 3_000)
    (told,) = machine.cards
    assert (told.load, told.temperature, told.power, told.memory) == (90.0, 71, None, 3_000)
    assert "RTX: 0.0 of 0.0 GB, 90 % on the average, 71 °C at most" in "\n".join(facts_lines(facts_of(run, tmp_path)))


def test_a_silent_run_is_interrupted(tmp_path: Path) -> None:
    run = a_run(tmp_path, "silent", [1.0], ended="")
    assert facts_of(run, tmp_path, time.time() + 1000).status == "interrupted"
    assert facts_of(run, tmp_path).status == "running"

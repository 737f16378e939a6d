"""Going on with a run: cut off anywhere, what comes out in the end is what would have come out in one go."""

import random
import shutil
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from studio.jobs.runs import Run
from studio.training.checkpoints import checkpoints_of, folder_of
from tests.workers.conftest import Forked, Outcome


def went_on_from(ended: dict[str, object]) -> list[object]:
    """The steps from which it went on."""
    events = ended["events"]
    assert isinstance(events, list)
    return [event["step"] for event in events if event["event"] == "resumed"]


@pytest.mark.parametrize(
    ("point", "step"),
    [
        ("+backward:12", 4),  # between two examples of step 5: three came to measure, then two a step
        ("+take:5", 4),  # the optimiser is through, the model does not have its weights yet
        ("keep:4", 3),  # an epoch's edge: looked at, not saved
        ("~tensors:3", 2),  # in the midst of a file
        ("sync:3", 2),  # all is written and has no name yet
        ("+rename:3", 3),  # it has its name, the old ones are not gone
        ("~remove:1", 3),  # an old one is half gone
        ("+look:7", 3),  # looked at with step 4, nothing noted
        ("report:1", 6),  # the adapter lies there
    ],
)
def test_killed_anywhere_nothing_is_lost(point: str, step: int, forked: Forked, whole: Outcome) -> None:
    name = f"kill-{point.strip('+~').replace(':', '-')}"
    assert forked.start(name, die=point)["ended"] == "SIGKILL"
    ended = forked.resume(name)
    assert ended["ended"] == "done", ended
    assert went_on_from(ended) == [step]
    assert forked.outcome(name) == whole
    left = {path.name for path in (forked.place / name / "checkpoints").iterdir()}
    assert left == {path.name for path in (forked.place / "whole" / "checkpoints").iterdir()}


def test_rows_kept_layers_and_8_bit_moments_go_on_alike(forked: Forked) -> None:
    """Several examples in a row, room to keep the lower layers' states of two, others after a kill, and matrices that
    are large enough for moments of one byte."""
    lora = {"rank": 64, "alpha": 64, "dropout": 0.1, "layers": 1}
    settings = {"lora": lora, "batch_size": 2, "gradient_accumulation_steps": 1, "steps": 5, "optimiser": "adamw-8bit"}
    assert forked.start("rows", settings, room=45_000)["ended"] == "done"
    assert forked.start("rows-killed", settings, room=45_000, die="+take:4")["ended"] == "SIGKILL"
    assert forked.resume("rows-killed", room=45_000)["ended"] == "done"
    assert forked.outcome("rows-killed") == forked.outcome("rows")
    moments = load_file(folder_of(forked.place / "rows", 4) / "trainer.safetensors")
    assert any(moment.dtype == "uint8" and name.endswith("state1") for name, moment in moments.items())


@pytest.fixture(scope="module")
def cut_off(forked: Forked) -> Path:
    """A run that was killed within its fifth step, for copies."""
    assert forked.start("cut-off", die="+backward:12")["ended"] == "SIGKILL"
    return forked.place / "cut-off"


@pytest.mark.parametrize("defence", ["generators", "optimiser", "order"])
def test_each_part_of_the_state_is_needed(defence: str, cut_off: Path, forked: Forked, whole: Outcome) -> None:
    name = f"without-{defence}"
    shutil.copytree(cut_off, forked.place / name)
    assert forked.resume(name, without=[defence])["ended"] == "done"
    assert forked.outcome(name)[0] != whole[0]


def test_killed_while_it_goes_on_it_goes_on_again(cut_off: Path, forked: Forked, whole: Outcome) -> None:
    shutil.copytree(cut_off, forked.place / "twice")
    assert forked.resume("twice", die="+resume:1")["ended"] == "SIGKILL"
    assert forked.resume("twice", die="+backward:3")["ended"] == "SIGKILL"
    assert forked.resume("twice")["ended"] == "done"
    assert forked.outcome("twice") == whole
    state = Run(forked.place / "twice").state()
    assert (state.status, state.step, state.resumed, len(state.losses)) == ("done", 7, 2, 7)


def test_a_damaged_checkpoint_is_passed_over_and_that_is_said(cut_off: Path, forked: Forked, whole: Outcome) -> None:
    shutil.copytree(cut_off, forked.place / "damaged")
    weights = folder_of(forked.place / "damaged", 4) / "adapter_model.safetensors"
    flipped = bytearray(weights.read_bytes())
    flipped[len(flipped) // 2] ^= 64
    weights.write_bytes(flipped)
    shutil.copytree(forked.place / "damaged", forked.place / "unverified")
    ended = forked.resume("damaged")
    (told,) = (event for event in ended["events"] if event["event"] == "resumed")
    assert told["step"] == 3
    assert told["passed_over"] == [{"checkpoint": "step-000004", "file": "adapter_model.safetensors"}]
    assert forked.outcome("damaged") == whole
    forked.resume("unverified", without=["hashes"])  # the twin: what is damaged goes into the result
    assert forked.outcome("unverified")[0] != whole[0]


def test_without_a_whole_checkpoint_nothing_is_begun_in_its_place(cut_off: Path, forked: Forked) -> None:
    run = shutil.copytree(cut_off, forked.place / "nothing")
    for checkpoint in checkpoints_of(run):
        (checkpoint.path / "state.json").write_bytes(b"")
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    ended = forked.resume("nothing")
    assert (ended["ended"], ended["exit"]) == ("NothingToResume", 3)
    assert "new run" in ended["sentence"] and "step-000004: state.json" in ended["sentence"]
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_killed_before_its_plan_stood_there_is_nothing_to_go_on_with(forked: Forked) -> None:
    assert forked.start("unplanned", die="measure:1")["ended"] == "SIGKILL"
    assert forked.resume("unplanned")["ended"] == "NothingToResume"


@pytest.mark.parametrize(("event", "step", "looked"), [("step", 5, 4), ("sample", 4, 3)])
def test_a_pause_keeps_the_last_whole_step(event: str, step: int, looked: int, forked: Forked, whole: Outcome) -> None:
    name = f"pause-{event}"
    ended = forked.start(name, event=event, cancel=step)
    assert (ended["ended"], ended["paused"], ended["step"], ended["run"]) == ("cancelled", True, step, name)
    ended = forked.resume(name)
    assert (ended["ended"], went_on_from(ended)) == ("done", [step])
    assert forked.outcome(name)[0] == whole[0]
    assert forked.outcome(name)[1] == whole[1]


def test_a_stop_keeps_nothing_more_and_says_so(forked: Forked) -> None:
    ended = forked.start("stopped", cancel=5, stop=True)
    assert ended["ended"] == "cancelled" and "paused" not in ended
    assert checkpoints_of(forked.place / "stopped")[0].step == 4


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_killed_at_fifty_random_moments(forked: Forked, whole: Outcome) -> None:
    moment = random.Random(50)
    killed = runs = finished = went_on = 0
    while killed < 50:
        name = f"soak-{runs}"
        ended = forked.start(name, after=moment.uniform(0.2, 2.5))
        while ended["ended"] not in ("done", "AlreadyDone"):  # a kill can come between the last event and the exit
            assert ended["ended"] in ("SIGKILL", "NothingToResume"), ended
            killed += ended["ended"] == "SIGKILL"
            if ended["ended"] == "NothingToResume":
                break
            went_on += any(one.step > 0 for one in checkpoints_of(forked.place / name))
            ended = forked.resume(name, after=moment.uniform(0.2, 2.5))
        if ended["ended"] != "NothingToResume":
            assert forked.outcome(name) == whole
            finished += 1
        runs += 1
    assert finished >= 5 and went_on >= 10, (runs, finished, went_on)

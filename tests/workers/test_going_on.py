"""Going on from an adapter that there is already, with old examples replayed beside the new ones."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file

from studio.dataset import Example, Gathered
from studio.errors import LorewrightError
from studio.jobs.runs import Run
from studio.training.errors import BadSettings
from studio.training.prepared import prepared
from studio.training.replay import NothingToReplay, Replay, beside, replay_of
from studio.training.starting import NoAdapterNamed, NothingToStartFrom, adapter_named
from studio.workspace import Workspace
from tests.workers.conftest import SCENARIO, Forked

torch = pytest.importorskip("torch")


def example(number: int, weight: float = 1.0) -> Example:
    return Example(Path(f"s{number}"), (number, 1, 2), (False, True, True), (0, 1), weight=weight)


def gathered(*numbers: int, **more: Any) -> Gathered:
    return Gathered(tuple(example(number) for number in numbers), (), (), **more)


def test_the_share_of_old_examples_is_that_which_was_asked_for() -> None:
    old = [example(number) for number in range(100, 140)]
    found = beside(gathered(*range(8)), old, (), 0.2, seed=3)
    assert (found.examples, found.of) == (2, 40) and len(found.gathered.examples) == 10
    assert found.gathered.weights is None
    assert found == beside(gathered(*range(8)), old, (), 0.2, seed=3) != beside(gathered(*range(8)), old, (), 0.2, 4)
    few = beside(gathered(*range(8)), old[:3], (), 0.5, seed=0).gathered.examples[8:]
    assert len(few) == 8 and {one.ids for one in few} == {one.ids for one in old[:3]}
    known = gathered(1, 2, validation=(example(3),), sources=("a", "a"))
    found = beside(known, [example(number) for number in (1, 3, 9)], (), 0.5, seed=0)
    assert [one.ids[0] for one in found.gathered.examples] == [1, 2, 9, 9], "what is new or held back is not old"
    assert found.gathered.sources == ("a", "a", "replay", "replay")
    assert beside(gathered(1), [example(1)], (), 0.5, seed=0).examples == 0
    weighted = beside(gathered(1, 2), [example(8, 1e-9), example(9, 5.0)], (), 0.9, seed=1).gathered.examples[2:]
    assert {one.ids[0] for one in weighted} == {9} and {one.weight for one in weighted} == {1.0}


@pytest.fixture(scope="module")
def more(forked: Forked) -> Path:
    """Two new scenarios."""
    folder = forked.place / "more"
    folder.mkdir()
    for n in (21, 22):
        (folder / f"m{n}.md").write_text(SCENARIO.format(n=n, tag=""), encoding="utf-8")
    return folder


def test_a_run_goes_on_from_an_adapter_and_is_resumed_without_the_old_one(forked: Forked, more: Path) -> None:
    old = forked.place / "whole"
    settings = {"scenarios": [str(more)], "start_from": str(old), "replay": 0.5, "lora": {"rank": 9, "dropout": 0.1}}
    ended = forked.start("on", settings)
    assert ended["ended"] == "done", ended
    (told,) = [event for event in ended["events"] if event["event"] == "replay"]
    assert (told["run"], told["examples"], told["of"], told["missing"]) == ("whole", 2, 4, [])
    config = Run(forked.place / "on").config()
    assert config["lora"]["rank"] == 4 and config["start_from"] == str(old / "adapter")  # type: ignore[index]
    assert len(ended["report"]["files"]["trained"]) == 4
    before = load_file(old / "adapter" / "adapter_model.safetensors")
    begun = json.loads((forked.place / "on" / "replay.json").read_text("utf-8"))
    assert len(begun["scenarios"]) == 5 and begun["run"] == "whole"
    assert forked.start("on-cut", settings, die="backward:6")["ended"] == "SIGKILL"
    start = forked.place / "on-cut" / "checkpoints"
    weights = load_file(start / "step-000000" / "adapter_model.safetensors")
    assert weights.keys() == before.keys() and all(torch.equal(weights[name], before[name]) for name in before)
    shutil.move(str(old), str(forked.place / "elsewhere"))
    try:
        assert forked.resume("on-cut")["ended"] == "done", "what it needs of the old run lies in its own folder"
    finally:
        shutil.move(str(forked.place / "elsewhere"), str(old))
    assert forked.outcome("on-cut") == forked.outcome("on")
    fresh = forked.start("fresh", {"scenarios": [str(more)], "steps": 1})
    assert ended["report"]["first_loss"] < fresh["report"]["first_loss"], "the twin begins with an empty adapter"


def test_what_is_missing_of_the_old_files_is_said(forked: Forked, tmp_path: Path) -> None:
    run = tmp_path / "old"
    shutil.copytree(forked.place / "whole", run)
    (run / "config.yaml").write_text(f"scenarios: [{forked.place}/scenarios/s0.md, /gone/s1.md]\ndataset: /gone/d\n")
    found = replay_of(run)
    assert len(found.scenarios) == 1 and len(found.missing) == 2
    assert "/gone/s1.md" in found.missing[0] and "/gone/d" in found.missing[1]
    (run / "config.yaml").write_text("scenarios: [/gone/s1.md]\n")
    with pytest.raises(NothingToReplay, match="gone"):
        replay_of(run)
    Replay("older", (str(forked.place / "scenarios" / "s1.md"),)).save(run)
    assert len(replay_of(run).scenarios) == 1, "what the old run replayed itself goes on too"


def refused(forked: Forked, name: str, adapter: Path) -> dict[str, Any]:
    ended = forked.start(name, {"start_from": str(adapter)})
    assert not (forked.place / name / "checkpoints").is_dir() or not list(
        (forked.place / name / "checkpoints").glob("step-*")
    )
    return ended


def test_an_adapter_that_is_damaged_or_of_another_base_is_refused(forked: Forked, tmp_path: Path) -> None:
    def copy(name: str, *, bare: bool = True) -> Path:
        shutil.copytree(forked.place / "whole" / "adapter", tmp_path / name)
        if bare:  # as adapters from elsewhere are
            (tmp_path / name / "manifest.json").unlink()
        return tmp_path / name

    hurt = copy("hurt", bare=False)
    weights = bytearray((hurt / "adapter_model.safetensors").read_bytes())
    weights[-3] ^= 4
    (hurt / "adapter_model.safetensors").write_bytes(weights)
    ended = refused(forked, "from-hurt", hurt)
    assert ended["ended"] == "AdapterRefused" and "adapter_model.safetensors" in ended["sentence"]

    other = copy("other")
    values = json.loads((other / "base.json").read_text("utf-8"))
    (other / "base.json").write_text(json.dumps({**values, "digest": "0" * 64}), encoding="utf-8")
    assert refused(forked, "from-other", other)["ended"] == "OtherBase"

    shape = copy("shape")
    tensors = load_file(shape / "adapter_model.safetensors")
    name = next(iter(tensors))
    save_file({**tensors, name: tensors[name][:1].contiguous()}, shape / "adapter_model.safetensors")
    ended = refused(forked, "from-shape", shape)
    assert ended["ended"] == "AdapterRefused" and "another shape" in ended["sentence"]


def test_a_run_is_named_as_anywhere_and_its_shape_cannot_be_changed(forked: Forked, tmp_path: Path) -> None:
    whole = forked.place / "whole"
    assert adapter_named(forked.place, "whole") == whole / "adapter" == adapter_named(tmp_path, str(whole))
    assert adapter_named(tmp_path, str(whole / "adapter")) == whole / "adapter"
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "config.yaml").write_text("{}")
    for name, error in (("nobody", NoAdapterNamed), (str(tmp_path), NoAdapterNamed), ("empty", NothingToStartFrom)):
        with pytest.raises(error) as caught:
            adapter_named(tmp_path, name)
        assert isinstance(caught.value, LorewrightError) and str(caught.value)
    values = {"scenarios": [str(forked.place / "scenarios")], "start_from": str(whole)}
    config = prepared(values, Workspace(tmp_path))
    assert (config.lora.rank, config.lora.alpha, config.lora.dropout) == (4, 8, 0.1)
    assert config.base == forked.base, "the base is the old run's"
    with pytest.raises(BadSettings) as caught:
        prepared({**values, "lora.rank": 8, "epochs": 0}, Workspace(tmp_path))
    assert {fault.setting for fault in caught.value.faults} == {"lora.rank", "epochs"}
    (tmp_path / "empty" / "config.yaml").write_text("objective: dpo\ndataset: d\n")
    shutil.copytree(whole / "adapter", tmp_path / "empty" / "adapter")
    with pytest.raises(BadSettings, match="pairs of answers"):
        prepared({**values, "base": str(forked.base), "start_from": str(tmp_path / "empty"), "replay": 0.1},
                 Workspace(tmp_path))  # fmt: skip
    shutil.copytree(whole / "adapter", tmp_path / "alone")
    with pytest.raises(BadSettings, match="replay") as caught:
        prepared({**values, "base": str(forked.base), "start_from": str(tmp_path / "alone"), "replay": 0.1},
                 Workspace(tmp_path))  # fmt: skip


def test_without_a_word_dpo_learns_from_the_corrections_of_the_workspace(forked: Forked, tmp_path: Path) -> None:
    values: dict[str, object] = {"base": str(forked.base), "objective": "dpo", "lora.layers": "all"}
    with pytest.raises(BadSettings) as caught:
        prepared(values, Workspace(tmp_path))
    assert [fault.setting for fault in caught.value.faults] == ["preferences"], "there are none yet"
    (tmp_path / "corrections.jsonl").write_text("", encoding="utf-8")
    config = prepared(values, Workspace(tmp_path))
    assert config.preferences == (tmp_path / "corrections.jsonl").resolve() and config.scenarios == ()
    assert (
        config.learning_rate == 1e-4
        and prepared({**values, "learning_rate": 0.5}, Workspace(tmp_path)).learning_rate == 0.5
    )
    on: dict[str, object] = {"start_from": str(forked.place / "whole"), "lora.layers": None, "replay": 0.5}
    wrong: list[tuple[dict[str, object], str]] = [
        ({"scenarios": [str(forked.place / "scenarios")]}, "scenarios"),
        (on, "replay"),
    ]
    for more, setting in wrong:
        with pytest.raises(BadSettings) as caught:
            prepared({**values, **more}, Workspace(tmp_path))
        assert setting in {fault.setting for fault in caught.value.faults}
    bare = {"base": str(forked.base), "scenarios": [str(forked.place / "scenarios")]}
    for more in ({"replay": 0.5}, {"preferences": str(tmp_path / "corrections.jsonl")}):
        with pytest.raises(BadSettings):
            prepared({**bare, **more}, Workspace(tmp_path))

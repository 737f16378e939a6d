"""What settings name is looked at before a run: bases, scenarios, builds, all that is wrong at once."""

import datetime
import json
from pathlib import Path

import pytest

from studio.chat import ChatTemplate
from studio.dataset.build import Setting, build
from studio.dataset.cutting import Cutter
from studio.training.config import TrainingConfig, judged
from studio.training.errors import BadSettings, NamedNowhere
from studio.training.prepared import prepared
from studio.training.room import DeviceRoom
from studio.workspace import Workspace
from studio.workspace.folder import open_or_make

SCENARIO = """<SYSTEM>
# Role
You are the Dungeon Master.
</SYSTEM>

<User>I look around {where}.</User>

<DM>{where} is quiet, and the lamps burn low.</DM>
"""
NOW = datetime.datetime(2026, 11, 21, tzinfo=datetime.UTC)


@pytest.fixture
def workspace(tmp_path: Path, starter: Path) -> Workspace:
    """Three scenarios, and a data set of them that was built."""
    (tmp_path / "ws" / "scenarios").mkdir(parents=True)
    made = open_or_make(tmp_path / "ws")
    for where in ("Gant", "Ossel", "Reedmere"):
        (made.scenarios / f"{where.lower()}.md").write_text(SCENARIO.format(where=where), encoding="utf-8")
    text = "sources:\n- {name: scenarios, scenarios: scenarios, licence: CC0-1.0}\nmax_length: 512\n"
    (made.root / "datasets" / "play.yaml").write_text(text, encoding="utf-8")
    build(
        "play",
        made,
        lambda description, _root: _cutter(description.max_length),
        Setting(clock=lambda: NOW, processes=1),
    )
    return made


def _cutter(length: int) -> Cutter:
    from tests.dataset.test_build import CHATML, Words

    template: ChatTemplate = CHATML
    return Cutter(lambda: (template, Words()), length, "words")


def refused(workspace: Workspace, **values: object) -> dict[str, str]:
    """What is told of settings that cannot be used."""
    with pytest.raises(BadSettings) as caught:
        prepared(values, workspace)
    return {fault.setting: str(fault) for fault in caught.value.faults}


def halved(folder: Path) -> Path:
    """A base whose index names two parts of which one is there."""
    folder.mkdir()
    (folder / "config.json").write_text("{}", encoding="utf-8")
    (folder / "tokenizer_config.json").write_text("{}", encoding="utf-8")
    parts = {"a.weight": "model-00001-of-00002.safetensors", "b.weight": "model-00002-of-00002.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": parts}), encoding="utf-8")
    (folder / parts["a.weight"]).write_bytes(b"x")
    return folder


def test_without_a_word_it_is_the_starter_on_all_scenarios(workspace: Workspace, starter: Path) -> None:
    config: TrainingConfig = prepared({}, workspace)
    assert config.base == starter and len(config.scenarios) == 3 and config.dataset is None


def test_a_build_is_found_by_its_name_and_brings_its_length(workspace: Workspace) -> None:
    config = prepared({"dataset": "play"}, workspace)
    assert config.dataset is not None and config.dataset.parent.name == "play"
    assert config.max_length == 512 and not config.scenarios
    assert prepared({"dataset": "play", "max_length": 256}, workspace).max_length == 256


def test_everything_that_is_wrong_is_told_at_once(workspace: Workspace, tmp_path: Path) -> None:
    rows = next((workspace.root / "datasets" / "play").glob("*/rows.parquet"))
    rows.write_bytes(rows.read_bytes() + b"x")
    told = refused(
        workspace, base=str(halved(tmp_path / "half")), dataset="play", epochs=0, lora={"rnk": 8}, profile="cpu-strter"
    )
    assert set(told) == {"base", "dataset", "epochs", "lora.rnk", "profile"}
    assert "model-00002-of-00002.safetensors is missing" in told["base"]
    unseen, _faults = judged({"base": str(tmp_path / "half"), "dataset": str(rows.parent)})
    assert unseen is not None, "the settings alone show neither"
    assert "was changed since it was built (rows.parquet differs)" in told["dataset"]
    assert "above 0 up to 1000" in told["epochs"]


def test_what_is_not_there_is_named_each(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(NamedNowhere) as caught:
        prepared({"base": "nowhere.gguf", "scenarios": ["one.md", "two.md"]}, workspace)
    told = [str(fault) for fault in caught.value.faults]
    assert len(told) == 3 and "nowhere.gguf" in told[0] and "one.md" in told[1] and "two.md" in told[2]
    assert "no build of “plai”" in refused(workspace, dataset="plai")["dataset"]
    (tmp_path / "bare").mkdir()
    assert "no scenario in" in refused(workspace, scenarios=[str(tmp_path / "bare")])["scenarios"]


def test_more_processes_than_cards_are_refused_where_cards_would_train(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = DeviceRoom("card", "cuda", 100, 90)
    monkeypatch.setattr("studio.training.prepared.card_rooms", lambda: (card,))
    told = refused(workspace, processes=2, gradient_accumulation_steps=2)
    assert "1 graphics card" in told["processes"] and list(told) == ["processes"]
    assert prepared({"processes": 2, "gradient_accumulation_steps": 2, "use_gpu": False}, workspace).processes == 2

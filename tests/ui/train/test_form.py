"""The form of a training: the workspace's scenarios, or a build of a data set, which says when it has errors."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.dataset.build import build
from studio.gguf.known_bases import STARTER
from studio.gguf.measure import cutter_of
from studio.training.catalogue import find_model
from studio.training.room import DeviceRoom
from studio.ui.theme import Theme
from studio.ui.train.bases import BaseChoice, Bases
from studio.ui.train.form import TrainForm
from studio.ui.train.sources import BuildChoice, build_choices
from studio.workspace import Workspace

GIB = 1 << 30
HERE = BaseChoice(STARTER, "Starter", "Try it", "It learns the rules.", (), Path("starter.gguf"), find_model(STARTER))
LARGER = BaseChoice(
    "qwen2.5-1.5b", "Qwen2.5 1.5B", "Better", "Sure.", (), None, find_model("qwen2.5-1.5b"), 3_100_000_000
)
CPU = DeviceRoom("CPU", "cpu", 16 * GIB, 12 * GIB)


@pytest.fixture
def form(qtbot: QtBot, theme: Theme) -> TrainForm:
    made = TrainForm(theme)
    qtbot.addWidget(made)
    made.bases.show_bases(Bases((HERE, LARGER), (), CPU))
    made.show_data("2 scenarios.", [Path("a.md"), Path("b.md")])
    made.show_ready(True, "")
    return made


def test_the_scenarios_are_learned_from_unless_a_build_is_chosen(form: TrainForm) -> None:
    assert form.values()["scenarios"] == ["a.md", "b.md"] and "dataset" not in form.values()
    form.show_builds([BuildChoice(Path("datasets/tavern/1a2b"), "tavern", "9 examples.", 0, 1024)])
    assert form.build is None and form.start.isEnabled()
    form.source.setCurrentIndex(1)
    values = form.values()
    assert values["dataset"] == str(Path("datasets/tavern/1a2b")) and values["scenarios"] == []
    assert values["max_length"] == 1024, "rows were cut to this length"
    form.show_builds([BuildChoice(Path("datasets/tavern/3c4d"), "tavern", "10 examples.", 0, 1024)])
    assert form.values()["dataset"] == str(Path("datasets/tavern/3c4d")), "the choice is of the data set"
    form.show_builds([])
    assert form.build is None and form.values()["scenarios"] == ["a.md", "b.md"]


def test_a_build_with_errors_is_trained_on_only_when_a_person_says_so(form: TrainForm) -> None:
    form.show_builds([BuildChoice(Path("datasets/tavern/1a2b"), "tavern", "9 examples.", 3, 2048)])
    form.source.setCurrentIndex(1)
    assert not form.start.isEnabled() and "3 errors" in form.anyway.text()
    form.anyway.setChecked(True)
    assert form.start.isEnabled() and form.values()["allow_errors"] is True


def test_the_latest_builds_of_a_workspace_are_offered(workspace: Workspace, starter: Path) -> None:
    path = workspace.root / "datasets" / "tavern.yaml"
    path.write_text("format: 1\nsources:\n- {name: ours, scenarios: scenarios}\n", "utf-8")
    built = build("tavern", workspace, cutter_of).build
    (workspace.root / "datasets" / "broken").mkdir()
    (choice,) = build_choices(workspace)
    assert choice.path == built.path and choice.name == "tavern" and choice.errors == built.manifest.errors > 0

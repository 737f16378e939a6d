"""The form of a training: the workspace's scenarios, or a build of a data set, which says when it has errors."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from studio.dataset.build import build
from studio.gguf.known_bases import STARTER
from studio.gguf.measure import cutter_of
from studio.glossary import glossary
from studio.training.catalogue import find_model
from studio.training.config import read_config, settings
from studio.training.room import DeviceRoom
from studio.ui.theme import Theme
from studio.ui.train.bases import BaseChoice, Bases
from studio.ui.train.form import TrainForm
from studio.ui.train.sources import BuildChoice, build_choices
from studio.ui.train.words import ELSEWHERE, in_words
from studio.workspace import Workspace

GIB = 1 << 30
HERE = BaseChoice(STARTER, "Starter", "Try it", "It learns the rules.", (), Path("starter.gguf"), find_model(STARTER))
LARGER = BaseChoice(
    "qwen2.5-1.5b", "Qwen2.5 1.5B", "Better", "Sure.", (), None, find_model("qwen2.5-1.5b"), 3_100_000_000
)
CPU = DeviceRoom("CPU", "cpu", 16 * GIB, 12 * GIB)


@pytest.fixture
def form(theme: Theme, delete: Callable[[QWidget], None]) -> Iterator[TrainForm]:
    made = TrainForm(theme)
    made.bases.show_bases(Bases((HERE, LARGER), (), CPU))
    made.show_data("2 scenarios.", [Path("a.md"), Path("b.md")])
    made.show_ready(True, "")
    yield made
    delete(made)


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
    assert not choice.changed


def test_a_build_whose_scenarios_changed_since_says_so(
    workspace: Workspace, form: TrainForm, capsys: pytest.CaptureFixture[str]
) -> None:
    path = workspace.root / "datasets" / "tavern.yaml"
    path.write_text("format: 1\nsources:\n- {name: ours, scenarios: scenarios}\n", "utf-8")
    build("tavern", workspace, cutter_of)
    one, other, *_rest = workspace.scenario_files()
    one.write_text(one.read_text("utf-8") + "\n", "utf-8")
    other.write_text(other.read_text("utf-8"), "utf-8")  # newer, and the same
    (choice,) = build_choices(workspace)
    assert choice.changed.startswith("1 file")
    form.show_builds([choice])
    form.source.setCurrentIndex(1)
    assert form.changed.text() == choice.changed and not form.changed.isHidden()
    form.source.setCurrentIndex(0)
    assert form.changed.isHidden()


def put(form: TrainForm, setting: str, text: str) -> None:
    """Writes into a field as a person does."""
    field = form.advanced.rows[setting].field
    field.setText(text)
    field.textEdited.emit(text)


def unexplained(form: TrainForm) -> list[str]:
    """The labels of fields and of figures that say nothing on hover, or not what the glossary says."""
    assert form.advanced.rows
    says = {term.says for term in glossary().values()}
    named = [one for one in form.findChildren(QLabel) if one.buddy() is not None or one.property("term")]
    assert len(named) > len(settings())
    return [one.text() for one in named if one.toolTip() not in says]


def test_every_label_says_two_sentences_on_hover_and_every_setting_has_a_field(form: TrainForm) -> None:
    assert unexplained(form) == []
    assert set(form.advanced.rows) | set(ELSEWHERE) == set(settings())
    rank = form.advanced.rows["lora.rank"]
    rank.name.setToolTip("")
    assert unexplained(form) == ["Rank"], "the test above would find one that says nothing"
    nameless = [name for name, row in form.advanced.rows.items() if not row.field.accessibleName()]
    assert not nameless
    assert re.search("whole number from 1 up to 256", rank.field.toolTip())


def test_what_is_changed_is_marked_told_and_taken_back(form: TrainForm) -> None:
    assert form.values()["profile"] == "cpu-starter" and "lora.rank" not in form.values()
    row = form.advanced.rows["lora.rank"]
    put(form, "lora.rank", "8")
    put(form, "max_minutes", "")
    assert row.changed and not row.undo.isHidden() and row.name.property("touched") is True
    assert "32" in row.undo.toolTip()
    told = form.values()
    assert (told["lora.rank"], told["max_minutes"]) == (8, None)
    config = read_config(told)
    assert (config.lora.rank, config.lora.alpha, config.max_minutes) == (8, 64, None)
    row.undo.click()
    assert not row.changed and row.undo.isHidden() and row.field.text() == "32"
    assert form.values()["max_minutes"] is None
    form.advanced.back.click()
    assert "max_minutes" not in form.values() and form.advanced.back.isHidden()


def test_all_that_is_wrong_is_told_beside_its_field_and_nothing_starts(form: TrainForm) -> None:
    for setting, text in (("lora.rank", "0"), ("epochs", "many"), ("learning_rate", "2"), ("sample_tokens", "")):
        put(form, setting, text)
    rows = form.advanced.rows
    wrong = {name: row.trouble for name, row in rows.items() if row.trouble}
    assert set(wrong) == {"lora.rank", "epochs", "learning_rate", "sample_tokens"}
    assert "from 1 up to 256" in wrong["lora.rank"] and '"many"' in wrong["epochs"]
    assert rows["epochs"].field.property("invalid") is True
    assert not form.start.isEnabled() and "Rank" in form.why.text() and "Epochs" in form.why_not
    for setting in wrong:
        rows[setting].reset()
    assert form.start.isEnabled() and not form.why_not and rows["epochs"].field.property("invalid") is False


def test_values_of_every_kind_come_back_as_the_settings_have_them(form: TrainForm) -> None:
    before = read_config(form.values())
    put(form, "lora.target_modules", "q_proj, v_proj")
    put(form, "lora.layers", "all")
    put(form, "memory_limit_gb", "3.5")
    rows = form.advanced.rows
    for setting, value in (("gradient_checkpointing", True), ("use_gpu", False), ("precision", "fp32")):
        rows[setting].field.setCurrentIndex(rows[setting].field.findData(value))
    rows["sample_lines"].field.setPlainText("I draw my sword.\n\nWho is there? ")
    config = read_config(form.values())
    assert config.lora.target_modules == ("q_proj", "v_proj") and config.lora.layers == "all"
    assert config.memory_limit_gb == 3.5 and config.gradient_checkpointing is True and config.use_gpu is False
    assert config.precision == "fp32" and config.sample_lines == ("I draw my sword.", "Who is there?")
    form.advanced.reset()
    assert read_config(form.values()) == before


def test_another_model_brings_the_profile_that_suits_it_until_a_person_chooses_one(
    form: TrainForm, qtbot: QtBot
) -> None:
    form.resize(360, 900)
    with qtbot.waitActive(form):
        form.show()
    first, other = (form.bases.cards[name].radio for name in (HERE.name, LARGER.name))
    assert first.isChecked() and form.advanced.profile_name == "cpu-starter"
    put(form, "seed", "7")
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Down)
    assert other.isChecked() and form.values()["base"] == "qwen2.5-1.5b"
    assert form.advanced.profile_name == "cpu-larger" and form.values()["seed"] == 7
    assert not form.start.isEnabled() and "Qwen2.5 1.5B is not here yet" in form.why.text()
    profile = form.advanced.profile
    profile.setCurrentIndex(profile.findData("vram-4gb"))
    profile.activated.emit(profile.currentIndex())
    qtbot.keyClick(other, Qt.Key.Key_Up)
    assert form.values()["base"] == "starter.gguf" and form.values()["profile"] == "vram-4gb"
    assert "Better" in other.accessibleName() and "Sure." in other.accessibleDescription()


def test_the_models_may_be_looked_at_again_without_losing_the_choice(form: TrainForm, qtbot: QtBot) -> None:
    form.bases.choose(LARGER.name)
    assert form.bases.cards[LARGER.name].radio.isChecked()
    came = BaseChoice(LARGER.name, LARGER.title, "", "", (), Path("qwen"), LARGER.model)
    form.bases.show_bases(Bases((HERE,), (came,), CPU))
    qtbot.waitUntil(lambda: form.bases.whole)
    assert form.bases.choice == came and form.bases.cards[LARGER.name].radio.isChecked() and form.start.isEnabled()
    form.bases.show_bases(Bases((HERE,), (), CPU))
    assert form.bases.choice == HERE, "what is gone is not chosen any more"
    form.bases.show_bases(Bases())
    assert form.bases.choice is None and not form.start.isEnabled()


def test_settings_in_sentences_of_the_planner_have_the_names_of_their_fields() -> None:
    assert in_words("batch_size is 1 instead of 4.") == "Batch size is 1 instead of 4."
    assert in_words("quantisation is nf4: lora.rank stays.") == "Quantisation in training is nf4: Rank stays."


def test_the_tab_key_goes_from_top_to_bottom(form: TrainForm) -> None:
    row = form.advanced.rows["lora.rank"]
    put(form, "lora.rank", "8")
    form.bases.show_bases(Bases((HERE, LARGER), (replace(HERE, name="other"),), CPU))
    wanted = (
        form.bases.cards[STARTER].radio, form.bases.cards[LARGER.name].fetch, form.bases.more, form.source, form.name,
        form.minutes.field, form.advanced.profile, row.field, row.undo, form.advanced.rows["sample_lines"].field,
        form.start,
    )  # fmt: skip
    chain, at = list[QWidget](), form.window()
    while at not in chain:
        chain.append(at)
        at = at.nextInFocusChain()
    places = [chain.index(one) for one in wanted]
    assert places == sorted(places)

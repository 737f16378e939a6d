"""The Data tab at work on a real data set: looked at, filtered, decided by keys, changed, built and compared."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from studio.dataset.audit.people import PeopleFile
from studio.dataset.builds import find_build
from studio.dataset.description import read_description
from studio.dataset.verdicts import Decision
from studio.ui.cards.bubble import Bubble
from studio.ui.context import Context, Toast
from studio.ui.data.examples_model import COLUMNS
from studio.ui.data.tab import DataTab
from studio.ui.parts import Part
from studio.ui.problems import Problem

Run = Callable[[Coroutine[object, object, object]], object]


async def settled(tab: DataTab, act: Callable[[], object] = lambda: None) -> None:
    """Does something and waits until nothing is under way any more."""
    act()
    for _turn in range(3):
        while tab.busy or tab.desk.working:
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.05)


def shown(tab: DataTab, column: str) -> list[str]:
    """A column of the table, as it stands there."""
    model, number = tab.examples.model, COLUMNS.index(column)
    return [str(model.index(row, number).data()) for row in range(model.rowCount())]


def test_the_first_look_reads_checks_and_counts(tab: DataTab) -> None:
    assert shown(tab, "source") == ["scenarios", *["scraped"] * 4]
    by_text = dict(zip(shown(tab, "text"), shown(tab, "decision"), strict=True))
    assert by_text["Who keeps the toll bridge now?"] == "Bin" and by_text["What does the miller fear?"] == "Bin"
    assert by_text["I wade across."] == "Keep" == by_text["Where is the eel market?"]
    assert all(shown(tab, "why")[row] for row, word in enumerate(shown(tab, "decision")) if word == "Bin")
    assert tab.sources.cards["scraped"].weight.value() == 1
    bars = {(bar.what, bar.value): bar.have for bar in tab.about.balance.bars}
    assert bars["tool", "roll"] == 1 and bars["skill", "stealth"] == 1
    assert tab.about.missing.gap is not None


def test_what_was_left_out_is_listed_with_its_place(tab: DataTab, context: Context, run: Run) -> None:
    rows = [row for section in tab.reports["problems"].sections for row in section.rows]
    assert any("rol" in row[0] and row[1].startswith("scenarios/roleplay/slips.md:") for row in rows)
    assert any(row[1] == "datasets/scraped.jsonl:5" for row in rows)
    opened: list[Problem] = []
    context.problem_wanted.connect(opened.append)
    section = tab.reports["problems"].sections[0]
    place = next(row for row, target in enumerate(section.targets) if target.path.endswith("slips.md"))
    run(settled(tab, lambda: tab.reports["problems"].led.emit(section.targets[place])))
    slips = context.workspace.scenarios / "roleplay" / "slips.md"
    (problem,) = opened
    assert problem.path == slips and slips.read_text("utf-8")[problem.start :].startswith("[rol: stealth]")


def test_rows_are_filtered_and_ordered(tab: DataTab, run: Run) -> None:
    tab.examples.filters.choose("decision", "bin")
    run(settled(tab))
    assert set(shown(tab, "decision")) == {"Bin"} and len(shown(tab, "text")) == 2
    tab.examples.filters.choose("decision", "")
    tab.examples.filters.search.setText("SALT house")
    run(settled(tab))
    assert shown(tab, "text") == ["Where is the eel market?"]
    tab.examples.filters.search.clear()
    tab.about.balance.chosen.emit("skill", "stealth")
    run(settled(tab))
    assert shown(tab, "source") == ["scenarios"]
    tab.examples.filters.look_for(None)
    tab.examples.view.horizontalHeader().setSortIndicator(COLUMNS.index("length"), Qt.SortOrder.DescendingOrder)
    run(settled(tab))
    assert [int(words) for words in shown(tab, "length")] == sorted(map(int, shown(tab, "length")), reverse=True)


def test_a_verdict_by_key_counts_at_once_and_is_taken_back(qtbot: QtBot, tab: DataTab, run: Run) -> None:
    people, view = PeopleFile(tab.context.workspace.root), tab.examples.view
    row = shown(tab, "text").index("Where is the eel market?")
    view.go_to(row)
    qtbot.keyClick(view, Qt.Key.Key_B)
    run(settled(tab))
    key = tab.examples.model.key(row)
    assert shown(tab, "decision")[row] == "Bin" and people.read()[key].decision is Decision.BIN
    tab.undo.undo()
    run(settled(tab))
    assert shown(tab, "decision")[row] == "Keep" and key not in people.read()
    tab.undo.redo()
    run(settled(tab))
    assert people.read()[key].decision is Decision.BIN


def test_a_twin_is_back_when_one_comes_back_after_the_row_that_stood_for_it_was_binned(
    qtbot: QtBot, tab: DataTab, run: Run, described: Path
) -> None:
    pairs = described.with_name("scraped.jsonl")
    answer = "BEHIND the salt house, from the third bell until the tide turns."
    twin = json.dumps({"instruction": "WHERE is the eel market?", "response": answer})
    pairs.write_text(pairs.read_text("utf-8") + f"{twin}\n", "utf-8")
    run(settled(tab, tab.entered))

    def verdict(text: str) -> str:
        return shown(tab, "decision")[shown(tab, "text").index(text)]

    assert (verdict("Where is the eel market?"), verdict("WHERE is the eel market?")) == ("Keep", "Bin")
    tab.examples.view.go_to(shown(tab, "text").index("Where is the eel market?"))
    qtbot.keyClick(tab.examples.view, Qt.Key.Key_B)
    run(settled(tab))
    run(settled(tab, tab.entered))
    assert (verdict("Where is the eel market?"), verdict("WHERE is the eel market?")) == ("Bin", "Keep")


def test_an_example_is_read_as_a_chat_with_every_voice(qtbot: QtBot, tab: DataTab, run: Run) -> None:
    row = shown(tab, "text").index("Who keeps the toll bridge now?")
    tab.examples.view.go_to(row)
    qtbot.keyClick(tab.examples.view, Qt.Key.Key_Return)
    run(settled(tab))
    reading = tab.examples.reading
    assert tab.examples.opened
    said = [bubble.accessibleName() for bubble in reading.findChildren(Bubble) if not bubble.isHidden()]
    assert said == [
        "Player: Who keeps the toll bridge now?",
        "Narrator: As an AI language model, I cannot help with that request.",
    ]
    voices = [one.accessibleName() for one in reading.findChildren(QWidget) if one.accessibleName().endswith(": Bin")]
    assert "Heuristics: Bin" in voices
    qtbot.keyClick(reading, Qt.Key.Key_K)
    run(settled(tab))
    voices = [one.accessibleName() for one in reading.findChildren(QWidget) if not one.isHidden()]
    assert "You: Keep" in voices
    qtbot.keyClick(reading, Qt.Key.Key_Escape)
    assert not tab.examples.opened and shown(tab, "decision")[row] == "Keep"


def test_a_source_is_added_weighed_and_removed_and_comments_stay(tab: DataTab, run: Run, described: Path) -> None:
    other = described.with_name("more.jsonl")
    other.write_text('{"prompt": "Is the weir open?", "completion": "Until the spring flood."}\n', "utf-8")
    tab.open_path(other)
    form = tab.sets.form
    assert form is not None and form.name.text() == "more" and form.place.text() == "datasets/more.jsonl"
    form.weight.setValue(2)
    run(settled(tab, form.answer))
    assert "Is the weir open?" in shown(tab, "text"), "a new source is read at once"
    tab.sources.cards["scenarios"].weight.setValue(4)
    told = read_description(described)
    assert {one.name: one.weight for one in told.sources} == {"scenarios": 4, "scraped": 1, "more": 2}
    assert "# What the tavern learns from." in described.read_text("utf-8")
    assert "# written here" in described.read_text("utf-8")
    tab.sources.removed.emit("scraped")
    assert [one.name for one in read_description(described).sources] == ["scenarios", "more"]
    tab.undo.undo()
    run(settled(tab))
    assert "scraped" in tab.sources.cards and set(shown(tab, "source")) == {"scenarios", "scraped", "more"}


def test_a_form_says_what_is_wrong_and_stays(tab: DataTab, described: Path) -> None:
    before = described.read_bytes()
    tab.sets.ask()
    form = tab.sets.form
    assert form is not None
    form.place.setText("datasets/scraped.jsonl")
    assert form.name.text() == "scraped"
    form.answer()
    assert "scraped" in form.trouble.text() and form.trouble.isVisibleTo(form)
    assert described.read_bytes() == before
    form.reject()


def test_a_description_that_another_program_changed_is_not_written_over(
    tab: DataTab, run: Run, described: Path
) -> None:
    tab.sources.cards["scenarios"].weight.setValue(3)
    tab.looks.stop()  # nothing needs to be looked at here
    described.write_text(described.read_text("utf-8").replace("weight: 1", "weight: 2"), "utf-8")
    tab.undo.undo()
    tab.looks.stop()
    assert {one.name: one.weight for one in read_description(described).sources} == {"scenarios": 3, "scraped": 2}


def test_what_was_written_meanwhile_is_read_when_one_comes_back(tab: DataTab, run: Run) -> None:
    path = tab.context.workspace.scenarios / "combat" / "toll-bridge.md"
    path.write_text(path.read_text("utf-8").replace("I wade across.", "I run across."), "utf-8")
    run(settled(tab, tab.entered))
    assert "I run across." in shown(tab, "text")


def test_nothing_is_read_before_the_packages_for_data_are_there(
    qtbot: QtBot, context: Context, described: Path, run: Run
) -> None:
    context.parts.put(Part("data", "Data packages", 0.5))
    tab = DataTab(context)
    qtbot.addWidget(tab)
    tab.show()
    run(settled(tab, tab.entered))
    assert tab.data is None
    run(settled(tab, lambda: context.parts.arrived("data")))
    assert tab.data is not None and shown(tab, "text")
    tab.closing()


def test_mistakes_in_a_description_are_said_in_its_place(tab: DataTab, run: Run, described: Path) -> None:
    described.write_text("format: 1\nsources: []\n", "utf-8")
    run(tab.looks.load("tavern"))
    assert tab.pages.currentWidget() is tab.pages.broken and not tab.bar.build.isEnabled()


def test_a_build_from_the_window_and_what_it_says(tab: DataTab, run: Run, starter: Path) -> None:
    run(settled(tab, tab.bar.build.click))
    job = next(one for one in tab.context.jobs.jobs if one.title == "Building tavern")
    assert job.state.value == "done", job.detail
    build = find_build(tab.context.workspace, "tavern")
    assert build.manifest.counts["read"] == 5
    titles = [section.title for section in tab.reports["builds"].sections]
    assert titles[0] == f"Build {build.name}" and "Left out, by reason" in titles
    assert tab.page == "builds"


def test_a_job_is_stopped(tab: DataTab, run: Run) -> None:
    async def stopped() -> None:
        tab.deeds.build()
        while not tab.desk.working:
            await asyncio.sleep(0.01)
        assert tab.context.workbench.busy, "the window asks before it closes"
        await tab.desk.end(30)

    run(stopped())
    run(settled(tab))
    assert not tab.desk.working and not tab.deeds.builds.built


def test_every_control_has_a_name(tab: DataTab) -> None:
    kinds = (QAbstractButton, QLineEdit, QComboBox, QAbstractItemView, QAbstractSpinBox)
    owners = (QComboBox, QLineEdit, QAbstractItemView, QAbstractSpinBox)
    nameless = [
        f"{type(one).__name__} in {type(one.parent()).__name__}"
        for root in (tab, tab.bar)
        for kind in kinds
        for one in root.findChildren(kind)
        if not one.accessibleName() and not (isinstance(one, QAbstractButton) and one.text())
        if not isinstance(one.parentWidget(), owners) and not isinstance(one.parentWidget().parentWidget(), owners)
    ]
    assert not nameless, sorted(set(nameless))


def test_commands_and_their_keys_are_told_apart(tab: DataTab) -> None:
    commands = tab.commands()
    shortcuts = [one.shortcut for one in commands if one.shortcut]
    assert len(shortcuts) == len(set(shortcuts)) and len({one.name for one in commands}) == len(commands)


def test_a_model_to_judge_goes_into_the_description(tab: DataTab, run: Run, described: Path, tmp_path: Path) -> None:
    model = tmp_path / "judge.gguf"
    model.write_bytes(b"GGUF")
    run(settled(tab, lambda: tab.deeds.judge_with(model)))
    assert read_description(described).audit.judge.model == model
    job = next(one for one in tab.context.jobs.jobs if one.title == "Judging tavern")
    assert job.state.value == "failed" and job.detail, "a file that is no model is said"
    assert shown(tab, "text"), "what was there stays"


def test_a_missing_scenario_is_begun_from_a_template(tab: DataTab, run: Run) -> None:
    opened: list[Path] = []
    tab.context.path_opened.connect(opened.append)
    gap = tab.about.missing.gap
    assert gap is not None
    run(settled(tab, tab.about.missing.write.click))
    (path,) = opened
    assert path.parent.name == gap["type"] and str(gap["sentence"]) in path.read_text("utf-8")


def test_a_draft_is_accepted_and_taken_back(tab: DataTab, run: Run) -> None:
    root = tab.context.workspace.root
    draft = root / "drafts" / "the-weir.md"
    draft.parent.mkdir()
    text = (root / "scenarios" / "combat" / "toll-bridge.md").read_text("utf-8")
    draft.write_text(text.replace("player: Wren", "player: Wren\ntags: [synthetic]"), "utf-8")
    run(tab.drafting.show_drafts())
    assert tab.about.words["drafts"].text() == "Drafts 1" and tab.about.drafts.accept.isEnabled()
    toasts: list[Toast] = []
    tab.context.toasted.connect(toasts.append)
    run(settled(tab, tab.about.drafts.accept.click))
    assert not draft.exists(), [one.text for one in toasts]
    assert (root / "scenarios" / "mixed" / "the-weir.md").is_file()
    assert shown(tab, "source").count("scenarios") == 2, "it is looked at with the others"
    undo = next(one.run for one in toasts if one.action == "Undo")
    assert undo is not None
    run(settled(tab, undo))
    assert draft.read_text("utf-8").count("synthetic") == 1
    assert not (root / "scenarios" / "mixed" / "the-weir.md").exists()

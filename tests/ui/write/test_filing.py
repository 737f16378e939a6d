"""Deleting, renaming and moving from the tree: through the system's bin, taken back, followed by open pages."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QModelIndex, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from studio.ui.context import Context, Toast
from studio.ui.write.page import Page
from studio.ui.write.tab import WriteTab
from studio.ui.write.trash import throw
from studio.ui.write.tree_view import dragged
from studio.workspace.history import History

LONG = 30_000

Make = Callable[[], WriteTab]
Opened = Callable[[WriteTab, Path], Page]


@pytest.fixture(autouse=True)
def own_bin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bin of the system for the test alone."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    return tmp_path / "data" / "Trash"


@pytest.fixture
def told(context: Context) -> Iterator[list[Toast]]:
    heard: list[Toast] = []
    context.toasted.connect(heard.append)
    yield heard


def select(tab: WriteTab, path: Path) -> None:
    tab.tree.mark(path)
    assert tab.tree.selected == path


def pick(menu: QMenu, *words: str) -> None:
    for word in words[:-1]:
        menu = next(action for action in menu.actions() if action.text() == word).menu()  # type: ignore[assignment]
    next(action for action in menu.actions() if action.text() == words[-1]).trigger()


def test_the_system_says_where_a_file_lies_in_its_bin(tmp_path: Path, own_bin: Path) -> None:
    path = tmp_path / "old.md"
    path.write_text("old")
    place = throw(path)
    assert place is not None and place.read_text() == "old" and place.is_relative_to(own_bin)
    assert not path.exists()
    assert throw(tmp_path / "missing.md") is None


def test_delete_in_the_tree_puts_into_the_bin_and_ctrl_z_brings_back(
    qtbot: QtBot, made_tab: Make, context: Context, scenario: Path, own_bin: Path
) -> None:
    tab = made_tab()
    before = scenario.read_bytes()
    select(tab, scenario)
    qtbot.keyClick(tab.tree.view, Qt.Key.Key_Delete)
    assert not scenario.exists()
    (place,) = (own_bin / "files").iterdir()
    assert place.read_bytes() == before
    qtbot.waitUntil(lambda: scenario not in tab.tree.paths, timeout=LONG)
    qtbot.keyClick(tab.tree.view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert scenario.read_bytes() == before
    assert not list((own_bin / "files").iterdir()) and not list((own_bin / "info").iterdir())
    qtbot.waitUntil(lambda: scenario in tab.tree.paths, timeout=LONG)


def test_the_message_after_a_deletion_takes_it_back(
    made_tab: Make, context: Context, scenario: Path, told: list[Toast]
) -> None:
    tab = made_tab()
    pick(tab.tree.menu(scenario), "Move to the bin")
    toast = told[-1]
    assert toast.action == "Undo" and toast.run is not None and not scenario.exists()
    toast.run()
    assert scenario.exists() and told[-1].kind == "success"


def test_without_a_bin_of_the_system_a_deleted_file_is_kept_in_the_workspace(
    made_tab: Make, context: Context, scenario: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = made_tab()
    monkeypatch.setattr(tab.filer._filing, "_throw", lambda path: None)
    tab.filer.delete(scenario)
    (place,) = context.workspace.bin.iterdir()
    assert not scenario.exists() and place.read_text("utf-8").startswith("---")
    tab.filer.undo()
    assert scenario.exists()


def test_an_open_page_closes_with_its_file_unless_it_has_unsaved_text(
    qtbot: QtBot, made_tab: Make, opened: Opened, context: Context, scenario: Path
) -> None:
    tab = made_tab()
    opened(tab, scenario)
    tab.filer.delete(scenario)
    assert tab.pages.pages == ()
    tab.filer.undo()
    page = opened(tab, scenario)
    page.editor.insertPlainText("unsaved ")
    tab.filer.delete(scenario)
    assert tab.pages.pages == (page,) and page.text().startswith("unsaved ")
    qtbot.waitUntil(lambda: page._notice is not None, timeout=LONG)
    tab.filer.undo()
    qtbot.waitUntil(lambda: page._notice is None, timeout=LONG)
    assert page.dirty


def test_an_open_page_follows_a_rename_with_its_unsaved_text_and_its_history(
    qtbot: QtBot, made_tab: Make, opened: Opened, context: Context, scenario: Path
) -> None:
    tab = made_tab()
    page = opened(tab, scenario)
    before = page.text()
    page.editor.insertPlainText("unsaved ")
    tab.filer.ask_name(scenario)
    question = tab.filer.question
    assert question is not None
    question.name.setText("The Ford")
    question.accept_name()
    new = scenario.with_name("The Ford.md")
    assert new.exists() and not scenario.exists()
    assert page.document.path == new and page.text().startswith("unsaved ")
    assert tab.tree.selected is None or tab.tree.selected == new
    assert tab.pages.save() and new.read_text("utf-8").startswith("unsaved ")
    assert not scenario.exists(), "a save goes to the new place"
    assert tab.pages.safe.flush()
    history = History(context.workspace.snapshots)
    assert before in [history.read(snapshot) for snapshot in history.of(new)]
    select_again = tab.filer
    select_again.undo()
    assert page.document.path == scenario and scenario.read_text("utf-8").startswith("unsaved ")
    qtbot.wait(200)
    assert page._notice is None, "what the studio did itself is no change by another program"


def test_a_scenario_is_moved_to_another_folder_from_its_menu(
    qtbot: QtBot, made_tab: Make, opened: Opened, context: Context, scenario: Path
) -> None:
    tab = made_tab()
    page = opened(tab, scenario)
    pick(tab.tree.menu(scenario), "Move to", "Exploration")
    new = context.workspace.scenarios / "exploration" / scenario.name
    assert new.exists() and not scenario.exists() and page.document.path == new
    tab.filer.undo()
    assert scenario.exists() and page.document.path == scenario


def row_of(tab: WriteTab, words: str) -> QModelIndex:
    model = tab.tree.view.model()
    groups = [model.index(row, 0) for row in range(model.rowCount())]
    rows = [*groups, *(model.index(row, 0, group) for group in groups for row in range(model.rowCount(group)))]
    return next(index for index in rows if index.data() == words)


def drag(tab: WriteTab, what: str, onto: str) -> bool:
    """Drags a row onto another as Qt tells it; whether it was taken."""
    data = dragged(row_of(tab, what))
    if data is None:
        return False
    view, place = tab.tree.view, tab.tree.view.visualRect(row_of(tab, onto)).center()
    keys, button, move = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton, Qt.DropAction.MoveAction
    QApplication.sendEvent(view.viewport(), QDragEnterEvent(place, move, data, button, keys))
    over = QDragMoveEvent(place, move, data, button, keys)
    QApplication.sendEvent(view.viewport(), over)
    if over.isAccepted():
        view.grab()
        assert tab.tree.view._rows.target == row_of(tab, onto), "the goal is shown"
        QApplication.sendEvent(view.viewport(), QDropEvent(QPointF(place), move, data, button, keys))
    else:
        QApplication.sendEvent(view.viewport(), QDragLeaveEvent())
    assert tab.tree.view._rows.target is None
    return over.isAccepted()


def test_a_scenario_is_dragged_to_another_type_and_ctrl_z_brings_it_back(
    qtbot: QtBot, made_tab: Make, opened: Opened, context: Context, scenario: Path
) -> None:
    tab = made_tab()
    page = opened(tab, scenario)
    assert not drag(tab, "The Toll Bridge", "Combat"), "it is there already"
    assert not drag(tab, "Roleplay", "Combat"), "a type is no file"
    assert drag(tab, "The Toll Bridge", "The Slips")
    new = context.workspace.scenarios / "roleplay" / scenario.name
    assert new.exists() and not scenario.exists() and page.document.path == new
    qtbot.keyClick(tab.tree.view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert scenario.exists() and page.document.path == scenario
    qtbot.waitUntil(lambda: set(tab.tree.paths) >= {scenario} and new not in tab.tree.paths, timeout=LONG)
    assert drag(tab, "The Toll Bridge", "Roleplay") and new.exists()


def test_what_is_dragged_from_elsewhere_is_left_to_the_window(made_tab: Make, scenario: Path) -> None:
    tab, data = made_tab(), QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(scenario))])
    none = Qt.KeyboardModifier.NoModifier
    over = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, none)
    QApplication.sendEvent(tab.tree.view.viewport(), over)
    assert not over.isAccepted()


def test_no_file_is_written_over_and_a_name_that_cannot_be_is_told(
    made_tab: Make, context: Context, scenario: Path, told: list[Toast]
) -> None:
    tab = made_tab()
    other = scenario.with_name("bridge.md")
    other.write_text("another")
    tab.filer.rename(scenario, "bridge")
    assert told[-1].kind == "error" and other.read_text() == "another" and scenario.exists()
    tab.filer.ask_name(scenario)
    question = tab.filer.question
    assert question is not None
    for name, fits in (("bridge", False), ("a/b", False), ("", False), (scenario.stem, False), ("ferry", True)):
        question.name.setText(name)
        assert question._done.isEnabled() is fits, name
    question.reject()
    tab.filer.undo()
    assert "nothing to take back" in told[-1].text

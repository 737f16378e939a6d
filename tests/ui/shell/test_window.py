import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from studio.ui.context import Context, Toast
from studio.ui.jobs import Job, JobState
from studio.ui.parts import Part
from studio.ui.shell.toasts import ToastCard
from studio.ui.shell.window import Window
from studio.ui.start import Studio
from studio.ui.status import Note, Place
from studio.ui.tabs import Tab
from studio.workspace import Document, Recovery

CONTROLS = (QAbstractButton, QLineEdit, QComboBox, QAbstractItemView, QPlainTextEdit, QAbstractSpinBox, QTabBar)
OWNERS = (QComboBox, QTabBar, QLineEdit, QAbstractItemView, QAbstractSpinBox)


def press(qtbot: QtBot, window: QWidget, key: Qt.Key, *held: Qt.KeyboardModifier) -> None:
    modifiers = Qt.KeyboardModifier.ControlModifier
    for one in held:
        modifiers |= one
    qtbot.keyClick(window, key, modifiers)


def part_of_another(widget: QWidget) -> bool:
    """Whether Qt made it as a part of a control that has the name: a combo box's list, a field's cross."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, OWNERS):
            return True
        parent = parent.parentWidget()
    return False


def test_every_control_has_a_name_for_screen_readers(studio: Studio) -> None:
    write = studio.window.tabs["write"]
    write.show_sample(None)
    nameless = [
        f"{type(widget).__name__} in {type(widget.parent()).__name__}"
        for kind in CONTROLS
        for widget in studio.window.findChildren(kind)
        if not widget.accessibleName() and not part_of_another(widget)
        if not (isinstance(widget, QAbstractButton) and widget.text())
    ]
    assert not nameless, "\n".join(sorted(set(nameless)))


def test_the_palette_finds_and_runs_a_command(qtbot: QtBot, studio: Studio) -> None:
    window = studio.window
    press(qtbot, window, Qt.Key.Key_P, Qt.KeyboardModifier.ShiftModifier)
    assert window.palette_.isVisible()
    qtbot.keyClicks(window.palette_._search, "dark light")
    assert window.palette_.shown[0] == "Switch between dark and light"
    dark = studio.context.theme.dark
    qtbot.keyClick(window.palette_._search, Qt.Key.Key_Return)
    assert studio.context.theme.dark is not dark
    assert not window.palette_.isVisible()


def test_the_palette_leaves_on_escape_and_gives_the_focus_back(qtbot: QtBot, studio: Studio) -> None:
    window = studio.window
    search = window.tabs["write"].tree.search
    search.setFocus()
    window.open_palette()
    qtbot.keyClick(window.palette_._search, Qt.Key.Key_Escape)
    assert not window.palette_.isVisible()
    assert window.focusWidget() is search


def test_commands_with_shortcuts_are_told_apart(studio: Studio) -> None:
    commands = studio.window.actions_.commands()
    shortcuts = [command.shortcut for command in commands if command.shortcut]
    assert len(shortcuts) == len(set(shortcuts))
    assert len({command.name for command in commands}) == len(commands)


def test_ctrl_and_a_number_goes_to_a_tab(qtbot: QtBot, studio: Studio) -> None:
    window = studio.window
    window.current = ""
    press(qtbot, window, Qt.Key.Key_1)
    assert window.current == next(iter(window.tabs))


def test_zoom_and_theme_are_remembered(qtbot: QtBot, studio: Studio, tmp_path: Path) -> None:
    press(qtbot, studio.window, Qt.Key.Key_Equal)
    assert studio.context.theme.zoom == 1.1
    assert studio.context.settings.number("zoom", 1) == 1.1
    press(qtbot, studio.window, Qt.Key.Key_0)
    assert studio.context.theme.zoom == 1.0


def test_a_dropped_scenario_opens_and_another_file_is_refused_kindly(studio: Studio, tmp_path: Path) -> None:
    scenario = studio.context.workspace.scenarios / "combat" / "toll-bridge.md"
    picture = tmp_path / "map.png"
    picture.touch()
    for path in (scenario, picture):
        studio.window.dropEvent(dropped(path))
    assert studio.window.tabs["write"].pages.current.document.path == scenario
    assert "map.png" in studio.window.toasts.cards[-1].accessibleName()


def dropped(path: Path) -> QDropEvent:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    dropped.kept = data  # type: ignore[attr-defined]  # Qt does not own the data of an event
    buttons, held = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    return QDropEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, buttons, held)


class KnowingTab(Tab):
    """A tab that knows what a folder is, also where another one is shown."""

    title = "Knowing"
    icon_name = "play"

    def drop(self, path: Path, *, here: bool) -> bool:
        return path.is_dir()


def test_what_is_dropped_goes_to_who_knows_it(
    context: Context, tmp_path: Path, delete: Callable[[QWidget], None]
) -> None:
    tabs = {"later": LaterTab(context), "knowing": KnowingTab(context)}
    window = Window(context, tabs, tmp_path / "window.ini")
    window.go_to("later")
    window.dropEvent(dropped(tmp_path))
    assert window.current == "knowing"
    delete(window)


class LaterTab(Tab):
    """A tab that needs a part of the set-up."""

    title = "Later"
    icon_name = "train"
    waits_for = ("torch",)


def test_a_tab_waits_for_its_parts_and_comes_by_itself(
    context: Context, tmp_path: Path, delete: Callable[[QWidget], None]
) -> None:
    window = Window(context, {"later": LaterTab(context)}, tmp_path / "window.ini")
    page = window._pages["later"]
    assert page.currentIndex() == 0
    context.parts.put(Part("torch", "PyTorch", 0.4, 60))
    assert page.currentIndex() == 1
    words = [label.text() for label in page.currentWidget().findChildren(QLabel)]
    assert "PyTorch" in words and "40%  60 s left" in words
    context.parts.arrived("torch")
    assert page.currentIndex() == 0
    delete(window)


def test_the_drawer_opens_and_closes(qtbot: QtBot, studio: Studio) -> None:
    window = studio.window
    assert not window.drawer.isVisible(), "the first start leaves the room to the work"
    window.show_drawer("log")
    logging.getLogger("studio.test").warning("the dice are loaded")
    qtbot.waitUntil(lambda: "the dice are loaded" in window.drawer.log._text.toPlainText())
    window.toggle_drawer("log")
    assert not window.drawer.isVisible()
    press(qtbot, window, Qt.Key.Key_J, Qt.KeyboardModifier.ShiftModifier)
    assert window.drawer.isVisible() and window.drawer.page == "jobs"


def test_the_status_bar_says_what_it_is_told(qtbot: QtBot, studio: Studio) -> None:
    ran: list[int] = []
    note = Note("training 41%", "step 82 of 200", "train", run=lambda: ran.append(1))
    studio.context.status.say(Place.TRAINING, note)
    assert studio.window.status_bar.text(Place.TRAINING) == "training 41%"
    qtbot.mouseClick(studio.window.status_bar._buttons[Place.TRAINING], Qt.MouseButton.LeftButton)
    assert ran == [1]
    studio.context.status.say(Place.TRAINING, None)
    assert studio.window.status_bar.text(Place.TRAINING) == ""
    qtbot.waitUntil(lambda: "GB" in studio.window.status_bar.text(Place.MEMORY), timeout=5000)


def test_toasts_are_few_and_errors_stay(qtbot: QtBot, studio: Studio) -> None:
    for number in range(7):
        studio.context.toast(f"message {number}", "error")
    studio.context.toast("message 6", "error")
    cards = studio.window.toasts.cards
    assert [card.accessibleName() for card in cards] == [f"message {number}" for number in range(3, 7)]
    assert not any(card._timer.isActive() for card in cards)
    bottoms = [card.geometry().bottom() for card in cards]
    assert bottoms == sorted(bottoms) and len(set(bottoms)) == 4
    cards[0].leave()
    assert len(studio.window.toasts.cards) == 3


def test_a_toast_runs_its_action_once(qtbot: QtBot, studio: Studio) -> None:
    ran: list[int] = []
    studio.window.toasts.add(Toast("Saved.", "success", "Undo", lambda: ran.append(1)))
    card = studio.window.toasts.cards[-1]
    assert isinstance(card, ToastCard)
    button = next(one for one in card.findChildren(QAbstractButton) if one.text() == "Undo")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert ran == [1] and card not in studio.window.toasts.cards


def test_the_end_of_a_job_is_told(studio: Studio) -> None:
    studio.context.jobs.put(Job("a", "Training tavern", JobState.RUNNING))
    studio.context.jobs.put(Job("a", "Training tavern", JobState.FAILED, detail="The worker ended by signal 9."))
    assert studio.window.toasts.cards[-1].accessibleName() == "Training tavern failed. The worker ended by signal 9."


def test_closing_keeps_unsaved_text_and_asks_nothing(qtbot: QtBot, studio: Studio) -> None:
    write = studio.window.tabs["write"]
    path = studio.context.workspace.scenarios / "combat" / "toll-bridge.md"
    before = path.read_bytes()
    write.open_path(path)
    write.pages.current.editor.insertPlainText("x")
    studio.window.close()
    assert studio.window.findChild(QMessageBox) is None
    qtbot.waitUntil(lambda: not studio.window.isVisible())
    assert path.read_bytes() == before
    kept = Recovery(studio.context.workspace.recovery).all_for(Document.read(path))
    assert [one.text.startswith("x---") for one in kept] == [True]


def test_the_window_comes_back_as_it_was(studio: Studio, tmp_path: Path, delete: Callable[[QWidget], None]) -> None:
    studio.window.resize(950, 700)
    studio.window.show_drawer("jobs")
    studio.window.close()
    again = Studio.build(studio.context.workspace.root, tmp_path / "config", studio.context.theme, ("write",))
    try:
        assert again.window.height() == 700
        again.window.show()
        assert again.window.drawer.isVisible() and again.window.drawer.page == "jobs"
    finally:
        again.window.close()
        again.close()
        delete(again.window)


def test_an_uncaught_error_is_told_and_the_window_stays(studio: Studio, caplog: pytest.LogCaptureFixture) -> None:
    import sys

    sys.excepthook(ValueError, ValueError("a die with no sides"), None)
    assert "a die with no sides" in studio.window.toasts.cards[-1].accessibleName()
    assert studio.window.isVisible()
    caplog.clear()

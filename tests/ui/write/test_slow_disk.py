"""A disk that takes its time: the window goes on, and what was asked for comes when it is there."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

import studio.files
from studio.ui.background import Background
from studio.ui.context import Context, Toast
from studio.ui.write.page import Page
from studio.ui.write.tab import WriteTab
from studio.workspace import bin as bins
from studio.workspace.history import History

LONG = 30_000
STALL = 0.5

Make = Callable[[], WriteTab]
Opened = Callable[[WriteTab, Path], Page]


@dataclass
class SlowDisk:
    """Holds up who reads or writes below a folder until `go`; `threads` are those that it held up."""

    go: threading.Event = field(default_factory=threading.Event)
    slow: bool = False
    threads: list[str] = field(default_factory=list)

    def wait(self) -> None:
        if self.slow:
            self.threads.append(threading.current_thread().name)
            self.go.wait(STALL if threading.current_thread() is threading.main_thread() else 30)

    @property
    def stalled(self) -> bool:
        """Whether the window had to wait for it."""
        return threading.main_thread().name in self.threads


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowDisk]:
    """Every file is read, written and moved through this one; it is quick until it is told to be slow."""
    made = SlowDisk()
    reading, replacing, moving = studio.files._taken, studio.files._replace, bins._move

    def taken(*given: object) -> bytes:
        made.wait()
        return reading(*given)  # type: ignore[arg-type]  # handed on as they came

    def replace(*given: object) -> None:
        made.wait()
        replacing(*given)  # type: ignore[arg-type]  # handed on as they came

    def move(*given: object) -> None:
        made.wait()
        moving(*given)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(studio.files, "_taken", taken)
    monkeypatch.setattr(studio.files, "_replace", replace)
    monkeypatch.setattr(bins, "_move", move)
    yield made
    made.go.set()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The window waits a blink, as it does outside of tests."""
    monkeypatch.setattr("studio.ui.background.BLINK_SECONDS", 0.01)


def at_once(self: Background, _key: object, work: Callable[[], object], answer: Callable[[object], object]) -> bool:
    """What the window would do without a thread for its files."""
    answer(work())
    return True


@pytest.fixture(params=[True, False], ids=["as it is", "twin"])
def holds(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, impatient: None) -> bool:
    """Whether the defence stands; the twin does the work where it was asked for."""
    if not request.param:
        monkeypatch.setattr(Background, "ask_at_once", at_once)
    return bool(request.param)


def test_a_file_is_opened_while_the_window_goes_on(
    qtbot: QtBot, made_tab: Make, opened: Opened, scenario: Path, context: Context, disk: SlowDisk, holds: bool
) -> None:
    tab = made_tab()
    other = opened(tab, context.workspace.scenarios / "roleplay" / "slips.md")
    disk.slow = True
    tab.open_path(scenario)
    page = tab.pages.current
    assert page is not None and page.document.path == scenario
    assert disk.stalled is not holds
    if not holds:
        return
    assert not page.there and page.editor.isReadOnly() and page._notice is not None
    qtbot.keyClick(page.editor, Qt.Key.Key_X)
    assert page.text() == "" and not page.dirty and tab.pages.save(), "what is not there yet is never written"
    other.editor.insertPlainText("typed meanwhile ")
    assert other.text().startswith("typed meanwhile ")
    disk.go.set()
    qtbot.waitUntil(lambda: page.there and page.parsed is not None, timeout=LONG)
    assert page.text() == scenario.read_text("utf-8") and page._notice is None and not page.editor.isReadOnly()


def test_a_page_closed_before_its_file_came_is_gone(
    qtbot: QtBot, made_tab: Make, scenario: Path, disk: SlowDisk, impatient: None
) -> None:
    tab = made_tab()
    disk.slow = True
    tab.open_path(scenario)
    tab.pages.close_page()
    disk.go.set()
    tab.pages.files.finish()
    QApplication.processEvents()
    assert tab.pages.pages == ()


def test_a_problem_is_shown_once_its_file_is_there(
    qtbot: QtBot, made_tab: Make, scenario: Path, context: Context, disk: SlowDisk, impatient: None
) -> None:
    tab = made_tab()
    slips = context.workspace.scenarios / "roleplay" / "slips.md"
    (problem, *_more) = [row for row in context.problems.rows if row.path == slips]
    disk.slow = True
    tab.open_path(slips)
    tab.show_problem(problem)
    disk.go.set()
    page = tab.pages.current
    assert page is not None
    qtbot.waitUntil(lambda: page.there, timeout=LONG)
    assert page.editor.textCursor().hasSelection() and page.editor.caret() == problem.start


def test_a_save_goes_on_while_somebody_types(
    qtbot: QtBot, made_tab: Make, opened: Opened, scenario: Path, disk: SlowDisk, holds: bool
) -> None:
    tab = made_tab()
    page = opened(tab, scenario)
    before = page.text()
    page.editor.insertPlainText("one ")
    disk.slow = True
    tab.pages.save()
    assert disk.stalled is not holds
    if not holds:
        return
    page.editor.insertPlainText("two ")
    tab.pages.save()
    tab.pages.save()
    assert page.dirty and scenario.read_text("utf-8") == before
    disk.go.set()
    qtbot.waitUntil(lambda: not page.dirty, timeout=LONG)
    assert scenario.read_text("utf-8") == "one two " + before == page.text() and page._notice is None


def test_closing_saves_first_and_closes_then(
    qtbot: QtBot, made_tab: Make, opened: Opened, scenario: Path, disk: SlowDisk, impatient: None
) -> None:
    tab = made_tab()
    page = opened(tab, scenario)
    page.editor.insertPlainText("last words ")
    disk.slow = True
    tab.pages._answered(page, QMessageBox.StandardButton.Save)
    assert tab.pages.pages == (page,), "it stays until its text is on the disk"
    disk.go.set()
    qtbot.waitUntil(lambda: tab.pages.pages == (), timeout=LONG)
    assert scenario.read_text("utf-8").startswith("last words ")


def test_leaving_the_window_waits_until_all_is_saved(
    qtbot: QtBot, made_tab: Make, opened: Opened, scenario: Path, disk: SlowDisk, impatient: None
) -> None:
    tab = made_tab()
    page = opened(tab, scenario)
    page.editor.insertPlainText("last words ")
    disk.slow = True
    threading.Timer(0.1, disk.go.set).start()
    assert tab.save_all() and scenario.read_text("utf-8").startswith("last words ") and not page.dirty


def test_a_file_is_moved_while_the_window_goes_on_and_a_save_waits_for_its_place(
    qtbot: QtBot, made_tab: Make, opened: Opened, scenario: Path, disk: SlowDisk, holds: bool
) -> None:
    tab = made_tab()
    page = opened(tab, scenario)
    page.editor.insertPlainText("typed ")
    disk.slow = True
    tab.filer.rename(scenario, "ford")
    assert disk.stalled is not holds
    if not holds:
        return
    assert not tab.pages.save() and page.document.path == scenario
    disk.go.set()
    new = scenario.with_name("ford.md")
    qtbot.waitUntil(lambda: not page.dirty, timeout=LONG)
    assert page.document.path == new and new.read_text("utf-8").startswith("typed ") and not scenario.exists()


def test_snapshots_are_read_while_the_window_goes_on(
    qtbot: QtBot, made_tab: Make, opened: Opened, scenario: Path, context: Context, disk: SlowDisk, holds: bool
) -> None:
    History(context.workspace.snapshots).take(scenario, "as it was\n", 1_000_000.0)
    tab = made_tab()
    opened(tab, scenario)
    disk.slow = True
    tab.filer.show_history(scenario)
    dialog = tab.filer.history
    assert dialog is not None
    assert disk.stalled is not holds
    if holds:
        qtbot.waitUntil(lambda: len(dialog.snapshots) == 1, timeout=LONG)
        assert not dialog.restore_button.isEnabled(), "what was not read cannot be restored"
        disk.go.set()
        qtbot.waitUntil(dialog.restore_button.isEnabled, timeout=LONG)
        dialog.restore()
        assert tab.pages.pages[0].text() == "as it was\n"
    disk.go.set()
    dialog.reject()


def test_a_dropped_card_is_looked_at_while_the_window_goes_on(
    qtbot: QtBot, made_tab: Make, tmp_path: Path, context: Context, disk: SlowDisk, holds: bool
) -> None:
    told: list[Toast] = []
    context.toasted.connect(told.append)
    tab = made_tab()
    path = tmp_path / "none.png"
    path.write_bytes(b"no card")
    disk.slow = True
    tab.open_path(path)
    assert disk.stalled is not holds
    disk.go.set()
    qtbot.waitUntil(lambda: len(told) == 1, timeout=LONG)
    assert told[0].kind == "warning"

"""What another program does to an open file: noticed, asked about, and never taken over or lost in silence."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from studio.ui.background import Background
from studio.ui.context import Context
from studio.ui.write.page import Page
from studio.ui.write.tab import WriteTab
from studio.workspace.history import History

LONG = 30_000

Make = Callable[[], WriteTab]
Opened = Callable[[WriteTab, Path], Page]
Press = Callable[[QWidget | None, str], None]


@pytest.fixture
def tab(made_tab: Make) -> WriteTab:
    return made_tab()


def asked(qtbot: QtBot, page: Page) -> None:
    qtbot.waitUntil(lambda: page._notice is not None, timeout=LONG)


def theirs(scenario: Path) -> str:
    return scenario.read_text("utf-8").replace("coppers", "silvers")


def test_a_change_is_offered_and_reloading_it_can_be_undone(
    qtbot: QtBot, tab: WriteTab, opened: Opened, scenario: Path, press: Press, context: Context
) -> None:
    page = opened(tab, scenario)
    page.editor.insertPlainText("mine ")
    mine, wanted = page.text(), theirs(scenario)
    scenario.write_text(wanted, "utf-8")
    asked(qtbot, page)
    assert page.text() == mine, "nothing is taken over before the answer"
    press(page._notice, "Reload")
    assert page.text() == wanted and not page.dirty and page._notice is None
    page.editor.undo()
    assert page.text() == mine and page.dirty
    tab.pages.safe.flush()
    history = History(context.workspace.snapshots)
    assert mine in [history.read(snapshot) for snapshot in history.of(scenario)]


def test_a_clean_page_reloads_by_itself_only_where_the_setting_says_so(
    qtbot: QtBot, tab: WriteTab, opened: Opened, scenario: Path, context: Context
) -> None:
    page = opened(tab, scenario)
    before, wanted = page.text(), theirs(scenario)
    scenario.write_text(wanted, "utf-8")
    asked(qtbot, page)
    assert page.text() == before
    context.settings.set("write.reload_clean", True)
    page._put_off()
    scenario.write_text(wanted + "\n", "utf-8")
    qtbot.waitUntil(lambda: page.text() == wanted + "\n", timeout=LONG)
    page.editor.insertPlainText("mine ")
    scenario.write_text(wanted, "utf-8")
    asked(qtbot, page)
    assert page.text() == "mine " + wanted + "\n", "a text with edits is never reloaded by itself"


def test_keeping_mine_puts_theirs_into_the_history_and_saves_over_it_when_asked(
    qtbot: QtBot, tab: WriteTab, opened: Opened, scenario: Path, press: Press, context: Context
) -> None:
    page = opened(tab, scenario)
    mine, wanted = page.text(), theirs(scenario)
    scenario.write_text(wanted, "utf-8")
    asked(qtbot, page)
    press(page._notice, "Keep mine")
    assert page.text() == mine and page.dirty and scenario.read_text("utf-8") == wanted
    assert tab.pages.save() and scenario.read_text("utf-8") == mine
    tab.pages.safe.flush()
    history = History(context.workspace.snapshots)
    assert wanted in [history.read(snapshot) for snapshot in history.of(scenario)]


def test_a_save_never_goes_over_a_change_unasked(
    qtbot: QtBot, tab: WriteTab, opened: Opened, scenario: Path, press: Press
) -> None:
    page = opened(tab, scenario)
    page.editor.insertPlainText("mine ")
    scenario.write_text("theirs", "utf-8")
    assert not tab.pages.save()
    assert scenario.read_text("utf-8") == "theirs"
    asked(qtbot, page)
    qtbot.waitUntil(lambda: not page._background.busy, timeout=LONG)
    if page._notice is None or "Save mine over it" not in str(page.standing.offers._disk):
        assert not tab.pages.save()
        qtbot.waitUntil(lambda: not page._background.busy, timeout=LONG)
    press(page._notice, "Save mine over it")
    assert scenario.read_text("utf-8").startswith("mine ---") and not page.dirty


def test_the_comparison_of_a_change_shows_what_differs(
    qtbot: QtBot, tab: WriteTab, opened: Opened, scenario: Path, press: Press
) -> None:
    page = opened(tab, scenario)
    scenario.write_text(theirs(scenario), "utf-8")
    asked(qtbot, page)
    press(page._notice, "Compare")
    dialog = page.standing.offers.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: not dialog.view.comparing, timeout=LONG)
    assert sum(1 for row in dialog.view.rows if row.old is not None and row.old.spans) == 1
    dialog.view.below.click()
    texts = [side.text for row in dialog.view.rows if row.kind != "same" for side in (row.old, row.new) if side]
    assert ["coppers" in texts[0], "silvers" in texts[1], len(texts)] == [True, True, 2]
    press(dialog, "Decide later")
    assert page._notice is not None and page.standing.offers.waiting


@pytest.mark.parametrize("way", ["renamed over", "written twice", "touched"])
def test_ways_of_writing_that_editors_have(
    qtbot: QtBot, tab: WriteTab, opened: Opened, scenario: Path, way: str
) -> None:
    page = opened(tab, scenario)
    before = scenario.read_text("utf-8")
    for number in range(2):
        content = before if way == "touched" else f"{before}{number}"
        if way == "renamed over":
            beside = scenario.with_name(".beside.tmp")
            beside.write_text(content, "utf-8")
            beside.replace(scenario)
        else:
            scenario.write_text(content, "utf-8")
        if way == "touched":
            qtbot.wait(400)
            assert page._notice is None, "the same bytes are no change"
        else:
            asked(qtbot, page)
            page._put_off()


def test_a_deleted_file_leaves_its_text_which_can_be_written_again(
    qtbot: QtBot, tab: WriteTab, opened: Opened, scenario: Path, press: Press
) -> None:
    page = opened(tab, scenario)
    before = page.text()
    scenario.unlink()
    asked(qtbot, page)
    assert page.text() == before and page.dirty, "it counts as unsaved, so it is kept for a crash too"
    press(page._notice, "Write it again")
    assert scenario.read_text("utf-8") == before and not page.dirty


def test_a_file_that_another_program_renamed_is_followed_when_asked(
    qtbot: QtBot, tab: WriteTab, opened: Opened, scenario: Path, press: Press
) -> None:
    page = opened(tab, scenario)
    new = scenario.with_name("renamed.md")
    scenario.rename(new)
    asked(qtbot, page)
    press(page._notice, "Follow it")
    assert page.document.path == new and page._notice is None
    page.editor.insertPlainText("typed ")
    assert tab.pages.save()
    assert new.read_text("utf-8").startswith("typed ---") and not scenario.exists()


def test_a_file_that_became_unreadable_is_not_written_and_the_text_can_go_beside_it(
    qtbot: QtBot, tab: WriteTab, opened: Opened, scenario: Path, press: Press
) -> None:
    page = opened(tab, scenario)
    page.editor.insertPlainText("mine ")
    mine = page.text()
    scenario.write_bytes(b"caf\xe9")
    asked(qtbot, page)
    assert not tab.pages.save() and scenario.read_bytes() == b"caf\xe9"
    press(page._notice, "Save a copy beside it")
    assert scenario.with_name("toll-bridge-copy.md").read_text("utf-8") == mine
    assert scenario.read_bytes() == b"caf\xe9"


def test_a_locked_page_opens_once_its_file_can_be_read(
    qtbot: QtBot, tab: WriteTab, opened: Opened, scenario: Path
) -> None:
    sound = scenario.read_bytes()
    scenario.write_bytes(b"caf\xe9")
    page = opened(tab, scenario)
    assert page.editor.isReadOnly()
    scenario.write_bytes(sound)
    qtbot.waitUntil(lambda: not page.editor.isReadOnly(), timeout=LONG)
    assert page.text().encode() == sound and page._notice is None


def test_a_change_is_noticed_on_focus_where_the_system_tells_nothing(
    qtbot: QtBot, tab: WriteTab, opened: Opened, scenario: Path
) -> None:
    page = opened(tab, scenario)
    tab.pages._watch._watcher.removePaths([*tab.pages._watch._watcher.files(), str(scenario.parent)])
    scenario.write_text(theirs(scenario), "utf-8")
    qtbot.wait(300)
    assert page._notice is None, "without notes and focus nobody looks"
    application = QGuiApplication.instance()
    assert isinstance(application, QGuiApplication)
    application.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    asked(qtbot, page)


def test_our_own_saves_are_no_change(qtbot: QtBot, tab: WriteTab, opened: Opened, scenario: Path) -> None:
    page = opened(tab, scenario)
    for letter in "abc":
        page.editor.insertPlainText(letter)
        assert tab.pages.save()
        qtbot.wait(200)
    assert page._notice is None


# -- answers that come late ---------------------------------------------------------------------------------


@contextmanager
def held_up(*threads: Background) -> Iterator[None]:
    """The working threads wait while something is done here."""
    gate = threading.Event()
    for thread in threads:
        thread.ask(gate, lambda: gate.wait(30), lambda _waited: None)
    try:
        yield
    finally:
        gate.set()


def closed(tab: WriteTab, page: Page) -> None:
    """Closes a page, and has Qt delete it at once."""
    tab.pages.close_page(page)
    QApplication.sendPostedEvents(page, QEvent.Type.DeferredDelete)


def close_while_asking(qtbot: QtBot, tab: WriteTab, page: Page, scenario: Path) -> None:
    """Everything that a page has asked for is answered after it was closed."""
    threads = (page._background, tab.spelling._background)
    qtbot.waitUntil(lambda: not any(thread.busy for thread in threads), timeout=LONG)
    assert page.parsed is not None
    with held_up(*threads):
        scenario.write_text(theirs(scenario), "utf-8")
        page.standing.look()
        page._checked()
        page.checking.check_now()
        tab.pages.renamer._look(page, "Wren", "Bo", 0)
        tab.spelling.learn(page.editor, page.parsed.scenario)
        closed(tab, page)
    qtbot.waitUntil(lambda: not any(thread.busy for thread in threads), timeout=LONG)


def test_a_late_answer_does_not_reach_a_page_that_was_closed(
    qtbot: QtBot, tab: WriteTab, opened: Opened, scenario: Path
) -> None:
    page = opened(tab, scenario)
    with qtbot.captureExceptions() as raised:
        close_while_asking(qtbot, tab, page, scenario)
    assert raised == []
    assert tab.pages.pages == ()


def test_the_twin_that_brings_every_answer_reaches_what_qt_has_deleted(
    qtbot: QtBot, tab: WriteTab, opened: Opened, scenario: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened(tab, scenario)
    monkeypatch.setattr(Background, "drop", lambda _self, _owner: None)
    monkeypatch.setattr("studio.ui.background._is_gone", lambda _owner: False)
    with qtbot.captureExceptions() as raised:
        close_while_asking(qtbot, tab, page, scenario)
    assert len(raised) >= 4 and all("already deleted" in str(error) for _kind, error, _trace in raised)


def test_a_page_that_is_closed_and_not_yet_deleted_takes_no_answer(
    qtbot: QtBot, tab: WriteTab, opened: Opened, scenario: Path
) -> None:
    page = opened(tab, scenario)
    qtbot.waitUntil(lambda: not page._background.busy, timeout=LONG)
    before = page.text()
    with held_up(page._background):
        scenario.write_text(theirs(scenario), "utf-8")
        page.standing.look()
        page.leave()
    qtbot.waitUntil(lambda: not page._background.busy, timeout=LONG)
    assert page._notice is None and page.text() == before

"""What was typed outlives the window and a crash, and is neither taken over nor lost without an answer."""

import resource
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from studio.ui.context import Context, Toast
from studio.ui.write.page import Page
from studio.ui.write.tab import WriteTab
from studio.workspace import Document, Recovery
from studio.workspace.history import History

LONG = 30_000

Make = Callable[[], WriteTab]
Opened = Callable[[WriteTab, Path], Page]
Press = Callable[[QWidget | None, str], None]


def kept(context: Context, path: Path) -> list[str]:
    document = Document.read(path) if path.exists() else Document.absent(path)
    return [one.text for one in Recovery(context.workspace.recovery).all_for(document)]


def said(page: Page) -> str:
    assert page._notice is not None
    return " ".join(word.text() for word in page._notice.findChildren(QLabel))


def crashed(context: Context, path: Path, text: str = "written before the crash") -> None:
    Recovery(context.workspace.recovery).keep(path, text)


def test_typing_is_kept_within_its_age_and_forgotten_when_saved(
    qtbot: QtBot, made_tab: Make, opened: Opened, context: Context, scenario: Path
) -> None:
    tab = made_tab()
    page = opened(tab, scenario)
    page.editor.insertPlainText("not saved ")
    qtbot.waitUntil(lambda: kept(context, scenario) == [page.text()], timeout=LONG)
    page.editor.undo()
    qtbot.waitUntil(lambda: kept(context, scenario) == [], timeout=LONG)
    page.editor.redo()
    qtbot.waitUntil(lambda: kept(context, scenario) == [page.text()], timeout=LONG)
    assert tab.pages.save()
    assert tab.pages.safe.flush()
    assert Recovery(context.workspace.recovery).all() == ()


def test_closing_the_window_asks_nothing_and_keeps_every_unsaved_text_for_the_next_start(
    qtbot: QtBot, made_tab: Make, opened: Opened, context: Context, scenario: Path, press: Press
) -> None:
    tab = made_tab()
    other = context.workspace.scenarios / "roleplay" / "slips.md"
    before = {path: path.read_bytes() for path in (scenario, other)}
    for path in before:
        opened(tab, path).editor.insertPlainText(f"unsaved in {path.stem} ")
    assert tab.unsaved() == ()
    tab = made_tab()
    assert {page.document.path for page in tab.pages.pages} == set(before), "what has an unsaved text opens by itself"
    for page in tab.pages.pages:
        path = page.document.path
        assert page.text().encode() == before[path], "nothing is taken over unasked"
        assert "Unsaved text of" in said(page) and "+1 −1" in said(page)
        press(page._notice, "Take it")
        assert page.text().startswith(f"unsaved in {path.stem} ---") and page.dirty
        page.editor.undo()
        assert page.text().encode() == before[path], "taking it is a step that can be undone"
        page.editor.redo()
    assert {path: path.read_bytes() for path in before} == before
    tab = made_tab()
    for page in tab.pages.pages:
        assert kept(context, page.document.path)[0].startswith("unsaved in ")


def test_keeping_the_file_puts_the_other_text_into_the_history(
    qtbot: QtBot, made_tab: Make, opened: Opened, context: Context, scenario: Path, press: Press
) -> None:
    crashed(context, scenario)
    tab = made_tab()
    page = opened(tab, scenario)
    press(page._notice, "Keep the file")
    assert page._notice is None and not page.dirty
    assert tab.pages.safe.flush()
    assert kept(context, scenario) == []
    history = History(context.workspace.snapshots)
    assert "written before the crash" in [history.read(snapshot) for snapshot in history.of(scenario)]


def test_keeping_both_writes_the_other_text_beside_the_file(
    qtbot: QtBot, made_tab: Make, opened: Opened, context: Context, scenario: Path, press: Press
) -> None:
    crashed(context, scenario)
    before = scenario.read_bytes()
    tab = made_tab()
    asked_for: list[Path] = []
    context.path_opened.connect(asked_for.append)
    page = opened(tab, scenario)
    press(page._notice, "Keep both")
    (beside,) = asked_for
    assert beside.read_text("utf-8") == "written before the crash" and beside.parent == scenario.parent
    assert scenario.read_bytes() == before
    assert tab.pages.safe.flush() and kept(context, scenario) == []


def test_the_comparison_shows_both_texts_and_takes_the_answer(
    qtbot: QtBot, made_tab: Make, opened: Opened, context: Context, scenario: Path, press: Press
) -> None:
    crashed(context, scenario, scenario.read_text("utf-8").replace("coppers", "silvers"))
    page = opened(made_tab(), scenario)
    press(page._notice, "Compare")
    dialog = page.standing.offers.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: not dialog.view.comparing, timeout=LONG)
    changed = [row for row in dialog.view.rows if row.old is not None and row.new is not None and row.old.spans]
    ((old, new),) = [(row.old, row.new) for row in changed]
    assert old is not None and new is not None
    assert old.text[slice(*old.spans[0])] == "coppers" and new.text[slice(*new.spans[0])] == "silvers"
    press(dialog, "Take it")
    assert "silvers" in page.text() and page._notice is None


def test_typing_beside_an_open_question_is_kept_too_and_both_are_asked_about(
    qtbot: QtBot, made_tab: Make, opened: Opened, context: Context, scenario: Path, press: Press
) -> None:
    crashed(context, scenario)
    page = opened(made_tab(), scenario)
    page.editor.insertPlainText("typed meanwhile ")
    qtbot.waitUntil(lambda: len(kept(context, scenario)) == 2, timeout=LONG)
    tab = made_tab()
    page = opened(tab, scenario)
    assert "and 1 more" in said(page)
    press(page._notice, "Take it")
    assert page.text().startswith("typed meanwhile ")
    press(page._notice, "Keep the file")
    assert page._notice is None and tab.pages.safe.flush()
    assert kept(context, scenario) == [page.text()]


def test_a_question_closed_without_an_answer_comes_again(
    qtbot: QtBot, made_tab: Make, opened: Opened, context: Context, scenario: Path
) -> None:
    crashed(context, scenario)
    tab = made_tab()
    page = opened(tab, scenario)
    page._put_off()
    assert page._notice is None
    page.editor.insertPlainText("saved ")
    assert tab.pages.save() and tab.pages.safe.flush()
    assert kept(context, scenario) == ["written before the crash"]
    tab.pages.close_page(page)
    assert "Unsaved text" in said(opened(tab, scenario))


def test_an_unsaved_text_of_a_file_that_is_gone_can_still_be_taken(
    qtbot: QtBot, made_tab: Make, opened: Opened, context: Context, scenario: Path, press: Press
) -> None:
    crashed(context, scenario)
    scenario.unlink()
    tab = made_tab()
    (page,) = tab.pages.pages
    press(page._notice, "Take it")
    assert tab.pages.save()
    assert scenario.read_text("utf-8") == "written before the crash"


def test_a_full_disk_stops_no_typing_and_is_told_once(
    qtbot: QtBot, made_tab: Make, opened: Opened, context: Context, scenario: Path
) -> None:
    tab = made_tab()
    page = opened(tab, scenario)
    told: list[Toast] = []
    context.toasted.connect(told.append)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
        for letter in "typed on":
            page.editor.insertPlainText(letter)
            page.standing.safekeeping.keep()
            tab.pages.safe.flush()
        qtbot.waitUntil(lambda: bool(told), timeout=LONG)
        assert tab.unsaved() == ("The Toll Bridge",), "now closing the window would lose it, so it asks"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [toast.kind for toast in told] == ["warning"]
    assert page.text().startswith("typed on---")
    page.editor.insertPlainText("!")
    qtbot.waitUntil(lambda: len(told) == 2, timeout=LONG)
    assert told[1].kind == "success" and kept(context, scenario) == [page.text()]
    assert tab.unsaved() == ()


def test_a_text_that_was_let_go_is_not_asked_about_when_its_file_opens_again_at_once(
    qtbot: QtBot, made_tab: Make, opened: Opened, context: Context, scenario: Path
) -> None:
    tab = made_tab()
    page = opened(tab, scenario)
    page.editor.insertPlainText("let go ")
    qtbot.waitUntil(lambda: kept(context, scenario) == [page.text()], timeout=LONG)
    slow = threading.Event()
    tab.pages.safe.keeper.ask("slow", scenario, lambda: slow.wait(LONG / 1000))
    tab.pages._answered(page, QMessageBox.StandardButton.Discard)
    tab.open_path(scenario)
    page = tab.pages.current
    assert page is not None
    qtbot.waitUntil(lambda: page.standing.offers.looking, timeout=LONG)
    assert page._notice is None and kept(context, scenario), "the writing thread has not come to it yet"
    slow.set()
    qtbot.waitUntil(lambda: not page.standing.offers.looking, timeout=LONG)
    assert page._notice is None and kept(context, scenario) == []


@pytest.mark.parametrize("harm", ["a file instead", "damaged"])
def test_a_damaged_recovery_folder_stops_neither_start_nor_typing(
    qtbot: QtBot, made_tab: Make, opened: Opened, context: Context, scenario: Path, harm: str
) -> None:
    folder = context.workspace.recovery
    if harm == "damaged":
        crashed(context, scenario)
        next(folder.iterdir()).write_bytes(b"\xff\x00")
    else:
        folder.write_text("no folder")
    tab = made_tab()
    page = opened(tab, scenario)
    assert page._notice is None
    page.editor.insertPlainText("typed ")
    page.standing.safekeeping.keep()
    tab.pages.safe.flush()
    assert page.text().startswith("typed ---")
    assert tab.pages.save() and scenario.read_text("utf-8").startswith("typed ---")


def test_a_snapshot_is_taken_of_the_text_before_and_after(
    qtbot: QtBot, made_tab: Make, opened: Opened, context: Context, scenario: Path
) -> None:
    tab = made_tab()
    page = opened(tab, scenario)
    before = page.text()
    page.editor.insertPlainText("more ")
    page.editor.insertPlainText("and more ")
    tab.pages.safe.flush()
    history = History(context.workspace.snapshots)
    assert [history.read(snapshot) for snapshot in history.of(scenario)] == [before], "not one a keystroke"
    page.standing.safekeeping._later.timeout.emit()
    tab.pages.safe.flush()
    assert [history.read(snapshot) for snapshot in history.of(scenario)] == [page.text(), before]

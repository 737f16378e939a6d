from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from studio.ui.context import Context, Toast
from studio.ui.problems import Scope
from studio.ui.write.page import Page
from studio.ui.write.tab import WriteTab

LONG = 30_000


@pytest.fixture
def tab(qtbot: QtBot, context: Context, delete: Callable[[QWidget], None]) -> Iterator[WriteTab]:
    made = WriteTab(context)
    made.resize(1200, 700)
    with qtbot.waitSignal(made.surveyor.ended, timeout=LONG):
        made.show()
    yield made
    made.closing()
    made.close()
    delete(made)


def opened(qtbot: QtBot, tab: WriteTab, path: Path) -> Page:
    tab.open_path(path)
    page = tab.pages.current
    assert page is not None
    qtbot.waitUntil(lambda: page.parsed is not None or page.document.locked is not None, timeout=LONG)
    return page


def sound(context: Context) -> Path:
    return context.workspace.scenarios / "combat" / "toll-bridge.md"


def faulty(context: Context) -> Path:
    return context.workspace.scenarios / "roleplay" / "slips.md"


def test_the_tree_lists_by_type_with_badges(tab: WriteTab, context: Context) -> None:
    model = tab.tree.view.model()
    groups = [model.index(row, 0) for row in range(model.rowCount())]
    assert [group.data() for group in groups] == ["Combat", "Roleplay"]
    assert [model.index(0, 0, group).data() for group in groups] == ["The Toll Bridge", "The Slips"]
    assert context.problems.count("error", faulty(context)) >= 1
    assert context.problems.count("error", sound(context)) == 0


def test_search_and_filter_narrow_the_tree(tab: WriteTab) -> None:
    model = tab.tree.view.model()
    tab.tree.search.setText("toll")
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == ["Combat"]
    tab.tree.search.clear()
    tab.tree.kinds.setCurrentIndex(tab.tree.kinds.findData("!"))
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == ["Roleplay"]
    tab.tree.search.setText("nothing is called so")
    assert tab.tree._stack.currentIndex() == 2


def test_a_click_in_the_tree_opens_the_scenario(qtbot: QtBot, tab: WriteTab, context: Context) -> None:
    model = tab.tree.view.model()
    index = model.index(0, 0, model.index(0, 0))
    where = tab.tree.view.visualRect(index).center()
    qtbot.mouseClick(tab.tree.view.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert tab.pages.current is not None
    assert tab.pages.current.document.path == sound(context)


def test_typing_a_mistake_shows_it_and_the_fix_mends_it(qtbot: QtBot, tab: WriteTab, context: Context) -> None:
    page = opened(qtbot, tab, sound(context))
    assert page.diagnostics == () or all(item.severity == "hint" for item in page.diagnostics)
    cursor = page.editor.document().find("</User>")
    cursor.insertText("</user>")
    qtbot.waitUntil(lambda: any(item.fix is not None for item in page.diagnostics), timeout=LONG)
    assert context.problems.count("error", sound(context)) == 1
    page.editor.next_problem(1)
    tab.apply_fix()
    assert page.acts.menu is not None
    qtbot.keyClick(page.acts.menu, Qt.Key.Key_Return)
    assert "</User>" in page.editor.text() and "</user>" not in page.editor.text()
    qtbot.waitUntil(lambda: context.problems.count("error", sound(context)) == 0, timeout=LONG)


def test_saving_marks_and_writes(qtbot: QtBot, tab: WriteTab, context: Context) -> None:
    page = opened(qtbot, tab, sound(context))
    page.editor.insertPlainText(" ")
    assert page.dirty
    assert tab.pages.bar.tabText(0).startswith("• ")
    assert tab.pages.save()
    assert not page.dirty
    assert not tab.pages.bar.tabText(0).startswith("• ")
    assert sound(context).read_text("utf-8").startswith(" ---")


def test_windows_line_ends_and_the_mark_are_kept(qtbot: QtBot, tab: WriteTab, context: Context) -> None:
    path = context.workspace.scenarios / "combat" / "crlf.md"
    path.write_bytes("\ufeff".encode() + sound(context).read_bytes().replace(b"\n", b"\r\n"))
    before = path.read_bytes()
    page = opened(qtbot, tab, path)
    page.editor.document().setModified(True)
    assert tab.pages.save()
    assert path.read_bytes() == before


def test_a_file_that_cannot_be_read_is_shown_locked_with_the_reason(
    qtbot: QtBot, tab: WriteTab, context: Context
) -> None:
    path = context.workspace.scenarios / "combat" / "latin.md"
    path.write_bytes(b"<DM>caf\xe9</DM>")
    page = opened(qtbot, tab, path)
    qtbot.keyClicks(page.editor, "x")
    assert page.editor.isReadOnly()
    assert page._notice is not None and "UTF-8" in page.document.locked
    assert tab.pages.save()
    assert path.read_bytes() == b"<DM>caf\xe9</DM>"


def test_a_file_that_cannot_be_written_is_told_and_the_text_kept(qtbot: QtBot, tab: WriteTab, context: Context) -> None:
    page = opened(qtbot, tab, sound(context))
    page.editor.insertPlainText("mine ")
    folder = sound(context).parent
    told: list[Toast] = []
    context.toasted.connect(told.append)
    moved = folder.rename(folder.with_name("elsewhere"))
    folder.write_text("a file where the folder was")
    assert not tab.pages.save()
    assert [toast.kind for toast in told] == ["error"]
    assert page.dirty and page.editor.text().startswith("mine ")
    assert (moved / "toll-bridge.md").is_file()


def test_a_problem_of_another_file_is_gone_to(qtbot: QtBot, tab: WriteTab, context: Context) -> None:
    problem = next(row for row in context.problems.rows if row.path == faulty(context))
    page = opened(qtbot, tab, problem.path)
    tab.show_problem(problem)
    assert page.editor.textCursor().selectedText() == page.editor.text()[problem.start : problem.end].replace(
        "\n", "\u2029"
    )


def test_the_scope_follows_the_file_in_front(qtbot: QtBot, tab: WriteTab, context: Context) -> None:
    opened(qtbot, tab, sound(context))
    tab.show_scope(Scope.FILE)
    assert {row.severity for row in context.problems.rows} <= {"hint"}
    opened(qtbot, tab, faulty(context))
    assert {row.path for row in context.problems.rows} == {faulty(context)}


def test_a_new_scenario_is_sound_and_opens(qtbot: QtBot, tab: WriteTab, context: Context) -> None:
    tab.new_scenario()
    assert tab._new is not None
    tab._new.name.setText('The "Bell": a tale # of two')
    tab._new.kind.setCurrentIndex(2)
    tab._new.make()
    page = tab.pages.current
    assert page is not None
    qtbot.waitUntil(lambda: page.parsed is not None, timeout=LONG)
    assert page.document.path.parent.name == "exploration"
    assert page.title == 'The "Bell": a tale # of two'
    assert not [item for item in page.diagnostics if item.severity == "error" and item.code not in ("S020",)]
    qtbot.waitUntil(lambda: page.document.path in tab.tree.paths, timeout=LONG)


def test_a_file_that_goes_leaves_the_tree(qtbot: QtBot, tab: WriteTab, context: Context) -> None:
    faulty(context).unlink()
    qtbot.waitUntil(lambda: faulty(context) not in tab.tree.paths, timeout=LONG)
    assert context.problems.count("error", faulty(context)) == 0


def test_closing_an_unsaved_page_asks(qtbot: QtBot, tab: WriteTab, context: Context) -> None:
    page = opened(qtbot, tab, sound(context))
    tab.pages.close_page()
    assert tab.pages.current is None
    page = opened(qtbot, tab, sound(context))
    page.editor.insertPlainText("x")
    tab.pages.close_page()
    assert tab.pages.current is page
    box = tab.pages.findChild(QMessageBox)
    assert isinstance(box, QMessageBox)
    box.button(QMessageBox.StandardButton.Discard).click()
    qtbot.waitUntil(lambda: tab.pages.current is None, timeout=LONG)
    assert sound(context).read_text("utf-8").startswith("---")


def test_the_preview_shows_bubbles_dice_and_sheets(qtbot: QtBot, tab: WriteTab, context: Context) -> None:
    opened(qtbot, tab, sound(context))
    qtbot.waitUntil(lambda: tab.preview.drawn and bool(tab.preview._parts), timeout=LONG)
    assert [part.kind for part in tab.preview._parts] == ["head", "character", "said", "said", "throw", "said"]
    kept = list(tab.preview._widgets)
    page = tab.pages.current
    assert page is not None
    page.editor.document().find("coppers").insertText("silvers")
    qtbot.waitUntil(lambda: any("silvers" in str(part.values) for part in tab.preview._parts), timeout=LONG)
    assert tab.preview._widgets[:5] == kept[:5], "what did not change is not drawn anew"


def test_the_outline_goes_to_a_turn(qtbot: QtBot, tab: WriteTab, context: Context) -> None:
    page = opened(qtbot, tab, sound(context))
    tab.words["outline"].click()
    tab.words["outline"].click()
    model = tab.outline.view.model()
    assert model.rowCount() == 5
    tab.outline._choose(model.index(2, 0))
    block = page.editor.textCursor().block().text()
    assert block.startswith("<DM>The water")


def test_finding_counts_steps_and_replaces(qtbot: QtBot, tab: WriteTab, context: Context) -> None:
    page = opened(qtbot, tab, sound(context))
    bar = page.find_bar
    bar.open()
    bar._wanted.setText("stealth")
    assert bar._count.text() == "3 hits"
    bar.step(1)
    first = page.editor.textCursor().position()
    bar.step(-1)
    assert page.editor.textCursor().position() != first
    bar._instead.setText("athletics")
    bar.replace_all()
    assert bar._count.text() == "no hit"
    assert page.editor.text().lower().count("athletics") == 3
    page.editor.undo()
    assert page.editor.text().lower().count("stealth") == 3


def test_side_panels_fold_and_are_remembered(qtbot: QtBot, tab: WriteTab, context: Context) -> None:
    tab.sides.toggle("right")
    assert tab.sides.folded("right")
    again = WriteTab(context)
    qtbot.addWidget(again)
    assert again.sides.folded("right") and not again.sides.folded("left")
    again.closing()


def test_another_workspace_is_listed(qtbot: QtBot, tab: WriteTab, context: Context, tmp_path: Path) -> None:
    other = tmp_path / "Other" / "scenarios" / "mixed" / "one.md"
    other.parent.mkdir(parents=True)
    other.write_text("<SYSTEM></SYSTEM>", "utf-8")
    context.open_workspace(tmp_path / "Other")
    qtbot.waitUntil(lambda: tab.tree.paths == (other,), timeout=LONG)

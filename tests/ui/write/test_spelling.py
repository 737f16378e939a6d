"""Spelling in the editor: what is underlined, what the menu offers, the workspace's words, on and off."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from studio.spelling import Dictionary
from studio.ui.context import Context, Toast
from studio.ui.write.editor import Editor
from studio.ui.write.page import Page
from studio.ui.write.spelling import Misspellings
from studio.ui.write.tab import WriteTab

LONG = 30_000

TEXT = """---
title: The Brige
author: Wrod
---
<SYSTEM>
# Role
You are the Dungon Master.

# World
The Vessenlands.

# Location
A ford at dusk.

# Party

## Wren
- Player Character
- Inventory: Shrikeblade
</SYSTEM>

<!-- teh -->

<User>🐉 I wade akross, says Wren. [rol: stelth]</User>

<DM>Teh water `wrod` of the Vessenlands; her Shrikeblade's egde.

```
kode here
```
And Hobday drnks.

[roll: stealth]</DM>

<TOOLCALL>stelth: 13 = *13*</TOOLCALL>
"""

Open = Callable[[WriteTab, Path], Page]


@pytest.fixture
def page(made_tab: Callable[[], WriteTab], opened: Open, scenario: Path, qtbot: QtBot) -> Page:
    scenario.write_text(TEXT, "utf-8")
    tab = made_tab()
    tab.resize(1200, 1400)
    found = opened(tab, scenario)
    qtbot.waitUntil(lambda: tab.spelling.speller is not None, timeout=LONG)
    qtbot.waitUntil(lambda: "Hobday" not in underlined(found.editor), timeout=LONG)
    found.editor.clearFocus()
    return found


def underlined(editor: Editor) -> list[str]:
    text = editor.document().toPlainText().encode("utf-16-le")
    laid = [pair for pair in editor.overlay.laid if pair[2] == "misspelt"]
    return [text[2 * start : 2 * end].decode("utf-16-le") for start, end, _name in laid]


def of(editor: Editor) -> Misspellings:
    found = editor.findChild(Misspellings)
    assert isinstance(found, Misspellings)
    return found


def place(editor: Editor, word: str) -> int:
    return editor.mirror.to_qt(editor.text().index(word)) + 1


def menu(editor: Editor, word: str) -> QMenu:
    made = QMenu(editor)
    made.addAction("Copy")
    of(editor).offer(made, place(editor, word))
    return made


def titles(made: QMenu) -> list[str]:
    return [action.text() for action in made.actions() if not action.isSeparator()]


def choose(made: QMenu, title: str) -> None:
    next(action for action in made.actions() if action.text() == title).trigger()


def test_only_misspelt_prose_is_underlined(page: Page) -> None:
    assert underlined(page.editor) == ["Brige", "Dungon", "akross", "Teh", "egde", "drnks"]


def test_the_menu_mends_in_one_step(page: Page) -> None:
    made = menu(page.editor, "akross")
    assert titles(made)[0] == "across" and titles(made)[-1] == "Copy"
    choose(made, "across")
    assert "I wade across," in page.editor.text() and "akross" not in underlined(page.editor)
    page.editor.undo()
    assert page.editor.text() == TEXT
    assert titles(menu(page.editor, "Teh"))[0] == "The"
    assert titles(menu(page.editor, "water")) == ["Copy"]


def test_a_text_that_changed_meanwhile_is_left_alone(page: Page) -> None:
    made = menu(page.editor, "akross")
    cursor = QTextCursor(page.editor.document())
    cursor.insertText("xyz")
    before = page.editor.text()
    choose(made, "across")
    assert page.editor.text() == before


def test_the_menu_opens_by_pointer_and_by_key(page: Page, qtbot: QtBot, qapp: QApplication) -> None:
    editor = page.editor
    cursor = editor.textCursor()
    cursor.setPosition(place(editor, "egde"))
    editor.setTextCursor(cursor)
    at = editor.cursorRect().center()
    for reason in (QContextMenuEvent.Reason.Mouse, QContextMenuEvent.Reason.Keyboard):
        event = QContextMenuEvent(reason, at, editor.viewport().mapToGlobal(at), Qt.KeyboardModifier.NoModifier)
        qapp.sendEvent(editor.viewport() if reason == QContextMenuEvent.Reason.Mouse else editor, event)
        qtbot.waitUntil(lambda: isinstance(qapp.activePopupWidget(), QMenu), timeout=LONG)
        shown = qapp.activePopupWidget()
        assert isinstance(shown, QMenu) and "edge" in titles(shown)
        shown.close()
        qtbot.waitUntil(lambda: qapp.activePopupWidget() is None, timeout=LONG)


def test_the_word_being_typed_is_left_in_peace(page: Page, qtbot: QtBot) -> None:
    editor = page.editor
    editor.window().activateWindow()
    editor.setFocus()
    cursor = editor.textCursor()
    cursor.setPosition(editor.mirror.to_qt(editor.text().index(" akross")))
    editor.setTextCursor(cursor)
    qtbot.waitUntil(editor.hasFocus, timeout=LONG)
    qtbot.keyClicks(editor, " wrld")
    assert "wrld" not in underlined(editor)
    qtbot.keyClicks(editor, "x")
    qtbot.keyClick(editor, Qt.Key.Key_Left)
    assert "wrldx" in underlined(editor)


def test_a_word_is_added_for_the_whole_workspace(page: Page, context: Context, qtbot: QtBot) -> None:
    choose(menu(page.editor, "drnks"), "Add “drnks” to the workspace's words")
    qtbot.waitUntil(lambda: "drnks" not in underlined(page.editor), timeout=LONG)
    path = context.workspace.private / "words.txt"
    assert path.read_text("utf-8").splitlines()[-1] == "drnks"


def test_a_word_list_that_cannot_be_read_is_told_and_kept(page: Page, context: Context, qtbot: QtBot) -> None:
    path = context.workspace.private / "words.txt"
    path.write_bytes(b"\xff")
    told: list[Toast] = []
    context.toasted.connect(told.append)
    choose(menu(page.editor, "drnks"), "Add “drnks” to the workspace's words")
    qtbot.waitUntil(lambda: bool(told), timeout=LONG)
    assert "words.txt" in told[0].text and path.read_bytes() == b"\xff" and "drnks" in underlined(page.editor)


def test_it_is_turned_off_and_on_and_that_is_remembered(
    page: Page, context: Context, made_tab: Callable[[], WriteTab], opened: Open, scenario: Path, qtbot: QtBot
) -> None:
    tab = page.window()
    assert isinstance(tab, WriteTab)
    by_name = {command.name: command for command in tab.commands()}
    by_name["write.spelling"].run()
    assert underlined(page.editor) == []
    assert titles(menu(page.editor, "akross")) == ["Copy"]
    by_name["write.spelling"].run()
    assert "akross" in underlined(page.editor)
    by_name["write.spelling"].run()
    again = made_tab()
    later = opened(again, scenario)
    assert not again.spelling.on and again.spelling.speller is None and underlined(later.editor) == []


def test_without_a_dictionary_writing_goes_on(
    made_tab: Callable[[], WriteTab],
    opened: Open,
    scenario: Path,
    context: Context,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from studio.errors import PartMissing

    def missing(language: str = "en") -> Dictionary:
        raise PartMissing(part="pyspellchecker", reason="gone")

    monkeypatch.setattr(Dictionary, "load", missing)
    told: list[Toast] = []
    context.toasted.connect(told.append)
    page = opened(made_tab(), scenario)
    qtbot.waitUntil(lambda: bool(told), timeout=LONG)
    assert "pyspellchecker" in told[0].text and underlined(page.editor) == []
    page.editor.insertPlainText("teh ")
    assert page.editor.text().startswith("teh ")


def test_only_what_is_in_view_is_looked_at(page: Page) -> None:
    editor = page.editor
    page.editor.become(TEXT + "\n<DM>egde</DM>\n" * 5000)
    assert len(underlined(editor)) < 200
    editor.verticalScrollBar().setValue(editor.verticalScrollBar().maximum())
    assert "Brige" not in underlined(editor) and "egde" in underlined(editor)
